// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"
#include "history/run.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <span>
#include <thread>

namespace distill {

/// The one thread that writes, and the only write connection. Metrics are gathered and committed every 250 ms or 2,000
/// points; a change waits for its own commit, which is synced to disk. What cannot be committed stays in memory, in
/// order, and is tried again with growing pauses.
class Writer {
public:
    using Change = std::function<void(Connection&)>;

    /// `connection` is the thread's alone until the destructor returns. `upkeep` runs on the thread every
    /// `upkeepSeconds`; it may throw DatabaseError.
    Writer(Connection& connection, bool writeAheadLog, Change upkeep, double upkeepSeconds);
    /// Commits what is left, with a second's patience for a disk that refuses.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // `run` is the run's number in the file.
    void append(std::int64_t run, std::span<const Point> points);
    void append(std::int64_t run, const RunEvent& event);
    void update(std::int64_t run, const RunFigures& figures);
    /// Returns when all that was appended is committed; throws DatabaseError where it cannot be.
    void flush();
    /// One transaction; what `change` throws comes out here, and nothing of it is written.
    void write(Change change);
    /// Why metrics wait in memory, or empty.
    std::string trouble() const;

private:
    struct RunPoint {
        std::int64_t run;
        Point point;
    };
    struct Batch {
        std::vector<RunPoint> points;
        std::vector<std::pair<std::int64_t, RunEvent>> events;
        std::map<std::int64_t, RunFigures> figures;
        std::size_t committed = 0; ///< of points
        bool empty() const { return points.empty() && events.empty() && figures.empty(); }
        void take(Batch& later);
    };
    struct Task {
        Change change; ///< none: a flush
        std::promise<void> done;
    };
    using Clock = std::chrono::steady_clock;

    void loop();
    void commit(Batch& batch);
    void perform(Task& task);
    void submit(Task task);
    void setTrouble(const std::string& sentence);
    void gathered(); ///< something came into the batch; with the lock held

    Connection& m_connection;
    const bool m_writeAheadLog;
    const Change m_upkeep;
    const Clock::duration m_upkeepEvery;

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    Batch m_batch;
    Clock::time_point m_batchDue = Clock::time_point::max();
    std::vector<Task> m_tasks;
    std::string m_trouble;
    bool m_stop = false;
    std::thread m_thread; ///< last, so that it starts when all else is there
};

} // namespace distill
