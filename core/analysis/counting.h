// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

namespace distill {

/// A share or mean of `total`; NaN of nothing.
template <typename Number>
double ratio(Number part, std::int64_t total)
{
    return total == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(part) / static_cast<double>(total);
}

inline void requireSameSize(std::size_t left, std::size_t right)
{
    if (left != right) {
        throw std::invalid_argument("Sets of the same samples are of one size, but these are of " + std::to_string(left) + " and "
                                    + std::to_string(right));
    }
}

} // namespace distill
