// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/product.h"
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/tokens.h"

namespace distill {

namespace {

enum class Of { Mse, Cosine, Patient };

constexpr std::array<const char*, 3> names{"hidden_mse", "hidden_cosine", "pkd"};

/// A matrix [F_t, F_s] for each pair of taps whose widths differ, "weight" where there is one pair, else "0.weight",
/// "1.weight", ... by its place.
class Projections final : public Module {
public:
    Projections(const std::vector<TapPairs::Pair>& pairs, at::Generator& generator)
        : m_weights(pairs.size(), nullptr)
    {
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const std::int64_t from = pairs[i].from.back(), to = pairs[i].to.back();
            if (from != to) {
                m_weights[i] = &addParameter(pairs.size() == 1 ? "weight" : std::to_string(i) + ".weight",
                                             uniformWeight({to, from}, from, generator));
            }
        }
    }

    at::Tensor forward(const at::Tensor& input, Forward&) override { return input; }
    at::Tensor project(const at::Tensor& rows, std::size_t pair) const
    {
        const at::Tensor* weight = m_weights[pair];
        return weight ? affine(rows, *weight, at::zeros({weight->size(0)}, weight->options())) : rows;
    }

private:
    std::vector<at::Tensor*> m_weights;
};

/// Inner layers token by token: taps h [B, L, F], or vectors [B, F] of images, in pairs, of which L is the sum (`over_pairs`
/// mean: the mean, as in DistillKit). Where the widths of a pair differ W, a linear layer without bias that trains along, brings
/// the student's to the teacher's (TinyBERT, Jiao et al. 2020, arXiv:1909.10351; DistillKit), else there is none.
///     hidden_mse     mean over tokens and F of (W h_s - h_t)^2
///     hidden_cosine  mean over tokens of 1 - cos(W h_s, h_t)           (DistilBERT, Sanh et al. 2019, arXiv:1910.01108)
///     pkd            mean over samples of ||W h_s/||W h_s|| - h_t/||h_t||||^2, h of the first token, [CLS]
///                    (Sun et al. 2019, arXiv:1908.09355, equation 7); `tokens` all takes every token that counts
/// `reduction` of pkd: sum is the paper's squared norm and TextBrewer's; mean divides by F (the authors' code). A zero vector has
/// cosine 0 and no gradient. Tokens that do not count are left out of value and gradient of all three; the first token has no
/// label in language modelling and is ruled by the mask alone.
template <Of of> class HiddenStates final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.choice("over_pairs", m_overPairs,
                      {{"sum", "Each pair counts in full."}, {"mean", "The sum divided by the number of pairs."}},
                      {.help = "How several pairs of layers add up.", .advanced = true});
        if constexpr (of == Of::Patient) {
            binder.choice(
                "tokens", m_tokens,
                {{"first", "The first token, which stands for the whole in BERT."}, {"all", "Every token that counts."}},
                {.help = "Which tokens of a sequence are compared.", .advanced = true});
            binder.choice("reduction", m_reduction,
                          {{"sum", "Squared distance of the two vectors, as the paper has it."},
                           {"mean", "The same divided by their width."}},
                          {.help = "How the width of the vectors enters.", .advanced = true});
        }
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const std::string name = names[static_cast<std::size_t>(of)];
        const std::vector<TapPairs::Pair> pairs = m_taps.pairs(setting, name);
        bool learns = false;
        for (const TapPairs::Pair& pair : pairs) {
            const std::size_t sides = pair.from.size();
            if (sides != pair.to.size() || sides < 1 || sides > 2 || (sides == 2 && pair.from[0] != pair.to[0])) {
                throw cannotMatch(name, pair, "choose two vectors, or the layers of two sequences of the same length");
            }
            if (pair.from.back() != pair.to.back()) {
                learns = true;
                remark({learnedRemark("a linear layer without bias", pair, pair.from.back() * pair.to.back())});
            }
        }
        if (learns) {
            auto projections = std::make_unique<Projections>(pairs, *setting.generator);
            m_projections = projections.get();
            m_learned = std::move(projections);
        }
    }

    bool needsTeacher() const override { return true; }
    bool takesSequences() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor sum;
        for (std::size_t i = 0; i < m_taps.student.size(); ++i) {
            const at::Tensor term = ofPair(inputs, i, inputs.studentTaps.at(m_taps.student[i]),
                                           inputs.teacherTaps.at(m_taps.teacher[i]).detach());
            sum = sum.defined() ? sum + term : term;
        }
        return m_overPairs == "mean" ? sum / static_cast<double>(m_taps.student.size()) : sum;
    }
    std::string formula(bool) const override
    {
        const std::string pairs = m_overPairs == "mean" ? "mean over pairs of " : "sum over pairs of ";
        const std::string layers = std::string(" ") + layersText(m_taps) + ", W learned where the widths differ, else none";
        if constexpr (of == Of::Mse) {
            return pairs + "mean over tokens and width of (W h_s - h_t)^2" + layers;
        } else if constexpr (of == Of::Cosine) {
            return pairs + "mean over tokens of 1 - cos(W h_s, h_t)" + layers;
        } else {
            return pairs + (m_tokens == "first" ? "mean over samples of " : "mean over tokens of ")
                + (m_reduction == "sum" ? "" : "1/F ") + "||W h_s/||W h_s|| - h_t/||h_t|| ||^2" + layers
                + (m_tokens == "first" ? "; of sequences h of the first token" : "");
        }
    }

private:
    at::Tensor ofPair(const StepInputs& inputs, std::size_t pair, const at::Tensor& student, const at::Tensor& teacher) const
    {
        if (of == Of::Patient && m_tokens == "first" && student.dim() == 3) {
            const HardLabels none;
            const StepInputs first{inputs.studentLogits,
                                   inputs.teacherLogits,
                                   none,
                                   inputs.studentTaps,
                                   inputs.teacherTaps,
                                   inputs.indices,
                                   inputs.mask.defined() ? inputs.mask.select(1, 0) : at::Tensor()};
            return compared(first, pair, student.select(1, 0), teacher.select(1, 0));
        }
        return compared(inputs, pair, student, teacher);
    }

    at::Tensor compared(const StepInputs& inputs, std::size_t pair, const at::Tensor& student, const at::Tensor& teacher) const
    {
        const Tokens tokens = Tokens::of(inputs, student);
        const at::Tensor rows = tokens.rows(student), target = tokens.rows(teacher);
        const at::Tensor projected = m_projections ? m_projections->project(rows, pair) : rows;
        if constexpr (of == Of::Mse) {
            return tokens.mean((projected - target).square().mean(1));
        } else if constexpr (of == Of::Cosine) {
            return tokens.mean(1 - (unit(projected, 1) * unit(target, 1)).sum(1));
        } else {
            const at::Tensor squares = (unit(projected, 1) - unit(target, 1)).square();
            return tokens.mean(m_reduction == "sum" ? squares.sum(1) : squares.mean(1));
        }
    }

    TapPairs m_taps{{"penultimate"}, {"penultimate"}};
    std::string m_overPairs = "sum";
    std::string m_tokens = "first";
    std::string m_reduction = "sum";
    Projections* m_projections = nullptr;
};

} // namespace

ObjectiveEntry hiddenMseEntry()
{
    return {
        names[0],
        "Hidden states (MSE)",
        "Inner layers of the student come to equal the teacher's, token by token.",
        "L = sum over pairs of mean over tokens and width of (W h_s - h_t)^2; W learned where the widths differ, else none",
        "Jiao et al., TinyBERT: Distilling BERT for Natural Language Understanding, Findings of EMNLP 2020, arXiv:1909.10351",
        makeOne<HiddenStates<Of::Mse>>,
        {{"textbrewer", "Mean over tokens and width, sum over pairs; padding left out.", {{"over_pairs", "sum"}}},
         {"distillkit", "Mean over tokens, width and pairs; padding left out.", {{"over_pairs", "mean"}}}}};
}

ObjectiveEntry hiddenCosineEntry()
{
    return {names[1],
            "Hidden states (cosine)",
            "Inner layers of the student come to point where the teacher's do, token by token.",
            "L = sum over pairs of mean over tokens of 1 - cos(W h_s, h_t); W learned where the widths differ, else none",
            "Sanh et al., DistilBERT, a distilled version of BERT, 2019, arXiv:1910.01108",
            makeOne<HiddenStates<Of::Cosine>>,
            {{"textbrewer", "Mean over tokens, sum over pairs; padding left out.", {{"over_pairs", "sum"}}},
             {"distillkit", "Mean over tokens and pairs; padding left out.", {{"over_pairs", "mean"}}}}};
}

ObjectiveEntry pkdEntry()
{
    return {
        names[2],
        "Patient knowledge distillation (PKD)",
        "The student's vector of the whole input follows the teacher's through the layers, up to its length.",
        "L = sum over pairs of mean over samples of ||h_s/||h_s|| - h_t/||h_t||||^2, h of the first token; reduction mean: /F",
        "Sun et al., Patient Knowledge Distillation for BERT Model Compression, EMNLP 2019, arXiv:1908.09355",
        makeOne<HiddenStates<Of::Patient>>,
        {{"textbrewer",
          "Squared distance summed over the width, of the first token.",
          {{"over_pairs", "sum"}, {"tokens", "first"}, {"reduction", "sum"}}}}};
}

} // namespace distill
