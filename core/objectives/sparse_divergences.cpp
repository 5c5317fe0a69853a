// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/connectors.h"
#include "objectives/randomstream.h"
#include "objectives/registry.h"
#include "objectives/sparse.h"

#include <cmath>

namespace distill {

namespace {

enum class Of { Kl, Jsd, Tvd };

constexpr std::array<const char*, 3> names{"sparse_kl", "sparse_jsd", "sparse_tvd"};

/// Divergences from what is known of the teacher's distribution p over the vocabulary: its k most likely tokens (see
/// SparseTeacher) and, by `missing`, what is made of the mass m = 1 - sum of the k that is missing:
///     zero      p is 0 elsewhere and what is known is scaled to sum 1 (DistillKit's "zero"; the default)
///     uniform   m is spread evenly over the other V - k tokens
///     bucket    all other tokens are one, of mass m for the teacher and 1 - sum_k q for the student: a lower bound of the full
///               divergence (DistillKit's "symmetric_uniform", TRL's tail bucket)
///     sampled   the k are no most likely tokens but drawn from p (Anshumann et al. 2025, "Sparse Logit Sampling", ACL;
///               arXiv:2503.16870). Stored ones carry their weights as log-probabilities, 1/k each where p itself was drawn
///               from; a token drawn twice is there twice. Of a teacher's logits k tokens are drawn, with replacement, and
///                   L = 1/k sum_i f(q_i/p_i),  f(r) = -log r;  -b log M + (1 - b) r log(r/M), M = b + (1 - b) r;  1/2 |1 - r|
///               whose expectation, and its gradient's, is the full divergence over what the teacher holds possible. Weights
///               without probabilities say nothing of f but for the KL, whose gradient needs no p: sparse_kl alone takes
///               stored ones, L = sum_i w_i log(W_i/q_i), W_i the sum of the weights of that token.
///     sparse_kl    sum p log(p/q)
///     sparse_jsd   b KL(p || M) + (1 - b) KL(q || M), M = b p + (1 - b) q, b = `beta`, 0.5
///     sparse_tvd   1/2 sum |p - q|
/// Stored tokens say nothing of how m is softened at a temperature other than 1: `softened_tail` even takes the other V - k
/// tokens to be even among themselves, one to be a single one (DistillKit).
/// The student's side is its whole softmax(z_s/T) in each case; where p is 0 only its sum matters, so zero is exact, too. T^2 is
/// DistillKit's. Mean over the tokens that count and of which something is known.
template <Of of> class SparseDivergence final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_teacher.describe(binder);
        m_softening.describe(binder);
        if constexpr (of == Of::Jsd) {
            binder.number("beta", m_beta,
                          {.help = "Share of the teacher in the mixture that both sides are compared with.",
                           .minimum = 0,
                           .maximum = 1,
                           .tunable = true});
        }
        std::vector<Field::Option> options{
            {"zero", "Taken as 0; what is known is scaled to sum 1."},
            {"uniform", "Spread evenly over all other classes or tokens."},
            {"bucket", "All other classes or tokens count as one."},
            {"sampled", "None: the tokens are drawn from the teacher, and their weights make the loss unbiased."},
        };
        binder.choice("missing", m_missing, std::move(options),
                      {.help = "What is made of the probability that the teacher's kept tokens leave over."});
        binder.choice("softened_tail", m_softenedTail,
                      {{"even", "The other tokens are even among themselves."}, {"one", "The other tokens are a single one."}},
                      {.help = "How the missing probability of stored tokens is softened at a temperature other than 1.",
                       .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        m_teacher.prepare(setting, names[static_cast<std::size_t>(of)]);
        if (of != Of::Kl && m_missing == "sampled" && m_teacher.stored()) {
            throw InputError(std::string("The objective ") + names[static_cast<std::size_t>(of)]
                             + " cannot be computed from the weights of stored drawn tokens, only from a teacher's logits; "
                               "sparse_kl takes them");
        }
        if (m_missing == "sampled" && !m_teacher.stored()) {
            auto parts = std::make_unique<Parts>();
            m_random = &parts->addChild("random", std::make_unique<RandomStream>(*setting.generator));
            m_learned = std::move(parts);
        }
    }

    bool needsTeacher() const override { return true; }
    bool takesSequences() const override { return true; }
    std::vector<std::string> teacherTaps() const override { return m_teacher.taps(); }

    at::Tensor loss(const StepInputs& inputs) override
    {
        Tokens tokens = Tokens::of(inputs, inputs.studentLogits);
        const at::Tensor q = m_softening.logSoftmax(tokens.rows(inputs.studentLogits));
        if (m_random) {
            return tokens.mean(drawn(inputs, tokens, q)) * m_softening.scale();
        }
        // Weights of drawn tokens are of the temperature that they were drawn at.
        const SparseTargets targets
            = m_teacher.targets(inputs, tokens, m_missing == "sampled" ? 1 : m_softening.temperature, m_softenedTail == "one");
        tokens.restrictTo(targets.present.any(1));
        const at::Tensor each = m_missing == "sampled" ? weighed(targets, q)
            : m_missing == "uniform"                   ? divergence(spread(targets, q.size(1)), q)
                                                       : withBucket(targets, q);
        return tokens.mean(each) * m_softening.scale();
    }
    std::string formula(bool temperatureMoves) const override
    {
        const TemperatureText heat(m_softening.temperature, temperatureMoves);
        const std::string mean = "mean over samples or tokens of ", k = std::to_string(m_teacher.k());
        const std::string text = (m_softening.scaleByT2 ? heat.squaredTimes(mean) : mean);
        if (m_missing == "sampled") {
            const std::string mixed = numberText(m_beta) + " + " + times(1 - m_beta, "r");
            const std::string compared = times(m_beta, "log M") + " + " + times(1 - m_beta, "r log(r/M)");
            const std::string each = of == Of::Kl ? "-log r" : of == Of::Jsd ? "-" + compared + ", M = " + mixed : "1/2 |1 - r|";
            return text + "1/" + k + " sum over " + k + " classes or tokens drawn from p of f(q_i/p_i), f(r) = " + each + ", "
                + heat.softmaxes();
        }
        const auto mixture = [this](const std::string& a, const std::string& b) {
            return times(m_beta, a) + " + " + times(1 - m_beta, b);
        };
        const std::string compared = mixture("KL(p || M)", "KL(q || M)"), mixed = mixture("p", "q");
        const std::string each = of == Of::Kl ? "sum_v p log(p/q)"
            : of == Of::Jsd                   ? "[" + compared + "], M = " + mixed
                                              : "1/2 sum_v |p - q|";
        const std::string rest = m_missing == "zero" ? "scaled to sum 1, 0 elsewhere"
            : m_missing == "uniform"                 ? "what they leave spread evenly over all others"
                                                     : "all others as one, of p and of q";
        return text + each + ", " + heat.softmaxes() + ", of p the " + k + " most likely, " + rest;
    }

private:
    at::Tensor divergence(const at::Tensor& p, const at::Tensor& q) const
    {
        if constexpr (of == Of::Kl) {
            return klDivergence(p, q);
        } else if constexpr (of == Of::Jsd) {
            return jensenShannon(p, q, m_beta);
        } else {
            return totalVariation(p, q);
        }
    }

    /// zero, which is a bucket without mass for the teacher, and bucket.
    at::Tensor withBucket(const SparseTargets& targets, const at::Tensor& q) const
    {
        at::Tensor p = targets.log, tail = targets.logTail;
        if (m_missing == "zero") {
            const at::Tensor sum = p.logsumexp(1, /*keepdim=*/true);
            p = p - sum.masked_fill(sum.isneginf(), 0);
            tail = at::full_like(tail, -INFINITY);
        }
        const at::Tensor kept = q.gather(1, targets.ids).masked_fill(targets.present.logical_not(), -INFINITY);
        const at::Tensor rest = logOutside(q, targets.held(q.size(1)));
        return divergence(at::cat({p, tail.unsqueeze(1)}, 1), at::cat({kept, rest.unsqueeze(1)}, 1));
    }

    /// log p over the whole vocabulary.
    static at::Tensor spread(const SparseTargets& targets, std::int64_t vocabulary)
    {
        const at::Tensor others = targets.others.clamp_min(1).to(targets.log.scalar_type()).log();
        const at::Tensor even = (targets.logTail - others).unsqueeze(1);
        const at::Tensor kept = at::zeros({targets.ids.size(0), vocabulary}, targets.log.options())
                                    .scatter_add_(1, targets.ids, targets.log.exp());
        return at::where(targets.held(vocabulary), kept.log(), even);
    }

    /// sum_i w_i log(W_i/q_i), W_i what all draws of that token weigh together.
    static at::Tensor weighed(const SparseTargets& targets, const at::Tensor& q)
    {
        const at::Tensor weights = targets.log.exp();
        const at::Tensor same = targets.ids.unsqueeze(2).eq(targets.ids.unsqueeze(1));
        const at::Tensor together = (same * weights.unsqueeze(1)).sum(2);
        const at::Tensor kept = q.gather(1, targets.ids);
        const at::Tensor out = weights.le(0).logical_or(kept.isneginf());
        return (weights * (together.log().masked_fill(out, 0) - kept.masked_fill(out, 0))).sum(1);
    }

    at::Tensor drawn(const StepInputs& inputs, const Tokens& tokens, const at::Tensor& q)
    {
        const at::Tensor p = m_softening.logSoftmax(tokens.rows(inputs.teacherLogits.detach()));
        const at::Tensor cumulated = p.exp().cumsum(1, at::kDouble);
        const at::Tensor places = m_random->uniform(p.size(0), m_teacher.k()) * cumulated.narrow(1, p.size(1) - 1, 1);
        // right: the first token whose cumulated mass is above the draw, so never one without mass.
        const at::Tensor ids
            = at::searchsorted(cumulated, places, /*out_int32=*/false, /*right=*/true).clamp_max(p.size(1) - 1);
        const at::Tensor kept = q.gather(1, ids), source = p.gather(1, ids);
        const at::Tensor out = kept.isneginf().logical_or(source.isneginf());
        const at::Tensor ratio = (kept.masked_fill(out, 0) - source.masked_fill(out, 0)).masked_fill(out, -INFINITY).unsqueeze(2);
        return divergence(at::zeros_like(ratio), ratio).mean(1); // each draw by itself, p 1 and q the ratio
    }

    SparseTeacher m_teacher{128};
    Softening m_softening;
    double m_beta = 0.5;
    std::string m_missing = "zero";
    std::string m_softenedTail = "even";
    RandomStream* m_random = nullptr;
};

} // namespace

ObjectiveEntry sparseKlEntry()
{
    return {
        names[0],
        "KL from the teacher's top k",
        "Forward KL from the teacher's most likely tokens alone, stored or given.",
        "L = T^2 mean over tokens of sum p log(p/q), p known for k tokens; the rest by missing: 0, even, one bucket, or drawn "
        "tokens with weights w: sum w log(w/q)",
        "Anshumann et al., Sparse Logit Sampling: Accelerating Knowledge Distillation in LLMs, ACL 2025, arXiv:2503.16870",
        makeOne<SparseDivergence<Of::Kl>>,
        {{"distillkit",
          "What is missing is 0 and the rest scaled; T^2. Its symmetric_uniform is missing bucket.",
          {{"temperature", 1.0}, {"scale_by_t2", true}, {"missing", "zero"}, {"softened_tail", "one"}}},
         {"trl",
          "All other tokens are one bucket; no T^2.",
          {{"temperature", 1.0}, {"scale_by_t2", false}, {"missing", "bucket"}}}}};
}

ObjectiveEntry sparseJsdEntry()
{
    return {
        names[1],
        "Jensen-Shannon divergence from the teacher's top k",
        "Jensen-Shannon divergence from the teacher's most likely tokens alone, stored or given.",
        "L = T^2 mean over tokens of b KL(p || M) + (1 - b) KL(q || M), M = b p + (1 - b) q, p known for k tokens; the rest by "
        "missing: 0, even, or one bucket",
        "Lin, Divergence Measures Based on the Shannon Entropy, 1991; as in DistillKit",
        makeOne<SparseDivergence<Of::Jsd>>,
        {{"distillkit",
          "What is missing is 0 and the rest scaled; T^2. Its symmetric_uniform is missing bucket.",
          {{"temperature", 1.0}, {"scale_by_t2", true}, {"beta", 0.5}, {"missing", "zero"}, {"softened_tail", "one"}}}}};
}

ObjectiveEntry sparseTvdEntry()
{
    return {names[2],
            "Total variation from the teacher's top k",
            "Total variation distance from the teacher's most likely tokens alone, stored or given.",
            "L = T^2 mean over tokens of 1/2 sum |p - q|, p known for k tokens; the rest by missing: 0, even, or one bucket",
            "Wen et al., f-Divergence Minimization for Sequence-Level Knowledge Distillation, ACL 2023, arXiv:2307.15190",
            makeOne<SparseDivergence<Of::Tvd>>,
            {{"distillkit",
              "What is missing is 0 and the rest scaled; T^2. Its symmetric_uniform is missing bucket.",
              {{"temperature", 1.0}, {"scale_by_t2", true}, {"missing", "zero"}, {"softened_tail", "one"}}}}};
}

} // namespace distill
