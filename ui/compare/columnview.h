// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/columnmodel.h"

#include <QTableView>

namespace distill::ui {

/// The table of a ColumnModel; row titles stay in sight while it is scrolled sideways.
class ColumnView : public QTableView {
    Q_OBJECT

public:
    explicit ColumnView(QWidget* parent = nullptr);
    void setColumns(ColumnModel* model);
    RunId currentRun() const;

Q_SIGNALS:
    void menuRequested(const distill::RunId& run, const QPoint& at);
    void runActivated(const distill::RunId& run);
    void runPointed(const distill::RunId& run); ///< of the current cell while the table has the focus; "" after

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void spanSections();
    void fitColumns();

    ColumnModel* m_columns = nullptr;
};

} // namespace distill::ui
