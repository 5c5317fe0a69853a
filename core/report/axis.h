// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "report/figure.h"

namespace distill::report {

/// The range of one axis, its round numbers, and where a value lies on it.
class Axis {
public:
    /// Of values that are drawn on it; those that are not finite do not count, of a logarithmic one neither do those that are not above 0.
    Axis(const std::vector<double>& values, Scale scale, bool logarithmic = false, int ticks = 6);
    static Axis unit(); ///< shares from 0 to 1

    double low() const { return m_low; }
    double high() const { return m_high; }
    /// 0 at the low end, 1 at the high one.
    double place(double value) const;

    struct Tick {
        double value;
        std::string text;
    };
    const std::vector<Tick>& ticks() const { return m_ticks; }

private:
    Axis() = default;
    void addTicks(Scale scale, int wanted);
    void addPowers(Scale scale);

    double m_low = 0, m_high = 1;
    bool m_logarithmic = false;
    std::vector<Tick> m_ticks;
};

/// "25 %", "1.5 M"
std::string scaledText(double value, double step, Scale scale);

} // namespace distill::report
