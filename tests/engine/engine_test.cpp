// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace.h"

#include "engine/answers.h"

#include <chrono>
#include <fstream>
#include <thread>

using namespace distill;

namespace {

constexpr double patience = 60; ///< seconds; a passing test needs a fraction of one

class EngineTest : public test::WorkspaceTest {
protected:
    /// Polls until it holds: what the engine does comes back asynchronously.
    static bool eventually(const std::function<bool()>& holds)
    {
        for (int i = 0; i < 6000; ++i) {
            if (holds()) {
                return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    RunId finish(Engine& engine, const Json& json) const
    {
        const auto submission = engine.submit(Document::fromJson(json));
        EXPECT_TRUE(engine.wait(submission.runs, patience));
        return submission.students.at(0);
    }

    static Json endless() { return spirals(100000); }
};

TEST_F(EngineTest, TrainsTheTeacherFirstThenStudentAndControl)
{
    Engine engine(m_history);
    Json json = spirals();
    json["controls"] = {{"student_alone", true}};
    const auto submission = engine.submit(Document::fromJson(json));
    ASSERT_EQ(submission.runs.size(), 3u);
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    const RunRow teacher = m_history->run(submission.teachers.at(0)).value();
    const RunRow student = m_history->run(submission.students[0]).value();
    const RunRow control = m_history->run(submission.controls[0]).value();
    EXPECT_EQ(teacher.state, RunState::Finished) << teacher.message;
    EXPECT_EQ(student.state, RunState::Finished) << student.message;
    EXPECT_EQ(control.state, RunState::Finished) << control.message;
    EXPECT_GE(student.startedAt, teacher.endedAt);
    EXPECT_EQ(student.teachers, std::vector{teacher.id});
    EXPECT_EQ(student.control, control.id);
    EXPECT_EQ(student.summary["teacher"]["test"]["accuracy"], teacher.summary["last"]["test"]["accuracy"]);
    EXPECT_EQ(student.summary["steps"], control.summary["steps"]);
    EXPECT_TRUE(control.summary["last"]["test"].contains("agreement"));
    EXPECT_DOUBLE_EQ(student.figures.lastAccuracy, student.summary["last"]["validation"]["accuracy"].get<double>());
}

TEST_F(EngineTest, ATeacherAndAControlOfTheSameContentServeAgain)
{
    Engine engine(m_history);
    Json json = spirals();
    json["controls"] = {{"student_alone", true}};
    finish(engine, json);
    json["stages"][0]["objective"][1]["temperature"] = 7;
    const auto second = engine.submit(Document::fromJson(json));
    EXPECT_FALSE(second.reused.empty());
    EXPECT_EQ(second.runs.size(), 1u);
    ASSERT_TRUE(engine.wait(second.runs, patience));
    EXPECT_EQ(stateOf(second.students[0]), RunState::Finished);
    EXPECT_EQ(m_history->run(second.students[0])->control, second.controls[0]);
}

TEST_F(EngineTest, SameRunTwiceAndBesideAnotherGivesTheSameCurves)
{
    std::map<std::string, Curves> alone;
    const std::pair<std::string, Json> documents[] = {{"spirals", spirals(12)}, {"pictures", pictures()}};
    {
        Engine engine(m_history, {.cores = 2});
        for (const auto& [name, json] : documents) {
            alone[name] = curves(finish(engine, json));
            ASSERT_FALSE(alone[name].empty());
            EXPECT_EQ(curves(finish(engine, json)), alone[name]) << name;
        }
    }
    // Beside one that computes alike with another number of threads, and stays until all have ended.
    for (Json beside : {endless(), pictures(1000000)}) {
        Engine engine(m_history, {.cores = 4});
        beside["seed"] = 99;
        beside["compute"]["threads"] = 2;
        const auto other = engine.submit(Document::fromJson(beside));
        ASSERT_TRUE(eventually([&] { return stateOf(other.students[0]) == RunState::Running; }));
        for (const auto& [name, json] : documents) {
            EXPECT_EQ(curves(finish(engine, json)), alone[name]) << name;
        }
        EXPECT_EQ(stateOf(other.students[0]), RunState::Running);
    }
}

TEST_F(EngineTest, PausesStepsAndGoesOn)
{
    Engine engine(m_history);
    const RunId id = engine.submit(Document::fromJson(endless())).students[0];
    ASSERT_TRUE(eventually([&] { return engine.status(id) && engine.status(id)->figures.step > 3; }));
    engine.pause(id);
    ASSERT_TRUE(eventually([&] { return engine.status(id)->state == RunState::Paused; }));
    const auto lossPoints = [&] {
        m_history->flush();
        return m_history->curve(id, "loss").size();
    };
    const std::size_t paused = lossPoints();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(lossPoints(), paused);
    engine.step(id);
    EXPECT_TRUE(eventually([&] { return lossPoints() == paused + 1; }));
    engine.checkpoint(id); // while paused: no step
    engine.tune(id, "/stages/0/learning_rate", 0.5);
    EXPECT_TRUE(eventually([&] { return engine.status(id)->tunables["/stages/0/learning_rate"] == 0.5; }));
    EXPECT_EQ(lossPoints(), paused + 1);
    engine.unpause(id);
    EXPECT_TRUE(eventually([&] { return lossPoints() > paused + 3; }));
    EXPECT_EQ(engine.status(id)->state, RunState::Running);
    engine.stop(id);
    ASSERT_TRUE(engine.wait({id}, patience));
    EXPECT_EQ(stateOf(id), RunState::Stopped);
    bool tuned = false;
    for (const RunEvent& event : m_history->events(id)) {
        tuned = tuned || (event.kind == "tuned" && event.data["value"] == 0.5);
    }
    EXPECT_TRUE(tuned);
}

TEST_F(EngineTest, StoppedAndResumedIsTheUnbrokenRun)
{
    const Json json = spirals(60);
    RunId whole, broken;
    {
        Engine engine(m_history);
        whole = finish(engine, json);
    }
    {
        Engine engine(m_history);
        broken = engine.submit(Document::fromJson(json)).students[0];
        ASSERT_TRUE(eventually([&] { return engine.status(broken) && engine.status(broken)->figures.step > 20; }));
        engine.stop(broken);
        ASSERT_TRUE(engine.wait({broken}, patience));
        ASSERT_EQ(stateOf(broken), RunState::Stopped);
        engine.resumeRun(broken);
        ASSERT_TRUE(eventually([&] { return !engine.status(broken) || engine.status(broken)->figures.step > 60; }));
    } // closing the engine interrupts it once more
    if (stateOf(broken) == RunState::Interrupted) {
        Engine engine(m_history);
        engine.resumeRun(broken.substr(0, 26));
        ASSERT_TRUE(engine.wait({broken}, patience));
    }
    EXPECT_EQ(stateOf(broken), RunState::Finished);
    EXPECT_EQ(curves(whole), curves(broken));
    const auto figures = [&](const RunId& id) { return m_history->run(id)->summary["last"]; };
    EXPECT_EQ(figures(whole), figures(broken));
}

TEST_F(EngineTest, AStudentWhoseTeacherFailsIsInterruptedWithTheReason)
{
    Engine engine(m_history);
    Json json = spirals();
    json["teacher"]["experiment"]["stages"][0]["optimiser"] = {{"kind", "sgd"}};
    json["teacher"]["experiment"]["stages"][0]["learning_rate"] = 1000;
    json["teacher"]["experiment"]["stages"][0]["epochs"] = 200;
    const auto submission = engine.submit(Document::fromJson(json));
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    EXPECT_EQ(stateOf(submission.teachers.at(0)), RunState::Diverged);
    const RunRow student = m_history->run(submission.students[0]).value();
    EXPECT_EQ(student.state, RunState::Interrupted);
    EXPECT_THAT(student.message, testing::HasSubstr("is diverged"));
}

TEST_F(EngineTest, AStudentOfSeveralTeachersWaitsForAllAndNotForOneThatFails)
{
    Engine engine(m_history, {.cores = 2});
    Json teacher = spirals()["teacher"]["experiment"];
    teacher["compute"] = {{"threads", 1}};
    const RunId first = finish(engine, teacher);
    teacher["seed"] = 1;
    teacher["stages"][0]["epochs"] = 40;
    const RunId second = engine.submit(Document::fromJson(teacher)).students[0];
    engine.stop(second);
    ASSERT_TRUE(engine.wait({second}, patience));
    teacher["stages"][0].update(Json{{"optimiser", {{"kind", "sgd"}}}, {"learning_rate", 1000}, {"epochs", 200}});
    const RunId diverges = finish(engine, teacher);
    ASSERT_EQ(stateOf(second), RunState::Stopped);
    ASSERT_EQ(stateOf(diverges), RunState::Diverged);

    Json json = spirals();
    json["teacher"] = {{"kind", "run"}, {"run", first}};
    const auto studentOf = [&](const std::vector<RunId>& teachers) {
        RunRow row;
        row.id = newRunId();
        row.state = RunState::Stopped;
        row.teachers = teachers;
        m_history->addRun(row, Document::fromJson(json).text());
        return row.id;
    };
    const RunId student = studentOf({first, second}), orphan = studentOf({first, diverges});
    engine.resumeRun(student);
    engine.resumeRun(orphan);
    ASSERT_TRUE(engine.wait({student, orphan}, patience));
    EXPECT_EQ(stateOf(second), RunState::Finished);
    EXPECT_EQ(stateOf(student), RunState::Finished) << m_history->run(student)->message;
    EXPECT_GE(m_history->run(student)->startedAt, m_history->run(second)->endedAt);
    EXPECT_EQ(stateOf(orphan), RunState::Interrupted);
    EXPECT_THAT(m_history->run(orphan)->message, testing::HasSubstr(diverges));
    EXPECT_EQ(m_history->run(orphan)->startedAt, 0);
}

TEST_F(EngineTest, ARunThatFailsSaysWhyInOneSentence)
{
    Engine engine(m_history);
    Json json = spirals();
    const std::string file = (m_folder / "teacher.safetensors").string();
    std::ofstream(file) << "not tensors";
    json["teacher"] = {{"kind", "weights"}, {"file", file}, {"model", {{"kind", "mlp"}}}};
    const RunId id = finish(engine, json);
    const RunRow row = m_history->run(id).value();
    EXPECT_EQ(row.state, RunState::Failed);
    EXPECT_THAT(row.message, testing::HasSubstr(file));
    EXPECT_EQ(row.message.find('\n'), std::string::npos);
    EXPECT_THROW(loadData(Document::fromJson(json), m_history.get()), InputError);
}

TEST_F(EngineTest, WhatCannotBeIsRefusedBeforeItsTeacherIsTrained)
{
    Engine engine(m_history);
    const auto refusal = [&](const Json& json) -> std::string {
        try {
            engine.submit(Document::fromJson(json));
        } catch (const InputError& error) {
            return error.what();
        }
        return {};
    };
    Json json = spirals();
    json["stages"][0]["objective"][1] = {{"kind", "hint"}, {"student_tap", "stage9"}, {"teacher_tap", "penultimate"}};
    EXPECT_THAT(refusal(json), testing::StartsWith("/stages/0/objective/1: "));
    EXPECT_THAT(refusal(json), testing::HasSubstr("stage9"));
    json = spirals();
    json["teacher"]["experiment"]["data"]["dataset"] = {{"kind", "blobs"}, {"classes", 5}};
    EXPECT_THAT(refusal(json), testing::AllOf(testing::StartsWith("/teacher/experiment: "), testing::HasSubstr("5 classes")));
    json = spirals();
    json["teacher"] = {{"kind", "ensemble"}, {"members", {json["teacher"], {{"kind", "run"}, {"run", "NOPE"}}}}};
    EXPECT_THAT(refusal(json), testing::StartsWith("/teacher/members/1/run: "));
    json = spirals();
    json["teacher"] = {{"kind", "weights"}, {"file", "/nowhere.safetensors"}, {"model", {{"kind", "mlp"}}}};
    EXPECT_THAT(refusal(json), testing::StartsWith("/teacher/file: "));
    json = spirals();
    json["data"]["dataset"] = {{"kind", "mnist"}, {"folder", "/nowhere"}};
    EXPECT_THAT(refusal(json), testing::HasSubstr("/nowhere"));
    json = spirals();
    json["data"]["augmentation"] = {{"shift", 2}};
    EXPECT_THROW(loadData(Document::fromJson(json), m_history.get()), InputError);
    EXPECT_TRUE(m_history->runs(true).empty());
}

TEST_F(EngineTest, ATeacherWhoseWeightsAreGoneIsTrainedAnew)
{
    Engine engine(m_history);
    const auto first = engine.submit(Document::fromJson(spirals()));
    ASSERT_TRUE(engine.wait(first.runs, patience));
    std::filesystem::resize_file(m_folder / "runs" / first.teachers.at(0) / "last.safetensors", 10);
    const auto second = engine.submit(Document::fromJson(spirals()));
    ASSERT_TRUE(engine.wait(second.runs, patience));
    EXPECT_NE(second.teachers, first.teachers);
    EXPECT_EQ(stateOf(second.students[0]), RunState::Finished);
}

TEST_F(EngineTest, AnEnsembleIsTrainedAndTeaches)
{
    Engine engine(m_history);
    Json json = spirals();
    Json other = json["teacher"]["experiment"];
    other["seed"] = 2;
    other["student"]["model"]["hidden"] = {24};
    const Json random = {{"kind", "random"}, {"model", {{"kind", "mlp"}, {"hidden", {5}}}}, {"weight", 0.1}};
    json["teacher"] = {{"kind", "ensemble"},
                       {"combine", "logits"},
                       {"members", {json["teacher"], random, {{"kind", "experiment"}, {"experiment", other}}}}};
    const Plan planned = plan(Document::fromJson(json), m_history.get());
    EXPECT_EQ(planned.runs, 3);
    const RunId id = finish(engine, json);
    const RunRow row = m_history->run(id).value();
    ASSERT_EQ(row.state, RunState::Finished) << row.message;
    const Json& members = row.summary["teacher"]["members"];
    ASSERT_EQ(members.size(), 3u);
    EXPECT_EQ(members[0]["run"], row.teachers[0]);
    EXPECT_TRUE(members[1]["run"].is_null());
    EXPECT_EQ(members[2]["run"], row.teachers[1]);
    EXPECT_EQ(members[2]["test"]["accuracy"], m_history->run(row.teachers[1])->summary["last"]["test"]["accuracy"]);
    EXPECT_EQ(planned.teacher->parameters, row.summary["teacher"]["parameters"].get<std::int64_t>());
    const auto stored = storedAnswers(*m_history);
    EXPECT_EQ(stored.size(), 3u) << "each member's answers lie apart, for other runs to use";
    EXPECT_GT(verifyAnswers(*m_history, id, 100).compared, 0);
}

TEST_F(EngineTest, GenerationsFollowOneAnother)
{
    Engine engine(m_history);
    Json json = spirals();
    json["generations"] = 3;
    const auto submission = engine.submit(Document::fromJson(json));
    EXPECT_EQ(submission.runs.size(), 4u);
    EXPECT_EQ(plan(Document::fromJson(json), nullptr).runs, 4);
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    RunId above = submission.teachers.at(0);
    for (const RunId& id : submission.students) {
        const RunRow row = m_history->run(id).value();
        EXPECT_EQ(row.state, RunState::Finished) << row.message;
        EXPECT_EQ(row.summary["teacher"]["run"], above);
        EXPECT_EQ(row.summary["teacher"]["test"]["accuracy"], m_history->run(above)->summary["last"]["test"]["accuracy"]);
        above = id;
    }
}

TEST_F(EngineTest, PeersAreOneRun)
{
    Engine engine(m_history);
    Json json = spirals();
    json["teacher"] = {{"kind", "peers"}, {"models", {{{"kind", "mlp"}, {"hidden", {6}}}, {{"kind", "mlp"}, {"hidden", {7}}}}}};
    json["stages"][0]["objective"][1] = {{"kind", "dml"}};
    json["stages"][0]["trainable"] = {{"kind", "parts"}, {"parts", {"hidden9"}}};
    EXPECT_THAT([&] { engine.submit(Document::fromJson(json)); },
                testing::ThrowsMessage<InputError>(testing::StartsWith("/stages/0/trainable/parts/0: ")));
    json["stages"][0].erase("trainable");
    const RunId id = finish(engine, json);
    const RunRow row = m_history->run(id).value();
    ASSERT_EQ(row.state, RunState::Finished) << row.message;
    EXPECT_EQ(row.summary["peers"].size(), 2u);
    EXPECT_TRUE(std::filesystem::exists(m_folder / "runs" / id / "peer2.safetensors"));
}

TEST_F(EngineTest, AStoredAnswerIsTheOneThatWouldBeComputed)
{
    Engine engine(m_history);
    Json shown = pictures(40);
    shown["teacher"] = {{"kind", "experiment"}, {"experiment", pictures(20)}};
    shown["stages"][0]["objective"] = spirals()["stages"][0]["objective"];
    shown["data"]["augmentation"]["mixup"] = 0.2;
    for (Json json : {spirals(), shown}) {
        json["compute"]["teacher_answers"] = "computed";
        const RunId computed = finish(engine, json);
        EXPECT_EQ(m_history->run(computed)->summary["speed"]["teacher_computed"], 1.0);
        json["compute"]["teacher_answers"] = "stored";
        const RunId filling = finish(engine, json), stored = finish(engine, json);
        EXPECT_EQ(curves(filling), curves(computed));
        EXPECT_EQ(curves(stored), curves(computed));
        EXPECT_EQ(m_history->run(stored)->summary["speed"]["teacher_computed"], 0.0);
        const AnswerCheck check = verifyAnswers(*m_history, stored, 64);
        EXPECT_GE(check.compared, 32);
        EXPECT_EQ(check.wrong + check.damaged, 0);
    }
    const auto answers = storedAnswers(*m_history);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(answers[0].damaged, 0);
    EXPECT_GT(answers[0].whole, 300);
    EXPECT_GT(trimStoredAnswers(*m_history, 0), 0);
    EXPECT_TRUE(storedAnswers(*m_history).empty());
}

TEST_F(EngineTest, WithoutValidationTheTestFiguresAreThere)
{
    Engine engine(m_history);
    Json json = spirals();
    json["data"]["validation_share"] = 0;
    const Json summary = m_history->run(finish(engine, json))->summary;
    EXPECT_TRUE(summary["last"]["test"]["accuracy"].is_number());
    EXPECT_EQ(summary["best"], summary["last"]);
    EXPECT_TRUE(summary["last"]["validation"].is_null());
}

TEST_F(EngineTest, RunsThatDoNotFitWaitTheirTurn)
{
    Engine engine(m_history, {.cores = 1});
    Json first = endless();
    const RunId running = engine.submit(Document::fromJson(first)).students[0];
    ASSERT_TRUE(eventually([&] { return engine.status(running)->state == RunState::Running; }));
    first["seed"] = 2;
    const RunId waiting = engine.submit(Document::fromJson(first)).students[0];
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(stateOf(waiting), RunState::Queued);
    engine.stop(running);
    EXPECT_TRUE(eventually([&] { return engine.status(waiting)->state == RunState::Running; }));
    engine.stop(waiting);
    EXPECT_TRUE(engine.wait({running, waiting}, patience));
}

TEST_F(EngineTest, DrainHandsOverEveryPointOnceAndInOrder)
{
    Engine engine(m_history);
    const auto submission = engine.submit(Document::fromJson(spirals(20)));
    std::map<RunId, std::vector<std::int64_t>> losses;
    std::map<RunId, RunStatus> last;
    const std::int32_t loss = m_history->seriesId("loss");
    Updates updates;
    bool over = false;
    while (!over) {
        over = engine.wait(submission.runs, 0.005);
        engine.drain(updates);
        for (const Updates::Of& of : updates.runs) {
            for (const Point& point : of.points) {
                if (point.series == loss) {
                    losses[of.run].push_back(point.step);
                }
            }
        }
        for (const RunStatus& status : updates.statuses) {
            last[status.id] = status;
        }
    }
    m_history->flush();
    for (const RunId& id : submission.runs) {
        std::vector<std::int64_t> kept;
        for (const Point& point : m_history->curve(id, "loss")) {
            kept.push_back(point.step);
        }
        EXPECT_FALSE(kept.empty());
        EXPECT_EQ(losses[id], kept);
        // Figures come now and then, the last ones in any case.
        EXPECT_EQ(last[id].state, RunState::Finished);
        EXPECT_EQ(last[id].figures.step, last[id].figures.totalSteps);
    }
}

TEST_F(EngineTest, OnlyTunableFieldsInRangeAreTuned)
{
    Engine engine(m_history);
    const RunId id = engine.submit(Document::fromJson(endless())).students[0];
    EXPECT_THROW(engine.tune(id, "/stages/0/batch_size", 8), InputError);
    EXPECT_THROW(engine.tune(id, "/stages/0/objective/1/temperature", -1), InputError);
    EXPECT_THROW(engine.tune(id, "/nonsense", 1), InputError);
    EXPECT_NO_THROW(engine.tune(id, "/stages/0/objective/1/temperature", 2));
    EXPECT_THROW(engine.pause("01UNKNOWN"), InputError);
}

TEST_F(EngineTest, ThePlanAgreesWithWhatTheRunThenDoes)
{
    Json json = spirals();
    json["seeds"] = {1, 2};
    json["controls"] = {{"student_alone", true}};
    const Document document = Document::fromJson(json);
    const Plan planned = plan(document, m_history.get());
    EXPECT_EQ(planned.runs, 5);
    Engine engine(m_history);
    const auto submission = engine.submit(document);
    EXPECT_EQ(submission.runs.size(), 5u);
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    const Json summary = m_history->run(submission.students[0])->summary;
    EXPECT_EQ(planned.steps, summary["steps"].get<std::int64_t>());
    EXPECT_EQ(planned.student.parameters, summary["parameters"].get<std::int64_t>());
    EXPECT_EQ(planned.student.multiplyAdds, summary["multiply_adds"].get<std::int64_t>());
    EXPECT_EQ(planned.teacher->parameters, summary["teacher"]["parameters"].get<std::int64_t>());
    EXPECT_EQ(planned.transferSamples, summary["train_samples"].get<std::int64_t>());
    EXPECT_EQ(plan(document, m_history.get()).runs, 4); // the teacher is there now
}

} // namespace
