// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace distill {

/// SQLite said no. `what()` is one sentence that names the file.
class DatabaseError : public std::runtime_error {
public:
    DatabaseError(int code, const std::string& path, const std::string& reason);
    const std::string& reason() const { return m_reason; } ///< "the disk is full"
    int code() const { return m_code; } ///< extended result code
    bool isDamage() const; ///< the content of the file is at fault: what it holds, not where it lies
    bool isBusy() const;

private:
    int m_code;
    std::string m_reason;
};

class Connection;

/// A prepared statement on loan from its connection, which keeps it for the next time. Reset when it goes out of scope,
/// so no read stays open.
class Statement {
public:
    Statement(Connection& connection, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Binds all parameters, in order. A NaN becomes NULL.
    template <class... Values> Statement& bind(const Values&... values)
    {
        rewind();
        int index = 0;
        (bindAt(++index, values), ...);
        return *this;
    }
    bool step(); ///< true where there is a row
    void run(); ///< to the end, for statements without rows

    bool isNull(int column) const;
    std::int64_t integer(int column) const; ///< 0 for NULL
    double real(int column) const; ///< NaN for NULL
    std::string text(int column) const; ///< "" for NULL

private:
    void rewind();
    void bindAt(int index, std::int64_t value);
    void bindAt(int index, int value) { bindAt(index, std::int64_t(value)); }
    void bindAt(int index, bool value) { bindAt(index, std::int64_t(value)); }
    void bindAt(int index, double value);
    void bindAt(int index, std::string_view value);
    void bindAt(int index, const std::string& value) { bindAt(index, std::string_view(value)); }
    void bindAt(int index, const char* value) { bindAt(index, std::string_view(value)); }
    void bindAt(int index, std::nullptr_t);

    Connection& m_connection;
    std::string_view m_sql;
    sqlite3_stmt* m_statement;
};

/// One connection, for one thread at a time. Foreign keys are on; a lock is waited for, five seconds at most.
class Connection {
public:
    enum class Access {
        Create,
        ReadWrite,
        ReadOnly,
        Immutable, ///< a file nobody can write, read without locks
    };

    Connection(const std::string& path, Access access);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    const std::string& path() const { return m_path; }
    void execute(const std::string& sql); ///< one statement or several; their rows are dropped
    std::int64_t integer(std::string_view sql); ///< first column of the first row
    std::string text(std::string_view sql);
    int changes() const; ///< rows that the last statement touched
    bool inTransaction() const;
    void setBusyTimeout(int milliseconds);
    [[noreturn]] void fail(int code) const;

private:
    friend class Statement;
    friend void copyDatabase(Connection& from, const std::string& path);
    sqlite3* m_database = nullptr;
    std::string m_path;
    std::unordered_map<std::string_view, sqlite3_stmt*> m_idle; ///< keys point into the statements' own text
};

/// Takes the write lock at once, so that what is read inside is still true when it is written. Rolls back unless
/// committed.
class Transaction {
public:
    explicit Transaction(Connection& connection);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Connection& m_connection;
    bool m_open = true;
};

/// While it lives, reads on this connection see one state of the file, whatever others commit meanwhile.
class Snapshot {
public:
    explicit Snapshot(Connection& connection);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    Connection& m_connection;
};

/// A consistent copy of all that is committed, as one file without a journal beside it, in place only when complete.
void copyDatabase(Connection& from, const std::string& path);

} // namespace distill
