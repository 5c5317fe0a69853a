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

TEST(CrossEntropy, SaturatedLogitsStayFinite)
{
    const Outcome wrong = outcomeOf("cross_entropy", Json::object(), {{{1e4, 0, -1e4}}, {}, {2}}, at::kFloat);
    EXPECT_EQ(wrong.value, 2e4);
    EXPECT_EQ(wrong.gradient, (Rows{{1, 0, -1}}));
    EXPECT_EQ(outcomeOf("cross_entropy", Json::object(), {{{1e4, 0, -1e4}}, {}, {0}}, at::kFloat).value, 0);
}

} // namespace

} // namespace distill::test
