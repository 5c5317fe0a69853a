// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/migrations.h"

#include "history/support.h"

#include <atomic>
#include <gmock/gmock.h>
#include <map>
#include <sys/mman.h>

namespace distill {

using test::sql;
using test::TemporaryFolder;

namespace {

std::vector<Migration> chain()
{
    return {
        {1, [](Connection& c) { c.execute("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('from 1')"); }},
        {2, [](Connection& c) { c.execute("ALTER TABLE t ADD COLUMN b TEXT; INSERT INTO t VALUES ('from 2', 'b')"); }},
        {3, [](Connection& c) { c.execute("INSERT INTO t VALUES ('from 3', 'b')"); }},
    };
}

TEST(Migrations, TakeAnEmptyFileToTheLastVersionWithoutABackup)
{
    TemporaryFolder folder;
    const std::string file = folder.file("f.sqlite");
    Connection connection(file, Connection::Access::Create);
    migrate(connection, chain());
    EXPECT_EQ(sql(file, "SELECT group_concat(a) FROM t"), "from 1,from 2,from 3");
    EXPECT_EQ(sql(file, "PRAGMA user_version"), "3");
    EXPECT_EQ(sql(file, "PRAGMA application_id"), std::to_string(applicationId));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
    migrate(connection, chain());
    EXPECT_EQ(sql(file, "SELECT count(*) FROM t"), "3");
}

TEST(Migrations, CopyAnOlderFileFirst)
{
    for (const char* journal : {"WAL", "DELETE"}) {
        TemporaryFolder folder;
        const std::string file = folder.file("f.sqlite");
        const auto steps = chain();
        Connection connection(file, Connection::Access::Create);
        connection.execute(std::string("PRAGMA journal_mode = ") + journal);
        migrate(connection, std::span(steps).first(1));
        sql(file, "INSERT INTO t VALUES ('mine')");
        migrate(connection, steps);
        EXPECT_EQ(sql(file, "SELECT group_concat(a) FROM t"), "from 1,mine,from 2,from 3");
        EXPECT_EQ(sql(file + ".v1.bak", "SELECT group_concat(a) FROM t"), "from 1,mine") << journal;
        EXPECT_EQ(sql(file + ".v1.bak", "PRAGMA user_version"), "1");
        EXPECT_FALSE(std::filesystem::exists(file + ".v2.bak"));
    }
}

TEST(Migrations, AStepThatFailsLeavesTheVersionBefore)
{
    TemporaryFolder folder;
    const std::string file = folder.file("f.sqlite");
    auto steps = chain();
    steps[2].apply = [](Connection& c) {
        c.execute("DELETE FROM t");
        c.execute("INSERT INTO nowhere VALUES (1)");
    };
    Connection connection(file, Connection::Access::Create);
    EXPECT_THROW(migrate(connection, steps), DatabaseError);
    EXPECT_EQ(sql(file, "PRAGMA user_version"), "2");
    EXPECT_EQ(sql(file, "SELECT group_concat(a) FROM t"), "from 1,from 2");
    migrate(connection, chain());
    EXPECT_EQ(sql(file, "SELECT group_concat(a) FROM t"), "from 1,from 2,from 3");
}

TEST(Migrations, LeaveANewerFileAlone)
{
    TemporaryFolder folder;
    const std::string file = folder.file("f.sqlite");
    sql(file, "CREATE TABLE x (a); PRAGMA user_version = 9");
    Connection connection(file, Connection::Access::ReadWrite);
    migrate(connection, chain());
    EXPECT_EQ(sql(file, "PRAGMA user_version"), "9");
    EXPECT_EQ(sql(file, "SELECT count(*) FROM sqlite_schema"), "1");
}

TEST(Migrations, HappenOnceWhenTwoProcessesStartTogether)
{
    TemporaryFolder folder;
    const std::string file = folder.file("f.sqlite");
    const auto steps = chain();
    {
        Connection connection(file, Connection::Access::Create);
        connection.execute("PRAGMA journal_mode = WAL");
        migrate(connection, std::span(steps).first(1));
    }
    auto* go = new (mmap(nullptr, sizeof(std::atomic<bool>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
        std::atomic<bool>(false);
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        children.push_back(test::inChild([&] {
            while (!*go) { }
            Connection connection(file, Connection::Access::ReadWrite);
            migrate(connection, steps);
            return int(connection.integer("PRAGMA user_version"));
        }));
    }
    *go = true;
    for (const pid_t child : children) {
        EXPECT_EQ(test::ended(child), 3);
    }
    EXPECT_EQ(sql(file, "SELECT group_concat(a) FROM t"), "from 1,from 2,from 3");
    EXPECT_EQ(sql(file + ".v1.bak", "SELECT group_concat(a) FROM t"), "from 1");
}

/// With the columns that every version has.
void addRun(const std::string& file, const std::string& id, const std::string& text)
{
    sql(file, "INSERT INTO runs (id, group_id, role, state, name, tags, seed, content_hash, student_model, teacher_model, "
              "created_at) VALUES ('" + id + "', 'g', 'student', 'finished', '" + id + "', '[]', 1, 'h', 'mlp', '', 1); "
              "INSERT INTO experiments SELECT number, '" + text + "' FROM runs WHERE id = '" + id + "'");
}

TEST(Migrations, OfThisProgramTakeAFileOfTheFirstVersionAlong)
{
    TemporaryFolder folder;
    const std::string file = folder.file("history.sqlite");
    {
        Connection connection(file, Connection::Access::Create);
        migrate(connection, migrations().first(1));
    }
    const std::string columns = "INSERT INTO runs (id, group_id, role, state, name, tags, seed, content_hash, "
                                "student_model, teacher_model, teacher, created_at) VALUES ";
    sql(file, columns + "('T', 'g', 'teacher', 'finished', 'old teacher', '[\"x\"]', 1, 'h', 'mlp', '', NULL, 1)");
    sql(file, columns + "('S', 'g', 'student', 'finished', 'old student', '[]', 1, 'h', 'mlp', 'mlp', 'T', 2)");
    sql(file, "INSERT INTO experiments SELECT number, '{}' FROM runs");
    {
        const auto history = History::open(folder.path());
        EXPECT_FALSE(history->health().readOnly);
        EXPECT_THAT(history->check(), testing::IsEmpty());
        const auto runs = history->runs();
        ASSERT_EQ(runs.size(), 2u);
        EXPECT_EQ(runs[0].name, "old student");
        EXPECT_THAT(runs[0].teachers, testing::ElementsAre("T"));
        EXPECT_THAT(runs[1].tags, testing::ElementsAre("x"));
        EXPECT_THAT(runs[1].teachers, testing::IsEmpty());

        RunRow ensemble = test::row("taught by both");
        ensemble.teachers = {"S", "T"};
        history->addRun(ensemble, "{}");
        EXPECT_THAT(history->run(ensemble.id)->teachers, testing::ElementsAre("S", "T"));
    }
    EXPECT_EQ(sql(file, "PRAGMA user_version"), std::to_string(migrations().back().version));
    EXPECT_EQ(sql(file + ".v1.bak", "PRAGMA user_version"), "1");
    EXPECT_EQ(sql(file + ".v1.bak", "SELECT group_concat(name) FROM runs"), "old teacher,old student");
    EXPECT_EQ(sql(file + ".v1.bak", "SELECT count(*) FROM pragma_table_info('runs') WHERE name = 'more_teachers'"), "0");
}

TEST(Migrations, OfThisProgramGroupTheRunsOfTheSecondVersionBySeeds)
{
    TemporaryFolder folder;
    const std::string file = folder.file("history.sqlite");
    {
        Connection connection(file, Connection::Access::Create);
        migrate(connection, migrations().first(2));
    }
    const auto add = [&](const std::string& id, const std::string& text) { addRun(file, id, text); };
    add("first teacher", R"({"seed": 1, "width": 8})");
    add("second teacher", R"({"width": 8, "seed": 2, "name": "again"})");
    add("first student", R"({"seed": 1, "teacher": {"kind": "run", "run": "first teacher"}})");
    add("second student", R"({"seed": 2, "teacher": {"kind": "run", "run": "second teacher"}})");
    add("other student", R"({"seed": 2, "teacher": {"kind": "run", "run": "first student"}})");
    add("no document", "damaged");
    const auto history = History::open(folder.path());
    std::map<RunId, RunRow> runs;
    for (const RunRow& row : history->runs()) {
        runs[row.id] = row;
        EXPECT_EQ(row.marks, RunMarks()) << row.id;
        EXPECT_EQ(row.twin + row.randomTeacher, "") << row.id;
        EXPECT_EQ(row.seedlessHash.size(), 32u) << row.id;
    }
    ASSERT_EQ(runs.size(), 6u);
    EXPECT_EQ(runs["first teacher"].seedlessHash, runs["second teacher"].seedlessHash);
    EXPECT_EQ(runs["first student"].seedlessHash, runs["second student"].seedlessHash);
    EXPECT_NE(runs["first student"].seedlessHash, runs["other student"].seedlessHash);
    EXPECT_NE(runs["first student"].seedlessHash, runs["first teacher"].seedlessHash);
    EXPECT_EQ(sql(file + ".v2.bak", "SELECT count(*) FROM runs"), "6");
    EXPECT_EQ(sql(file + ".v2.bak", "PRAGMA user_version"), "2");
}

TEST(Migrations, OfThisProgramLeaveOutASweepOfTheThirdVersionThatSweepsNothing)
{
    TemporaryFolder folder;
    const std::string file = folder.file("history.sqlite");
    {
        Connection connection(file, Connection::Access::Create);
        migrate(connection, migrations().first(3));
    }
    const std::string old = R"({"seed": 1, "sweep": {"field": "", "values": []}, "teacher": {"kind": "ensemble", "members": [
        {"kind": "experiment", "experiment": {"seed": 2, "sweep": {"field": "", "values": []}}}]}})";
    const std::string present = R"({"seed": 3,   "sweep": {"kind": "none"}})";
    addRun(file, "old", old);
    addRun(file, "present", present);
    const auto history = History::open(folder.path());
    EXPECT_EQ(Json::parse(history->experimentText("old")),
              Json::parse(R"({"seed": 1, "teacher": {"kind": "ensemble", "members": [{"kind": "experiment", "experiment": {"seed": 2}}]}})"));
    EXPECT_EQ(history->experimentText("present"), present) << "to the last blank";
    EXPECT_EQ(sql(file + ".v3.bak", "SELECT text FROM experiments WHERE run = 1"), old);
    EXPECT_ANY_THROW(sql(file, "UPDATE experiments SET text = '{}'")) << "a document stays what it is again";
}

TEST(Migrations, OfThisProgramHaveRisingVersions)
{
    int last = 0;
    for (const Migration& migration : migrations()) {
        EXPECT_EQ(migration.version, ++last);
    }
}

} // namespace
} // namespace distill
