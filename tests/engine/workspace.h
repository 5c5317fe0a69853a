// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"

#include <cmath>
#include <filesystem>
#include <functional>
#include <set>
#include <gmock/gmock.h>
#include <unistd.h>

namespace distill::test {

/// A test with a workspace of its own.
class WorkspaceTest : public testing::Test {
protected:
    void SetUp() override
    {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        m_folder = std::filesystem::path(testing::TempDir()) / ("engine-" + std::to_string(::getpid()) + "-" + info->name());
        std::filesystem::remove_all(m_folder);
        m_history = History::open(m_folder.string());
    }
    void TearDown() override
    {
        m_history.reset();
        std::filesystem::remove_all(m_folder);
    }

    /// A quick distillation on spirals: well under a second a run.
    static Json spirals(int epochs = 4)
    {
        Json json = Json::parse(R"({
            "name": "Spirals",
            "data": {"dataset": {"kind": "spirals", "samples": 600}, "validation_share": 0.2},
            "teacher": {"kind": "experiment", "experiment": {
                "name": "Spirals teacher",
                "data": {"dataset": {"kind": "spirals", "samples": 600}, "validation_share": 0.2},
                "student": {"model": {"kind": "mlp", "hidden": [32, 32]}},
                "stages": [{"epochs": 4, "learning_rate": 0.01}]}},
            "student": {"model": {"kind": "mlp", "hidden": [8]}},
            "stages": [{"objective": [{"kind": "cross_entropy", "weight": 0.5}, {"kind": "kd", "weight": 0.5}],
                        "learning_rate": 0.01}],
            "compute": {"threads": 1, "precision": "fp32"}})");
        json["stages"][0]["epochs"] = epochs;
        return json;
    }

    std::map<std::string, std::vector<std::pair<std::int64_t, double>>> curves(const RunId& id) const
    {
        std::map<std::string, std::vector<std::pair<std::int64_t, double>>> result;
        m_history->flush();
        for (const std::string& name : m_history->seriesOf(id)) {
            if (name == "images per second") {
                continue; // the machine's, not the run's
            }
            for (const Point& point : m_history->curve(id, name)) {
                result[name].emplace_back(point.step, point.value);
            }
        }
        return result;
    }

    RunState stateOf(const RunId& id) const { return m_history->run(id).value().state; }

    std::filesystem::path m_folder;
    std::shared_ptr<History> m_history;
};

} // namespace distill::test
