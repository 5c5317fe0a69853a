// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <cmath>
#include <numbers>

namespace distill::test {

namespace {

constexpr double pi = std::numbers::pi;

class Generated : public testing::TestWithParam<const char*> { };

TEST_P(Generated, IsBalancedReproducibleAndHasATestPartOfItsOwn)
{
    const Selection selection{GetParam(), {{"samples", 301}, {"seed", 5}}};
    const auto dataset = loadDataset(selection, {});
    ASSERT_EQ(dataset->train.inputs.sizes(), (std::vector<std::int64_t>{301, 2, 1, 1}));
    EXPECT_EQ(dataset->train.inputs.scalar_type(), at::kFloat);
    const at::Tensor counts = at::bincount(dataset->train.labels);
    EXPECT_EQ(counts.numel(), static_cast<std::int64_t>(dataset->classes.size()));
    EXPECT_LE((counts.max() - counts.min()).item<std::int64_t>(), 1);
    EXPECT_FALSE(dataset->train.inputs.equal(dataset->test.inputs));
    EXPECT_TRUE(dataset->train.inputs.abs().max().item<float>() < 4);

    const std::string hash = dataset->sha256;
    EXPECT_NE(loadDataset({GetParam(), {{"samples", 301}, {"seed", 6}}}, {})->sha256, hash);
    EXPECT_EQ(dataset->origin.find("/"), std::string::npos);
    EXPECT_NE(dataset->origin.find("seed 5"), std::string::npos);
    expectOutlineFits(selection);
    expectOutlineFits({GetParam(), Json::object()});
    expectError({GetParam(), {{"samples", 1}}}, {"1 samples", "too few"});
}

INSTANTIATE_TEST_SUITE_P(Kinds, Generated, testing::Values("moons", "circles", "spirals", "blobs"));

/// Calls check(x, y, label) for each training sample.
template <class Check> void forEachPoint(const Dataset& dataset, const Check& check)
{
    for (std::int64_t i = 0; i < dataset.train.size(); ++i) {
        check(dataset.train.inputs[i][0].item<double>(), dataset.train.inputs[i][1].item<double>(),
              dataset.train.labels[i].item<std::int64_t>());
    }
}

TEST(Shapes, WithoutNoiseThePointsLieOnTheCurves)
{
    forEachPoint(*loadDataset({"moons", {{"noise", 0}, {"samples", 100}}}, {}), [](double x, double y, auto label) {
        const double dx = label == 0 ? x : x - 1, dy = label == 0 ? y : y - 0.5;
        EXPECT_NEAR(std::hypot(dx, dy), 1, 1e-5);
        EXPECT_GE(label == 0 ? dy : -dy, -1e-6);
    });
    forEachPoint(*loadDataset({"circles", {{"noise", 0}, {"samples", 100}, {"classes", 4}}}, {}),
                 [](double x, double y, auto label) { EXPECT_NEAR(std::hypot(x, y), (label + 1) / 4.0, 1e-5); });
    forEachPoint(*loadDataset({"spirals", {{"noise", 0}, {"samples", 100}, {"arms", 5}, {"turns", 2}}}, {}),
                 [](double x, double y, auto label) {
                     const double radius = std::hypot(x, y);
                     const double turns = std::atan2(y, x) / (2 * pi) - 2 * radius - label / 5.0;
                     EXPECT_NEAR(turns, std::round(turns), 1e-4);
                     EXPECT_LE(radius, 1 + 1e-6);
                 });
    forEachPoint(*loadDataset({"blobs", {{"noise", 0}, {"samples", 100}, {"classes", 3}}}, {}),
                 [](double x, double y, auto label) {
                     EXPECT_NEAR(x, std::cos(2 * pi * label / 3), 1e-5);
                     EXPECT_NEAR(y, std::sin(2 * pi * label / 3), 1e-5);
                 });
}

TEST(Shapes, NoiseHasItsDeviation)
{
    const auto dataset = loadDataset({"blobs", {{"noise", 0.2}, {"samples", 20000}, {"classes", 2}}}, {});
    for (const int label : {0, 1}) {
        const at::Tensor points = dataset->train.inputs.flatten(1).index({dataset->train.labels == label});
        const auto [deviation, mean] = at::std_mean(points, 0);
        EXPECT_NEAR(mean[0].item<double>(), label == 0 ? 1 : -1, 0.01);
        EXPECT_NEAR(mean[1].item<double>(), 0, 0.01);
        EXPECT_NEAR(deviation[0].item<double>(), 0.2, 0.006);
        EXPECT_NEAR(deviation[1].item<double>(), 0.2, 0.006);
    }
}

} // namespace

} // namespace distill::test
