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
    if (frozen()) {
        return forward(input, pass, {});
    }
    at::Tensor output = convolve(input, m_weight, m_bias ? *m_bias : at::Tensor(), m_shape);
    countMultiplyAdds(pass, output, m_weight);
    return output;
}

at::Tensor Conv2d::forward(const at::Tensor& input, const Forward& pass, const After& after) const
{
    at::Tensor output = m_frozen(input, after);
    countMultiplyAdds(pass, output, m_weight);
    return output;
}

void Conv2d::freeze(const Execution& execution)
{
    Module::freeze(execution);
    const at::ScalarType type = execution.bfloat16 ? at::kBFloat16 : at::kFloat;
    m_frozen = {m_weight.detach().to(type), m_bias ? m_bias->detach() : at::Tensor(), m_shape};
}

void Conv2d::freeze(const Execution& execution, const at::Tensor& scale, const at::Tensor& offset)
{
    const at::NoGradGuard noGradients;
    const at::ScalarType type = execution.bfloat16 ? at::kBFloat16 : at::kFloat;
    const at::Tensor weight = m_weight * scale.view({-1, 1, 1, 1});
    m_frozen = {weight.to(type), m_bias ? *m_bias * scale + offset : offset, m_shape};
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
    if (m_convolution.frozen()) {
        return m_convolution.forward(input, pass, after);
    }
    return m_norm.forward(m_convolution.forward(input, pass), pass, after);
}

void ConvBatchNorm::freeze(const Execution& execution)
{
    const at::NoGradGuard noGradients;
    const auto [scale, offset] = m_norm.line();
    m_convolution.freeze(execution, scale, offset);
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
    // The batch is -1: recorded (torchscript.h), its size must not become a constant.
    const std::int64_t channels = input.size(1), height = input.size(2), width = input.size(3);
    if (input.suggest_memory_format() == at::MemoryFormat::ChannelsLast) {
        return input.permute({0, 2, 3, 1})
            .reshape({-1, height, width, groups, channels / groups})
            .transpose(3, 4)
            .reshape({-1, height, width, channels})
            .permute({0, 3, 1, 2});
    }
    return input.reshape({-1, groups, channels / groups, height, width})
        .transpose(1, 2)
        .reshape({-1, channels, height, width});
}

} // namespace distill
