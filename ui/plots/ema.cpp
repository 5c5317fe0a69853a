// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/ema.h"

#include <cmath>

namespace distill::ui {

double Ema::add(double value)
{
    if (!std::isfinite(value)) {
        return value;
    }
    if (m_count++ == 0) {
        m_first = value;
    }
    m_constant = m_constant && value == m_first;
    m_sum = m_weight * m_sum + (1 - m_weight) * value;
    m_bias *= m_weight;
    return m_constant ? value : m_sum / (1 - m_bias);
}

} // namespace distill::ui
