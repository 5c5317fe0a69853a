// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/formula.h"
#include "objectives/registry.h"

#include <cmath>

namespace distill {

namespace {

/// Heo, Lee, Yun, Choi 2019, "Knowledge Transfer via Distillation of Activation Boundaries Formed by Hidden Neurons"
/// (arXiv:1811.03233, equation 6).
///     l(s, t) = (s - m)^2  where t > 0 and s <= m
///               (s + m)^2  where t <= 0 and s > -m
///               0          elsewhere
///     L = scale/B sum over the n pairs i = 0 ... n-1 of 2^(i - n + 1) sum over b and elements of l(r(f_s), f_t)
/// m is `margin`, 1. f are neurons before their ReLU: of taps after it the teacher's sign says only active or not, and the
/// student cannot reach -m. Taps [B, C, H, W] or [B, F]; where channels differ r is a 1x1 convolution and batch norm, trained
/// along and no part of the student afterwards; the larger of two maps is pooled to the smaller by adaptive averages. `scale`
/// 3/1000, halved from layer to layer towards the input, is the authors' and RepDistiller's, to which a weight of 1 belongs, in a
/// stage before the labels. Where sizes differ RepDistiller's r is a convolution that also halves, doubles or crops.
class ActivationBoundaries final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number(
            "margin", m_margin,
            {.help = "How far beyond zero the student's neurons are pushed.", .minimum = 0, .maximum = 100, .tunable = true});
        binder.number("scale", m_scale,
                      {.help = "Factor of the sum over layers and neurons, mean over samples.",
                       .minimum = 0,
                       .maximum = 1e6,
                       .advanced = true});
        binder.boolean("halve_earlier", m_halve,
                       {.help = "Each layer counts half as much as the next one towards the output.", .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        auto parts = std::make_unique<Parts>();
        m_connectors.clear();
        for (const TapPairs::Pair& pair : m_taps.pairs(setting, "ab")) {
            if (!sameKind(pair)) {
                throw cannotMatch("ab", pair, "choose two feature maps or two vectors");
            }
            m_connectors.push_back(
                pair.from[0] == pair.to[0]
                    ? nullptr
                    : &parts->addChild(
                        "pair" + std::to_string(m_connectors.size()),
                        std::make_unique<Connector>(Convolution{.in = pair.from[0], .out = pair.to[0], .kernel = 1, .padding = 0},
                                                    *setting.generator, FirstWeights::Uniform)));
            if (m_connectors.back()) {
                remark({learnedRemark("a 1x1 convolution with batch norm", pair, m_connectors.back()->parameterCount())});
            }
            remark(poolingRemarks(pair));
        }
        if (!parts->parameters().empty()) {
            m_learned = std::move(parts);
        }
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        Forward pass{.training = true};
        at::Tensor sum;
        const std::size_t layers = m_connectors.size();
        for (std::size_t i = 0; i < layers; ++i) {
            at::Tensor feature = asMap(inputs.studentTaps.at(m_taps.student[i]));
            if (m_connectors[i]) {
                feature = m_connectors[i]->forward(feature, pass);
            }
            const auto [student, teacher] = pooledToSmaller(feature, asMap(inputs.teacherTaps.at(m_taps.teacher[i]).detach()));
            // By how much the margin is missed, on the side of zero where the teacher is.
            const at::Tensor missed = at::where(teacher.gt(0), m_margin - student, m_margin + student).clamp_min(0);
            const double weight = m_halve ? std::exp2(static_cast<double>(i) - static_cast<double>(layers) + 1) : 1.0;
            const at::Tensor term = missed.square().sum() * (weight * m_scale / static_cast<double>(student.size(0)));
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }
    std::string formula(bool) const override
    {
        const std::string m = numberText(m_margin);
        return numberText(m_scale) + "/B sum over pairs of " + (m_halve ? "w sum l " : "sum l ") + layersText(m_taps)
            + (m_halve ? ", w = " + halvedTowardsInput(m_taps.student.size()) : "")
            + ", l = (s - " + m + ")^2 where t > 0 and s <= " + m + ", (s + " + m + ")^2 where t <= 0 and s > -" + m
            + ", else 0, s = f_s, through a learned 1x1 convolution and batch norm where channels differ";
    }

private:
    TapPairs m_taps{{"stage1.pre", "stage2.pre", "stage3.pre"}, {"stage1.pre", "stage2.pre", "stage3.pre"}};
    double m_margin = 1, m_scale = 0.003;
    bool m_halve = true;
    std::vector<Connector*> m_connectors;
};

} // namespace

ObjectiveEntry abEntry()
{
    return {
        "ab",
        "Activation boundaries",
        "The student's neurons are active where the teacher's are, whatever their size.",
        "L = scale/B sum over pairs of 2^(i-n+1) sum l, l = (s - m)^2 where t > 0 and s <= m, (s + m)^2 where t <= 0 and s > -m, "
        "else 0; s = r(f_s), r a 1x1 convolution and batch norm where channels differ",
        "Heo et al., Knowledge Transfer via Distillation of Activation Boundaries Formed by Hidden Neurons, AAAI 2019, "
        "arXiv:1811.03233",
        makeOne<ActivationBoundaries>,
        {{"repdistiller",
          "Margin 1, sum over neurons, mean over samples, times 3/1000; its weight is 1, before the labels.",
          {{"margin", 1.0}, {"scale", 0.003}, {"halve_earlier", true}}}}};
}

} // namespace distill
