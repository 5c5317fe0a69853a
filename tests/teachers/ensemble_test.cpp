// SPDX-License-Identifier: GPL-3.0-or-later
#include "teachers/ensemble.h"

#include <cmath>
#include <gtest/gtest.h>

namespace distill::test {

namespace {

constexpr int samples = 6, classes = 5, networks = 3;

std::vector<at::Tensor> someLogits()
{
    at::Generator generator = makeGenerator(at::kCPU, 7);
    std::vector<at::Tensor> logits;
    for (int i = 0; i < networks; ++i) {
        logits.push_back(at::empty({samples, classes}, at::kDouble).normal_(0, 3, generator));
    }
    return logits;
}

EnsembleSettings settingsOf(const std::string& combine, const std::string& weighting, double temperature = 1)
{
    EnsembleSettings settings{.combine = combine, .temperature = temperature, .weighting = weighting};
    for (const double weight : {1.0, 2.0, 0.5}) {
        settings.members.push_back({weight, {}});
    }
    return settings;
}

double probability(const at::Tensor& logits, int sample, int label, double temperature = 1)
{
    double sum = 0;
    for (int k = 0; k < classes; ++k) {
        sum += std::exp(logits[sample][k].item<double>() / temperature);
    }
    return std::exp(logits[sample][label].item<double>() / temperature) / sum;
}

/// Weights of one sample, by the definition.
std::vector<double> weightsOf(const std::vector<at::Tensor>& logits, const EnsembleSettings& settings, const Batch* batch, int sample)
{
    std::vector<double> weights;
    double sum = 0;
    for (int i = 0; i < networks; ++i) {
        double weight = settings.members[static_cast<std::size_t>(i)].weight;
        if (settings.weighting == "confidence") {
            double largest = 0;
            for (int k = 0; k < classes; ++k) {
                largest = std::max(largest, probability(logits[static_cast<std::size_t>(i)], sample, k));
            }
            weight *= largest;
        } else if (settings.weighting == "loss" && batch) {
            const auto label = batch->labels[sample].item<std::int64_t>();
            if (label >= 0) {
                weight *= probability(logits[static_cast<std::size_t>(i)], sample, static_cast<int>(label));
            }
        }
        weights.push_back(weight);
        sum += weight;
    }
    for (double& weight : weights) {
        weight /= sum;
    }
    return weights;
}

class Combined : public testing::TestWithParam<std::string> {};

TEST_P(Combined, MeansAreThoseOfTheDefinition)
{
    const auto logits = someLogits();
    Batch batch;
    batch.labels = at::tensor({0, 1, -1, 3, 4, 2}, at::kLong);
    for (const std::string combine : {"probabilities", "log_probabilities", "logits"}) {
        for (const double temperature : {1.0, 4.0}) {
            const EnsembleSettings settings = settingsOf(combine, GetParam(), temperature);
            const at::Tensor answer = combined(logits, settings, &batch);
            ASSERT_EQ(answer.sizes(), logits[0].sizes());
            for (int b = 0; b < samples; ++b) {
                const auto weights = weightsOf(logits, settings, &batch, b);
                for (int k = 0; k < classes; ++k) {
                    double mean = 0;
                    for (std::size_t i = 0; i < networks; ++i) {
                        mean += weights[i]
                            * (combine == "probabilities" ? probability(logits[i], b, k, temperature)
                                   : combine == "logits"  ? logits[i][b][k].item<double>()
                                                          : std::log(probability(logits[i], b, k)));
                    }
                    const double found = combine == "probabilities" ? probability(answer, b, k, temperature)
                                                                    : answer[b][k].item<double>();
                    EXPECT_NEAR(found, mean, 1e-12) << combine << " sample " << b << " class " << k;
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Weightings, Combined, testing::Values("fixed", "confidence", "loss"));

TEST(Ensemble, WhereNoLabelMayBeUsedLossWeighsAsFixed)
{
    const auto logits = someLogits();
    EXPECT_TRUE(combined(logits, settingsOf("logits", "loss"), nullptr).equal(combined(logits, settingsOf("logits", "fixed"), nullptr)));
}

TEST(Ensemble, MixedSamplesCountForBothLabelsByTheirShare)
{
    const auto logits = someLogits();
    Batch whole, mixed;
    whole.labels = at::tensor({0, 1, 2, 3, 4, 2}, at::kLong);
    mixed.labels = at::tensor({4, 4, 4, 4, 3, 3}, at::kLong);
    mixed.otherLabels = whole.labels;
    mixed.share = at::zeros({samples}, at::kDouble);
    const EnsembleSettings settings = settingsOf("probabilities", "loss");
    EXPECT_TRUE(at::allclose(combined(logits, settings, &mixed), combined(logits, settings, &whole)));
    mixed.otherLabels = at::full({samples}, -1, at::kLong); // one of two is not known: neither is used
    EXPECT_TRUE(at::allclose(combined(logits, settings, &mixed), combined(logits, settingsOf("probabilities", "fixed"), nullptr)));
}

TEST(Ensemble, EqualMembersAnswerAsOneOfThem)
{
    const at::Tensor logits = someLogits()[0];
    for (const char* combine : {"probabilities", "log_probabilities", "logits"}) {
        const at::Tensor answer = combined({logits, logits, logits}, settingsOf(combine, "confidence", 2), nullptr);
        EXPECT_TRUE(at::allclose(at::softmax(answer, 1), at::softmax(logits, 1), 1e-12, 1e-14)) << combine;
    }
}

TEST(Ensemble, StaysFiniteWhereItCan)
{
    const double infinity = std::numeric_limits<double>::infinity();
    const at::Tensor sure = at::tensor({1e4, 0.0, -1e4}, at::kDouble).view({1, 3});
    const at::Tensor excludes = at::tensor({0.0, -infinity, 0.0}, at::kDouble).view({1, 3});
    EnsembleSettings settings{.members = {{1, {}}, {0, {}}}};
    for (const char* combine : {"probabilities", "log_probabilities", "logits"}) {
        settings.combine = combine;
        const at::Tensor answer = combined({sure, excludes}, settings, nullptr);
        EXPECT_TRUE(at::isfinite(answer).all().item<bool>()) << combine << ": a member of weight 0 counts for nothing";
        EXPECT_EQ(answer.argmax(1).item<int>(), 0);
    }
    settings.members[1].weight = 1;
    settings.combine = "probabilities";
    const at::Tensor answer = at::softmax(combined({sure, excludes}, settings, nullptr), 1);
    EXPECT_NEAR(answer[0][0].item<double>(), 0.75, 1e-12);
    EXPECT_NEAR(answer[0][2].item<double>(), 0.25, 1e-12);
}

} // namespace

} // namespace distill::test
