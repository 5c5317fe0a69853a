// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/tokens.h"

namespace distill {

namespace {

/// Kim, Rush 2016, "Sequence-Level Knowledge Distillation" (arXiv:1606.07947, section 3.2): cross-entropy with what the teacher
/// generated, the one sequence that stands for all that it could have.
///     L = mean over tokens of -log q(y),  q = softmax(z_s)
/// Logits [B, L, V], labels [B, L], the teacher's tokens; those that are negative (-1, -100) or outside of the mask do not count.
/// The logits at a place predict the label of that place; with `shift` the label of the next one, as unshifted sequences of
/// causal language models have it. Of images, [B, K] and [B], it is cross-entropy with the labels. A label that the student
/// excludes (-inf) adds nothing.
class SequenceCrossEntropy final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.boolean("shift", m_shift,
                       {.help = "The logits at a place predict the next place's label instead of its own.", .advanced = true});
    }

    bool needsTeacher() const override { return false; }
    bool takesSequences() const override { return true; }
    bool needsLabels() const override { return true; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor logits = inputs.studentLogits, labels = inputs.labels.labels, mask = inputs.mask;
        if (labels.sizes() != logits.sizes().slice(0, logits.dim() - 1)) {
            throw InputError("The labels of sequence_ce are " + shapeText(labels.sizes().vec()) + " and its logits "
                             + shapeText(logits.sizes().vec()) + "; one label for each token is needed");
        }
        if (m_shift && logits.dim() == 3) {
            const std::int64_t length = logits.size(1);
            logits = logits.slice(1, 0, length - 1);
            labels = labels.slice(1, 1, length);
            mask = mask.defined() ? mask.slice(1, 1, length) : mask;
        }
        const HardLabels shifted{labels};
        Tokens tokens
            = Tokens::of({logits, inputs.teacherLogits, shifted, inputs.studentTaps, inputs.teacherTaps, {}, mask}, logits);
        const at::Tensor known = labels.flatten().ge(0);
        tokens.restrictTo(known);
        const at::Tensor logQ = at::log_softmax(tokens.rows(logits), 1);
        const at::Tensor each = logQ.gather(1, labels.flatten().clamp_min(0).unsqueeze(1)).squeeze(1);
        return tokens.mean(-each.masked_fill(each.isneginf(), 0));
    }
    std::string formula(bool) const override
    {
        return std::string("mean over samples or tokens that count of -log q(y), q = softmax(z_s), y the label")
            + (m_shift ? ", in sequences the next token's" : "");
    }

private:
    bool m_shift = false;
};

} // namespace

ObjectiveEntry sequenceCrossEntropyEntry()
{
    return {"sequence_ce",
            "Sequence-level distillation",
            "Learns the tokens that the teacher generated; padding does not count.",
            "L = mean over tokens that count of -log q(y), q = softmax(z_s), y the teacher's token",
            "Kim, Rush, Sequence-Level Knowledge Distillation, EMNLP 2016, arXiv:1606.07947",
            makeOne<SequenceCrossEntropy>};
}

} // namespace distill
