// SPDX-License-Identifier: GPL-3.0-or-later
// What a teacher's forward pass makes of the machine, and what single convolutions make of it.
#include "bench/suite.h"

#include "data/batches.h"
#include "training/device.h"
#include "engine/engine.h"
#include "training/tuner.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

namespace distill::bench {

namespace {

constexpr std::int64_t batch = 64;

double peak()
{
    static const double gigaflops = Tuner({}).peakGigaflops(true, at::kCPU, processorName());
    return gigaflops * 1e9;
}

void report(benchmark::State& state, std::int64_t multiplyAdds)
{
    state.SetItemsProcessed(state.iterations() * batch);
    const double share = 2.0 * static_cast<double>(multiplyAdds * batch) / peak();
    state.counters["peak"] = benchmark::Counter(share, benchmark::Counter::kIsIterationInvariantRate);
}

} // namespace

void teacherForward(benchmark::State& state, const Selection& selection)
{
    at::set_num_threads(availableCores());
    const InputShape shape{1, 28, 28};
    const TuningCase of{.model = selection, .shape = shape, .classes = 10, .batch = batch, .hardware = processorName()};
    at::Generator generator = makeGenerator(at::kCPU, 1);
    const auto model = makeModel(selection, shape, 10, generator);
    const std::int64_t cost = multiplyAdds(*model, shape);
    model->freeze(Tuner({}).choose(of, {}).execution);
    const at::Tensor images = at::randn({batch, 1, 28, 28});
    const at::NoGradGuard noGradients;
    for (auto _ : state) {
        Forward pass;
        benchmark::DoNotOptimize(model->logits(images, pass));
    }
    report(state, cost);
}

void convolution(benchmark::State& state, std::int64_t channels, std::int64_t size)
{
    at::set_num_threads(availableCores());
    const at::NoGradGuard noGradients;
    const auto laid = [](at::IntArrayRef sizes) {
        return at::ones(sizes, at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
    };
    const at::Tensor images = laid({batch, channels, size, size}), weight = laid({channels, channels, 3, 3});
    for (auto _ : state) {
        benchmark::DoNotOptimize(at::conv2d(images, weight, {}, 1, 1));
    }
    report(state, size * size * channels * channels * 9);
}

} // namespace distill::bench
