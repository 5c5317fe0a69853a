// SPDX-License-Identifier: GPL-3.0-or-later
#include "teachers/ensemble.h"

#include <ATen/core/grad_mode.h>

namespace distill {

namespace {

/// log of each member's likelihood of the label, [M, B]; 0 where the label is not known.
at::Tensor logLikelihoods(const at::Tensor& logProbabilities, const Batch& batch)
{
    const auto of = [&](const at::Tensor& labels) {
        const at::Tensor places = labels.clamp_min(0).view({1, -1, 1}).expand({logProbabilities.size(0), -1, 1});
        return logProbabilities.gather(2, places).squeeze(2).masked_fill(labels.lt(0), 0);
    };
    if (!batch.otherLabels.defined()) {
        return of(batch.labels);
    }
    const at::Tensor bothKnown = batch.labels.ge(0).logical_and(batch.otherLabels.ge(0));
    const at::Tensor mixed = of(batch.labels) * batch.share + of(batch.otherLabels) * (1 - batch.share);
    return mixed.masked_fill(bothKnown.logical_not(), 0);
}

/// Logarithms of the members' weights for each sample, [M, B, 1], their exponentials summing to 1 over the members.
at::Tensor logWeights(const at::Tensor& stacked, const EnsembleSettings& settings, const Batch* batch)
{
    std::vector<double> fixed;
    for (const TeacherMember& member : settings.members) {
        fixed.push_back(member.weight);
    }
    const at::Tensor weights = at::tensor(fixed, at::TensorOptions(at::kDouble)).to(stacked.options());
    at::Tensor logs = weights.log().view({-1, 1}).expand({-1, stacked.size(1)});
    if (settings.weighting == "confidence") {
        logs = logs + at::log_softmax(stacked, 2).amax(2);
    } else if (settings.weighting == "loss" && batch) {
        logs = logs + logLikelihoods(at::log_softmax(stacked, 2), *batch);
    }
    return at::log_softmax(logs, 0).unsqueeze(2);
}

} // namespace

at::Tensor combined(const std::vector<at::Tensor>& logits, const EnsembleSettings& settings, const Batch* batch)
{
    if (logits.size() == 1) {
        return logits.front();
    }
    const at::NoGradGuard noGradients;
    const at::Tensor stacked = at::stack(logits);
    const at::Tensor weights = logWeights(stacked, settings, batch);
    if (settings.combine == "probabilities") {
        return at::logsumexp(weights + at::log_softmax(stacked / settings.temperature, 2), {0}) * settings.temperature;
    }
    const at::Tensor values = settings.combine == "logits" ? stacked : at::log_softmax(stacked, 2);
    // A member of weight 0 counts for nothing, also where it excludes a class: 0 times -inf is 0.
    return (weights.exp() * values).masked_fill(weights.isneginf().expand_as(values), 0).sum(0);
}

} // namespace distill
