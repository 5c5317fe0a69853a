// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/tokens.h"

#include <cmath>

namespace distill {

namespace {

/// Self-attention relations of one layer, the last as a rule (v2 of large teachers: one from the upper middle).
/// Version "1", Wang et al. 2020, "MiniLM" (arXiv:2002.10957, equations 6 to 9). Taps: attention [B, heads, L, L] and values
/// [B, heads, L, d], whose d may differ:
///     L = mean over heads and tokens of KL(A_t || A_s) + mean over heads and tokens of KL(R_t || R_s), R = softmax(V V^T / sqrt d)
/// Version "2", Wang et al. 2021, "MiniLMv2" (arXiv:2012.15828, equations 5 to 8). Taps: queries, keys, values, each [B, heads, L, d]
/// or [B, L, D]; the heads are joined and split again into `relation_heads`, so that heads and widths may differ:
///     L = sum over X of Q, K, V of mean over relation heads and tokens of KL(R(X_t) || R(X_s)), R(X) = softmax(X X^T / sqrt d_r)
/// All three weigh 1, as in the paper, which has 48 relation heads for base-size and 64 for large teachers; 0 here takes the
/// student's own number of heads, 1 for [B, L, D]. Version 2 takes any number of taps, each a relation of the same kind.
/// `attention` of version 1: probabilities (the default), or scores before the softmax. Keys that do not count are left out of
/// every relation, queries that do not out of the mean.
class MiniLm final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.choice("version", m_version,
                      {{"1", "Attention and value relation; taps: attention, values."},
                       {"2", "Relations among queries, keys and values; taps: one for each."}},
                      {.help = "Which of the two papers' losses is computed."});
        binder.integer("relation_heads", m_relationHeads,
                       {.help = "Version 2: into how many heads both sides are split; 0 takes the student's own number.",
                        .minimum = 0,
                        .maximum = 4096});
        binder.choice("attention", m_attention, {{"probabilities", "After the softmax."}, {"scores", "Before the softmax."}},
                      {.help = "Version 1: what the attention tap gives.", .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const std::vector<TapPairs::Pair> pairs = m_taps.pairs(setting, "minilm");
        if (m_version == "1") {
            prepareFirst(pairs);
            return;
        }
        for (const TapPairs::Pair& pair : pairs) {
            const auto length = [](const Shape& shape) { return shape[shape.size() - 2]; };
            const auto width = [](const Shape& shape) { return shape.size() == 3 ? shape[0] * shape[2] : shape.back(); };
            const auto fits = [](const Shape& shape) { return shape.size() == 2 || shape.size() == 3; };
            if (!fits(pair.from) || !fits(pair.to) || length(pair.from) != length(pair.to)) {
                throw cannotMatch("minilm", pair,
                                  "choose queries, keys or values (heads x tokens x width, or tokens x width) of "
                                  "sequences of the same length");
            }
            const std::int64_t heads = headsOf(pair.from);
            if (width(pair.from) % heads != 0 || width(pair.to) % heads != 0) {
                throw cannotMatch("minilm", pair,
                                  "their widths " + std::to_string(width(pair.from)) + " and " + std::to_string(width(pair.to))
                                      + " must both be multiples of the " + std::to_string(heads) + " relation heads");
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
            const bool isAttention = m_version == "1" && i == 0;
            const std::int64_t heads = headsOf(student.sizes().slice(1).vec()), length = student.size(-2);
            const at::Tensor counting = Tokens(inputs, {student.size(0), length}).counting();
            const at::Tensor keys = counting.defined() ? counting.view({student.size(0), 1, 1, length}) : at::Tensor();
            const auto relation
                = [&](const at::Tensor& tap) { return isAttention ? attention(tap, keys) : related(tap, heads, keys); };
            const at::Tensor each = klDivergence(relation(teacher), relation(student)); // [B, heads, L]
            const at::Tensor term = counting.defined()
                ? each.masked_fill(keys.squeeze(2).logical_not(), 0).sum() / (counting.sum().clamp_min(1) * each.size(1))
                : each.mean();
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }
    std::string formula(bool) const override
    {
        const std::string relation = ", R(X) = softmax(X X^T / sqrt d)";
        if (m_version == "1") {
            return "mean KL(A_t || A_s) + mean KL(R(V_t) || R(V_s)), A then V " + layersText(m_taps) + relation
                + (m_attention == "scores" ? ", A the softmax of its tap" : "");
        }
        return "sum over pairs of mean KL(R(X_t) || R(X_s)) " + layersText(m_taps) + relation + ", in "
            + (m_relationHeads == 0 ? "as many heads as the student has" : std::to_string(m_relationHeads) + " heads");
    }

private:
    static void prepareFirst(const std::vector<TapPairs::Pair>& pairs)
    {
        if (pairs.size() != 2) {
            throw InputError("The objective minilm of version 1 compares two layers, attention and values, but "
                             + std::to_string(pairs.size())
                             + " are named in student_taps; name the attention first, then the values");
        }
        const TapPairs::Pair &attention = pairs[0], &values = pairs[1];
        if (attention.from.size() != 3 || attention.from != attention.to || attention.from[1] != attention.from[2]) {
            throw cannotMatch("minilm", attention,
                              "the first of version 1 is attention (heads x tokens x tokens), equal on both sides; "
                              "version 2 allows different numbers of heads");
        }
        if (values.from.size() != 3 || values.to.size() != 3 || values.from[0] != values.to[0]
            || values.from[1] != values.to[1]) {
            throw cannotMatch("minilm", values,
                              "the second of version 1 are values (heads x tokens x width) of the same heads and "
                              "tokens; version 2 allows different numbers of heads");
        }
    }

    /// How many heads the relations of a tap of the student's of this shape have.
    std::int64_t headsOf(const Shape& student) const
    {
        return m_version == "2" && m_relationHeads > 0 ? m_relationHeads : student.size() == 3 ? student[0] : 1;
    }

    /// log A [B, heads, L, L]
    at::Tensor attention(const at::Tensor& tap, const at::Tensor& keys) const
    {
        const at::Tensor kept = keys.defined() ? tap.masked_fill(keys.logical_and(keys.transpose(2, 3)).logical_not(), 0) : tap;
        return m_attention == "scores" ? logSoftmax(kept, keys) : safeLog(kept);
    }

    /// log softmax(X X^T / sqrt d) [B, heads, L, L]
    static at::Tensor related(const at::Tensor& tap, std::int64_t heads, const at::Tensor& keys)
    {
        at::Tensor x = tap;
        if (tap.dim() == 4 && tap.size(1) != heads) {
            x = tap.transpose(1, 2).flatten(2);
        }
        if (x.dim() == 3) {
            x = x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
        }
        if (keys.defined()) {
            x = x.masked_fill(keys.transpose(2, 3).logical_not(), 0);
        }
        return logSoftmax(at::matmul(x, x.transpose(2, 3)) / std::sqrt(static_cast<double>(x.size(3))), keys);
    }

    static at::Tensor logSoftmax(const at::Tensor& scores, const at::Tensor& keys)
    {
        // Queries that do not count keep all keys, so that there is a softmax.
        const at::Tensor hidden = keys.defined() ? keys.logical_not().logical_and(keys.transpose(2, 3)) : at::Tensor();
        const at::Tensor kept = hidden.defined() ? scores.masked_fill(hidden, -INFINITY) : scores;
        return at::log_softmax(kept.masked_fill(kept.isneginf().all(3, /*keepdim=*/true), 0), 3);
    }

    TapPairs m_taps{{"queries", "keys", "values"}, {"queries", "keys", "values"}};
    std::string m_version = "2";
    std::int64_t m_relationHeads = 0;
    std::string m_attention = "probabilities";
};

} // namespace

ObjectiveEntry miniLmEntry()
{
    return {
        "minilm",
        "Self-attention relations (MiniLM)",
        "How a layer's tokens relate to each other follows the teacher's; heads and widths may differ (version 2).",
        "version 2: L = sum over X of Q, K, V of mean KL(R(X_t) || R(X_s)), R(X) = softmax(X X^T / sqrt d); version 1: mean "
        "KL(A_t || A_s) + mean KL(R(V_t) || R(V_s))",
        "Wang et al., MiniLMv2, Findings of ACL 2021, arXiv:2012.15828; version 1: MiniLM, NeurIPS 2020, arXiv:2002.10957",
        makeOne<MiniLm>};
}

} // namespace distill
