// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// Yuan et al. 2020, "Revisiting Knowledge Distillation via Label Smoothing Regularization" (arXiv:1909.11723, section 5.2: Tf-KD
/// by a virtual teacher).
///     u_y = a, u_k = (1 - a)/(K - 1) for the other classes
///     L = 1/B sum_b KL(softmax(u / T) || softmax(z_s))
/// Logits [B, K] of the student and labels; no teacher. Defaults a 0.99, T 20. What differs is one field each:
/// - `softened` "probabilities" is softmax(u / T), the authors' and KD_Lib's codes: with T 20 nearly uniform. "logarithms" is
///   softmax(log(u) / T), u^(1/T) renormalised, which is what a temperature does to a teacher's logits.
/// - `soften_student` divides z_s by T too, as the paper writes it; the codes do not.
/// - `reduction` "mean" divides by B K (PyTorch's KLDivLoss by default: both codes; the authors then multiply by their multiplier,
///   1 to 1,000, a weight of this term).
/// Beside it stands cross_entropy (authors: 1 - alpha and alpha; KD_Lib 0.5 and 0.5). B counts the samples whose class is known.
class TeacherFree final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.number("correct_probability", m_probability,
                      {.help = "Probability that the virtual teacher gives to the right class.",
                       .minimum = 0,
                       .maximum = 1,
                       .tunable = true});
        binder.number("temperature", m_temperature,
                      {.help = "Softens what the virtual teacher says.",
                       .minimum = 0.01,
                       .maximum = 1000,
                       .tunable = true,
                       .logarithmic = true});
        binder.choice("softened", m_softened,
                      {{"probabilities",
                        "A softmax of the virtual teacher's probabilities over the temperature, as the published codes do."},
                       {"logarithms", "A softmax of their logarithms over the temperature, as of a real teacher's logits."}},
                      {.help = "What of the virtual teacher is divided by the temperature.", .advanced = true});
        binder.boolean("soften_student", m_softenStudent,
                       {.help = "Divides the student's logits by the temperature too.", .advanced = true});
        binder.choice("reduction", m_reduction,
                      {{"batchmean", "Sum over classes, mean over samples."},
                       {"mean", "Mean over samples and classes: smaller by the number of classes."}},
                      {.help = "What the sum over samples and classes is divided by.", .advanced = true});
    }
    bool needsTeacher() const override { return false; }
    bool needsLabels() const override { return true; }
    bool needsOneClass() const override { return true; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const at::Tensor& logits = inputs.studentLogits;
        const auto classes = static_cast<double>(logits.size(1));
        const double other = (1 - m_probability) / std::max(classes - 1, 1.0);
        at::Tensor target
            = at::full_like(logits.detach(), other).scatter(1, inputs.labels.labels.clamp_min(0).unsqueeze(1), m_probability);
        target = m_softened == "probabilities" ? target : target.log();
        // Alone, a class is certain whatever its number.
        const at::Tensor logTarget = at::log_softmax((classes == 1 ? at::zeros_like(target) : target) / m_temperature, 1);
        const at::Tensor logOutput = at::log_softmax(m_softenStudent ? logits / m_temperature : logits, 1);
        const at::Tensor mean = meanOverKnown(divergence(logTarget, logOutput), inputs.labels.labels.ge(0));
        return m_reduction == "mean" ? mean / classes : mean;
    }
    std::string formula(bool temperatureMoves) const override
    {
        const TemperatureText heat(m_temperature, temperatureMoves);
        return std::string(m_reduction == "mean" ? "(1/K) " : "") + "mean over labelled samples of sum_k p log(p/q), p = "
            + heat.softmax(m_softened == "probabilities" ? "u" : "log(u)") + ", q = "
            + (m_softenStudent ? heat.softmax("z_s") : "softmax(z_s)") + ", u_y = " + numberText(m_probability)
            + ", u_k = " + numberText(1 - m_probability) + "/(K - 1)";
    }

private:
    double m_probability = 0.99, m_temperature = 20;
    std::string m_softened = "probabilities";
    bool m_softenStudent = false;
    std::string m_reduction = "batchmean";
};

} // namespace

ObjectiveEntry teacherFreeEntry()
{
    return {
        "teacher_free",
        "Virtual teacher (Tf-KD)",
        "Learns from an invented teacher that is right with a fixed probability and finds all other classes alike.",
        "L = 1/B sum_b KL(softmax(u/T) || softmax(z_s)), u_y = a, u_k = (1 - a)/(K - 1); softened logarithms: "
        "softmax(log(u)/T); soften_student: softmax(z_s/T); reduction mean: /(B K)",
        "Yuan et al., Revisiting Knowledge Distillation via Label Smoothing Regularization, CVPR 2020, arXiv:1909.11723",
        makeOne<TeacherFree>,
        {{"paper",
          "The student's logits are divided by the temperature as well.",
          {{"correct_probability", 0.99},
           {"temperature", 20.0},
           {"softened", "probabilities"},
           {"soften_student", true},
           {"reduction", "batchmean"}}},
         {"tf-kd",
          "The authors' code: mean over samples and classes; its multiplier is this term's weight.",
          {{"correct_probability", 0.99},
           {"temperature", 20.0},
           {"softened", "probabilities"},
           {"soften_student", false},
           {"reduction", "mean"}}},
         {"kd_lib",
          "Right with 0.9, T 10, mean over samples and classes; beside cross_entropy at 0.5 this term at 0.5.",
          {{"correct_probability", 0.9},
           {"temperature", 10.0},
           {"softened", "probabilities"},
           {"soften_student", false},
           {"reduction", "mean"}}}}};
}

} // namespace distill
