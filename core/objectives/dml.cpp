// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// Zhang et al. 2018, "Deep Mutual Learning" (arXiv:1706.00384): one network's term against one peer.
///     L_i = 1/B sum_b KL(p_j || p_i),  p = softmax(z)
/// Logits [B, K]. The peer j stands as the teacher; its answers are taken as they are, without a gradient. With more peers the
/// paper takes the mean: a term for each peer, each with its share of the weight. No temperature in the paper; `temperature` T
/// divides the logits, without a factor T^2. `form` "logit_mse" is KD_Lib's default, the mean squared difference of the logits.
class MutualLearning final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.number("temperature", m_temperature,
                      {.help = "Divides the logits of both networks before the softmax; the paper has 1.",
                       .minimum = 0.01,
                       .maximum = 1000,
                       .advanced = true,
                       .tunable = true,
                       .logarithmic = true});
        binder.choice("form", m_form,
                      {{"kl", "Kullback-Leibler divergence from the peer's probabilities to the student's."},
                       {"logit_mse", "Mean squared difference of the logits, as KD_Lib has it."}},
                      {.help = "How the two networks' answers are compared.", .advanced = true});
    }
    void prepare(const ObjectiveSetting& setting) override { requireSameClasses(setting, "dml"); }
    bool needsTeacher() const override { return true; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const at::Tensor peer = inputs.teacherLogits.detach();
        if (m_form == "logit_mse") {
            // A class that both exclude is no difference.
            const at::Tensor excluded = peer.isinf().logical_or(inputs.studentLogits.isinf());
            return (inputs.studentLogits - peer).masked_fill(excluded, 0).square().mean();
        }
        return divergence(at::log_softmax(peer / m_temperature, 1), at::log_softmax(inputs.studentLogits / m_temperature, 1))
            .mean();
    }
    std::string formula(bool temperatureMoves) const override
    {
        return m_form == "logit_mse"
            ? "1/(B K) sum_b sum_k (z_s - z_t)^2"
            : "(1/B) sum_b sum_k p log(p/q), " + TemperatureText(m_temperature, temperatureMoves).softmaxes();
    }

private:
    double m_temperature = 1;
    std::string m_form = "kl";
};

} // namespace

ObjectiveEntry mutualLearningEntry()
{
    return {"dml",
            "Mutual learning (DML)",
            "Learns from a peer's class probabilities as they are now; the peer stands as the teacher.",
            "L = 1/B sum_b KL(p_peer || p_student), p = softmax(z/T), T = 1; form logit_mse: mean (z_s - z_peer)^2",
            "Zhang et al., Deep Mutual Learning, CVPR 2018, arXiv:1706.00384",
            makeOne<MutualLearning>,
            {{"kd-zoo",
              "Kullback-Leibler divergence, mean over samples; beside cross_entropy at 1 this term at 1.",
              {{"temperature", 1.0}, {"form", "kl"}}},
             {"kd_lib", "Mean squared difference of the logits.", {{"temperature", 1.0}, {"form", "logit_mse"}}}}};
}

} // namespace distill
