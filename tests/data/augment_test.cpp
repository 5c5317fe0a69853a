// SPDX-License-Identifier: GPL-3.0-or-later
// Each sample is compared with what a slow reference, written here, makes of it for some draw; then the draws are
// counted.
#include "data/augment.h"
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

Views views(std::int64_t count, std::uint64_t seed, std::int64_t number = 0)
{
    return {seed, at::arange(count, at::kLong), number};
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
    const auto counts = draws(before, augment(before, {.shift = 1}, padding(), views(before.size(0), 1)), 1, false);
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
    const auto counts = draws(before, augment(before, {.shift = 3, .flip = true}, padding(), views(before.size(0), 2)), 3, true);
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
    const auto counts = draws(before, augment(before, {.flip = true}, padding(), views(before.size(0), 3)), 0, true);
    EXPECT_EQ(counts.size(), 2U);
    EXPECT_GT(counts.begin()->second, 240);
    EXPECT_LT(counts.begin()->second, 360);
}

TEST(Augment, CutoutBlanksOneClippedSquareInAllChannels)
{
    for (const std::int64_t side : {1, 2, 3, 8}) {
        const at::Tensor before = pictures(600);
            const at::Tensor after = augment(before, {.cutout = side}, padding(), views(before.size(0), 4));
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
    const at::Tensor after = augment(before, {.noise = 0.3}, padding(), views(before.size(0), 5));
    EXPECT_NEAR(after.mean().item<double>(), 0, 0.01);
    EXPECT_NEAR(after.std().item<double>(), 0.3, 0.01);
    // Samples differ from one another.
    EXPECT_NEAR((after[0] * after[1]).mean().item<double>(), 0, 0.05);
}

/// Everything that one sample draws, at work together.
AugmentationSettings everything()
{
    return {.shift = 2, .flip = true, .cutout = 2, .noise = 0.1};
}

TEST(Augment, AViewOfASampleIsTheSameInAnyBatch)
{
    const at::Tensor before = pictures(50), kept = before.clone();
    const at::Tensor global = at::globalContext().defaultGenerator(at::kCPU).get_state();
    const at::Tensor after = augment(before, everything(), padding(), views(50, 6, 3));
    const at::Tensor chosen = at::tensor({41, 7, 7, 0, 12}, at::kLong);
    EXPECT_TRUE(augment(before.index_select(0, chosen), everything(), padding(), {6, chosen, 3}).equal(after.index_select(0, chosen)));
    EXPECT_FALSE(after.equal(augment(before, everything(), padding(), views(50, 6, 4)))) << "another view";
    EXPECT_FALSE(after.equal(augment(before, everything(), padding(), views(50, 7, 3)))) << "another seed";
    EXPECT_TRUE(before.equal(kept)) << "the inputs are not to be changed";
    EXPECT_TRUE(at::globalContext().defaultGenerator(at::kCPU).get_state().equal(global));
    EXPECT_TRUE(augment(before, {}, padding(), views(50, 6)).equal(before));
}

TEST(Augment, ViewsOfASampleAreIndependent)
{
    // One sample in 400 views, and 400 samples in one: the same shares of each crop.
    const at::Tensor one = pictures(1);
    std::vector<at::Tensor> seen;
    for (std::int64_t view = 0; view < 400; ++view) {
        seen.push_back(augment(one, {.shift = 1}, padding(), {1, at::zeros({1}, at::kLong), view}));
    }
    const auto counts = draws(one.expand({400, -1, -1, -1}), at::cat(seen), 1, false);
    EXPECT_EQ(counts.size(), 9U);
    for (const auto& [draw, count] : counts) {
        EXPECT_NEAR(count, 44, 25) << draw.down << ", " << draw.right;
    }
}

TEST(Augment, TheSettingSaysHowManyViewsThereAre)
{
    EXPECT_EQ(viewOf({}, 7), 0) << "nothing varies";
    EXPECT_EQ(viewOf({.shift = 1}, 7), 7);
    EXPECT_EQ(viewOf({.shift = 1, .views = 3}, 7), 1);
}

at::Tensor shades(std::int64_t count)
{
    return at::linspace(0, 1, count * channels * height * width).view({count, channels, height, width});
}

TEST(RandAugment, WithoutStrengthMovesAndChangesNothing)
{
    const at::Tensor before = shades(200);
    const at::Tensor after = randAugment(before, {.operations = 2, .magnitude = 0}, views(200, 1));
    // Solarize at strength 0 inverts what is fully white, posterize at strength 0 rounds to whole bytes.
    const at::Tensor differs = (after - before).abs().amax({1, 2, 3}) > 1.0 / 255;
    EXPECT_LE(differs.sum().item<std::int64_t>(), 1);
}

TEST(RandAugment, EachOperationIsAsLikely)
{
    // An image of one shade: what moves it darkens the border, what shades it changes all pixels alike.
    constexpr std::int64_t count = 2000;
    const at::Tensor before = at::full({count, 1, 9, 9}, 0.6);
    const at::Tensor after = randAugment(before, {.operations = 1, .magnitude = 15}, views(count, 2));
    const at::Tensor centre = after.select(2, 4).select(2, 4).flatten(), corner = after.amin({1, 2, 3});
    const at::Tensor moved = (centre - 0.6).abs() < 1e-4;
    const auto share = [&](const at::Tensor& which) { return which.to(at::kFloat).mean().item<double>(); };
    // Brightness up and down (0.6 x 1.45, x 0.55), solarize (1 - 0.6) and posterize (153 -> 152); contrast leaves an even
    // image alone.
    EXPECT_NEAR(share((centre - 0.87).abs() < 1e-3), 0.05, 0.02);
    EXPECT_NEAR(share((centre - 0.33).abs() < 1e-3), 0.05, 0.02);
    EXPECT_NEAR(share((centre - 0.4).abs() < 1e-3), 0.1, 0.03);
    EXPECT_NEAR(share((centre - 152.0 / 255).abs() < 1e-3), 0.1, 0.03);
    // Rotation, shear and translation let black in at the border.
    EXPECT_NEAR(share(moved.logical_and(corner < 0.5)), 0.5, 0.05);
    EXPECT_TRUE(after.ge(0).logical_and(after.le(1)).all().item<bool>());
}

TEST(RandAugment, AViewOfASampleIsTheSameInAnyBatch)
{
    const at::Tensor before = shades(40), chosen = at::tensor({31, 5, 5}, at::kLong);
    const RandAugmentSettings settings{.operations = 3, .magnitude = 20};
    const at::Tensor after = randAugment(before, settings, views(40, 3, 2));
    const at::Tensor few = randAugment(before.index_select(0, chosen), settings, {3, chosen, 2});
    EXPECT_LT((few - after.index_select(0, chosen)).abs().max().item<double>(), 1e-6);
}

TEST(Mix, SharesAreOfTheirDistribution)
{
    constexpr std::int64_t count = 4000;
    for (const double alpha : {0.2, 1.0, 3.0}) {
        const Partners partners = drawPartners({.mixup = alpha}, views(count, 1), 77, 8, 8);
        // Beta(a, a): mean 1/2, variance 1 / (4 (2 a + 1)).
        EXPECT_NEAR(partners.share.mean().item<double>(), 0.5, 0.03) << alpha;
        EXPECT_NEAR(partners.share.var().item<double>(), 0.25 / (2 * alpha + 1), 0.01) << alpha;
        EXPECT_EQ(partners.positions.min().item<std::int64_t>(), 0);
        EXPECT_EQ(partners.positions.max().item<std::int64_t>(), 76);
    }
}

TEST(Mix, BlendsByTheShareAndPastesBoxesOfTheirArea)
{
    constexpr std::int64_t count = 600;
    const at::Tensor own = at::ones({count, 2, 6, 7}), other = at::zeros({count, 2, 6, 7});
    const Partners blended = drawPartners({.mixup = 1}, views(count, 2), 50, 6, 7);
    const at::Tensor blend = mix(own, other, blended);
    EXPECT_LT((blend - blended.share.view({-1, 1, 1, 1})).abs().max().item<double>(), 1e-6);

    const Partners pasted = drawPartners({.cutmix = 1}, views(count, 3), 50, 6, 7);
    const at::Tensor paste = mix(own, other, pasted);
    EXPECT_TRUE(paste.eq(0).logical_or(paste.eq(1)).all().item<bool>());
    EXPECT_LT((paste.mean({1, 2, 3}) - pasted.share).abs().max().item<double>(), 1e-6) << "the share is the area left";
    for (std::int64_t i = 0; i < 20; ++i) {
        const at::Tensor rows = paste[i][0].eq(0).any(1), columns = paste[i][0].eq(0).any(0);
        EXPECT_EQ(paste[i][0].eq(0).sum().item<std::int64_t>(), (rows.sum() * columns.sum()).item<std::int64_t>()) << "one box";
    }

    const Partners both = drawPartners({.mixup = 1, .cutmix = 1}, views(count, 4), 50, 6, 7);
    EXPECT_NEAR(both.boxes.select(1, 1).lt(0).to(at::kFloat).mean().item<double>(), 0.5, 0.1);
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
