// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/sparse.h"

#include "objectives/common.h"

#include <cmath>

namespace distill {

namespace {

constexpr const char* valuesTap = "tap0";
constexpr const char* placesTap = "tap1";
constexpr double unknown = -9999;

const Shape* find(const NetworkOutline& outline, const std::string& tap)
{
    for (const auto& [name, shape] : outline.taps) {
        if (name == tap) {
            return &shape;
        }
    }
    return nullptr;
}

} // namespace

at::Tensor SparseTargets::held(std::int64_t vocabulary) const
{
    // Counted, not written: a place that stands for nothing may name a token that another place holds.
    return at::zeros({ids.size(0), vocabulary}, ids.options()).scatter_add_(1, ids, present.to(at::kLong)).gt(0);
}

void SparseTeacher::describe(Binder& binder)
{
    binder.integer("k", m_k,
                   {.help
                    = "How many of the teacher's most likely classes or tokens are kept where it gives them all; at most those "
                      "there are.",
                    .minimum = 1,
                    .maximum = 1 << 20});
}

void SparseTeacher::prepare(const ObjectiveSetting& setting, const std::string& objective)
{
    const Shape* values = setting.teacher ? find(*setting.teacher, valuesTap) : nullptr;
    const Shape* places = setting.teacher ? find(*setting.teacher, placesTap) : nullptr;
    m_stored = values && places;
    if (!m_stored) {
        requireSameTokens(setting, objective);
        return;
    }
    const Shape* logits = find(setting.student, "logits");
    const bool fits = *values == *places && !values->empty()
        && (!logits || (logits->size() == values->size() && std::equal(values->begin(), values->end() - 1, logits->begin())));
    if (!fits) {
        throw InputError("The objective " + objective + " reads k log-probabilities a token from the teacher's tap0 ("
                         + shapeText(*values) + ") and their places in the vocabulary from tap1 (" + shapeText(*places) + ")"
                         + (logits ? " beside the student's logits (" + shapeText(*logits) + ")" : "")
                         + "; both taps must have the same shape, that of the logits but for the last side");
    }
}

std::vector<std::string> SparseTeacher::taps() const
{
    return m_stored ? std::vector<std::string>{valuesTap, placesTap} : std::vector<std::string>();
}

SparseTargets SparseTeacher::targets(const StepInputs& inputs, const Tokens& tokens, double temperature, bool asOne) const
{
    if (m_stored) {
        return fromStored(inputs, tokens, temperature, asOne);
    }
    const at::Tensor all = at::log_softmax(tokens.rows(inputs.teacherLogits.detach()) / temperature, 1);
    const auto [values, places] = all.topk(std::min(m_k, all.size(1)), 1);
    SparseTargets targets{.ids = places, .present = values.isneginf().logical_not(), .log = values};
    targets.logTail = logOutside(all, targets.held(all.size(1)));
    targets.others = all.size(1) - targets.present.sum(1);
    return targets;
}

SparseTargets SparseTeacher::fromStored(const StepInputs& inputs, const Tokens& tokens, double temperature, bool asOne) const
{
    const std::int64_t vocabulary = inputs.studentLogits.size(-1);
    const at::Tensor values = tokens.rows(inputs.teacherTaps.at(valuesTap).detach()).to(inputs.studentLogits.scalar_type());
    const at::Tensor places = tokens.rows(inputs.teacherTaps.at(placesTap).detach()).round();
    SparseTargets targets;
    targets.present = values.gt(unknown).logical_and(places.ge(0)).logical_and(places.lt(vocabulary));
    targets.ids = places.masked_fill(targets.present.logical_not(), 0).to(at::kLong);
    targets.log = values.masked_fill(targets.present.logical_not(), -INFINITY);
    targets.others = vocabulary - targets.present.sum(1);
    // Rounding may bring the sum of the k above 1: then nothing is left.
    const at::Tensor tail = (1 - targets.log.exp().sum(1)).clamp_min(0).masked_fill(targets.others.le(0), 0);
    targets.logTail = tail.log();
    if (temperature != 1) {
        const at::Tensor logOthers
            = (asOne ? at::ones_like(targets.others) : targets.others.clamp_min(1)).to(values.scalar_type()).log();
        targets.log = targets.log / temperature;
        targets.logTail = logOthers + (targets.logTail - logOthers) / temperature;
        const at::Tensor sum = at::cat({targets.log, targets.logTail.unsqueeze(1)}, 1).logsumexp(1);
        const at::Tensor known = sum.masked_fill(sum.isneginf(), 0);
        targets.log = targets.log - known.unsqueeze(1);
        targets.logTail = targets.logTail - known;
    }
    return targets;
}

at::Tensor logOutside(const at::Tensor& logP, const at::Tensor& held)
{
    const at::Tensor rest = logP.masked_fill(held, -INFINITY);
    // logsumexp of nothing but -inf has a gradient of NaN.
    const at::Tensor none = rest.isneginf().all(1);
    return rest.masked_fill(none.unsqueeze(1), 0).logsumexp(1).masked_fill(none, -INFINITY);
}

} // namespace distill
