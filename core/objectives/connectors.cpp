// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"

#include <ATen/core/grad_mode.h>

namespace distill {

namespace {

constexpr std::int64_t thirtyTwoBits = 0xffffffff;
constexpr std::int64_t bound = 1 << 24; // of whole numbers that float32 tells apart

at::Tensor shifted(const at::Tensor& x, std::int64_t bits)
{
    return at::bitwise_right_shift(x, at::Scalar(bits));
}

/// A bijection of 32 bits whose every output bit depends on every input bit. Both factors are below 2^31: no product leaves
/// int64.
at::Tensor mix(at::Tensor x)
{
    x = (x.bitwise_xor(shifted(x, 16)) * 0x7feb352d).bitwise_and(thirtyTwoBits);
    x = (x.bitwise_xor(shifted(x, 15)) * 0x45d9f3b).bitwise_and(thirtyTwoBits);
    return x.bitwise_xor(shifted(x, 16));
}

at::Tensor firstKeys(at::Generator& generator)
{
    return at::cat({at::empty({2}, at::kLong).random_(0, bound, generator), at::zeros({1}, at::kLong)}).to(at::kFloat);
}

} // namespace

at::Tensor asMap(const at::Tensor& feature)
{
    return feature.dim() == 2 ? feature.unsqueeze(2).unsqueeze(3) : feature;
}

Shape asMap(const Shape& shape)
{
    return shape.size() == 1 ? Shape{shape[0], 1, 1} : shape;
}

bool sameKind(const TapPairs::Pair& pair)
{
    return pair.from.size() == pair.to.size() && (pair.from.size() == 1 || pair.from.size() == 3);
}

std::vector<TapPairs::Pair> pairsOf(const TapPairs& taps, const ObjectiveSetting& setting, const std::string& objective,
                                    std::size_t least)
{
    std::vector<TapPairs::Pair> pairs = taps.pairs(setting, objective);
    if (pairs.size() < least) {
        throw InputError("The objective " + objective + " compares at least " + std::to_string(least)
                         + (least == 1 ? " pair" : " pairs") + " of layers, and student_taps and teacher_taps name "
                         + std::to_string(pairs.size()) + "; name more in both");
    }
    return pairs;
}

at::Tensor Parts::forward(const at::Tensor&, Forward&)
{
    throw std::logic_error("an objective's parts are called one by one");
}

BatchNormOfBatch::BatchNormOfBatch(std::int64_t channels)
    : m_weight(addParameter("weight", at::ones({channels})))
    , m_bias(addParameter("bias", at::zeros({channels})))
{
}

at::Tensor BatchNormOfBatch::forward(const at::Tensor& input, Forward&)
{
    return at::batch_norm(input, m_weight, m_bias, {}, {}, /*training=*/true, 0.1, 1e-5, /*cudnn_enabled=*/true);
}

Connector::Connector(const Convolution& shape, at::Generator& generator, FirstWeights first)
    : m_convolution(addChild("conv", std::make_unique<Conv2d>(shape, generator, first)))
    , m_norm(addChild("norm", std::make_unique<BatchNormOfBatch>(shape.out)))
{
}

at::Tensor Connector::forward(const at::Tensor& input, Forward& pass)
{
    return m_norm.forward(m_convolution.forward(input, pass), pass);
}

RandomStream::RandomStream(at::Generator& generator)
    : m_state(addBuffer("state", firstKeys(generator)))
{
}

at::Tensor RandomStream::draw(std::int64_t count)
{
    const at::NoGradGuard noGradients;
    const at::Tensor state = m_state.to(at::kLong);
    const at::Tensor a = state.slice(0, 0, 1), b = state.slice(0, 1, 2), draws = state.slice(0, 2, 3);
    const at::Tensor key = mix((a + draws).bitwise_and(thirtyTwoBits));
    const at::Tensor inner = mix((at::arange(count, state.options()) + key).bitwise_and(thirtyTwoBits));
    const at::Tensor numbers = mix((inner + mix(b.bitwise_xor(key))).bitwise_and(thirtyTwoBits));
    m_state.slice(0, 2, 3).copy_((draws + 1).bitwise_and(bound - 1));
    return numbers;
}

at::Tensor RandomStream::forward(const at::Tensor&, Forward&)
{
    throw std::logic_error("a stream of random numbers is not a layer");
}

} // namespace distill
