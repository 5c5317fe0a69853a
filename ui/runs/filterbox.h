// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/runfilter.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QLineEdit;

namespace distill::ui {

/// The box a filter is typed into, and beneath it what the filter made of the table or why it could not.
class FilterBox : public QWidget {
    Q_OBJECT

public:
    explicit FilterBox(QWidget* parent = nullptr);

    void focusBox();
    /// Says how many of the rows meet the filter, or what is wrong with it.
    void showResult(const RunFilter& filter, int accepted, int all);
    /// A button at the end of the line.
    void addButton(QAction* action);

Q_SIGNALS:
    void filterChanged(const distill::ui::RunFilter& filter); ///< when typing pauses
    void left(); ///< Return was pressed

protected:
    void changeEvent(QEvent* event) override;

private:
    void colour();

    QLineEdit* m_edit;
    QLabel* m_hint;
    QLayout* m_line = nullptr;
    QTimer m_pause;
};

} // namespace distill::ui
