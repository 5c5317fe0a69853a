// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"

#include "connector_references.h"

namespace distill::test {

namespace {

TEST(RandomStream, IsItsDescriptionAndGoesOnFromItsState)
{
    at::Generator generator = generatorOf(3);
    RandomStream stream(generator);
    const at::Tensor state = stream.buffers().at(0).tensor;
    const auto keys = state.clone();
    const auto key = [&](std::int64_t i) { return static_cast<std::uint32_t>(keys[i].item<std::int64_t>()); };
    for (std::uint32_t draw = 0; draw < 3; ++draw) {
        const at::Tensor numbers = stream.draw(1000);
        for (std::uint32_t i = 0; i < 1000; ++i) {
            ASSERT_EQ(numbers[i].item<std::int64_t>(), static_cast<std::int64_t>(streamNumber(key(0), key(1), draw, i)));
        }
    }
    const at::Tensor before = state.clone();
    const at::Tensor once = stream.draw(10);
    state.copy_(before);
    EXPECT_TRUE(stream.draw(10).equal(once));
    EXPECT_EQ(state[2].item<std::int64_t>(), 4);
}

/// Each bit is set half of the time, and draws one after the other do not go together.
TEST(RandomStream, IsUniform)
{
    at::Generator generator = generatorOf(4);
    RandomStream stream(generator);
    const std::int64_t count = 1 << 18;
    const at::Tensor first = stream.draw(count), second = stream.draw(count);
    EXPECT_GE(first.min().item<std::int64_t>(), 0);
    EXPECT_LT(first.max().item<std::int64_t>(), std::int64_t(1) << 32);
    const double deviations = 5 * 0.5 / std::sqrt(static_cast<double>(count));
    for (std::int64_t bit = 0; bit < 32; ++bit) {
        const auto of = [&](const at::Tensor& x) { return at::bitwise_right_shift(x, at::Scalar(bit)).bitwise_and(1).to(at::kDouble); };
        EXPECT_NEAR(of(first).mean().item<double>(), 0.5, deviations) << bit;
        EXPECT_NEAR(of(first).eq(of(second)).to(at::kDouble).mean().item<double>(), 0.5, deviations) << bit;
        EXPECT_NEAR(of(first).slice(0, 1).eq(of(first).slice(0, 0, count - 1)).to(at::kDouble).mean().item<double>(), 0.5, deviations);
    }
    // Chi squared of 256 bins has a mean of 255 and a deviation of 22.6.
    const at::Tensor bins = at::bincount(at::bitwise_right_shift(first, at::Scalar(24)), {}, 256).to(at::kDouble);
    const double expected = static_cast<double>(count) / 256;
    EXPECT_NEAR((bins - expected).square().sum().item<double>() / expected, 255, 5 * 22.6);
}

TEST(BatchNormOfBatch, IsItsFormulaAndServesASingleValue)
{
    BatchNormOfBatch norm(3);
    Forward pass{.training = true};
    for (const NamedTensor& parameter : norm.parameters()) {
        parameter.tensor.set_data(randomTensor({3}, 5 + parameter.name.size()));
    }
    const at::Tensor weight = norm.parameters().at(0).tensor.detach(), bias = norm.parameters().at(1).tensor.detach();
    for (const Shape& shape : {Shape{4, 3, 2, 5}, Shape{1, 3, 1, 1}}) {
        const at::Tensor x = randomTensor(shape, 9);
        EXPECT_LT((norm.forward(x, pass).detach() - normalisedBatch(x, weight, bias)).abs().max().item<double>(), 1e-12);
    }
}

TEST(Connectors, NoPairIsRefused)
{
    for (const std::string kind : {"vid", "fsp", "ab", "ofd", "reviewkd", "hcl", "mgd"}) {
        const std::string error
            = refusal(kind, {{"student_taps", Json::array()}, {"teacher_taps", Json::array()}},
                      {{"student/tap0", randomTensor({2, 3, 4, 4}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
        EXPECT_NE(error.find("at least"), std::string::npos) << kind << ": " << error;
    }
}

} // namespace

} // namespace distill::test
