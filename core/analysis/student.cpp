// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/student.h"

#include <cmath>
#include <functional>
#include <numbers>

namespace distill {

namespace {

/// P(|T| < t), Abramowitz and Stegun 26.7.3 and 26.7.4.
double centralShare(double t, int degrees)
{
    const double angle = std::atan(t / std::sqrt(degrees));
    const double cosine = std::cos(angle), sine = std::sin(angle);
    double term = degrees % 2 == 0 ? 1 : cosine, sum = degrees == 1 ? 0 : term;
    for (int k = degrees % 2 == 0 ? 2 : 3; k <= degrees - 2; k += 2) {
        term *= cosine * cosine * (k - 1) / k;
        sum += term;
    }
    return degrees % 2 == 0 ? sine * sum : 2 / std::numbers::pi * (angle + sine * sum);
}

/// Where a symmetric distribution holds `probability` below, from P(|X| < x).
double quantile(double probability, const std::function<double(double)>& central)
{
    const double wanted = std::abs(2 * probability - 1);
    double low = 0, high = 1;
    while (central(high) < wanted) {
        high *= 2;
    }
    for (int k = 0; k < 60; ++k) {
        const double middle = (low + high) / 2;
        (central(middle) < wanted ? low : high) = middle;
    }
    return probability < 0.5 ? -high : high;
}

} // namespace

double studentQuantile(double probability, int degrees)
{
    return quantile(probability, [degrees](double t) { return centralShare(t, degrees); });
}

double normalQuantile(double probability)
{
    return quantile(probability, [](double z) { return std::erf(z / std::numbers::sqrt2); });
}

} // namespace distill
