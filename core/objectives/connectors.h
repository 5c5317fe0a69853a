// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/layers.h"
#include "objectives/common.h"

namespace distill {

/// [B, C, H, W] as it is; [B, F] as maps of one pixel, so that a convolution of 1x1 is a linear layer.
at::Tensor asMap(const at::Tensor& feature);
/// C x H x W of one sample, likewise.
Shape asMap(const Shape& shape);
/// Both taps are feature maps, or both are vectors.
bool sameKind(const TapPairs::Pair& pair);
/// The pairs with their shapes. Throws InputError also where there are fewer than `least` (two or more).
std::vector<TapPairs::Pair> pairsOf(const TapPairs& taps, const ObjectiveSetting& setting, const std::string& objective,
                                    std::size_t least);

/// The learned parts of an objective under one roof, each with names of its own.
class Parts : public Module {
public:
    using Module::addBuffer;
    using Module::addChild;
    using Module::addParameter;
    at::Tensor forward(const at::Tensor& input, Forward& pass) override; ///< never called: each part is
};

/// Batch norm by the batch's own statistics alone, over every dimension but the second. What only ever sees training batches
/// needs no running ones. Of a single value a channel the variance is 0 and the output the shift.
class BatchNormOfBatch : public Module {
public:
    explicit BatchNormOfBatch(std::int64_t channels);
    at::Tensor forward(const at::Tensor& input, Forward& pass) override;

private:
    at::Tensor& m_weight;
    at::Tensor& m_bias;
};

/// A convolution without bias ("conv"), then batch norm ("norm").
class Connector : public Module {
public:
    Connector(const Convolution& shape, at::Generator& generator, FirstWeights first);
    at::Tensor forward(const at::Tensor& input, Forward& pass) override;

private:
    Conv2d& m_convolution;
    BatchNormOfBatch& m_norm;
};

} // namespace distill
