// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QToolButton;
class QTreeWidget;

namespace distill::ui {

class Session;

/// The runs that wait, in the order in which they start: dragged, moved, held and let go by buttons and keys, and those that an earlier
/// session left.
class QueueList : public QWidget {
    Q_OBJECT

public:
    explicit QueueList(Session& session, QWidget* parent = nullptr);

    /// Reads the queue anew, soon; however often it is asked, twice a second at most.
    void refresh();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Row {
        QueuedRun run;
        double seconds = 0; ///< expected; NaN where nobody knows
    };
    struct State {
        std::vector<Row> rows;
        std::vector<RunId> left; ///< interrupted, of no live process
        bool paused = false;
        double secondsLeft = 0; ///< of all that wait, one after another; NaN where nobody knows
    };

    void build();
    void read();
    void display(const State& state);
    RunId chosen() const;
    void act(std::function<void(Engine&, const RunId&)> action);
    void enableButtons();

    Session& m_session;
    QTreeWidget* m_list;
    QLabel* m_count;
    QLabel* m_leftText;
    QWidget* m_leftLine;
    QPushButton *m_continue, *m_drop;
    QToolButton *m_first, *m_up, *m_down, *m_hold, *m_remove, *m_pause;
    State m_state;
    bool m_reading = false, m_again = false;
};

} // namespace distill::ui
