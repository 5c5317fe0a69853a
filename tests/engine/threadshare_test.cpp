// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/threadshare.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

using namespace distill;

TEST(ThreadShare, OneRunGetsAllAndTwoShareEvenly)
{
    EXPECT_EQ(shareThreads(8, {0}), (std::vector{8}));
    EXPECT_EQ(shareThreads(8, {0, 0}), (std::vector{4, 4}));
    EXPECT_EQ(shareThreads(8, {0, 0, 0}), (std::vector{3, 3, 2}));
    EXPECT_EQ(shareThreads(2, {1, 0}), (std::vector{1, 1}));
    EXPECT_EQ(shareThreads(8, {3, 0, 0}), (std::vector{3, 3, 2}));
    EXPECT_EQ(shareThreads(8, {}), (std::vector<int>{}));
}

TEST(ThreadShare, WhatFitsNeverOversubscribesAndAFixedNumberIsKept)
{
    for (int cores = 1; cores <= 6; ++cores) {
        std::vector<int> running;
        for (const int fixed : {0, 2, 0, 1, 0, 3, 0, 0}) {
            if (fixed > cores || !fits(cores, running, fixed)) {
                continue;
            }
            running.push_back(fixed);
            const std::vector<int> shares = shareThreads(cores, running);
            EXPECT_LE(std::accumulate(shares.begin(), shares.end(), 0), cores);
            for (std::size_t i = 0; i < shares.size(); ++i) {
                EXPECT_GE(shares[i], 1);
                EXPECT_TRUE(running[i] == 0 || shares[i] == running[i]);
            }
        }
        EXPECT_FALSE(running.empty());
        EXPECT_FALSE(fits(cores, running, cores));
    }
}
