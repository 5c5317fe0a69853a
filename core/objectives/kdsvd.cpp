// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/connectors.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

#include <ATen/core/grad_mode.h>

namespace distill {

namespace {

/// Lee, Kim, Song 2018, "Self-supervised Knowledge Distillation Using Singular Value Decomposition" (arXiv:1807.06819, section 3).
/// Of each layer's feature as a matrix X for each sample, V holds the right singular vectors and s the singular values:
///     V_t, s_t: the first k of the teacher's; V_s: of the student's first k + 3, for each of the teacher's the one that is most
///     alike, with its sign
///     v = V diag(s_t / ||s_t||),  R_ij = exp(-(v_i - v'_j)^2 / 8) for each of the k columns, v' those of the layer before
///     L = 1/B sum over consecutive layers of sum (R_s - R_t)^2
/// Taps [B, C, H, W], two pairs at least, from input to output. `matrix` "pixels" is X = HW x C (the paper, RepDistiller): teacher
/// and student need as many channels, sizes may differ. "rows" is X = CH x W (mdistiller): they need the same width, channels may
/// differ. k is `rank`, 1. A singular vector's sign is arbitrary, and the published codes take whatever their SVD gives; here the
/// teacher's vectors point to where their numbers add up to 0 or more, which for features after a ReLU is the same loss as there.
/// The student's vectors have their exact derivative, except between two singular values that are as good as equal (there 0: so a
/// map of zeros has no gradient, where the published codes have NaN).
class KdSvd final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.choice(
            "matrix", m_matrix,
            {{"pixels", "A row for each pixel, a column for each channel, as the paper and RepDistiller have it."},
             {"rows", "A row for each row of pixels of each channel, a column for each place in it, as mdistiller has it."}},
            {.help = "How a feature map becomes the matrix that is decomposed."});
        binder.integer(
            "rank", m_rank,
            {.help = "How many of the teacher's singular vectors are compared.", .minimum = 1, .maximum = 64, .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        for (const TapPairs::Pair& pair : pairsOf(m_taps, setting, "kdsvd", 2)) {
            if (pair.from.size() != 3 || pair.to.size() != 3) {
                throw cannotMatch("kdsvd", pair, "singular vectors are those of a map's channels: choose two feature maps");
            }
            if (m_matrix == "pixels" && pair.from[0] != pair.to[0]) {
                throw cannotMatch("kdsvd", pair, "matrix pixels needs two maps of as many channels: choose them, or matrix rows");
            }
            if (m_matrix == "rows" && pair.from[2] != pair.to[2]) {
                throw cannotMatch("kdsvd", pair, "matrix rows needs two maps of the same width: choose them, or matrix pixels");
            }
            const std::int64_t most = m_matrix == "pixels" ? std::min(pair.to[0], pair.to[1] * pair.to[2])
                                                           : std::min(pair.to[0] * pair.to[1], pair.to[2]);
            if (m_rank > most) {
                throw cannotMatch("kdsvd", pair,
                                  "the teacher's has no more singular vectors: choose a rank of " + std::to_string(most)
                                      + " at most");
            }
        }
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor sum, studentBefore, teacherBefore;
        for (std::size_t i = 0; i < m_taps.student.size(); ++i) {
            auto [target, values] = decomposed(inputs.teacherTaps.at(m_taps.teacher[i]).detach(), m_rank);
            const at::Tensor downwards = target.sum(1, /*keepdim=*/true).lt(0);
            target = at::where(downwards, -target, target);
            const at::Tensor aligned = alike(decomposed(inputs.studentTaps.at(m_taps.student[i]), m_rank + 3).first, target);
            const at::Tensor scale = direction(values, 1).unsqueeze(1);
            const at::Tensor student = aligned * scale, teacher = target * scale;
            if (i > 0) {
                const at::Tensor term = (relation(student, studentBefore) - relation(teacher, teacherBefore)).square().sum();
                sum = sum.defined() ? sum + term : term;
            }
            studentBefore = student;
            teacherBefore = teacher;
        }
        return sum / studentBefore.size(0);
    }
    std::string formula(bool) const override
    {
        return "1/B sum over consecutive layers of sum (R_s - R_t)^2 " + layersText(m_taps)
            + ", R_ij = exp(-(v_i - v'_j)^2/8), v and v' the first "
            + (m_rank == 1 ? "right singular vector" : std::to_string(m_rank) + " right singular vectors")
            + " of a layer and of the layer before, times s_t/||s_t||, s_t the teacher's singular values, X = "
            + (m_matrix == "pixels" ? "HW x C" : "CH x W");
    }

private:
    /// The first `count` right singular vectors [B, columns, count] and singular values [B, count] of a feature.
    std::pair<at::Tensor, at::Tensor> decomposed(const at::Tensor& feature, std::int64_t count) const
    {
        const at::Tensor x = m_matrix == "pixels" ? feature.flatten(2).transpose(1, 2) : feature.flatten(1, 2);
        const std::int64_t columns = x.size(2), kept = std::min({count, x.size(1), columns});
        at::Tensor rows, values; // all right singular vectors, as rows; the squares of their singular values
        {
            const at::NoGradGuard noGradients;
            const auto svd = at::linalg_svd(at::nan_to_num(x.detach(), 0, 0, 0), /*full_matrices=*/x.size(1) < columns);
            rows = std::get<2>(svd);
            values = at::constant_pad_nd(std::get<1>(svd), {0, columns - std::get<1>(svd).size(1)});
        }
        const at::Tensor vectors = rows.transpose(1, 2).narrow(2, 0, kept);
        const at::Tensor singular = values.narrow(1, 0, kept);
        if (!x.requires_grad()) {
            return {vectors, singular};
        }
        // x^T x in terms of its own eigenvectors. To first order a change of it turns eigenvector j towards i by its entry (i, j)
        // over the difference of their eigenvalues.
        const at::Tensor projected = batchedProducts(x, rows);
        const at::Tensor entries = batchedProducts(projected.transpose(1, 2), projected.narrow(2, 0, kept).transpose(1, 2));
        const at::Tensor squares = values.square();
        const at::Tensor gap = squares.narrow(1, 0, kept).unsqueeze(1) - squares.unsqueeze(2);
        const at::Tensor same = gap.abs().le(1e-7 * squares.narrow(1, 0, 1).unsqueeze(2));
        const at::Tensor turn = (entries / gap.masked_fill(same, 1)).masked_fill(same, 0);
        const at::Tensor change = batchedProducts(rows.transpose(1, 2), turn.transpose(1, 2));
        return {vectors + (change - change.detach()), singular};
    }

    /// For each of the teacher's vectors the student's that is most alike, in the same direction.
    static at::Tensor alike(const at::Tensor& vectors, const at::Tensor& target)
    {
        const at::Tensor cosine = batchedProducts(vectors.detach().transpose(1, 2), target.transpose(1, 2));
        const at::Tensor choice = cosine.abs().argmax(1, /*keepdim=*/true);
        const at::Tensor sign = cosine.gather(1, choice).sign();
        return vectors.gather(2, choice.expand({-1, vectors.size(1), -1})) * sign;
    }

    /// [B, columns, k] and [B, columns before, k]: [B, columns, columns before, k].
    static at::Tensor relation(const at::Tensor& vectors, const at::Tensor& before)
    {
        return (-(vectors.unsqueeze(2) - before.unsqueeze(1)).square() / 8).exp();
    }

    TapPairs m_taps{{"stage1", "stage2", "stage3"}, {"stage1", "stage2", "stage3"}};
    std::string m_matrix = "pixels";
    std::int64_t m_rank = 1;
};

} // namespace

ObjectiveEntry kdSvdEntry()
{
    return {
        "kdsvd",
        "Singular vectors (KDSVD)",
        "How the main directions of a layer's features relate to those of the layer before follows the teacher.",
        "L = 1/B sum over consecutive layers of sum (R_s - R_t)^2, R_ij = exp(-(v_i - v'_j)^2/8), v and v' the first right "
        "singular vectors of a layer and of the layer before, X = HW x C; matrix rows: X = CH x W",
        "Lee, Kim, Song, Self-supervised Knowledge Distillation Using Singular Value Decomposition, ECCV 2018, arXiv:1807.06819",
        makeOne<KdSvd>,
        {{"repdistiller", "Pixels by channels; rank 1.", {{"matrix", "pixels"}, {"rank", 1}}},
         {"mdistiller",
          "Rows of pixels of all channels by places in a row; rank 1, weight 1.",
          {{"matrix", "rows"}, {"rank", 1}}}}};
}

} // namespace distill
