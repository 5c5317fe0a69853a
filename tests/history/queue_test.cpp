// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "history/history.h"
#include "support.h"

#include <gmock/gmock.h>

namespace distill {
namespace {

using test::TemporaryFolder;
using testing::ElementsAre;
using testing::IsEmpty;

RunRow row(const std::string& id, RunState state = RunState::Queued)
{
    RunRow made;
    made.id = id;
    made.group = "group";
    made.name = id;
    made.state = state;
    made.contentHash = "hash";
    return made;
}

std::vector<std::string> order(const History& history)
{
    std::vector<std::string> all;
    for (const QueuePlace& place : history.queue()) {
        all.push_back(place.run + (place.held ? " held" : ""));
    }
    return all;
}

TEST(Queue, ARunIsInItFromBeingQueuedUntilItEndsOtherwiseThanByAnInterruption)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    for (const char* id : {"a", "b", "c", "d", "e"}) {
        history->addRun(row(id), "{}");
    }
    history->addRun(row("old", RunState::Finished), "{}");
    EXPECT_THAT(order(*history), ElementsAre("a", "b", "c", "d", "e"));
    history->setState("a", RunState::Running);
    history->setState("b", RunState::Interrupted);
    EXPECT_THAT(order(*history), ElementsAre("a", "b", "c", "d", "e"));
    history->setState("a", RunState::Finished);
    history->setState("c", RunState::Stopped);
    history->setState("d", RunState::Failed);
    history->setState("e", RunState::Diverged);
    EXPECT_THAT(order(*history), ElementsAre("b"));
    history->setState("b", RunState::Queued); // keeps its place
    history->setState("c", RunState::Queued); // comes to the end
    EXPECT_THAT(order(*history), ElementsAre("b", "c"));
    history->setDeleted({"b"}, true);
    EXPECT_THAT(order(*history), ElementsAre("c"));
}

TEST(Queue, KeepsItsOrderAndWhatIsHeldInTheFile)
{
    TemporaryFolder folder;
    {
        const auto history = History::open(folder.path());
        for (const char* id : {"a", "b", "c", "d"}) {
            history->addRun(row(id), "{}");
        }
        history->orderQueue({"c", "a", "d"});
        EXPECT_THAT(order(*history), ElementsAre("b", "c", "a", "d"));
        history->holdQueued("a", true);
        history->orderQueue({"a", "b", "c", "d"});
        history->leaveQueue({"c"});
        EXPECT_THROW(history->holdQueued("nobody", true), InputError);
    }
    const auto history = History::open(folder.path());
    EXPECT_THAT(order(*history), ElementsAre("a held", "b", "d"));
    history->holdQueued("a", false);
    EXPECT_THAT(order(*history), ElementsAre("a", "b", "d"));
}

TEST(Groups, AreThereWithAllTheirRunsOrNotAtAll)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    std::vector<PlannedRun> runs{{row("teacher"), "{}"}, {row("student"), R"({"name": "s"})"}, {row("control"), "{}"}};
    runs[0].row.role = RunRole::Teacher;
    runs[1].row.teachers = {"teacher"};
    runs[1].row.control = "control"; // which comes after it
    runs[2].row.role = RunRole::Control;
    history->addGroup({"group", "Name", "grid", R"({"sweep": {}})", {"student"}}, runs);
    const GroupRecord record = history->group("group");
    EXPECT_EQ(record.name, "Name");
    EXPECT_EQ(record.sweep, "grid");
    EXPECT_EQ(record.text, R"({"sweep": {}})");
    EXPECT_THAT(record.students, ElementsAre("student"));
    const auto rows = history->runsOfGroup("group");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[1].id, "student");
    EXPECT_EQ(rows[1].control, "control");
    EXPECT_EQ(rows[1].ownerPid, getpid());
    EXPECT_EQ(history->group("nobody").text, "");

    // A run of the second group is there already: nothing of the group is written.
    std::vector<PlannedRun> again{{row("new"), "{}"}, {row("student"), "{}"}};
    EXPECT_THROW(history->addGroup({"second", "x", "none", "{}", {}}, again), std::exception);
    EXPECT_FALSE(history->run("new"));
    EXPECT_EQ(history->group("second").text, "");
    EXPECT_THAT(history->sweeps(), testing::SizeIs(1));
    history->setDeleted({"control"}, true);
    EXPECT_TRUE(history->runsOfGroup("group")[2].deleted);
}

TEST(Groups, SweepsAreListedNewestFirst)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    history->addGroup({"1", "first", "grid", "{}", {}}, {});
    history->addGroup({"2", "no sweep", "none", "{}", {}}, {});
    history->addGroup({"3", "last", "halving", "{}", {}}, {});
    const auto sweeps = history->sweeps();
    ASSERT_EQ(sweeps.size(), 2u);
    EXPECT_EQ(sweeps[0].name, "last");
    EXPECT_EQ(sweeps[1].group, "1");
}

} // namespace
} // namespace distill
