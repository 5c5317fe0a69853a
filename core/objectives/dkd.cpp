// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// Zhao et al. 2022, "Decoupled Knowledge Distillation" (arXiv:2203.08679, equation 7).
///     p = softmax(z_t / T), q = softmax(z_s / T), y the sample's class
///     TCKD = p_y log(p_y/q_y) + (1 - p_y) log((1 - p_y)/(1 - q_y))
///     NCKD = sum_{k != y} P_k log(P_k/Q_k),  P and Q: p and q without y, renormalised
///     L = T^2/B sum_b (alpha TCKD + beta NCKD)
/// Logits [B, K]. Defaults alpha 1, beta 8, T 4 are mdistiller's, the authors' own code; per pair of networks it sets beta to 2, 6
/// or 8, on ImageNet T 1 and beta 0.5 or 2. There the whole term grows over the first 20 epochs (ImageNet: 1): a warm-up of this
/// term's weight. B counts the samples whose class is known; the others do not count. With alpha 1 and beta 1 - p_y for each
/// sample it would be T^2-scaled soft targets. mdistiller takes log(1 - q_y) from a sum of probabilities, which is -inf or NaN
/// once a student is sure; here it is a logsumexp.
class Decoupled final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.number("alpha", m_alpha,
                      {.help = "Weight of what the teacher says about the sample's own class.",
                       .minimum = 0,
                       .maximum = 1000,
                       .tunable = true});
        binder.number(
            "beta", m_beta,
            {.help = "Weight of what the teacher says about the other classes.", .minimum = 0, .maximum = 1000, .tunable = true});
        binder.number("temperature", m_temperature,
                      {.help = "Divides the logits of teacher and student before the softmax; higher is softer.",
                       .minimum = 0.01,
                       .maximum = 1000,
                       .tunable = true,
                       .logarithmic = true});
    }
    void prepare(const ObjectiveSetting& setting) override
    {
        requireSameClasses(setting, "dkd");
        if (setting.student.classes == 1) {
            throw InputError("The objective dkd parts the sample's class from the others, but the student "
                             + setting.student.label + " has one class only; choose data of two or more classes");
        }
    }
    bool needsTeacher() const override { return true; }
    bool needsLabels() const override { return true; }
    bool needsOneClass() const override { return true; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const at::Tensor known = inputs.labels.labels.ge(0);
        const at::Tensor own = inputs.labels.labels.clamp_min(0).unsqueeze(1);
        const at::Tensor isOwn = at::zeros_like(inputs.studentLogits, at::kBool).scatter(1, own, true);
        const Parts target = parts(inputs.teacherLogits.detach(), own, isOwn), output = parts(inputs.studentLogits, own, isOwn);
        const at::Tensor each
            = m_alpha * divergence(target.ownOrNot, output.ownOrNot) + m_beta * divergence(target.others, output.others);
        return m_temperature * m_temperature * meanOverKnown(each, known);
    }
    std::string formula(bool temperatureMoves) const override
    {
        const TemperatureText heat(m_temperature, temperatureMoves);
        return heat.squaredTimes("mean over labelled samples of [") + times(m_alpha, "KL([p_y, 1 - p_y] || [q_y, 1 - q_y])") + " + "
            + times(m_beta, "KL(P || Q)") + "], " + heat.softmaxes() + ", P and Q: p and q without the class y, renormalised";
    }

private:
    /// Logarithms of the two distributions that a softmax is made of.
    struct Parts {
        at::Tensor ownOrNot; ///< [B, 2]: log p_y, log(1 - p_y)
        at::Tensor others;   ///< [B, K]: log P, at y -inf
    };

    Parts parts(const at::Tensor& logits, const at::Tensor& own, const at::Tensor& isOwn) const
    {
        // Finite, so that a softmax over the other classes exists also where all of them are excluded.
        const double nothing = -1e30, excluded = -std::numeric_limits<double>::infinity();
        const at::Tensor logarithms = at::log_softmax(logits / m_temperature, 1);
        const at::Tensor others = logarithms.masked_fill(isOwn, nothing);
        return {at::cat({logarithms.gather(1, own), others.logsumexp(1, /*keepdim=*/true)}, 1),
                at::log_softmax((logits / m_temperature).masked_fill(isOwn, nothing), 1).masked_fill(isOwn, excluded)};
    }

    double m_alpha = 1, m_beta = 8, m_temperature = 4;
};

} // namespace

ObjectiveEntry decoupledEntry()
{
    return {
        "dkd",
        "Decoupled soft targets (DKD)",
        "Learns how sure the teacher is of the right class and how it ranks the others, each with a weight of its own.",
        "L = T^2/B sum_b (alpha KL([p_y, 1 - p_y] || [q_y, 1 - q_y]) + beta KL(P || Q)), p = softmax(z_t/T), q = "
        "softmax(z_s/T), P and Q: p and q without the class y, renormalised",
        "Zhao et al., Decoupled Knowledge Distillation, CVPR 2022, arXiv:2203.08679",
        makeOne<Decoupled>,
        {{"mdistiller",
          "CIFAR-100: beside cross_entropy at 1 this term at 1, growing from 0 over the first 20 epochs.",
          {{"alpha", 1.0}, {"beta", 8.0}, {"temperature", 4.0}}}}};
}

} // namespace distill
