// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"
#include "interchange/import.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <unistd.h>

namespace distill::test {

/// A test with a folder and a history in it.
class InterchangeTest : public testing::Test {
protected:
    void SetUp() override
    {
        const std::filesystem::path parent = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
        std::string pattern = parent / "distill-interchange-XXXXXX";
        m_folder = mkdtemp(pattern.data());
        m_history = History::open(file("workspace"));
    }
    void TearDown() override
    {
        m_history.reset();
        std::filesystem::remove_all(m_folder);
    }

    std::string file(const std::string& name) const { return m_folder + "/" + name; }
    std::string write(const std::string& name, const std::string& bytes) const
    {
        std::filesystem::create_directories(std::filesystem::path(file(name)).parent_path());
        std::ofstream(file(name), std::ios::binary) << bytes;
        return file(name);
    }
    static std::string contentOf(const std::string& path)
    {
        std::ifstream in(path, std::ios::binary);
        std::stringstream text;
        text << in.rdbuf();
        return text.str();
    }

    using Pairs = std::vector<std::pair<std::int64_t, double>>; ///< step and value
    Pairs pairs(const RunId& run, const std::string& series) const
    {
        Pairs result;
        for (const Point& point : m_history->curve(run, series)) {
            result.emplace_back(point.step, point.value);
        }
        return result;
    }
    std::vector<ImportedRun> import(const std::string& name, const std::string& bytes) { return importRuns(*m_history, write(name, bytes)); }
    /// Of a file that holds one run.
    ImportedRun importOne(const std::string& name, const std::string& bytes)
    {
        const auto runs = import(name, bytes);
        EXPECT_EQ(runs.size(), 1U);
        return runs.at(0);
    }
    /// The sentence of a refusal; then the history must be as it was.
    std::string refusal(const std::string& name, const std::string& bytes)
    {
        const std::size_t before = m_history->runs(true).size();
        try {
            import(name, bytes);
        } catch (const std::exception& error) {
            EXPECT_EQ(m_history->runs(true).size(), before) << error.what();
            return error.what();
        }
        ADD_FAILURE() << name << " was taken: " << bytes.substr(0, 200);
        return {};
    }
    RunId recorded(const std::string& name, double startedAt = 1.7e9)
    {
        RunRow row;
        row.id = newRunId();
        row.name = name;
        row.state = RunState::Finished;
        row.startedAt = startedAt;
        row.endedAt = startedAt + 60;
        m_history->addRun(row, R"({"name": "x", "seed": 3, "student": {"model": {"kind": "mlp", "hidden": [8]}}, "flag": true})");
        return row.id;
    }
    void record(const RunId& run, const std::string& series, std::vector<Point> points)
    {
        for (Point& point : points) {
            point.series = m_history->seriesId(series);
        }
        m_history->append(run, points);
        m_history->flush();
    }

    std::string m_folder;
    std::shared_ptr<History> m_history;
};

inline auto hasRemark(const std::string& part)
{
    return testing::Field(&ImportedRun::remarks, testing::Contains(testing::HasSubstr(part)));
}

} // namespace distill::test
