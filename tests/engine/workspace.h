// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
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

    /// A convolutional network on augmented images, without a teacher.
    Json pictures(int steps = 12) const
    {
        const std::string folder = (m_folder / "pictures").string();
        if (!std::filesystem::exists(folder)) {
            std::filesystem::create_directories(folder);
            writePictures(folder + "/train", 400);
            writePictures(folder + "/t10k", 100);
        }
        Json json = Json::parse(R"({
            "name": "Pictures",
            "data": {"validation_share": 0.2, "augmentation": {"shift": 2, "flip": true, "cutout": 4, "noise": 0.1}},
            "student": {"model": {"kind": "resnet", "depth": 8}},
            "stages": [{"batch_size": 32}],
            "compute": {"threads": 1, "precision": "fp32", "layout": "channels_last"}})");
        json["data"]["dataset"] = {{"kind", "mnist"}, {"folder", folder}};
        json["stages"][0]["steps"] = steps;
        return json;
    }

    /// `count` random images of 16 x 16 in ten classes, as MNIST's files.
    static void writePictures(const std::string& name, std::uint32_t count)
    {
        const auto write = [&](const char* suffix, const std::vector<std::uint32_t>& sizes, auto byteAt) {
            std::ofstream file(name + suffix, std::ios::binary);
            std::uint32_t bytes = 1;
            file.put(0).put(0).put(8).put(static_cast<char>(sizes.size()));
            for (const std::uint32_t size : sizes) {
                for (int shift = 24; shift >= 0; shift -= 8) {
                    file.put(static_cast<char>(size >> shift));
                }
                bytes *= size;
            }
            for (std::uint32_t i = 0; i < bytes; ++i) {
                file.put(static_cast<char>(byteAt(i)));
            }
        };
        std::mt19937 random(count);
        write("-images-idx3-ubyte", {count, 16, 16}, [&](std::uint32_t) { return random() % 256; });
        write("-labels-idx1-ubyte", {count}, [](std::uint32_t i) { return i % 10; });
    }

    using Curves = std::map<std::string, std::vector<std::pair<std::int64_t, double>>>; ///< of each series: step, value
    Curves curves(const RunId& id) const
    {
        Curves result;
        m_history->flush();
        for (const std::string& name : m_history->seriesOf(id)) {
            if (name == "images per second" || name.starts_with("time/")) {
                continue; // the machine's, not the run's
            }
            for (const Point& point : m_history->curve(id, name)) {
                result[name].emplace_back(point.step, point.value);
            }
        }
        return result;
    }

    /// Trains an experiment to its end, with all that belongs to it.
    Engine::Submission run(const Json& json)
    {
        Engine engine(m_history);
        const auto submission = engine.submit(Document::fromJson(json));
        EXPECT_TRUE(engine.wait(submission.runs, 120));
        m_history->flush();
        for (const RunId& id : submission.runs) {
            EXPECT_EQ(stateOf(id), RunState::Finished) << m_history->run(id)->message;
        }
        return submission;
    }

    RunState stateOf(const RunId& id) const { return m_history->run(id).value().state; }

    std::filesystem::path m_folder;
    std::shared_ptr<History> m_history;
};

} // namespace distill::test
