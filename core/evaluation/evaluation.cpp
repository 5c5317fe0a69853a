// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluation/evaluation.h"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace distill {

namespace {

/// Share of `condition` among the samples that `counts`; NaN where none does.
double share(const at::Tensor& condition, const at::Tensor& counts)
{
    const double total = static_cast<double>(counts.sum().item<std::int64_t>());
    return static_cast<double>(condition.logical_and(counts).sum().item<std::int64_t>()) / total;
}

Json numberOrNull(double value)
{
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

} // namespace

Json Figures::toJson() const
{
    Json json = {{"accuracy", numberOrNull(accuracy)}, {"loss", numberOrNull(loss)}};
    if (agreement) {
        json["agreement"] = numberOrNull(*agreement);
    }
    if (kl) {
        json["kl"] = numberOrNull(*kl);
    }
    json["samples"] = samples;
    return json;
}

at::Tensor logitsOf(Model& model, const Samples& samples, const at::Tensor& indices, const Normaliser& normaliser,
                    std::int64_t batchSize, at::Device device, const std::function<bool()>& keepGoing)
{
    // Not inference mode: the logits may serve as constants of a later backward pass.
    const at::NoGradGuard noGradients;
    const std::int64_t count = indices.defined() ? indices.numel() : samples.inputs.size(0);
    at::Tensor picks;
    if (indices.defined()) {
        picks = indices.to(samples.inputs.device());
    }
    at::Tensor logits;
    // A set without samples still takes one empty batch, which gives the logits their shape.
    for (std::int64_t first = 0; first < std::max<std::int64_t>(count, 1); first += batchSize) {
        if (keepGoing && !keepGoing()) {
            return {};
        }
        const std::int64_t size = std::min(batchSize, count - first);
        const at::Tensor inputs = picks.defined() ? samples.inputs.index_select(0, picks.narrow(0, first, size))
                                                  : samples.inputs.narrow(0, first, size);
        Forward pass{.training = false};
        const at::Tensor output = model.logits(normaliser(inputs.to(device)), pass);
        if (!logits.defined()) {
            logits = at::empty({count, output.size(1)}, output.options().dtype(at::kFloat));
        }
        logits.narrow(0, first, size).copy_(output);
    }
    return logits.to(at::kCPU);
}

Figures figuresOf(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& teacherLogits)
{
    const at::NoGradGuard noGradients;
    Figures figures;
    figures.samples = logits.size(0);
    if (figures.samples == 0) {
        figures.accuracy = figures.loss = std::numeric_limits<double>::quiet_NaN();
        return figures;
    }
    const at::Tensor logOutput = at::log_softmax(logits, 1, at::kDouble);
    const at::Tensor chosen = logits.argmax(1);
    figures.accuracy = share(chosen.eq(labels), labels.ge(0));
    figures.loss = at::nll_loss(logOutput, labels, {}, at::Reduction::Mean, /*ignore_index=*/-1).item<double>();
    if (teacherLogits.defined()) {
        const at::Tensor logTarget = at::log_softmax(teacherLogits, 1, at::kDouble);
        const at::Tensor target = logTarget.exp();
        // 0 log 0 = 0
        const at::Tensor divergence = (target * (logTarget - logOutput).masked_fill(target.eq(0), 0)).sum(1);
        figures.agreement = chosen.eq(teacherLogits.argmax(1)).to(at::kDouble).mean().item<double>();
        figures.kl = divergence.mean().item<double>();
    }
    return figures;
}

std::vector<double> accuracyByClass(const at::Tensor& logits, const at::Tensor& labels, std::int64_t classes)
{
    const at::NoGradGuard noGradients;
    std::vector<double> accuracies(static_cast<std::size_t>(classes));
    const at::Tensor right = logits.argmax(1).eq(labels);
    for (std::int64_t label = 0; label < classes; ++label) {
        accuracies[static_cast<std::size_t>(label)] = share(right, labels.eq(label));
    }
    return accuracies;
}

} // namespace distill
