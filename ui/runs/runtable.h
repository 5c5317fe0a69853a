// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

namespace distill::ui {

/// The view of the run table: whole rows, columns a person can move and hide, and a sentence where there are no rows.
class RunTable : public QTableView {
    Q_OBJECT

public:
    explicit RunTable(QWidget* parent = nullptr);

    void setEmptyText(const QString& sentence);
    /// Widths, order, hidden columns and the sort.
    void restoreColumns(const QByteArray& state);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void fitRows();
    void showHeaderMenu(const QPoint& at);

    QString m_emptyText;
};

} // namespace distill::ui
