// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/objective.h"

#include "experiment/error.h"
#include "objectives/common.h"

namespace distill {

void Objective::prepare(const ObjectiveSetting&) { }

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

void requireSameClasses(const ObjectiveSetting& setting, const std::string& objective)
{
    if (!setting.teacher) {
        return;
    }
    const std::int64_t classes = shapeOfTap(*setting.teacher, setting.input, "logits", "teacher").at(0);
    if (classes != setting.classes) {
        throw InputError("The objective " + objective + " compares the logits of teacher and student, but the teacher "
                         + setting.teacher->label() + " has " + std::to_string(classes) + " classes and the student "
                         + std::to_string(setting.classes) + "; choose a teacher of the same classes");
    }
}

std::vector<std::int64_t> shapeOfTap(Model& model, const InputShape& input, const std::string& tap,
                                     const std::string& key)
{
    std::string known;
    for (const auto& [name, shape] : tapShapes(model, input)) {
        if (name == tap) {
            return shape;
        }
        known += (known.empty() ? "" : ", ") + name;
    }
    throw InputError(key + ": " + model.label() + " has no tap \"" + tap + "\"; it has " + known);
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
