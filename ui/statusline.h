// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QStatusBar>
#include <QTimer>
#include <map>

class QLabel;

namespace distill::ui {

class PerfProbe;
class Session;

/// The line at the foot of the window: how many runs live, what is out of the ordinary with the workspace, the machine,
/// and on demand how fluent the window is.
class StatusLine : public QStatusBar {
    Q_OBJECT

public:
    StatusLine(Session& session, PerfProbe& probe, QWidget* parent = nullptr);

    int liveRuns() const { return static_cast<int>(m_live.size()); }
    void showPerformance(bool on);

Q_SIGNALS:
    void liveRunsChanged(int count);

protected:
    void changeEvent(QEvent* event) override;

private:
    void askMachine();
    void askHealth();
    void showLive();
    void colour();

    Session& m_session;
    PerfProbe& m_probe;
    QLabel* m_liveLabel;
    QLabel* m_health;
    QLabel* m_machine;
    QLabel* m_performance;
    QTimer m_healthTimer;
    QTimer m_performanceTimer;
    std::map<RunId, RunState> m_live;
};

} // namespace distill::ui
