// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/formula.h"
#include "objectives/randomstream.h"
#include "objectives/registry.h"

namespace distill {

namespace {

/// What is learned for one pair: the alignment where channels differ, and the generator of the teacher's feature.
class Generation final : public Module {
public:
    Generation(std::int64_t from, std::int64_t to, at::Generator& generator)
        : m_align(from == to ? nullptr : &addChild("align", layer(from, to, 1, generator)))
        , m_first(addChild("conv0", layer(to, to, 3, generator)))
        , m_second(addChild("conv1", layer(to, to, 3, generator)))
    {
    }
    at::Tensor aligned(const at::Tensor& feature, Forward& pass) { return m_align ? m_align->forward(feature, pass) : feature; }
    at::Tensor forward(const at::Tensor& masked, Forward& pass) override
    {
        return m_second.forward(m_first.forward(masked, pass).relu(), pass);
    }

private:
    static std::unique_ptr<Conv2d> layer(std::int64_t from, std::int64_t to, std::int64_t kernel, at::Generator& generator)
    {
        return std::make_unique<Conv2d>(Convolution{.in = from, .out = to, .kernel = kernel, .padding = kernel / 2, .bias = true},
                                        generator);
    }
    Conv2d* m_align;
    Conv2d &m_first, &m_second;
};

/// Yang, Li, Jiang, Gong, Yuan, Zhao, Yuan 2022, "Masked Generative Distillation" (arXiv:2205.01529, equations 2 to 4).
///     M = 0 with probability `masked_share`, else 1, for each sample and pixel, the same for all channels
///     mean:  L = sum over pairs of mean over all elements of (G(M align(f_s)) - f_t)^2
///     sum:   L = sum over pairs of 1/B sum over all elements of the same
/// Taps [B, C, H, W]; G is two 3x3 convolutions with ReLU between them, align a 1x1 convolution where channels differ (else
/// nothing); both are trained along. The larger map is pooled to the smaller by adaptive averages. masked_share is 0.65.
/// "mean" is the default; the authors' code (and MMRazor's) sums, with a weight of 2e-5 (detectors) or 7e-5 (classifiers; those
/// mask whole channels, `mask` "channels", and 0.15 of them). What is masked changes each step: each pair makes one draw from the
/// stream of random numbers, and pixel b H W + p of the batch is masked where its number is below masked_share 2^32.
class MaskedGeneration final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number("masked_share", m_share,
                      {.help = "Probability that a pixel of the student's feature is hidden.",
                       .minimum = 0,
                       .maximum = 0.99,
                       .tunable = true});
        binder.choice("mask", m_mask,
                      {{"pixels", "Pixels, with all their channels."}, {"channels", "Channels, with all their pixels."}},
                      {.help = "What is hidden.", .advanced = true});
        binder.choice("reduction", m_reduction,
                      {{"mean", "Mean over all elements."}, {"sum", "Sum over channels and pixels, mean over samples."}},
                      {.help = "What the sum of squares is divided by.", .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        auto parts = std::make_unique<Parts>();
        m_generations.clear();
        for (const TapPairs::Pair& pair : m_taps.pairs(setting, "mgd")) {
            if (pair.from.size() != 3 || pair.to.size() != 3) {
                throw cannotMatch("mgd", pair, "hidden pixels are generated from their neighbours: choose two feature maps");
            }
            m_generations.push_back(&parts->addChild("pair" + std::to_string(m_generations.size()),
                                                     std::make_unique<Generation>(pair.from[0], pair.to[0], *setting.generator)));
            const std::string align = pair.from[0] == pair.to[0] ? "" : "a 1x1 convolution and ";
            remark({learnedRemark(align + "a generator of two 3x3 convolutions", pair, m_generations.back()->parameterCount())});
            remark(poolingRemarks(pair));
        }
        m_random = &parts->addChild("random", std::make_unique<RandomStream>(*setting.generator));
        m_learned = std::move(parts);
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        Forward pass{.training = true};
        at::Tensor sum;
        for (std::size_t i = 0; i < m_generations.size(); ++i) {
            const auto [feature, teacher]
                = pooledToSmaller(inputs.studentTaps.at(m_taps.student[i]), inputs.teacherTaps.at(m_taps.teacher[i]).detach());
            const at::Tensor aligned = m_generations[i]->aligned(feature, pass);
            const at::Tensor generated = m_generations[i]->forward(aligned * kept(aligned), pass);
            const at::Tensor term = m_reduction == "mean"
                ? at::mse_loss(generated, teacher)
                : at::mse_loss(generated, teacher, at::Reduction::Sum) / static_cast<double>(teacher.size(0));
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }
    std::string formula(bool) const override
    {
        return std::string("sum over pairs of ") + (m_reduction == "mean" ? "mean" : "1/B sum") + " (G(M align(f_s)) - f_t)^2 "
            + layersText(m_taps) + ", M hides each " + (m_mask == "pixels" ? "pixel" : "channel") + " with probability "
            + numberText(m_share) + ", G two 3x3 convolutions, align a 1x1 convolution where channels differ";
    }

private:
    /// [B, 1, H, W] or [B, C, 1, 1] of zeros and ones.
    at::Tensor kept(const at::Tensor& x)
    {
        const std::int64_t batch = x.size(0);
        const Shape sizes = m_mask == "pixels" ? Shape{batch, 1, x.size(2), x.size(3)} : Shape{batch, x.size(1), 1, 1};
        const auto bound = static_cast<std::int64_t>(m_share * 4294967296.0);
        return m_random->draw(batch * sizes[1] * sizes[2] * sizes[3]).ge(bound).view(sizes).to(x.scalar_type());
    }

    TapPairs m_taps{{"stage3"}, {"stage3"}};
    double m_share = 0.65;
    std::string m_mask = "pixels", m_reduction = "mean";
    std::vector<Generation*> m_generations;
    RandomStream* m_random = nullptr;
};

} // namespace

ObjectiveEntry mgdEntry()
{
    return {"mgd",
            "Masked generative distillation",
            "The student's layer, part of it hidden, generates the teacher's whole layer.",
            "L = sum over pairs of mean (G(M align(f_s)) - f_t)^2, M hides pixels with probability masked_share, G two 3x3 "
            "convolutions; "
            "reduction sum: 1/B sum",
            "Yang et al., Masked Generative Distillation, ECCV 2022, arXiv:2205.01529",
            makeOne<MaskedGeneration>};
}

} // namespace distill
