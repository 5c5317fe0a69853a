// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/schema.h"
#include "objectives/objective.h"
#include "recordinghost.h"
#include "training/trainer.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

namespace distill::test {

/// Trains small perceptrons on generated data in a folder of the test's own.
class TrainerTest : public testing::Test {
protected:
    void SetUp() override
    {
        at::manual_seed(0); // nothing may depend on it: the tests below run with different draws in between
        m_folder = std::filesystem::path(testing::TempDir())
            / ("trainer-" + std::to_string(::getpid()) + "-"
               + testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(m_folder);
        std::filesystem::create_directories(m_folder);
    }
    void TearDown() override { std::filesystem::remove_all(m_folder); }

    static const Schema& schema()
    {
        static const Schema instance(Catalogue{datasetKinds(), modelKinds(), objectiveKinds()});
        return instance;
    }

    static Json document(int epochs = 6)
    {
        return Json::parse(R"({
            "data": {"dataset": {"kind": "spirals", "samples": 600}, "validation_share": 0.2},
            "student": {"model": {"kind": "mlp", "hidden": [24]}},
            "stages": [{"objective": [{"kind": "cross_entropy"}], "batch_size": 32, "learning_rate": 0.01,
                        "schedule": {"kind": "cosine"}, "epochs": )"
                           + std::to_string(epochs) + R"(}],
            "evaluation": {"gradient_norm_every": 5, "probe_size": 50}})");
    }

    TrainingTask task(const Json& json, const std::string& name) const
    {
        TrainingTask made;
        made.experiment = schema().read(json);
        made.dataset = loadDataset(made.experiment.data.dataset, {});
        for (const Selection& model : peersOf(made.experiment.teacher)) {
            made.peers.push_back({model});
        }
        made.folder = (m_folder / name).string();
        std::filesystem::create_directories(made.folder);
        return made;
    }

    Trainer::Outcome run(const Json& json, const std::string& name, RecordingHost& host,
                         const std::vector<TrainingTask::TeacherSource>& teachers = {}) const
    {
        TrainingTask made = task(json, name);
        made.teachers = teachers;
        Trainer trainer(std::move(made), host);
        return trainer.run();
    }
    Trainer::Outcome run(const Json& json, const std::string& name, RecordingHost& host,
                         const TrainingTask::TeacherSource& teacher) const
    {
        return run(json, name, host, std::vector{teacher});
    }

    /// Stops the run before this step.
    void runUntil(const Json& json, const std::string& name, RecordingHost& host, std::int64_t step,
                  const std::vector<TrainingTask::TeacherSource>& teachers = {}) const
    {
        host.steer = [step](std::int64_t at) {
            Control control;
            control.action = at == step ? Control::Action::Stop : Control::Action::Continue;
            return control;
        };
        EXPECT_EQ(run(json, name, host, teachers).end, Trainer::Outcome::End::Stopped);
        host.steer = {};
    }
    /// Stops the run before this step, then resumes it; `host` sees both halves.
    Trainer::Outcome runBroken(const Json& json, const std::string& name, RecordingHost& host, std::int64_t step,
                               const std::vector<TrainingTask::TeacherSource>& teachers = {}) const
    {
        runUntil(json, name, host, step, teachers);
        return run(json, name, host, teachers);
    }

    /// A trained teacher for the tests that need one.
    TrainingTask::TeacherSource teacher(const std::string& name = "teacher") const
    {
        RecordingHost host;
        Json json = document();
        json["student"]["model"]["hidden"] = {48, 48};
        run(json, name, host);
        return {schema().read(json).student.model, host.files.at("last"), {}};
    }

    static Json distilling(int epochs = 6)
    {
        Json json = document(epochs);
        json["teacher"] = {{"kind", "weights"}, {"file", "unused"}, {"model", {{"kind", "mlp"}}}};
        json["stages"][0]["objective"] = Json::array(
            {{{"kind", "cross_entropy"}, {"weight", 0.3}},
             {{"kind", "kd"}, {"weight", 0.7}, {"temperature", 3}},
             {{"kind", "hint"}, {"weight", 0.1}, {"student_tap", "penultimate"}, {"teacher_tap", "penultimate"}}});
        return json;
    }

    std::filesystem::path m_folder;
};

} // namespace distill::test
