// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/decimate.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace distill::ui {

namespace {

bool drawn(double y, bool logY)
{
    return !std::isinf(y) && !(logY && y <= 0);
}

} // namespace

std::vector<PlotPoint> decimate(std::span<const double> x, std::span<const double> y, const Pyramid& pyramid,
                                const Window& window)
{
    std::vector<PlotPoint> points;
    const auto lowerBound = [&](std::size_t from, double value) {
        return static_cast<std::size_t>(std::lower_bound(x.begin() + static_cast<std::ptrdiff_t>(from), x.end(), value)
                                        - x.begin());
    };
    const auto emit = [&](std::size_t i) {
        if (drawn(y[i], window.logY)) {
            points.push_back({x[i], y[i]});
        }
    };
    const std::size_t begin = lowerBound(0, window.low);
    const std::size_t end = static_cast<std::size_t>(
        std::upper_bound(x.begin() + static_cast<std::ptrdiff_t>(begin), x.end(), window.high) - x.begin());
    const auto columns = static_cast<std::size_t>(std::max(1, window.pixels));

    for (std::size_t i = begin; i-- > 0 && begin - i <= 64;) { // the neighbour on the left
        if (drawn(y[i], window.logY)) {
            emit(i);
            break;
        }
    }
    if (end - begin <= 4 * columns) {
        for (std::size_t i = begin; i < end; ++i) {
            emit(i);
        }
    } else {
        points.reserve(4 * columns + 2);
        const double span = window.logX ? std::log(window.high / window.low) : window.high - window.low;
        std::size_t first = begin;
        for (std::size_t column = 0; column < columns && first < end; ++column) {
            const double share = static_cast<double>(column + 1) / static_cast<double>(columns);
            const double edge = window.logX ? window.low * std::exp(span * share) : window.low + span * share;
            const std::size_t last = column + 1 == columns ? end : std::min(end, lowerBound(first, edge));
            if (last == first) {
                continue;
            }
            const Extremes found = pyramid.query(y, first, last);
            const auto begins = static_cast<std::int64_t>(first);
            std::array<std::int64_t, 4> keep
                = {found.nan < 0 ? begins : found.nan, found.max, window.logY ? found.minPositive : found.min,
                   static_cast<std::int64_t>(last) - 1};
            std::sort(keep.begin(), keep.end());
            std::int64_t previous = -1;
            for (const std::int64_t index : keep) {
                if (index > previous) {
                    emit(static_cast<std::size_t>(index));
                    previous = index;
                }
            }
            first = last;
        }
    }
    for (std::size_t i = end; i < x.size() && i - end < 64; ++i) {
        if (drawn(y[i], window.logY)) {
            emit(i);
            break;
        }
    }
    return points;
}

} // namespace distill::ui
