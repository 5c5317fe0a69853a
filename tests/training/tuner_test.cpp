// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/tuner.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <unistd.h>

namespace distill::test {

namespace {

namespace fs = std::filesystem;

class TunerTest : public testing::Test {
protected:
    TunerTest()
    {
        of.model = {"resnet", {{"depth", 8}, {"width_factor", 1}, {"shortcut", "projection"}}};
        of.shape = {1, 12, 12};
        of.classes = 3;
        of.batch = 8;
        of.trains = true;
    }
    ~TunerTest() override { fs::remove(file); }

    TuningCase of;
    ComputeSettings settings;
    const std::string file = (fs::temp_directory_path() / ("tuner_test_" + std::to_string(getpid()) + ".json")).string();
};

} // namespace

TEST_F(TunerTest, WhatIsForcedIsNotTimed)
{
    settings.precision = "bf16";
    settings.layout = "channels_last";
    const auto forced = Tuner(file).choose(of, settings);
    EXPECT_EQ(forced.execution, (Execution{true, true}));
    EXPECT_EQ(forced.sentence, "");
    settings.precision = "fp32";
    settings.layout = "channels_first";
    EXPECT_EQ(Tuner(file).choose(of, settings).execution, (Execution{false, false}));
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(TunerTest, HalfForcedLeavesTheOtherHalfOpen)
{
    settings.precision = "fp32";
    const auto choice = Tuner("").choose(of, settings);
    EXPECT_FALSE(choice.execution.bfloat16);
    EXPECT_THAT(choice.sentence, testing::HasSubstr("resnet8 trains in fp32 channels-"));
    EXPECT_THAT(choice.sentence, testing::Not(testing::HasSubstr("bf16")));
}

TEST_F(TunerTest, TableRowsHaveNoLayout)
{
    of.model = {"mlp", {{"hidden", {8}}, {"activation", "relu"}, {"dropout", 0.0}}};
    of.shape = {5, 1, 1};
    settings.layout = "channels_last";
    EXPECT_FALSE(Tuner("").choose(of, settings).execution.channelsLast);
    settings.layout = "auto";
    EXPECT_FALSE(Tuner("").choose(of, settings).execution.channelsLast);
}

TEST_F(TunerTest, AKeptChoiceStandsAndADamagedFileCountsAsEmpty)
{
    const auto first = Tuner(file).choose(of, settings);
    // What the file says is believed, whatever a new timing would come to.
    std::ifstream in(file);
    Json kept = Json::parse(in);
    ASSERT_EQ(kept.size(), 1U);
    kept.begin().value()["execution"] = first.execution.bfloat16 ? "fp32 channels-first" : "bf16 channels-last";
    std::ofstream(file) << kept.dump();
    EXPECT_NE(Tuner(file).choose(of, settings).execution, first.execution);

    of.trains = false; // another case is another choice
    EXPECT_THAT(Tuner(file).choose(of, settings).sentence, testing::HasSubstr("answers"));
    std::ofstream(file) << "{ half a fi";
    EXPECT_THAT(Tuner(file).choose(of, settings).sentence, testing::HasSubstr("answers"));
    EXPECT_TRUE(Json::parse(std::ifstream(file), nullptr, false).is_object());
}

} // namespace distill::test
