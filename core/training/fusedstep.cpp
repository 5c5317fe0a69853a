// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/fusedstep.h"

#include "models/foreachcpu.h"

#include <cmath>

namespace distill::kernels {

DISTILL_FOR_EACH_CPU void sgdStep(float* __restrict parameter, const float* __restrict gradient, float* __restrict buffer,
                                  std::int64_t count, const SgdStep& step)
{
    const auto [rate, momentum, decay, nesterov] = step;
    if (!buffer) {
        for (std::int64_t i = 0; i < count; ++i) {
            parameter[i] -= rate * (gradient[i] + decay * parameter[i]);
        }
        return;
    }
    const float own = nesterov ? 1.0f : 0.0f, kept = nesterov ? momentum : 1.0f;
    for (std::int64_t i = 0; i < count; ++i) {
        const float slope = gradient[i] + decay * parameter[i];
        buffer[i] = momentum * buffer[i] + slope;
        parameter[i] -= rate * (own * slope + kept * buffer[i]);
    }
}

DISTILL_FOR_EACH_CPU void adamStep(float* __restrict parameter, const float* __restrict gradient, float* __restrict average,
                                   float* __restrict square, std::int64_t count, const AdamStep& step)
{
    const auto [rate, correction, beta1, beta2, epsilon, decay, shrink] = step;
    for (std::int64_t i = 0; i < count; ++i) {
        const float slope = gradient[i] + decay * parameter[i];
        average[i] = beta1 * average[i] + (1 - beta1) * slope;
        square[i] = beta2 * square[i] + (1 - beta2) * slope * slope;
        parameter[i] = shrink * parameter[i] - rate * average[i] / (std::sqrt(square[i]) / correction + epsilon);
    }
}

} // namespace distill::kernels
