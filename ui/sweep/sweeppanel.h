// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/sweep.h"
#include "history/run.h"

#include <QVector>
#include <QWidget>

class QComboBox;
class QLabel;
class QSplitter;
class QStackedWidget;
class QTabWidget;

namespace distill::ui {

class BestPlot;
class HeatPlot;
class QueueList;
class ResultTable;
class Session;

/// What a sweep came to so far: its variants as a table, a heat map of two fields, how the best rose; and below it the queue. Follows
/// the sweep while it runs.
class SweepPanel : public QWidget {
    Q_OBJECT

public:
    explicit SweepPanel(Session& session, QWidget* parent = nullptr);

    /// Shows the sweep that the run is of; stays with the present one where it is of none.
    void setCurrent(const RunId& run);
    void showGroup(const std::string& group);
    const std::string& group() const { return m_group; }

Q_SIGNALS:
    void runsChosen(const QVector<distill::RunId>& runs);
    void runsOpened(const QVector<distill::RunId>& runs);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void readSweeps();
    void setSweeps(const std::vector<GroupRecord>& sweeps);
    void refresh();
    void read();
    void display(const SweepResults& results);
    void showMap();

    Session& m_session;
    std::string m_group;
    SweepResults m_results;
    QComboBox* m_choice;
    QLabel* m_summary;
    QStackedWidget* m_pages;
    ResultTable* m_table;
    QTabWidget* m_plots;
    HeatPlot* m_heat;
    QComboBox *m_columns, *m_rows;
    QWidget* m_fieldLine;
    BestPlot* m_best;
    QueueList* m_queue;
    bool m_reading = false, m_again = false;
};

} // namespace distill::ui
