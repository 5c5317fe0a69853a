// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluation/similarity.h"

#include <cmath>
#include <gmock/gmock.h>

namespace distill::test {

namespace {

at::Tensor random(at::IntArrayRef sizes, std::uint64_t seed)
{
    at::Generator generator = makeGenerator(at::kCPU, seed);
    return at::randn(sizes, generator, at::kDouble);
}

TEST(Cka, ByHand)
{
    // Centred: x = (-1, 0, 1), y = (-1, 1, 0) and 2y: X^T Y = (1, 2), X^T X = 2, Y^T Y = (2, 4; 4, 8).
    const at::Tensor x = at::tensor({4.0, 5.0, 6.0}).view({3, 1});
    const at::Tensor y = at::tensor({0.0, 3.0, 2.0, 7.0, 1.0, 5.0}).view({3, 2});
    EXPECT_NEAR(linearCka(x, y), (1.0 + 4.0) / (2.0 * std::sqrt(4.0 + 16 + 16 + 64)), 1e-12);
}

TEST(Cka, IsTheFormulaOverFeatures)
{
    const at::Tensor x = random({40, 7}, 1), y = at::cat({x.narrow(1, 0, 3), random({40, 2}, 2)}, 1);
    const at::Tensor a = x - x.mean(0, true), b = y - y.mean(0, true);
    const double expected = (a.t().mm(b)).pow(2).sum().item<double>()
        / ((a.t().mm(a)).norm().item<double>() * (b.t().mm(b)).norm().item<double>());
    EXPECT_NEAR(linearCka(x, y), expected, 1e-12);
    EXPECT_NEAR(linearCka(y, x), expected, 1e-12);
    EXPECT_GT(expected, 0.2);
    EXPECT_LT(expected, 0.95);
}

TEST(Cka, OfARotationOrAScaledOrShiftedCopyIsOne)
{
    const at::Tensor x = random({60, 12}, 3);
    const at::Tensor rotation = std::get<0>(at::linalg_qr(random({12, 12}, 4)));
    EXPECT_NEAR(linearCka(x, x.mm(rotation)), 1, 1e-12);
    EXPECT_NEAR(linearCka(x, -3.5 * x), 1, 1e-12);
    EXPECT_NEAR(linearCka(x, x + 100), 1, 1e-9);
    // Another map than a rotation is not the same to it.
    EXPECT_LT(linearCka(x, x.mm(random({12, 12}, 5))), 0.95);
}

TEST(Cka, OfUnrelatedOutputsIsSmall)
{
    EXPECT_LT(linearCka(random({2000, 10}, 1), random({2000, 10}, 2)), 0.02);
}

TEST(Cka, TakesAnyShapeAndFloat32)
{
    const at::Tensor x = random({30, 2, 3, 4}, 1);
    EXPECT_NEAR(linearCka(x, x.flatten(1).to(at::kFloat)), 1, 1e-9);
    // Wider than what is summed at once, and with far more columns than rows.
    const at::Tensor wide = random({8, 5000}, 2);
    EXPECT_NEAR(linearCka(wide, wide.flip({1})), 1, 1e-12);
}

TEST(Cka, OfCornerCases)
{
    EXPECT_TRUE(std::isnan(linearCka(at::ones({5, 3}), random({5, 3}, 1))));
    EXPECT_TRUE(std::isnan(linearCka(at::zeros({0, 3}), at::zeros({0, 2}))));
    EXPECT_THROW(linearCka(random({5, 3}, 1), random({6, 3}, 1)), std::invalid_argument);
}

std::unique_ptr<Model> network(const Json& parameters, const InputShape& shape, std::uint64_t seed)
{
    at::Generator generator = makeGenerator(at::kCPU, seed);
    return makeModel(Selection{parameters.at("kind"), parameters}, shape, 4, generator);
}

const Normaliser plain({0, 0, 0}, {1, 1, 1}, at::kCPU);

TEST(TapSimilarities, OfANetworkWithItselfAreOneOnTheDiagonal)
{
    const InputShape shape{3, 16, 16};
    const auto model = network({{"kind", "resnet"}, {"depth", 8}}, shape, 1);
    const at::Tensor inputs = random({50, 3, 16, 16}, 2).to(at::kFloat);
    const TapSimilarities own = similaritiesOf(*model, *model, inputs, plain, 16, at::kCPU);
    EXPECT_THAT(own.left, testing::Contains("logits"));
    EXPECT_THAT(own.left, testing::Not(testing::Contains(testing::EndsWith(".pre"))));
    ASSERT_EQ(own.cka.size(), own.left.size());
    for (std::size_t i = 0; i < own.left.size(); ++i) {
        EXPECT_NEAR(own.cka[i][i], 1, 1e-9) << own.left[i];
        for (std::size_t j = 0; j < i; ++j) {
            EXPECT_NEAR(own.cka[i][j], own.cka[j][i], 1e-9);
            EXPECT_LT(own.cka[i][j], 1.0);
        }
    }
}

TEST(TapSimilarities, AreThoseOfTheTapsThemselves)
{
    const InputShape shape{3, 8, 8};
    const auto left = network({{"kind", "resnet"}, {"depth", 8}}, shape, 1);
    const auto right = network({{"kind", "mlp"}, {"hidden", {12, 9}}}, shape, 2);
    const at::Tensor inputs = random({30, 3, 8, 8}, 3).to(at::kFloat);
    const TapSimilarities found = similaritiesOf(*left, *right, inputs, plain, 7, at::kCPU);
    const auto outputs = [&](Model& model) {
        const at::NoGradGuard noGradients;
        Taps taps(model.taps());
        Forward pass{.taps = &taps};
        model.logits(inputs, pass);
        return taps;
    };
    const Taps ofLeft = outputs(*left), ofRight = outputs(*right);
    for (std::size_t i = 0; i < found.left.size(); ++i) {
        for (std::size_t j = 0; j < found.right.size(); ++j) {
            EXPECT_NEAR(found.cka[i][j], linearCka(ofLeft.at(found.left[i]), ofRight.at(found.right[j])), 1e-5);
        }
    }
}

TEST(TapSimilarities, EndEarly)
{
    const auto model = network({{"kind", "mlp"}, {"hidden", {4}}}, {3, 8, 8}, 1);
    int asked = 0;
    const TapSimilarities found = similaritiesOf(*model, *model, at::ones({20, 3, 8, 8}), plain, 5, at::kCPU, [&] { return ++asked < 6; });
    EXPECT_TRUE(found.cka.empty());
    EXPECT_EQ(asked, 6);
}

} // namespace

} // namespace distill::test
