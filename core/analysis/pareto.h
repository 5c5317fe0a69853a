// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace distill {

struct ParetoPoint {
    double x = 0, y = 0;
};
/// Places of the points that no other beats in both, ordered by x. A point with a NaN is never among them.
std::vector<std::size_t> paretoFront(const std::vector<ParetoPoint>& points, bool smallerXIsBetter, bool smallerYIsBetter);

} // namespace distill
