// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/sparse.h"

namespace distill {

namespace {

/// Order of the teacher's k most likely tokens (see SparseTeacher) as DistillKit teaches it, after RankNet (Burges et al. 2005)
/// and its hinge form (Herbrich et al. 2000). Over all pairs (i, j) of the k, of all tokens that count, with
/// p_i > p_j (by 1e-8, and by 1e-9):
///     hinge_ranking     L = mean max(0, m - (q_i - q_j)),   q = softmax(z_s), m = `margin`, 0
///     logistic_ranking  L = mean log(1 + exp(-(z_i - z_j))),  z the student's logits
/// Logits [B, L, V] or [B, K]. The mean is over pairs, not over tokens: a token with more pairs counts for more. With
/// `margin_from` teacher the margin is the teacher's own p_i - p_j (DistillKit's margin of none). Without a pair L is 0.
template <bool hinge> class Ranking final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_teacher.describe(binder);
        if constexpr (hinge) {
            binder.number("margin", m_margin,
                          {.help = "By how much the student's probability of the likelier token has to be above the other's.",
                           .minimum = 0,
                           .maximum = 1,
                           .tunable = true});
            binder.choice(
                "margin_from", m_marginFrom,
                {{"constant", "The margin as given."}, {"teacher", "The difference of the teacher's two probabilities."}},
                {.help = "Where the margin comes from.", .advanced = true});
        }
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        m_teacher.prepare(setting, hinge ? "hinge_ranking" : "logistic_ranking");
    }

    bool needsTeacher() const override { return true; }
    bool takesSequences() const override { return true; }
    std::vector<std::string> teacherTaps() const override { return m_teacher.taps(); }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const Tokens tokens = Tokens::of(inputs, inputs.studentLogits);
        const SparseTargets targets = m_teacher.targets(inputs, tokens, 1);
        const at::Tensor logits = tokens.rows(inputs.studentLogits), p = targets.log.exp();
        const auto differences = [](const at::Tensor& x) { return x.unsqueeze(2) - x.unsqueeze(1); };
        const at::Tensor ahead = differences(p);
        at::Tensor pairs = ahead.gt(least).logical_and(p.gt(least).unsqueeze(1));
        if (tokens.counting().defined()) {
            pairs = pairs.logical_and(tokens.counting().view({-1, 1, 1}));
        }
        at::Tensor each;
        if constexpr (hinge) {
            const at::Tensor q = at::softmax(logits, 1).gather(1, targets.ids);
            each = ((m_marginFrom == "teacher" ? ahead : at::full_like(ahead, m_margin)) - differences(q)).relu();
        } else {
            const at::Tensor z = logits.gather(1, targets.ids);
            const at::Tensor excluded = z.isneginf();
            pairs = pairs.logical_and(excluded.unsqueeze(1).logical_or(excluded.unsqueeze(2)).logical_not());
            each = at::softplus(-differences(z.masked_fill(excluded, 0)));
        }
        return each.masked_fill(pairs.logical_not(), 0).sum() / pairs.sum().clamp_min(1);
    }
    std::string formula(bool) const override
    {
        const std::string pairs = "mean over pairs of the teacher's " + std::to_string(m_teacher.k())
            + " most likely classes or tokens with p_i > p_j of ";
        if constexpr (hinge) {
            const std::string margin = m_marginFrom == "teacher" ? "(p_i - p_j) - "
                : m_margin == 0                                  ? "-"
                                                                 : numberText(m_margin) + " - ";
            return pairs + "max(0, " + margin + "(q_i - q_j)), p = softmax(z_t), q = softmax(z_s)";
        } else {
            return pairs + "log(1 + exp(-(z_i - z_j))), z = z_s, p = softmax(z_t)";
        }
    }

private:
    static constexpr double least = hinge ? 1e-8 : 1e-9;

    SparseTeacher m_teacher{32};
    double m_margin = 0;
    std::string m_marginFrom = "constant";
};

} // namespace

ObjectiveEntry hingeRankingEntry()
{
    return {
        "hinge_ranking",
        "Hinge ranking",
        "The student orders the teacher's most likely tokens as the teacher does, by a margin.",
        "L = mean over pairs with p_i > p_j of max(0, m - (q_i - q_j)), q = softmax(z_s), m = margin; margin_from teacher: m = "
        "p_i - p_j",
        "Herbrich, Graepel, Obermayer, Large Margin Rank Boundaries for Ordinal Regression, 2000; as in DistillKit",
        makeOne<Ranking<true>>,
        {{"distillkit", "Margin 0, on probabilities.", {{"margin", 0.0}, {"margin_from", "constant"}}}}};
}

ObjectiveEntry logisticRankingEntry()
{
    return {"logistic_ranking",
            "Logistic ranking",
            "The student orders the teacher's most likely tokens as the teacher does.",
            "L = mean over pairs with p_i > p_j of log(1 + exp(-(z_i - z_j))), z the student's logits",
            "Burges et al., Learning to Rank using Gradient Descent, ICML 2005; as in DistillKit",
            makeOne<Ranking<false>>,
            {{"distillkit", "On logits, mean over pairs.", Json::object()}}};
}

} // namespace distill
