// SPDX-License-Identifier: GPL-3.0-or-later
// Each sample is compared with what a slow reference, written here, makes of it for some draw; then the draws are
// counted.
#include "data/batches.h"

#include <gtest/gtest.h>

namespace distill {

namespace {

constexpr std::int64_t height = 5, width = 6, channels = 2;

/// No two pixels of a sample are equal, so that a shift is recognised.
at::Tensor pictures(std::int64_t count)
{
    return at::arange(count * channels * height * width, at::kFloat).view({count, channels, height, width}) + 1;
}

constexpr float paddingValues[] = {-1, -2};

at::Tensor padding()
{
    return at::tensor({paddingValues[0], paddingValues[1]}).view({1, channels, 1, 1});
}

/// One sample shifted by (down, right) over a border of padding, its columns mirrored afterwards.
at::Tensor reference(const at::Tensor& sample, std::int64_t down, std::int64_t right, bool mirrored)
{
    at::Tensor result = at::empty_like(sample);
    const auto source = sample.accessor<float, 3>();
    auto target = result.accessor<float, 3>();
    for (std::int64_t c = 0; c < channels; ++c) {
        for (std::int64_t y = 0; y < height; ++y) {
            for (std::int64_t x = 0; x < width; ++x) {
                const std::int64_t fromY = y + down, fromX = (mirrored ? width - 1 - x : x) + right;
                const bool outside = fromY < 0 || fromY >= height || fromX < 0 || fromX >= width;
                target[c][y][x] = outside ? paddingValues[c] : source[c][fromY][fromX];
            }
        }
    }
    return result;
}

struct Draw {
    std::int64_t down, right;
    bool mirrored;
    auto operator<=>(const Draw&) const = default;
};

/// How often each draw explains a sample; fails where none does.
std::map<Draw, int> draws(const at::Tensor& before, const at::Tensor& after, std::int64_t shift, bool flip)
{
    std::map<Draw, int> counts;
    for (std::int64_t i = 0; i < before.size(0); ++i) {
        bool found = false;
        for (std::int64_t down = -shift; down <= shift; ++down) {
            for (std::int64_t right = -shift; right <= shift; ++right) {
                for (int mirrored = 0; mirrored <= (flip ? 1 : 0); ++mirrored) {
                    if (!found && after[i].equal(reference(before[i], down, right, mirrored == 1))) {
                        found = true;
                        ++counts[{down, right, mirrored == 1}];
                    }
                }
            }
        }
        EXPECT_TRUE(found) << "no draw explains sample " << i;
    }
    return counts;
}

TEST(Augment, CropsOfThePaddedImageAllEquallyLikely)
{
    const at::Tensor before = pictures(900);
    at::Generator generator = makeGenerator(at::kCPU, 1);
    const auto counts = draws(before, augment(before, {.shift = 1}, padding(), generator), 1, false);
    EXPECT_EQ(counts.size(), 9U);
    for (const auto& [draw, count] : counts) {
        // 100 expected, standard deviation 9.4.
        EXPECT_GT(count, 50) << draw.down << ", " << draw.right;
        EXPECT_LT(count, 150) << draw.down << ", " << draw.right;
    }
}

TEST(Augment, WideCropsAndFlipsTogether)
{
    const at::Tensor before = pictures(600);
    at::Generator generator = makeGenerator(at::kCPU, 2);
    const auto counts = draws(before, augment(before, {.shift = 3, .flip = true}, padding(), generator), 3, true);
    EXPECT_EQ(counts.size(), 98U);
    int mirrored = 0;
    for (const auto& [draw, count] : counts) {
        mirrored += draw.mirrored ? count : 0;
    }
    EXPECT_GT(mirrored, 240);
    EXPECT_LT(mirrored, 360);
}

TEST(Augment, FlipsHalf)
{
    const at::Tensor before = pictures(600);
    at::Generator generator = makeGenerator(at::kCPU, 3);
    const auto counts = draws(before, augment(before, {.flip = true}, padding(), generator), 0, true);
    EXPECT_EQ(counts.size(), 2U);
    EXPECT_GT(counts.begin()->second, 240);
    EXPECT_LT(counts.begin()->second, 360);
}

TEST(Augment, CutoutBlanksOneClippedSquareInAllChannels)
{
    for (const std::int64_t side : {1, 2, 3, 8}) {
        const at::Tensor before = pictures(600);
        at::Generator generator = makeGenerator(at::kCPU, 4);
        const at::Tensor after = augment(before, {.cutout = side}, padding(), generator);
        std::map<std::pair<std::int64_t, std::int64_t>, int> counts;
        for (std::int64_t i = 0; i < before.size(0); ++i) {
            bool found = false;
            for (std::int64_t y = 0; y < height && !found; ++y) {
                for (std::int64_t x = 0; x < width && !found; ++x) {
                    at::Tensor expected = before[i].clone();
                    expected.slice(1, std::max<std::int64_t>(y - side / 2, 0), std::min(y - side / 2 + side, height))
                        .slice(2, std::max<std::int64_t>(x - side / 2, 0), std::min(x - side / 2 + side, width))
                        .zero_();
                    if (after[i].equal(expected)) {
                        found = true;
                        ++counts[{y, x}];
                    }
                }
            }
            EXPECT_TRUE(found) << "side " << side << ", sample " << i;
        }
        if (side <= 3) {
            EXPECT_EQ(counts.size(), static_cast<std::size_t>(height * width)) << side;
        }
    }
}

TEST(Augment, NoiseHasItsDeviation)
{
    const at::Tensor before = at::zeros({500, channels, height, width});
    at::Generator generator = makeGenerator(at::kCPU, 5);
    const at::Tensor after = augment(before, {.noise = 0.3}, padding(), generator);
    EXPECT_NEAR(after.mean().item<double>(), 0, 0.01);
    EXPECT_NEAR(after.std().item<double>(), 0.3, 0.01);
    // Samples differ from one another.
    EXPECT_NEAR((after[0] * after[1]).mean().item<double>(), 0, 0.05);
}

TEST(Augment, DependsOnItsGeneratorAlone)
{
    const AugmentationSettings all{.shift = 2, .flip = true, .cutout = 2, .noise = 0.1};
    const at::Tensor before = pictures(50), kept = before.clone();
    const at::Tensor global = at::globalContext().defaultGenerator(at::kCPU).get_state();
    at::Generator first = makeGenerator(at::kCPU, 6), second = makeGenerator(at::kCPU, 6);
    const at::Tensor after = augment(before, all, padding(), first);
    EXPECT_TRUE(after.equal(augment(before, all, padding(), second)));
    EXPECT_FALSE(after.equal(augment(before, all, padding(), first)));
    EXPECT_TRUE(before.equal(kept)) << "the inputs are not to be changed";
    EXPECT_TRUE(at::globalContext().defaultGenerator(at::kCPU).get_state().equal(global));
    EXPECT_TRUE(augment(before, {}, padding(), first).equal(before));
}

TEST(Normaliser, ScalesAndShiftsEachChannel)
{
    const Normaliser normaliser({0.5, 0.25}, {0.25, 0.5}, at::kCPU);
    const at::Tensor bytes = at::tensor({0, 255, 51, 255, 0, 102}, at::kByte).view({1, 2, 1, 3});
    const at::Tensor expected = at::tensor({-2.0, 2.0, -1.2, 1.5, -0.5, 0.3}).view({1, 2, 1, 3}).to(at::kFloat);
    EXPECT_EQ(normaliser(bytes).scalar_type(), at::kFloat);
    EXPECT_LT((normaliser(bytes) - expected).abs().max().item<float>(), 1e-6);
    const at::Tensor numbers = bytes.to(at::kFloat) / 255, kept = numbers.clone();
    EXPECT_LT((normaliser(numbers) - expected).abs().max().item<float>(), 1e-6);
    EXPECT_TRUE(numbers.equal(kept)) << "the inputs are not to be changed";
}

} // namespace

} // namespace distill
