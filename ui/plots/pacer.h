// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace distill::ui {

/// How often to draw. Where drawing takes more than half of the time between two pictures, it halves the rate, down to
/// two a second, so that a slow machine keeps its window alive; it comes back when drawing is cheap again.
class Pacer {
public:
    explicit Pacer(int interval = 33)
        : m_least(interval)
        , m_interval(interval)
    {
    }

    int interval() const { return m_interval; } ///< milliseconds
    /// Milliseconds until the next picture is due; 0: now.
    std::int64_t wait(std::int64_t now) const;
    void drawn(std::int64_t now, double took);

private:
    int m_least;
    int m_interval;
    std::int64_t m_last = -1'000'000;
    int m_cheap = 0;
};

} // namespace distill::ui
