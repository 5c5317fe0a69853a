// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/binder.h"
#include "models/execution.h"

#include <benchmark/benchmark.h>
#include <optional>
#include <string>

namespace distill::bench {

/// A ResNet for CIFAR, as published tables name it.
struct Network {
    std::int64_t depth, widthFactor;
    std::string name() const
    {
        return "resnet" + std::to_string(depth) + (widthFactor > 1 ? "x" + std::to_string(widthFactor) : "");
    }
};

struct Step {
    Network teacher, student;
    std::optional<Execution> execution = {}; ///< of both networks; empty: each as the tuner chooses
    bool stored = false;                     ///< the teacher's answers are all there already
    std::int64_t batch = 64;
};

/// Images a second of a distillation step with all cores.
void kdStep(benchmark::State& state, const Step& step);

/// Images a second of a frozen teacher as the tuner chooses it, and "peak", the share of what this machine reaches at most in
/// bfloat16.
void teacherForward(benchmark::State& state, const Selection& model);
/// The same of one 3x3 convolution in bfloat16, channels-last: what a network of such layers could reach.
void convolution(benchmark::State& state, std::int64_t channels, std::int64_t size);

} // namespace distill::bench
