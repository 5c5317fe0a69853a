// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/curveplot.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace distill::ui {

namespace {

/// Samples that keep the shape of a line through a plane: of every stretch the first, the extremes of both and the last.
std::vector<std::size_t> shapeOf(const Curve& along, const Curve& values, std::size_t stretches)
{
    const std::size_t size = std::min(along.size(), values.size());
    std::vector<std::size_t> kept;
    if (size <= 6 * stretches) {
        for (std::size_t i = 0; i < size; ++i) {
            kept.push_back(i);
        }
        return kept;
    }
    for (std::size_t stretch = 0; stretch < stretches; ++stretch) {
        const std::size_t begin = size * stretch / stretches;
        const std::size_t end = size * (stretch + 1) / stretches;
        const Extremes x = along.pyramid().query(along.values(), begin, end);
        const Extremes y = values.pyramid().query(values.values(), begin, end);
        std::array<std::int64_t, 6> found
            = {static_cast<std::int64_t>(begin), x.min, x.max, y.min, y.max, static_cast<std::int64_t>(end) - 1};
        std::sort(found.begin(), found.end());
        std::int64_t previous = -1;
        for (const std::int64_t index : found) {
            if (index > previous) {
                kept.push_back(static_cast<std::size_t>(index));
                previous = index;
            }
        }
    }
    return kept;
}

} // namespace

void CurvePlot::include(Entry& entry, const std::vector<PlotPoint>& points) const
{
    for (const PlotPoint& point : points) {
        if (std::isfinite(point.y)) {
            entry.whole = entry.any ? Range{std::min(entry.whole.low, point.y), std::max(entry.whole.high, point.y)}
                                    : Range{point.y, point.y};
            entry.any = true;
        }
    }
}

void CurvePlot::prepareTrace(Entry& entry, const Window& window)
{
    fill(entry.line, {});
    fill(entry.breaks, {});
    for (QCPGraph* graph : {entry.raw, entry.low, entry.high}) {
        if (graph) {
            fill(graph, {});
        }
    }
    entry.kept.clear();
    if (!entry.trace) {
        return;
    }
    const Curve& along = *entry.curve.along;
    const Curve& curve = *entry.curve.curve;
    const auto usable = [&](std::size_t i) {
        const double x = along.values()[i];
        const double y = curve.values()[i];
        return std::isfinite(x) && std::isfinite(y) && (!window.logX || x > 0) && (!window.logY || y > 0);
    };
    QVector<QCPCurveData> drawn;
    std::vector<PlotPoint> points;
    for (const std::size_t i : shapeOf(along, curve, static_cast<std::size_t>(window.pixels))) {
        if (usable(i)) {
            const PlotPoint point{along.values()[i], curve.values()[i]};
            drawn.append(QCPCurveData(static_cast<double>(i), point.x, point.y));
            entry.kept.push_back(i);
            if (point.x >= window.low && point.x <= window.high) {
                points.push_back(point);
            }
        }
    }
    include(entry, points);
    entry.trace->data()->set(drawn, true);
    const bool sparse = drawn.size() < window.pixels / 16;
    entry.trace->setScatterStyle(sparse ? QCPScatterStyle(QCPScatterStyle::ssDisc, 4.5) : QCPScatterStyle());
    // A larger dot says where it ends: the line itself has no direction.
    if (!drawn.isEmpty()) {
        fill(entry.line, {{drawn.last().key, drawn.last().value}});
        entry.line->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, 8));
    }
}

void CurvePlot::prepareBand(Entry& entry, const Window& window)
{
    if (!entry.low) {
        return;
    }
    for (const auto& [graph, edge] : {std::pair(entry.low, entry.curve.low), std::pair(entry.high, entry.curve.high)}) {
        const auto points = decimate(edge->x(entry.axis), edge->smoothed(entry.smoothing), edge->smoothedPyramid(entry.smoothing), window);
        include(entry, points);
        fill(graph, points);
    }
}

std::optional<std::size_t> CurvePlot::sampleAt(const Entry& entry, double x) const
{
    if (m_view.axis() != XAxis::Metric) {
        return entry.curve.curve->nearest(m_view.axis(), x);
    }
    std::optional<std::size_t> found;
    double least = std::numeric_limits<double>::infinity();
    for (const std::size_t i : entry.kept) {
        const double distance = std::abs(entry.curve.along->values()[i] - x);
        if (distance <= least) { // of those that lie there the last: that is where training left it
            least = distance;
            found = i;
        }
    }
    return found;
}

} // namespace distill::ui
