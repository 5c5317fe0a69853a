// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/support.h"

#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace distill {

using testing::HasSubstr;

namespace {

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

class Interruption : public test::CommandLineTest {
protected:
    /// Waits until the newest run is beyond this step; a machine under load takes its time.
    bool trainsBeyond(std::int64_t step) const
    {
        for (int i = 0; i < 600; ++i) {
            const Json list = Json::parse(distill({"list", "--json"}).out);
            if (!list.empty() && list[0]["state"] == "running" && list[0]["step"] > step) {
                return true;
            }
            usleep(100000);
        }
        return false;
    }
};

TEST_F(Interruption, SavesSaysHowToResumeAndResumes)
{
    Json document = spirals();
    document["teacher"] = {{"kind", "none"}};
    document["stages"][0]["objective"] = Json::array({{{"kind", "cross_entropy"}}});
    document["stages"][0]["epochs"] = 100000; // hours
    const std::string file = write("e.json", document);
    for (const int signal : {SIGINT, SIGTERM}) {
        Program run({"run", file, "--workspace", workspace()});
        ASSERT_TRUE(run.readUntil(": started"));
        ASSERT_TRUE(trainsBeyond(0));
        run.signal(signal);
        EXPECT_EQ(run.wait(), 130);
        EXPECT_THAT(run.text(), HasSubstr("distill resume "));
    }

    const Json list = Json::parse(distill({"list", "--json"}).out);
    ASSERT_EQ(list.size(), 2U);
    for (const Json& one : list) {
        EXPECT_EQ(one["state"], "interrupted");
        EXPECT_GT(one["step"], 0);
    }
    const std::string id = list[0]["run"];
    Program resumed({"resume", id.substr(18), "--workspace", workspace()});
    ASSERT_TRUE(resumed.readUntil(": started"));
    ASSERT_TRUE(trainsBeyond(list[0]["step"]));
    resumed.signal(SIGINT);
    EXPECT_EQ(resumed.wait(), 130);
    EXPECT_GT(Json::parse(distill({"show", id, "--json"}).out)["step"], list[0]["step"]);
}

TEST_F(Interruption, AReaderThatGoesAwayEndsNoTraining)
{
    Json document = spirals();
    document["stages"][0]["epochs"] = 30;
    Program run({"run", write("e.json", document), "--workspace", workspace()});
    ASSERT_TRUE(run.readUntil(": started"));
    run.stopReading();
    EXPECT_EQ(run.wait(), 0);
    EXPECT_EQ(Json::parse(distill({"list", "--json"}).out)[0]["state"], "finished");
}

} // namespace
} // namespace distill
