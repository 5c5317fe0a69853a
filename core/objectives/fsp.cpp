// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/formula.h"
#include "objectives/registry.h"

namespace distill {

namespace {

/// Yim, Joo, Bae, Kim 2017, "A Gift from Knowledge Distillation" (CVPR 2017, equations 1 and 2; no arXiv).
///     G_ij = 1/(H W) sum over pixels of f1_i f2_j   for each sample, f1 and f2 two layers one after the other
///     mse:   L = sum over pairs of layers of mean over b, i, j of (G_s - G_t)^2
///     norm:  L = sum over pairs of layers of 1/B sum_b sum_j ||G_s,:j - G_t,:j||_2
/// Taps [B, C, H, W], from input to output: each and the next make a pair, so two taps at least. The larger of the two maps is
/// pooled to the smaller. Student and teacher need the same channels at each tap; their maps' sizes may differ. "mse" after
/// average pooling is RepDistiller's and KD-Zoo's, the default; their weight is 50. torchdistill pools by the maximum and sums
/// the norms of G's difference over the first channel index.
class SolutionFlow final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.choice("pooling", m_pooling,
                      {{"average", "Average of the pixels that become one."}, {"max", "The largest of them."}},
                      {.help = "How the larger of two maps is brought to the smaller one's size.", .advanced = true});
        binder.choice("form", m_form,
                      {{"mse", "Mean squared difference of the matrices."},
                       {"norm", "Norms of the difference's columns, summed, mean over samples."}},
                      {.help = "How two flow matrices are compared.", .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const TapPairs::Pair* before = nullptr;
        const std::vector<TapPairs::Pair> pairs = pairsOf(m_taps, setting, "fsp", 2);
        for (const TapPairs::Pair& pair : pairs) {
            if (pair.from.size() != 3 || pair.to.size() != 3) {
                throw cannotMatch("fsp", pair, "flow is a product over pixels: choose feature maps");
            }
            if (pair.from[0] != pair.to[0]) {
                throw cannotMatch(
                    "fsp", pair,
                    "it compares matrices of channels by channels, so both need the same number of channels: choose a "
                    "student as wide as the teacher, or an objective that learns a regressor, such as hint or vid");
            }
            if (before) {
                remarkPooling("student", before->student, before->from, pair.student, pair.from);
                remarkPooling("teacher", before->teacher, before->to, pair.teacher, pair.to);
            }
            before = &pair;
        }
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor sum;
        for (std::size_t i = 0; i + 1 < m_taps.student.size(); ++i) {
            const at::Tensor student
                = flow(inputs.studentTaps.at(m_taps.student[i]), inputs.studentTaps.at(m_taps.student[i + 1]));
            const at::Tensor teacher
                = flow(inputs.teacherTaps.at(m_taps.teacher[i]).detach(), inputs.teacherTaps.at(m_taps.teacher[i + 1]).detach());
            const at::Tensor squares = (student - teacher).square();
            const at::Tensor term = m_form == "mse"
                ? squares.mean()
                // The clamp keeps the gradient of equal columns at zero instead of 0/0.
                : squares.sum(1).clamp_min(1e-24).sqrt().sum() / static_cast<double>(squares.size(0));
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }
    std::string formula(bool) const override
    {
        return std::string("sum over neighbouring layers of ")
            + (m_form == "mse" ? "mean (G_s - G_t)^2" : "1/B sum_b sum_j ||(G_s - G_t)_:j||_2") + " " + layersText(m_taps)
            + ", G = f1 f2^T / (H W), the larger map pooled by " + (m_pooling == "max" ? "its maximum" : "averages");
    }

private:
    void remarkPooling(const std::string& side, const std::string& first, const Shape& one, const std::string& second,
                       const Shape& other)
    {
        const std::int64_t height = std::min(one[1], other[1]), width = std::min(one[2], other[2]);
        const auto add = [&](const std::string& tap, const Shape& shape, const std::string& beside) {
            if (shape[1] != height || shape[2] != width) {
                remark({"the " + side + "'s " + tap + " (" + shapeText(shape) + ") is pooled to " + std::to_string(height) + " x "
                        + std::to_string(width) + " by " + (m_pooling == "max" ? "its maximum" : "averages") + " beside " + beside});
            }
        };
        add(first, one, second);
        add(second, other, first);
    }
    at::Tensor pooled(const at::Tensor& map, std::int64_t height, std::int64_t width) const
    {
        if (map.size(2) == height && map.size(3) == width) {
            return map;
        }
        return m_pooling == "max" ? std::get<0>(at::adaptive_max_pool2d(map, {height, width}))
                                  : at::adaptive_avg_pool2d(map, {height, width});
    }
    /// [B, C1, C2]
    at::Tensor flow(const at::Tensor& first, const at::Tensor& second) const
    {
        const std::int64_t height = std::min(first.size(2), second.size(2)), width = std::min(first.size(3), second.size(3));
        const at::Tensor a = pooled(first, height, width).flatten(2), b = pooled(second, height, width).flatten(2);
        return at::bmm(a, b.transpose(1, 2)) / static_cast<double>(height * width);
    }

    TapPairs m_taps{{"stage1", "stage2", "stage3"}, {"stage1", "stage2", "stage3"}};
    std::string m_pooling = "average", m_form = "mse";
};

} // namespace

ObjectiveEntry fspEntry()
{
    return {"fsp",
            "Flow between layers (FSP)",
            "How one layer's channels go together with the next layer's follows the teacher.",
            "L = sum over neighbouring taps of mean (G_s - G_t)^2, G = f1 f2^T / (H W); form norm: 1/B sum_b sum_j ||(G_s - "
            "G_t)_:j||_2",
            "Yim et al., A Gift from Knowledge Distillation: Fast Optimization, Network Minimization and Transfer Learning, CVPR "
            "2017",
            makeOne<SolutionFlow>,
            {{"repdistiller",
              "Average pooling, mean squared difference; its weight is 50, in a stage before the labels.",
              {{"pooling", "average"}, {"form", "mse"}}},
             {"kd-zoo", "As repdistiller.", {{"pooling", "average"}, {"form", "mse"}}},
             {"torchdistill", "Maximum pooling, sum of norms, mean over samples.", {{"pooling", "max"}, {"form", "norm"}}}}};
}

} // namespace distill
