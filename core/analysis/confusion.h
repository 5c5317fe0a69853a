// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/answers.h"

namespace distill {

/// counts[label][choice] of the labelled samples. Throws std::invalid_argument for a class that is not there.
struct Confusion {
    std::vector<std::vector<std::int64_t>> counts;

    std::int64_t samplesOf(std::size_t label) const;
    double accuracyOf(std::size_t label) const; ///< NaN for a class without samples
};
Confusion confusionOf(const Choices& choices, const Choices& labels, std::int64_t classes);

/// One slice of the samples, of a class or of any other grouping.
struct Slice {
    std::int64_t samples = 0, labelled = 0;
    double teacher = 0, student = 0; ///< accuracy; NaN where no label is known
    double agreement = 0;
};
/// A slice for each value of `groups` from 0 to `count` - 1; samples of other values are in none. The slices of a partition sum to the whole:
/// sum of labelled/L accuracy is the accuracy, sum of samples/N agreement the agreement.
std::vector<Slice> slicesOf(const Choices& teacher, const Choices& student, const Choices& labels, const std::vector<std::int32_t>& groups,
                            std::int64_t count);

/// Mean accuracy of the classes that have fewest training samples: of the rarest `share` of the classes, one at least; classes that are
/// as frequent as one outside are left out, as long as any is left. NaN where all classes have equally many.
double rareClassAccuracy(const Choices& choices, const Choices& labels, const std::vector<std::int64_t>& trainingSamples, double share = 0.3);

} // namespace distill
