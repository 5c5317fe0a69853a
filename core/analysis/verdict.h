// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace distill {

/// Right or wrong of one arm of a comparison: right[seed][item] is 1 where the network of that seed is right on that test item.
using Outcomes = std::vector<std::vector<std::uint8_t>>;

struct Interval {
    double estimate = 0, low = 0, high = 0;
};

/// Difference of mean accuracy, treated less control, with the interval of a paired bootstrap over seeds and test items: seeds are drawn with
/// replacement (the same for both arms: pairs), and so are items. With one seed, over items alone, which leaves out what another seed would
/// change. Few seeds are drawn too narrow a spread from: the interval is widened to what Student's t would give for that many. The same input
/// gives the same interval. Throws std::invalid_argument where the arms differ in shape.
Interval pairedDifference(const Outcomes& treated, const Outcomes& control, double confidence = 0.95, int resamples = 2000,
                          std::uint64_t seed = 1);

/// What may be said about whether the treatment (a teacher) made the student better.
struct Verdict {
    enum class Kind { Helps, NoEvidence, Hurts };
    Kind kind = Kind::NoEvidence;
    Interval effect; ///< of accuracy, as a share
    int seeds = 0;
    std::int64_t items = 0;
    std::string sentence; ///< "The teacher helps: +2.7 points of accuracy (95 % interval 1.9 to 3.5; 3 seeds, 10,000 items)."
    std::string settle;   ///< of no evidence: what would settle it ("about 9 seeds would show a difference of this size"); else empty
};
const char* nameOf(Verdict::Kind kind); ///< "helps", "no evidence", "hurts"
Verdict judge(const Outcomes& treated, const Outcomes& control);

} // namespace distill
