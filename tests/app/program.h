// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace distill::test {

/// The built program in a process of its own, its standard output in a pipe.
class Program {
public:
    explicit Program(const std::vector<std::string>& arguments)
    {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            throw std::runtime_error("pipe");
        }
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        std::vector<char*> pointers = {const_cast<char*>("distill")};
        for (const std::string& argument : arguments) {
            pointers.push_back(const_cast<char*>(argument.c_str()));
        }
        pointers.push_back(nullptr);
        if (posix_spawn(&m_process, DISTILL_PROGRAM, &actions, nullptr, pointers.data(), environ) != 0) {
            throw std::runtime_error("cannot start " DISTILL_PROGRAM);
        }
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        m_output = ends[0];
    }
    ~Program() { stopReading(); }
    void stopReading()
    {
        if (m_output >= 0) {
            close(m_output);
        }
        m_output = -1;
    }

    bool readUntil(const std::string& text) // or until it ends
    {
        char buffer[4096];
        while (m_text.find(text) == std::string::npos) {
            const ssize_t got = read(m_output, buffer, sizeof buffer);
            if (got <= 0) {
                return false;
            }
            m_text.append(buffer, std::size_t(got));
        }
        return true;
    }
    void signal(int number) const { kill(m_process, number); }
    int wait()
    {
        readUntil("\xff"); // which no text holds
        int status = 0;
        waitpid(m_process, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    const std::string& text() const { return m_text; }

private:
    pid_t m_process = 0;
    int m_output = -1;
    std::string m_text;
};

} // namespace distill::test
