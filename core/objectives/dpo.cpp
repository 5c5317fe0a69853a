// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/tokens.h"

namespace distill {

namespace {

/// Rafailov et al. 2023, "Direct Preference Optimization" (arXiv:2305.18290, equation 7), with the label smoothing of conservative
/// DPO (Mitchell 2023).
///     h = b [(log s(y_w) - log t(y_w)) - (log s(y_l) - log t(y_l))],  log s(y) = sum over tokens of log softmax(z_s)(y)
///     L = mean over pairs of -(1 - e) log sigmoid(h) - e log sigmoid(-h)
/// Logits [2 B, L, V], of the student and of the reference, which is this run's teacher; labels [2 B, L] the tokens. The first B
/// sequences are the chosen ones y_w, the other B the rejected ones y_l in the same order. Labels that are negative and tokens
/// outside of the mask do not count, and neither does a pair of which one has no token left. b is `beta`, 0.1; e is
/// `label_smoothing`, 0. Sums over tokens, not means: that is the paper's and TRL's.
class Dpo final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.number("beta", m_beta,
                      {.help = "How much leaving the reference costs: the smaller, the further the student may go.",
                       .minimum = 1e-6,
                       .maximum = 100,
                       .tunable = true,
                       .logarithmic = true});
        binder.number("label_smoothing", m_labelSmoothing,
                      {.help = "Share of the pairs that are taken to be the wrong way round.",
                       .minimum = 0,
                       .maximum = 0.5,
                       .advanced = true,
                       .tunable = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        requireSameTokens(setting, "dpo");
        for (const auto& [name, shape] : setting.student.taps) {
            if (name == "logits" && shape.size() != 2) {
                throw InputError("The objective dpo compares sequences, but the student's logits are " + shapeText(shape)
                                 + " a sample; they must be tokens x vocabulary");
            }
        }
    }
    bool needsTeacher() const override { return true; }
    bool takesSequences() const override { return true; }
    bool needsLabels() const override { return true; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const at::Tensor &logits = inputs.studentLogits, &labels = inputs.labels.labels;
        if (logits.size(0) % 2 != 0 || labels.sizes() != logits.sizes().slice(0, 2)) {
            throw InputError(
                "The objective dpo got logits of " + shapeText(logits.sizes().vec()) + " and labels of "
                + shapeText(labels.sizes().vec())
                + "; logits of an even number of sequences, sequences x tokens x vocabulary, and a label for each token "
                  "are needed");
        }
        Tokens tokens = Tokens::of(inputs, logits);
        tokens.restrictTo(labels.flatten().ge(0));
        const at::Tensor places = labels.flatten().clamp_min(0).unsqueeze(1);
        const auto of
            = [&](const at::Tensor& side) { return at::log_softmax(tokens.rows(side), 1).gather(1, places).squeeze(1); };
        const at::Tensor student = of(logits), reference = of(inputs.teacherLogits.detach());
        const at::Tensor out = tokens.counting().logical_not().logical_or(student.isneginf()).logical_or(reference.isneginf());
        const at::Tensor ratios = (student.masked_fill(out, 0) - reference.masked_fill(out, 0)).view(labels.sizes()).sum(1);
        const std::int64_t pairs = logits.size(0) / 2;
        const at::Tensor h = m_beta * (ratios.slice(0, 0, pairs) - ratios.slice(0, pairs));
        const at::Tensor each = (1 - m_labelSmoothing) * at::softplus(-h) + m_labelSmoothing * at::softplus(h);
        const at::Tensor some = tokens.counting().view(labels.sizes()).any(1);
        const at::Tensor both = some.slice(0, 0, pairs).logical_and(some.slice(0, pairs));
        return each.masked_fill(both.logical_not(), 0).sum() / both.sum().clamp_min(1);
    }
    std::string formula(bool) const override
    {
        const std::string right = "log sigmoid(h)";
        return "mean over pairs of -"
            + (m_labelSmoothing == 0
                   ? right
                   : std::string("[") + times(1 - m_labelSmoothing, right) + " + " + times(m_labelSmoothing, "log sigmoid(-h)") + "]")
            + ", h = " + times(m_beta, "[log s/t (chosen) - log s/t (rejected)]") + ", log s and log t summed over tokens";
    }

private:
    double m_beta = 0.1;
    double m_labelSmoothing = 0;
};

} // namespace

ObjectiveEntry dpoEntry()
{
    return {"dpo",
            "Direct preference optimisation (DPO)",
            "Prefers the chosen answer over the rejected one, measured from the reference, which is the teacher.",
            "L = mean over pairs of -(1 - e) log sigmoid(h) - e log sigmoid(-h), h = b [log s/t (chosen) - log s/t "
            "(rejected)], b = beta, "
            "e = label_smoothing",
            "Rafailov et al., Direct Preference Optimization: Your Language Model is Secretly a Reward Model, NeurIPS 2023, "
            "arXiv:2305.18290",
            makeOne<Dpo>,
            {{"trl", "Sigmoid loss, beta 0.1.", {{"beta", 0.1}, {"label_smoothing", 0.0}}}}};
}

} // namespace distill
