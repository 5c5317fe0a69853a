// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/result.h"

#include <cmath>
#include <gtest/gtest.h>

namespace distill::cli {
namespace {

TEST(Statistics, AreThoseOfASample)
{
    const Json result
        = statisticsOf({{{"a", 1.0}, {"b", 5.0}}, {{"a", 2.0}, {"b", nullptr}}, {{"a", 6.0}, {"b", 1.0}}});
    EXPECT_DOUBLE_EQ(result["mean"]["a"].get<double>(), 3);
    EXPECT_DOUBLE_EQ(result["sd"]["a"].get<double>(), std::sqrt(7.0)); // (4 + 1 + 9) / 2
    EXPECT_TRUE(result["mean"]["b"].is_null());
    EXPECT_TRUE(statisticsOf({nullptr, nullptr})["mean"].is_null());
    EXPECT_TRUE(statisticsOf({{{"a", 1.0}}})["sd"]["a"].is_null());
}

TEST(ExitCode, TellsTheWorst)
{
    using enum RunState;
    EXPECT_EQ(worstOf({Finished, Finished}), Finished);
    EXPECT_EQ(worstOf({Finished, Interrupted, Diverged}), Diverged);
    EXPECT_EQ(worstOf({Interrupted, Finished}), Interrupted);
    EXPECT_EQ(exitCodeOf(Finished), 0);
    EXPECT_EQ(exitCodeOf(Failed), 1);
    EXPECT_EQ(exitCodeOf(Diverged), 1);
    EXPECT_EQ(exitCodeOf(RunState::Stopped), 1);
    EXPECT_EQ(exitCodeOf(RunState::Interrupted), 130);
}

} // namespace
} // namespace distill::cli
