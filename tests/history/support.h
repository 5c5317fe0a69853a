// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace distill::test {

/// In memory where there is such a place: hundreds of files are synced, and no test pulls the plug.
class TemporaryFolder {
public:
    TemporaryFolder()
    {
        const bool memory = access("/dev/shm", W_OK | X_OK) == 0;
        const std::filesystem::path parent = memory ? "/dev/shm" : std::filesystem::temp_directory_path();
        std::string pattern = parent / "distill-history-XXXXXX";
        m_path = mkdtemp(pattern.data());
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::permissions(m_path, std::filesystem::perms::owner_all, ignored);
        std::filesystem::remove_all(m_path, ignored);
    }
    const std::string& path() const { return m_path; }
    std::string file(const std::string& name) const { return m_path + "/" + name; }

private:
    std::string m_path;
};

/// Runs SQL on the file without the code under test; returns the first column of the last row.
inline std::string sql(const std::string& path, const std::string& statements)
{
    sqlite3* database = nullptr;
    std::string result;
    char* error = nullptr;
    sqlite3_open(path.c_str(), &database);
    sqlite3_busy_timeout(database, 5000);
    sqlite3_exec(
        database, statements.c_str(),
        [](void* to, int, char** values, char**) {
            *static_cast<std::string*>(to) = values[0] ? values[0] : "NULL";
            return 0;
        },
        &result, &error);
    const std::string message = error ? error : "";
    sqlite3_free(error);
    sqlite3_close(database);
    if (!message.empty()) {
        throw std::runtime_error(message);
    }
    return result;
}

inline RunRow row(const std::string& name = "a run", RunState state = RunState::Running)
{
    RunRow run;
    run.id = newRunId();
    run.name = name;
    run.state = state;
    return run;
}

/// Runs `body` in a process of its own and returns its number; `body`'s result becomes the exit code, 99 an exception.
inline pid_t inChild(const std::function<int()>& body)
{
    const pid_t child = fork();
    if (child == 0) {
        int code = 99;
        try {
            code = body();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "child: %s\n", error.what());
        }
        _exit(code);
    }
    return child;
}

/// Exit code, or minus the signal that ended it.
inline int ended(pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// A process that is there early and does its work later: ThreadSanitizer allows no fork() once there are threads.
class LaterChild {
public:
    explicit LaterChild(const std::function<int()>& body)
    {
        if (pipe(m_pipe) != 0) {
            throw std::runtime_error("pipe");
        }
        m_child = inChild([&] {
            char go = 0;
            return read(m_pipe[0], &go, 1) == 1 ? body() : 98;
        });
    }
    /// Lets it work and returns its exit code.
    int run()
    {
        const ssize_t written = write(m_pipe[1], "x", 1);
        const int code = ended(m_child);
        close(m_pipe[0]);
        close(m_pipe[1]);
        return written == 1 ? code : 97;
    }

private:
    int m_pipe[2];
    pid_t m_child;
};

} // namespace distill::test
