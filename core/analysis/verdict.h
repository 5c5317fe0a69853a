// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/answers.h"

#include <cstdint>
#include <string>
#include <vector>

namespace distill {

/// Right or wrong of one arm of a comparison: right[seed][item] is 1 where the network of that seed is right on that test item.
using Outcomes = std::vector<std::vector<std::uint8_t>>;

/// One row of Outcomes: of the samples whose label is known.
std::vector<std::uint8_t> outcomesOf(const Choices& choices, const Choices& labels);

struct Interval {
    double estimate = 0, low = 0, high = 0;
};

/// Difference of mean accuracy, treated less control, with the interval that other seeds and other test items of the same kind would give.
/// Row s of both arms are a pair (one seed, or any order where the arms share none).
///
/// d[s][i] = treated[s][i] - control[s][i] is a crossed sample of seeds and items: its mean varies with the seed, the item, and both. The two
/// mean squares tell these apart (analysis of variance of two crossed random effects):
///   half-width^2 = t^2 MS_seeds / (S N) + z^2 max(0, MS_items - MS_rest) / (S N),
/// t of Student with S - 1 degrees of freedom, z of the normal distribution. Each part with its own quantile never covers less than it says
/// (Banerjee 1960), which one quantile for their sum (Satterthwaite) and the bootstrap over seeds and items do: with 3 seeds that differ
/// as much as test samples make them or more, the percentiles of that bootstrap cover 76 to 89 of 100 where they say 95, since 3 seeds drawn
/// from 3 show too narrow a spread; Satterthwaite's 91 to 95; this 94 to 97. Two pseudo-items, one for each arm, keep the interval of
/// few differing items honest (Bonett and Price 2012).
///
/// With one seed the interval is over items alone, which leaves out what another seed would change. Without seeds or items all are NaN.
/// Throws std::invalid_argument where the arms differ in shape.
Interval pairedDifference(const Outcomes& treated, const Outcomes& control, double confidence = 0.95);

/// What may be said about whether the treatment (a teacher) made the student better: "helps" or "hurts" where the 95 % interval leaves out 0.
/// One seed gives no verdict.
struct Verdict {
    enum class Kind { Helps, NoEvidence, Hurts };
    Kind kind = Kind::NoEvidence;
    Interval effect; ///< of accuracy, as a share
    int seeds = 0;
    std::int64_t items = 0;
    std::string sentence; ///< "The teacher helps: +2.7 points of accuracy (95 % interval 1.9 to 3.5; 3 seeds, 10,000 items)."
    std::string settle;   ///< of no evidence: what would settle it ("About 9 seeds would show a difference of this size ..."); else empty
};
const char* nameOf(Verdict::Kind kind); ///< "helps", "no evidence", "hurts"
Verdict judge(const Outcomes& treated, const Outcomes& control);

} // namespace distill
