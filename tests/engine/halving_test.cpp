// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/halving.h"

#include <cmath>
#include <gmock/gmock.h>
#include <numeric>
#include <random>

using namespace distill;
using halving::Decision;
using halving::Reading;
using halving::Standing;

namespace {

constexpr auto Train = Decision::What::Train;
constexpr auto Wait = Decision::What::Wait;
constexpr auto Stop = Decision::What::Stop;

SweepSettings sweepWith(std::vector<double> rungs, double keep)
{
    SweepSettings sweep;
    sweep.kind = "halving";
    sweep.rungs = std::move(rungs);
    sweep.keep = keep;
    return sweep;
}

TEST(Halving, KeepsTheShareRoundedDownAndOneAtLeast)
{
    EXPECT_EQ(halving::kept(24, 1.0 / 3), 8u);
    EXPECT_EQ(halving::kept(27, 1.0 / 3), 9u);
    EXPECT_EQ(halving::kept(8, 1.0 / 3), 2u);
    EXPECT_EQ(halving::kept(2, 1.0 / 3), 1u);
    EXPECT_EQ(halving::kept(1, 0.5), 1u);
    EXPECT_EQ(halving::kept(10, 0.9), 9u);
}

TEST(Halving, CostsWhatItsRungsLeave)
{
    // 24 to a tenth, 8 on to three tenths, 2 to the end.
    EXPECT_NEAR(halving::shareTrained(sweepWith({0.1, 0.3}, 1.0 / 3), 24), (24 * 0.1 + 8 * 0.2 + 2 * 0.7) / 24, 1e-12);
    EXPECT_EQ(halving::shareTrained(SweepSettings{}, 24), 1);
}

TEST(Halving, ReadsTheFirstAccuracyAtOrAfterEachRung)
{
    const auto at = halving::accuraciesAt({0.1, 0.3, 0.9}, {{0.05, 0.2}, {0.1, 0.3}, {0.2, 0.9}, {0.45, 0.5}});
    EXPECT_THAT(at, testing::ElementsAre(std::optional(0.3), std::optional(0.5), std::nullopt));
}

TEST(Halving, WaitsUntilAllHaveReachedTheRungAndThenStopsTheWorst)
{
    const SweepSettings sweep = sweepWith({0.2, 0.5}, 0.5);
    std::vector<Standing> all(4, Standing{{std::nullopt, std::nullopt}});
    all[0].accuracies[0] = 0.4;
    all[2].accuracies[0] = 0.6;
    auto decisions = halving::decide(sweep, all);
    EXPECT_EQ(decisions[0].what, Wait);
    EXPECT_EQ(decisions[1].what, Train);
    EXPECT_EQ(decisions[1].rung, 0u);
    all[1].accuracies[0] = 0.5;
    all[3].accuracies[0] = 0.5; // as good as the second: the earlier one is the better
    decisions = halving::decide(sweep, all);
    EXPECT_EQ(decisions[2].what, Train);
    EXPECT_EQ(decisions[2].rung, 1u);
    EXPECT_EQ(decisions[1].what, Train);
    EXPECT_EQ(decisions[3].what, Stop);
    EXPECT_EQ(decisions[3].rank, 3u);
    EXPECT_EQ(decisions[0].what, Stop);
    EXPECT_EQ(decisions[0].rank, 4u);
    EXPECT_EQ(decisions[0].among, 4u);
    EXPECT_EQ(decisions[0].kept, 2u);
    all[0].gone = all[3].gone = true;
    all[1].accuracies[1] = 0.9;
    EXPECT_EQ(halving::decide(sweep, all)[1].what, Wait);
    all[2].accuracies[1] = 0.8;
    decisions = halving::decide(sweep, all);
    EXPECT_EQ(decisions[1].what, Train);
    EXPECT_EQ(decisions[1].rung, 2u); // to its end
    EXPECT_EQ(decisions[2].what, Stop);
    EXPECT_EQ(decisions[2].rung, 1u);
}

TEST(Halving, ARunThatFailedOrWasStoppedByAPersonTakesNoPlace)
{
    const SweepSettings sweep = sweepWith({0.5}, 0.5);
    std::vector<Standing> all(4, Standing{{std::nullopt}});
    all[0] = {{0.9}, 0, true}; // stopped by a person while it waited
    all[1] = {{std::nullopt}, 0, true}; // failed before
    all[2] = {{0.2}};
    all[3] = {{0.1}};
    const auto decisions = halving::decide(sweep, all);
    EXPECT_EQ(decisions[2].what, Train);
    EXPECT_EQ(decisions[2].rung, 1u);
    EXPECT_EQ(decisions[3].what, Stop);
}

TEST(Halving, WhatHasPassedIsNotCalledBackByALatecomer)
{
    const SweepSettings sweep = sweepWith({0.2}, 0.5);
    std::vector<Standing> all(4, Standing{{std::nullopt}});
    for (std::size_t v = 0; v < 3; ++v) {
        all[v].accuracies[0] = 0.5 - 0.1 * static_cast<double>(v);
    }
    all[0].passed = 1;
    all[1].passed = 1;
    all[2].gone = true;
    all[3] = {{0.9}}; // failed first, resumed, and better than all
    const auto decisions = halving::decide(sweep, all);
    EXPECT_EQ(decisions[0].what, Train);
    EXPECT_EQ(decisions[1].what, Train);
    EXPECT_EQ(decisions[3].what, Train);
    EXPECT_EQ(decisions[3].rung, 1u);
}

TEST(Halving, NotANumberIsTheWorst)
{
    std::vector<Standing> all(2, Standing{{std::nan("")}});
    all[1].accuracies[0] = 0.01;
    const auto decisions = halving::decide(sweepWith({0.2}, 0.5), all);
    EXPECT_EQ(decisions[0].what, Stop);
    EXPECT_EQ(decisions[1].what, Train);
}

/// Runs a whole sweep by the decisions in random order of arrival and holds it against sorting each cohort.
TEST(Halving, EndsWithTheSameRunsAsSortingEachCohortInAnyOrderOfArrival)
{
    std::mt19937 random(7);
    for (int repeat = 0; repeat < 200; ++repeat) {
        const std::size_t count = 2 + random() % 30;
        const SweepSettings sweep = sweepWith({0.1, 0.2, 0.6}, 0.2 + 0.1 * static_cast<double>(random() % 5));
        std::vector<std::vector<double>> accuracies(count, std::vector<double>(3));
        for (auto& each : accuracies) {
            std::generate(each.begin(), each.end(), [&] { return static_cast<double>(random() % 1000) / 1000; });
        }
        std::vector<std::size_t> cohort(count);
        std::iota(cohort.begin(), cohort.end(), 0);
        for (std::size_t rung = 0; rung < 3; ++rung) {
            std::stable_sort(cohort.begin(), cohort.end(),
                             [&](std::size_t a, std::size_t b) { return accuracies[a][rung] > accuracies[b][rung]; });
            cohort.resize(std::max<std::size_t>(1, static_cast<std::size_t>(std::floor(static_cast<double>(cohort.size()) * sweep.keep + 1e-9))));
            std::sort(cohort.begin(), cohort.end());
        }

        std::vector<Standing> all(count, Standing{{std::nullopt, std::nullopt, std::nullopt}});
        std::vector<std::size_t> trained(count, 0); // rungs
        for (int step = 0; step < 10000; ++step) {
            const auto decisions = halving::decide(sweep, all);
            std::vector<std::size_t> can;
            for (std::size_t v = 0; v < count; ++v) {
                if (decisions[v].what == Stop) {
                    all[v].gone = true;
                } else if (decisions[v].what == Train && decisions[v].rung < 3 && !all[v].accuracies[decisions[v].rung]) {
                    can.push_back(v);
                }
            }
            if (can.empty()) {
                break;
            }
            const std::size_t v = can[random() % can.size()];
            const std::size_t rung = decisions[v].rung;
            all[v].accuracies[rung] = accuracies[v][rung];
            all[v].passed = rung; // beyond those before
        }
        std::vector<std::size_t> left;
        const auto decisions = halving::decide(sweep, all);
        for (std::size_t v = 0; v < count; ++v) {
            if (!all[v].gone && decisions[v].what == Train && decisions[v].rung == 3) {
                left.push_back(v);
            }
        }
        EXPECT_EQ(left, cohort) << repeat;
    }
}

TEST(MedianRule, HoldsTheBestAgainstTheMedianOfRunningMeans)
{
    const MedianSettings settings{.after = 0.2, .among = 3};
    // Means up to a share of 0.5: 0.3, 0.5, 0.7; their median is 0.5. What comes later is not looked at.
    const std::vector<std::vector<Reading>> others = {{{0.25, 0.2}, {0.5, 0.4}, {1, 0.9}}, {{0.5, 0.5}, {1, 0.9}}, {{0.5, 0.7}}};
    EXPECT_TRUE(isHopeless(settings, {{0.25, 0.3}, {0.5, 0.49}}, others));
    EXPECT_FALSE(isHopeless(settings, {{0.25, 0.3}, {0.5, 0.51}}, others));
    EXPECT_FALSE(isHopeless(settings, {{0.25, 0.52}, {0.5, 0.1}}, others)); // its best counts
    EXPECT_FALSE(isHopeless(settings, {{0.5, 0.5}}, others));               // strictly below
    EXPECT_FALSE(isHopeless({.after = 0.6, .among = 3}, {{0.5, 0.1}}, others));
    EXPECT_FALSE(isHopeless({.after = 0.2, .among = 4}, {{0.5, 0.1}}, others));
    EXPECT_FALSE(isHopeless(settings, {{0.6, 0.1}}, others)); // only two came so far
    EXPECT_FALSE(isHopeless(settings, {}, others));
    // Of an even number the mean of the two in the middle.
    EXPECT_TRUE(isHopeless({.after = 0, .among = 2}, {{0.5, 0.59}}, {{{0.5, 0.4}}, {{0.5, 0.8}}}));
    EXPECT_FALSE(isHopeless({.after = 0, .among = 2}, {{0.5, 0.61}}, {{{0.5, 0.4}}, {{0.5, 0.8}}}));
}

} // namespace
