// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/answers.h"

#include <algorithm>
#include <cmath>

namespace distill {

std::span<const float> Answers::of(std::int64_t sample) const
{
    return std::span(logits).subspan(static_cast<std::size_t>(sample * classes), static_cast<std::size_t>(classes));
}

Choices choicesOf(const Answers& answers)
{
    Choices choices(static_cast<std::size_t>(answers.samples()));
    for (std::size_t i = 0; i < choices.size(); ++i) {
        const auto row = answers.of(static_cast<std::int64_t>(i));
        const auto below = [](float left, float right) { return !std::isnan(left) && (std::isnan(right) || left < right); };
        choices[i] = static_cast<std::int32_t>(std::max_element(row.begin(), row.end(), below) - row.begin());
    }
    return choices;
}

std::vector<double> softened(std::span<const float> logits, double temperature)
{
    std::vector<double> shares(logits.begin(), logits.end());
    const double largest = *std::max_element(shares.begin(), shares.end());
    double sum = 0;
    for (double& share : shares) {
        share = std::exp((share - largest) / temperature);
        sum += share;
    }
    for (double& share : shares) {
        share /= sum;
    }
    return shares;
}

} // namespace distill
