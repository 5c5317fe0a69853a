// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluation/similarity.h"

#include <ATen/core/grad_mode.h>
#include <limits>
#include <stdexcept>

namespace distill {

namespace {

constexpr std::int64_t widest = 4096;

/// [B, C, H, W] with at most `widest` numbers a sample, as far as pixels can be averaged; other shapes as they are.
at::Tensor narrowed(const at::Tensor& output)
{
    if (output.dim() != 4) {
        return output;
    }
    const std::int64_t channels = output.size(1), height = output.size(2), width = output.size(3);
    std::int64_t side = 1;
    const auto across = [&side](std::int64_t pixels) { return (pixels + side - 1) / side; };
    while (channels * across(height) * across(width) > widest && side < std::max(height, width)) {
        ++side;
    }
    return side == 1 ? output : at::avg_pool2d(output, {side, side}, {side, side}, {0, 0}, /*ceil_mode=*/true, /*count_include_pad=*/false);
}

std::vector<std::string> comparedTaps(const Model& model)
{
    std::vector<std::string> taps = model.taps();
    std::erase_if(taps, [](const std::string& tap) { return tap.ends_with(".pre"); });
    return taps;
}

/// [N, ...] of each tap, in order; empty where it was ended early.
std::vector<at::Tensor> outputsOf(Model& model, const std::vector<std::string>& taps, const at::Tensor& inputs, const Normaliser& normaliser,
                                  std::int64_t batchSize, at::Device device, const std::function<bool()>& keepGoing)
{
    std::vector<std::vector<at::Tensor>> parts(taps.size());
    for (std::int64_t first = 0; first < inputs.size(0); first += batchSize) {
        if (keepGoing && !keepGoing()) {
            return {};
        }
        Taps gathered(taps);
        Forward pass{.training = false, .taps = &gathered};
        model.logits(normaliser(inputs.narrow(0, first, std::min(batchSize, inputs.size(0) - first)).to(device)), pass);
        for (std::size_t i = 0; i < taps.size(); ++i) {
            parts[i].push_back(narrowed(gathered.at(taps[i])).flatten(1).to(at::kCPU));
        }
    }
    std::vector<at::Tensor> outputs;
    for (auto& part : parts) {
        outputs.push_back(at::cat(part));
        part.clear();
    }
    return outputs;
}

} // namespace

at::Tensor centredKernel(const at::Tensor& outputs)
{
    const at::NoGradGuard noGradients;
    const at::Tensor rows = outputs.flatten(1);
    at::Tensor kernel = at::zeros({rows.size(0), rows.size(0)}, at::kDouble);
    constexpr std::int64_t columnsAtOnce = 2048; // as float64, wide outputs would take memory twice over
    for (std::int64_t first = 0; first < rows.size(1); first += columnsAtOnce) {
        at::Tensor columns = rows.narrow(1, first, std::min(columnsAtOnce, rows.size(1) - first)).to(at::kCPU, at::kDouble);
        columns = columns - columns.mean(0, /*keepdim=*/true);
        kernel.addmm_(columns, columns.t());
    }
    return kernel;
}

double alignmentOf(const at::Tensor& left, const at::Tensor& right)
{
    if (left.sizes() != right.sizes()) {
        throw std::invalid_argument("Kernels of the same samples are of one size");
    }
    const double both = (left * right).sum().item<double>();
    const double norms = left.norm().item<double>() * right.norm().item<double>();
    return norms > 0 ? both / norms : std::numeric_limits<double>::quiet_NaN();
}

double linearCka(const at::Tensor& left, const at::Tensor& right)
{
    return alignmentOf(centredKernel(left), centredKernel(right));
}

TapSimilarities similaritiesOf(Model& left, Model& right, const at::Tensor& inputs, const Normaliser& normaliser, std::int64_t batchSize,
                               at::Device device, const std::function<bool()>& keepGoing)
{
    const at::NoGradGuard noGradients;
    TapSimilarities result{comparedTaps(left), comparedTaps(right), {}};
    std::vector<at::Tensor> kernels;
    for (at::Tensor& output : outputsOf(right, result.right, inputs, normaliser, batchSize, device, keepGoing)) {
        kernels.push_back(centredKernel(std::exchange(output, {})));
    }
    std::vector<at::Tensor> outputs = outputsOf(left, result.left, inputs, normaliser, batchSize, device, keepGoing);
    if (kernels.empty() || outputs.empty()) {
        return result;
    }
    std::vector<std::vector<double>> cka;
    for (at::Tensor& output : outputs) {
        if (keepGoing && !keepGoing()) {
            return result;
        }
        const at::Tensor kernel = centredKernel(std::exchange(output, {}));
        std::vector<double>& row = cka.emplace_back();
        for (const at::Tensor& other : kernels) {
            row.push_back(alignmentOf(kernel, other));
        }
    }
    result.cka = std::move(cka);
    return result;
}

} // namespace distill
