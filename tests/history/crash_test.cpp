// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/support.h"

#include <atomic>
#include <cmath>
#include <csignal>
#include <gmock/gmock.h>
#include <random>
#include <sys/mman.h>
#include <thread>

namespace distill {

using test::row;
using test::sql;
using test::TemporaryFolder;

namespace {

/// What a child tells its parent up to the moment it dies.
struct Shared {
    std::atomic<std::int64_t> acknowledged = -1; ///< last step of which flush() returned
    std::atomic<std::int64_t> appended = -1;
    std::atomic<bool> go = false;

    static Shared* make()
    {
        void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        return new (memory) Shared;
    }
};

bool within(double seconds, const std::function<bool()>& condition)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

double valueOf(std::int64_t step, int series)
{
    return step % 100 == 99 ? std::nan("") : std::sin(double(step)) + series;
}

int appendForEver(const std::string& folder, const RunRow& run, Shared* shared, bool flushes)
{
    const auto history = History::open(folder);
    history->addRun(run, "{}");
    const std::int32_t series[] = {history->seriesId("loss"), history->seriesId("accuracy/probe")};
    for (std::int64_t step = 0;; ++step) {
        std::vector<Point> points;
        for (const int i : {0, 1}) {
            points.push_back({series[i], step, 0, 0, valueOf(step, i)});
        }
        history->append(run.id, points);
        shared->appended = step;
        if (flushes && step % 37 == 0) {
            history->flush();
            shared->acknowledged = step;
        }
        if (!flushes) {
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
    }
}

void expectIntactUpTo(const std::string& folder, const RunId& id, std::int64_t step)
{
    const auto history = History::open(folder);
    EXPECT_THAT(history->check(), testing::IsEmpty());
    EXPECT_EQ(sql(folder + "/history.sqlite", "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(history->run(id).value().state, RunState::Interrupted);
    int number = 0;
    for (const char* series : {"loss", "accuracy/probe"}) {
        const auto curve = history->curve(id, series);
        ASSERT_GE(std::int64_t(curve.size()), step + 1);
        for (std::size_t i = 0; i < curve.size(); ++i) { // without a gap, and nothing made up
            const double expected = valueOf(std::int64_t(i), number);
            ASSERT_EQ(curve[i].step, std::int64_t(i));
            ASSERT_TRUE(curve[i].value == expected || (std::isnan(curve[i].value) && std::isnan(expected)));
        }
        ++number;
    }
}

TEST(Crash, KilledAtAnyMomentNothingCommittedIsLost)
{
    std::mt19937 random(std::random_device{}());
    TemporaryFolder folder;
    for (int trial = 0; trial < 6; ++trial) { // of one file, so that each starts on what the last left
        Shared* shared = Shared::make();
        const RunRow run = row();
        const pid_t child = test::inChild([&] { return appendForEver(folder.path(), run, shared, true); });
        EXPECT_TRUE(within(60, [&] { return shared->acknowledged >= 0; }));
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 300000));
        kill(child, SIGKILL);
        EXPECT_EQ(test::ended(child), -SIGKILL);
        expectIntactUpTo(folder.path(), run.id, shared->acknowledged);
    }
}

TEST(Crash, KilledLosesAtMostTheLastSecond)
{
    TemporaryFolder folder;
    Shared* shared = Shared::make();
    const RunRow run = row();
    const pid_t child = test::inChild([&] { return appendForEver(folder.path(), run, shared, false); });
    EXPECT_TRUE(within(60, [&] { return shared->appended >= 1000; }));
    const std::int64_t aSecondBefore = shared->appended;
    std::this_thread::sleep_for(std::chrono::seconds(1));
    kill(child, SIGKILL);
    test::ended(child);
    expectIntactUpTo(folder.path(), run.id, aSecondBefore);
}

TEST(Crash, RunsOfADeadProcessBecomeInterrupted)
{
    TemporaryFolder folder;
    const std::vector<RunRow> rows = {row("queued", RunState::Queued), row("running", RunState::Running),
                                      row("paused", RunState::Paused), row("finished", RunState::Finished)};
    const pid_t child = test::inChild([&] {
        const auto history = History::open(folder.path());
        for (const RunRow& run : rows) {
            history->addRun(run, "{}");
        }
        raise(SIGKILL);
        return 0;
    });
    siginfo_t info{};
    waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT); // dead, and not yet reaped
    const auto history = History::open(folder.path());
    for (std::size_t i = 0; i < 3; ++i) {
        const RunRow run = history->run(rows[i].id).value();
        EXPECT_EQ(run.state, RunState::Interrupted) << run.name;
        EXPECT_EQ(run.ownerPid, 0);
        EXPECT_GT(run.endedAt, 0);
        const auto events = history->events(run.id);
        ASSERT_EQ(events.size(), 1U);
        EXPECT_EQ(events[0].kind, "state");
        EXPECT_EQ(events[0].text, run.message);
    }
    EXPECT_EQ(history->run(rows[3].id)->state, RunState::Finished);
    EXPECT_TRUE(history->events(rows[3].id).empty());
    test::ended(child);
}

TEST(Crash, ALaterProcessOfTheSameNumberIsNotTakenForTheOwner)
{
    TemporaryFolder folder;
    const RunRow run = row();
    const std::string file = folder.file("history.sqlite");
    const auto reopenedState = [&] { return History::open(folder.path())->run(run.id)->state; };
    History::open(folder.path())->addRun(run, "{}");
    EXPECT_EQ(reopenedState(), RunState::Running); // its owner, this process, lives
    sql(file, "UPDATE runs SET owner_start = owner_start - 1");
    EXPECT_EQ(reopenedState(), RunState::Interrupted);
}

TEST(Crash, AnOwnerElsewhereIsBelievedWhileItSigns)
{
    TemporaryFolder folder;
    const RunRow run = row();
    const std::string file = folder.file("history.sqlite");
    const auto reopenedState = [&] { return History::open(folder.path())->run(run.id)->state; };
    History::open(folder.path())->addRun(run, "{}");
    sql(file, "UPDATE runs SET owner_pid = 1, owner_boot = 'x/pid:[1]', owner_host = 'elsewhere'");
    EXPECT_EQ(reopenedState(), RunState::Running);
    sql(file, "UPDATE runs SET owner_seen = owner_seen - 3600");
    EXPECT_EQ(reopenedState(), RunState::Interrupted);
    // The same machine, started anew: dead, however fresh the sign.
    History::open(folder.path())->setState(run.id, RunState::Running);
    sql(file, "UPDATE runs SET owner_boot = 'earlier boot/pid:[1]'");
    EXPECT_EQ(reopenedState(), RunState::Interrupted);
}

TEST(Processes, OnlyOneOwnsARun)
{
    TemporaryFolder folder;
    const RunRow run = row();
    const auto stateAndClaim = [&] {
        const auto other = History::open(folder.path());
        const bool running = other->run(run.id)->state == RunState::Running;
        return (running ? 10 : 0) + (other->claim(run.id) ? 1 : 0);
    };
    test::LaterChild early(stateAndClaim), late(stateAndClaim);
    const auto history = History::open(folder.path());
    history->addRun(run, "{}");
    EXPECT_TRUE(history->claim(run.id)); // one's own
    EXPECT_EQ(early.run(), 10); // untouched by the other's start, and not given away
    history->setState(run.id, RunState::Stopped);
    EXPECT_EQ(late.run(), 1);
    EXPECT_TRUE(history->claim(run.id)); // the other is dead by now
}

TEST(Processes, TwoOpenANewFileTogetherAndBothWrite)
{
    TemporaryFolder folder;
    constexpr int steps = 3000;
    Shared* shared = Shared::make();
    std::vector<RunRow> rows = {row("left"), row("right"), row("third")};
    std::vector<pid_t> children;
    for (const RunRow& run : rows) {
        children.push_back(test::inChild([&] {
            while (!shared->go) { }
            const auto history = History::open(folder.path());
            history->addRun(run, "{}");
            for (int step = 0; step < steps; ++step) {
                const Point point{history->seriesId("series " + std::to_string(step % 7)), step, 0, 0, double(step)};
                history->append(run.id, std::span(&point, 1));
                if (step % 300 == 0) {
                    history->setNotes(run.id, std::to_string(step));
                }
            }
            history->flush();
            history->setState(run.id, RunState::Finished);
            return history->health().readOnly ? 1 : 0;
        }));
    }
    shared->go = true;
    for (const pid_t child : children) {
        EXPECT_EQ(test::ended(child), 0);
    }
    const auto history = History::open(folder.path());
    EXPECT_THAT(history->check(), testing::IsEmpty());
    for (const RunRow& run : rows) {
        EXPECT_EQ(history->run(run.id)->state, RunState::Finished);
        std::size_t points = 0;
        for (const std::string& series : history->seriesOf(run.id)) {
            points += history->curve(run.id, series).size();
        }
        EXPECT_EQ(points, std::size_t(steps));
    }
    EXPECT_EQ(sql(folder.file("history.sqlite"), "SELECT count(*) FROM series"), "7");
}

} // namespace
} // namespace distill
