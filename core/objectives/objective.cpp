// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/objective.h"

#include "experiment/error.h"
#include "objectives/common.h"

namespace distill {

void Objective::prepare(const ObjectiveSetting&) { }

std::string Objective::formula(bool) const
{
    return {};
}

at::Tensor HardLabels::known() const
{
    const at::Tensor first = labels.ge(0);
    return others.defined() ? first.logical_and(others.ge(0)) : first;
}

at::Tensor labelledCrossEntropy(const at::Tensor& logits, const HardLabels& labels, double labelSmoothing)
{
    const auto sum = [&](const at::Tensor& of, std::int64_t reduction) {
        return at::cross_entropy_loss(logits, of, {}, reduction, /*ignore_index=*/-1, labelSmoothing);
    };
    const at::Tensor known = labels.known();
    const at::Tensor count = known.sum().clamp_min(1);
    if (!labels.others.defined()) {
        return sum(labels.labels, at::Reduction::Sum) / count;
    }
    const at::Tensor each = sum(labels.labels, at::Reduction::None) * labels.share
        + sum(labels.others, at::Reduction::None) * (1 - labels.share);
    return (each * known).sum() / count;
}

const Shape& NetworkOutline::shapeOf(const std::string& tap, const std::string& key) const
{
    std::string known;
    for (const auto& [name, shape] : taps) {
        if (name == tap) {
            return shape;
        }
        known += (known.empty() ? "" : ", ") + name;
    }
    throw InputError(key + ": " + label + " has no tap \"" + tap + "\"; it has " + known);
}

NetworkOutline outlineOf(Model& model, const InputShape& input)
{
    NetworkOutline outline{.label = model.label(), .taps = tapShapes(model, input)};
    for (const auto& [tap, norm] : model.normsBeforeRelu()) {
        outline.norms[tap] = {norm.first.detach(), norm.second.detach()};
    }
    outline.classes = outline.shapeOf("logits", "taps").at(0);
    return outline;
}

std::unique_ptr<Objective> prepareObjective(const Selection& selection, const ObjectiveSetting& setting, bool hasTeacher,
                                            const std::string& pointer)
{
    auto objective = makeObjective(selection);
    if (objective->needsTeacher() && !hasTeacher) {
        throw InputError(pointer + ": " + selection.kind
                         + " learns from a teacher, and the experiment has none; name one or take the term out");
    }
    try {
        objective->prepare(setting);
    } catch (const InputError& error) {
        throw InputError(pointer + ": " + error.what());
    }
    return objective;
}

} // namespace distill
