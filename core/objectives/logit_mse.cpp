// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"

namespace distill {

namespace {

/// Regression of the logits: Ba, Caruana 2014, "Do Deep Nets Really Need to be Deep?" (arXiv:1312.6184, equation 2).
///     L = 1/(B K) sum_b sum_k (z_s - z_t)^2
/// Logits [B, K]. The paper writes 1/(2B) instead of 1/(B K): a term's weight of K/2 gives that. With `centred` each
/// row's mean is subtracted first, which makes this the limit of T^2-scaled soft targets at high temperature (Hinton et
/// al. 2015, section 2.1): their gradient tends to half of this one's.
class LogitMse final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.boolean("centred", m_centred,
                       {.help
                        = "Subtracts each sample's mean from both logits first: the limit of soft targets at high "
                          "temperature."});
    }
    void prepare(const ObjectiveSetting& setting) override { requireSameClasses(setting, "logit_mse"); }
    bool needsTeacher() const override { return true; }
    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor difference = inputs.studentLogits - inputs.teacherLogits.detach();
        if (m_centred) {
            difference = difference - difference.mean(1, /*keepdim=*/true);
        }
        return difference.square().mean();
    }
    std::string formula(bool) const override
    {
        return m_centred ? "1/(B K) sum_b sum_k (z'_s - z'_t)^2, z' = z - mean_k z" : "1/(B K) sum_b sum_k (z_s - z_t)^2";
    }

private:
    bool m_centred = false;
};

} // namespace

ObjectiveEntry logitMseEntry()
{
    return {"logit_mse",
            "Logit regression",
            "Learns the teacher's logits themselves, by their squared difference.",
            "L = 1/(B K) sum_b sum_k (z_s - z_t)^2; centred: of z - mean_k z",
            "Ba, Caruana, Do Deep Nets Really Need to be Deep?, NIPS 2014, arXiv:1312.6184",
            makeOne<LogitMse>};
}

} // namespace distill
