// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/formula.h"
#include "objectives/registry.h"

namespace distill {

namespace {

/// Miles, Mikolajczyk 2024, "Understanding the Role of the Projector in Knowledge Distillation" (arXiv:2303.11098, section 3).
///     L = log sum over b and features of |n(W f_s + b) - n(f_t)|^a
/// Features [B, F_s] and [B, F_t]; W is a linear layer, trained along; n is batch norm by the batch's own statistics without
/// scale and shift, (x - mean) / sqrt(variance + 1e-4); a is `exponent`, 4, the paper's. Everything is summed, over the batch
/// too. Where all is equal the sum is taken for 1e-12: no logarithm of zero. torchdistill's exponent is 1 by default; its loss is this
/// one with a weight of 2 and the KL divergence at a temperature of 1, a kd term, with 1.
class ProjectorRole final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number(
            "exponent", m_exponent,
            {.help = "Power of the differences; higher looks more at the largest.", .minimum = 1, .maximum = 8, .tunable = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const TapPairs::Pair pair = m_taps.pair(setting, "srd");
        if (pair.from.size() != 1 || pair.to.size() != 1) {
            throw cannotMatch("srd", pair,
                              "its projector is a linear layer between vectors: choose two vectors, such as \"penultimate\"");
        }
        auto parts = std::make_unique<Parts>();
        m_projector = &parts->addChild("", std::make_unique<Linear>(pair.from[0], pair.to[0], *setting.generator));
        remark({learnedRemark("a linear layer", pair, parts->parameterCount())});
        m_learned = std::move(parts);
    }

    bool needsTeacher() const override { return true; }
    bool relatesSamples() const override { return true; }
    std::vector<std::string> studentTaps() const override { return {m_taps.student}; }
    std::vector<std::string> teacherTaps() const override { return {m_taps.teacher}; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        Forward pass{.training = true};
        const at::Tensor student = normalised(m_projector->forward(inputs.studentTaps.at(m_taps.student), pass));
        const at::Tensor difference = student - normalised(inputs.teacherTaps.at(m_taps.teacher).detach());
        const at::Tensor powers = m_exponent == 4 ? difference.square().square()
            : m_exponent == 1                     ? difference.abs()
                                                  : difference.abs().pow(m_exponent);
        return powers.sum().clamp_min(1e-12).log();
    }
    std::string formula(bool) const override
    {
        const std::string exponent = numberText(m_exponent), power = m_exponent == 1 ? " " : "^" + exponent + " ";
        return "log sum over samples and features of |n(W f_s + b) - n(f_t)|" + power + layersText(m_taps)
            + ", n batch norm without scale and shift, W and b learned";
    }

private:
    static at::Tensor normalised(const at::Tensor& x)
    {
        return at::batch_norm(x, {}, {}, {}, {}, /*training=*/true, 0.1, 1e-4, /*cudnn_enabled=*/true);
    }

    TapPair m_taps{"penultimate", "penultimate"};
    double m_exponent = 4;
    Linear* m_projector = nullptr;
};

} // namespace

ObjectiveEntry srdEntry()
{
    return {"srd",
            "Projector and log-sum (SRD)",
            "A linear projection of the student's feature follows the teacher's, both normalised over the batch.",
            "L = log sum |n(W f_s + b) - n(f_t)|^a, n batch norm without scale and shift",
            "Miles, Mikolajczyk, Understanding the Role of the Projector in Knowledge Distillation, AAAI 2024, arXiv:2303.11098",
            makeOne<ProjectorRole>,
            {{"torchdistill", "Exponent 1; its weight is 2, beside kd with temperature 1 at 1.", {{"exponent", 1.0}}}}};
}

} // namespace distill
