// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

namespace distill {

namespace {

/// Park et al. 2019, "Relational Knowledge Distillation" (arXiv:1904.05068).
///     d_ij = |f_i - f_j| / m,  m the mean of |f_i - f_j| over the pairs i != j
///     a_ijk = e_ij.e_ik,  e_ij = (f_i - f_j)/|f_i - f_j|
///     L = w_d mean_ij huber(d_s - d_t) + w_a mean_ijk huber(a_s - a_t),  huber(x) = x^2/2 for |x| < 1, else |x| - 1/2
/// Taps of any shape, flattened; sizes may differ. The default is the penultimate layer, w_d 25 and w_a 50, the authors' for
/// classification and RepDistiller's; torchdistill has 1 and 2. The means run over all B^2 and B^3 places, the empty diagonals
/// included. `normalised` off is KD_Lib's form: distances and differences as they are, without m and without length 1; its weights
/// are 0.5 and 0.5. Memory grows with B^2 (F + B). Two equal samples have distance 0, no direction and no gradient (the published
/// codes: of size 3e10); a batch of one, or of equal samples only, costs 0 against the same of the teacher (there: NaN).
class Rkd final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number("distance_weight", m_distanceWeight,
                      {.help = "Weight of the distances between two samples.", .minimum = 0, .maximum = 10000, .tunable = true});
        binder.number("angle_weight", m_angleWeight,
                      {.help = "Weight of the angles between three samples.", .minimum = 0, .maximum = 10000, .tunable = true});
        binder.boolean("normalised", m_normalised,
                       {.help = "Compares distances in units of their mean and angles; else distances and products as they are.",
                        .advanced = true});
    }
    void prepare(const ObjectiveSetting& setting) override { m_taps.pair(setting, "rkd"); }
    bool needsTeacher() const override { return true; }
    bool relatesSamples() const override { return true; }
    std::vector<std::string> studentTaps() const override { return {m_taps.student}; }
    std::vector<std::string> teacherTaps() const override { return {m_taps.teacher}; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        const Relations target = relations(inputs.teacherTaps.at(m_taps.teacher).detach());
        const Relations output = relations(inputs.studentTaps.at(m_taps.student));
        const auto huber
            = [](const at::Tensor& a, const at::Tensor& b) { return at::smooth_l1_loss(a, b, at::Reduction::Mean, /*beta=*/1); };
        return m_distanceWeight * huber(output.distances, target.distances) + m_angleWeight * huber(output.angles, target.angles);
    }
    std::string formula(bool) const override
    {
        return times(m_distanceWeight, "mean_ij h(d_s - d_t)") + " + " + times(m_angleWeight, "mean_ijk h(a_s - a_t)") + " "
            + layersText(m_taps)
            + (m_normalised ? ", d_ij = |f_i - f_j| / its mean over i != j, a_ijk the cosine at i between j and k"
                            : ", d_ij = |f_i - f_j|, a_ijk = (f_i - f_j).(f_i - f_k)")
            + ", h(x) = x^2/2 for |x| < 1, else |x| - 1/2";
    }

private:
    struct Relations {
        at::Tensor distances; ///< [B, B]
        at::Tensor angles; ///< [B, B, B]: seen from the first sample, between the others
    };

    Relations relations(const at::Tensor& feature) const
    {
        const at::Tensor x = flat(feature);
        // Differences, not products of the samples: those would leave two close samples nothing but rounding.
        const at::Tensor difference = x.unsqueeze(1) - x.unsqueeze(0);
        const at::Tensor squares = difference.square().sum(2);
        const at::Tensor equal = vanishes(squares);
        const at::Tensor length = squares.masked_fill(equal, 1).sqrt();
        const at::Tensor distances = length.masked_fill(equal, 0);
        if (!m_normalised) {
            return {distances, batchedProducts(difference, difference)};
        }
        const std::int64_t pairs = std::max<std::int64_t>(1, x.size(0) * (x.size(0) - 1));
        const at::Tensor mean = distances.sum() / pairs;
        const at::Tensor directions = (difference / length.unsqueeze(2)).masked_fill(equal.unsqueeze(2), 0);
        return {distances / mean.masked_fill(mean.eq(0), 1), batchedProducts(directions, directions)};
    }

    TapPair m_taps{"penultimate", "penultimate"};
    double m_distanceWeight = 25, m_angleWeight = 50;
    bool m_normalised = true;
};

} // namespace

ObjectiveEntry rkdEntry()
{
    return {"rkd",
            "Relational distillation (RKD)",
            "Distances between samples and angles of triples of samples follow the teacher's feature space.",
            "L = w_d mean_ij huber(d_s - d_t) + w_a mean_ijk huber(a_s - a_t), d_ij = |f_i - f_j| / mean, a_ijk the cosine at "
            "i between j and k",
            "Park et al., Relational Knowledge Distillation, CVPR 2019, arXiv:1904.05068",
            makeOne<Rkd>,
            {{"repdistiller", "Weights 25 and 50.", {{"distance_weight", 25.0}, {"angle_weight", 50.0}, {"normalised", true}}},
             {"mdistiller", "As repdistiller.", {{"distance_weight", 25.0}, {"angle_weight", 50.0}, {"normalised", true}}},
             {"kd-zoo", "As repdistiller.", {{"distance_weight", 25.0}, {"angle_weight", 50.0}, {"normalised", true}}},
             {"torchdistill", "Weights 1 and 2.", {{"distance_weight", 1.0}, {"angle_weight", 2.0}, {"normalised", true}}},
             {"kd_lib",
              "Distances and products as they are; weights 0.5 and 0.5.",
              {{"distance_weight", 0.5}, {"angle_weight", 0.5}, {"normalised", false}}}}};
}

} // namespace distill
