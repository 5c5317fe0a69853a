// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// Huang et al. 2022, "Knowledge Distillation from A Stronger Teacher" (arXiv:2205.10536).
///     p = softmax(z_t / tau), q = softmax(z_s / tau), r Pearson's correlation
///     L = tau^2 (beta (1 - mean_b r(p_b, q_b)) + gamma (1 - mean_k r(p_:k, q_:k)))
/// Logits [B, K]. The first part compares a sample's classes, the second one a class over the samples of the batch. Defaults are
/// the authors' code's: beta 1, gamma 1, tau 1 (on CIFAR-100 tau 4).
/// - `denominator` "added" is a.b / (|a||b| + 1e-8), the authors'; "clamped" holds each norm at 1e-8 or more (torchdistill,
///   through PyTorch's cosine similarity). They differ for classes that no sample of the batch has any probability of.
/// - `form` "similarity" leaves out "1 -" in both parts, as torchdistill's DIST+ does: the value rises with the agreement, so
///   that whoever minimises it lowers the agreement.
/// A row or column without variation has r = 0 and no gradient: in a batch of one the second part is the constant gamma tau^2.
class Dist final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.number(
            "beta", m_beta,
            {.help = "Weight of the relations between the classes of a sample.", .minimum = 0, .maximum = 1000, .tunable = true});
        binder.number(
            "gamma", m_gamma,
            {.help = "Weight of the relations between the samples of a class.", .minimum = 0, .maximum = 1000, .tunable = true});
        binder.number("tau", m_tau,
                      {.help = "Temperature: divides the logits of teacher and student before the softmax; higher is softer.",
                       .minimum = 0.01,
                       .maximum = 1000,
                       .tunable = true,
                       .logarithmic = true});
        binder.choice(
            "form", m_form,
            {{"distance", "One minus the correlation: 0 when they agree."},
             {"similarity", "The correlation itself, as torchdistill's DIST+ adds it up: it rises with the agreement."}},
            {.help = "What of the two correlations is added up.", .advanced = true});
        binder.choice(
            "denominator", m_denominator,
            {{"added", "1e-8 is added to the product of the two deviations."}, {"clamped", "Each deviation is at least 1e-8."}},
            {.help = "How a correlation with something nearly constant is kept finite.", .advanced = true});
    }
    void prepare(const ObjectiveSetting& setting) override { requireSameClasses(setting, "dist"); }
    bool needsTeacher() const override { return true; }
    bool relatesSamples() const override { return m_gamma > 0; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const at::Tensor target = at::softmax(inputs.teacherLogits.detach() / m_tau, 1);
        const at::Tensor output = at::softmax(inputs.studentLogits / m_tau, 1);
        const auto part = [&](std::int64_t dimension) {
            const at::Tensor mean = correlation(target, output, dimension).mean();
            return m_form == "distance" ? 1 - mean : mean;
        };
        return m_tau * m_tau * (m_beta * part(1) + m_gamma * part(0));
    }
    std::string formula(bool) const override
    {
        const TemperatureText heat(m_tau, false);
        const auto part = [&](const std::string& mean) { return m_form == "distance" ? "(1 - " + mean + ")" : mean; };
        return heat.squaredTimes("[") + times(m_beta, part("mean_b r(p_b, q_b)")) + " + "
            + times(m_gamma, part("mean_k r(p_:k, q_:k)")) + "], " + heat.softmaxes() + ", r(x, y) = x'.y'/"
            + (m_denominator == "added" ? "(|x'||y'| + 1e-8)" : "(max(|x'|, 1e-8) max(|y'|, 1e-8))") + ", x' = x - mean x";
    }

private:
    at::Tensor correlation(const at::Tensor& a, const at::Tensor& b, std::int64_t dimension) const
    {
        const auto [first, firstNorm, firstFlat] = deviations(a, dimension);
        const auto [second, secondNorm, secondFlat] = deviations(b, dimension);
        const at::Tensor scale
            = m_denominator == "added" ? firstNorm * secondNorm + 1e-8 : firstNorm.clamp_min(1e-8) * secondNorm.clamp_min(1e-8);
        return ((first * second).sum(dimension) / scale).masked_fill(firstFlat.logical_or(secondFlat), 0);
    }

    /// The centred numbers, their norm, and where they are constant but for the rounding of their mean (the norm is 1 there).
    static std::tuple<at::Tensor, at::Tensor, at::Tensor> deviations(const at::Tensor& x, std::int64_t dimension)
    {
        const at::Tensor centred = x - x.mean(dimension, /*keepdim=*/true);
        const at::Tensor squares = centred.square().sum(dimension);
        const at::Tensor constant = squares.le(1e-12 * x.square().sum(dimension));
        return {centred, squares.masked_fill(constant, 1).sqrt(), constant};
    }

    double m_beta = 1, m_gamma = 1, m_tau = 1;
    std::string m_form = "distance";
    std::string m_denominator = "added";
};

} // namespace

ObjectiveEntry distEntry()
{
    return {"dist",
            "Relations of predictions (DIST)",
            "The student's probabilities vary over classes and over samples as the teacher's do, whatever their size.",
            "L = tau^2 (beta (1 - mean_b r(p_b, q_b)) + gamma (1 - mean_k r(p_:k, q_:k))), p = softmax(z_t/tau), q = "
            "softmax(z_s/tau), r Pearson's correlation; form similarity: without 1 -",
            "Huang et al., Knowledge Distillation from A Stronger Teacher, NeurIPS 2022, arXiv:2205.10536",
            makeOne<Dist>,
            {{"torchdistill",
              "As the authors' code, but each norm is held at 1e-8 or more.",
              {{"beta", 1.0}, {"gamma", 1.0}, {"tau", 1.0}, {"form", "distance"}, {"denominator", "clamped"}}},
             {"torchdistill-dist+",
              "Its DIST+ adds up the correlations themselves, which rise with the agreement.",
              {{"beta", 1.0}, {"gamma", 1.0}, {"tau", 1.0}, {"form", "similarity"}, {"denominator", "clamped"}}}}};
}

} // namespace distill
