// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/outliers.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace distill::ui {

namespace {

std::vector<double> usable(std::span<const double> values, bool logarithmic)
{
    std::vector<double> kept;
    kept.reserve(values.size());
    for (const double value : values) {
        if (std::isfinite(value) && (!logarithmic || value > 0)) {
            kept.push_back(logarithmic ? std::log(value) : value);
        }
    }
    return kept;
}

} // namespace

Range withoutOutliers(std::span<const double> values, const Range& whole, bool logarithmic)
{
    std::vector<double> kept = usable(values, logarithmic);
    if (kept.empty()) {
        return whole;
    }
    const auto quantile = [&](double share) {
        const double place = share * static_cast<double>(kept.size() - 1);
        const auto index = static_cast<std::ptrdiff_t>(place);
        std::nth_element(kept.begin(), kept.begin() + index, kept.end());
        const double at = kept[static_cast<std::size_t>(index)];
        const auto next = std::min_element(kept.begin() + index + 1, kept.end());
        return next == kept.end() ? at : std::lerp(at, *next, place - static_cast<double>(index));
    };
    const double lower = quantile(0.05);
    const double upper = quantile(0.95);
    const double pad = upper - lower;
    const Range padded
        = logarithmic ? Range{std::exp(lower - pad), std::exp(upper + pad)} : Range{lower - pad, upper + pad};
    return {std::max(whole.low, padded.low), std::min(whole.high, padded.high)};
}

Range wholeRange(std::span<const double> values, bool logarithmic)
{
    Range range;
    bool any = false;
    for (const double value : values) {
        if (std::isfinite(value) && (!logarithmic || value > 0)) {
            range = any ? Range{std::min(range.low, value), std::max(range.high, value)} : Range{value, value};
            any = true;
        }
    }
    return range;
}

} // namespace distill::ui
