// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace distill {

std::vector<std::size_t> paretoFront(const std::vector<ParetoPoint>& points, bool smallerXIsBetter, bool smallerYIsBetter)
{
    const auto x = [&](std::size_t i) { return smallerXIsBetter ? points[i].x : -points[i].x; };
    const auto y = [&](std::size_t i) { return smallerYIsBetter ? points[i].y : -points[i].y; };
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!std::isnan(points[i].x) && !std::isnan(points[i].y)) {
            order.push_back(i);
        }
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x(a) != x(b) ? x(a) < x(b) : y(a) < y(b); });
    // From the best x on, whoever improves on the best y so far is beaten by none; of equal points each stays.
    std::vector<std::size_t> front;
    for (const std::size_t i : order) {
        if (front.empty() || y(i) < y(front.back()) || (x(i) == x(front.back()) && y(i) == y(front.back()))) {
            front.push_back(i);
        }
    }
    if (!smallerXIsBetter) {
        std::reverse(front.begin(), front.end());
    }
    return front;
}

} // namespace distill
