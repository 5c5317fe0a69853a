// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/pacer.h"

#include <algorithm>

namespace distill::ui {

std::int64_t Pacer::wait(std::int64_t now) const
{
    return std::max<std::int64_t>(0, m_last + m_interval - now);
}

void Pacer::drawn(std::int64_t now, double took)
{
    constexpr int slowest = 500;
    constexpr int patience = 5; // cheap pictures in a row before the rate rises: one may be cheap by chance
    m_last = now;
    if (took > 0.5 * m_interval) {
        m_interval = std::min(slowest, 2 * m_interval);
        m_cheap = 0;
    } else if (m_interval > m_least && took < 0.2 * m_interval) {
        if (++m_cheap >= patience) {
            m_interval = std::max(m_least, m_interval / 2);
            m_cheap = 0;
        }
    } else {
        m_cheap = 0;
    }
}

} // namespace distill::ui
