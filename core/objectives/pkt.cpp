// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// Passalis, Tefas 2018, "Learning Deep Representations with Probabilistic Knowledge Transfer" (arXiv:1803.10837), with the
/// cosine kernel.
///     c_ij = f_i.f_j / ((|f_i| + eps)(|f_j| + eps)),  K_ij = (c_ij + 1)/2 / sum_j (c_ij + 1)/2
///     L = 1/B^2 sum_ij K_t log((K_t + eps) / (K_s + eps))
/// Taps of any shape, flattened; sizes may differ. The default is the penultimate layer; eps is `epsilon`, 1e-7. This is the
/// authors' code, which RepDistiller, mdistiller, KD-Zoo and torchdistill have too; their weight of 30,000 belongs to the mean
/// over B^2. A sample of zeros is unlike every other (c = 0) and has no gradient; the published codes give NaN.
class Pkt final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number("epsilon", m_epsilon,
                      {.help = "Keeps norms and logarithms away from zero.", .minimum = 1e-12, .maximum = 0.1, .advanced = true});
    }
    void prepare(const ObjectiveSetting& setting) override { m_taps.pair(setting, "pkt"); }
    bool needsTeacher() const override { return true; }
    bool relatesSamples() const override { return true; }
    std::vector<std::string> studentTaps() const override { return {m_taps.student}; }
    std::vector<std::string> teacherTaps() const override { return {m_taps.teacher}; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const at::Tensor target = neighbours(inputs.teacherTaps.at(m_taps.teacher).detach());
        const at::Tensor output = neighbours(inputs.studentTaps.at(m_taps.student));
        return (target * ((target + m_epsilon) / (output + m_epsilon)).log()).mean();
    }
    std::string formula(bool) const override
    {
        const std::string epsilon = numberText(m_epsilon);
        return "1/B^2 sum_ij K_t log((K_t + " + epsilon + ")/(K_s + " + epsilon + ")) " + layersText(m_taps)
            + ", K_ij = (c_ij + 1)/2 divided by its sum over j, c_ij = f_i.f_j/((|f_i| + " + epsilon + ")(|f_j| + " + epsilon + "))";
    }

private:
    /// How probable each sample finds each other: rows that add up to 1.
    at::Tensor neighbours(const at::Tensor& feature) const
    {
        // Rounding makes the cosine of opposite samples a little less than -1.
        const at::Tensor cosine = gram(direction(flat(feature), 1, m_epsilon)).clamp_min(-1);
        const at::Tensor similarity = (cosine + 1) / 2;
        return similarity / similarity.sum(1, /*keepdim=*/true);
    }

    TapPair m_taps{"penultimate", "penultimate"};
    double m_epsilon = 1e-7;
};

} // namespace

ObjectiveEntry pktEntry()
{
    return {"pkt",
            "Probabilistic transfer (PKT)",
            "How probable a sample's neighbours are follows the teacher's feature space.",
            "L = 1/B^2 sum_ij K_t log((K_t + eps)/(K_s + eps)), K_ij = (c_ij + 1)/2 divided by its sum over j, c the cosine",
            "Passalis, Tefas, Learning Deep Representations with Probabilistic Knowledge Transfer, ECCV 2018, arXiv:1803.10837",
            makeOne<Pkt>,
            {{"repdistiller", "The authors' code; its weight is 30,000.", {{"epsilon", 1e-7}}},
             {"mdistiller", "As repdistiller.", {{"epsilon", 1e-7}}},
             {"kd-zoo", "As repdistiller.", {{"epsilon", 1e-7}}},
             {"torchdistill", "As repdistiller.", {{"epsilon", 1e-7}}}}};
}

} // namespace distill
