// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session.h"

#include "experiment/error.h"
#include "history/database.h"
#include "support.h"

#include <QSignalSpy>
#include <QTest>
#include <QThread>
#include <gmock/gmock.h>

namespace distill::ui {
namespace {

using test::Workspace;

class SessionTest : public testing::Test {
protected:
    SessionTest() { start(); }
    void start()
    {
        session = std::make_unique<Session>(workspace.history, std::make_unique<Engine>(workspace.history));
    }
    /// Until everything asked so far was done and delivered.
    void settle()
    {
        for (int i = 0; i < 2; ++i) {
            bool read = false;
            bool performed = false;
            session->read<int>(
                nullptr, [](const History&) { return 0; }, [&](int) { read = true; });
            session->perform(
                nullptr, [](History&, Engine&) {}, [&] { performed = true; });
            ASSERT_TRUE(QTest::qWaitFor([&] { return read && performed; }, 5000));
        }
    }

    Workspace workspace;
    std::unique_ptr<Session> session;
};

TEST_F(SessionTest, readsOffTheWindowsThreadAndAnswersOnIt)
{
    QThread* const window = QThread::currentThread();
    QThread* reading = nullptr;
    QThread* answering = nullptr;
    std::vector<int> order;
    for (int i = 0; i < 5; ++i) {
        session->read<int>(
            nullptr,
            [&reading, i](const History&) {
                reading = QThread::currentThread();
                return i;
            },
            [&](int value) {
                answering = QThread::currentThread();
                order.push_back(value);
            });
    }
    EXPECT_TRUE(order.empty());
    settle();
    EXPECT_THAT(order, testing::ElementsAre(0, 1, 2, 3, 4));
    EXPECT_NE(reading, window);
    EXPECT_EQ(answering, window);
}

TEST_F(SessionTest, whoIsGoneIsNotAnswered)
{
    auto context = std::make_unique<QObject>();
    int answers = 0;
    const auto ask = [&] {
        session->read<int>(
            context.get(), [](const History&) { return 1; }, [&](int) { ++answers; });
    };
    ask();
    settle();
    EXPECT_EQ(answers, 1);
    ask();
    context.reset();
    settle();
    EXPECT_EQ(answers, 1);
}

TEST_F(SessionTest, whatIsThrownBecomesOneSentence)
{
    const QSignalSpy problems(session.get(), &Session::problem);
    int answers = 0;
    int failures = 0;
    session->read<int>(
        nullptr, [](const History&) -> int { throw InputError("No such curve."); }, [&](int) { ++answers; });
    session->perform(
        nullptr, [](History&, Engine&) { throw std::runtime_error("The disk is full.\nframe #0: a backtrace"); },
        [&] { ++answers; }, [&] { ++failures; });
    EXPECT_FALSE(session->attempt([] { throw InputError("Out of range."); }));
    session->read<int>(
        nullptr, [](const History&) { return 1; }, [](int) { throw std::runtime_error("From a slot."); });
    settle();
    EXPECT_EQ(answers, 0);
    EXPECT_EQ(failures, 1);
    QStringList sentences;
    for (const QList<QVariant>& problem : problems) {
        sentences << problem.first().toString();
    }
    sentences.sort();
    EXPECT_EQ(sentences,
              QStringList({QStringLiteral("From a slot."), QStringLiteral("No such curve."),
                           QStringLiteral("Out of range."), QStringLiteral("The disk is full.")}));
}

TEST_F(SessionTest, whatAPersonAskedForIsDoneEvenWhenTheWindowCloses)
{
    const RunId id = test::add(*workspace.history, test::run("before"));
    session->perform(nullptr, [](History&, Engine&) { QThread::msleep(50); });
    session->perform(nullptr, [id](History& history, Engine&) { history.setName(id, "after"); });
    session.reset();
    EXPECT_EQ(workspace.history->run(id)->name, "after");
}

TEST_F(SessionTest, tellsOfRowsThatOthersAddOrChange)
{
    settle();
    QSignalSpy changes(session.get(), &Session::rowsChanged);
    EXPECT_FALSE(changes.wait(1300)) << "nothing had changed";

    const std::shared_ptr<History> other = History::open(workspace.folder());
    const RunId id = test::add(*other, test::run("of another process"));
    ASSERT_TRUE(changes.wait(4000));
    changes.clear();
    other->setNotes(id, "seen");
    ASSERT_TRUE(changes.wait(4000));
}

TEST_F(SessionTest, figuresOfALiveRunAreNoChangeOfRows)
{
    RunRow row = test::run("live");
    workspace.history->addRun(row, "{}");
    workspace.history->setState(row.id, RunState::Running);
    QSignalSpy changes(session.get(), &Session::rowsChanged);
    changes.wait(1500);
    changes.clear();
    row.figures.step = 100;
    row.figures.lastAccuracy = 0.5;
    workspace.history->updateFigures(row.id, row.figures);
    workspace.history->flush();
    EXPECT_FALSE(changes.wait(1500));
}

TEST_F(SessionTest, figuresOfARunThatTrainsElsewhereAre)
{
    RunRow row = test::run("live");
    workspace.history->addRun(row, "{}");
    workspace.history->setState(row.id, RunState::Running);
    workspace.history->flush();
    Connection(workspace.folder() + "/history.sqlite", Connection::Access::ReadWrite)
        .execute("UPDATE runs SET owner_pid = 1");
    QSignalSpy changes(session.get(), &Session::rowsChanged);
    changes.wait(1500);
    for (std::int64_t step = 1; step <= 2; ++step) {
        changes.clear();
        row.figures.step = step;
        workspace.history->updateFigures(row.id, row.figures);
        workspace.history->flush();
        EXPECT_TRUE(changes.wait(3000));
    }
}

TEST_F(SessionTest, aRunIsToldFromItsFirstToItsLastState)
{
    std::vector<RunState> states;
    int added = 0;
    bool emptyUpdate = false;
    QObject::connect(session.get(), &Session::updated, session.get(), [&](const Updates& updates) {
        emptyUpdate = emptyUpdate || updates.empty();
        added += static_cast<int>(updates.added.size());
        for (const RunStatus& status : updates.statuses) {
            states.push_back(status.state);
        }
    });
    const QSignalSpy changes(session.get(), &Session::rowsChanged);
    session->perform(nullptr, [](History&, Engine& engine) {
        engine.submit(Document::parse(R"({"name": "moons", "data": {"dataset": {"kind": "moons"}},
            "student": {"model": {"kind": "mlp"}}, "stages": [{"steps": 20}]})"));
    });
    ASSERT_TRUE(QTest::qWaitFor(
        [&] { return !states.empty() && !isLive(states.back()) && session->engine().statuses().empty(); }, 20000));
    EXPECT_GE(added, 1);
    EXPECT_FALSE(emptyUpdate);
    EXPECT_EQ(states.back(), RunState::Finished);
    EXPECT_TRUE(QTest::qWaitFor([&] { return changes.count() > 0; }, 4000));
}

} // namespace
} // namespace distill::ui

int main(int argc, char** argv)
{
    return distill::ui::test::runTests(argc, argv);
}
