// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace distill {

/// Why SQLite's write-ahead log cannot be trusted in this folder, or empty. Tries it with real writes over two
/// connections, since it reports success on file systems where it then fails, and takes no network file system at its
/// word.
std::string whyNoWriteAheadLog(const std::string& folder);

/// history.sqlite of a workspace, opened: made where there was none, migrated, looked over for damage.
struct HistoryFile {
    std::string path;
    std::unique_ptr<Connection> writer; ///< none where the file can only be read
    bool writeAheadLog = false;
    std::string message; ///< one sentence where something is out of the ordinary

    /// Throws InputError: damaged, another program's file, or no way to read it.
    static HistoryFile open(const std::string& workspace,
                            const std::function<std::string(const std::string&)>& probe = whyNoWriteAheadLog);
};

/// What integrity_check and foreign_key_check find, and what a history has to have and this file lacks, one sentence each.
std::vector<std::string> problemsIn(Connection& connection);

/// Read-only connections to one file, each lent to one thread at a time.
class Readers {
public:
    Readers(std::string path, bool fileIsWritable);

    class Lease {
    public:
        Lease(const Readers& readers, std::unique_ptr<Connection> connection, std::int64_t stamp);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Connection& operator*() { return *m_connection; }

    private:
        const Readers& m_readers;
        std::unique_ptr<Connection> m_connection;
        std::int64_t m_stamp;
    };

    Lease borrow() const;
    /// Changes when a file in a folder that only others may write has changed.
    std::int64_t stamp() const;

private:
    const std::string m_path;
    const bool m_writable;
    mutable std::mutex m_mutex;
    mutable std::vector<std::unique_ptr<Connection>> m_idle;
    mutable std::int64_t m_stampOfIdle = 0;
};

/// A read-only connection that answers: without locks where SQLite cannot make the files it needs for them.
std::unique_ptr<Connection> openForReading(const std::string& path);

} // namespace distill
