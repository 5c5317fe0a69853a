// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// Tung, Mori 2019, "Similarity-Preserving Knowledge Distillation" (arXiv:1907.09682).
///     G = F F^T, each row divided by its L2 norm,  F [B, everything] the flattened feature
///     L = sum over pairs of 1/B^2 ||G_t - G_s||_F^2
/// Taps of any shape: only the samples are compared, so channels and sizes may differ. The default is the last stage, as in
/// RepDistiller and mdistiller, to which their weight of 3,000 belongs. `row_norm` "l1" is torchdistill's, which passes 1 as the
/// norm's order. A sample of zeros has a row of zeros without a gradient of its own (the published codes: of size 1e11).
class Similarity final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.choice("row_norm", m_rowNorm,
                      {{"l2", "By its Euclidean length, as the paper has it."},
                       {"l1", "By the sum of its magnitudes, as torchdistill does."}},
                      {.help = "What each row of similarities is divided by.", .advanced = true});
    }
    void prepare(const ObjectiveSetting& setting) override { m_taps.pairs(setting, "sp"); }
    bool needsTeacher() const override { return true; }
    bool relatesSamples() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor sum;
        for (std::size_t i = 0; i < m_taps.student.size(); ++i) {
            const at::Tensor term = (similarities(inputs.studentTaps.at(m_taps.student[i]))
                                     - similarities(inputs.teacherTaps.at(m_taps.teacher[i]).detach()))
                                        .square()
                                        .mean();
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }
    std::string formula(bool) const override
    {
        return "sum over pairs of 1/B^2 ||G_t - G_s||_F^2 " + layersText(m_taps) + ", G = F F^T with each row divided by "
            + (m_rowNorm == "l2" ? "its length" : "the sum of its magnitudes");
    }

private:
    at::Tensor similarities(const at::Tensor& feature) const
    {
        const at::Tensor products = gram(flat(feature));
        if (m_rowNorm == "l2") {
            return direction(products, 1);
        }
        const at::Tensor norm = products.abs().sum(1, /*keepdim=*/true);
        const at::Tensor empty = norm.le(1e-12);
        return (products / norm.masked_fill(empty, 1)).masked_fill(empty, 0);
    }

    TapPairs m_taps{{"stage3"}, {"stage3"}};
    std::string m_rowNorm = "l2";
};

} // namespace

ObjectiveEntry similarityEntry()
{
    return {"sp",
            "Similarity preserving (SP)",
            "Samples that are alike to the teacher become alike to the student.",
            "L = sum over pairs of 1/B^2 ||G_t - G_s||_F^2, G = F F^T with rows of length 1; row_norm l1: with rows of "
            "magnitudes that add up to 1",
            "Tung, Mori, Similarity-Preserving Knowledge Distillation, ICCV 2019, arXiv:1907.09682",
            makeOne<Similarity>,
            {{"repdistiller", "Rows of length 1; its weight is 3,000.", {{"row_norm", "l2"}}},
             {"mdistiller", "As repdistiller.", {{"row_norm", "l2"}}},
             {"kd-zoo", "As repdistiller.", {{"row_norm", "l2"}}},
             {"torchdistill", "Rows divided by the sum of their magnitudes.", {{"row_norm", "l1"}}}}};
}

} // namespace distill
