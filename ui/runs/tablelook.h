// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/runlines.h"
#include "ui/runs/sparklines.h"
#include "ui/runs/tablefeed.h"

#include <QAction>
#include <QPointer>
#include <QTimer>

class QMenu;

namespace distill::ui {

class ColumnChooser;
class RunTable;

/// How a person has the run table: which columns, grouped how, with which small curve; kept in the settings. Asks for what is in sight.
class TableLook : public QObject {
    Q_OBJECT

public:
    TableLook(Session& session, RunModel& model, RunLines& lines, RunTable& table, QWidget* panel);

    void restore();
    void store() const;
    QMenu* groupMenu() const { return m_groupMenu; }
    QAction* chooseColumns;
    QAction* showArchived; ///< checkable

    void runsChanged() { m_feed.runsChanged(); }
    void wantValues(); ///< of what the filter, the grouping and the columns need
    bool isReading() const { return m_feed.isReading(); }

Q_SIGNALS:
    void valuesArrived(); ///< the lines are arranged anew
    void groupingChanged();

private:
    void setChosen(const std::vector<RunColumn>& columns);
    void openChooser();
    void makeRoomForDeviations();
    void fillHeaderMenu(int column, QMenu* menu);
    void lookAgain();

    RunModel& m_model;
    RunLines& m_lines;
    RunTable& m_table;
    QWidget* m_panel;
    TableFeed m_feed;
    Sparklines m_sparklines;
    QTimer m_look;
    QMenu* m_groupMenu;
    QPointer<ColumnChooser> m_chooser;
};

} // namespace distill::ui
