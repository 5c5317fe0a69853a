// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/product.h"
#include "objectives/formula.h"
#include "objectives/registry.h"

namespace distill {

namespace {

/// Brings the student's feature into the teacher's shape, after RepDistiller's ConvReg: the kind of convolution follows
/// from the two sizes. Weights start as PyTorch's layers do, uniform within 1/sqrt(fan-in).
class Regressor final : public Module {
public:
    /// Null where no rule fits the two shapes.
    static std::unique_ptr<Regressor> fitting(const Shape& from, const Shape& to, bool normalised,
                                              at::Generator& generator)
    {
        if (from.size() == 1 && to.size() == 1) {
            return std::make_unique<Regressor>(Layer::Linear, Shape{to[0], from[0]}, false, generator);
        }
        if (from.size() != 3 || to.size() != 3) {
            return nullptr;
        }
        const auto bothSides = [&](const auto& holds) { return holds(from[1], to[1]) && holds(from[2], to[2]); };
        if (bothSides([](std::int64_t s, std::int64_t t) { return s == 2 * t; })) {
            return std::make_unique<Regressor>(Layer::Halving, Shape{to[0], from[0], 3, 3}, normalised, generator);
        }
        if (bothSides([](std::int64_t s, std::int64_t t) { return 2 * s == t; })) {
            return std::make_unique<Regressor>(Layer::Doubling, Shape{from[0], to[0], 4, 4}, normalised, generator);
        }
        if (bothSides([](std::int64_t s, std::int64_t t) { return s >= t; })) {
            const Shape weight{to[0], from[0], 1 + from[1] - to[1], 1 + from[2] - to[2]};
            return std::make_unique<Regressor>(Layer::Cropping, weight, normalised, generator);
        }
        return nullptr;
    }

    enum class Layer { Linear, Halving, Doubling, Cropping };
    Regressor(Layer layer, const Shape& weight, bool normalised, at::Generator& generator)
        : m_layer(layer)
        , m_weight(addParameter("weight", uniformWeight(weight, fanIn(weight), generator)))
        , m_bias(addParameter("bias", uniformWeight({outputs(weight)}, fanIn(weight), generator)))
    {
        if (normalised) {
            m_scale = &addParameter("norm.weight", at::ones({outputs(weight)}));
            m_shift = &addParameter("norm.bias", at::zeros({outputs(weight)}));
        }
    }

    /// "a 3x3 convolution of stride 2 with batch norm and ReLU"
    std::string inWords() const
    {
        const std::string norm = m_scale ? " with batch norm and ReLU" : "";
        switch (m_layer) {
        case Layer::Linear:
            return "a linear layer";
        case Layer::Halving:
            return "a 3x3 convolution of stride 2" + norm;
        case Layer::Doubling:
            return "a 4x4 transposed convolution of stride 2" + norm;
        case Layer::Cropping:
            break;
        }
        return "a " + std::to_string(m_weight.size(2)) + "x" + std::to_string(m_weight.size(3)) + " convolution" + norm;
    }

    at::Tensor forward(const at::Tensor& input, Forward&) override
    {
        const at::Tensor output = project(input);
        if (!m_scale) {
            return output;
        }
        // Only ever used on training batches, so it keeps no running statistics.
        return at::batch_norm(output, *m_scale, *m_shift, {}, {}, /*training=*/true, 0.1, 1e-5, /*cudnn_enabled=*/true)
            .relu();
    }

private:
    at::Tensor project(const at::Tensor& input) const
    {
        switch (m_layer) {
        case Layer::Linear:
            return affine(input, m_weight, m_bias);
        case Layer::Halving:
            return at::conv2d(input, m_weight, m_bias, /*stride=*/2, /*padding=*/1);
        case Layer::Doubling:
            return at::conv_transpose2d(input, m_weight, m_bias, /*stride=*/2, /*padding=*/1);
        case Layer::Cropping:
            break;
        }
        return at::conv2d(input, m_weight, m_bias);
    }
    /// As PyTorch counts it for transposed convolutions too: second dimension times kernel.
    static std::int64_t fanIn(const Shape& weight)
    {
        std::int64_t product = 1;
        for (std::size_t i = 1; i < weight.size(); ++i) {
            product *= weight[i];
        }
        return product;
    }
    std::int64_t outputs(const Shape& weight) const { return m_layer == Layer::Doubling ? weight[1] : weight[0]; }
    Layer m_layer;
    at::Tensor& m_weight;
    at::Tensor& m_bias;
    at::Tensor* m_scale = nullptr;
    at::Tensor* m_shift = nullptr;
};

/// Romero et al. 2015, "FitNets: Hints for Thin Deep Nets" (arXiv:1412.6550, equation 3).
///     L = mean over all elements of (r(f_s) - f_t)^2
/// f_s and f_t are the outputs at `student_tap` and `teacher_tap`, [B, C, H, W] or [B, F]; r is a regressor that trains
/// with the student and is no part of it afterwards. The paper sums and halves; the mean is RepDistiller's and
/// mdistiller's convention, to which their weight of 100 belongs. r follows from the shapes, per side s of the
/// student's and t of the teacher's map: s = 2t a 3x3 convolution of stride 2; 2s = t a 4x4 transposed one of stride 2;
/// s >= t a convolution with a kernel of 1 + s - t, unpadded; then batch norm and ReLU unless `regressor_norm` is off.
/// For vectors r is a linear layer.
class Hint final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.choice("regressor", m_regressor,
                      {{"auto", "A learned layer between the two, chosen from their shapes."},
                       {"none", "The features are compared as they are; their shapes must be equal."}},
                      {.help = "What brings the student's feature into the teacher's shape.", .advanced = true});
        binder.boolean("regressor_norm", m_regressorNorm,
                       {.help = "Batch norm and ReLU after a convolutional regressor.", .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const TapPairs::Pair pair = m_taps.pair(setting, "hint");
        if (m_regressor == "none") {
            if (pair.from != pair.to) {
                throw cannotMatch("hint", pair, "without a regressor their shapes must be equal");
            }
            return;
        }
        std::unique_ptr<Regressor> regressor = Regressor::fitting(pair.from, pair.to, m_regressorNorm, *setting.generator);
        if (!regressor) {
            throw cannotMatch("hint", pair,
                              "choose two vectors, or two feature maps of which the student's is at least as large as the "
                              "teacher's or half its size");
        }
        remark({learnedRemark(regressor->inWords(), pair, regressor->parameterCount())});
        m_learned = std::move(regressor);
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return {m_taps.student}; }
    std::vector<std::string> teacherTaps() const override { return {m_taps.teacher}; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor feature = inputs.studentTaps.at(m_taps.student);
        if (m_learned) {
            Forward pass{.training = true};
            feature = m_learned->forward(feature, pass);
        }
        return at::mse_loss(feature, inputs.teacherTaps.at(m_taps.teacher).detach());
    }
    std::string formula(bool) const override
    {
        if (m_regressor == "none") {
            return "mean (f_s - f_t)^2 " + layersText(m_taps);
        }
        return "mean (r(f_s) - f_t)^2 " + layersText(m_taps) + ", r a learned layer chosen from the shapes: a convolution"
            + (m_regressorNorm ? ", then batch norm and ReLU" : "") + ", or of vectors a linear layer";
    }

private:
    TapPair m_taps{"stage2", "stage2"};
    std::string m_regressor = "auto";
    bool m_regressorNorm = true;
};

} // namespace

ObjectiveEntry hintEntry()
{
    return {"hint",
            "Hint (FitNets)",
            "A layer of the student learns to predict a layer of the teacher through a regressor.",
            "L = mean (r(f_s) - f_t)^2, r a convolution or linear layer chosen from the shapes and trained along",
            "Romero et al., FitNets: Hints for Thin Deep Nets, ICLR 2015, arXiv:1412.6550",
            makeOne<Hint>};
}

} // namespace distill
