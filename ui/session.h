// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"

#include <QObject>
#include <QThread>
#include <QTimer>
#include <functional>
#include <memory>

namespace distill::ui {

bool trainsElsewhere(const RunRow& row); ///< by another window or program

/// What every part of the window shares: the engine, the history, one timer that drains the engine, and one thread that
/// reads the history. Widgets never ask the history themselves beyond a key look-up.
class Session : public QObject {
    Q_OBJECT

public:
    Session(std::shared_ptr<History> history, std::unique_ptr<Engine> engine, QObject* parent = nullptr);
    ~Session() override;

    Engine& engine() { return *m_engine; }
    const std::shared_ptr<History>& history() const { return m_history; }

    /// Runs `job` on the reader thread and hands what it returns to `done` on the window's thread, unless `context` was
    /// destroyed meanwhile. What the job throws is shown as a problem.
    template <class Result>
    void read(QObject* context, std::function<Result(const History&)> job, std::function<void(Result)> done);

    /// Runs `job`, which may write or take long (submit, rename, delete, export), on the actions thread, in the order
    /// of the calls; then `done`, or where it threw a problem and `failed`, on the window's thread unless `context` was
    /// destroyed.
    void perform(QObject* context, std::function<void(History&, Engine&)> job, std::function<void()> done = {},
                 std::function<void()> failed = {});

    /// An action of the person's on the engine; an InputError becomes a problem instead of an exception.
    bool attempt(const std::function<void()>& action);

Q_SIGNALS:
    /// What trained since the last tick, at most 30 times a second. Not emitted while nothing happens.
    void updated(const distill::Updates& updates);
    /// Rows were added or changed by other means than training (submit, rename, delete, another process).
    void rowsChanged();
    /// One sentence for the banner of the window; never a box.
    void problem(const QString& sentence);

private:
    void readLater(QObject* context, std::function<std::function<void()>()> job);
    void runOn(QObject* worker, QObject* context, std::function<std::function<void()>()> job,
               std::function<void()> failed);
    void drain();
    void lookForChanges();

    std::shared_ptr<History> m_history;
    std::unique_ptr<Engine> m_engine;
    QTimer m_timer;
    QTimer m_lookTimer;
    QThread m_readerThread;
    QThread m_actionsThread;
    QObject* m_reader = nullptr;
    QObject* m_actions = nullptr;
    Updates m_updates;
    int m_idleTicks = 0;
    bool m_looking = false;
    bool m_lookAgain = false;
    bool m_lookFailed = false;
    std::int64_t m_revision = -1;
    std::uint64_t m_digest = 0;
};

template <class Result>
void Session::read(QObject* context, std::function<Result(const History&)> job, std::function<void(Result)> done)
{
    readLater(context, [history = m_history, job = std::move(job), done = std::move(done)] {
        auto result = std::make_shared<Result>(job(*history));
        return std::function<void()>([result, done] { done(std::move(*result)); });
    });
}

} // namespace distill::ui
