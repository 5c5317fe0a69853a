// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/layers.h"

#include "models/support.h"

#include <cmath>

namespace distill::test {

namespace {

/// The sum that defines a convolution, in double, loop by loop.
at::Tensor convolved(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                     const Convolution& shape)
{
    const at::Tensor x = input.to(at::kDouble), w = weight.detach().to(at::kDouble);
    const std::int64_t height = (x.size(2) + 2 * shape.padding - shape.kernel) / shape.stride + 1;
    const std::int64_t width = (x.size(3) + 2 * shape.padding - shape.kernel) / shape.stride + 1;
    at::Tensor y = at::zeros({x.size(0), shape.out, height, width}, at::kDouble);
    const auto in = x.accessor<double, 4>(), kernel = w.accessor<double, 4>();
    auto out = y.accessor<double, 4>();
    const std::int64_t groupIn = shape.in / shape.groups, groupOut = shape.out / shape.groups;
    for (std::int64_t n = 0; n < y.size(0); ++n) {
        for (std::int64_t o = 0; o < shape.out; ++o) {
            for (std::int64_t i = 0; i < height; ++i) {
                for (std::int64_t j = 0; j < width; ++j) {
                    double sum = bias.defined() ? bias[o].item<double>() : 0;
                    for (std::int64_t c = 0; c < groupIn; ++c) {
                        for (std::int64_t ki = 0; ki < shape.kernel; ++ki) {
                            for (std::int64_t kj = 0; kj < shape.kernel; ++kj) {
                                const std::int64_t row = i * shape.stride + ki - shape.padding;
                                const std::int64_t column = j * shape.stride + kj - shape.padding;
                                if (row >= 0 && row < x.size(2) && column >= 0 && column < x.size(3)) {
                                    sum += kernel[o][c][ki][kj] * in[n][o / groupOut * groupIn + c][row][column];
                                }
                            }
                        }
                    }
                    out[n][o][i][j] = sum;
                }
            }
        }
    }
    return y;
}

} // namespace

TEST(Layers, ConvolutionIsTheSumThatDefinesIt)
{
    const Convolution shapes[] = {{.in = 4, .out = 6, .stride = 2, .bias = true},
                                  {.in = 4, .out = 8, .kernel = 1, .padding = 0, .groups = 2},
                                  {.in = 6, .out = 6, .groups = 6, .bias = true}};
    for (const Convolution& shape : shapes) {
        at::Generator generator = generatorOf(3);
        Conv2d layer(shape, generator);
        const at::Tensor input = normal({2, shape.in, 7, 6}, 4);
        std::int64_t cost = 0;
        Forward pass;
        pass.multiplyAdds = &cost;
        const at::Tensor output = layer.forward(input, pass);
        const auto state = stateOf(layer);
        const at::Tensor bias = shape.bias ? state.at("bias") : at::Tensor();
        EXPECT_EQ(state.count("bias"), shape.bias ? 1u : 0u);
        EXPECT_LT(distance(output, convolved(input, state.at("weight"), bias, shape)), 1e-5);
        EXPECT_EQ(cost, output.numel() * shape.in / shape.groups * shape.kernel * shape.kernel);
    }
}

TEST(Layers, LinearIsTheMatrixProductPlusBias)
{
    at::Generator generator = generatorOf(5);
    Linear layer(7, 3, generator);
    const at::Tensor input = normal({4, 7}, 6);
    std::int64_t cost = 0;
    Forward pass;
    pass.multiplyAdds = &cost;
    const auto state = stateOf(layer);
    const at::Tensor expected
        = at::matmul(input.to(at::kDouble), state.at("weight").to(at::kDouble).t()) + state.at("bias").to(at::kDouble);
    EXPECT_LT(distance(layer.forward(input, pass), expected), 1e-6);
    EXPECT_EQ(cost, 4 * 7 * 3);
}

TEST(Layers, BatchNormFollowsItsFormulaInBothModes)
{
    for (const bool isImage : {true, false}) {
        BatchNorm layer(3);
        {
            const c10::NoGradGuard noGradients;
            for (const NamedTensor& parameter : layer.parameters()) {
                parameter.tensor.copy_(normal({3}, 7 + parameter.name.size()));
            }
        }
        const at::Tensor input = 2 * (isImage ? normal({5, 3, 4, 6}, 9) : normal({40, 3}, 9)) + 1.5;
        const auto columns = [&](const at::Tensor& t) { return t.detach().to(at::kDouble).transpose(0, 1).flatten(1); };
        const auto affine = [&](const at::Tensor& mean, const at::Tensor& variance) {
            const auto state = stateOf(layer);
            const at::Tensor scaled = (columns(input) - mean.unsqueeze(1)) / (variance.unsqueeze(1) + 1e-5).sqrt();
            return scaled * state.at("weight").to(at::kDouble).unsqueeze(1)
                + state.at("bias").to(at::kDouble).unsqueeze(1);
        };
        Forward training;
        training.training = true;
        const at::Tensor mean = columns(input).mean(1);
        const at::Tensor squares = (columns(input) - mean.unsqueeze(1)).pow(2).sum(1);
        const double count = static_cast<double>(input.numel()) / 3;
        EXPECT_LT(distance(columns(layer.forward(input, training)), affine(mean, squares / count)), 1e-5);
        // Running statistics start at 0 and 1 and move by a tenth; the variance that moves them is the unbiased one.
        const auto state = stateOf(layer);
        EXPECT_LT(distance(state.at("running_mean"), 0.1 * mean), 1e-6);
        EXPECT_LT(distance(state.at("running_var"), 0.9 + 0.1 * squares / (count - 1)), 1e-6);

        Forward evaluation;
        const at::Tensor before = state.at("running_mean").clone();
        const at::Tensor expected
            = affine(state.at("running_mean").to(at::kDouble), state.at("running_var").to(at::kDouble));
        EXPECT_LT(distance(columns(layer.forward(input, evaluation)), expected), 1e-5);
        EXPECT_EQ(distance(stateOf(layer).at("running_mean"), before), 0);
    }
}

TEST(Layers, BatchNormRefusesToTrainOnASingleValue)
{
    BatchNorm layer(3);
    Forward pass;
    pass.training = true;
    inputErrorOf([&] { layer.forward(normal({1, 3, 1, 1}, 1), pass); });
    EXPECT_TRUE(stateOf(layer).at("running_var").isfinite().all().item<bool>());
    pass.training = false;
    EXPECT_NO_THROW(layer.forward(normal({1, 3, 1, 1}, 1), pass));
}

TEST(Layers, DropoutBlanksItsShareAndScalesTheRest)
{
    Dropout layer(0.3);
    const at::Tensor input = at::full({200, 500}, 2.0).requires_grad_();
    at::Generator generator = generatorOf(11), same = generatorOf(11);
    Forward pass;
    pass.training = true;
    pass.dropout = &generator;
    const at::Tensor output = layer.forward(input, pass);
    const at::Tensor kept = output != 0;
    // 1e5 draws: the standard deviation of the share is 0.0015.
    EXPECT_NEAR(kept.to(at::kDouble).mean().item<double>(), 0.7, 0.0075);
    EXPECT_NEAR(output.max().item<double>(), 2 / 0.7, 1e-5);
    output.sum().backward();
    EXPECT_LT(distance(input.grad(), kept.to(at::kDouble) / 0.7), 1e-6);

    pass.dropout = &same;
    EXPECT_TRUE(layer.forward(input, pass).equal(output)) << "the mask is not the generator's";
    EXPECT_FALSE(layer.forward(input, pass).equal(output)) << "the mask never changes";
    pass.training = false;
    EXPECT_TRUE(layer.forward(input, pass).equal(input));
}

TEST(Layers, FirstWeightsHaveTheSpreadTheirPapersAskFor)
{
    at::Generator generator = generatorOf(13);
    const Convolution shape{.in = 32, .out = 64, .groups = 2, .bias = true};
    Conv2d uniform(shape, generator), he(shape, generator, FirstWeights::He);
    Linear layer(400, 300, generator), zeroBias(400, 300, generator, FirstWeights::UniformZeroBias),
        small(400, 300, generator, FirstWeights::Small);
    const auto spread = [](const at::Tensor& t) { return t.std().item<double>(); };
    const auto largest = [](const at::Tensor& t) { return t.abs().max().item<double>(); };

    const double bound = 1 / std::sqrt(16 * 9.0); // fan-in: 32 / 2 channels of 3 x 3
    for (const char* name : {"weight", "bias"}) {
        EXPECT_LE(largest(stateOf(uniform).at(name)), bound);
        EXPECT_GT(largest(stateOf(uniform).at(name)), 0.9 * bound);
    }
    EXPECT_NEAR(spread(stateOf(uniform).at("weight")), bound / std::sqrt(3), 0.03 * bound);
    EXPECT_NEAR(spread(stateOf(he).at("weight")) / std::sqrt(2 / (64 * 9.0)), 1, 0.03);
    EXPECT_GT(largest(stateOf(he).at("weight")), 3 * std::sqrt(2 / (64 * 9.0))) << "normal, not uniform";
    EXPECT_EQ(largest(stateOf(he).at("bias")), 0);

    EXPECT_NEAR(spread(stateOf(layer).at("weight")), 0.05 / std::sqrt(3), 0.001);
    EXPECT_GT(largest(stateOf(layer).at("bias")), 0.045);
    EXPECT_NEAR(spread(stateOf(zeroBias).at("weight")), 0.05 / std::sqrt(3), 0.001);
    EXPECT_EQ(largest(stateOf(zeroBias).at("bias")), 0);
    EXPECT_NEAR(spread(stateOf(small).at("weight")), 0.01, 0.0002);
    EXPECT_EQ(largest(stateOf(small).at("bias")), 0);
}

TEST(Layers, ChannelShuffleTransposesTheGroupsInEitherMemoryFormat)
{
    const at::Tensor input = normal({2, 12, 3, 5}, 17);
    for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
        const at::Tensor output = channelShuffle(input.contiguous(format), 3);
        for (std::int64_t group = 0; group < 3; ++group) {
            for (std::int64_t i = 0; i < 4; ++i) {
                EXPECT_TRUE(output.select(1, i * 3 + group).equal(input.select(1, group * 4 + i)));
            }
        }
        EXPECT_TRUE(output.is_contiguous(format));
    }
    EXPECT_TRUE(channelShuffle(input, 1).equal(input));
}

TEST(Layers, GlobalAveragePoolIsTheMeanOfEachChannel)
{
    const at::Tensor input = normal({2, 3, 4, 5}, 19);
    EXPECT_LT(distance(globalAveragePool(input), input.to(at::kDouble).flatten(2).sum(2) / 20), 1e-6);
}

} // namespace distill::test
