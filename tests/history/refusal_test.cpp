// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "history/historyfile.h"
#include "history/support.h"
#include "history/writer.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

namespace distill {

using test::row;
using test::sql;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

/// No file may grow beyond `room` bytes more than the largest there is: writes fail as on a full disk.
class FullDisk {
public:
    FullDisk(const std::string& folder, std::uintmax_t room)
    {
        std::uintmax_t largest = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            largest = std::max(largest, entry.file_size());
        }
        m_handler = std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit limited = m_before;
        limited.rlim_cur = largest + room;
        setrlimit(RLIMIT_FSIZE, &limited);
    }
    ~FullDisk() { hasRoomAgain(); }
    void hasRoomAgain()
    {
        setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_handler);
    }

private:
    rlimit m_before{};
    void (*m_handler)(int);
};

TEST(FullDisk, MetricsWaitInMemoryAndNoneIsLost)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    const RunRow run = row();
    history->addRun(run, "{}");
    const std::int32_t loss = history->seriesId("loss");
    const auto append = [&](int from, int to) {
        std::vector<Point> points;
        for (int step = from; step < to; ++step) {
            points.push_back({loss, step, 0, 0, double(step)});
        }
        history->append(run.id, points);
    };
    append(0, 100);
    history->flush();

    std::string flushed, health, refused;
    {
        FullDisk disk(folder.path(), 64 << 10);
        append(100, 60000);
        history->append(run.id, RunEvent{1, 0, "log", "from the full disk", {}});
        try {
            history->flush();
        } catch (const std::runtime_error& error) {
            flushed = error.what();
        }
        health = history->health().message;
        try {
            history->addRun(row(), std::string(200000, ' '));
        } catch (const std::runtime_error& error) {
            refused = error.what();
        }
        append(60000, 60100); // goes on
        std::this_thread::sleep_for(std::chrono::milliseconds(700)); // the thread tries again meanwhile, in vain
    }
    EXPECT_THAT(flushed, HasSubstr("history.sqlite"));
    EXPECT_THAT(health, HasSubstr("kept in memory"));
    EXPECT_THAT(refused, HasSubstr("history.sqlite"));
    EXPECT_FALSE(history->health().readOnly);

    // By itself, within the longest pause.
    for (int i = 0; i < 800 && !history->health().message.empty(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_THAT(history->health().message, IsEmpty());
    history->flush();
    const auto curve = history->curve(run.id, "loss");
    ASSERT_EQ(curve.size(), 60100U);
    for (std::size_t i = 0; i < curve.size(); ++i) {
        ASSERT_EQ(curve[i].value, double(i));
    }
    EXPECT_EQ(history->events(run.id).size(), 1U);
    EXPECT_EQ(history->runs().size(), 1U);
    EXPECT_THAT(history->check(), IsEmpty());
}

TEST(FullDisk, ANewWorkspaceSaysSo)
{
    TemporaryFolder folder;
    std::string refusal = "opened";
    {
        FullDisk disk(folder.path(), 1000);
        try {
            History::open(folder.path());
        } catch (const InputError& error) {
            refusal = error.what();
        }
    }
    EXPECT_THAT(refusal, HasSubstr(folder.path()));
    EXPECT_FALSE(History::open(folder.path())->health().readOnly);
}

/// In a process without the right to write where the permissions forbid it, which root has.
int asNobody(const std::function<int()>& body)
{
    return test::ended(test::inChild([&] {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            return 98;
        }
        return body();
    }));
}

/// 0 where the history can be read and every kind of write is refused in one sentence.
int usesReadOnly(const std::string& folder, const RunId& id, std::size_t points)
{
    const auto history = History::open(folder);
    if (!history->health().readOnly || history->health().message.empty()) {
        return 1;
    }
    if (history->runs().size() != 1 || history->curve(id, "loss").size() != points || !history->check().empty()) {
        return 2;
    }
    const std::vector<std::function<void()>> writes = {
        [&] { history->addRun(row(), "{}"); },
        [&] { history->setName(id, "x"); },
        [&] { history->claim(id); },
        [&] { history->seriesId("new"); },
        [&] { history->append(id, RunEvent{}); },
        [&] { history->updateFigures(id, {}); },
    };
    for (const auto& write : writes) {
        try {
            write();
            return 3;
        } catch (const std::runtime_error& error) {
            if (error.what() != history->health().message) {
                return 4;
            }
        }
    }
    history->flush();
    return 0;
}

class ReadOnly : public testing::Test {
protected:
    ReadOnly()
    {
        chmod(folder.path().c_str(), 0755);
        const auto history = History::open(folder.path());
        history->addRun(run, "{}");
        append(*history, 1);
    }
    void append(History& history, int step)
    {
        const Point point{history.seriesId("loss"), step, 0, 0, 1};
        history.append(run.id, std::span(&point, 1));
        history.flush();
    }
    TemporaryFolder folder;
    const RunRow run = row("a", RunState::Finished);
};

TEST_F(ReadOnly, AWorkspaceThatCannotBeWrittenCanBeRead)
{
    chmod(folder.file("history.sqlite").c_str(), 0444);
    chmod(folder.path().c_str(), 0555);
    EXPECT_EQ(asNobody([&] { return usesReadOnly(folder.path(), run.id, 1); }), 0);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST_F(ReadOnly, ItShowsWhatItsOwnerWritesMeanwhile)
{
    chmod(folder.file("history.sqlite").c_str(), 0644);
    if (geteuid() != 0) { // then the owner is oneself, and only the folder's permissions hold writes off
        chmod(folder.file("history.sqlite").c_str(), 0444);
    }
    int toChild[2], fromChild[2];
    ASSERT_EQ(pipe(toChild), 0);
    ASSERT_EQ(pipe(fromChild), 0);
    const pid_t child = test::inChild([&] {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            return 98;
        }
        const auto history = History::open(folder.path());
        const std::int64_t before = history->revision();
        const std::size_t first = history->curve(run.id, "loss").size();
        char byte = 0;
        if (::write(fromChild[1], "x", 1) != 1 || ::read(toChild[0], &byte, 1) != 1) {
            return 97;
        }
        const std::size_t second = history->curve(run.id, "loss").size();
        return history->health().readOnly && first == 1 && second == 2 && history->revision() > before ? 0 : 1;
    });
    char byte = 0;
    ASSERT_EQ(::read(fromChild[0], &byte, 1), 1);
    chmod(folder.file("history.sqlite").c_str(), 0644);
    {
        const auto history = History::open(folder.path());
        append(*history, 2);
        ASSERT_EQ(::write(toChild[1], "x", 1), 1);
        EXPECT_EQ(test::ended(child), 0);
    }
}

TEST_F(ReadOnly, BesideARunningWriterToo)
{
    const auto history = History::open(folder.path());
    append(*history, 2);
    ASSERT_TRUE(std::filesystem::exists(folder.file("history.sqlite-wal")));
    chmod(folder.path().c_str(), 0555);
    for (const char* name : {"history.sqlite", "history.sqlite-wal", "history.sqlite-shm"}) {
        chmod(folder.file(name).c_str(), 0444);
    }
    EXPECT_EQ(asNobody([&] { return usesReadOnly(folder.path(), run.id, 2); }), 0);
    chmod(folder.path().c_str(), 0755);
}

TEST_F(ReadOnly, ANewerFileCanBeReadAndIsNotTouched)
{
    const std::string file = folder.file("history.sqlite");
    sql(file, "PRAGMA user_version = 99; ALTER TABLE runs ADD COLUMN of_the_future TEXT");
    EXPECT_EQ(usesReadOnly(folder.path(), run.id, 1), 0);
    EXPECT_THAT(History::open(folder.path())->health().message, HasSubstr("newer version"));
    EXPECT_EQ(sql(file, "PRAGMA user_version"), "99");
    sql(file, "ALTER TABLE runs RENAME COLUMN name TO title");
    EXPECT_THROW(History::open(folder.path()), InputError);
}

TEST(Refusal, AFolderThatCannotBeMadeIsNamed)
{
    TemporaryFolder folder;
    std::ofstream(folder.file("file")) << "x";
    for (const std::string& workspace :
         {folder.file("file"), folder.file("file/below"), std::string("/proc/distill")}) {
        try {
            History::open(workspace);
            FAIL() << workspace;
        } catch (const InputError& error) {
            EXPECT_THAT(error.what(), HasSubstr(workspace));
        }
    }
    EXPECT_FALSE(History::open(folder.file("new/with/parents"))->health().readOnly);
}

TEST(Refusal, AnEmptyFolderThatCannotBeWrittenIsNamed)
{
    TemporaryFolder folder;
    chmod(folder.path().c_str(), 0555);
    EXPECT_EQ(asNobody([&] {
                  try {
                      History::open(folder.path());
                      return 1;
                  } catch (const InputError& error) {
                      return std::string(error.what()).find(folder.path()) != std::string::npos ? 0 : 2;
                  }
              }),
              0);
}

TEST(Journal, TheProbeWritesReadsAndCleansUp)
{
    TemporaryFolder folder;
    EXPECT_EQ(whyNoWriteAheadLog(folder.path()), "");
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    EXPECT_NE(whyNoWriteAheadLog("/proc"), ""); // nothing can be written there, by root neither
    EXPECT_TRUE(History::open(folder.path())->health().writeAheadLog);
    EXPECT_EQ(sql(folder.file("history.sqlite"), "PRAGMA journal_mode"), "wal");
}

TEST(Journal, TheProbeFindsALogThatFails)
{
    TemporaryFolder folder;
    {
        FullDisk disk(folder.path(), 24 << 10); // too little for the memory that connections share
        EXPECT_THAT(whyNoWriteAheadLog(folder.path()), HasSubstr("write-ahead log failed"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Journal, WhereTheLogFailsARollbackJournalServes)
{
    TemporaryFolder folder;
    const RunRow run = row("a", RunState::Finished);
    History::open(folder.path())->addRun(run, "{}");
    HistoryFile file = HistoryFile::open(folder.path(), [](const std::string&) { return "it is forbidden here"; });
    EXPECT_FALSE(file.writeAheadLog);
    EXPECT_THAT(file.message, HasSubstr("it is forbidden here"));
    EXPECT_EQ(file.writer->text("PRAGMA journal_mode"), "delete");
    EXPECT_EQ(file.writer->integer("PRAGMA synchronous"), 2);
    {
        Writer writer(*file.writer, file.writeAheadLog, {}, 1000);
        writer.write([](Connection& connection) { connection.execute("INSERT INTO series (name) VALUES ('loss')"); });
        std::vector<Point> points(5000);
        for (std::size_t i = 0; i < points.size(); ++i) {
            points[i] = {1, std::int64_t(i), 0, 0, 0.5};
        }
        writer.append(1, points);
    }
    EXPECT_EQ(file.writer->integer("PRAGMA synchronous"), 2);
    EXPECT_EQ(sql(file.path, "SELECT count(*) FROM points"), "5000");
    EXPECT_FALSE(std::filesystem::exists(file.path + "-wal"));
    file.writer.reset();
    EXPECT_EQ(History::open(folder.path())->curve(run.id, "loss").size(), 5000U); // and back to the log
}

} // namespace
} // namespace distill
