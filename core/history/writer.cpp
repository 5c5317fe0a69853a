// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/writer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace distill {

namespace {

using namespace std::chrono_literals;

constexpr auto commitEvery = 250ms;
constexpr std::size_t commitPoints = 2000;
// After an outage the backlog goes in transactions of this size, so that a disk with little room takes what it can.
constexpr std::size_t pointsPerTransaction = 20000;
constexpr auto shortestPause = 250ms;
constexpr auto longestPause = 5000ms;
constexpr int attemptsAtTheEnd = 4;

void insertPoint(Statement& insert, std::int64_t run, const Point& point)
{
    const int flag = std::isnan(point.value) ? 1 : std::isfinite(point.value) ? 0 : point.value > 0 ? 2 : 3;
    const double value = flag ? std::nan("") : point.value; // bound as NULL
    insert.bind(run, point.series, point.step, point.epoch, point.seconds, value, flag).run();
}

void insertEvent(Connection& connection, std::int64_t run, const RunEvent& event)
{
    Statement insert(connection, "INSERT INTO events (run, step, at, kind, text, data) VALUES (?, ?, ?, ?, ?, ?)");
    if (event.data.is_null()) {
        insert.bind(run, event.step, event.at, event.kind, event.text, nullptr).run();
    } else {
        insert
            .bind(run, event.step, event.at, event.kind, event.text,
                  event.data.dump(-1, ' ', false, Json::error_handler_t::replace))
            .run();
    }
}

} // namespace

void Writer::Batch::take(Batch& later)
{
    points.insert(points.end(), later.points.begin(), later.points.end());
    std::move(later.events.begin(), later.events.end(), std::back_inserter(events));
    for (const auto& [run, latest] : later.figures) {
        figures[run] = latest;
    }
    later = {};
}

Writer::Writer(Connection& connection, bool writeAheadLog, Change upkeep, double upkeepSeconds)
    : m_connection(connection)
    , m_writeAheadLog(writeAheadLog)
    , m_upkeep(std::move(upkeep))
    , m_upkeepEvery(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(upkeepSeconds)))
    , m_thread([this] { loop(); })
{
}

Writer::~Writer()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

void Writer::gathered()
{
    if (m_batch.empty()) {
        return;
    }
    if (m_batchDue == Clock::time_point::max()) {
        m_batchDue = Clock::now() + commitEvery;
        m_wake.notify_one();
    } else if (m_batch.points.size() >= commitPoints) {
        m_wake.notify_one();
    }
}

void Writer::append(std::int64_t run, std::span<const Point> points)
{
    const std::scoped_lock lock(m_mutex);
    m_batch.points.reserve(std::max(m_batch.points.capacity(), commitPoints));
    for (const Point& point : points) {
        m_batch.points.push_back({run, point});
    }
    gathered();
}

void Writer::append(std::int64_t run, const RunEvent& event)
{
    const std::scoped_lock lock(m_mutex);
    m_batch.events.emplace_back(run, event);
    gathered();
}

void Writer::update(std::int64_t run, const RunFigures& figures)
{
    const std::scoped_lock lock(m_mutex);
    m_batch.figures[run] = figures;
    gathered();
}

void Writer::submit(Task task)
{
    auto done = task.done.get_future();
    {
        const std::scoped_lock lock(m_mutex);
        m_tasks.push_back(std::move(task));
    }
    m_wake.notify_one();
    done.get();
}

void Writer::flush()
{
    submit({});
}

void Writer::write(Change change)
{
    submit({std::move(change), {}});
}

std::string Writer::trouble() const
{
    const std::scoped_lock lock(m_mutex);
    return m_trouble;
}

void Writer::setTrouble(const std::string& sentence)
{
    const std::scoped_lock lock(m_mutex);
    m_trouble = sentence;
}

void Writer::commit(Batch& batch)
{
    bool finished = batch.empty();
    while (!finished) {
        const std::size_t end = std::min(batch.points.size(), batch.committed + pointsPerTransaction);
        finished = end == batch.points.size();
        Transaction transaction(m_connection);
        {
            Statement insert(m_connection,
                             "INSERT OR REPLACE INTO points (run, series, step, epoch, seconds, value, flag) "
                             "VALUES (?, ?, ?, ?, ?, ?, ?)");
            for (std::size_t i = batch.committed; i < end; ++i) {
                insertPoint(insert, batch.points[i].run, batch.points[i].point);
            }
        }
        if (finished) {
            for (const auto& [run, event] : batch.events) {
                insertEvent(m_connection, run, event);
            }
            Statement update(
                m_connection,
                "UPDATE runs SET best_accuracy = ?, last_accuracy = ?, agreement = ?, seconds = ?, step = ?, "
                "total_steps = ? WHERE number = ?");
            for (const auto& [run, figures] : batch.figures) {
                update
                    .bind(figures.bestAccuracy, figures.lastAccuracy, figures.agreement, figures.seconds, figures.step,
                          figures.totalSteps, run)
                    .run();
            }
        }
        transaction.commit();
        batch.committed = end;
    }
    batch.points.clear();
    batch.events.clear();
    batch.figures.clear();
    batch.committed = 0;
}

void Writer::perform(Task& task)
{
    try {
        // With a write-ahead log a metric's commit may be lost with the power; a state's may not.
        if (m_writeAheadLog) {
            m_connection.execute("PRAGMA synchronous = FULL");
        }
        Transaction transaction(m_connection);
        task.change(m_connection);
        transaction.commit();
        task.done.set_value();
    } catch (...) {
        task.done.set_exception(std::current_exception());
    }
    if (m_writeAheadLog) {
        try {
            m_connection.execute("PRAGMA synchronous = NORMAL");
        } catch (const DatabaseError&) { // stays FULL: slower, no less safe
        }
    }
}

void Writer::loop()
{
    Batch kept; // what could not be committed so far
    std::exception_ptr refusal;
    Clock::duration pause = shortestPause;
    Clock::time_point retryAt = Clock::time_point::max();
    Clock::time_point upkeepAt = Clock::now() + m_upkeepEvery;
    int attemptsLeft = attemptsAtTheEnd;

    std::unique_lock lock(m_mutex);
    const auto due = [&] { return std::min(refusal ? retryAt : m_batchDue, upkeepAt); };
    // While the disk refuses, new metrics wait for the next attempt and do not wake the thread.
    const auto ready = [&] {
        return !m_tasks.empty() || (!refusal && (m_stop || m_batch.points.size() >= commitPoints))
            || Clock::now() >= due();
    };
    for (;;) {
        while (!ready()) {
            m_wake.wait_until(lock, due());
        }
        const bool stop = m_stop;
        if (kept.empty()) {
            std::swap(kept, m_batch); // hands the emptied batch's memory back too
        } else {
            kept.take(m_batch);
        }
        m_batchDue = Clock::time_point::max();
        std::vector<Task> tasks = std::move(m_tasks);
        m_tasks.clear();
        lock.unlock();

        const bool asked = std::any_of(tasks.begin(), tasks.end(), [](const Task& task) { return !task.change; });
        if (!kept.empty() && (!refusal || asked || stop || Clock::now() >= retryAt)) {
            try {
                commit(kept);
                refusal = nullptr;
                pause = shortestPause;
                retryAt = Clock::time_point::max();
                setTrouble({});
            } catch (const std::exception& error) { // DatabaseError or out of memory
                refusal = std::current_exception();
                setTrouble(error.what());
                retryAt = Clock::now() + (stop ? Clock::duration(shortestPause) : pause);
                pause = std::min<Clock::duration>(pause * 2, longestPause);
            }
        }
        for (Task& task : tasks) {
            if (task.change) {
                perform(task);
            } else if (refusal) {
                task.done.set_exception(refusal);
            } else {
                task.done.set_value();
            }
        }
        if (m_upkeep && Clock::now() >= upkeepAt) {
            try {
                m_upkeep(m_connection);
            } catch (const DatabaseError&) { // the next round tries again
            }
            upkeepAt = Clock::now() + m_upkeepEvery;
        }

        lock.lock();
        if (stop && m_tasks.empty()) {
            if (kept.empty() && m_batch.empty()) {
                return;
            }
            if (--attemptsLeft == 0) {
                std::fprintf(stderr, "The last metrics could not be saved: %s\n", m_trouble.c_str());
                return;
            }
        }
    }
}

} // namespace distill
