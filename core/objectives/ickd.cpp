// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/layers.h"
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// One for each pair: a 1x1 convolution to the teacher's channels, then batch norm by the batch's own statistics.
class ChannelEmbeddings final : public Module {
public:
    void add(const std::string& name, std::int64_t from, std::int64_t to, at::Generator& generator)
    {
        m_weights.push_back(&addParameter(name + ".weight", uniformWeight({to, from, 1, 1}, from, generator)));
        m_scales.push_back(&addParameter(name + ".norm.weight", at::ones({to})));
        m_shifts.push_back(&addParameter(name + ".norm.bias", at::zeros({to})));
    }
    at::Tensor forward(const at::Tensor& input, Forward&) override { return of(0, input); }
    at::Tensor of(std::size_t place, const at::Tensor& input) const
    {
        // Only ever used on training batches, so it keeps no running statistics.
        return at::batch_norm(at::conv2d(input, *m_weights[place]), *m_scales[place], *m_shifts[place], {}, {}, /*training=*/true,
                              0.1, 1e-5, /*cudnn_enabled=*/true);
    }

private:
    std::vector<at::Tensor*> m_weights, m_scales, m_shifts;
};

/// Liu et al. 2021, "Exploring Inter-Channel Correlation for Diversity-preserved Knowledge Distillation" (arXiv:2202.03680).
///     G = f f^T for each sample, f [C, HW]; each row divided by its L2 norm
///     L = sum over pairs of 1/(C B^2) sum_b ||G_s - G_t||_F^2
/// Taps [B, C, H, W]; sizes may differ. Where the student has other channels than the teacher (`embedding` auto), or always, a
/// learned 1x1 convolution and batch norm bring it to the teacher's. B^2, not B, is the authors' and torchdistill's codes'.
/// `normalised` off compares the products themselves, as the paper's equation has it. A channel of zeros has a row of zeros without a
/// gradient of its own.
class Ickd final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.choice("embedding", m_embedding,
                      {{"auto", "A learned layer where the student has other channels than the teacher."},
                       {"always", "A learned layer in any case, as torchdistill has it."}},
                      {.help = "When a learned layer brings the student's channels to the teacher's.", .advanced = true});
        binder.boolean("normalised", m_normalised,
                       {.help = "Divides each channel's correlations by their length; else they are compared as they are.",
                        .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        auto embeddings = std::make_unique<ChannelEmbeddings>();
        std::size_t count = 0;
        m_places.clear();
        for (const TapPairs::Pair& pair : m_taps.pairs(setting, "ickd")) {
            if (pair.from.size() != 3 || pair.to.size() != 3) {
                throw cannotMatch("ickd", pair, "correlations are those of channels over pixels: choose two feature maps");
            }
            m_places.emplace_back();
            if (m_embedding == "always" || pair.from[0] != pair.to[0]) {
                const std::int64_t before = embeddings->parameterCount();
                embeddings->add("embedding" + std::to_string(m_places.size()), pair.from[0], pair.to[0], *setting.generator);
                remark({learnedRemark("a 1x1 convolution with batch norm", pair, embeddings->parameterCount() - before)});
                m_places.back() = count++;
            }
        }
        if (count > 0) {
            m_embeddings = embeddings.get();
            m_learned = std::move(embeddings);
        }
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor sum;
        for (std::size_t i = 0; i < m_taps.student.size(); ++i) {
            const at::Tensor& feature = inputs.studentTaps.at(m_taps.student[i]);
            const at::Tensor student = m_places[i] ? m_embeddings->of(*m_places[i], feature) : feature;
            const at::Tensor teacher = inputs.teacherTaps.at(m_taps.teacher[i]).detach();
            const auto samples = static_cast<double>(teacher.size(0)), channels = static_cast<double>(teacher.size(1));
            const at::Tensor term
                = (correlations(student) - correlations(teacher)).square().sum() / (channels * samples * samples);
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }
    std::string formula(bool) const override
    {
        return "sum over pairs of 1/(C B^2) sum_b ||G_s - G_t||_F^2 " + layersText(m_taps) + ", G = f f^T of the channels"
            + (m_normalised ? " with rows of length 1" : "") + ", f_s through a learned 1x1 convolution and batch norm"
            + (m_embedding == "always" ? "" : " where its channels differ");
    }

private:
    at::Tensor correlations(const at::Tensor& feature) const
    {
        const at::Tensor f = feature.flatten(2);
        const at::Tensor products = batchedProducts(f, f);
        return m_normalised ? direction(products, 2) : products;
    }

    TapPairs m_taps{{"stage3"}, {"stage3"}};
    std::string m_embedding = "auto";
    bool m_normalised = true;
    std::vector<std::optional<std::size_t>> m_places; ///< each pair's embedding, where it has one
    ChannelEmbeddings* m_embeddings = nullptr;
};

} // namespace

ObjectiveEntry ickdEntry()
{
    return {"ickd",
            "Inter-channel correlation (ICKD)",
            "The student's channels relate to one another as the teacher's do.",
            "L = sum over pairs of 1/(C B^2) sum_b ||G_s - G_t||_F^2, G = f f^T of the channels with rows of length 1, f_s "
            "through a learned 1x1 convolution and batch norm where its channels differ",
            "Liu et al., Exploring Inter-Channel Correlation for Diversity-preserved Knowledge Distillation, ICCV 2021, "
            "arXiv:2202.03680",
            makeOne<Ickd>,
            {{"torchdistill", "The learned layer in any case.", {{"embedding", "always"}, {"normalised", true}}}}};
}

} // namespace distill
