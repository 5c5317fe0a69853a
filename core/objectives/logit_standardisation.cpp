// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// Sun et al. 2024, "Logit Standardization in Knowledge Distillation" (arXiv:2403.01427).
///     z' = (z - mean(z)) / (std(z) + 1e-7) for each sample, of teacher and student alike
///     L = T^2/B sum_b KL(softmax(z'_t / T) || softmax(z'_s / T))
/// Logits [B, K]. The standard deviation is the unbiased one, sum over K - 1, as in the authors' and torchdistill's codes. T is
/// the authors' base temperature for CIFAR-100, 2, to which their weight of 9 belongs. Classes of logit -inf stay excluded and are
/// no part of mean and deviation. Where all logits of a sample are the same, z' is 0 and has no gradient; the published codes
/// divide by 1e-7 there. torchdistill adds cross-entropy inside the term (alpha CE + beta T^2 KL): here that is a cross_entropy
/// term.
class LogitStandardisation final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.number("temperature", m_temperature,
                      {.help = "Divides the standardised logits before the softmax; higher is softer.",
                       .minimum = 0.01,
                       .maximum = 1000,
                       .tunable = true,
                       .logarithmic = true});
    }
    void prepare(const ObjectiveSetting& setting) override { requireSameClasses(setting, "logit_standardisation"); }
    bool needsTeacher() const override { return true; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const at::Tensor logTarget = at::log_softmax(standardised(inputs.teacherLogits.detach()) / m_temperature, 1);
        const at::Tensor logOutput = at::log_softmax(standardised(inputs.studentLogits) / m_temperature, 1);
        return m_temperature * m_temperature * divergence(logTarget, logOutput).mean();
    }
    std::string formula(bool temperatureMoves) const override
    {
        const TemperatureText heat(m_temperature, temperatureMoves);
        return std::string("(") + heat.squared() + "/B) sum_b sum_k p log(p/q), p = " + heat.softmax("z'_t")
            + ", q = " + heat.softmax("z'_s") + ", z' = (z - mean_k z)/(std_k z + 1e-7)";
    }

private:
    static at::Tensor standardised(const at::Tensor& logits)
    {
        const double none = -std::numeric_limits<double>::infinity();
        const at::Tensor excluded = logits.eq(none);
        const at::Tensor count = excluded.logical_not().sum(1, /*keepdim=*/true);
        const at::Tensor values = logits.masked_fill(excluded, 0);
        const at::Tensor mean = values.sum(1, /*keepdim=*/true) / count.clamp_min(1);
        const at::Tensor centred = (values - mean).masked_fill(excluded, 0);
        const at::Tensor variance = centred.square().sum(1, /*keepdim=*/true) / (count - 1).clamp_min(1);
        // Equal logits differ by rounding of their mean at most.
        const at::Tensor constant = variance.le(1e-14 + 1e-12 * values.square().mean(1, /*keepdim=*/true));
        const at::Tensor deviation = variance.masked_fill(constant, 1).sqrt() + 1e-7;
        return (centred / deviation).masked_fill(constant, 0).masked_fill(excluded, none);
    }

    double m_temperature = 2;
};

} // namespace

ObjectiveEntry logitStandardisationEntry()
{
    return {
        "logit_standardisation",
        "Standardised soft targets",
        "Learns the teacher's softened class probabilities, with each sample's logits brought to mean 0 and deviation 1 first.",
        "L = (T^2/B) sum_b sum_k p log(p/q), p = softmax(z'_t/T), q = softmax(z'_s/T), z' = (z - mean z) / (std z + 1e-7)",
        "Sun et al., Logit Standardization in Knowledge Distillation, CVPR 2024, arXiv:2403.01427",
        makeOne<LogitStandardisation>,
        {{"torchdistill",
          "The same; its alpha and beta are the weights of cross_entropy and of this term.",
          {{"temperature", 2.0}}}}};
}

} // namespace distill
