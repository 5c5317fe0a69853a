// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"

namespace distill {

namespace {

/// Zagoruyko, Komodakis 2017, "Paying More Attention to Attention" (arXiv:1612.03928, section 3.1).
///     Q(f) = vec(sum_c |f_c|^p) / ||vec(sum_c |f_c|^p)||_2
///     code:   L = sum over pairs of mean over b and pixels of (Q_s - Q_t)^2
///     paper:  L = sum over pairs of 1/B sum_b ||Q_s - Q_t||_2
/// Taps [B, C, H, W] whose channels may differ; the larger map is pooled to the smaller by adaptive averages first. p is
/// `power`, 2. "code" is what the authors' and RepDistiller's and mdistiller's codes compute, to which their weight of 1,000
/// belongs; it is the default. "paper" is torchdistill's other form, without the square.
class AttentionTransfer final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number("power", m_power, {.help = "Power of the activations in the attention map.", .minimum = 1, .maximum = 8});
        binder.choice("form", m_form,
                      {{"code", "Mean squared difference of the maps, as the published codes compute it."},
                       {"paper", "Distance of the maps, as the paper writes it."}},
                      {.help = "How two attention maps are compared.", .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        for (const TapPairs::Pair& pair : m_taps.pairs(setting, "at")) {
            if (pair.from.size() != 3 || pair.to.size() != 3) {
                throw cannotMatch("at", pair, "attention is a map over pixels: choose two feature maps");
            }
            remark(poolingRemarks(pair));
        }
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor sum;
        for (std::size_t i = 0; i < m_taps.student.size(); ++i) {
            const auto [student, teacher] = pooledToSmaller(inputs.studentTaps.at(m_taps.student[i]),
                                                            inputs.teacherTaps.at(m_taps.teacher[i]).detach());
            const at::Tensor difference = attention(student) - attention(teacher);
            const at::Tensor term = m_form == "code"
                ? difference.square().mean()
                // The clamp keeps the gradient of equal maps at zero instead of 0/0.
                : difference.square().sum(1).clamp_min(1e-24).sqrt().mean();
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }
    std::string formula(bool) const override
    {
        const std::string power = m_power == 2 ? "f^2" : "|f|^" + numberText(m_power);
        return std::string("sum over pairs of ") + (m_form == "code" ? "mean (Q_s - Q_t)^2" : "(1/B) sum_b ||Q_s - Q_t||_2") + " "
            + layersText(m_taps) + ", Q = vec(mean_c " + power + ") / ||.||_2";
    }

private:
    at::Tensor attention(const at::Tensor& feature) const
    {
        const at::Tensor powers = m_power == 2 ? feature.square() : feature.abs().pow(m_power);
        return unit(flat(powers.mean(1)), 1);
    }

    TapPairs m_taps{{"stage1", "stage2", "stage3"}, {"stage1", "stage2", "stage3"}};
    double m_power = 2;
    std::string m_form = "code";
};

} // namespace

ObjectiveEntry attentionTransferEntry()
{
    return {"at",
            "Attention transfer",
            "Where in the image the student's layers are active follows the teacher's.",
            "L = sum over pairs of mean (Q_s - Q_t)^2, Q = vec(mean_c |f|^p) / ||.||_2; form paper: 1/B sum_b ||Q_s - Q_t||_2",
            "Zagoruyko, Komodakis, Paying More Attention to Attention, ICLR 2017, arXiv:1612.03928",
            makeOne<AttentionTransfer>,
            {{"repdistiller", "Mean squared difference, p = 2; its weight is 1,000.", {{"form", "code"}, {"power", 2.0}}},
             {"mdistiller", "As repdistiller.", {{"form", "code"}, {"power", 2.0}}},
             {"kd-zoo", "As repdistiller.", {{"form", "code"}, {"power", 2.0}}},
             {"torchdistill", "Distance of the maps, mean over samples (its mode paper).", {{"form", "paper"}, {"power", 2.0}}}}};
}

} // namespace distill
