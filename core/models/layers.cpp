// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/layers.h"

#include "experiment/error.h"
#include "models/product.h"

#include <ATen/core/grad_mode.h>
#include <cmath>

namespace distill {

namespace {

at::Tensor firstWeight(at::IntArrayRef sizes, FirstWeights first, at::Generator& generator)
{
    at::Tensor weight = at::empty(sizes);
    const auto area = static_cast<double>(weight.numel() / (sizes[0] * sizes[1]));
    switch (first) {
    case FirstWeights::Uniform:
    case FirstWeights::UniformZeroBias: {
        const double bound = 1 / std::sqrt(static_cast<double>(sizes[1]) * area);
        return weight.uniform_(-bound, bound, generator);
    }
    case FirstWeights::He:
        return weight.normal_(0, std::sqrt(2 / (area * static_cast<double>(sizes[0]))), generator);
    case FirstWeights::Small:
        return weight.normal_(0, 0.01, generator);
    }
    throw std::logic_error("unknown initialisation");
}

at::Tensor firstBias(const at::Tensor& weight, FirstWeights first, at::Generator& generator)
{
    if (first != FirstWeights::Uniform) {
        return at::zeros({weight.size(0)});
    }
    const double bound = 1 / std::sqrt(static_cast<double>(weight.numel() / weight.size(0)));
    return at::empty({weight.size(0)}).uniform_(-bound, bound, generator);
}

void countMultiplyAdds(const Forward& pass, const at::Tensor& output, const at::Tensor& weight)
{
    if (pass.multiplyAdds) {
        *pass.multiplyAdds += output.numel() * (weight.numel() / weight.size(0));
    }
}

} // namespace

Linear::Linear(std::int64_t in, std::int64_t out, at::Generator& generator, FirstWeights first)
    : m_weight(addParameter("weight", firstWeight({out, in}, first, generator)))
    , m_bias(addParameter("bias", firstBias(m_weight, first, generator)))
{
}

at::Tensor Linear::forward(const at::Tensor& input, Forward& pass)
{
    at::Tensor output = m_frozen ? affineByRows(input, m_weight, m_bias) : affine(input, m_weight, m_bias);
    countMultiplyAdds(pass, output, m_weight);
    return output;
}

void Linear::freeze(const Execution& execution)
{
    Module::freeze(execution);
    m_frozen = true;
}

Conv2d::Conv2d(const Convolution& shape, at::Generator& generator, FirstWeights first)
    : m_shape(shape)
    , m_weight(addParameter(
          "weight", firstWeight({shape.out, shape.in / shape.groups, shape.kernel, shape.kernel}, first, generator)))
    , m_bias(shape.bias ? &addParameter("bias", firstBias(m_weight, first, generator)) : nullptr)
{
}

at::Tensor Conv2d::forward(const at::Tensor& input, Forward& pass)
{
    return forward(input, m_weight, m_bias ? *m_bias : at::Tensor(), pass);
}

at::Tensor Conv2d::forward(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, const Forward& pass) const
{
    at::Tensor output = at::conv2d(input, weight, bias, m_shape.stride, m_shape.padding, 1, m_shape.groups);
    countMultiplyAdds(pass, output, weight);
    return output;
}

BatchNorm::BatchNorm(std::int64_t channels, double momentum, double epsilon)
    : m_weight(addParameter("weight", at::ones({channels})))
    , m_bias(addParameter("bias", at::zeros({channels})))
    , m_mean(addBuffer("running_mean", at::zeros({channels})))
    , m_variance(addBuffer("running_var", at::ones({channels})))
    , m_momentum(momentum)
    , m_epsilon(epsilon)
{
}

at::Tensor BatchNorm::forward(const at::Tensor& input, Forward& pass)
{
    return forward(input, pass, {});
}

at::Tensor BatchNorm::forward(const at::Tensor& input, Forward& pass, const After& after)
{
    // The unbiased variance of a single value is 0/0 and would spoil the running variance for good.
    if (pass.training && input.numel() == input.size(1)) {
        throw InputError("Batch normalisation needs more than one value a channel while training, "
                         "so a batch of one is too small here: use a larger batch or larger images.");
    }
    return batchNorm(input, {m_weight, m_bias, m_mean, m_variance, m_momentum, m_epsilon}, pass.training, after);
}

std::pair<at::Tensor, at::Tensor> BatchNorm::line() const
{
    const at::Tensor scale = m_weight / (m_variance + m_epsilon).sqrt();
    return {scale, m_bias - m_mean * scale};
}

Dropout::Dropout(double probability)
    : m_probability(probability)
{
}

at::Tensor Dropout::forward(const at::Tensor& input, Forward& pass)
{
    if (!pass.training || m_probability == 0) {
        return input;
    }
    if (!pass.dropout) {
        throw std::logic_error("a network with dropout trains without a generator for it");
    }
    const double kept = 1 - m_probability;
    // Not in place: the layer before may need its output for its own gradient.
    return input * at::empty_like(input).bernoulli_(kept, *pass.dropout).div_(kept);
}

ConvBatchNorm::ConvBatchNorm(const std::string& convolutionName, const std::string& normName, const Convolution& shape,
                             at::Generator& generator, FirstWeights first)
    : m_convolution(addChild(convolutionName, std::make_unique<Conv2d>(shape, generator, first)))
    , m_norm(addChild(normName, std::make_unique<BatchNorm>(shape.out)))
{
}

at::Tensor ConvBatchNorm::forward(const at::Tensor& input, Forward& pass)
{
    return forward(input, pass, {});
}

at::Tensor ConvBatchNorm::forward(const at::Tensor& input, Forward& pass, const After& after)
{
    if (m_foldedWeight.defined()) {
        at::Tensor output = m_convolution.forward(input, m_foldedWeight, m_foldedBias, pass);
        if (after.add.defined()) {
            output.add_(after.add);
        }
        return after.relu ? output.relu_() : output;
    }
    return m_norm.forward(m_convolution.forward(input, pass), pass, after);
}

void ConvBatchNorm::freeze(const Execution& execution)
{
    const at::NoGradGuard noGradients;
    const auto [scale, offset] = m_norm.line();
    const at::Tensor weight = m_convolution.weight() * scale.view({-1, 1, 1, 1});
    const at::Tensor bias = m_convolution.bias() ? *m_convolution.bias() * scale + offset : offset;
    const at::ScalarType type = execution.bfloat16 ? at::kBFloat16 : at::kFloat;
    m_foldedWeight = weight.to(type);
    m_foldedBias = bias.to(type);
}

at::Tensor globalAveragePool(const at::Tensor& input)
{
    return input.mean({2, 3});
}

at::Tensor channelShuffle(const at::Tensor& input, std::int64_t groups)
{
    if (groups == 1) {
        return input;
    }
    const std::int64_t batch = input.size(0), channels = input.size(1), height = input.size(2), width = input.size(3);
    if (input.suggest_memory_format() == at::MemoryFormat::ChannelsLast) {
        return input.permute({0, 2, 3, 1})
            .reshape({batch, height, width, groups, channels / groups})
            .transpose(3, 4)
            .reshape({batch, height, width, channels})
            .permute({0, 3, 1, 2});
    }
    return input.reshape({batch, groups, channels / groups, height, width})
        .transpose(1, 2)
        .reshape({batch, channels, height, width});
}

} // namespace distill
