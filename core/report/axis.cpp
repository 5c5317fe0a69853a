// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/axis.h"

#include "report/text.h"

#include <algorithm>
#include <cmath>

namespace distill::report {

std::string scaledText(double value, double step, Scale scale)
{
    if (scale == Scale::Share) {
        return tickText(100 * value, 100 * step) + " %";
    }
    if (scale == Scale::Count) {
        for (const auto& [unit, name] : {std::pair(1e9, " G"), std::pair(1e6, " M"), std::pair(1e3, " k")}) {
            if (std::abs(value) >= unit) {
                return tickText(value / unit, std::max(step / unit, 1e-3)) + name;
            }
        }
    }
    return tickText(value, step);
}

Axis::Axis(const std::vector<double>& values, Scale scale, bool logarithmic, int ticks)
    : m_logarithmic(logarithmic)
{
    double low = INFINITY, high = -INFINITY;
    for (const double value : values) {
        if (std::isfinite(value) && (!logarithmic || value > 0)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    if (low > high) {
        low = logarithmic ? 1 : 0;
        high = logarithmic ? 10 : 1;
    }
    if (logarithmic) {
        const double margin = std::max(1.15, std::pow(high / low, 0.06));
        m_low = low / margin;
        m_high = high * margin;
        addPowers(scale);
        return;
    }
    if (low == high) {
        const double around = low == 0 ? 1 : std::abs(low) * 0.05;
        low -= around;
        high += around;
    }
    m_low = low;
    m_high = high;
    addTicks(scale, ticks);
}

Axis Axis::unit()
{
    Axis axis;
    axis.addTicks(Scale::Share, 5);
    return axis;
}

double Axis::place(double value) const
{
    return m_logarithmic ? std::log(value / m_low) / std::log(m_high / m_low) : (value - m_low) / (m_high - m_low);
}

void Axis::addTicks(Scale scale, int wanted)
{
    const double raw = (m_high - m_low) / wanted;
    const double power = std::pow(10, std::floor(std::log10(raw)));
    double step = 10 * power;
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (raw <= factor * power * (1 + 1e-9)) {
            step = factor * power;
            break;
        }
    }
    m_low = std::floor(m_low / step + 1e-9) * step;
    m_high = std::ceil(m_high / step - 1e-9) * step;
    for (double i = std::round(m_low / step); i * step <= m_high + step / 2; ++i) {
        m_ticks.push_back({i * step, scaledText(i * step, step, scale)});
    }
}

void Axis::addPowers(Scale scale)
{
    const bool narrow = m_high / m_low < 100;
    for (double power = std::pow(10, std::floor(std::log10(m_low))); power <= m_high; power *= 10) {
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double value = factor * power;
            if ((factor == 1 || narrow) && value >= m_low && value <= m_high) {
                m_ticks.push_back({value, scaledText(value, value, scale)});
            }
        }
    }
    if (m_ticks.size() < 2) { // within half a power: its ends
        m_ticks = {{m_low, scaledText(m_low, m_low / 100, scale)}, {m_high, scaledText(m_high, m_low / 100, scale)}};
    }
}

} // namespace distill::report
