// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"

namespace distill {

namespace {

/// Cross-entropy with the hard labels, label smoothing after Szegedy et al. 2016 (arXiv:1512.00567, section 7).
///     L = 1/|known| sum over known labels of -[(1 - e) log q_y + e/K sum_k log q_k],  q = softmax(z_s)
/// Logits [B, K], labels [B]; e is `label_smoothing`, 0 by default. Samples without a label (-1) do not count: the mean
/// is over those that have one, as PyTorch's ignore_index does.
class CrossEntropy final : public Objective {
public:
    void describe(Binder& binder) override
    {
        binder.number("label_smoothing", m_labelSmoothing,
                      {.help = "Share of each hard label that is spread evenly over all classes.",
                       .minimum = 0,
                       .maximum = 1,
                       .tunable = true});
    }
    bool needsTeacher() const override { return false; }
    bool needsLabels() const override { return true; }
    at::Tensor loss(const StepInputs& inputs) override
    {
        return labelledCrossEntropy(inputs.studentLogits, inputs.labels, m_labelSmoothing);
    }
    std::string formula(bool) const override
    {
        const std::string right = "log q_y";
        return "mean over labelled samples of -"
            + (m_labelSmoothing == 0 ? right
                                     : std::string("[") + times(1 - m_labelSmoothing, right) + " + ("
                         + numberText(m_labelSmoothing) + "/K) sum_k log q_k]")
            + ", q = softmax(z_s)";
    }

private:
    double m_labelSmoothing = 0;
};

} // namespace

ObjectiveEntry crossEntropyEntry()
{
    return {"cross_entropy",
            "Cross-entropy with the labels",
            "Learns from the hard labels; samples without one do not count.",
            "L = mean over labelled samples of -[(1 - e) log q_y + (e/K) sum_k log q_k], q = softmax(z_s), e = "
            "label_smoothing",
            "Label smoothing: Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016",
            makeOne<CrossEntropy>};
}

} // namespace distill
