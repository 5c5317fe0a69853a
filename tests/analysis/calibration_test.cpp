// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/calibration.h"

#include "analysis/fidelity.h"
#include "support.h"

#include <gtest/gtest.h>

namespace distill::test {

namespace {

TEST(Calibration, ByHand)
{
    // Four bins. Confidences 0.6 right and 0.7 wrong share the third, 0.8 right and 0.9 right the fourth; the last sample has no label.
    const Answers answers = answersOfProbabilities({{0.6, 0.4}, {0.7, 0.3}, {0.2, 0.8}, {0.1, 0.9}, {0.99, 0.01}});
    const Calibration calibration = calibrationOf(answers, {0, 1, 1, 1, -1}, 1, 4);
    ASSERT_EQ(calibration.bins.size(), 4u);
    EXPECT_EQ(calibration.bins[0].samples, 0);
    EXPECT_TRUE(std::isnan(calibration.bins[0].confidence));
    EXPECT_TRUE(std::isnan(calibration.bins[0].accuracy));
    EXPECT_EQ(calibration.bins[2].samples, 2);
    EXPECT_NEAR(calibration.bins[2].confidence, 0.65, 1e-7);
    EXPECT_DOUBLE_EQ(calibration.bins[2].accuracy, 0.5);
    EXPECT_EQ(calibration.bins[3].samples, 2);
    EXPECT_NEAR(calibration.bins[3].confidence, 0.85, 1e-7);
    EXPECT_DOUBLE_EQ(calibration.bins[3].accuracy, 1);
    EXPECT_NEAR(calibration.error, 0.5 * 0.15 + 0.5 * 0.15, 1e-7);
    EXPECT_NEAR(calibration.signedError, 0.5 * 0.15 - 0.5 * 0.15, 1e-7);
}

TEST(Calibration, ABinHoldsItsUpperEdge)
{
    // Confidence 1/2 exactly, at the edge of the first of two bins; 1 exactly in the last.
    const Calibration calibration = calibrationOf(answersOf({{0, 0}, {1e4f, 0}}), {0, 0}, 1, 2);
    EXPECT_EQ(calibration.bins[0].samples, 1);
    EXPECT_EQ(calibration.bins[1].samples, 1);
}

TEST(Calibration, TheSignSaysOverOrUnderconfident)
{
    const Answers answers = answersOfProbabilities({{0.9, 0.1}, {0.9, 0.1}, {0.9, 0.1}, {0.9, 0.1}});
    const Calibration over = calibrationOf(answers, {0, 0, 1, 1});
    EXPECT_NEAR(over.signedError, 0.4, 1e-7);
    EXPECT_NEAR(over.error, 0.4, 1e-7);
    const Calibration under = calibrationOf(answers, {0, 0, 0, 0});
    EXPECT_NEAR(under.signedError, -0.1, 1e-7);
    EXPECT_NEAR(under.error, 0.1, 1e-7);
}

TEST(Calibration, SumsToTheWhole)
{
    const Answers answers = randomAnswers(2000, 5, 3);
    const Choices labels = randomChoices(2000, 5, 4, -1);
    const Calibration calibration = calibrationOf(answers, labels);
    ASSERT_EQ(calibration.bins.size(), 15u);
    std::int64_t samples = 0, labelled = 0;
    double right = 0, confident = 0;
    for (const ReliabilityBin& bin : calibration.bins) {
        samples += bin.samples;
        if (bin.samples > 0) {
            right += static_cast<double>(bin.samples) * bin.accuracy;
            confident += static_cast<double>(bin.samples) * bin.confidence;
            EXPECT_LE(bin.confidence, (static_cast<double>(&bin - calibration.bins.data()) + 1) / 15 + 1e-12);
            EXPECT_GT(bin.confidence, static_cast<double>(&bin - calibration.bins.data()) / 15);
        }
    }
    for (const std::int32_t label : labels) {
        labelled += label >= 0 ? 1 : 0;
    }
    EXPECT_EQ(samples, labelled);
    EXPECT_NEAR(right / static_cast<double>(samples), accuracy(choicesOf(answers), labels), 1e-12);
    EXPECT_NEAR(calibration.signedError, (confident - right) / static_cast<double>(samples), 1e-12);
    EXPECT_LE(std::abs(calibration.signedError), calibration.error + 1e-12);
}

TEST(Calibration, OfCornerCases)
{
    EXPECT_TRUE(std::isnan(calibrationOf({}, {}).error));
    EXPECT_TRUE(std::isnan(calibrationOf(answersOf({{1, 2}}), {-1}).error));
    const Calibration broken = calibrationOf(answersOf({{nan, 0}, {0, 0}}), {1, 0}, 1, 2);
    EXPECT_EQ(broken.bins[0].samples + broken.bins[1].samples, 1);
    EXPECT_DOUBLE_EQ(broken.error, 0.5);
    const Calibration one = calibrationOf(answersOf({{3}, {-2}}), {0, 0});
    EXPECT_EQ(one.bins.back().samples, 2);
    EXPECT_EQ(one.error, 0);
    EXPECT_THROW(calibrationOf(answersOf({{1, 2}}), {0, 1}), std::invalid_argument);
    EXPECT_THROW(calibrationOf(answersOf({{1, 2}}), {0}, 0), std::invalid_argument);
    EXPECT_THROW(calibrationOf(answersOf({{1, 2}}), {0}, 1, 0), std::invalid_argument);
}

/// Labels drawn from the softmax of the answers, which are then calibrated as they are.
Choices drawnLabels(const Answers& answers, unsigned seed)
{
    std::mt19937 generator(seed);
    Choices labels;
    for (std::int64_t i = 0; i < answers.samples(); ++i) {
        const std::vector<double> shares = softened(answers.of(i));
        labels.push_back(std::discrete_distribution<std::int32_t>(shares.begin(), shares.end())(generator));
    }
    return labels;
}

TEST(Temperature, ScalingLeavesTheAccuracyAndMendsTheCalibration)
{
    Answers answers = randomAnswers(10000, 5, 5);
    const Choices labels = drawnLabels(answers, 6);
    EXPECT_LT(calibrationOf(answers, labels).error, 0.02);
    for (float& logit : answers.logits) {
        logit *= 3; // overconfident, by a known temperature
    }
    const double before = accuracy(choicesOf(answers), labels);
    const double temperature = bestTemperature(answers, labels);
    EXPECT_NEAR(temperature, 3, 0.1);
    Answers scaled = answers;
    for (float& logit : scaled.logits) {
        logit /= static_cast<float>(temperature);
    }
    EXPECT_EQ(accuracy(choicesOf(scaled), labels), before);
    EXPECT_GT(calibrationOf(answers, labels).error, 0.1);
    EXPECT_LT(calibrationOf(answers, labels, temperature).error, 0.02);
    EXPECT_NEAR(calibrationOf(scaled, labels).error, calibrationOf(answers, labels, temperature).error, 1e-4);
}

TEST(Temperature, IsTheMinimumInClosedForm)
{
    // Each answer is (1, 0), and three of four are right: the loss is least where the sigmoid of 1/T is 3/4, at T = 1/ln 3.
    const Answers answers = answersOf({{1, 0}, {1, 0}, {1, 0}, {1, 0}});
    EXPECT_NEAR(bestTemperature(answers, {0, 0, 0, 1}), 1 / std::log(3), 1e-3);
    // Unlabelled samples and answers that are no numbers change nothing.
    EXPECT_NEAR(bestTemperature(answersOf({{1, 0}, {1, 0}, {1, 0}, {1, 0}, {9, 0}, {nan, 0}}), {0, 0, 0, 1, -1, 0}), 1 / std::log(3), 1e-3);
}

TEST(Temperature, StaysInItsRange)
{
    EXPECT_NEAR(bestTemperature(answersOf({{1, 0}, {0, 1}}), {0, 1}), 0.05, 1e-4); // always right: never sure enough
    EXPECT_NEAR(bestTemperature(answersOf({{1, 0}, {0, 1}}), {1, 0}), 20, 0.02);   // always wrong: never unsure enough
    EXPECT_EQ(bestTemperature(answersOf({{1, 0}}), {-1}), 1);
    EXPECT_EQ(bestTemperature({}, {}), 1);
    EXPECT_THROW(bestTemperature(answersOf({{1, 0}}), {}), std::invalid_argument);
}

} // namespace

} // namespace distill::test
