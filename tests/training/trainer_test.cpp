// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "models/safetensors.h"
#include "trainertest.h"

#include <cmath>
#include <gmock/gmock.h>

namespace fs = std::filesystem;
using namespace distill;
using distill::test::RecordingHost;
using distill::test::TrainerTest;

namespace {

TEST_F(TrainerTest, LearnsTheSpiralsAndReportsWhatItDid)
{
    RecordingHost host;
    Json json = document(60);
    json["student"]["model"]["hidden"] = {64, 64};
    const auto outcome = run(json, "run", host);
    ASSERT_EQ(outcome.end, Trainer::Outcome::End::Finished);
    EXPECT_GT(outcome.summary["last"]["test"]["accuracy"].get<double>(), 0.9);
    EXPECT_LT(host.curves.at("loss").rbegin()->second, 0.5 * host.curves.at("loss").begin()->second);
    EXPECT_EQ(outcome.summary["steps"].get<std::size_t>(), host.curves.at("loss").size());
    EXPECT_EQ(outcome.summary["parameters"].get<int>(), 2 * 64 + 64 + 64 * 64 + 64 + 64 * 3 + 3);
    EXPECT_TRUE(outcome.summary["teacher"].is_null());
    EXPECT_TRUE(fs::exists(host.files.at("last")));
    EXPECT_GE(outcome.summary["best"]["validation"]["accuracy"].get<double>(),
              outcome.summary["last"]["validation"]["accuracy"].get<double>());
}

TEST_F(TrainerTest, SaysAndCountsWhatTheObjectivesLearnBesideTheStudent)
{
    const auto source = teacher();
    Json json = distilling(2);
    json["stages"].push_back(json["stages"][0]);
    json["stages"][1]["objective"] = Json::array({{{"kind", "kd"}}});
    RecordingHost host;
    const auto outcome = run(json, "run", host, source);
    ASSERT_EQ(outcome.end, Trainer::Outcome::End::Finished);
    const std::int64_t width = schema().read(json).student.model.parameters.at("hidden").back();
    EXPECT_EQ(outcome.summary["learned_parameters"], width * 48 + 48); // the hint's, of the first stage
    const std::string remark = "Term 3, hint: a linear layer brings the student's penultimate";
    std::vector<std::string> order; // of what was said
    for (const auto& [kind, text] : host.notes) {
        if (kind == "stage" || text.starts_with("Term ")) {
            order.push_back(kind + " " + text.substr(0, remark.size()));
        }
    }
    EXPECT_EQ(order, (std::vector<std::string>{"log " + remark, "stage Stage 2 begins"}));

    RecordingHost again; // nothing is said twice
    int asked = 0;
    again.steer = [&](std::int64_t) {
        Control control;
        control.action = asked++ < 3 ? Control::Action::Continue : Control::Action::Stop;
        return control;
    };
    run(json, "stopped", again, source);
    again.steer = {};
    again.notes.clear();
    EXPECT_EQ(run(json, "stopped", again, source).summary["learned_parameters"], outcome.summary["learned_parameters"]);
    for (const auto& [kind, text] : again.notes) {
        EXPECT_FALSE(text.starts_with("Term ")) << text;
    }
}

TEST_F(TrainerTest, SameDocumentSameCurvesToTheLastBit)
{
    const auto source = teacher();
    RecordingHost first, second, other;
    run(distilling(), "first", first, source);
    at::randn({1000}); // moves LibTorch's global generator, which must not matter
    run(distilling(), "second", second, source);
    EXPECT_EQ(first.reproducible(), second.reproducible());
    Json json = distilling();
    json["seed"] = 2;
    run(json, "other", other, source);
    EXPECT_NE(first.reproducible(), other.reproducible());
}

TEST_F(TrainerTest, ContinuesFromACheckpointBitForBit)
{
    const auto source = teacher();
    Json json = distilling(8);
    json["student"]["model"]["dropout"] = 0.2;
    json["data"]["augmentation"]["noise"] = 0.05;
    RecordingHost whole;
    const auto unbroken = run(json, "whole", whole, source);
    const auto total = static_cast<std::int64_t>(whole.curves.at("loss").size());
    ASSERT_GT(total, 40);
    for (const std::int64_t at : {std::int64_t{1}, std::int64_t{17}, total / 2, total - 1}) {
        const std::string name = "broken at " + std::to_string(at);
        RecordingHost broken;
        broken.steer = [at](std::int64_t step) {
            Control control;
            control.action = step == at ? Control::Action::Stop : Control::Action::Continue;
            return control;
        };
        ASSERT_EQ(run(json, name, broken, source).end, Trainer::Outcome::End::Stopped);
        EXPECT_EQ(static_cast<std::int64_t>(broken.curves.at("loss").size()), at);
        broken.steer = {};
        const auto resumed = run(json, name, broken, source);
        EXPECT_EQ(whole.reproducible(), broken.reproducible()) << name;
        EXPECT_EQ(unbroken.summary["last"], resumed.summary["last"]) << name;
        EXPECT_EQ(unbroken.summary["best"], resumed.summary["best"]) << name;
        const auto left = readSafetensors(whole.files.at("last")).tensors;
        const auto right = readSafetensors(broken.files.at("last")).tensors;
        ASSERT_EQ(left.size(), right.size());
        for (const auto& [key, tensor] : left) {
            EXPECT_TRUE(tensor.equal(right.at(key))) << name << " " << key;
        }
    }
}

TEST_F(TrainerTest, SecondStageContinuesBitForBitToo)
{
    const auto source = teacher();
    Json json = distilling(3);
    Json hint = json["stages"][0];
    hint["objective"]
        = Json::array({{{"kind", "hint"}, {"student_tap", "penultimate"}, {"teacher_tap", "penultimate"}}});
    hint["name"] = "hint";
    json["stages"] = Json::array({hint, json["stages"][0]});
    RecordingHost whole;
    run(json, "whole", whole, source);
    const auto total = static_cast<std::int64_t>(whole.curves.at("loss").size());
    RecordingHost broken;
    broken.steer = [&](std::int64_t step) {
        Control control;
        control.action = step == total - 10 ? Control::Action::Interrupt : Control::Action::Continue;
        return control;
    };
    ASSERT_EQ(run(json, "broken", broken, source).end, Trainer::Outcome::End::Interrupted);
    broken.steer = {};
    run(json, "broken", broken, source);
    EXPECT_EQ(whole.reproducible(), broken.reproducible());
    EXPECT_THAT(whole.notes, testing::Contains(testing::Pair("stage", testing::HasSubstr("Stage 2"))));
}

TEST_F(TrainerTest, SaysWhatEachStageChanged)
{
    const auto source = teacher();
    Json json = distilling(3);
    Json hint = json["stages"][0];
    hint["objective"]
        = Json::array({{{"kind", "hint"}, {"student_tap", "penultimate"}, {"teacher_tap", "penultimate"}}});
    hint["name"] = "hint";
    hint["epochs"] = 2;
    json["stages"] = Json::array({hint, json["stages"][0]});
    json["stages"][1]["early_stopping"] = {{"patience", 1}, {"minimum_improvement", 1}}; // ends it after its second epoch
    RecordingHost whole;
    const auto unbroken = run(json, "whole", whole, source);
    const Json stages = unbroken.summary["stages"];
    ASSERT_EQ(stages.size(), 2u);
    EXPECT_EQ(stages[0]["name"], "hint");
    EXPECT_EQ(stages[1]["name"], "stage 2");
    std::int64_t step = 0;
    double seconds = 0;
    for (const Json& stage : stages) {
        step += stage["steps"].get<std::int64_t>();
        seconds += stage["seconds"].get<double>();
        for (const char* figure : {"accuracy", "loss", "agreement", "kl"}) {
            EXPECT_EQ(stage["end"][figure], whole.curves.at(std::string(figure) + "/validation").at(step)) << step;
        }
    }
    EXPECT_EQ(stages[0]["steps"].get<std::int64_t>(), stages[1]["steps"].get<std::int64_t>());
    EXPECT_EQ(step, static_cast<std::int64_t>(whole.curves.at("loss").size()));
    EXPECT_EQ(unbroken.summary["steps"], step);
    EXPECT_LE(seconds, unbroken.summary["seconds"].get<double>());
    EXPECT_EQ(stages[0]["end"], stages[1]["begin"]);

    for (const std::int64_t at : {std::int64_t{0}, step / 2 - 1, step / 2, step - 1}) {
        const std::string name = "broken at " + std::to_string(at);
        RecordingHost broken;
        broken.steer = [&](std::int64_t asked) {
            Control control;
            control.action = asked == at ? Control::Action::Stop : Control::Action::Continue;
            return control;
        };
        ASSERT_EQ(run(json, name, broken, source).end, Trainer::Outcome::End::Stopped);
        broken.steer = {};
        Json again = run(json, name, broken, source).summary["stages"];
        ASSERT_EQ(again.size(), 2u) << name;
        for (std::size_t i = 0; i < 2; ++i) {
            for (const char* key : {"name", "steps", "begin", "end"}) {
                EXPECT_EQ(again[i][key], stages[i][key]) << name << " " << key;
            }
        }
    }

    // A stage that moves no weight ends as it began: with the untrained student's figures.
    json["stages"][0]["learning_rate"] = 1e-9;
    RecordingHost still;
    const Json stage = run(json, "still", still, source).summary["stages"][0];
    EXPECT_EQ(stage["begin"]["accuracy"], stage["end"]["accuracy"]);
    EXPECT_NEAR(stage["begin"]["loss"].get<double>(), stage["end"]["loss"].get<double>(), 1e-5);
    EXPECT_EQ(stage["begin"], stages[0]["begin"]);

    json["data"]["validation_share"] = 0;
    json["stages"][1].erase("early_stopping");
    RecordingHost blind;
    const Json unmeasured = run(json, "blind", blind, source).summary["stages"];
    ASSERT_EQ(unmeasured.size(), 2u);
    EXPECT_TRUE(unmeasured[1]["begin"].is_null() && unmeasured[1]["end"].is_null());
    RecordingHost single;
    EXPECT_FALSE(run(document(), "single", single).summary.contains("stages"));
}

TEST_F(TrainerTest, TermsAddUpToTheLoss)
{
    RecordingHost host;
    run(distilling(), "run", host, teacher());
    for (const auto& [step, loss] : host.curves.at("loss")) {
        const double sum = 0.3 * host.curves.at("loss/0 cross_entropy").at(step)
            + 0.7 * host.curves.at("loss/1 kd").at(step) + 0.1 * host.curves.at("loss/2 hint").at(step);
        EXPECT_NEAR(loss, sum, 1e-5 * std::abs(sum) + 1e-6);
    }
    EXPECT_EQ(host.curves.at("gradient/1 kd").size(), (host.curves.at("loss").size() + 4) / 5);
    EXPECT_EQ(host.curves.count("agreement/validation"), 1u);
}

TEST_F(TrainerTest, AMutedTermIsAsIfItWereNotThere)
{
    const auto source = teacher();
    Json muted = distilling(), without = distilling();
    muted["stages"][0]["objective"][2]["muted"] = true; // a learned part, which draws its first weights
    without["stages"][0]["objective"].erase(2);
    RecordingHost first, second;
    run(muted, "muted", first, source);
    run(without, "without", second, source);
    EXPECT_EQ(first.reproducible(), second.reproducible());
    muted["stages"][0]["objective"][1]["muted"] = true;
    RecordingHost alone;
    EXPECT_NO_THROW(run(muted, "without a teacher", alone)); // no one asks for it
}

TEST_F(TrainerTest, ATemperatureFollowsItsSchedule)
{
    const auto source = teacher();
    Json falling = distilling(), constant = distilling();
    falling["stages"][0]["objective"][1]["temperature_schedule"] = {{"kind", "step"}, {"factor", 0.5}, {"milestones", {0.5}}};
    RecordingHost first, second;
    run(falling, "falling", first, source);
    run(constant, "constant", second, source);
    const auto& moved = first.curves.at("loss/1 kd");
    const auto& still = second.curves.at("loss/1 kd");
    ASSERT_EQ(moved.size(), still.size());
    auto left = moved.begin(), right = still.begin();
    const std::size_t half = moved.size() / 2;
    for (std::size_t i = 0; i < half; ++i, ++left, ++right) {
        EXPECT_EQ(left->second, right->second) << i;
    }
    EXPECT_NE(left->second, right->second);
}

TEST_F(TrainerTest, CosinesSayWhetherATermPullsWithTheLabels)
{
    const auto source = teacher();
    Json json = distilling();
    json["stages"][0]["objective"].push_back({{"kind", "cross_entropy"}, {"weight", 2}}); // the first one counts as the labels'
    RecordingHost host;
    run(json, "run", host, source);
    for (const auto& [step, cosine] : host.curves.at("cosine/3 cross_entropy")) {
        EXPECT_NEAR(cosine, 1, 1e-5) << step; // two of a kind, of different weights
    }
    const auto& taught = host.curves.at("cosine/1 kd");
    EXPECT_EQ(taught.size(), host.curves.at("gradient/1 kd").size());
    for (const auto& [step, cosine] : taught) {
        EXPECT_LE(std::abs(cosine), 1 + 1e-5);
    }
    EXPECT_EQ(host.curves.count("cosine/0 cross_entropy"), 0U);
}

TEST_F(TrainerTest, DotContinuesFromACheckpointBitForBit)
{
    const auto source = teacher();
    Json json = distilling();
    json["stages"][0]["optimiser"] = {{"kind", "dot"}};
    RecordingHost whole, broken, plain;
    run(json, "whole", whole, source);
    runBroken(json, "broken", broken, 30, {source});
    EXPECT_EQ(whole.reproducible(), broken.reproducible());
    json["stages"][0]["optimiser"] = {{"kind", "sgd"}, {"momentum", 0.9}};
    run(json, "plain", plain, source);
    EXPECT_EQ(plain.curves.at("loss").begin()->second, whole.curves.at("loss").begin()->second);
    EXPECT_NE(plain.curves.at("loss"), whole.curves.at("loss"));
}

TEST_F(TrainerTest, ObjectivesThatRememberAndDrawContinueBitForBit)
{
    const auto source = teacher();
    Json json = distilling();
    json["stages"][0]["objective"] = Json::array(
        {{{"kind", "cross_entropy"}},
         {{"kind", "crd"}, {"weight", 0.1}, {"student_tap", "penultimate"}, {"teacher_tap", "penultimate"}, {"negative_count", 64}},
         {{"kind", "sparse_kl"}, {"missing", "sampled"}, {"k", 2}}});
    RecordingHost whole, broken;
    run(json, "whole", whole, source);
    runBroken(json, "broken", broken, 40, {source});
    EXPECT_EQ(whole.reproducible(), broken.reproducible());
    EXPECT_EQ(whole.curves.at("loss/1 crd").size(), whole.curves.at("loss").size());
}

TEST_F(TrainerTest, TuningActsFromTheNextStepOnAndSurvivesACheckpoint)
{
    Json json = document();
    json["stages"][0]["schedule"]["kind"] = "constant";
    RecordingHost host;
    host.steer = [](std::int64_t step) {
        Control control;
        if (step == 10) {
            control.tunings = {{"/stages/0/learning_rate", 0.002}};
        }
        control.action = step == 20 ? Control::Action::Stop : Control::Action::Continue;
        return control;
    };
    run(json, "run", host);
    host.steer = {};
    run(json, "run", host);
    EXPECT_DOUBLE_EQ(host.curves.at("learning rate").at(9), 0.01);
    EXPECT_DOUBLE_EQ(host.curves.at("learning rate").at(10), 0.002);
    EXPECT_DOUBLE_EQ(host.curves.at("learning rate").at(30), 0.002);
}

TEST_F(TrainerTest, ALossThatIsNotFiniteEndsTheRunWithStepAndTerm)
{
    Json json = document();
    json["stages"][0]["optimiser"] = {{"kind", "sgd"}};
    json["stages"][0]["learning_rate"] = 10.0;
    RecordingHost host;
    host.steer = [](std::int64_t step) {
        Control control;
        if (step == 3) {
            control.tunings = {{"/stages/0/learning_rate", 1e30}};
            control.checkpoint = true;
        }
        return control;
    };
    const auto outcome = run(json, "run", host);
    EXPECT_EQ(outcome.end, Trainer::Outcome::End::Diverged);
    EXPECT_THAT(outcome.message, testing::ContainsRegex("step [0-9]+: loss/0 cross_entropy is not finite"));
    EXPECT_THAT(outcome.message, testing::HasSubstr("checkpoint, of step 3, is kept"));
    const auto kept = loadCheckpoint((m_folder / "run").string());
    ASSERT_TRUE(kept);
    for (const auto& [name, tensor] : kept->part("student/")) {
        EXPECT_TRUE(tensor.isfinite().all().item<bool>()) << name;
    }
}

TEST_F(TrainerTest, StopsEarlyWithoutImprovement)
{
    Json json = document(50);
    json["stages"][0]["learning_rate"] = 0;
    json["stages"][0]["early_stopping"] = {{"patience", 3}};
    RecordingHost host;
    const auto outcome = run(json, "run", host);
    EXPECT_EQ(outcome.end, Trainer::Outcome::End::Finished);
    EXPECT_EQ(host.curves.at("accuracy/validation").size(), 4u); // the first is an improvement on nothing
    EXPECT_EQ(outcome.summary["best"]["step"], host.curves.at("accuracy/validation").begin()->first);
}

TEST_F(TrainerTest, WithoutATeacherATermThatNeedsOneIsRefused)
{
    Json json = document();
    RecordingHost host;
    TrainingTask made = task(json, "run");
    made.experiment.stages[0].objective[0].objective = {"kd", {{"temperature", 4.0}}};
    EXPECT_THROW(Trainer(std::move(made), host), InputError);
}

TEST_F(TrainerTest, ACheckpointIsNeverAheadOfTheCurves)
{
    class Settling final : public RecordingHost {
    public:
        std::size_t settled = 0; ///< losses recorded when it was last asked to keep them
        std::int64_t checkpoints = 0;
        void settle() override { settled = curves["loss"].size(); }
        void saved(const Progress& at, const std::string& kind, const std::string& path) override
        {
            if (kind == "checkpoint") {
                ++checkpoints;
                EXPECT_EQ(static_cast<std::int64_t>(settled), at.step);
            }
            RecordingHost::saved(at, kind, path);
        }
    } host;
    Json json = document(2);
    json["evaluation"]["checkpoint_every"] = 7;
    run(json, "run", host);
    EXPECT_GT(host.checkpoints, 2);
}

TEST_F(TrainerTest, ADamagedCheckpointIsNotBelieved)
{
    RecordingHost host;
    host.steer = [](std::int64_t step) {
        Control control;
        control.action = step == 10 ? Control::Action::Stop : Control::Action::Continue;
        return control;
    };
    run(document(), "run", host);
    const fs::path tensors = m_folder / "run" / "checkpoint-10.safetensors";
    ASSERT_TRUE(fs::exists(tensors));
    fs::resize_file(tensors, fs::file_size(tensors) - 1);
    host.steer = {};
    EXPECT_THROW(run(document(), "run", host), InputError);
}

TEST_F(TrainerTest, ReportsTheClassesThatWereLeftOutWithTheBestBias)
{
    Json json = distilling(20);
    json["data"]["dataset"] = {{"kind", "blobs"}, {"samples", 900}, {"classes", 3}};
    json["data"]["transfer"]["left_out_classes"] = {1};
    json["evaluation"]["bias_correction"] = true;
    json["stages"][0]["objective"] = Json::array({{{"kind", "kd"}, {"temperature", 8}}});
    Json teaching = json;
    teaching.erase("teacher");
    teaching["data"].erase("transfer");
    teaching["evaluation"]["bias_correction"] = false;
    teaching["stages"][0]["objective"] = Json::array({{{"kind", "cross_entropy"}}});
    RecordingHost teacherHost, host;
    run(teaching, "teacher", teacherHost);
    const auto outcome
        = run(json, "run", host,
              TrainingTask::TeacherSource{schema().read(teaching).student.model, teacherHost.files.at("last"), {}});
    const Json& left = outcome.summary["left_out"];
    EXPECT_EQ(left["classes"], Json::array({1}));
    EXPECT_GE(left["corrected"]["left_out_accuracy"].get<double>(), left["accuracy"].get<double>());
    EXPECT_GE(left["corrected"]["accuracy"].get<double>(),
              outcome.summary["last"]["test"]["accuracy"].get<double>() - 0.02);
    EXPECT_GT(left["teacher_accuracy"].get<double>(), 0.8);
}

} // namespace
