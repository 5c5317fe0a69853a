// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/formula.h"
#include "objectives/registry.h"

namespace distill {

namespace {

constexpr double slope = 0.1; // of the leaky ReLU

/// A 3x3 convolution, plain or transposed (which of stride 1 keeps the size too), batch norm where asked for, leaky ReLU. Fixed
/// ones keep their weights as buffers, which no optimiser moves.
class Layer final : public Module {
public:
    struct Kind {
        bool transposed = false, norm = false, fixed = false;
    };

    Layer(std::int64_t from, std::int64_t to, const Kind& kind, at::Generator& generator)
        : m_transposed(kind.transposed)
        , m_weight(add("weight",
                       uniformWeight(kind.transposed ? Shape{from, to, 3, 3} : Shape{to, from, 3, 3},
                                     9 * (kind.transposed ? to : from), generator),
                       kind.fixed))
        , m_bias(add("bias", uniformWeight({to}, 9 * (kind.transposed ? to : from), generator), kind.fixed))
        , m_norm(kind.norm ? &addChild("norm", std::make_unique<BatchNormOfBatch>(to)) : nullptr)
    {
    }
    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        const at::Tensor x = m_transposed
            ? at::conv_transpose2d(input, m_weight, m_bias, /*stride=*/1, /*padding=*/1)
            : convolve(input, m_weight, m_bias, {.in = m_weight.size(1), .out = m_weight.size(0), .bias = true});
        return at::leaky_relu(m_norm ? m_norm->forward(x, pass) : x, slope);
    }

private:
    at::Tensor& add(const std::string& name, at::Tensor initial, bool fixed)
    {
        return fixed ? addBuffer(name, std::move(initial)) : addParameter(name, std::move(initial));
    }
    bool m_transposed;
    at::Tensor& m_weight;
    at::Tensor& m_bias;
    BatchNormOfBatch* m_norm;
};

/// Three layers, named by `name` and their place.
class Chain final : public Module {
public:
    Chain(const std::string& name, const std::array<std::int64_t, 4>& widths, const Layer::Kind& kind, at::Generator& generator)
    {
        for (std::size_t i = 0; i < m_layers.size(); ++i) {
            m_layers[i] = &addChild(name + std::to_string(i), std::make_unique<Layer>(widths[i], widths[i + 1], kind, generator));
        }
    }
    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = input;
        for (Layer* layer : m_layers) {
            x = layer->forward(x, pass);
        }
        return x;
    }

private:
    std::array<Layer*, 3> m_layers{};
};

/// Kim, Park, Kwak 2018, "Paraphrasing Complex Network: Network Compression via Factor Transfer" (arXiv:1802.04977, equations 1
/// to 3).
///     paraphraser:  f_t -> factor F_t -> reconstruction of f_t
///     translator:   f_s -> factor F_s
///     part paraphraser:  L = mean over all elements of (reconstruction - f_t)^2; the student takes no part
///     part factor:       L = mean of |n(F_s) - n(F_t)|^e, the paraphraser fixed
///     form channel_mean: n(F) = vec(mean_c F^2) / ||.||_2;  form flatten: n(F) = vec(F) / ||.||_2
/// Taps [B, C, H, W] of any channels; factors have k C_t of them, k = `rate`, 0.5. Encoder, translator and decoder are three 3x3
/// convolutions each (the decoder's transposed) with leaky ReLU of 0.1; the translator has batch norm. The larger factor is
/// pooled to the smaller by adaptive averages. e is `exponent`, 1. The default is RepDistiller's convention, to which its weight
/// of 200 belongs; the authors' and torchdistill's codes flatten the whole factor, and torchdistill divides the mean by B once
/// more (`divide_by_batch`). torchdistill's paraphraser has batch norm. The names of the paraphraser's weights are the same in
/// both parts: parameters in the one, memories in the other.
class FactorTransfer final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.choice(
            "part", m_part,
            {{"factor", "The student's factor learns from the paraphraser's, which is fixed."},
             {"paraphraser", "The paraphraser learns to reconstruct the teacher's feature; the student does not learn."}},
            {.help = "Which of the method's two steps this term is; the paraphraser's comes first."});
        binder.number(
            "rate", m_rate,
            {.help = "Channels of a factor as a share of the teacher's.", .minimum = 0.01, .maximum = 4, .advanced = true});
        binder.choice("form", m_form,
                      {{"channel_mean", "Normalised mean over channels of the squared factor."},
                       {"flatten", "The whole factor, normalised."}},
                      {.help = "What of two factors is compared.", .advanced = true});
        binder.integer("exponent", m_exponent,
                       {.help = "Power of the differences: 1 or 2.", .minimum = 1, .maximum = 2, .advanced = true});
        binder.boolean("divide_by_batch", m_divideByBatch,
                       {.help = "Divides the mean over all elements by the batch size once more.", .advanced = true});
        binder.boolean("translator_norm", m_translatorNorm, {.help = "Batch norm in the translator.", .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const TapPairs::Pair pair = m_taps.pair(setting, "ft");
        if (pair.from.size() != 3 || pair.to.size() != 3) {
            throw cannotMatch("ft", pair, "factors come from 3x3 convolutions: choose two feature maps");
        }
        const std::int64_t teacher = pair.to[0], student = pair.from[0];
        const auto factors = static_cast<std::int64_t>(static_cast<double>(teacher) * m_rate);
        if (factors < 1) {
            throw cannotMatch("ft", pair,
                              "a rate of " + std::to_string(m_rate)
                                  + " leaves no channel: choose at least 1 divided by the "
                                    "teacher's channels");
        }
        const bool fixed = m_part == "factor";
        at::Generator& generator = *setting.generator;
        auto parts = std::make_unique<Parts>();
        m_encoder = &parts->addChild("paraphraser",
                                     std::make_unique<Chain>("encoder", std::array{teacher, teacher, factors, factors},
                                                             Layer::Kind{.fixed = fixed}, generator));
        if (fixed) {
            m_translator = &parts->addChild("",
                                            std::make_unique<Chain>("translator", std::array{student, student, factors, factors},
                                                                    Layer::Kind{.norm = m_translatorNorm}, generator));
        } else {
            m_decoder = &parts->addChild("paraphraser",
                                         std::make_unique<Chain>("decoder", std::array{factors, factors, teacher, teacher},
                                                                 Layer::Kind{.transposed = true}, generator));
        }
        const std::string count = ": " + countText(parts->parameterCount()) + " parameters", width = std::to_string(factors);
        if (fixed) {
            remark({"a translator of three 3x3 convolutions brings the student's " + pair.student + " (" + shapeText(pair.from)
                    + ") to " + width + " channels" + count});
            remark({"a fixed paraphraser of three 3x3 convolutions brings the teacher's " + pair.teacher + " (" + shapeText(pair.to)
                    + ") to " + width + " channels"});
            remark(poolingRemarks(pair)); // the factors are as large as the layers
        } else {
            remark({"a paraphraser brings the teacher's " + pair.teacher + " (" + shapeText(pair.to) + ") to " + width
                    + " channels and back" + count});
        }
        m_learned = std::move(parts);
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return {m_taps.student}; }
    std::vector<std::string> teacherTaps() const override { return {m_taps.teacher}; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        Forward pass{.training = true};
        const at::Tensor feature = inputs.teacherTaps.at(m_taps.teacher).detach();
        const at::Tensor known = m_encoder->forward(feature, pass);
        if (m_part == "paraphraser") {
            return at::mse_loss(m_decoder->forward(known, pass), feature);
        }
        const auto [student, teacher]
            = pooledToSmaller(m_translator->forward(inputs.studentTaps.at(m_taps.student), pass), known.detach());
        const at::Tensor difference = normalised(student) - normalised(teacher);
        const at::Tensor mean = m_exponent == 1 ? difference.abs().mean() : difference.square().mean();
        return m_divideByBatch ? mean / static_cast<double>(feature.size(0)) : mean;
    }
    std::string formula(bool) const override
    {
        if (m_part == "paraphraser") {
            return "mean (reconstruction - f_t)^2 of the teacher's " + m_taps.teacher + " through a paraphraser that learns";
        }
        return std::string(m_divideByBatch ? "1/B " : "") + "mean "
            + (m_exponent == 1 ? "|n(F_s) - n(F_t)| " : "(n(F_s) - n(F_t))^2 ") + layersText(m_taps) + ", n(F) = vec(" + (m_form == "flatten" ? "F" : "mean_c F^2")
            + ") / ||.||_2, F_t from the fixed paraphraser, F_s from the translator";
    }

private:
    at::Tensor normalised(const at::Tensor& factor) const
    {
        return unit(flat(m_form == "flatten" ? factor : factor.square().mean(1)), 1);
    }

    TapPair m_taps{"stage3", "stage3"};
    std::string m_part = "factor", m_form = "channel_mean";
    double m_rate = 0.5;
    std::int64_t m_exponent = 1;
    bool m_divideByBatch = false, m_translatorNorm = true;
    Chain *m_encoder = nullptr, *m_decoder = nullptr, *m_translator = nullptr;
};

} // namespace

ObjectiveEntry ftEntry()
{
    return {
        "ft",
        "Factor transfer",
        "The student's layer is translated into a compressed paraphrase of the teacher's.",
        "part factor: L = mean |n(F_s) - n(F_t)|, n(F) = vec(mean_c F^2) / ||.||_2, F_t from the fixed paraphraser, F_s from the "
        "translator; form flatten: n(F) = vec(F) / ||.||_2; part paraphraser: L = mean (reconstruction - f_t)^2",
        "Kim, Park, Kwak, Paraphrasing Complex Network: Network Compression via Factor Transfer, NeurIPS 2018, arXiv:1802.04977",
        makeOne<FactorTransfer>,
        {{"repdistiller",
          "Channel mean of the squared factor, mean of absolute differences; its weight is 200.",
          {{"form", "channel_mean"}, {"exponent", 1}, {"divide_by_batch", false}, {"rate", 0.5}, {"translator_norm", true}}},
         {"kd-zoo",
          "The whole factor, mean of absolute differences.",
          {{"form", "flatten"}, {"exponent", 1}, {"divide_by_batch", false}, {"rate", 0.5}, {"translator_norm", true}}},
         {"torchdistill",
          "The whole factor; the mean of absolute differences is divided by the batch size once more.",
          {{"form", "flatten"}, {"exponent", 1}, {"divide_by_batch", true}, {"rate", 0.5}, {"translator_norm", true}}}}};
}

} // namespace distill
