// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/batchnorm.h"

#include <memory>

namespace distill {

namespace onednn {
struct Packed;
}

struct Convolution {
    std::int64_t in, out;
    std::int64_t kernel = 3, stride = 1, padding = 1, groups = 1;
    bool bias = false;
};

/// Convolves x [B, in, H, W] with a float32 weight [out, in / groups, kernel, kernel] and, where defined, a float32 bias [out],
/// to [B, out, H', W']. Under autocast the products are bfloat16; gradients of weight and bias are float32 either way.
///
/// On a CPU with x channels-last oneDNN is called here itself: LibTorch on the way would round the weights in a pass of their
/// own, bring them into oneDNN's order twice a step and take the weights' gradient rounded. Everything else goes to LibTorch.
at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, const Convolution& shape);

/// A convolution whose weights do not change again, in the type of its weight (float32 or bfloat16), without gradients. On a
/// CPU with x channels-last the weights are brought into oneDNN's order once, and what follows is part of the convolution:
/// two passes over memory less a layer.
class FrozenConvolution {
public:
    FrozenConvolution() = default;
    /// `weight` as above, of either type; `bias` [out] or undefined.
    FrozenConvolution(const at::Tensor& weight, const at::Tensor& bias, const Convolution& shape);
    bool defined() const { return m_weight.defined(); }

    /// relu(conv(x) + add), either part left out where not asked for.
    at::Tensor operator()(const at::Tensor& input, const After& after) const;

private:
    at::Tensor m_weight, m_bias, m_floatBias;
    Convolution m_shape = {};
    mutable std::shared_ptr<onednn::Packed> m_packed; ///< the weights as oneDNN last wanted them
};

} // namespace distill
