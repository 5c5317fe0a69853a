// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"

namespace distill {

namespace {

/// Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network" (arXiv:1503.02531, section 2).
///     p = softmax(z_t / T),  q = softmax(z_s / T)
///     S = T^2/B sum_b sum_k p log(p/q)
///     L = h CE(y, z_s) + (1 - h) S
/// Logits [B, K]; T is `temperature`, 4 as in RepDistiller and mdistiller; h is `hard_share`, 0 by default.
/// What published codes do differently is one field each:
/// - `scale_by_t2` false leaves T^2 out (TextBrewer). The gradient of S then shrinks with 1/T^2.
/// - `reduction` "mean" divides by B K (PyTorch's KLDivLoss by default) instead of by B.
/// - `form` "soft_cross_entropy" is -sum p log q: the entropy of the teacher stays in, the gradient is the same.
/// - `form` "probability_mse" is (p - q)^2 (KD_Lib), another loss.
/// - Weight on the soft side: h = 0, a cross_entropy term beside this one, and both terms' own weights (RepDistiller:
///   0.1 and 0.9). Weight on the hard side, alpha CE + (1 - alpha) S (torchdistill): this term alone, h = alpha. T^2
///   belongs to S and stays there, whatever h; without a known label CE is 0 and S keeps its factor 1 - h.
class Hinton final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.number("temperature", m_temperature,
                      {.help = "Divides the logits of teacher and student before the softmax; higher is softer.",
                       .minimum = 0.01,
                       .maximum = 1000,
                       .tunable = true,
                       .logarithmic = true});
        binder.number(
            "hard_share", m_hardShare,
            {.help = "Share of this term that is cross-entropy with the labels; the rest is the soft targets'.",
             .minimum = 0,
             .maximum = 1,
             .tunable = true});
        binder.boolean(
            "scale_by_t2", m_scaleByT2,
            {.help = "Multiplies the soft part by the temperature squared, so that its gradients keep their size.",
             .advanced = true});
        binder.choice(
            "form", m_form,
            {{"kl", "Kullback-Leibler divergence from teacher to student: 0 when they agree."},
             {"soft_cross_entropy", "Cross-entropy with the soft targets: the teacher's entropy stays in the value."},
             {"probability_mse", "Squared difference of the probabilities."}},
            {.help = "What is computed from the two softened outputs; the gradients of the first two are the same.",
             .advanced = true});
        binder.choice("reduction", m_reduction,
                      {{"batchmean", "Sum over classes, mean over samples."},
                       {"mean", "Mean over samples and classes: smaller by the number of classes."}},
                      {.help = "What the sum over samples and classes is divided by.", .advanced = true});
    }
    void prepare(const ObjectiveSetting& setting) override { requireSameClasses(setting, "kd"); }
    bool needsTeacher() const override { return true; }
    at::Tensor loss(const StepInputs& inputs) override
    {
        const at::Tensor logTarget = at::log_softmax(inputs.teacherLogits.detach() / m_temperature, 1);
        const at::Tensor logOutput = at::log_softmax(inputs.studentLogits / m_temperature, 1);
        const at::Tensor target = logTarget.exp();
        // A class that the teacher excludes has log p = -inf; by 0 log 0 = 0 it counts for nothing.
        const at::Tensor logRatio = m_form == "kl" ? logTarget - logOutput : -logOutput;
        const at::Tensor sum = m_form == "probability_mse" ? (logOutput.exp() - target).square().sum()
                                                           : (target * logRatio.masked_fill(target.eq(0), 0)).sum();
        const std::int64_t divisor = m_reduction == "mean" ? target.numel() : target.size(0);
        const at::Tensor soft
            = sum * ((m_scaleByT2 ? m_temperature * m_temperature : 1.0) / static_cast<double>(divisor));
        if (m_hardShare == 0) {
            return soft;
        }
        return m_hardShare * labelledCrossEntropy(inputs.studentLogits, inputs.labels) + (1 - m_hardShare) * soft;
    }
    std::string formula(bool temperatureMoves) const override
    {
        const TemperatureText heat(m_temperature, temperatureMoves);
        const std::string each = m_form == "kl" ? "p log(p/q)" : m_form == "soft_cross_entropy" ? "-p log q" : "(p - q)^2";
        const std::string soft = std::string("(") + (m_scaleByT2 ? heat.squared() : "1") + (m_reduction == "mean" ? "/(B K)" : "/B")
            + ") sum_b sum_k " + each + ", " + heat.softmaxes();
        const std::string hard = "mean over labelled samples of -log softmax(z_s)_y";
        if (m_hardShare == 0 || m_hardShare == 1) {
            return m_hardShare == 0 ? soft : hard;
        }
        return times(m_hardShare, "H") + " + " + times(1 - m_hardShare, "S") + ", H = " + hard + ", S = " + soft;
    }

private:
    double m_temperature = 4;
    double m_hardShare = 0;
    bool m_scaleByT2 = true;
    std::string m_form = "kl";
    std::string m_reduction = "batchmean";
};

} // namespace

ObjectiveEntry hintonEntry()
{
    return {"kd",
            "Soft targets (Hinton)",
            "Learns the teacher's softened class probabilities.",
            "L = h CE(y, z_s) + (1 - h) S, S = (T^2/B) sum_b sum_k p log(p/q), p = softmax(z_t/T), q = softmax(z_s/T), "
            "h = hard_share; without scale_by_t2 no T^2; reduction mean: /(B K); form soft_cross_entropy: -p log q",
            "Hinton, Vinyals, Dean, Distilling the Knowledge in a Neural Network, 2015, arXiv:1503.02531",
            makeOne<Hinton>,
            {{"repdistiller", "KL summed over classes, mean over samples, T^2; beside cross_entropy at 0.1 this term at 0.9.",
              {{"temperature", 4.0}, {"hard_share", 0.0}, {"scale_by_t2", true}, {"form", "kl"}, {"reduction", "batchmean"}}},
             {"mdistiller", "As repdistiller.",
              {{"temperature", 4.0}, {"hard_share", 0.0}, {"scale_by_t2", true}, {"form", "kl"}, {"reduction", "batchmean"}}},
             {"torchdistill", "Its alpha is the share of the hard labels: this term alone, with 0.9 on CIFAR (ImageNet: T 1, 0.5).",
              {{"temperature", 4.0}, {"hard_share", 0.9}, {"scale_by_t2", true}, {"form", "kl"}, {"reduction", "batchmean"}}},
             {"textbrewer", "Cross-entropy with the soft targets, no T^2.",
              {{"temperature", 4.0},
               {"hard_share", 0.0},
               {"scale_by_t2", false},
               {"form", "soft_cross_entropy"},
               {"reduction", "batchmean"}}},
             {"kd_lib", "Squared difference of the probabilities, mean over samples and classes, T^2; beside it half of the labels.",
              {{"temperature", 20.0}, {"hard_share", 0.5}, {"scale_by_t2", true}, {"form", "probability_mse"}, {"reduction", "mean"}}},
             {"kd-zoo", "As repdistiller; beside cross_entropy at 1 this term at 1.",
              {{"temperature", 4.0}, {"hard_share", 0.0}, {"scale_by_t2", true}, {"form", "kl"}, {"reduction", "batchmean"}}},
             {"modelopt", "Mean over samples and classes: smaller by the number of classes.",
              {{"temperature", 1.0}, {"hard_share", 0.0}, {"scale_by_t2", true}, {"form", "kl"}, {"reduction", "mean"}}},
             {"distillkit", "KL, mean over samples, T^2.",
              {{"temperature", 1.0}, {"hard_share", 0.0}, {"scale_by_t2", true}, {"form", "kl"}, {"reduction", "batchmean"}}}}};
}

} // namespace distill
