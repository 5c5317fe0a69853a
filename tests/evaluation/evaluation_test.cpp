// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluation/evaluation.h"

#include <cmath>
#include <gtest/gtest.h>

namespace distill::test {

namespace {

at::Tensor rows(std::initializer_list<std::initializer_list<float>> values)
{
    std::vector<at::Tensor> parts;
    for (const auto& row : values) {
        parts.push_back(at::tensor(std::vector<float>(row)));
    }
    return at::stack(parts);
}

at::Tensor labelsOf(const std::vector<std::int64_t>& labels)
{
    return at::tensor(labels, at::kLong);
}

TEST(Figures, OfThreeSamplesByHand)
{
    // Softmaxes: (3/4, 1/4), (1/2, 1/2), (1/5, 4/5); the teacher's: (1/2, 1/2), (1/4, 3/4), (1/5, 4/5).
    const auto l = [](double value) { return static_cast<float>(std::log(value)); };
    const at::Tensor student = rows({{l(3), 0}, {5, 5}, {0, l(4)}});
    const at::Tensor teacher = rows({{-2, -2}, {0, l(3)}, {0, l(4)}});
    const Figures figures = figuresOf(student, labelsOf({0, 1, 0}), teacher);
    EXPECT_EQ(figures.samples, 3);
    // The second chooses class 0, the first of two equal ones.
    EXPECT_DOUBLE_EQ(figures.accuracy, 1.0 / 3);
    EXPECT_NEAR(figures.loss, (std::log(4.0 / 3) + std::log(2) + std::log(5)) / 3, 1e-7);
    EXPECT_DOUBLE_EQ(figures.agreement.value(), 2.0 / 3);
    const double first = 0.5 * std::log(0.5 / 0.75) + 0.5 * std::log(0.5 / 0.25);
    const double second = 0.25 * std::log(0.25 / 0.5) + 0.75 * std::log(0.75 / 0.5);
    EXPECT_NEAR(figures.kl.value(), (first + second) / 3, 1e-7);
}

TEST(Figures, WithoutATeacher)
{
    const Figures figures = figuresOf(rows({{2, 1}, {0, 3}}), labelsOf({0, 1}));
    EXPECT_EQ(figures.accuracy, 1);
    EXPECT_FALSE(figures.agreement.has_value());
    EXPECT_FALSE(figures.kl.has_value());
    const Json json = figures.toJson();
    EXPECT_EQ(json.at("accuracy"), 1.0);
    EXPECT_EQ(json.at("samples"), 2);
    EXPECT_FALSE(json.contains("agreement"));
    EXPECT_FALSE(json.contains("kl"));
}

TEST(Figures, UnknownLabelsCountOnlyForTheComparisonWithTheTeacher)
{
    const at::Tensor student = rows({{2, 1}, {0, 3}}), teacher = rows({{2, 1}, {3, 0}});
    const Figures figures = figuresOf(student, labelsOf({0, -1}), teacher);
    EXPECT_EQ(figures.accuracy, 1);
    EXPECT_NEAR(figures.loss, std::log1p(std::exp(-1.0)), 1e-12);
    EXPECT_EQ(figures.agreement.value(), 0.5);
    const Figures none = figuresOf(student, labelsOf({-1, -1}));
    EXPECT_TRUE(std::isnan(none.accuracy));
    EXPECT_TRUE(none.toJson().at("accuracy").is_null());
}

TEST(Figures, AreTakenInDouble)
{
    // At this distance float32 rounds the loss to 0.
    const Figures figures = figuresOf(rows({{20, 0}}), labelsOf({0}), rows({{20, 0}}));
    EXPECT_NEAR(figures.loss, std::exp(-20.0), 1e-15);
    EXPECT_EQ(figures.kl.value(), 0);
}

TEST(Figures, SaturatedAndExcludedClasses)
{
    const Figures figures = figuresOf(rows({{1e4F, 0}}), labelsOf({1}), rows({{-INFINITY, 0}}));
    EXPECT_EQ(figures.loss, 1e4);
    EXPECT_EQ(figures.kl.value(), 1e4);
    const Figures both = figuresOf(rows({{-INFINITY, 0}}), labelsOf({1}), rows({{-INFINITY, 0}}));
    EXPECT_EQ(both.kl.value(), 0);
}

TEST(Figures, OfNoSamples)
{
    const Figures figures = figuresOf(at::zeros({0, 4}), labelsOf({}), at::zeros({0, 4}));
    EXPECT_EQ(figures.samples, 0);
    EXPECT_TRUE(std::isnan(figures.accuracy));
    EXPECT_TRUE(std::isnan(figures.loss));
}

TEST(AccuracyByClass, IsNaNWithoutSamples)
{
    const at::Tensor logits = rows({{1, 0, 0}, {0, 1, 0}, {1, 0, 0}});
    const std::vector<double> accuracies = accuracyByClass(logits, labelsOf({0, 0, 0}), 3);
    EXPECT_DOUBLE_EQ(accuracies.at(0), 2.0 / 3);
    EXPECT_TRUE(std::isnan(accuracies.at(1)));
    EXPECT_TRUE(std::isnan(accuracies.at(2)));
    EXPECT_EQ(accuracyByClass(logits, labelsOf({2, 1, 0}), 3), (std::vector<double>{1, 1, 0}));
}

/// Logits are the input's two values times a parameter; remembers how it was called.
class Recorder : public Model {
public:
    Recorder()
        : m_weight(addParameter("weight", at::ones({1})))
    {
        m_label = "recorder";
        m_taps = {"logits"};
    }
    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        sizes.push_back(input.size(0));
        trained = trained || pass.training;
        return input.flatten(1) * m_weight;
    }
    std::vector<std::int64_t> sizes;
    bool trained = false;

private:
    at::Tensor& m_weight;
};

struct LogitsOf : testing::Test {
    Samples samples{at::arange(14, at::kFloat).view({7, 2, 1, 1}), at::zeros({7}, at::kLong)};
    Normaliser normaliser{{1, 1}, {2, 2}, at::kCPU};
    Recorder model;
};

TEST_F(LogitsOf, TakesAllSamplesInBatches)
{
    const at::Tensor logits = logitsOf(model, samples, {}, normaliser, 3, at::kCPU);
    EXPECT_EQ(model.sizes, (std::vector<std::int64_t>{3, 3, 1}));
    EXPECT_TRUE(at::allclose(logits, (at::arange(14, at::kFloat).view({7, 2}) - 1) / 2));
    EXPECT_FALSE(model.trained);
}

TEST_F(LogitsOf, TakesTheSamplesThatArePicked)
{
    const at::Tensor logits = logitsOf(model, samples, labelsOf({6, 0, 6}), normaliser, 2, at::kCPU);
    EXPECT_TRUE(at::allclose(logits, rows({{5.5, 6}, {-0.5, 0}, {5.5, 6}})));
    EXPECT_EQ(logitsOf(model, samples, labelsOf({}), normaliser, 2, at::kCPU).sizes(), (at::IntArrayRef{0, 2}));
}

TEST_F(LogitsOf, LeavesNoGradientAndServesAsConstant)
{
    const at::Tensor logits = logitsOf(model, samples, {}, normaliser, 4, at::kCPU);
    EXPECT_FALSE(logits.requires_grad());
    EXPECT_TRUE(model.parameters().at(0).tensor.requires_grad());
    const at::Tensor weight = at::ones({2}).requires_grad_(true);
    (logits * weight).sum().backward();
    EXPECT_TRUE(at::allclose(weight.grad(), logits.sum(0)));
}

TEST_F(LogitsOf, EndsEarlyWhenToldTo)
{
    int asked = 0;
    EXPECT_FALSE(logitsOf(model, samples, {}, normaliser, 2, at::kCPU, [&] { return ++asked < 3; }).defined());
    EXPECT_EQ(model.sizes.size(), 2);
    EXPECT_TRUE(logitsOf(model, samples, {}, normaliser, 2, at::kCPU, [] { return true; }).defined());
}

} // namespace

} // namespace distill::test
