// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/historyfile.h"

#include "experiment/error.h"
#include "history/migrations.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <thread>
#include <unistd.h>

namespace distill {

namespace fs = std::filesystem;

namespace {

constexpr const char* probePrefix = ".history-probe-";
// A look at every page takes 60 ms for this much; a larger file is looked over by `check`.
constexpr std::uintmax_t checkedAtOpen = 16 << 20;

const char* networkFileSystem(const std::string& folder)
{
    struct statfs status { };
    if (statfs(folder.c_str(), &status) != 0) {
        return nullptr;
    }
    struct Name {
        std::uint32_t magic;
        const char* name;
    };
    constexpr std::array<Name, 11> names = {{
        {NFS_SUPER_MAGIC, "NFS"},
        {SMB_SUPER_MAGIC, "SMB"},
        {0xFF534D42, "CIFS"},
        {0xFE534D42, "SMB"},
        {0x65735546, "FUSE"},
        {V9FS_MAGIC, "9P"},
        {AFS_SUPER_MAGIC, "AFS"},
        {CODA_SUPER_MAGIC, "Coda"},
        {0x00C36400, "Ceph"},
        {0x0BD00BD0, "Lustre"},
        {0x01161970, "GFS"},
    }};
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const Name& name) { return name.magic == std::uint32_t(status.f_type); });
    return found == names.end() ? nullptr : found->name;
}

void removeDatabase(const fs::path& path)
{
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        fs::remove(path.string() + suffix, ignored);
    }
}

/// A process that was killed in the middle of a probe left its files.
void removeStaleProbes(const std::string& folder)
{
    std::error_code error;
    const auto old = fs::file_time_type::clock::now() - std::chrono::minutes(10);
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        if (entry->path().filename().string().rfind(probePrefix, 0) == 0 && entry->last_write_time(ignored) < old) {
            fs::remove(entry->path(), ignored);
        }
    }
}

InputError damaged(const std::string& path, const std::string& found)
{
    return InputError(
        "The history " + path + " is damaged (" + found
        + "): keep a copy of the file, let `distill history check` list what is wrong, and save what is left with "
          "`sqlite3 history.sqlite .recover | sqlite3 recovered.sqlite`, or put a backup in its place.");
}

InputError translated(const std::string& path, const DatabaseError& error)
{
    return error.isDamage() ? damaged(path, error.reason()) : InputError(error.what());
}

/// Whether this file is a history, and its version. Throws InputError where it is another program's.
std::int64_t versionOf(Connection& connection, bool& empty)
{
    const Snapshot snapshot(connection); // another process may be filling the same new file
    const std::int64_t version = connection.integer("PRAGMA user_version");
    const std::int64_t application = connection.integer("PRAGMA application_id");
    empty = connection.integer("SELECT count(*) FROM sqlite_schema") == 0;
    if (!empty && application != applicationId) {
        throw InputError(connection.path()
                         + " is not a history of Distill Workbench but another program's database, or its "
                           "head is damaged: choose another workspace folder, or put a backup in its place.");
    }
    if (!empty && version < 1) {
        throw damaged(connection.path(), "its version is " + std::to_string(version));
    }
    return version;
}

void lookOver(Connection& connection)
{
    std::error_code error;
    if (fs::file_size(connection.path(), error) <= checkedAtOpen && !error) {
        const std::string found = connection.text("PRAGMA quick_check(1)");
        if (found != "ok") {
            throw damaged(connection.path(), found);
        }
    }
    // Names every table and column this program reads, so that a lost one is found now and not in the middle of a run.
    for (const char* sql : {
             "SELECT number, id, group_id, role, state, name, tags, seed, content_hash, student_model, teacher_model, "
             "teacher, more_teachers, control, created_at, started_at, ended_at, message, best_accuracy, last_accuracy, "
             "agreement, seconds, step, total_steps, deleted, owner_pid, owner_boot, owner_start, owner_host, owner_seen, "
             "notes, twin, random_teacher, seedless_hash, starred, pinned, hidden, archived, colour FROM runs LIMIT 1",
             "SELECT run, text FROM experiments LIMIT 1",
             "SELECT run, text FROM summaries LIMIT 1",
             "SELECT id, name FROM series LIMIT 1",
             "SELECT run, series, step, epoch, seconds, value, flag FROM points LIMIT 1",
             "SELECT number, run, step, at, kind, text, data FROM events LIMIT 1",
             "SELECT number, run, kind, path, sha256, bytes, step FROM artefacts LIMIT 1",
             "SELECT name, content, saved_at FROM comparisons LIMIT 1",
         }) {
        Statement(connection, sql).step();
    }
}

int latestVersion()
{
    return migrations().back().version;
}

/// SQLite does not wait for the lock that this change needs, and another process may be opening the same new file.
bool startWriteAheadLog(Connection& connection)
{
    for (int attempt = 0;; ++attempt) {
        try {
            return connection.text("PRAGMA journal_mode = WAL") == "wal";
        } catch (const DatabaseError& error) {
            if (!error.isBusy() || attempt == 100) {
                throw;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }
}

void openForWriting(HistoryFile& file, const std::function<std::string()>& probe)
{
    auto connection = std::make_unique<Connection>(file.path, Connection::Access::Create);
    bool empty = false;
    const std::int64_t version = versionOf(*connection, empty);
    if (version > latestVersion()) {
        return;
    }
    const std::string obstacle = probe();
    if (obstacle.empty()) {
        file.writeAheadLog = startWriteAheadLog(*connection);
    } else {
        try { // refused while another program has the file open, which then uses the log already
            file.writeAheadLog = connection->text("PRAGMA journal_mode = DELETE") == "wal";
        } catch (const DatabaseError& error) {
            if (!error.isBusy()) {
                throw;
            }
            file.writeAheadLog = true;
        }
    }
    connection->execute(file.writeAheadLog ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
    if (!file.writeAheadLog) {
        file.message = "The history uses a rollback journal, safe and slower, since " + obstacle + ".";
    }
    migrate(*connection, migrations());
    lookOver(*connection);
    file.writer = std::move(connection);
}

} // namespace

std::string whyNoWriteAheadLog(const std::string& folder)
{
    if (const char* name = networkFileSystem(folder)) {
        return std::string("a write-ahead log does not work on network file systems and the workspace lies on one (")
            + name + ")";
    }
    static std::atomic<int> count = 0;
    const fs::path path
        = fs::path(folder) / (probePrefix + std::to_string(getpid()) + "-" + std::to_string(++count) + ".sqlite");
    std::string obstacle;
    try {
        // What is looked for is whether it works, not whether it is on the disk.
        Connection first(path, Connection::Access::Create);
        first.execute("PRAGMA synchronous = OFF");
        if (first.text("PRAGMA journal_mode = WAL") != "wal") {
            obstacle = "SQLite refuses a write-ahead log in this folder";
        } else {
            first.execute("CREATE TABLE probe (value INTEGER); INSERT INTO probe VALUES (1)");
            Connection second(path, Connection::Access::ReadWrite);
            second.execute("PRAGMA synchronous = OFF; INSERT INTO probe VALUES (2)");
            if (first.integer("SELECT sum(value) FROM probe") != 3) {
                obstacle = "what one connection wrote to a write-ahead log in this folder, another did not read";
            }
        }
    } catch (const DatabaseError& error) {
        obstacle = std::string("a write-ahead log failed in this folder: ") + error.reason();
    }
    removeDatabase(path);
    return obstacle;
}

std::vector<std::string> problemsIn(Connection& connection)
{
    std::vector<std::string> problems;
    try {
        Statement integrity(connection, "PRAGMA integrity_check(100)");
        while (integrity.step()) {
            const std::string found = integrity.text(0);
            if (found != "ok") {
                problems.push_back(found + ".");
            }
        }
        Statement keys(connection, "PRAGMA foreign_key_check");
        while (keys.step() && problems.size() < 100) {
            problems.push_back("row " + std::to_string(keys.integer(1)) + " of " + keys.text(0)
                               + " refers to something that is not in " + keys.text(2) + ".");
        }
        bool empty = false;
        if (problems.empty() && versionOf(connection, empty) <= latestVersion() && !empty) {
            lookOver(connection);
        }
    } catch (const InputError& error) {
        problems.emplace_back(error.what());
    } catch (const DatabaseError& error) {
        problems.emplace_back(error.what());
    }
    return problems;
}

std::unique_ptr<Connection> openForReading(const std::string& path)
{
    try {
        auto connection = std::make_unique<Connection>(path, Connection::Access::ReadOnly);
        connection->integer("SELECT count(*) FROM sqlite_schema");
        return connection;
    } catch (const DatabaseError& error) {
        // A file with a write-ahead log cannot be locked in a folder that cannot be written. Without a log beside it
        // nobody has it open, and it may be read as it lies there.
        std::error_code missing;
        const bool logBeside = fs::file_size(path + "-wal", missing) > 0 && !missing;
        if (error.isDamage() || error.isBusy() || logBeside || !fs::exists(path, missing)) {
            throw;
        }
    }
    auto connection = std::make_unique<Connection>(path, Connection::Access::Immutable);
    connection->integer("SELECT count(*) FROM sqlite_schema");
    return connection;
}

Readers::Readers(std::string path, bool fileIsWritable)
    : m_path(std::move(path))
    , m_writable(fileIsWritable)
{
}

std::int64_t Readers::stamp() const
{
    struct stat status { };
    if (m_writable || stat(m_path.c_str(), &status) != 0) {
        return 0;
    }
    const std::int64_t changed = std::int64_t(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
    return changed ^ (status.st_size << 20) ^ std::int64_t(access((m_path + "-wal").c_str(), F_OK) == 0);
}

Readers::Lease Readers::borrow() const
{
    const std::int64_t now = stamp();
    {
        const std::scoped_lock lock(m_mutex);
        if (now != m_stampOfIdle) {
            m_idle.clear();
            m_stampOfIdle = now;
        }
        if (!m_idle.empty()) {
            auto connection = std::move(m_idle.back());
            m_idle.pop_back();
            return {*this, std::move(connection), now};
        }
    }
    return {*this,
            m_writable ? std::make_unique<Connection>(m_path, Connection::Access::ReadOnly) : openForReading(m_path),
            now};
}

Readers::Lease::Lease(const Readers& readers, std::unique_ptr<Connection> connection, std::int64_t stamp)
    : m_readers(readers)
    , m_connection(std::move(connection))
    , m_stamp(stamp)
{
}

Readers::Lease::~Lease()
{
    const std::scoped_lock lock(m_readers.m_mutex);
    if (m_stamp == m_readers.m_stampOfIdle && m_readers.m_idle.size() < 8) {
        m_readers.m_idle.push_back(std::move(m_connection));
    }
}

HistoryFile HistoryFile::open(const std::string& workspace, const std::function<std::string(const std::string&)>& probe)
{
    HistoryFile file;
    file.path = (fs::path(workspace) / "history.sqlite").string();

    std::error_code error;
    fs::create_directories(workspace, error);
    if (error || !fs::is_directory(workspace)) {
        throw InputError("The workspace folder " + workspace
                         + " cannot be made: " + (error ? error.message() : "a file of this name is in the way") + ".");
    }
    const bool exists = fs::exists(file.path, error);
    std::string obstacle;
    if (eaccess(workspace.c_str(), W_OK) != 0 || (exists && eaccess(file.path.c_str(), W_OK) != 0)) {
        obstacle = "it cannot be written here";
    } else {
        removeStaleProbes(workspace);
        try {
            openForWriting(file, [&] { return probe(workspace); });
            if (file.writer) {
                return file;
            }
            obstacle = "it was made by a newer version of this program";
        } catch (const DatabaseError& refusal) {
            if (refusal.isDamage()) {
                throw damaged(file.path, refusal.reason());
            }
            obstacle = refusal.reason();
        } catch (const fs::filesystem_error& refusal) { // of the backup before a migration
            obstacle = refusal.what();
        }
    }
    if (!exists) {
        throw InputError("No history can be made in the workspace folder " + workspace + ": " + obstacle + ".");
    }

    file.writeAheadLog = false;
    file.message = "The history " + file.path + " is open for reading only: " + obstacle + ".";
    try {
        const auto reader = openForReading(file.path);
        bool empty = false;
        const std::int64_t version = versionOf(*reader, empty);
        if (version < latestVersion()) {
            throw InputError("The history " + file.path
                             + " is of an older version and cannot be brought up to date: " + obstacle + ".");
        }
        if (version > latestVersion()) {
            try {
                lookOver(*reader);
            } catch (const DatabaseError& unknown) {
                throw InputError("The history " + file.path
                                 + " was made by a newer version of this program and cannot be read "
                                   "by this one: "
                                 + unknown.reason() + ".");
            }
        } else {
            lookOver(*reader);
        }
        file.writeAheadLog = reader->text("PRAGMA journal_mode") == "wal";
    } catch (const DatabaseError& unreadable) {
        throw translated(file.path, unreadable);
    }
    return file;
}

} // namespace distill
