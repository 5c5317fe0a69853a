// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace distill::ui {

/// TensorBoard's smoothing: an exponential moving average s = w s + (1 - w) x that starts at 0 and is divided by
/// 1 - w^n, so that early values are not pulled to 0. A value that is not finite passes through and is not averaged; a
/// series that has been constant so far is left as it is.
class Ema {
public:
    explicit Ema(double weight = 0)
        : m_weight(weight)
    {
    }

    double weight() const { return m_weight; }
    double add(double value);

private:
    double m_weight;
    double m_sum = 0;
    double m_bias = 1; ///< w^n
    double m_first = 0;
    std::int64_t m_count = 0;
    bool m_constant = true;
};

} // namespace distill::ui
