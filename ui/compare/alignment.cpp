// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/alignment.h"

#include <algorithm>
#include <cmath>

namespace distill::ui {

Joined joined(const Curve& along, double alongSmoothing, const Curve& values, double valuesSmoothing)
{
    const auto joinedAlong = std::make_shared<Curve>();
    const auto joinedValues = std::make_shared<Curve>();
    const auto x = along.smoothed(alongSmoothing);
    const auto y = values.smoothed(valuesSmoothing);
    const auto stepsX = along.x(XAxis::Step);
    const auto stepsY = values.x(XAxis::Step);
    for (std::size_t i = 0, j = 0; i < stepsX.size() && j < stepsY.size();) {
        if (stepsX[i] < stepsY[j]) {
            ++i;
        } else if (stepsY[j] < stepsX[i]) {
            ++j;
        } else {
            Sample sample = values.at(j);
            sample.value = y[j];
            joinedValues->append(sample);
            sample.value = x[i];
            joinedAlong->append(sample);
            ++i;
            ++j;
        }
    }
    return {joinedAlong, joinedValues};
}

namespace {

/// Where one member stands while all are walked through together.
class Walker {
public:
    explicit Walker(const Curve& curve)
        : m_curve(curve)
        , m_steps(curve.x(XAxis::Step))
    {
    }

    double next() const { return m_next < m_steps.size() ? m_steps[m_next] : std::numeric_limits<double>::infinity(); }
    /// Moves to a step that is not before the last one. False where the member has no value there.
    bool moveTo(double step)
    {
        while (m_next < m_steps.size() && m_steps[m_next] <= step) {
            ++m_next;
        }
        if (m_next == 0 || (m_next == m_steps.size() && m_steps.back() < step)) {
            return false;
        }
        const std::size_t before = m_next - 1;
        if (m_steps[before] == step) {
            epoch = m_curve.x(XAxis::Epoch)[before];
            seconds = m_curve.x(XAxis::Time)[before];
            value = m_curve.values()[before];
            return true;
        }
        const double share = (step - m_steps[before]) / (m_steps[m_next] - m_steps[before]);
        const auto between = [&](std::span<const double> of) { return std::lerp(of[before], of[m_next], share); };
        epoch = between(m_curve.x(XAxis::Epoch));
        seconds = between(m_curve.x(XAxis::Time));
        value = between(m_curve.values());
        return true;
    }

    double epoch = 0, seconds = 0, value = 0;

private:
    const Curve& m_curve;
    std::span<const double> m_steps;
    std::size_t m_next = 0;
};

} // namespace

SeedMean meanOf(const std::vector<std::shared_ptr<const Curve>>& members, ComparisonSetup::Band band)
{
    const auto means = std::make_shared<Curve>();
    const auto lows = std::make_shared<Curve>();
    const auto highs = std::make_shared<Curve>();
    std::vector<Walker> walkers;
    for (const auto& member : members) {
        walkers.emplace_back(*member);
    }
    std::vector<double> values;
    for (;;) {
        double step = std::numeric_limits<double>::infinity();
        for (const Walker& walker : walkers) {
            step = std::min(step, walker.next());
        }
        if (std::isinf(step)) {
            break;
        }
        values.clear();
        Sample sum;
        for (Walker& walker : walkers) {
            if (walker.moveTo(step)) {
                values.push_back(walker.value);
                sum.epoch += walker.epoch;
                sum.seconds += walker.seconds;
                sum.value += walker.value;
            }
        }
        const auto count = static_cast<double>(values.size());
        const double mean = sum.value / count;
        Sample sample{static_cast<std::int64_t>(step), sum.epoch / count, sum.seconds / count, mean};
        means->append(sample);
        if (band == ComparisonSetup::Band::None) {
            continue;
        }
        double low = mean;
        double high = mean;
        if (band == ComparisonSetup::Band::Extremes) {
            low = *std::min_element(values.begin(), values.end());
            high = *std::max_element(values.begin(), values.end());
        } else if (values.size() > 1) {
            double squares = 0;
            for (const double value : values) {
                squares += (value - mean) * (value - mean);
            }
            const double deviation = std::sqrt(squares / (count - 1));
            low = mean - deviation;
            high = mean + deviation;
        }
        sample.value = low;
        lows->append(sample);
        sample.value = high;
        highs->append(sample);
    }
    if (!members.empty()) {
        for (const auto& curve : {means, lows, highs}) {
            curve->setBatchSizes(members.front()->batchSizes());
        }
    }
    if (band == ComparisonSetup::Band::None) {
        return {means, nullptr, nullptr};
    }
    return {means, lows, highs};
}

} // namespace distill::ui
