// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/profile.h"

#include <gtest/gtest.h>
#include <thread>

namespace distill::test {

namespace {

double of(const Profile::Seconds& seconds, Phase phase)
{
    return seconds[static_cast<std::size_t>(phase)];
}

} // namespace

TEST(Profile, AddsUpEachPhaseAndHandsOutWhatIsNew)
{
    Profile profile(at::kCPU);
    profile.beginStep(0);
    {
        const Profile::Watch watch(profile, Phase::Teacher);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    {
        const Profile::Watch watch(profile, Phase::Data);
    }
    const Profile::Seconds first = profile.takeWindow();
    EXPECT_GE(of(first, Phase::Teacher), 0.02);
    EXPECT_LT(of(first, Phase::Data), of(first, Phase::Teacher));
    EXPECT_EQ(of(first, Phase::Backward), 0);
    EXPECT_EQ(of(profile.takeWindow(), Phase::Teacher), 0);
    EXPECT_EQ(of(profile.total(), Phase::Teacher), of(first, Phase::Teacher));
}

TEST(Profile, ContinuesFromWhatWasKept)
{
    Profile before(at::kCPU);
    {
        const Profile::Watch watch(before, Phase::Optimiser);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    Profile after(at::kCPU);
    after.restore(before.toJson());
    EXPECT_EQ(after.total(), before.total());
    EXPECT_EQ(of(after.takeWindow(), Phase::Optimiser), 0);
    after.restore(Json()); // of a checkpoint without it
    EXPECT_EQ(of(after.total(), Phase::Optimiser), 0);
}

} // namespace distill::test
