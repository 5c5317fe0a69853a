// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>

namespace distill {

/// What follows a normalisation at once: y = relu(norm(x) + add), either part left out where not asked for.
struct After {
    bool relu = false;
    at::Tensor add = {}; ///< of the output's shape
};

struct BatchNormState {
    const at::Tensor& weight; ///< [C]
    const at::Tensor& bias;
    at::Tensor& mean;     ///< [C], running; moved while training
    at::Tensor& variance; ///< unbiased
    double momentum, epsilon;
};

/// Batch normalisation of x [B, C, ...] with what follows it; the batch's statistics while training, else the running ones.
///
/// On a CPU with x channels-last (or [B, C]), in float32 or bfloat16, what training takes and evaluation without gradients is
/// written here: two passes over memory forward (one in evaluation) and two backward, where batch norm, addition and ReLU one
/// after another take four and six.
/// CIFAR-sized networks spend more time in those passes than in their convolutions. Statistics are float32, summed in blocks
/// and then in double. Everything else goes to LibTorch.
at::Tensor batchNorm(const at::Tensor& input, const BatchNormState& state, bool training, const After& after);

} // namespace distill
