// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/predictions.h"

#include "engine/summary.h"
#include "workspace.h"

namespace distill::test {
namespace {

using testing::Each;
using testing::HasSubstr;

class PredictionsTest : public WorkspaceTest {
protected:
    RunId finished(const Json& json)
    {
        Engine engine(m_history, Engine::Options{.cores = 1, .feed = false});
        const auto submission = engine.submit(Document::fromJson(json));
        EXPECT_TRUE(engine.wait(submission.runs, 60));
        m_teachers = submission.teachers;
        return submission.students.front();
    }
    std::filesystem::path fileOf(const RunId& id) const { return m_folder / "runs" / id / "predictions.safetensors"; }

    /// Share of the samples on which two sets of choices agree.
    static double share(const Choices& left, const Choices& right)
    {
        double same = 0;
        for (std::size_t i = 0; i < left.size(); ++i) {
            same += left[i] == right[i];
        }
        return same / static_cast<double>(left.size());
    }

    std::vector<RunId> m_teachers;
};

TEST_F(PredictionsTest, AreWhatTheSummaryCounted)
{
    const RunId student = finished(spirals());
    const Json test = summary::reported(m_history->run(student)->summary).at("test");
    const Choices choices = choicesOf(predictionsOf(*m_history, student));
    const auto set = testSetOf(*m_history, student);
    ASSERT_EQ(choices.size(), test.at("samples").get<std::size_t>());
    EXPECT_DOUBLE_EQ(share(choices, set->labels), test.at("accuracy").get<double>());
    EXPECT_DOUBLE_EQ(share(choices, choicesOf(predictionsOf(*m_history, m_teachers.front()))), test.at("agreement").get<double>());
}

TEST_F(PredictionsTest, AreOfTheWeightsThatAreReported)
{
    Json json = pictures(60);
    json["stages"][0]["learning_rate"] = 0.05; // so that the last weights are hardly ever the best
    json["evaluation"] = {{"report", "best"}, {"validate_every", 0.2}};
    const RunId run = finished(json);
    const Json summary = m_history->run(run)->summary;
    ASSERT_NE(summary.at("best").at("step"), summary.at("last").at("step"));
    const auto set = testSetOf(*m_history, run);
    EXPECT_DOUBLE_EQ(share(choicesOf(predictionsOf(*m_history, run)), set->labels), summary.at("best").at("test").at("accuracy").get<double>());
}

TEST_F(PredictionsTest, AreComputedFromTheWeightsWhereTheyAreMissingOrDamaged)
{
    const RunId run = finished(pictures());
    const Answers stored = predictionsOf(*m_history, run);
    for (const bool damaged : {false, true}) {
        std::filesystem::remove(fileOf(run));
        if (damaged) {
            std::ofstream(fileOf(run)) << "no tensors";
        }
        const Answers computed = predictionsOf(*m_history, run);
        ASSERT_EQ(computed.logits.size(), stored.logits.size());
        for (std::size_t i = 0; i < stored.logits.size(); ++i) {
            ASSERT_NEAR(computed.logits[i], stored.logits[i], 1e-4) << i;
        }
        EXPECT_TRUE(std::filesystem::exists(fileOf(run)));
    }
}

TEST_F(PredictionsTest, EndedEarlyTheyAreEmptyAndNothingIsStored)
{
    const RunId run = finished(pictures());
    std::filesystem::remove(fileOf(run));
    EXPECT_EQ(predictionsOf(*m_history, run, [] { return false; }).samples(), 0);
    EXPECT_FALSE(std::filesystem::exists(fileOf(run)));
}

TEST_F(PredictionsTest, OfARunThatHasNotFinishedAreRefused)
{
    RunRow row;
    row.id = newRunId();
    row.name = "Stopped early";
    row.group = row.id;
    row.state = RunState::Stopped;
    m_history->addRun(row, spirals().dump());
    try {
        predictionsOf(*m_history, row.id);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("stopped"));
    }
    EXPECT_THROW(predictionsOf(*m_history, newRunId()), InputError);
}

TEST_F(PredictionsTest, OfDataThatChangedAreRefused)
{
    const RunId run = finished(pictures());
    writePictures((m_folder / "pictures" / "t10k").string(), 90);
    try {
        predictionsOf(*m_history, run);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("100"), HasSubstr("90")));
    }
}

TEST_F(PredictionsTest, TestSetOfPicturesIsTheFilesBytes)
{
    const auto set = testSetOf(*m_history, finished(pictures()));
    EXPECT_EQ(set->channels, 1);
    ASSERT_EQ(set->images.size(), 100u * 16 * 16);
    std::mt19937 random(100); // as writePictures draws them
    for (const std::uint8_t byte : set->images) {
        ASSERT_EQ(byte, random() % 256);
    }
    for (std::size_t i = 0; i < set->labels.size(); ++i) {
        ASSERT_EQ(set->labels[i], static_cast<std::int32_t>(i % 10));
    }
    EXPECT_THAT(set->trainingSamples, Each(40));
    EXPECT_TRUE(set->rows.empty());
}

TEST_F(PredictionsTest, TestSetOfPointsHasTheirCoordinates)
{
    const auto set = testSetOf(*m_history, finished(spirals(1)));
    EXPECT_TRUE(set->images.empty());
    EXPECT_EQ(set->rows.size(), set->labels.size() * 2);
}

} // namespace
} // namespace distill::test
