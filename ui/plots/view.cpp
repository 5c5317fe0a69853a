// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/view.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

namespace distill::ui {

template <class T> void PlotView::set(T& member, T value)
{
    if (member != value) {
        member = value;
        Q_EMIT changed();
    }
}

void PlotView::setAxis(XAxis axis)
{
    if (m_axis == axis) {
        return;
    }
    m_axis = axis;
    beginAnew();
}

void PlotView::setMetric(const std::string& series, const QString& title, Numbers numbers)
{
    if (m_axis == XAxis::Metric && m_metric == series) {
        return;
    }
    m_axis = XAxis::Metric;
    m_metric = series;
    m_metricTitle = title;
    m_metricNumbers = numbers;
    beginAnew();
}

void PlotView::beginAnew()
{
    m_cursor.reset();
    m_follows = true;
    m_range = {};
    Q_EMIT cursorMoved();
    Q_EMIT changed();
}

QString PlotView::axisTitle() const
{
    switch (m_axis) {
    case XAxis::Step:
        return tr("Step");
    case XAxis::Epoch:
        return tr("Epoch");
    case XAxis::Time:
        return tr("Time of training");
    case XAxis::Samples:
        return tr("Samples seen");
    case XAxis::Metric:
        break;
    }
    return m_metricTitle;
}

Numbers PlotView::axisNumbers() const
{
    return m_axis == XAxis::Time ? Numbers::Duration : m_axis == XAxis::Metric ? m_metricNumbers : Numbers::Plain;
}

QString PlotView::placeText(double x) const
{
    switch (m_axis) {
    case XAxis::Step:
        return tr("step %1").arg(QLocale().toString(std::round(x), 'f', 0));
    case XAxis::Epoch:
        return tr("epoch %1").arg(QLocale().toString(x, 'f', 2));
    case XAxis::Time:
        return tr("time %1").arg(formatted(x, Numbers::Duration));
    case XAxis::Samples:
        return tr("%1 samples seen").arg(QLocale().toString(std::round(x), 'f', 0));
    case XAxis::Metric:
        break;
    }
    return tr("%1 at %2").arg(m_metricTitle, formatted(x, m_metricNumbers));
}

void PlotView::setLogX(bool on)
{
    if (m_logX != on) {
        m_logX = on;
        m_follows = true;
        m_range = {};
        place();
        Q_EMIT changed();
    }
}

void PlotView::setLogY(bool on)
{
    set(m_logY, on);
}

void PlotView::setClipsOutliers(bool on)
{
    set(m_clipsOutliers, on);
}

void PlotView::setSmoothing(double weight)
{
    set(m_smoothing, std::clamp(weight, 0.0, 0.999));
}

void PlotView::setShowsEvents(bool on)
{
    set(m_showsEvents, on);
}

void PlotView::setCursor(std::optional<double> x)
{
    if (m_cursor != x) {
        m_cursor = x;
        Q_EMIT cursorMoved();
    }
}

void PlotView::setRange(const Range& range)
{
    const bool usable = std::isfinite(range.low) && std::isfinite(range.high) && (!m_logX || range.low > 0);
    const double width = range.high - range.low;
    const double scale = std::max({std::abs(range.low), std::abs(range.high), 1e-9});
    if (!usable || width < 1e-9 * scale || width > 1e15) {
        return;
    }
    m_follows = false;
    m_range = range;
    Q_EMIT changed();
}

void PlotView::fit()
{
    m_follows = true;
    m_range = {};
    place();
    Q_EMIT fitted();
    Q_EMIT changed();
}

bool PlotView::setExtent(const Range& extent, double firstPositive, bool live)
{
    if (m_live && !live) {
        m_range = {}; // the run is over: give the room ahead back
    }
    m_extent = extent;
    m_firstPositive = firstPositive;
    m_live = live;
    return place();
}

bool PlotView::place()
{
    if (!m_follows) {
        return false;
    }
    const double low = m_logX ? m_firstPositive : m_extent.low;
    const double high = std::max(m_extent.high, low);
    const double span = m_logX ? std::log(high / low) : high - low;
    const double shown = m_logX ? std::log(m_range.high / std::max(m_range.low, 1e-300)) : m_range.high - m_range.low;
    const auto ahead = [&](double share) {
        return m_logX ? high * std::exp(span * share) : high + std::max(span * share, span == 0 ? 1.0 : 0.0);
    };
    const bool fits = m_range.low == low && m_range.high >= high && span >= 0.75 * shown;
    if (m_live && fits) {
        return false;
    }
    const Range wanted = {low, ahead(m_live ? 0.2 : 0.01)};
    if (wanted == m_range) {
        return false;
    }
    m_range = wanted;
    return true;
}

} // namespace distill::ui
