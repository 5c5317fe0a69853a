// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/halving.h"
#include "engine/sweep.h"
#include "experiment/series.h"
#include "workspace.h"

#include <thread>

using namespace distill;

namespace {

constexpr double patience = 120;

class SweepsTest : public test::WorkspaceTest {
protected:
    static Json gridField(const std::string& field, const Json& values) { return {{"field", field}, {"values", values}}; }

    /// Students without a teacher: six short runs that differ in how fast they learn.
    static Json rates(const std::string& kind)
    {
        Json json = spirals(10);
        json["teacher"] = {{"kind", "none"}};
        json["stages"][0]["objective"] = {{{"kind", "cross_entropy"}}};
        json["sweep"] = {{"kind", kind},
                         {"fields", {gridField("/stages/0/learning_rate", {1e-5, 0.03, 0.001, 0.01, 1e-4, 0.003})}}};
        return json;
    }
    static Json halvingRates()
    {
        Json json = rates("halving");
        json["sweep"]["rungs"] = {0.2, 0.5};
        json["sweep"]["keep"] = 0.5;
        return json;
    }
    std::vector<RunRow> students(const Engine::Submission& submission) const
    {
        std::vector<RunRow> rows;
        for (const RunId& id : submission.students) {
            rows.push_back(m_history->run(id).value());
        }
        return rows;
    }
    static bool eventually(const std::function<bool()>& holds)
    {
        for (int i = 0; i < 12000; ++i) {
            if (holds()) {
                return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }
    double accuracyAt(const RunId& id, std::int64_t step) const
    {
        for (const Point& point : m_history->curve(id, series::accuracyValidation)) {
            if (point.step == step) {
                return point.value;
            }
        }
        return std::nan("");
    }
};

TEST_F(SweepsTest, HalvingStopsTheWorstAtEachRungAndLetsTheBestFinish)
{
    Engine engine(m_history, {.cores = 2});
    const auto submission = engine.submit(Document::fromJson(halvingRates()));
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    // Ten epochs of 7 steps: evaluated at the end of each; the rungs are at steps 14 and 35.
    const auto rows = students(submission);
    std::vector<std::size_t> cohort{0, 1, 2, 3, 4, 5};
    for (const auto& [rung, step, stay] : {std::tuple(1, 14, 3), std::tuple(2, 35, 1)}) {
        std::stable_sort(cohort.begin(), cohort.end(), [&, step = step](std::size_t a, std::size_t b) {
            return accuracyAt(rows[a].id, step) > accuracyAt(rows[b].id, step);
        });
        for (std::size_t i = 0; i < cohort.size(); ++i) {
            const RunRow& row = rows[cohort[i]];
            ASSERT_FALSE(std::isnan(accuracyAt(row.id, step))) << row.name;
            if (static_cast<int>(i) >= stay) {
                EXPECT_EQ(row.state, RunState::Stopped) << row.name;
                EXPECT_TRUE(isStoppedBySweep(row));
                EXPECT_EQ(row.figures.step, step) << row.name;
                EXPECT_THAT(row.message, testing::HasSubstr("rung " + std::to_string(rung) + " of 2 (step " + std::to_string(step) + "): rank "
                                                            + std::to_string(i + 1) + " of " + std::to_string(cohort.size())));
            }
        }
        cohort.resize(static_cast<std::size_t>(stay));
        std::sort(cohort.begin(), cohort.end());
    }
    ASSERT_EQ(cohort.size(), 1u);
    EXPECT_EQ(rows[cohort[0]].state, RunState::Finished);
    EXPECT_EQ(rows[cohort[0]].figures.step, 70);
    EXPECT_TRUE(m_history->queue().empty());
}

TEST_F(SweepsTest, AWinnerThatWasHeldTrainsAsOneThatWasNot)
{
    Engine engine(m_history, {.cores = 2});
    const auto halved = engine.submit(Document::fromJson(halvingRates()));
    ASSERT_TRUE(engine.wait(halved.runs, patience));
    const auto whole = engine.submit(Document::fromJson(rates("grid")));
    ASSERT_TRUE(engine.wait(whole.runs, patience));
    int finished = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(stateOf(whole.students[i]), RunState::Finished);
        if (stateOf(halved.students[i]) == RunState::Finished) {
            ++finished;
            EXPECT_EQ(curves(halved.students[i]), curves(whole.students[i]));
        }
    }
    EXPECT_EQ(finished, 1);
}

TEST_F(SweepsTest, ASweepThatIsInterruptedAnywhereEndsAsOneThatIsNot)
{
    const auto ends = [&](const std::vector<RunRow>& rows) {
        std::vector<std::pair<std::string, std::string>> all;
        for (const RunRow& row : rows) {
            all.emplace_back(nameOf(row.state), row.message);
        }
        return all;
    };
    std::vector<std::pair<std::string, std::string>> expected;
    {
        Engine engine(m_history, {.cores = 2});
        const auto submission = engine.submit(Document::fromJson(halvingRates()));
        ASSERT_TRUE(engine.wait(submission.runs, patience));
        expected = ends(students(submission));
    }
    Engine::Submission submission;
    {
        Engine engine(m_history, {.cores = 2});
        submission = engine.submit(Document::fromJson(halvingRates()));
        engine.wait(submission.runs, 0.002);
    }
    int sessions = 1;
    for (double seconds = 0.002; sessions < 80; ++sessions, seconds *= 1.1) {
        std::vector<RunId> left;
        for (const RunRow& row : m_history->runsOfGroup(submission.group)) {
            ASSERT_FALSE(isLive(row.state)) << row.name;
            if (row.state == RunState::Interrupted) {
                left.push_back(row.id);
            }
        }
        if (left.empty()) {
            break;
        }
        ASSERT_EQ(m_history->queue().size(), left.size());
        Engine engine(m_history, {.cores = 2});
        engine.resumeRuns(left);
        engine.wait(submission.runs, seconds);
    }
    EXPECT_GT(sessions, 1) << "it was not interrupted";
    EXPECT_EQ(ends(students(submission)), expected);
}

TEST_F(SweepsTest, SeedsOfAVariantStandTogether)
{
    Json json = halvingRates();
    json["seeds"] = {1, 2};
    json["sweep"]["rungs"] = {0.5};
    Engine engine(m_history, {.cores = 2});
    const auto submission = engine.submit(Document::fromJson(json));
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    const auto rows = students(submission);
    ASSERT_EQ(rows.size(), 12u);
    std::vector<std::pair<double, std::size_t>> means;
    for (std::size_t v = 0; v < 6; ++v) {
        EXPECT_EQ(rows[2 * v].state, rows[2 * v + 1].state) << v;
        means.emplace_back(-(accuracyAt(rows[2 * v].id, 35) + accuracyAt(rows[2 * v + 1].id, 35)) / 2, v);
    }
    std::sort(means.begin(), means.end());
    for (std::size_t rank = 0; rank < 6; ++rank) {
        EXPECT_EQ(rows[2 * means[rank].second].state, rank < 3 ? RunState::Finished : RunState::Stopped) << rank;
    }
    const SweepResults results = sweepResults(*m_history, submission.group);
    ASSERT_EQ(results.rows.size(), 6u);
    EXPECT_EQ(results.finished, 6u);
    EXPECT_EQ(results.stopped, 6u);
    // By hand, of the best row.
    const auto& best = results.rows.front();
    const double a = m_history->run(best.runs[0].id)->summary["last"]["test"]["accuracy"];
    const double b = m_history->run(best.runs[1].id)->summary["last"]["test"]["accuracy"];
    EXPECT_DOUBLE_EQ(best.test.mean, (a + b) / 2);
    EXPECT_NEAR(best.test.deviation, std::abs(a - b) / std::sqrt(2.0), 1e-12);
    for (std::size_t i = 1; i < 3; ++i) {
        EXPECT_GE(results.rows[i - 1].validation.mean, results.rows[i].validation.mean);
    }
    EXPECT_EQ(results.rows[3].state, "stopped at rung 1 of 1");
    EXPECT_NEAR(results.rows[3].trained, 0.5, 1e-9);
    EXPECT_EQ(results.stepsInFull, 12 * 70);
    EXPECT_EQ(results.stepsTrained, 6 * 70 + 6 * 35);
}

TEST_F(SweepsTest, OneRunOfAHalvingSweepAloneDoesNotWaitForEver)
{
    Engine::Submission submission;
    {
        Engine engine(m_history, {.cores = 2});
        submission = engine.submit(Document::fromJson(halvingRates()));
        engine.wait(submission.runs, 0.01);
    }
    Engine engine(m_history, {.cores = 2});
    engine.resumeRun(submission.students[0]);
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    const RunRow row = m_history->run(submission.students[0]).value();
    EXPECT_EQ(row.state, RunState::Interrupted);
    EXPECT_THAT(row.message, testing::HasSubstr("continue the whole sweep"));
}

TEST_F(SweepsTest, ARunThatItsSweepStoppedCanBeTrainedToItsEndByHand)
{
    Engine engine(m_history, {.cores = 2});
    const auto submission = engine.submit(Document::fromJson(halvingRates()));
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    const auto rows = students(submission);
    const auto stopped = std::find_if(rows.begin(), rows.end(), isStoppedBySweep);
    ASSERT_NE(stopped, rows.end());
    engine.resumeRun(stopped->id);
    ASSERT_TRUE(engine.wait({stopped->id}, patience));
    EXPECT_EQ(stateOf(stopped->id), RunState::Finished);
}

TEST_F(SweepsTest, TheMedianRuleEndsRunsThatFallBehind)
{
    Json json = rates("grid");
    // Those that learn come first, one at a time, so that there is something to fall behind.
    json["sweep"]["fields"][0]["values"] = {0.03, 0.01, 0.02, 1e-6, 0.025, 2e-6};
    json["sweep"]["stopping"] = {{"kind", "median"}, {"after", 0.3}, {"among", 3}};
    Engine engine(m_history, {.cores = 1});
    const auto submission = engine.submit(Document::fromJson(json));
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    const auto rows = students(submission);
    EXPECT_EQ(rows[0].state, RunState::Finished);
    for (const std::size_t hopeless : {3u, 5u}) {
        EXPECT_EQ(rows[hopeless].state, RunState::Stopped) << hopeless;
        EXPECT_THAT(rows[hopeless].message, testing::HasSubstr("Stopped by its sweep at step 21 of 70: its best validation accuracy"));
    }
}

TEST_F(SweepsTest, AControlThatIsOfOneVariantAloneGoesAsItsStudentGoes)
{
    Json json = spirals(10);
    json["controls"] = {{"student_alone", true}};
    json["sweep"] = {{"kind", "halving"}, {"rungs", {0.2}}, {"keep", 0.34},
                     {"fields", {gridField("/stages/0/learning_rate", {1e-5, 0.02, 1e-6})}}};
    Engine engine(m_history, {.cores = 2});
    const auto submission = engine.submit(Document::fromJson(json));
    ASSERT_EQ(submission.controls.size(), 3u);
    ASSERT_TRUE(engine.wait(submission.runs, patience));
    int finished = 0;
    for (const RunRow& student : students(submission)) {
        const RunRow control = m_history->run(student.control).value();
        EXPECT_EQ(control.state, student.state) << student.name;
        finished += control.state == RunState::Finished;
        if (student.state == RunState::Stopped) {
            EXPECT_EQ(control.figures.step, 0);
            EXPECT_TRUE(isStoppedBySweep(control));
        }
    }
    EXPECT_EQ(finished, 1);
}

TEST_F(SweepsTest, TheQueueIsReorderedHeldPausedAndSurvives)
{
    Json json = rates("grid");
    json["stages"][0]["epochs"] = 100000;
    json["stages"][0]["batch_size"] = 16;
    Engine::Submission submission;
    {
        Engine engine(m_history, {.cores = 1});
        engine.pauseQueue(true);
        submission = engine.submit(Document::fromJson(json));
        const auto order = [&] {
            std::vector<std::size_t> all;
            for (const QueuedRun& run : engine.queue()) {
                all.push_back(static_cast<std::size_t>(std::find(submission.students.begin(), submission.students.end(), run.id)
                                                       - submission.students.begin()));
            }
            return all;
        };
        using testing::ElementsAre;
        EXPECT_THAT(order(), ElementsAre(0, 1, 2, 3, 4, 5));
        engine.moveQueued(submission.students[4], -1);
        EXPECT_THAT(order(), ElementsAre(0, 1, 2, 4, 3, 5));
        engine.moveQueued(submission.students[5], -100);
        EXPECT_THAT(order(), ElementsAre(5, 0, 1, 2, 4, 3));
        engine.moveQueued(submission.students[0], 2);
        EXPECT_THAT(order(), ElementsAre(5, 1, 2, 0, 4, 3));
        engine.holdQueued(submission.students[5], true);
        EXPECT_EQ(engine.queue()[0].waitsFor, "Held");
        EXPECT_EQ(engine.queue()[1].waitsFor, "The queue is paused");
        EXPECT_TRUE(engine.queueIsPaused());
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        for (const RunId& id : submission.students) {
            EXPECT_EQ(stateOf(id), RunState::Queued);
        }
        engine.pauseQueue(false);
        ASSERT_TRUE(eventually([&] { return stateOf(submission.students[1]) == RunState::Running; })); // not the held one
        EXPECT_THROW(engine.moveQueued(submission.students[1], 1), InputError);
        engine.stop(submission.students[2]); // is no part of the queue any more
        EXPECT_THAT(order(), testing::Contains(5u));
    }
    std::vector<RunId> left;
    bool held = false;
    for (const QueuePlace& place : m_history->queue()) {
        EXPECT_EQ(stateOf(place.run), RunState::Interrupted);
        left.push_back(place.run);
        held = held || (place.run == submission.students[5] && place.held);
    }
    EXPECT_THAT(left, testing::UnorderedElementsAre(submission.students[0], submission.students[1], submission.students[3],
                                                    submission.students[4], submission.students[5]));
    EXPECT_TRUE(held);
    Engine engine(m_history, {.cores = 1});
    engine.pauseQueue(true);
    engine.resumeRuns(left);
    ASSERT_EQ(engine.queue().size(), 5u);
    for (std::size_t i = 0; i < left.size(); ++i) {
        EXPECT_EQ(engine.queue()[i].id, left[i]);
        EXPECT_EQ(engine.queue()[i].held, left[i] == submission.students[5]);
    }
    m_history->leaveQueue({submission.students[0]});
    EXPECT_EQ(m_history->queue().size(), 4u);
}

TEST_F(SweepsTest, ThePlanCountsVariantsAndWhatHalvingLeaves)
{
    const Plan grid = plan(Document::fromJson(rates("grid")), m_history.get());
    EXPECT_EQ(grid.variants, 6);
    EXPECT_EQ(grid.runs, 6);
    EXPECT_DOUBLE_EQ(grid.secondsEstimate, grid.secondsInFull);
    Json halved = halvingRates();
    halved["seeds"] = {1, 2, 3};
    const Plan less = plan(Document::fromJson(halved), m_history.get());
    EXPECT_EQ(less.runs, 18);
    EXPECT_NEAR(less.secondsEstimate / less.secondsInFull, (6 * 0.2 + 3 * 0.3 + 1 * 0.5) / 6, 1e-9);
    Json taught = spirals();
    taught["controls"] = {{"student_alone", true}};
    taught["sweep"] = {{"kind", "grid"},
                       {"fields", {gridField("/stages/0/objective/1/temperature", {1, 4}), gridField("/stages/0/batch_size", {16, 64})}}};
    EXPECT_EQ(plan(Document::fromJson(taught), m_history.get()).runs, 1 + 4 + 2); // teacher, students, a control a batch size
}

TEST_F(SweepsTest, AVariantThatCannotBeBuiltIsNamedBeforeAnythingIsWritten)
{
    Json json = spirals();
    json["stages"][0]["objective"].push_back({{"kind", "hint"}, {"student_tap", "hidden1"}, {"teacher_tap", "hidden1"}});
    json["sweep"] = {{"kind", "grid"}, {"fields", {gridField("/student/model", {{{"kind", "mlp"}, {"hidden", {8}}}, {{"kind", "mlp"}, {"hidden", Json::array()}}})}}};
    Engine engine(m_history, {.cores = 1});
    EXPECT_THAT([&] { engine.submit(Document::fromJson(json)); }, testing::ThrowsMessage<InputError>(testing::HasSubstr("With model mlp (hidden []")));
    EXPECT_TRUE(m_history->runs().empty());
}

TEST_F(SweepsTest, AHeatMapIsTheMeanOverTheOtherFields)
{
    SweepResults results;
    results.labels = {"a", "b", "c"};
    results.logarithmic = {false, false, false};
    for (const double a : {10.0, 2.0}) {
        for (const char* b : {"x", "y"}) {
            for (const double c : {0.0, 1.0}) {
                SweepResults::Row row;
                row.variant = results.rows.size();
                row.values = {a, b, c};
                row.shown = {a == 10 ? "10" : "2", b, c == 0 ? "0" : "1"};
                row.validation.mean = a / 100 + (std::string(b) == "y" ? 0.5 : 0) + c / 1000;
                results.rows.push_back(row);
            }
        }
    }
    results.rows[0].validation.mean = std::nan("");
    std::reverse(results.rows.begin(), results.rows.end());
    const HeatMap map = heatMap(results, 0, 1);
    EXPECT_THAT(map.columns, testing::ElementsAre("2", "10")); // numbers rise
    EXPECT_THAT(map.rows, testing::ElementsAre("x", "y"));     // others as they come
    EXPECT_NEAR(map.accuracies[0][0], 0.0205, 1e-12);
    EXPECT_NEAR(map.accuracies[0][1], 0.101, 1e-12); // one of the two is not known
    EXPECT_EQ(map.counts[0][1], 1);
    EXPECT_NEAR(map.accuracies[1][1], 0.6005, 1e-12);

    results.rows.clear();
    results.logarithmic[0] = true;
    for (int i = 0; i <= 80; ++i) { // three powers of ten in eight steps
        SweepResults::Row row;
        row.values = {std::pow(10.0, -3 + 3.0 * i / 80), 0, 0};
        row.shown = {"", "0", "0"};
        row.validation.mean = 1;
        results.rows.push_back(row);
    }
    const HeatMap drawn = heatMap(results, 0, 1);
    ASSERT_EQ(drawn.columns.size(), 8u);
    EXPECT_EQ(drawn.columns[0], "0.001 \u2013 0.00237");
    EXPECT_EQ(drawn.counts[0][0], 10);
}

} // namespace
