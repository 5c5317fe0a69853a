// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/registry.h"

#include <cmath>

namespace distill {

namespace {

constexpr double leastVariance = 1e-5;

/// Mean of the teacher's feature from the student's, and a variance for each of its channels.
class Predictor final : public Module {
public:
    Predictor(std::int64_t from, std::int64_t to, double variance, at::Generator& generator)
        : m_first(addChild("conv0", layer(from, to, generator)))
        , m_second(addChild("conv1", layer(to, to, generator)))
        , m_third(addChild("conv2", layer(to, to, generator)))
        , m_rho(addParameter("rho", at::full({to}, std::log(std::expm1(variance - leastVariance)), at::kFloat)))
    {
    }
    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        return m_third.forward(m_second.forward(m_first.forward(input, pass).relu(), pass).relu(), pass);
    }
    /// [1, C, 1, 1]
    at::Tensor variance() const { return (at::softplus(m_rho) + leastVariance).view({1, -1, 1, 1}); }

private:
    static std::unique_ptr<Conv2d> layer(std::int64_t from, std::int64_t to, at::Generator& generator)
    {
        return std::make_unique<Conv2d>(Convolution{.in = from, .out = to, .kernel = 1, .padding = 0}, generator);
    }
    Conv2d &m_first, &m_second, &m_third;
    at::Tensor& m_rho;
};

/// Ahn, Hu, Damianou, Lawrence, Dai 2019, "Variational Information Distillation for Knowledge Transfer" (arXiv:1904.05835,
/// equations 4 and 5).
///     L = sum over pairs of mean over all elements of 1/2 [(mu(f_s) - f_t)^2 / v_c + log v_c],  v_c = softplus(rho_c) + 1e-5
/// Taps [B, C, H, W] whose channels may differ; the larger map is pooled to the smaller by adaptive averages before mu. Vectors
/// count as maps of one pixel. mu is three 1x1 convolutions without bias, ReLU between them, as wide as the teacher's feature;
/// rho is a trained parameter, one a channel, that begins at a variance of `initial_variance`, 5. RepDistiller and torchdistill
/// compute the same. mdistiller keeps rho where its optimiser does not find it: its variance stays 5 for good.
class VariationalInformation final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number("initial_variance", m_variance,
                      {.help = "Variance of each channel before training.", .minimum = 1e-3, .maximum = 100, .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        auto parts = std::make_unique<Parts>();
        m_predictors.clear();
        for (const TapPairs::Pair& pair : m_taps.pairs(setting, "vid")) {
            if (!sameKind(pair)) {
                throw cannotMatch("vid", pair, "choose two feature maps or two vectors");
            }
            m_predictors.push_back(
                &parts->addChild("pair" + std::to_string(m_predictors.size()),
                                 std::make_unique<Predictor>(pair.from[0], pair.to[0], m_variance, *setting.generator)));
            remark({learnedRemark("a predictor of three 1x1 convolutions, with a variance for each channel,", pair,
                                  m_predictors.back()->parameterCount())});
            remark(poolingRemarks(pair));
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
        for (std::size_t i = 0; i < m_predictors.size(); ++i) {
            const auto [student, teacher] = pooledToSmaller(asMap(inputs.studentTaps.at(m_taps.student[i])),
                                                            asMap(inputs.teacherTaps.at(m_taps.teacher[i]).detach()));
            const at::Tensor variance = m_predictors[i]->variance();
            const at::Tensor error = (m_predictors[i]->forward(student, pass) - teacher).square();
            const at::Tensor term = 0.5 * ((error / variance).mean() + variance.log().mean());
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }

private:
    TapPairs m_taps{{"stage1", "stage2", "stage3"}, {"stage1", "stage2", "stage3"}};
    double m_variance = 5;
    std::vector<Predictor*> m_predictors;
};

} // namespace

ObjectiveEntry vidEntry()
{
    return {"vid",
            "Variational information distillation",
            "The student's layers learn to predict the teacher's as well as the information in them allows, channel by channel.",
            "L = sum over pairs of mean 1/2 [(mu(f_s) - f_t)^2 / v_c + log v_c], v_c = softplus(rho_c) + 1e-5, mu three 1x1 "
            "convolutions; mu and rho are trained along",
            "Ahn et al., Variational Information Distillation for Knowledge Transfer, CVPR 2019, arXiv:1904.05835",
            makeOne<VariationalInformation>,
            {{"repdistiller", "Variance begins at 5; its weight is 1.", {{"initial_variance", 5.0}}},
             {"mdistiller", "As repdistiller, but its variance never trains; here it does.", {{"initial_variance", 5.0}}},
             {"torchdistill", "As repdistiller.", {{"initial_variance", 5.0}}}}};
}

} // namespace distill
