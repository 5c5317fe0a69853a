// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

namespace distill::test {

namespace {

struct Convention {
    double temperature = 4;
    double hardShare = 0;
    bool scaled = true;
    bool crossEntropy = false;
    bool mean = false;

    Json parameters() const
    {
        return {{"temperature", temperature},
                {"hard_share", hardShare},
                {"scale_by_t2", scaled},
                {"form", crossEntropy ? "soft_cross_entropy" : "kl"},
                {"reduction", mean ? "mean" : "batchmean"}};
    }
};

Outcome reference(const Convention& convention, const Case& sample)
{
    Outcome outcome = crossEntropyReference(sample);
    outcome.value *= convention.hardShare;
    const auto classes = static_cast<double>(sample.student[0].size());
    const double divisor = static_cast<double>(sample.student.size()) * (convention.mean ? classes : 1);
    const double factor
        = (1 - convention.hardShare) * (convention.scaled ? std::pow(convention.temperature, 2) : 1) / divisor;
    for (std::size_t i = 0; i < sample.student.size(); ++i) {
        const std::vector<double> p = logSoftmax(sample.teacher[i], convention.temperature);
        const std::vector<double> q = logSoftmax(sample.student[i], convention.temperature);
        for (std::size_t k = 0; k < p.size(); ++k) {
            outcome.value += factor * std::exp(p[k]) * ((convention.crossEntropy ? 0 : p[k]) - q[k]);
            outcome.gradient[i][k] = convention.hardShare * outcome.gradient[i][k]
                + factor / convention.temperature * (std::exp(q[k]) - std::exp(p[k]));
        }
    }
    return outcome;
}

TEST(Hinton, ValueAndGradientMatchTheFormulaInEveryConvention)
{
    for (const double temperature : {0.5, 1.0, 4.0, 20.0}) {
        for (const double hardShare : {0.0, 0.3, 1.0}) {
            for (int bits = 0; bits < 8; ++bits) {
                const Convention convention{temperature, hardShare, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
                for (const std::size_t rows : {1, 6}) {
                    const Case sample = randomCase(rows, 7, 3, static_cast<unsigned>(bits) + 1);
                    const Outcome expected = reference(convention, sample);
                    expectNear(outcomeOf("kd", convention.parameters(), sample), expected, 1e-9);
                }
            }
        }
    }
}

TEST(Hinton, Float32IsAsGood)
{
    for (const double temperature : {1.0, 4.0}) {
        const Convention convention{.temperature = temperature, .hardShare = 0.1};
        const Case sample = randomCase(64, 10, 3, 9);
        expectNear(outcomeOf("kd", convention.parameters(), sample, at::kFloat), reference(convention, sample), 1e-5);
    }
}

TEST(Hinton, DefaultsAreThePublishedOnes)
{
    const Case sample = randomCase(5, 4, 2, 21);
    expectNear(outcomeOf("kd", Json::object(), sample), reference({}, sample), 1e-9);
}

TEST(Hinton, GradientIsTheSlopeOfTheValue)
{
    expectGradientOfValue("kd", Convention{.temperature = 3, .hardShare = 0.4}.parameters(), randomCase(4, 3, 2, 5));
    expectGradientOfValue("kd", Convention{.crossEntropy = true, .mean = true}.parameters(), randomCase(4, 3, 2, 6));
}

TEST(Hinton, EqualLogitsGiveZeroOrTheTeachersEntropy)
{
    Case sample = randomCase(8, 10, 5, 2);
    sample.student = sample.teacher;
    const Outcome outcome = outcomeOf("kd", Json::object(), sample, at::kFloat);
    EXPECT_EQ(outcome.value, 0);
    for (const auto& row : outcome.gradient) {
        for (const double value : row) {
            EXPECT_NEAR(value, 0, 1e-6);
        }
    }
    const Case uniform{{{1, 1, 1, 1}}, {{1, 1, 1, 1}}, {-1}};
    EXPECT_NEAR(outcomeOf("kd", {{"form", "soft_cross_entropy"}, {"scale_by_t2", false}}, uniform).value, std::log(4.0),
                1e-12);
}

TEST(Hinton, SaturatedLogitsStayFinite)
{
    const Case sample{{{1e4, 0, -1e4}}, {{-1e4, 0, 1e4}}, {-1}};
    const Outcome outcome = outcomeOf("kd", {{"temperature", 1}}, sample, at::kFloat);
    EXPECT_EQ(outcome.value, 2e4);
    EXPECT_EQ(outcome.gradient, (Rows{{1, 0, -1}}));
}

TEST(Hinton, ClassesTheTeacherExcludesCountForNothing)
{
    const Convention convention{.temperature = 2};
    const Case three{{{1, 2, 3}}, {{0, 1, -1}}, {-1}};
    const Outcome expected = reference(convention, three);
    // The student excludes the fourth class too: nothing is left of it.
    const Outcome both
        = outcomeOf("kd", convention.parameters(), {{{1, 2, 3, -INFINITY}}, {{0, 1, -1, -INFINITY}}, {-1}});
    EXPECT_NEAR(both.value, expected.value, 1e-12);
    EXPECT_EQ(both.gradient[0][3], 0);
    for (std::size_t k = 0; k < 3; ++k) {
        EXPECT_NEAR(both.gradient[0][k], expected.gradient[0][k], 1e-12);
    }
    // The student does not: its share there is pushed down, by the formula with p = 0.
    const Outcome one = outcomeOf("kd", convention.parameters(), {{{1, 2, 3, 4}}, {{0, 1, -1, -INFINITY}}, {-1}});
    const std::vector<double> q = logSoftmax({1, 2, 3, 4}, 2), p = logSoftmax({0, 1, -1}, 2);
    double value = 0;
    for (std::size_t k = 0; k < 3; ++k) {
        value += 4 * std::exp(p[k]) * (p[k] - q[k]);
    }
    EXPECT_NEAR(one.value, value, 1e-12);
    EXPECT_NEAR(one.gradient[0][3], 2 * std::exp(q[3]), 1e-12);
}

TEST(Hinton, AtHighTemperatureItsGradientIsHalfThatOfCentredLogitRegression)
{
    const Case sample = randomCase(16, 10, 0.3, 4);
    const Outcome limit = outcomeOf("logit_mse", {{"centred", true}}, sample);
    double largest = 0;
    for (const auto& row : limit.gradient) {
        for (const double value : row) {
            largest = std::max(largest, std::abs(value) / 2);
        }
    }
    const auto distance = [&](double temperature, at::ScalarType type) {
        const Outcome outcome = outcomeOf("kd", {{"temperature", temperature}}, sample, type);
        double worst = 0;
        for (std::size_t i = 0; i < limit.gradient.size(); ++i) {
            for (std::size_t k = 0; k < limit.gradient[i].size(); ++k) {
                worst = std::max(worst, std::abs(outcome.gradient[i][k] - limit.gradient[i][k] / 2) / largest);
            }
        }
        return worst;
    };
    EXPECT_LT(distance(1000, at::kDouble), 1e-3);
    EXPECT_LT(distance(1000, at::kFloat), 3e-3);
    // The error falls as 1 / T.
    EXPECT_NEAR(distance(500, at::kDouble) / distance(1000, at::kDouble), 2, 0.05);
}

TEST(Hinton, WithoutLabelsTheSoftPartKeepsItsShare)
{
    Case sample = randomCase(4, 5, 2, 8);
    sample.labels.assign(4, -1);
    const double soft = outcomeOf("kd", Json::object(), sample).value;
    EXPECT_NEAR(outcomeOf("kd", {{"hard_share", 0.25}}, sample).value, 0.75 * soft, 1e-12);
}

TEST(Hinton, BothWeightConventionsAgree)
{
    const Case sample = randomCase(6, 4, 2, 13);
    const double hard = outcomeOf("cross_entropy", Json::object(), sample).value;
    const double soft = outcomeOf("kd", Json::object(), sample).value;
    EXPECT_NEAR(outcomeOf("kd", {{"hard_share", 0.1}}, sample).value, 0.1 * hard + 0.9 * soft, 1e-12);
}

TEST(Hinton, TheTeacherGetsNoGradient)
{
    const at::Tensor student = at::ones({2, 3}).requires_grad_(true);
    const at::Tensor teacher = at::eye(2, 3).requires_grad_(true);
    const HardLabels labels{.labels = at::zeros({2}, at::kLong)};
    const Taps none;
    makeObjective({"kd"})->loss({student, teacher, labels, none, none}).backward();
    EXPECT_TRUE(student.grad().defined());
    EXPECT_FALSE(teacher.grad().defined());
}

TEST(Hinton, ATunedTemperatureHoldsFromTheNextStep)
{
    const Case sample = randomCase(4, 5, 2, 8);
    const auto objective = makeObjective({"kd", {{"temperature", 2.0}, {"hard_share", 0.5}}});
    readFieldsInto({{"temperature", 8.0}}, [&](Binder& binder) { objective->describe(binder); });
    expectNear(outcomeOf(*objective, sample, at::kDouble), reference({.temperature = 8, .hardShare = 0.5}, sample),
               1e-9);
}

TEST(Hinton, RefusesATeacherOfOtherClasses)
{
    ShapedModel student({{"logits", {10}}}), teacher({{"logits", {7}}});
    at::Generator generator = generatorOf(1);
    ObjectiveSetting setting = settingOf(student, &teacher, {3, 8, 8}, generator);
    const std::string error = errorOf([&] { makeObjective({"kd"})->prepare(setting); });
    EXPECT_NE(error.find("7 classes"), std::string::npos) << error;
    EXPECT_NE(error.find("10"), std::string::npos) << error;
    ShapedModel same({{"logits", {10}}});
    setting.teacher = outlineOf(same, {3, 8, 8});
    EXPECT_NO_THROW(makeObjective({"kd"})->prepare(setting));
}

} // namespace

} // namespace distill::test
