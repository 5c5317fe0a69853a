// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <gmock/gmock.h>
#include <numeric>

namespace distill::test {

namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(Answers, TheChoiceIsTheFirstOfTheLargest)
{
    EXPECT_THAT(choicesOf(answersOf({{1, 3, 2}, {5, 5, 1}, {-2, -1, -1}})), ElementsAre(1, 0, 1));
    EXPECT_THAT(choicesOf({}), ElementsAre());
    EXPECT_THAT(choicesOf(answersOf({{-4}, {2}})), ElementsAre(0, 0));
}

TEST(Answers, WhatIsNoNumberCountsAsTheLargest)
{
    const float infinite = std::numeric_limits<float>::infinity();
    EXPECT_THAT(choicesOf(answersOf({{nan, 3, 2}, {1, nan, 9}, {0, nan, nan}, {infinite, nan, 0}, {infinite, 1, infinite}})),
                ElementsAre(0, 1, 1, 1, 0));
}

TEST(Answers, SoftenedByHand)
{
    const std::vector<float> logits = {std::log(6.f), std::log(3.f), 0};
    EXPECT_THAT(softened(logits), ElementsAre(DoubleNear(0.6, 1e-7), DoubleNear(0.3, 1e-7), DoubleNear(0.1, 1e-7)));
    // At temperature 2 the square roots: 4, 2, 1 of 7.
    const std::vector<float> squares = {std::log(16.f), std::log(4.f), 0};
    EXPECT_THAT(softened(squares, 2), ElementsAre(DoubleNear(4. / 7, 1e-7), DoubleNear(2. / 7, 1e-7), DoubleNear(1. / 7, 1e-7)));
    // Far beyond what exp can hold.
    EXPECT_THAT(softened(std::vector<float>{1e30f, 0}), ElementsAre(1, 0));
    for (const double share : softened(std::vector<float>{1, nan, 0})) {
        EXPECT_TRUE(std::isnan(share));
    }
}

TEST(Answers, SoftenedSumsToOneAndKeepsTheChoice)
{
    const Answers answers = randomAnswers(200, 7, 1, 5);
    const Choices choices = choicesOf(answers);
    for (const double temperature : {0.05, 0.5, 1.0, 4.0, 20.0}) {
        for (std::int64_t i = 0; i < answers.samples(); ++i) {
            const std::vector<double> shares = softened(answers.of(i), temperature);
            EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
            EXPECT_EQ(std::max_element(shares.begin(), shares.end()) - shares.begin(), choices[static_cast<std::size_t>(i)]);
        }
    }
}

} // namespace

} // namespace distill::test
