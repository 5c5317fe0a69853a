// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "history/support.h"

#include <cmath>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <random>

namespace distill {

using test::row;
using test::sql;
using test::TemporaryFolder;
using testing::HasSubstr;

namespace {

std::string bytesOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string refusalOf(const std::string& workspace)
{
    try {
        History::open(workspace);
    } catch (const InputError& error) {
        return error.what();
    }
    return "opened";
}

/// A history with something of everything in it.
std::string filledHistory()
{
    TemporaryFolder folder;
    {
        const auto history = History::open(folder.path());
        std::vector<RunId> teachers;
        for (int i = 0; i < 8; ++i) {
            RunRow run = row("run " + std::to_string(i), RunState::Finished);
            run.teachers = teachers;
            run.tags = {"tag"};
            run.summary = Json{{"n", i}};
            history->addRun(run, "{\"name\": \"run\"}");
            teachers.push_back(run.id);
            std::vector<Point> points;
            for (int step = 0; step < 150; ++step) {
                points.push_back({history->seriesId(step % 2 ? "loss" : "accuracy/probe"), step, 0, 0,
                                  step % 10 ? step * 0.1 : std::nan("")});
            }
            history->append(run.id, points);
            history->append(run.id, RunEvent{1, 2, "log", "text", Json{{"a", 1}}});
            history->addArtefact(run.id, {"best", "p", "s", 1, 1});
        }
    }
    return bytesOf(folder.file("history.sqlite"));
}

/// Opens, then reads and writes all there is; whatever is thrown on the way is a sentence, and the process lives.
enum class Outcome { Refused, ReadOnly, Troubled, Fine };
Outcome use(const std::string& workspace)
{
    std::shared_ptr<History> history;
    try {
        history = History::open(workspace);
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("history.sqlite"));
        return Outcome::Refused;
    }
    if (history->health().readOnly) {
        return Outcome::ReadOnly;
    }
    try {
        for (const RunRow& run : history->runs(true)) {
            history->run(run.id);
            history->experimentText(run.id);
            history->events(run.id);
            history->artefacts(run.id);
            for (const std::string& series : history->seriesOf(run.id)) {
                history->curve(run.id, series);
            }
            history->setNotes(run.id, "after");
            const Point point{history->seriesId("new"), 1, 0, 0, 1};
            history->append(run.id, std::span(&point, 1));
        }
        history->flush();
        return history->check().empty() ? Outcome::Fine : Outcome::Troubled;
    } catch (const std::exception& error) {
        EXPECT_STRNE(error.what(), "");
        return Outcome::Troubled;
    }
}

TEST(Damage, RandomFlipsNeverCrashAndAreMostlyFound)
{
    const std::string sound = filledHistory();
    ASSERT_GT(sound.size(), 50000U);
    std::mt19937 random(20240229);
    std::map<Outcome, int> outcomes;
    for (int trial = 0; trial < 250; ++trial) {
        TemporaryFolder folder;
        std::string bytes = sound;
        const int flips = 1 << (trial % 8);
        for (int i = 0; i < flips; ++i) {
            bytes[random() % bytes.size()] ^= char(1U << (random() % 8));
        }
        if (trial % 10 == 0) { // bytes that belong together, as a bad sector loses them
            bytes.replace(random() % (bytes.size() - 512), 512, 512, char(random()));
        }
        write(folder.file("history.sqlite"), bytes);
        SCOPED_TRACE(trial);
        ++outcomes[use(folder.path())];
        EXPECT_TRUE(std::filesystem::exists(folder.file("history.sqlite"))); // never deleted
    }
    EXPECT_GT(outcomes[Outcome::Refused], 50);
    EXPECT_GT(outcomes[Outcome::Fine], 0);
}

TEST(Damage, EveryByteOfTheHeadMayBeWrong)
{
    const std::string sound = filledHistory();
    std::map<Outcome, int> outcomes;
    for (std::size_t i = 0; i < 110; ++i) {
        TemporaryFolder folder;
        std::string bytes = sound;
        bytes[i] = char(~bytes[i]);
        write(folder.file("history.sqlite"), bytes);
        SCOPED_TRACE(i);
        ++outcomes[use(folder.path())];
    }
    EXPECT_GT(outcomes[Outcome::Refused], 20);
}

TEST(Damage, ATruncatedFileIsRefused)
{
    const std::string sound = filledHistory();
    // SQLite takes a single byte for an empty file; there is nothing to lose in it.
    for (std::size_t length = 2; length < sound.size(); length += 1 + length / 3) {
        TemporaryFolder folder;
        write(folder.file("history.sqlite"), sound.substr(0, length));
        const std::string refusal = refusalOf(folder.path());
        EXPECT_THAT(refusal, HasSubstr("damaged")) << length;
        EXPECT_EQ(bytesOf(folder.file("history.sqlite")).size(), length);
    }
}

TEST(Damage, TheSentenceSaysWhatToDo)
{
    TemporaryFolder folder;
    write(folder.file("history.sqlite"), "this was never a database, only a text of some length");
    const std::string refusal = refusalOf(folder.path());
    EXPECT_THAT(refusal, HasSubstr(folder.file("history.sqlite")));
    EXPECT_THAT(refusal, HasSubstr("copy"));
    EXPECT_THAT(refusal, HasSubstr("distill history check"));
    EXPECT_THAT(refusal, HasSubstr(".recover"));
    EXPECT_EQ(checkHistory(folder.path()).size(), 1U);
}

TEST(Damage, CheckListsWhatIsWrong)
{
    TemporaryFolder folder;
    {
        const auto history = History::open(folder.path());
        history->addRun(row("a", RunState::Finished), "{}");
        EXPECT_THAT(history->check(), testing::IsEmpty());
    }
    EXPECT_THAT(checkHistory(folder.path()), testing::IsEmpty());
    sql(folder.file("history.sqlite"), "INSERT INTO events (run, step, kind, text) VALUES (77, 1, 'log', 'x')");
    ASSERT_EQ(checkHistory(folder.path()).size(), 1U);
    EXPECT_THAT(checkHistory(folder.path())[0], HasSubstr("events"));
    EXPECT_EQ(History::open(folder.path())->check().size(), 1U);
    TemporaryFolder empty;
    EXPECT_THROW(checkHistory(empty.path()), InputError);
}

TEST(Damage, AnotherProgramsDatabaseIsLeftAlone)
{
    TemporaryFolder folder;
    sql(folder.file("history.sqlite"), "CREATE TABLE bookmarks (url TEXT)");
    const std::string before = bytesOf(folder.file("history.sqlite"));
    EXPECT_THAT(refusalOf(folder.path()), HasSubstr("another program"));
    EXPECT_EQ(bytesOf(folder.file("history.sqlite")), before);
}

TEST(Damage, AnEmptyFileIsANewHistory)
{
    TemporaryFolder folder;
    write(folder.file("history.sqlite"), "");
    EXPECT_EQ(use(folder.path()), Outcome::Fine);
}

} // namespace
} // namespace distill
