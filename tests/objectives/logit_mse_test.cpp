// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

namespace distill::test {

namespace {

Outcome reference(const Case& sample, bool centred)
{
    Outcome outcome;
    const auto count = static_cast<double>(sample.student.size() * sample.student[0].size());
    for (std::size_t i = 0; i < sample.student.size(); ++i) {
        const std::size_t classes = sample.student[i].size();
        double mean = 0;
        for (std::size_t k = 0; centred && k < classes; ++k) {
            mean += (sample.student[i][k] - sample.teacher[i][k]) / static_cast<double>(classes);
        }
        std::vector<double> gradient;
        for (std::size_t k = 0; k < classes; ++k) {
            const double difference = sample.student[i][k] - sample.teacher[i][k] - mean;
            outcome.value += difference * difference / count;
            gradient.push_back(2 * difference / count);
        }
        outcome.gradient.push_back(gradient);
    }
    return outcome;
}

TEST(LogitMse, ValueAndGradientMatchTheFormula)
{
    for (const bool centred : {false, true}) {
        for (const std::size_t rows : {1, 9}) {
            const Case sample = randomCase(rows, 6, 4, 3);
            expectNear(outcomeOf("logit_mse", {{"centred", centred}}, sample), reference(sample, centred), 1e-10);
            expectNear(outcomeOf("logit_mse", {{"centred", centred}}, sample, at::kFloat), reference(sample, centred),
                       1e-5);
        }
    }
}

TEST(LogitMse, GradientIsTheSlopeOfTheValue)
{
    expectGradientOfValue("logit_mse", {{"centred", true}}, randomCase(3, 4, 2, 7));
}

TEST(LogitMse, AShiftOfAllLogitsCountsUnlessCentred)
{
    const Case sample{{{1, 2, 3}, {4, 5, 6}}, {{0, 1, 2}, {7, 8, 9}}, {-1, -1}};
    EXPECT_DOUBLE_EQ(outcomeOf("logit_mse", Json::object(), sample).value, (1.0 + 9.0) / 2);
    EXPECT_DOUBLE_EQ(outcomeOf("logit_mse", {{"centred", true}}, sample).value, 0);
}

TEST(LogitMse, EqualAndSaturatedLogits)
{
    const Case equal{{{1e4, -1e4}}, {{1e4, -1e4}}, {-1}};
    EXPECT_EQ(outcomeOf("logit_mse", Json::object(), equal, at::kFloat).value, 0);
    const Case opposite{{{1e4, -1e4}}, {{-1e4, 1e4}}, {-1}};
    EXPECT_EQ(outcomeOf("logit_mse", Json::object(), opposite, at::kFloat).value, 4e8);
}

} // namespace

} // namespace distill::test
