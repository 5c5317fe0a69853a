// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "training/optimiser.h"

#include <gtest/gtest.h>

namespace distill::test {

namespace {

ScheduleSettings scheduleOf(const std::string& kind, double warmUp = 0)
{
    ScheduleSettings settings;
    settings.kind = kind;
    settings.warmUp = warmUp;
    return settings;
}

TEST(Schedule, ConstantIsOne)
{
    for (const double position : {0.0, 0.3, 1.0}) {
        EXPECT_EQ(scheduleFactor(scheduleOf("constant"), position), 1);
    }
}

TEST(Schedule, LinearEndsAtItsFinalFactor)
{
    ScheduleSettings settings = scheduleOf("linear");
    settings.final = 0.2;
    EXPECT_DOUBLE_EQ(scheduleFactor(settings, 0), 1);
    EXPECT_DOUBLE_EQ(scheduleFactor(settings, 0.25), 0.8);
    EXPECT_DOUBLE_EQ(scheduleFactor(settings, 1), 0.2);
}

TEST(Schedule, CosineIsHalfAWave)
{
    ScheduleSettings settings = scheduleOf("cosine");
    EXPECT_DOUBLE_EQ(scheduleFactor(settings, 0), 1);
    EXPECT_NEAR(scheduleFactor(settings, 1.0 / 3), 0.75, 1e-12);
    EXPECT_NEAR(scheduleFactor(settings, 0.5), 0.5, 1e-12);
    EXPECT_NEAR(scheduleFactor(settings, 1), 0, 1e-12);
    settings.final = 0.1;
    EXPECT_NEAR(scheduleFactor(settings, 0.5), 0.55, 1e-12);
    EXPECT_NEAR(scheduleFactor(settings, 1), 0.1, 1e-12);
}

TEST(Schedule, StepFallsAtEachMilestone)
{
    // Defaults: RepDistiller's 150, 180 and 210 of 240 epochs.
    const ScheduleSettings settings = scheduleOf("step");
    EXPECT_DOUBLE_EQ(scheduleFactor(settings, 149.9 / 240), 1);
    EXPECT_DOUBLE_EQ(scheduleFactor(settings, 150.0 / 240), 0.1);
    EXPECT_NEAR(scheduleFactor(settings, 180.0 / 240), 0.01, 1e-15);
    EXPECT_NEAR(scheduleFactor(settings, 1), 0.001, 1e-15);
}

TEST(Schedule, WarmUpRisesAndStretchesTheRest)
{
    for (const char* kind : {"constant", "linear", "cosine", "step"}) {
        const ScheduleSettings settings = scheduleOf(kind, 0.2);
        EXPECT_EQ(scheduleFactor(settings, 0), 0);
        EXPECT_DOUBLE_EQ(scheduleFactor(settings, 0.05), 0.25);
        EXPECT_NEAR(scheduleFactor(settings, 0.2), 1, 1e-12);
        for (const double position : {0.1, 0.5, 0.625, 0.75, 1.0}) {
            EXPECT_NEAR(scheduleFactor(settings, 0.2 + 0.8 * position), scheduleFactor(scheduleOf(kind), position),
                        1e-9)
                << kind << " at " << position;
        }
    }
    const ScheduleSettings whole = scheduleOf("cosine", 1);
    EXPECT_DOUBLE_EQ(scheduleFactor(whole, 0.5), 0.5);
    EXPECT_DOUBLE_EQ(scheduleFactor(whole, 1), 1);
}

TEST(Schedule, PositionsOutsideTheStageAreItsEnds)
{
    const ScheduleSettings settings = scheduleOf("linear");
    EXPECT_EQ(scheduleFactor(settings, -0.1), 1);
    EXPECT_EQ(scheduleFactor(settings, 1.1), 0);
}

TEST(Schedule, RefusesAnUnknownKind)
{
    EXPECT_THROW(scheduleFactor(scheduleOf("exponential"), 0.5), InputError);
}

} // namespace

} // namespace distill::test
