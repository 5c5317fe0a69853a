// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/cost.h"
#include "engine/summary.h"
#include "workspace.h"

#include <chrono>

using namespace distill;
using testing::ElementsAre;

namespace {

class CostTest : public test::WorkspaceTest {
protected:
    Cost cost(const RunId& id, const std::vector<std::int64_t>& batches = {}) const { return costOf(*m_history, id, batches, 100); }
};

TEST_F(CostTest, OfANetworkByHand)
{
    const auto submission = run(spirals());
    const RunId id = submission.students.front();
    const Cost found = cost(id);
    const std::int64_t k = 3; // arms
    EXPECT_EQ(found.run, id);
    EXPECT_EQ(found.model, "mlp 8");
    EXPECT_EQ(found.parameters, 2 * 8 + 8 + 8 * k + k);
    EXPECT_EQ(found.multiplyAdds, 2 * 8 + 8 * k);
    EXPECT_EQ(found.bytesFloat32, 4 * found.parameters);
    EXPECT_EQ(found.bytesBfloat16, 2 * found.parameters);
    EXPECT_TRUE(found.latencies.empty());
    const Json summary = m_history->run(id)->summary;
    EXPECT_DOUBLE_EQ(found.accuracy, summary::reported(summary).at("test").at("accuracy").get<double>());
    EXPECT_DOUBLE_EQ(found.trainingSeconds, summary.at("seconds").get<double>());
    EXPECT_GT(found.trainingSeconds, 0);
    EXPECT_DOUBLE_EQ(found.trainingJoules, 100 * found.trainingSeconds);
    EXPECT_THAT(found.teachers, ElementsAre(submission.teachers.front()));
    const double teacherSeconds = m_history->run(submission.teachers.front())->summary.at("seconds").get<double>();
    EXPECT_DOUBLE_EQ(found.teachersSeconds, teacherSeconds);
    EXPECT_DOUBLE_EQ(found.teachersJoules, 100 * teacherSeconds);
}

TEST_F(CostTest, CountsRunningStatisticsAmongTheWeights)
{
    const RunId id = run(pictures(2)).students.front();
    const Cost found = cost(id);
    EXPECT_GT(found.bytesFloat32, 4 * found.parameters);
}

TEST_F(CostTest, CountsLabelsAndQuestions)
{
    Json json = spirals();
    json["controls"] = {{"student_alone", true}};
    json["data"]["labelled"] = 60;
    json["data"]["transfer"] = {{"samples", "all"}};
    const auto submission = run(json);
    const Cost student = cost(submission.students.front());
    const std::int64_t transfer = m_history->run(submission.students.front())->summary.at("train_samples").get<std::int64_t>();
    EXPECT_GT(transfer, 300);
    EXPECT_EQ(student.labels, 60);
    EXPECT_EQ(student.queries, transfer); // in four epochs each of them once: no sample ever looks different
    const Cost alone = cost(submission.controls.front());
    EXPECT_EQ(alone.labels, 60);
    EXPECT_EQ(alone.queries, 0);
    EXPECT_EQ(cost(submission.teachers.front()).queries, 0);
    // Without a term that uses labels none are used; each noisy view is a question of its own, however often it is shown.
    json.erase("controls");
    json["stages"][0]["objective"].erase(0);
    json["data"]["augmentation"] = {{"noise", 0.1}, {"views", 3}};
    const Cost views = cost(run(json).students.front());
    EXPECT_EQ(views.labels, 0);
    EXPECT_EQ(views.queries, 3 * transfer);
    json["data"]["augmentation"] = {{"noise", 0.1}};
    json["stages"][0]["batch_size"] = 50;
    const RunId fresh = run(json).students.front();
    EXPECT_EQ(cost(fresh).queries, 50 * m_history->run(fresh)->figures.step);
}

TEST_F(CostTest, SumsTheTrainingOfAllWhoTaughtOnce)
{
    // Teacher, assistant and student: three generations of one line.
    Json json = spirals();
    json["teacher"]["experiment"]["teacher"] = spirals().at("teacher");
    json["teacher"]["experiment"]["student"]["model"]["hidden"] = {16};
    json["teacher"]["experiment"]["stages"][0]["objective"] = spirals().at("stages")[0]["objective"];
    const auto submission = run(json);
    const Cost found = cost(submission.students.front());
    ASSERT_EQ(found.teachers.size(), 2u);
    double seconds = 0;
    for (const RunId& teacher : found.teachers) {
        seconds += cost(teacher).trainingSeconds;
    }
    EXPECT_DOUBLE_EQ(found.teachersSeconds, seconds);
    EXPECT_GT(seconds, cost(found.teachers[0]).trainingSeconds);
}

TEST_F(CostTest, MeasuresLatencyAtEachBatch)
{
    constexpr std::int64_t large = 65536;
    const RunId id = run(spirals()).students.front();
    const auto start = std::chrono::steady_clock::now();
    const Cost found = cost(id, {1, large});
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ASSERT_EQ(found.latencies.size(), 2u);
    for (const Cost::Latency& latency : found.latencies) {
        EXPECT_GT(latency.median, 0);
        EXPECT_GE(latency.p95, latency.median);
        EXPECT_LT(5 * latency.median, elapsed); // half of ten passes at least took as long as the median
    }
    EXPECT_EQ(found.latencies[1].batch, large);
    EXPECT_GT(found.latencies[1].median, 100 * found.latencies[0].median); // however busy the machine is
}

TEST_F(CostTest, OfNoRunIsAnError)
{
    EXPECT_THROW(cost("nothing"), InputError);
}

} // namespace
