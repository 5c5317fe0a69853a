// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/common.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// Huang, Wang 2017, "Like What You Like: Knowledge Distill via Neuron Selectivity Transfer" (arXiv:1707.01219), with the
/// polynomial kernel of degree 2 and offset 0.
///     a_c = f_c / ||f_c||_2: each channel's map at length 1;  k(a, b) = (a.b)^2
///     L = sum over pairs of mean k(a_t, a_t') + mean k(a_s, a_s') - 2 mean k(a_s, a_t)
/// the means over samples and pairs of channels: the squared maximum mean discrepancy between the two sets of maps. Taps
/// [B, C, H, W] whose channels may differ; the larger map is pooled to the smaller by adaptive averages first. As in RepDistiller,
/// mdistiller and KD-Zoo (which takes one layer), with a weight of 50; the first term has no gradient and makes L at least 0. A
/// channel of zeros stays 0.
class Nst final : public Objective {
public:
    void describe(Binder& binder) override { m_taps.describe(binder); }

    void prepare(const ObjectiveSetting& setting) override
    {
        for (const TapPairs::Pair& pair : m_taps.pairs(setting, "nst")) {
            if (pair.from.size() != 3 || pair.to.size() != 3) {
                throw cannotMatch("nst", pair, "selectivity is a channel's map over pixels: choose two feature maps");
            }
            remark(poolingRemarks(pair));
        }
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor sum;
        for (std::size_t i = 0; i < m_taps.student.size(); ++i) {
            const auto [from, to]
                = pooledToSmaller(inputs.studentTaps.at(m_taps.student[i]), inputs.teacherTaps.at(m_taps.teacher[i]).detach());
            const at::Tensor student = direction(from.flatten(2), 2), teacher = direction(to.flatten(2), 2);
            const at::Tensor term = kernel(teacher, teacher) + kernel(student, student) - 2 * kernel(student, teacher);
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }

private:
    static at::Tensor kernel(const at::Tensor& a, const at::Tensor& b) { return batchedProducts(a, b).square().mean(); }

    TapPairs m_taps{{"stage1", "stage2", "stage3"}, {"stage1", "stage2", "stage3"}};
};

} // namespace

ObjectiveEntry nstEntry()
{
    return {"nst",
            "Neuron selectivity (NST)",
            "The student's channels respond to the same places in an image as the teacher's, as two sets of maps.",
            "L = sum over pairs of mean (a_t.a_t')^2 + mean (a_s.a_s')^2 - 2 mean (a_s.a_t)^2, a each channel's map at length 1",
            "Huang, Wang, Like What You Like: Knowledge Distill via Neuron Selectivity Transfer, 2017, arXiv:1707.01219",
            makeOne<Nst>};
}

} // namespace distill
