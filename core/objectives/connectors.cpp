// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"

namespace distill {

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
                         + " pairs of layers, and student_taps and teacher_taps name "
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

} // namespace distill
