// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/formula.h"
#include "objectives/registry.h"

#include <cmath>
#include <numbers>

namespace distill {

namespace {

/// Mean of what a normal variable of that mean and deviation is below zero.
double negativeMean(double mean, double deviation)
{
    if (deviation == 0) {
        return std::min(mean, 0.0);
    }
    const double ratio = mean / deviation;
    const double below = 0.5 * std::erfc(ratio / std::numbers::sqrt2);
    if (below <= 0.001) {
        return -3 * deviation;
    }
    const double density = std::exp(-0.5 * ratio * ratio) / std::sqrt(2 * std::numbers::pi);
    return mean - deviation * density / below;
}

/// [1, C, 1, 1]
at::Tensor marginsOf(const at::Tensor& weight, const at::Tensor& bias)
{
    const at::Tensor deviations = weight.detach().to(at::kCPU, at::kDouble).abs().contiguous();
    const at::Tensor means = bias.detach().to(at::kCPU, at::kDouble).contiguous();
    at::Tensor margins = at::empty({1, means.numel(), 1, 1}, at::kDouble);
    auto* const margin = margins.data_ptr<double>();
    for (std::int64_t c = 0; c < means.numel(); ++c) {
        margin[c] = negativeMean(means.data_ptr<double>()[c], deviations.data_ptr<double>()[c]);
    }
    return margins.to(at::kFloat);
}

/// Heo, Kim, Yun, Park, Kwak, Choi 2019, "A Comprehensive Overhaul of Feature Distillation" (arXiv:1904.01866, equations 1 to 4).
///     m_c = E[x | x < 0], x normal of mean beta_c and deviation |gamma_c|, those of the teacher's batch norm
///         = beta - s phi(beta/s) / Phi(-beta/s), s = |gamma|; where Phi(-beta/s) <= 0.001: -3 s
///     T = max(f_t, m)                                          the margin ReLU
///     d = 0 where s <= T <= 0, else (s - T)^2, s = r(f_s)      the partial L2
///     L = scale sum over the n pairs i = 0 ... n-1 of 2^-(n-i-1) 1/B sum over b, c and pixels of d
/// Taps [B, C, H, W] of features before their ReLU, which follow a batch norm (and what was added to it) directly; r is a 1x1
/// convolution without bias and a batch norm, trained along. The larger map is pooled to the smaller by adaptive averages
/// (mdistiller: the teacher's to the student's size, whichever is larger). `scale` is 1e-3, as on CIFAR, 1e-4 on ImageNet; a
/// weight of 1 belongs to it. In the authors' code the teacher stays in training mode; here it is frozen. Margins are memories
/// "margin0", "margin1", ...
class FeatureOverhaul final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number("scale", m_scale,
                      {.help = "Factor of the sum over layers, channels and pixels, mean over samples.",
                       .minimum = 0,
                       .maximum = 1e6,
                       .advanced = true,
                       .tunable = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        auto parts = std::make_unique<Parts>();
        m_connectors.clear();
        m_margins.clear();
        for (const TapPairs::Pair& pair : m_taps.pairs(setting, "ofd")) {
            if (pair.from.size() != 3 || pair.to.size() != 3) {
                throw cannotMatch("ofd", pair, "it compares channels of maps: choose two feature maps");
            }
            const auto norm = setting.teacher->norms.find(pair.teacher);
            if (norm == setting.teacher->norms.end()) {
                throw cannotMatch(
                    "ofd", pair,
                    "its margin comes from the batch norm that a teacher's tap follows directly, and there is none before "
                    "this one: choose taps before the activation"
                        + others(*setting.teacher));
            }
            const std::string place = std::to_string(m_connectors.size());
            m_connectors.push_back(&parts->addChild(
                "pair" + place,
                std::make_unique<Connector>(Convolution{.in = pair.from[0], .out = pair.to[0], .kernel = 1, .padding = 0},
                                            *setting.generator, FirstWeights::He)));
            remark({learnedRemark("a 1x1 convolution with batch norm", pair, m_connectors.back()->parameterCount())});
            remark(poolingRemarks(pair));
            m_margins.push_back(&parts->addBuffer("margin" + place, marginsOf(norm->second.first, norm->second.second)));
        }
        m_learned = std::move(parts);
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
            const at::Tensor feature = m_connectors[i]->forward(inputs.studentTaps.at(m_taps.student[i]), pass);
            const auto [student, teacher] = pooledToSmaller(feature, inputs.teacherTaps.at(m_taps.teacher[i]).detach());
            const at::Tensor target = at::maximum(teacher, *m_margins[i]);
            const at::Tensor enough = student.detach().le(target).logical_and(target.le(0));
            const at::Tensor squares = (student - target).masked_fill(enough, 0).square();
            const double weight = std::exp2(static_cast<double>(i) - static_cast<double>(layers) + 1);
            const at::Tensor term = squares.sum() * (weight * m_scale / static_cast<double>(student.size(0)));
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }
    std::string formula(bool) const override
    {
        return numberText(m_scale) + "/B sum over pairs of w sum d " + layersText(m_taps) + ", w = "
            + halvedTowardsInput(m_taps.student.size())
            + ", d = 0 where s <= T <= 0, else (s - T)^2, s = f_s through a learned 1x1 convolution and batch norm, T = max(f_t, m), "
              "m_c = E[x | x < 0], x ~ N(beta_c, gamma_c^2) of the teacher's batch norm";
    }

private:
    /// ", such as bn1, bn2" of what the teacher has.
    static std::string others(const NetworkOutline& teacher)
    {
        std::string names;
        for (const auto& [name, norm] : teacher.norms) {
            names += (names.empty() ? ", such as " : ", ") + name;
        }
        return names.empty() ? ", or another objective: " + teacher.label + " has no such tap" : names;
    }

    TapPairs m_taps{{"stage1.pre", "stage2.pre", "stage3.pre"}, {"stage1.pre", "stage2.pre", "stage3.pre"}};
    double m_scale = 1e-3;
    std::vector<Connector*> m_connectors;
    std::vector<at::Tensor*> m_margins;
};

} // namespace

ObjectiveEntry ofdEntry()
{
    return {
        "ofd",
        "Overhaul of feature distillation",
        "The student's features before the ReLU follow the teacher's where those matter.",
        "L = scale sum over pairs of 2^-(n-i-1) 1/B sum d, d = 0 where r(f_s) <= T <= 0, else (r(f_s) - T)^2, T = max(f_t, m), "
        "m_c = E[x | x < 0], x ~ N(beta_c, gamma_c^2)",
        "Heo et al., A Comprehensive Overhaul of Feature Distillation, ICCV 2019, arXiv:1904.01866",
        makeOne<FeatureOverhaul>,
        {{"mdistiller", "Sum over channels and pixels, mean over samples, times 1e-3; its weight is 1.", {{"scale", 1e-3}}}}};
}

} // namespace distill
