// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluation/evaluation.h"

#include "experiment/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace distill {

namespace {

/// A sample whose fate the bias decides: one of the classes wins above `threshold`, one of the others below it.
struct Sample {
    double threshold;
    bool belongs; ///< right above the threshold, else right below it
    bool rightAtTie;
};

/// The samples that are right on one side of their threshold; the others are wrong, or right, whatever the bias.
std::vector<Sample> decidedSamples(const at::Tensor& logits, const at::Tensor& labels, const std::vector<bool>& shifted)
{
    const at::Tensor values = logits.to(at::kCPU, at::kDouble).contiguous();
    const at::Tensor truths = labels.to(at::kCPU, at::kLong).contiguous();
    const auto row = values.accessor<double, 2>();
    const auto truth = truths.accessor<std::int64_t, 1>();
    std::vector<Sample> samples;
    for (std::int64_t i = 0; i < values.size(0); ++i) {
        // The first of the largest logits, within the shifted classes [1] and among the others [0].
        std::int64_t best[2] = {-1, -1};
        for (std::int64_t k = 0; k < values.size(1); ++k) {
            std::int64_t& leader = best[shifted[static_cast<std::size_t>(k)] ? 1 : 0];
            if (leader < 0 || row[i][k] > row[i][leader]) {
                leader = k;
            }
        }
        if (best[0] < 0 || best[1] < 0) {
            continue;
        }
        const double threshold = row[i][best[0]] - row[i][best[1]];
        const bool belongs = truth[i] == best[1];
        if (std::isfinite(threshold) && (belongs || truth[i] == best[0])) {
            samples.push_back({threshold, belongs, belongs == (best[1] < best[0])});
        }
    }
    return samples;
}

/// The point of the open interval nearest to 0. Other than 0 itself it keeps clear of the ends, so that float32 logits
/// with it added are still on the same side; where the interval leaves no such room, it is its middle.
double nearestInside(double low, double high)
{
    if (low < 0 && high > 0) {
        return 0;
    }
    const double nearest = low >= 0 ? low : high;
    const double margin = std::min(1e-3 * std::max(1.0, std::abs(nearest)), (high - low) / 2);
    return low >= 0 ? low + margin : high - margin;
}

} // namespace

double bestBias(const at::Tensor& logits, const at::Tensor& labels, const std::vector<std::int64_t>& classes)
{
    std::vector<bool> shifted(static_cast<std::size_t>(logits.size(1)), false);
    for (const std::int64_t label : classes) {
        if (label < 0 || label >= logits.size(1)) {
            throw InputError("The bias correction names class " + std::to_string(label) + ", but classes go from 0 to "
                             + std::to_string(logits.size(1) - 1));
        }
        shifted[static_cast<std::size_t>(label)] = true;
    }
    std::vector<Sample> samples = decidedSamples(logits, labels, shifted);
    std::sort(samples.begin(), samples.end(),
              [](const Sample& a, const Sample& b) { return a.threshold < b.threshold; });

    // The number of right samples is constant between thresholds; it changes only there.
    std::int64_t right
        = std::count_if(samples.begin(), samples.end(), [](const Sample& sample) { return !sample.belongs; });
    std::int64_t bestRight = -1;
    double bias = 0;
    const auto offer = [&](double candidate, std::int64_t count) {
        if (count > bestRight || (count == bestRight && std::abs(candidate) < std::abs(bias))) {
            bestRight = count;
            bias = candidate;
        }
    };
    constexpr double infinity = std::numeric_limits<double>::infinity();
    struct Tie {
        double bias;
        std::int64_t right;
    };
    std::vector<Tie> ties;
    double low = -infinity;
    for (std::size_t first = 0; first < samples.size();) {
        const double threshold = samples[first].threshold;
        offer(nearestInside(low, threshold), right);
        std::int64_t change = 0, changeAtTie = 0;
        std::size_t end = first;
        for (; end < samples.size() && samples[end].threshold == threshold; ++end) {
            change += samples[end].belongs ? 1 : -1;
            // Right below (not belonging) or not yet right (belonging): the tie may change either.
            changeAtTie += samples[end].belongs ? samples[end].rightAtTie : samples[end].rightAtTie - 1;
        }
        ties.push_back({threshold, right + changeAtTie});
        right += change;
        low = threshold;
        first = end;
    }
    offer(nearestInside(low, infinity), right);

    // A tie is broken by the order of the classes only as long as nothing is rounded, which is sure at 0 alone.
    // Elsewhere it serves only where it beats every interval.
    for (const Tie& tie : ties) {
        if (tie.bias == 0 || tie.right > bestRight) {
            offer(tie.bias, tie.right);
        }
    }
    return bias;
}

} // namespace distill
