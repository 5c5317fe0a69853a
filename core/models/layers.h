// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/convolution.h"
#include "models/module.h"

namespace distill {

/// How a layer's first weights are drawn. Generators are the CPU's, so that a seed gives the same weights whatever
/// device the run then uses.
enum class FirstWeights {
    Uniform, ///< PyTorch's default: weight and bias uniform in +-1/sqrt(fan-in)
    UniformZeroBias, ///< the same weight; bias 0
    He, ///< normal with variance 2 / (kernel area x output channels), bias 0 (He et al. 2015, fan-out)
    Small, ///< normal with standard deviation 0.01, bias 0 (VGG's linear layers)
};

/// [..., in] -> [..., out]
class Linear : public Module {
public:
    Linear(std::int64_t in, std::int64_t out, at::Generator& generator, FirstWeights first = FirstWeights::Uniform);
    at::Tensor forward(const at::Tensor& input, Forward& pass) override;
    void freeze(const Execution& execution) override;

private:
    at::Tensor& m_weight; // [out, in]
    at::Tensor& m_bias;
    bool m_frozen = false;
};

/// [B, in, H, W] -> [B, out, H', W']
class Conv2d : public Module {
public:
    Conv2d(const Convolution& shape, at::Generator& generator, FirstWeights first = FirstWeights::Uniform);
    at::Tensor forward(const at::Tensor& input, Forward& pass) override;
    /// Prepares the weights, in an execution's precision.
    void freeze(const Execution& execution) override;
    /// The same for y = conv(x) scale + offset, one scale and offset [out] a channel.
    void freeze(const Execution& execution, const at::Tensor& scale, const at::Tensor& offset);
    bool frozen() const { return m_frozen.defined(); }
    /// What freezing prepared, with what follows at once; only once frozen.
    at::Tensor forward(const at::Tensor& input, const Forward& pass, const After& after) const;

private:
    Convolution m_shape;
    at::Tensor& m_weight; // [out, in / groups, kernel, kernel]
    at::Tensor* m_bias; // null where it has none
    FrozenConvolution m_frozen;
};

/// Ioffe and Szegedy 2015, over every dimension but the second: BatchNorm1d and BatchNorm2d in one. While training, the
/// batch's own statistics, which also move the running ones by `momentum` (variance unbiased, as in PyTorch); else the
/// running ones.
class BatchNorm : public Module {
public:
    explicit BatchNorm(std::int64_t channels, double momentum = 0.1, double epsilon = 1e-5);
    at::Tensor forward(const at::Tensor& input, Forward& pass) override;
    at::Tensor forward(const at::Tensor& input, Forward& pass, const After& after);

    const at::Tensor& weight() const { return m_weight; }
    const at::Tensor& bias() const { return m_bias; }

    /// What it does while evaluating, as y = x scale + offset: two vectors [C].
    std::pair<at::Tensor, at::Tensor> line() const;

private:
    at::Tensor& m_weight;
    at::Tensor& m_bias;
    at::Tensor& m_mean;
    at::Tensor& m_variance;
    double m_momentum, m_epsilon;
};

/// Inverted dropout; the mask comes from Forward::dropout. Nothing while evaluating.
class Dropout : public Module {
public:
    explicit Dropout(double probability);
    at::Tensor forward(const at::Tensor& input, Forward& pass) override;

private:
    double m_probability;
};

/// Convolution, then batch norm. Registered in its owner without a name of its own: the two parts are called as the
/// published state dicts call them ("conv1" and "bn1", "downsample.0" and "downsample.1").
class ConvBatchNorm : public Module {
public:
    ConvBatchNorm(const std::string& convolutionName, const std::string& normName, const Convolution& shape,
                  at::Generator& generator, FirstWeights first);
    at::Tensor forward(const at::Tensor& input, Forward& pass) override;
    at::Tensor forward(const at::Tensor& input, Forward& pass, const After& after);

    const BatchNorm& norm() const { return m_norm; }

    /// The normalisation goes into the convolution's weights, once: y = conv(x, w scale) + (b scale + offset).
    void freeze(const Execution& execution) override;

private:
    Conv2d& m_convolution;
    BatchNorm& m_norm;
};

/// [B, C, H, W] -> [B, C]
at::Tensor globalAveragePool(const at::Tensor& input);
/// Zhang et al. 2018, ShuffleNet: channels [g, C/g] transposed, so that the next grouped convolution sees every group.
/// Keeps the memory format; at::channel_shuffle has no derivative in every LibTorch we build against.
at::Tensor channelShuffle(const at::Tensor& input, std::int64_t groups);
/// Offers `output` where this pass gathers taps.
inline void tap(const Forward& pass, const std::string& name, const at::Tensor& output)
{
    if (pass.taps) {
        pass.taps->offer(name, output, pass.multiplyAdds ? *pass.multiplyAdds : 0);
    }
}

} // namespace distill
