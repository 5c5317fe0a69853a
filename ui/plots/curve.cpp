// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/curve.h"

#include <algorithm>
#include <cmath>

namespace distill::ui {

void Curve::append(const Sample& sample)
{
    auto& steps = m_x[0];
    const double step = static_cast<double>(sample.step);
    const std::size_t index = steps.empty() || step > steps.back()
        ? steps.size()
        : static_cast<std::size_t>(std::lower_bound(steps.begin(), steps.end(), step) - steps.begin());
    const std::array<double, 3> place = {step, sample.epoch, sample.seconds};
    const auto offset = static_cast<std::ptrdiff_t>(index);
    if (index == steps.size() || steps[index] != step) {
        for (std::size_t axis = 0; axis < m_x.size(); ++axis) {
            m_x[axis].insert(m_x[axis].begin() + offset, place[axis]);
        }
        m_values.insert(m_values.begin() + offset, sample.value);
    } else {
        m_values[index] = sample.value;
    }
    // A run resumed from an earlier checkpoint may count its seconds again; look-ups need them in order.
    for (std::size_t axis = 1; axis < m_x.size(); ++axis) {
        auto& x = m_x[axis];
        x[index] = place[axis];
        if (index + 1 < x.size()) {
            x[index] = std::min(x[index], x[index + 1]);
        }
        if (index > 0) {
            x[index] = std::max(x[index], x[index - 1]);
        }
    }
    changedFrom(index);
}

void Curve::splice(Curve loaded)
{
    if (loaded.empty()) {
        return;
    }
    const auto later = std::upper_bound(m_x[0].begin(), m_x[0].end(), loaded.m_x[0].back()) - m_x[0].begin();
    for (auto i = static_cast<std::size_t>(later); i < size(); ++i) {
        loaded.append(at(i));
    }
    loaded.m_version += m_version + 1;
    loaded.m_restarts = std::move(m_restarts);
    loaded.m_batches = std::move(m_batches);
    *this = std::move(loaded);
}

void Curve::restartSmoothingAt(std::vector<std::int64_t> steps)
{
    if (steps != m_restarts) {
        m_restarts = std::move(steps);
        ++m_version;
        m_smoothed.clear();
        m_smoothedPyramid.truncate(0);
    }
}

void Curve::setBatchSizes(std::vector<BatchSize> sizes)
{
    if (sizes != m_batches) {
        m_batches = std::move(sizes);
        m_samples.clear();
        ++m_version;
    }
}

double Curve::samplesAt(double step) const
{
    double seen = 0;
    double counted = 0; // steps so far
    double size = 1;
    for (const BatchSize& batch : m_batches) {
        const double begin = static_cast<double>(batch.step);
        if (begin > step) {
            break;
        }
        seen += size * (begin - counted);
        counted = begin;
        size = static_cast<double>(batch.samples);
    }
    return seen + size * (step - counted);
}

std::span<const double> Curve::x(XAxis axis) const
{
    switch (axis) {
    case XAxis::Metric:
        return {};
    case XAxis::Samples:
        m_samples.reserve(m_x[0].capacity());
        for (std::size_t i = m_samples.size(); i < m_x[0].size(); ++i) {
            m_samples.push_back(samplesAt(m_x[0][i]));
        }
        return m_samples;
    default:
        return m_x[static_cast<std::size_t>(axis)];
    }
}

void Curve::changedFrom(std::size_t index)
{
    ++m_version;
    m_samples.resize(std::min(index, m_samples.size()));
    m_pyramid.truncate(index);
    if (index < m_smoothed.size()) {
        m_smoothed.clear(); // the average remembers everything before: begin anew
        m_smoothedPyramid.truncate(0);
    }
}

Sample Curve::at(std::size_t index) const
{
    return {static_cast<std::int64_t>(m_x[0][index]), m_x[1][index], m_x[2][index], m_values[index]};
}

const Pyramid& Curve::pyramid() const
{
    if (m_pyramid.size() < m_values.size()) {
        m_pyramid.extend(m_values);
    }
    return m_pyramid;
}

std::span<const double> Curve::smoothed(double weight) const
{
    if (weight <= 0) {
        return m_values;
    }
    if (m_ema.weight() != weight || m_smoothed.empty()) {
        m_ema = Ema(weight);
        m_smoothed.clear();
        m_smoothedPyramid.truncate(0);
    }
    m_smoothed.reserve(m_values.capacity());
    const auto stageOf = [&](std::size_t i) {
        return std::upper_bound(m_restarts.begin(), m_restarts.end(), static_cast<std::int64_t>(m_x[0][i])) - m_restarts.begin();
    };
    for (std::size_t i = m_smoothed.size(); i < m_values.size(); ++i) {
        if (!m_restarts.empty() && i > 0 && stageOf(i) != stageOf(i - 1)) {
            m_ema = Ema(weight);
        }
        m_smoothed.push_back(m_ema.add(m_values[i]));
    }
    return m_smoothed;
}

const Pyramid& Curve::smoothedPyramid(double weight) const
{
    if (weight <= 0) {
        return pyramid();
    }
    m_smoothedPyramid.extend(smoothed(weight));
    return m_smoothedPyramid;
}

std::optional<std::size_t> Curve::nearest(XAxis axis, double wanted) const
{
    if (empty() || axis == XAxis::Metric) {
        return std::nullopt;
    }
    const auto places = x(axis);
    auto index = static_cast<std::size_t>(std::lower_bound(places.begin(), places.end(), wanted) - places.begin());
    if (index == places.size()) {
        --index;
    } else if (index > 0 && wanted - places[index - 1] < places[index] - wanted) {
        --index;
    }
    return index;
}

double Curve::place(std::int64_t step, XAxis axis) const
{
    const double wanted = static_cast<double>(step);
    if (axis == XAxis::Step || axis == XAxis::Samples) {
        return axis == XAxis::Step ? wanted : samplesAt(wanted);
    }
    if (axis == XAxis::Metric || empty()) {
        return std::nan("");
    }
    const auto& steps = m_x[0];
    const auto& x = m_x[static_cast<std::size_t>(axis)];
    const auto index = static_cast<std::size_t>(std::lower_bound(steps.begin(), steps.end(), wanted) - steps.begin());
    if (index == 0 || index == steps.size()) {
        return index == 0 ? x.front() : x.back();
    }
    const double share = (wanted - steps[index - 1]) / (steps[index] - steps[index - 1]);
    return std::lerp(x[index - 1], x[index], share);
}

std::shared_ptr<Curve> CurveStore::curve(const RunId& run, const std::string& series)
{
    auto& found = m_runs[run][series];
    if (!found) {
        found = std::make_shared<Curve>();
    }
    return found;
}

std::shared_ptr<const Curve> CurveStore::find(const RunId& run, std::string_view series) const
{
    const Curves& curves = of(run);
    const auto found = curves.find(series);
    return found == curves.end() ? nullptr : found->second;
}

const CurveStore::Curves& CurveStore::of(const RunId& run) const
{
    static const Curves none;
    const auto found = m_runs.find(run);
    return found == m_runs.end() ? none : found->second;
}

std::size_t CurveStore::samples(const RunId& run) const
{
    std::size_t count = 0;
    for (const auto& [name, curve] : of(run)) {
        count += curve->size();
    }
    return count;
}

} // namespace distill::ui
