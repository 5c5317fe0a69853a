// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/database.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <sqlite3.h>

namespace distill {

namespace {

std::string reason(int code, int systemError, const char* message)
{
    const std::string system = systemError ? std::string(" (") + std::strerror(systemError) + ")" : std::string();
    switch (code & 0xff) {
    case SQLITE_FULL:
        return "the disk is full";
    case SQLITE_IOERR:
        return "reading or writing it failed" + system;
    case SQLITE_READONLY:
        return "it cannot be written";
    case SQLITE_CANTOPEN:
        return "it cannot be opened" + system;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program keeps it locked";
    default:
        return message;
    }
}

std::string sentence(int code, const std::string& path, const std::string& reason)
{
    if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB) {
        return "The history file " + path + " is damaged (" + reason
            + "): let `distill history check` list what is wrong, and put a backup in its place.";
    }
    return "The history file " + path + ": " + reason + ".";
}

std::string immutableUri(const std::string& path)
{
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '?' || c == '#' || c == '%') {
            const char* digits = "0123456789ABCDEF";
            uri += {'%', digits[(c >> 4) & 15], digits[c & 15]};
        } else {
            uri += c;
        }
    }
    return uri + "?immutable=1";
}

} // namespace

DatabaseError::DatabaseError(int code, const std::string& path, const std::string& reason)
    : std::runtime_error(sentence(code, path, reason))
    , m_code(code)
    , m_reason(reason)
{
}

bool DatabaseError::isDamage() const
{
    switch (m_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: // a table or column that should be there is not
    case SQLITE_FORMAT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
        return true;
    default:
        return false;
    }
}

bool DatabaseError::isBusy() const
{
    return (m_code & 0xff) == SQLITE_BUSY || (m_code & 0xff) == SQLITE_LOCKED;
}

Connection::Connection(const std::string& path, Access access)
    : m_path(path)
{
    int flags = SQLITE_OPEN_NOMUTEX;
    switch (access) {
    case Access::Create:
        flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        break;
    case Access::ReadWrite:
        flags |= SQLITE_OPEN_READWRITE;
        break;
    case Access::ReadOnly:
        flags |= SQLITE_OPEN_READONLY;
        break;
    case Access::Immutable:
        flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
        break;
    }
    const std::string name = access == Access::Immutable ? immutableUri(path) : path;
    const int code = sqlite3_open_v2(name.c_str(), &m_database, flags, nullptr);
    try {
        if (code != SQLITE_OK) {
            fail(code);
        }
        sqlite3_extended_result_codes(m_database, 1);
        sqlite3_busy_timeout(m_database, 5000);
        // A damaged or hostile file must not make SQLite run functions or read cells outside their page.
        execute("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;");
    } catch (...) {
        sqlite3_close_v2(m_database);
        throw;
    }
}

Connection::~Connection()
{
    for (const auto& [sql, statement] : m_idle) {
        sqlite3_finalize(statement);
    }
    sqlite3_close_v2(m_database);
}

void Connection::fail(int code) const
{
    const int extended = m_database ? sqlite3_extended_errcode(m_database) : code;
    const int systemError = m_database ? sqlite3_system_errno(m_database) : 0;
    const char* message = m_database ? sqlite3_errmsg(m_database) : sqlite3_errstr(code);
    throw DatabaseError((extended & 0xff) == (code & 0xff) ? extended : code, m_path,
                        reason(code, systemError, message));
}

void Connection::execute(const std::string& sql)
{
    const int code = sqlite3_exec(m_database, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        fail(code);
    }
}

std::int64_t Connection::integer(std::string_view sql)
{
    Statement statement(*this, sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string Connection::text(std::string_view sql)
{
    Statement statement(*this, sql);
    return statement.step() ? statement.text(0) : std::string();
}

int Connection::changes() const
{
    return sqlite3_changes(m_database);
}

bool Connection::inTransaction() const
{
    return sqlite3_get_autocommit(m_database) == 0;
}

void Connection::setBusyTimeout(int milliseconds)
{
    sqlite3_busy_timeout(m_database, milliseconds);
}

Statement::Statement(Connection& connection, std::string_view sql)
    : m_connection(connection)
    , m_statement(nullptr)
{
    if (const auto idle = connection.m_idle.find(sql); idle != connection.m_idle.end()) {
        m_statement = idle->second;
        connection.m_idle.erase(idle);
    } else {
        const int code = sqlite3_prepare_v3(connection.m_database, sql.data(), int(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &m_statement, nullptr);
        if (code != SQLITE_OK) {
            connection.fail(code);
        }
    }
    m_sql = sqlite3_sql(m_statement);
}

Statement::~Statement()
{
    sqlite3_reset(m_statement);
    sqlite3_clear_bindings(m_statement);
    if (!m_connection.m_idle.emplace(m_sql, m_statement).second) {
        sqlite3_finalize(m_statement);
    }
}

void Statement::rewind()
{
    sqlite3_reset(m_statement);
}

bool Statement::step()
{
    const int code = sqlite3_step(m_statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        m_connection.fail(code);
    }
    return code == SQLITE_ROW;
}

void Statement::run()
{
    while (step()) { }
    sqlite3_reset(m_statement);
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(m_statement, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_statement, column);
}

double Statement::real(int column) const
{
    return isNull(column) ? std::numeric_limits<double>::quiet_NaN() : sqlite3_column_double(m_statement, column);
}

std::string Statement::text(int column) const
{
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(m_statement, column));
    return bytes ? std::string(bytes, std::size_t(sqlite3_column_bytes(m_statement, column))) : std::string();
}

void Statement::bindAt(int index, std::int64_t value)
{
    if (const int code = sqlite3_bind_int64(m_statement, index, value); code != SQLITE_OK) {
        m_connection.fail(code);
    }
}

void Statement::bindAt(int index, double value)
{
    if (const int code = sqlite3_bind_double(m_statement, index, value); code != SQLITE_OK) {
        m_connection.fail(code);
    }
}

void Statement::bindAt(int index, std::string_view value)
{
    const char* bytes = value.data() ? value.data() : "";
    if (const int code = sqlite3_bind_text64(m_statement, index, bytes, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        code != SQLITE_OK) {
        m_connection.fail(code);
    }
}

void Statement::bindAt(int index, std::nullptr_t)
{
    if (const int code = sqlite3_bind_null(m_statement, index); code != SQLITE_OK) {
        m_connection.fail(code);
    }
}

Transaction::Transaction(Connection& connection)
    : m_connection(connection)
{
    connection.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    // A full disk makes SQLite roll back by itself.
    if (m_open && m_connection.inTransaction()) {
        try {
            m_connection.execute("ROLLBACK");
        } catch (const DatabaseError&) {
        }
    }
}

void Transaction::commit()
{
    m_connection.execute("COMMIT");
    m_open = false;
}

Snapshot::Snapshot(Connection& connection)
    : m_connection(connection)
{
    connection.execute("BEGIN");
}

Snapshot::~Snapshot()
{
    try {
        m_connection.execute("ROLLBACK");
    } catch (const DatabaseError&) {
        // A failed read may have ended it already.
    }
}

void copyDatabase(Connection& from, const std::string& path)
{
    const std::string partial = path + ".part";
    const auto removePartial = [&] {
        std::error_code ignored;
        for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
            std::filesystem::remove(partial + suffix, ignored);
        }
    };
    removePartial();
    try {
        {
            Connection to(partial, Connection::Access::Create);
            sqlite3_backup* backup = sqlite3_backup_init(to.m_database, "main", from.m_database, "main");
            if (!backup) {
                to.fail(sqlite3_errcode(to.m_database));
            }
            const int step = sqlite3_backup_step(backup, -1);
            const int finish = sqlite3_backup_finish(backup);
            if (finish != SQLITE_OK || step != SQLITE_DONE) {
                to.fail(finish != SQLITE_OK ? finish : step);
            }
            to.execute("PRAGMA journal_mode = DELETE");
        }
        std::filesystem::rename(partial, path);
    } catch (...) {
        removePartial();
        throw;
    }
}

} // namespace distill
