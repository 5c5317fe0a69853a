// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/common.h"
#include "objectives/registry.h"
#include "objectives/tokens.h"

namespace distill {

namespace {

/// Attention matrices of a transformer, Jiao et al. 2020, "TinyBERT" (arXiv:1909.10351, equation 7), as TextBrewer computes them.
/// Taps A [B, heads, L, L], scores before the softmax, in pairs, of which L is the sum.
///     attention_mse  mean over entries of (A_s - A_t)^2
///     attention_ce   mean over samples, heads and queries of -sum over keys of p log q, p = softmax(A_t), q = softmax(A_s)
/// Padding: where a mask or labels say which tokens count the means are over queries and keys that do. Without, a score of at
/// most `padding_score` is taken for padding and set to 0, in the CE the teacher's probability there. TextBrewer's -1e-3 is
/// the default; it also drops every negative score. TinyBERT's own code has -1e2, which keeps them. -inf is always padding.
/// `input` probabilities takes taps of attention_ce that went through their softmax.
template <bool crossEntropy> class AttentionMatrices final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number("padding_score", m_paddingScore,
                      {.help = "Without a mask, attention scores up to this one are taken for padding.",
                       .minimum = -1e30,
                       .maximum = 0,
                       .advanced = true});
        if constexpr (crossEntropy) {
            binder.choice("input", m_input, {{"scores", "Before the softmax."}, {"probabilities", "After the softmax."}},
                          {.help = "What the two layers give.", .advanced = true});
        }
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const std::string name = crossEntropy ? "attention_ce" : "attention_mse";
        for (const TapPairs::Pair& pair : m_taps.pairs(setting, name)) {
            if (pair.from.size() != 3 || pair.from != pair.to || pair.from[1] != pair.from[2]) {
                throw cannotMatch(name, pair, "choose two attention matrices of the same number of heads and tokens");
            }
        }
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor sum;
        for (std::size_t i = 0; i < m_taps.student.size(); ++i) {
            const at::Tensor& student = inputs.studentTaps.at(m_taps.student[i]);
            const at::Tensor teacher = inputs.teacherTaps.at(m_taps.teacher[i]).detach();
            const at::Tensor counting = Tokens(inputs, {student.size(0), student.size(2)}).counting();
            const at::Tensor term = counting.defined()
                ? masked(student, teacher, counting.view({student.size(0), student.size(2)}))
                : whole(student, teacher);
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }

private:
    bool probabilities() const { return m_input == "probabilities"; }

    at::Tensor whole(const at::Tensor& student, const at::Tensor& teacher) const
    {
        if constexpr (crossEntropy) {
            // Probabilities are never negative: none of them is padding.
            const at::Tensor padding = probabilities() ? teacher.lt(0) : teacher.le(m_paddingScore);
            return ce(student, teacher, padding).mean();
        } else {
            return (student.masked_fill(student.le(m_paddingScore), 0) - teacher.masked_fill(teacher.le(m_paddingScore), 0))
                .square()
                .mean();
        }
    }

    /// `counting` [B, L]
    at::Tensor masked(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& counting) const
    {
        const at::Tensor queries = counting.unsqueeze(1).unsqueeze(3), keys = counting.unsqueeze(1).unsqueeze(2);
        const at::Tensor out = queries.logical_and(keys).logical_not();
        // Padding may hold anything, NaN too.
        const at::Tensor s = student.masked_fill(out, 0), t = teacher.masked_fill(out, 0);
        const std::int64_t heads = student.size(1);
        if constexpr (crossEntropy) {
            // A query's softmax is over the keys that count; the rows of the others are only kept finite.
            const at::Tensor hidden = queries.logical_and(keys.logical_not());
            const double nothing = probabilities() ? 0 : -INFINITY;
            const at::Tensor each = ce(s.masked_fill(hidden, nothing), t.masked_fill(hidden, nothing), hidden);
            return each.masked_fill(counting.unsqueeze(1).logical_not(), 0).sum() / (counting.sum().clamp_min(1) * heads);
        } else {
            const at::Tensor infinite = s.isneginf().logical_or(t.isneginf());
            const at::Tensor squares = (s.masked_fill(infinite, 0) - t.masked_fill(infinite, 0)).square();
            return squares.sum() / (counting.sum(1).square().sum().clamp_min(1) * heads);
        }
    }

    /// [B, heads, L]; keys under `padding` add nothing.
    at::Tensor ce(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& padding) const
    {
        const at::Tensor p = probabilities() ? teacher : finite(teacher).softmax(3);
        const at::Tensor logQ = probabilities() ? safeLog(student) : at::log_softmax(finite(student), 3);
        return -(p.masked_fill(padding, 0) * logQ.masked_fill(logQ.isneginf(), 0)).sum(3);
    }

    /// Scores of which no query's are all -inf, where a softmax is nothing.
    static at::Tensor finite(const at::Tensor& scores)
    {
        return scores.masked_fill(scores.isneginf().all(3, /*keepdim=*/true), 0);
    }

    TapPairs m_taps{{"attention"}, {"attention"}};
    double m_paddingScore = -1e-3;
    std::string m_input = "scores";
};

} // namespace

ObjectiveEntry attentionMseEntry()
{
    return {
        "attention_mse",
        "Attention matrices (MSE)",
        "Where the student's tokens look follows the teacher's, score by score.",
        "L = sum over pairs of mean over heads, queries and keys of (A_s - A_t)^2, padding 0",
        "Jiao et al., TinyBERT: Distilling BERT for Natural Language Understanding, Findings of EMNLP 2020, arXiv:1909.10351",
        makeOne<AttentionMatrices<false>>,
        {{"textbrewer", "Scores up to -1e-3 are taken for padding where there is no mask.", {{"padding_score", -1e-3}}}}};
}

ObjectiveEntry attentionCeEntry()
{
    return {"attention_ce",
            "Attention matrices (cross-entropy)",
            "Where the student's tokens look follows the teacher's, as probabilities.",
            "L = sum over pairs of mean over samples, heads and queries of -sum over keys of softmax(A_t) log softmax(A_s)",
            "Yang et al., TextBrewer: An Open-Source Knowledge Distillation Toolkit for NLP, ACL 2020, arXiv:2002.12620",
            makeOne<AttentionMatrices<true>>,
            {{"textbrewer",
              "Teacher's scores up to -1e-3 are taken for padding where there is no mask.",
              {{"padding_score", -1e-3}, {"input", "scores"}}}}};
}

} // namespace distill
