// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

namespace distill::test {

namespace {

TEST(CrossEntropy, ValueAndGradientMatchTheFormula)
{
    for (const double smoothing : {0.0, 0.1, 1.0}) {
        for (const std::size_t rows : {1, 2, 7}) {
            const Case sample = randomCase(rows, 5, 3, 11);
            const Json parameters{{"label_smoothing", smoothing}};
            expectNear(outcomeOf("cross_entropy", parameters, sample), crossEntropyReference(sample, smoothing), 1e-10);
            expectNear(outcomeOf("cross_entropy", parameters, sample, at::kFloat),
                       crossEntropyReference(sample, smoothing), 1e-5);
        }
    }
}

TEST(CrossEntropy, GradientIsTheSlopeOfTheValue)
{
    expectGradientOfValue("cross_entropy", {{"label_smoothing", 0.2}}, randomCase(4, 3, 2, 5));
}

TEST(CrossEntropy, UniformLogitsCostTheLogarithmOfTheClasses)
{
    const Case sample{{{2, 2, 2, 2}}, {}, {3}};
    EXPECT_NEAR(outcomeOf("cross_entropy", {{"label_smoothing", 0.3}}, sample).value, std::log(4.0), 1e-12);
}

TEST(CrossEntropy, SamplesWithoutALabelChangeNothing)
{
    Case labelled = randomCase(2, 4, 1, 3);
    Case mixed = labelled;
    mixed.student.push_back({50, -50, 0, 0});
    mixed.labels.push_back(-1);
    labelled.teacher = mixed.teacher = {};
    const Outcome expected = outcomeOf("cross_entropy", {{"label_smoothing", 0.1}}, labelled);
    const Outcome outcome = outcomeOf("cross_entropy", {{"label_smoothing", 0.1}}, mixed);
    EXPECT_DOUBLE_EQ(outcome.value, expected.value);
    EXPECT_EQ(outcome.gradient[2], std::vector<double>(4, 0.0));
}

TEST(CrossEntropy, WithoutAnyLabelItIsZeroWithAZeroGradient)
{
    for (const double smoothing : {0.0, 0.1}) {
        const Case sample{{{1e4, -1e4}, {3, 5}}, {}, {-1, -1}};
        const Outcome outcome = outcomeOf("cross_entropy", {{"label_smoothing", smoothing}}, sample, at::kFloat);
        EXPECT_EQ(outcome.value, 0);
        EXPECT_EQ(outcome.gradient, Rows(2, std::vector<double>(2, 0.0)));
    }
}

TEST(CrossEntropy, AMixedSampleCountsForBothOfItsClassesByItsShare)
{
    std::mt19937_64 random(4);
    const std::size_t classes = 5;
    const Rows rows = randomRows(6, classes, 2, random);
    const std::vector<std::int64_t> first = {0, 1, 2, -1, 4, 0}, second = {3, 1, -1, 2, 0, 4};
    const std::vector<double> share = {0.3, 0.6, 0.5, 0.5, 0.0, 1.0};
    const double smoothing = 0.1;
    double expected = 0;
    for (const std::size_t i : {0U, 1U, 4U, 5U}) { // those of which both labels are known
        double sum = 0, others = 0;
        for (const double value : rows[i]) {
            sum += std::exp(value);
        }
        for (const double value : rows[i]) {
            others += (std::log(sum) - value) / double(classes);
        }
        const auto cost = [&](std::int64_t label) {
            return (1 - smoothing) * (std::log(sum) - rows[i][static_cast<std::size_t>(label)]) + smoothing * others;
        };
        expected += (share[i] * cost(first[i]) + (1 - share[i]) * cost(second[i])) / 4;
    }
    const at::Tensor logits = tensorOf(rows, at::kDouble);
    const HardLabels labels{at::tensor(first, at::kLong), at::tensor(second, at::kLong), at::tensor(share, at::kDouble)};
    const Taps none;
    const at::Tensor unused;
    const auto objective = makeObjective({"cross_entropy", {{"label_smoothing", smoothing}}});
    EXPECT_NEAR(objective->loss({logits, unused, labels, none, none}).item<double>(), expected, 1e-10);
}

TEST(CrossEntropy, SaturatedLogitsStayFinite)
{
    const Outcome wrong = outcomeOf("cross_entropy", Json::object(), {{{1e4, 0, -1e4}}, {}, {2}}, at::kFloat);
    EXPECT_EQ(wrong.value, 2e4);
    EXPECT_EQ(wrong.gradient, (Rows{{1, 0, -1}}));
    EXPECT_EQ(outcomeOf("cross_entropy", Json::object(), {{{1e4, 0, -1e4}}, {}, {0}}, at::kFloat).value, 0);
}

} // namespace

} // namespace distill::test
