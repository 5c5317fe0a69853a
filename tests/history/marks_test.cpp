// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "history/support.h"

#include <gmock/gmock.h>

namespace distill {

using test::row;
using test::sql;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

TEST(Marks, ArePutOnManyRunsAtOnceAndStay)
{
    TemporaryFolder folder;
    const RunRow rows[] = {row("first"), row("second"), row("third")};
    {
        const auto history = History::open(folder.path());
        for (const RunRow& run : rows) {
            history->addRun(run, "{}");
        }
        history->setMark({rows[0].id, rows[2].id}, RunMark::Starred, 1);
        history->setMark({rows[2].id}, RunMark::Pinned, 1);
        history->setMark({rows[0].id}, RunMark::Hidden, 1);
        history->setMark({rows[1].id, rows[2].id}, RunMark::Archived, 1);
        history->setMark({rows[1].id}, RunMark::Archived, 0);
        history->setMark({rows[0].id}, RunMark::Colour, 5);
    }
    const auto history = History::open(folder.path());
    EXPECT_EQ(history->run(rows[0].id)->marks, (RunMarks{.starred = true, .hidden = true, .colour = 5}));
    EXPECT_EQ(history->run(rows[1].id)->marks, RunMarks());
    EXPECT_EQ(history->run(rows[2].id)->marks, (RunMarks{.starred = true, .pinned = true, .archived = true}));
    EXPECT_EQ(history->runs().front().marks, history->run(rows[2].id)->marks);
}

TEST(Marks, ThatNameAnUnknownRunChangeNone)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    const RunRow run = row();
    history->addRun(run, "{}");
    EXPECT_THROW(history->setMark({run.id, "nobody"}, RunMark::Starred, 1), InputError);
    EXPECT_THROW(history->changeTags({run.id, "nobody"}, {"x"}, {}), InputError);
    EXPECT_EQ(history->run(run.id)->marks, RunMarks());
    EXPECT_THAT(history->run(run.id)->tags, IsEmpty());
}

TEST(Tags, OfManyRunsAreAddedAndTakenAway)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    RunRow one = row(), two = row();
    one.tags = {"a", "b"};
    history->addRun(one, "{}");
    history->addRun(two, "{}");
    history->changeTags({one.id, two.id}, {"c", "b"}, {"a"});
    EXPECT_THAT(history->run(one.id)->tags, ElementsAre("b", "c"));
    EXPECT_THAT(history->run(two.id)->tags, ElementsAre("c", "b"));
}

TEST(Comparisons, AreKeptUnderTheirNames)
{
    TemporaryFolder folder;
    {
        const auto history = History::open(folder.path());
        EXPECT_THAT(history->comparisons(), IsEmpty());
        history->saveComparison("ladder", Json{{"runs", {"A", "B"}}, {"x", "epoch"}});
        history->saveComparison("r\u00e9sum\u00e9 'quoted'", Json{{"runs", Json::array()}});
        history->saveComparison("ladder", Json{{"runs", {"C"}}});
        EXPECT_THROW(history->saveComparison(" ", Json::object()), InputError);
    }
    const auto history = History::open(folder.path());
    auto kept = history->comparisons();
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[0].name, "ladder"); // saved last
    EXPECT_EQ(kept[0].content, (Json{{"runs", {"C"}}}));
    EXPECT_GE(kept[0].savedAt, kept[1].savedAt);
    EXPECT_GT(kept[1].savedAt, 1.7e9);

    EXPECT_THROW(history->renameComparison("nothing", "new"), InputError);
    EXPECT_THROW(history->renameComparison("ladder", kept[1].name), InputError);
    history->renameComparison("ladder", "ladder");
    history->renameComparison("ladder", "steps");
    EXPECT_THROW(history->removeComparison("ladder"), InputError);
    history->removeComparison(kept[1].name);
    kept = history->comparisons();
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].name, "steps");
    EXPECT_EQ(kept[0].content, (Json{{"runs", {"C"}}}));
}

TEST(Comparisons, ThatAreDamagedComeBackWithoutContent)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    history->saveComparison("ladder", Json::object());
    sql(folder.file("history.sqlite"), "UPDATE comparisons SET content = '{'");
    ASSERT_EQ(history->comparisons().size(), 1u);
    EXPECT_TRUE(history->comparisons()[0].content.is_null());
}

} // namespace
} // namespace distill
