// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/batches.h"

#include <gtest/gtest.h>
#include <set>

namespace distill {

namespace {

TEST(DeriveSeed, KeepsSeedsAndPurposesApart)
{
    std::set<std::uint64_t> seeds;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        for (const char* purpose : {"order", "augmentation", "initialisation", "dropout", ""}) {
            seeds.insert(deriveSeed(seed, purpose));
        }
    }
    EXPECT_EQ(seeds.size(), 5000U);
    // Fixed for ever: a run of yesterday must be repeatable tomorrow. FNV-1a and splitmix64; the value is from an
    // independent program.
    EXPECT_EQ(deriveSeed(1, "order"), 0x8fcdee0eeb74fda3ULL);
}

TEST(MakeGenerator, RepeatsItsSeedAndLeavesTheGlobalOneAlone)
{
    const at::Tensor before = at::globalContext().defaultGenerator(at::kCPU).get_state();
    at::Generator first = makeGenerator(at::kCPU, 7), second = makeGenerator(at::kCPU, 7);
    at::Generator other = makeGenerator(at::kCPU, 8);
    const at::Tensor drawn = at::rand({100}, first);
    EXPECT_TRUE(drawn.equal(at::rand({100}, second)));
    EXPECT_FALSE(drawn.equal(at::rand({100}, other)));
    EXPECT_FALSE(drawn.equal(at::rand({100}, first)));
    EXPECT_TRUE(at::globalContext().defaultGenerator(at::kCPU).get_state().equal(before));
}

} // namespace

} // namespace distill
