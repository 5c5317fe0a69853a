// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/tokens.h"

namespace distill {

namespace {

/// Boizard et al. 2025, "Towards Cross-Tokenizer Distillation: the Universal Logit Distillation Loss for LLMs" (TMLR;
/// arXiv:2402.12030, equation 5): the Wasserstein distance between two distributions whose tokens are all equally far apart.
///     L = mean over tokens of sum_i |p_(i) - q_(i)|,  p, q = softmax(z/T) sorted in descending order
/// Logits [B, L, V], [B, L', V'] or [B, K], [B, K']: the shorter probability vector is padded with zeros, the longer sequence
/// cut to the other's length, as the authors do. The mask is the student's. T is `temperature`, 1. The paper adds cross-entropy
/// with a weight of 1.5 on this term; TRL's ULD for tokens without a counterpart is the same L1 of sorted vectors.
class Uld final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.number("temperature", m_temperature,
                      {.help = "Divides the logits of teacher and student before the softmax; higher is softer.",
                       .minimum = 0.01,
                       .maximum = 1000,
                       .tunable = true,
                       .logarithmic = true});
    }

    bool needsTeacher() const override { return true; }
    bool takesSequences() const override { return true; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const at::Tensor& student = inputs.studentLogits;
        const at::Tensor teacher = inputs.teacherLogits.detach();
        if (student.dim() != teacher.dim()) {
            throw InputError("The objective uld compares token by token, but the student's logits have "
                             + std::to_string(student.dim()) + " sides and the teacher's " + std::to_string(teacher.dim())
                             + "; both must be [B, L, V] or [B, K]");
        }
        if (student.dim() == 2) {
            const Tokens tokens = Tokens::of(inputs, student);
            return tokens.mean(distance(tokens.rows(student), tokens.rows(teacher)));
        }
        const std::int64_t length = std::min(student.size(1), teacher.size(1));
        const auto cut = [&](const at::Tensor& x) { return x.defined() && x.dim() > 1 ? x.slice(1, 0, length) : x; };
        const HardLabels labels{cut(inputs.labels.labels)};
        const at::Tensor shortened = cut(student);
        const StepInputs within{shortened,          inputs.teacherLogits, labels,          inputs.studentTaps,
                                inputs.teacherTaps, inputs.indices,       cut(inputs.mask)};
        const Tokens tokens = Tokens::of(within, shortened);
        return tokens.mean(distance(tokens.rows(shortened), tokens.rows(cut(teacher))));
    }
    std::string formula(bool temperatureMoves) const override
    {
        return "mean over samples or tokens of sum_i |p_(i) - q_(i)|, "
            + TemperatureText(m_temperature, temperatureMoves).softmaxes()
            + ", each sorted from the largest, the shorter padded with zeros";
    }

private:
    at::Tensor distance(const at::Tensor& student, const at::Tensor& teacher) const
    {
        const std::int64_t longest = std::max(student.size(1), teacher.size(1));
        const auto sorted = [&](const at::Tensor& logits) {
            const at::Tensor p = std::get<0>(at::softmax(logits / m_temperature, 1).sort(1, /*descending=*/true));
            return p.size(1) < longest ? at::constant_pad_nd(p, {0, longest - p.size(1)}, 0) : p;
        };
        return (sorted(student) - sorted(teacher)).abs().sum(1);
    }

    double m_temperature = 1;
};

} // namespace

ObjectiveEntry uldEntry()
{
    return {"uld",
            "Universal logit distillation (ULD)",
            "Compares sorted probabilities, so that teacher and student may have different vocabularies.",
            "L = mean over tokens of sum_i |p_(i) - q_(i)|, p and q = softmax(z/T) sorted, the shorter padded with zeros",
            "Boizard et al., Towards Cross-Tokenizer Distillation: the Universal Logit Distillation Loss for LLMs, TMLR 2025, "
            "arXiv:2402.12030",
            makeOne<Uld>,
            {{"trl", "Sorted probabilities at temperature 1, L1.", {{"temperature", 1.0}}}}};
}

} // namespace distill
