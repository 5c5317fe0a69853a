// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluation/evaluation.h"

#include "experiment/error.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace distill::test {

namespace {

at::Tensor biased(const at::Tensor& logits, const std::vector<std::int64_t>& classes, double bias)
{
    const at::Tensor shifted = logits.clone();
    for (const std::int64_t label : classes) {
        shifted.select(1, label).add_(bias);
    }
    return shifted;
}

std::int64_t rightOf(const at::Tensor& logits, const at::Tensor& labels)
{
    return logits.argmax(1).eq(labels).sum().item<std::int64_t>();
}

/// The best count over every interval between the differences of any two logits of a sample, and the size of the
/// smallest bias that reaches it, up to the interval's end.
struct BruteForce {
    std::int64_t right = -1;
    double size = INFINITY;
    bool zeroIsBest = false;

    BruteForce(const at::Tensor& logits, const at::Tensor& labels, const std::vector<std::int64_t>& classes)
    {
        std::vector<double> breaks;
        const at::Tensor exact = logits.to(at::kDouble);
        for (std::int64_t i = 0; i < exact.size(0); ++i) {
            for (std::int64_t a = 0; a < exact.size(1); ++a) {
                for (std::int64_t b = 0; b < exact.size(1); ++b) {
                    breaks.push_back(exact[i][a].item<double>() - exact[i][b].item<double>());
                }
            }
        }
        std::sort(breaks.begin(), breaks.end());
        breaks.erase(std::unique(breaks.begin(), breaks.end()), breaks.end());
        const auto offer = [&](double bias, double nearest) {
            const std::int64_t count = rightOf(biased(exact, classes, bias), labels);
            if (count > right || (count == right && std::abs(nearest) < size)) {
                right = count;
                size = std::abs(nearest);
            }
        };
        offer(0, 0);
        offer(breaks.front() - 1, breaks.front());
        offer(breaks.back() + 1, breaks.back());
        for (std::size_t i = 0; i + 1 < breaks.size(); ++i) {
            const double nearest = std::abs(breaks[i]) < std::abs(breaks[i + 1]) ? breaks[i] : breaks[i + 1];
            offer((breaks[i] + breaks[i + 1]) / 2, nearest);
        }
        zeroIsBest = rightOf(exact, labels) == right;
    }
};

TEST(BestBias, MatchesBruteForce)
{
    std::mt19937_64 random(17);
    for (int round = 0; round < 60; ++round) {
        const std::int64_t count = 1 + static_cast<std::int64_t>(random() % 12), classes = 3;
        at::Tensor logits = at::empty({count, classes});
        at::Tensor labels = at::empty({count}, at::kLong);
        auto values = logits.accessor<float, 2>();
        auto truth = labels.accessor<std::int64_t, 1>();
        std::normal_distribution<float> normal(0, 2);
        for (std::int64_t i = 0; i < count; ++i) {
            truth[i] = static_cast<std::int64_t>(random() % 3);
            for (std::int64_t k = 0; k < classes; ++k) {
                // Every second round in quarters, so that thresholds coincide.
                values[i][k] = round % 2 == 0 ? normal(random) : std::round(normal(random) * 4) / 4;
            }
        }
        const std::vector<std::int64_t> chosen = round % 3 == 0 ? std::vector<std::int64_t>{0}
            : round % 3 == 1                                    ? std::vector<std::int64_t>{2}
                                                                : std::vector<std::int64_t>{0, 2};
        const BruteForce expected(logits, labels, chosen);
        const double bias = bestBias(logits, labels, chosen);
        // In float32, as it will be used. Ties may let a tie point do better than any interval, never worse.
        EXPECT_GE(rightOf(biased(logits, chosen, bias), labels), expected.right) << "round " << round;
        if (rightOf(biased(logits, chosen, bias), labels) == expected.right) {
            EXPECT_LE(std::abs(bias), expected.size + 0.01) << "round " << round;
            EXPECT_GE(std::abs(bias), expected.size) << "round " << round;
            EXPECT_EQ(bias == 0, expected.zeroIsBest) << "round " << round;
        }
    }
}

TEST(BestBias, RaisesAClassThatWasNeverShown)
{
    // Class 1 loses by 3 where it is right, and by 5 or more where it is not.
    const at::Tensor logits = at::tensor({4.F, 1.F, 2.F, -1.F, 6.F, 1.F, -2.F, 3.F}).view({4, 2});
    const at::Tensor labels = at::tensor({1L, 1L, 0L, 1L}, at::kLong);
    const double bias = bestBias(logits, labels, {1});
    EXPECT_GT(bias, 3);
    EXPECT_LT(bias, 3.01);
    EXPECT_EQ(rightOf(biased(logits, {1}, bias), labels), 4);
    // The same from the other side.
    const double other = bestBias(logits, labels, {0});
    EXPECT_NEAR(other, -bias, 1e-12);
}

TEST(BestBias, IsZeroWhereNothingIsWon)
{
    const at::Tensor logits = at::tensor({2.F, 1.F, 0.F, 3.F}).view({2, 2});
    const at::Tensor labels = at::tensor({0L, 1L}, at::kLong);
    EXPECT_EQ(bestBias(logits, labels, {0}), 0);
    EXPECT_EQ(bestBias(logits, labels, {}), 0);
    EXPECT_EQ(bestBias(logits, labels, {0, 1}), 0);
    EXPECT_EQ(bestBias(at::zeros({0, 2}), at::zeros({0}, at::kLong), {0}), 0);
    // A tie at 0 that the order of the classes decides rightly.
    EXPECT_EQ(bestBias(at::zeros({1, 2}), at::zeros({1}, at::kLong), {0}), 0);
    EXPECT_GT(bestBias(at::zeros({1, 2}), at::ones({1}, at::kLong), {1}), 0);
}

TEST(BestBias, UsesATieWhereOnlyATieWins)
{
    // Both thresholds are 1; at 1 itself class 0 wins the first tie and class 1 the second.
    const at::Tensor logits = at::tensor({0.F, 1.F, -9.F, -9.F, 0.F, -1.F}).view({2, 3});
    const at::Tensor labels = at::tensor({0L, 1L}, at::kLong);
    const std::vector<std::int64_t> classes{0, 2};
    EXPECT_EQ(bestBias(logits, labels, classes), 1);
    EXPECT_EQ(rightOf(biased(logits, classes, 1), labels), 2);
}

TEST(BestBias, PassesOverSamplesThatAreNotFinite)
{
    const at::Tensor logits = at::tensor({NAN, 0.F, -INFINITY, 0.F, 2.F, 0.F}).view({3, 2});
    const at::Tensor labels = at::tensor({0L, 0L, 1L}, at::kLong);
    const double bias = bestBias(logits, labels, {1});
    EXPECT_GT(bias, 2);
    EXPECT_LT(bias, 2.01);
}

TEST(BestBias, RefusesAClassThatIsNotThere)
{
    EXPECT_THROW(bestBias(at::zeros({1, 3}), at::zeros({1}, at::kLong), {3}), InputError);
    EXPECT_THROW(bestBias(at::zeros({1, 3}), at::zeros({1}, at::kLong), {-1}), InputError);
}

} // namespace

} // namespace distill::test
