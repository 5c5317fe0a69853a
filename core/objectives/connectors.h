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
/// The pairs with their shapes. Throws InputError where there are fewer than `least`, which no field's range says of a list.
std::vector<TapPairs::Pair> pairsOf(const TapPairs& taps, const ObjectiveSetting& setting, const std::string& objective,
                                    std::size_t least = 1);

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

/// Random numbers of an objective's own, which a resumed run continues. Its state is a buffer "state" of three whole numbers
/// below 2^24: two keys a and b, drawn once from the run's generator, and the number of draws. (They are floating-point like
/// whatever else a module keeps, and exact as such.) Number i of a draw is
///     mix(mix(i + k) + mix(b xor k)),  k = mix(a + draws)
/// modulo 2^32, mix the one in the .cpp file. So it is computed where the state lies, without a value read back, and alike on
/// every device. After 2^24 draws it repeats.
class RandomStream : public Module {
public:
    explicit RandomStream(at::Generator& generator);
    at::Tensor draw(std::int64_t count); ///< int64 [count], uniform in 0 ... 2^32 - 1
    at::Tensor forward(const at::Tensor& input, Forward& pass) override; ///< never called

private:
    at::Tensor& m_state;
};

} // namespace distill
