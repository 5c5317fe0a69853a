// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/tokens.h"

#include "objectives/common.h"

#include <cmath>

namespace distill {

Tokens::Tokens(const StepInputs& inputs, at::IntArrayRef sizes)
{
    const bool sequences = sizes.size() == 2;
    const at::Tensor& mask = inputs.mask;
    if (mask.defined() && (sequences || mask.dim() == 1)) {
        if (mask.sizes() != sizes) {
            throw InputError("The mask is " + shapeText(mask.sizes().vec()) + " but the tokens are " + shapeText(sizes.vec())
                             + "; one number for each token is needed");
        }
        m_counting = mask.flatten();
    } else if (const at::Tensor& labels = inputs.labels.labels; sequences && labels.defined() && labels.sizes() == sizes) {
        m_counting = labels.ge(0).flatten();
    }
}

at::Tensor Tokens::rows(const at::Tensor& values) const
{
    const at::Tensor all = values.reshape({-1, values.size(-1)});
    return m_counting.defined() ? all.masked_fill(m_counting.logical_not().unsqueeze(1), 0) : all;
}

void Tokens::restrictTo(const at::Tensor& also)
{
    m_counting = m_counting.defined() ? m_counting.logical_and(also) : also;
}

at::Tensor Tokens::mean(const at::Tensor& each) const
{
    return m_counting.defined() ? each.masked_fill(m_counting.logical_not(), 0).sum() / m_counting.sum().clamp_min(1)
                                : each.mean();
}

void requireSameTokens(const ObjectiveSetting& setting, const std::string& objective)
{
    requireSameClasses(setting, objective);
    const auto logits = [](const NetworkOutline& outline) {
        for (const auto& [name, shape] : outline.taps) {
            if (name == "logits") {
                return shape;
            }
        }
        return Shape();
    };
    const Shape from = logits(setting.student), to = setting.teacher ? logits(*setting.teacher) : Shape();
    if (!from.empty() && !to.empty() && from != to) {
        throw InputError("The objective " + objective + " compares logits token by token, but the student's are "
                         + shapeText(from) + " and the teacher's " + shapeText(to) + " a sample; both must be equal");
    }
}

at::Tensor klDivergence(const at::Tensor& logP, const at::Tensor& logQ)
{
    const at::Tensor out = logP.isneginf().logical_or(logQ.isneginf());
    return (logP.exp() * (logP.masked_fill(out, 0) - logQ.masked_fill(out, 0))).sum(-1);
}

at::Tensor crossEntropyOf(const at::Tensor& logP, const at::Tensor& logQ)
{
    return -(logP.exp() * logQ.masked_fill(logQ.isneginf(), 0)).sum(-1);
}

at::Tensor logMixture(const at::Tensor& logA, const at::Tensor& logB, double w)
{
    if (w == 0) {
        return logB;
    }
    if (w == 1) {
        return logA;
    }
    // logaddexp of two -inf has a gradient of NaN.
    const at::Tensor neither = logA.isneginf().logical_and(logB.isneginf());
    const at::Tensor sum
        = at::logaddexp(logA.masked_fill(neither, 0) + std::log(w), logB.masked_fill(neither, 0) + std::log1p(-w));
    return sum.masked_fill(neither, -INFINITY);
}

at::Tensor jensenShannon(const at::Tensor& logP, const at::Tensor& logQ, double w)
{
    const at::Tensor mixture = logMixture(logP, logQ, w);
    return w * klDivergence(logP, mixture) + (1 - w) * klDivergence(logQ, mixture);
}

at::Tensor totalVariation(const at::Tensor& logP, const at::Tensor& logQ)
{
    return (logP.exp() - logQ.exp()).abs().sum(-1) * 0.5;
}

at::Tensor safeLog(const at::Tensor& x)
{
    const at::Tensor none = x.le(0);
    return x.masked_fill(none, 1).log().masked_fill(none, -INFINITY);
}

void Softening::describe(Binder& binder)
{
    binder.number("temperature", temperature,
                  {.help = "Divides the logits of teacher and student before the softmax; higher is softer.",
                   .minimum = 0.01,
                   .maximum = 1000,
                   .tunable = true,
                   .logarithmic = true});
    binder.boolean("scale_by_t2", scaleByT2,
                   {.help = "Multiplies by the temperature squared, so that the gradients keep their size.", .advanced = true});
}

} // namespace distill
