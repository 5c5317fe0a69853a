// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/tokens.h"

namespace distill {

namespace {

enum class Of { ForwardKl, ReverseKl, SymmetricKl, Jsd, Gkd, Tvd, SkewForwardKl, SkewReverseKl };

constexpr std::array<const char*, 8> names{"forward_kl", "reverse_kl", "symmetric_kl",    "jsd",
                                           "gkd",        "tvd",        "skew_forward_kl", "skew_reverse_kl"};

/// Divergences between the two distributions over the vocabulary, p the teacher's and q the student's softmax(z/T), a mean over
/// the tokens that count, times T^2 where `scale_by_t2` is on. Logits [B, L, V], or [B, K] of images.
///     forward_kl       KL(p || q)                                  Kim, Rush 2016 (arXiv:1606.07947), token level
///     reverse_kl       KL(q || p)                                  Gu et al. 2024, MiniLLM (arXiv:2306.08543)
///     symmetric_kl     (1 - b) KL(p || q) + b KL(q || p)           Jeffreys 1946; b is `beta`, 0.5
///     jsd              b KL(p || M) + (1 - b) KL(q || M), M = b p + (1 - b) q; b 0.5
///     gkd              the same, but KL(p || q) at b = 0 and KL(q || p) at b = 1; Agarwal et al. 2024, GKD (arXiv:2306.13649)
///     tvd              1/2 sum |p - q|                             Wen et al. 2023, f-distill (arXiv:2307.15190)
///     skew_forward_kl  KL(p || a p + (1 - a) q)                    Ko et al. 2024, DistiLLM (arXiv:2402.03898); a is `alpha`, 0.1
///     skew_reverse_kl  KL(q || (1 - a) p + a q)
/// T is 1 everywhere. DistillKit multiplies T^2 into all it has, which is the default but for gkd: TRL and distillm have none.
/// jsd keeps its formula at b = 0 and 1, where it is 0; gkd jumps to the two KLs, as TRL does. distillm's forward KL and skew
/// forward KL leave the teacher's entropy in (`form` cross_entropy; also within its symmetric KL, whose lambda of 0.9 weighs
/// the reverse one), and the lambda of its JS, 0.9, weighs the student in the mixture: beta 0.1 here.
/// An entry of the vocabulary that one side excludes by a logit of -inf adds nothing to a KL (distillm, too).
template <Of of> class Divergence final : public Objective {
public:
    Divergence() { m_softening.scaleByT2 = of != Of::Gkd; }

    void describe(Binder& binder) override
    {
        m_softening.describe(binder);
        if constexpr (of == Of::Jsd || of == Of::Gkd) {
            binder.number("beta", m_beta,
                          {.help = "Share of the teacher in the mixture that both sides are compared with.",
                           .minimum = 0,
                           .maximum = 1,
                           .tunable = true});
        }
        if constexpr (of == Of::SymmetricKl) {
            binder.number("beta", m_beta,
                          {.help = "Weight of the reverse divergence; the forward one has the rest.",
                           .minimum = 0,
                           .maximum = 1,
                           .tunable = true});
        }
        if constexpr (of == Of::SkewForwardKl || of == Of::SkewReverseKl) {
            binder.number("alpha", m_alpha,
                          {.help = "How much of the first distribution is mixed into the one that it is compared with.",
                           .minimum = 0,
                           .maximum = 1,
                           .tunable = true});
        }
        if constexpr (hasForm) {
            binder.choice("form", m_form,
                          {{"divergence", "0 where teacher and student agree."},
                           {"cross_entropy", "The teacher's entropy stays in the value; the gradient of a KL is the same."}},
                          {.help = "Whether the forward divergence is one or its cross-entropy part.", .advanced = true});
        }
    }

    void prepare(const ObjectiveSetting& setting) override { requireSameTokens(setting, names[static_cast<std::size_t>(of)]); }
    bool needsTeacher() const override { return true; }
    bool takesSequences() const override { return true; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const Tokens tokens = Tokens::of(inputs, inputs.studentLogits);
        const at::Tensor p = m_softening.logSoftmax(tokens.rows(inputs.teacherLogits.detach()));
        const at::Tensor q = m_softening.logSoftmax(tokens.rows(inputs.studentLogits));
        return tokens.mean(divergence(p, q)) * m_softening.scale();
    }
    std::string formula(bool temperatureMoves) const override
    {
        const TemperatureText heat(m_softening.temperature, temperatureMoves);
        const std::string mean = "mean over samples or tokens of ";
        return (m_softening.scaleByT2 ? heat.squaredTimes(mean) : mean) + inWords() + ", " + heat.softmaxes();
    }

private:
    static constexpr bool hasForm = of == Of::ForwardKl || of == Of::SymmetricKl || of == Of::SkewForwardKl;

    at::Tensor forward(const at::Tensor& logP, const at::Tensor& logQ) const
    {
        return m_form == "divergence" ? klDivergence(logP, logQ) : crossEntropyOf(logP, logQ);
    }

    at::Tensor divergence(const at::Tensor& p, const at::Tensor& q) const
    {
        if constexpr (of == Of::ForwardKl) {
            return forward(p, q);
        } else if constexpr (of == Of::ReverseKl) {
            return klDivergence(q, p);
        } else if constexpr (of == Of::SymmetricKl) {
            return (1 - m_beta) * forward(p, q) + m_beta * klDivergence(q, p);
        } else if constexpr (of == Of::Jsd) {
            return jensenShannon(p, q, m_beta);
        } else if constexpr (of == Of::Gkd) {
            return m_beta == 0 ? klDivergence(p, q) : m_beta == 1 ? klDivergence(q, p) : jensenShannon(p, q, m_beta);
        } else if constexpr (of == Of::Tvd) {
            return totalVariation(p, q);
        } else if constexpr (of == Of::SkewForwardKl) {
            return forward(p, logMixture(p, q, m_alpha));
        } else {
            return klDivergence(q, logMixture(q, p, m_alpha));
        }
    }

    std::string inWords() const
    {
        const bool whole = m_form == "divergence";
        const std::string forward = "KL(p || q)", reverse = "KL(q || p)";
        const auto mixture = [](double w, const std::string& a, const std::string& b) {
            return times(w, a) + " + " + times(1 - w, b);
        };
        if constexpr (of == Of::ForwardKl) {
            return whole ? "sum_v p log(p/q)" : "-sum_v p log q";
        } else if constexpr (of == Of::ReverseKl) {
            return "sum_v q log(q/p)";
        } else if constexpr (of == Of::SymmetricKl) {
            return std::string("[") + mixture(1 - m_beta, whole ? forward : "sum_v -p log q", reverse) + "]";
        } else if constexpr (of == Of::Tvd) {
            return "1/2 sum_v |p - q|";
        } else if constexpr (of == Of::SkewForwardKl) {
            const std::string mixed = mixture(m_alpha, "p", "q");
            return std::string(whole ? "KL(p || " : "-sum_v p log(") + mixed + ")";
        } else if constexpr (of == Of::SkewReverseKl) {
            return std::string("KL(q || ") + mixture(m_alpha, "q", "p") + ")";
        } else {
            if (of == Of::Gkd && (m_beta == 0 || m_beta == 1)) {
                return m_beta == 0 ? forward : reverse;
            }
            return std::string("[") + mixture(m_beta, "KL(p || M)", "KL(q || M)") + "], M = " + mixture(m_beta, "p", "q");
        }
    }

    Softening m_softening;
    double m_beta = 0.5;
    double m_alpha = 0.1;
    std::string m_form = "divergence";
};

template <Of of>
ObjectiveEntry entry(const char* title, const char* help, const char* formula, const char* paper, std::vector<Preset> presets)
{
    return {names[static_cast<std::size_t>(of)], title, help, formula, paper, makeOne<Divergence<of>>, std::move(presets)};
}

} // namespace

ObjectiveEntry forwardKlEntry()
{
    return entry<Of::ForwardKl>(
        "Forward KL", "Covers all that the teacher holds possible, token by token.",
        "L = T^2 mean over tokens of sum_v p log(p/q), p = softmax(z_t/T), q = softmax(z_s/T); form cross_entropy: -sum_v p "
        "log q",
        "Kim, Rush, Sequence-Level Knowledge Distillation, EMNLP 2016, arXiv:1606.07947 (word level)",
        {{"distillkit",
          "T^2, mean over the tokens that count.",
          {{"temperature", 1.0}, {"scale_by_t2", true}, {"form", "divergence"}}},
         {"distillm",
          "The teacher's entropy stays in the value; no T^2.",
          {{"temperature", 1.0}, {"scale_by_t2", false}, {"form", "cross_entropy"}}},
         {"trl", "Its GKD at beta 0; no T^2.", {{"temperature", 1.0}, {"scale_by_t2", false}, {"form", "divergence"}}}});
}

ObjectiveEntry reverseKlEntry()
{
    return entry<Of::ReverseKl>(
        "Reverse KL", "Stays where the teacher is sure: seeks its modes instead of covering them all.",
        "L = T^2 mean over tokens of sum_v q log(q/p), p = softmax(z_t/T), q = softmax(z_s/T)",
        "Gu et al., MiniLLM: Knowledge Distillation of Large Language Models, ICLR 2024, arXiv:2306.08543",
        {{"distillm", "No T^2.", {{"temperature", 1.0}, {"scale_by_t2", false}}},
         {"trl", "Its GKD at beta 1; no T^2.", {{"temperature", 1.0}, {"scale_by_t2", false}}}});
}

ObjectiveEntry symmetricKlEntry()
{
    return entry<Of::SymmetricKl>(
        "Symmetric KL", "Forward and reverse KL, weighed.",
        "L = T^2 mean over tokens of (1 - b) KL(p || q) + b KL(q || p), b = beta; form cross_entropy: -sum p log q for KL(p || "
        "q)",
        "Jeffreys, An Invariant Form for the Prior Probability in Estimation Problems, 1946; Ko et al., DistiLLM, "
        "arXiv:2402.03898",
        {{"distillm",
          "Weighs the reverse divergence by 0.9 and leaves the teacher's entropy in the forward one; no T^2.",
          {{"temperature", 1.0}, {"scale_by_t2", false}, {"beta", 0.9}, {"form", "cross_entropy"}}}});
}

ObjectiveEntry jsdEntry()
{
    return entry<Of::Jsd>(
        "Jensen-Shannon divergence",
        "Both sides are compared with a mixture of the two: bounded, between forward and reverse KL.",
        "L = T^2 mean over tokens of b KL(p || M) + (1 - b) KL(q || M), M = b p + (1 - b) q, b = beta",
        "Lin, Divergence Measures Based on the Shannon Entropy, 1991; Agarwal et al., GKD, ICLR 2024, arXiv:2306.13649",
        {{"distillkit", "Even mixture, T^2.", {{"temperature", 1.0}, {"scale_by_t2", true}, {"beta", 0.5}}},
         {"distillm",
          "Its lambda of 0.9 weighs the student in the mixture; no T^2.",
          {{"temperature", 1.0}, {"scale_by_t2", false}, {"beta", 0.1}}},
         {"trl", "Its GKD between the two ends; no T^2.", {{"temperature", 1.0}, {"scale_by_t2", false}, {"beta", 0.5}}}});
}

ObjectiveEntry gkdEntry()
{
    return entry<Of::Gkd>("Generalised knowledge distillation (GKD)",
                          "From forward KL (beta 0) over the Jensen-Shannon divergence to reverse KL (beta 1).",
                          "L = mean over tokens of b KL(p || M) + (1 - b) KL(q || M), M = b p + (1 - b) q, b = beta; b = 0: "
                          "KL(p || q), b = 1: KL(q || p)",
                          "Agarwal et al., On-Policy Distillation of Language Models, ICLR 2024, arXiv:2306.13649",
                          {{"trl", "No T^2.", {{"temperature", 1.0}, {"scale_by_t2", false}, {"beta", 0.5}}}});
}

ObjectiveEntry tvdEntry()
{
    return entry<Of::Tvd>(
        "Total variation distance",
        "Half of the summed difference of the probabilities: bounded, and even over rare and common tokens.",
        "L = T^2 mean over tokens of 1/2 sum_v |p - q|, p = softmax(z_t/T), q = softmax(z_s/T)",
        "Wen et al., f-Divergence Minimization for Sequence-Level Knowledge Distillation, ACL 2023, arXiv:2307.15190",
        {{"distillkit", "T^2.", {{"temperature", 1.0}, {"scale_by_t2", true}}},
         {"distillm", "No T^2.", {{"temperature", 1.0}, {"scale_by_t2", false}}}});
}

ObjectiveEntry skewForwardKlEntry()
{
    return entry<Of::SkewForwardKl>(
        "Skew forward KL (DistiLLM)",
        "Forward KL to a student that has a little of the teacher mixed in: its gradients stay bounded.",
        "L = T^2 mean over tokens of KL(p || a p + (1 - a) q), a = alpha; form cross_entropy: -sum_v p log(a p + (1 - a) q)",
        "Ko et al., DistiLLM: Towards Streamlined Distillation for Large Language Models, ICML 2024, arXiv:2402.03898",
        {{"distillm",
          "The teacher's entropy stays in the value; no T^2.",
          {{"temperature", 1.0}, {"scale_by_t2", false}, {"alpha", 0.1}, {"form", "cross_entropy"}}}});
}

ObjectiveEntry skewReverseKlEntry()
{
    return entry<Of::SkewReverseKl>(
        "Skew reverse KL (DistiLLM)",
        "Reverse KL to a teacher that has a little of the student mixed in: its gradients stay bounded.",
        "L = T^2 mean over tokens of KL(q || (1 - a) p + a q), a = alpha",
        "Ko et al., DistiLLM: Towards Streamlined Distillation for Large Language Models, ICML 2024, arXiv:2402.03898",
        {{"distillm", "No T^2.", {{"temperature", 1.0}, {"scale_by_t2", false}, {"alpha", 0.1}}}});
}

} // namespace distill
