// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluation/corruption.h"

#include "data/batches.h"

#include <gmock/gmock.h>

namespace distill::test {

namespace {

const InputShape imageShape{2, 20, 28};

at::Tensor images(std::int64_t count = 12)
{
    // Smooth pictures with something in every part.
    const at::Tensor rows = at::arange(20).view({1, 1, 20, 1}), columns = at::arange(28).view({1, 1, 1, 28});
    const at::Tensor phase = at::arange(count * 2).view({count, 2, 1, 1});
    return ((rows * 0.3 + columns * 0.2 + phase).sin() * 100 + 128).to(at::kByte);
}

at::Tensor spoilt(const std::string& name, double strength, std::uint64_t seed = 1)
{
    return corrupted(images(), imageShape, name, strength, seed);
}

double distance(const at::Tensor& left, const at::Tensor& right)
{
    return (left - right).abs().mean().item<double>();
}

TEST(Corruption, EachSpoilsMoreTheStrongerItIsAndTheSameEveryTime)
{
    const at::Tensor clean = images().to(at::kFloat) / 255;
    EXPECT_EQ(corruptionsOf(imageShape).size(), 6u);
    for (const Corruption& corruption : corruptionsOf(imageShape)) {
        ASSERT_GE(corruption.strengths.size(), 3u) << corruption.name;
        double before = 0;
        for (const double strength : corruption.strengths) {
            const at::Tensor result = spoilt(corruption.name, strength);
            EXPECT_EQ(result.sizes(), clean.sizes());
            EXPECT_EQ(result.scalar_type(), at::kFloat);
            EXPECT_GE(result.min().item<double>(), 0);
            EXPECT_LE(result.max().item<double>(), 1 + 1e-6);
            EXPECT_GT(distance(result, clean), before) << corruption.name << " " << strength;
            before = distance(result, clean);
            EXPECT_TRUE(at::equal(result, spoilt(corruption.name, strength))) << corruption.name;
        }
    }
}

TEST(Corruption, WhatIsDrawnFollowsFromTheSeed)
{
    for (const char* name : {"noise", "occlusion", "translation"}) {
        EXPECT_FALSE(at::equal(spoilt(name, 0.3, 1), spoilt(name, 0.3, 2))) << name;
    }
    for (const char* name : {"blur", "contrast", "brightness"}) {
        EXPECT_TRUE(at::equal(spoilt(name, 0.4, 1), spoilt(name, 0.4, 2))) << name;
    }
}

TEST(Corruption, NoiseHasItsDeviation)
{
    const at::Tensor grey = at::full({4, 1, 100, 100}, 0.5F);
    const at::Tensor noise = corrupted(grey, {1, 100, 100}, "noise", 0.05, 1) - 0.5;
    EXPECT_NEAR(noise.mean().item<double>(), 0, 0.001);
    EXPECT_NEAR(noise.std().item<double>(), 0.05, 0.001);
    // A stronger noise is the same one, stronger.
    const at::Tensor twice = corrupted(grey, {1, 100, 100}, "noise", 0.1, 1) - 0.5;
    EXPECT_LT((twice - 2 * noise).abs().max().item<double>(), 1e-5);
}

TEST(Corruption, BlurSpreadsAPointByAGaussian)
{
    at::Tensor point = at::zeros({1, 2, 21, 21});
    point[0][0][10][10] = 1;
    const at::Tensor result = corrupted(point, {2, 21, 21}, "blur", 1.5, 1);
    EXPECT_NEAR(result[0][0].sum().item<double>(), 1, 1e-5);
    EXPECT_EQ(result[0][1].abs().sum().item<double>(), 0); // channels do not mix
    const at::Tensor place = at::arange(21) - 10;
    EXPECT_NEAR((result[0][0].sum(0) * place * place).sum().item<double>(), 1.5 * 1.5, 0.1);
    EXPECT_NEAR((result[0][0].sum(1) * place * place).sum().item<double>(), 1.5 * 1.5, 0.1);
    EXPECT_TRUE(at::allclose(result[0][0], result[0][0].t()));
    // A plain image stays plain up to its borders.
    EXPECT_TRUE(at::allclose(corrupted(at::full({1, 1, 9, 9}, 0.3F), {1, 9, 9}, "blur", 2, 1), at::full({1, 1, 9, 9}, 0.3F)));
}

TEST(Corruption, ContrastAndBrightnessByHand)
{
    const at::Tensor image = at::tensor({0.0F, 0.2F, 0.4F, 1.0F}).view({1, 1, 2, 2});
    EXPECT_TRUE(at::allclose(corrupted(image, {1, 2, 2}, "contrast", 0.5, 1), at::tensor({0.2F, 0.3F, 0.4F, 0.7F}).view({1, 1, 2, 2})));
    EXPECT_TRUE(at::allclose(corrupted(image, {1, 2, 2}, "brightness", 0.25, 1), at::tensor({0.25F, 0.45F, 0.65F, 1.0F}).view({1, 1, 2, 2})));
}

TEST(Corruption, OcclusionBlanksASquareOfItsSize)
{
    const at::Tensor white = at::ones({5000, 2, 20, 28});
    const at::Tensor result = corrupted(white, imageShape, "occlusion", 0.25, 3);
    const at::Tensor blank = result.eq(0);
    EXPECT_TRUE(blank.sum({1, 2, 3}).eq(2 * 5 * 7).all().item<bool>()); // a quarter of each side, in both channels
    EXPECT_TRUE(at::equal(blank.select(1, 0), blank.select(1, 1)));
    EXPECT_TRUE(blank.any(0).all().item<bool>()); // every place is hit sooner or later
}

TEST(Corruption, TranslationMovesTheImageInEightDirections)
{
    at::Tensor point = at::zeros({200, 1, 11, 11});
    point.select(2, 5).select(2, 5).fill_(1);
    const at::Tensor result = corrupted(point, {1, 11, 11}, "translation", 0.3, 1);
    EXPECT_TRUE(result.sum({1, 2, 3}).eq(1).all().item<bool>());
    const at::Tensor seen = result.sum(at::IntArrayRef({0, 1}));
    for (std::int64_t row = 0; row < 11; ++row) {
        for (std::int64_t column = 0; column < 11; ++column) {
            const auto isStep = [](std::int64_t place) { return place == 2 || place == 5 || place == 8; };
            const bool expected = isStep(row) && isStep(column) && !(row == 5 && column == 5);
            EXPECT_EQ(seen[row][column].item<double>() > 0, expected) << row << ", " << column;
        }
    }
    // What is moved out is gone.
    at::Tensor corner = at::zeros({100, 1, 10, 10});
    corner.select(2, 0).select(2, 0).fill_(1);
    EXPECT_LT(corrupted(corner, {1, 10, 10}, "translation", 0.2, 1).sum().item<double>(), 60);
}

TEST(Corruption, OfRowsIsNoiseInTheirOwnUnits)
{
    const InputShape shape{2, 1, 1};
    at::Generator generator = makeGenerator(at::kCPU, 1);
    const at::Tensor rows = at::randn({5000, 2, 1, 1}, generator) * at::tensor({1.0F, 50.0F}).view({1, 2, 1, 1}) + 7;
    ASSERT_EQ(corruptionsOf(shape).size(), 1u);
    const at::Tensor noise = corrupted(rows, shape, "noise", 0.2, 1) - rows;
    EXPECT_NEAR(noise.select(1, 0).std().item<double>(), 0.2, 0.01);
    EXPECT_NEAR(noise.select(1, 1).std().item<double>(), 10, 0.5);
    EXPECT_THROW(corrupted(rows, shape, "blur", 1, 1), std::invalid_argument);
    EXPECT_THROW(spoilt("rain", 1), std::invalid_argument);
}

/// Two classes, left half bright or right half bright: right by the sign of the halves' difference.
double accuracyUnder(const std::string& name, double strength)
{
    const std::int64_t count = 2000;
    at::Tensor shown = at::full({count, 1, 6, 6}, 0.45F);
    shown.narrow(0, 0, count / 2).narrow(3, 0, 3).fill_(0.55);
    shown.narrow(0, count / 2, count / 2).narrow(3, 3, 3).fill_(0.55);
    const at::Tensor seen = corrupted(shown, {1, 6, 6}, name, strength, 5);
    const at::Tensor left = seen.narrow(3, 0, 3).sum({1, 2, 3}), right = seen.narrow(3, 3, 3).sum({1, 2, 3});
    const at::Tensor isLeft = left.gt(right);
    return (isLeft.narrow(0, 0, count / 2).sum() + isLeft.narrow(0, count / 2, count / 2).logical_not().sum()).item<double>()
        / static_cast<double>(count);
}

TEST(Corruption, AccuracyFallsWithTheNoise)
{
    double before = 1.0 + 1e-9;
    for (const double strength : {0.01, 0.2, 0.4, 0.8, 1.6}) {
        const double accuracy = accuracyUnder("noise", strength);
        EXPECT_LE(accuracy, before) << strength;
        before = accuracy;
    }
    EXPECT_EQ(accuracyUnder("noise", 0.01), 1);
    EXPECT_LT(before, 0.8);
}

} // namespace

} // namespace distill::test
