// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

namespace distill::ui {

struct Range {
    double low = 0;
    double high = 1;
    bool operator==(const Range&) const = default;
};

/// The range that leaves outliers out: from the 5 % to the 95 % quantile, half its width added on either side (of
/// normal noise nothing is left out then: 3.3 standard deviations), but no wider than `whole`. With `logarithmic`, of
/// the positive values' logarithms. Not finite values are passed over; nothing finite gives `whole`. `values` may be a
/// sample of many.
Range withoutOutliers(std::span<const double> values, const Range& whole, bool logarithmic);
/// From the least to the greatest of the finite (and positive, with `logarithmic`) values; [0, 1] where there is none.
Range wholeRange(std::span<const double> values, bool logarithmic);

} // namespace distill::ui
