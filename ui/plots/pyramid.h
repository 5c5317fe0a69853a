// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace distill::ui {

/// Where the extremes of a range of values lie, as indices; -1 where there is none. Infinities are passed over.
struct Extremes {
    std::int64_t min = -1;
    std::int64_t max = -1;
    std::int64_t minPositive = -1; ///< for logarithmic axes
    std::int64_t nan = -1; ///< the first NaN
};

/// Minimum and maximum of any range of an append-only series in logarithmic time: extremes of blocks of 8, 64, 512, ...
/// values. It keeps indices alone; the values stay with their owner and are handed in.
class Pyramid {
public:
    static constexpr std::size_t fanOut = 8;

    std::size_t size() const { return m_size; }
    /// Takes in the values from size() on.
    void extend(std::span<const double> values);
    /// Forgets what it knew of the values from `size` on, because they changed.
    void truncate(std::size_t size);
    /// Of the values [begin, end); end <= size().
    Extremes query(std::span<const double> values, std::size_t begin, std::size_t end) const;
    /// How many finite values of [begin, end) lie below `low` or above `high`. Costs by how many there are.
    std::size_t countOutside(std::span<const double> values, std::size_t begin, std::size_t end, double low,
                             double high) const;

private:
    std::vector<std::vector<Extremes>> m_levels; ///< whole blocks only
    std::size_t m_size = 0;
};

} // namespace distill::ui
