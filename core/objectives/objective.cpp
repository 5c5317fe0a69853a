// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/objective.h"

#include "experiment/error.h"
#include "objectives/common.h"

namespace distill {

void Objective::prepare(const ObjectiveSetting&) { }

at::Tensor labelledCrossEntropy(const at::Tensor& logits, const at::Tensor& labels, double labelSmoothing)
{
    const at::Tensor sum
        = at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum, /*ignore_index=*/-1, labelSmoothing);
    return sum / labels.ge(0).sum().clamp_min(1);
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

} // namespace distill
