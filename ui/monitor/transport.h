// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/curvefeed.h"

#include <QAction>
#include <QWidget>

class QLabel;

namespace distill::ui {

class ProgressLine;

/// Start, pause, step, stop, checkpoint of the current run, and where it stands. A press is answered at once; the run
/// obeys at the end of its step.
class Transport : public QWidget {
    Q_OBJECT

public:
    enum class Command { Pause, Unpause, Step, Stop, Checkpoint, Resume };

    explicit Transport(QWidget* parent = nullptr);

    void setRun(const RunId& id, const WatchedRun* run); ///< null: nothing is known of it (yet)
    QList<QAction*> actions() const { return {m_start, m_pause, m_step, m_stop, m_checkpoint}; }
    QString message() const;
    void refused(); ///< the last command could not be given

Q_SIGNALS:
    void startRequested();
    void commanded(const distill::RunId& run, distill::ui::Transport::Command command);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    /// One of the figures; where the line is too short the least important go first.
    struct Fact {
        QString text;
        int importance;
    };

    void start();
    bool canResumeNow() const;
    QVector<Fact> facts() const;
    void fitFacts();
    void acknowledge(const QString& text, Command command);
    void showState();
    void showFacts();

    RunId m_id;
    std::optional<WatchedRun> m_run; ///< without its events
    QString m_pending; ///< what was pressed and has not happened yet
    std::optional<RunState> m_pendingFrom;
    QVector<Fact> m_facts;
    bool m_hasCheckpoint = false;
    bool m_unreadable = false;
    QAction *m_start, *m_pause, *m_step, *m_stop, *m_checkpoint;
    ProgressLine* m_progress;
    QLabel* m_message;
    QLabel* m_factsLabel;
};

} // namespace distill::ui
