// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

/// The optimisers' updates of `count` float32 values in one pass over memory, where a chain of tensor operations would take a pass
/// each.
namespace distill::kernels {

struct SgdStep {
    float rate, momentum, decay;
    bool nesterov;
};
/// `buffer` may be null where momentum is 0.
void sgdStep(float* parameter, const float* gradient, float* buffer, std::int64_t count, const SgdStep& step);

struct AdamStep {
    float rate;       ///< learning rate over the first moment's bias correction
    float correction; ///< square root of the second moment's bias correction
    float beta1, beta2, epsilon;
    float decay;  ///< added to the gradient
    float shrink; ///< what the parameter is multiplied by beforehand: 1 less the decoupled decay
};
void adamStep(float* parameter, const float* gradient, float* average, float* square, std::int64_t count, const AdamStep& step);

} // namespace distill::kernels
