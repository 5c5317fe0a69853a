// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/axislook.h"
#include "ui/plots/colours.h"
#include "ui/plots/curveplot.h"

#include <QLabel>
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QColor withAlpha(QColor colour, int alpha)
{
    colour.setAlpha(alpha);
    return colour;
}

} // namespace

QColor mixed(const QColor& base, const QColor& text, double share)
{
    return QColor::fromRgbF(static_cast<float>(base.redF() + share * (text.redF() - base.redF())),
                            static_cast<float>(base.greenF() + share * (text.greenF() - base.greenF())),
                            static_cast<float>(base.blueF() + share * (text.blueF() - base.blueF())));
}

QFont colourAxes(QCustomPlot& plot, const QPalette& theme)
{
    const QColor base = theme.color(QPalette::Base);
    const auto mix = [&](double share) { return mixed(base, theme.color(QPalette::Text), share); };
    plot.setBackground(QBrush(base));
    QFont small = plot.font();
    small.setPointSizeF(std::max(7.0, plot.font().pointSizeF() * 0.9));
    for (QCPAxis* axis : {plot.xAxis, plot.yAxis, plot.xAxis2, plot.yAxis2}) {
        axis->setBasePen(QPen(mix(0.35), 1));
        axis->setTickPen(QPen(mix(0.35), 1));
        axis->setSubTickPen(QPen(mix(0.25), 1));
        axis->setTickLabelColor(mix(0.8));
        axis->setLabelColor(mix(0.8));
        axis->setTickLabelFont(small);
        axis->setLabelFont(small);
        axis->setTickLengthOut(0);
        axis->setSubTickLengthOut(0);
        axis->setTickLengthIn(4);
        axis->setSubTickLengthIn(2);
        axis->grid()->setPen(QPen(mix(0.12), 1));
        axis->grid()->setZeroLinePen(QPen(mix(0.2), 1));
        axis->grid()->setSubGridVisible(false);
    }
    return small;
}

void CurvePlot::updateCursor()
{
    const auto place = m_view.cursor();
    if (!place || *place < xAxis->range().lower || *place > xAxis->range().upper || m_entries.empty()) {
        m_cursor->clear();
        return;
    }
    QVector<CursorItem::Row> rows;
    const double reach = 3 * xAxis->range().size() / std::max(1, axisRect()->width());
    bool severalRuns = false;
    bool severalLabels = false;
    for (const auto& entry : m_entries) {
        severalRuns = severalRuns || entry->curve.run != m_entries.front()->curve.run;
        severalLabels = severalLabels || entry->curve.label != m_entries.front()->curve.label;
    }
    for (const auto& entry : m_entries) {
        const Curve& curve = *entry->curve.curve;
        const auto index = sampleAt(*entry, *place);
        if (!index) {
            continue;
        }
        const bool metric = m_view.axis() == XAxis::Metric;
        const auto x = metric ? entry->curve.along->values() : curve.x(m_view.axis());
        if (metric ? std::abs(x[*index] - *place) > 8 * reach : *place < x.front() - reach || *place > x.back() + reach) {
            continue;
        }
        const double value = curve.smoothed(entry->smoothing > 0 ? entry->smoothing : 0)[*index];
        QString text = formatted(value, m_options.numbers);
        if (entry->smoothing > 0 && entry->raw && m_entries.size() <= 6) {
            text += tr(" (raw %1)").arg(formatted(curve.values()[*index], m_options.numbers));
        }
        const QString name = !severalRuns ? entry->curve.label
            : severalLabels               ? entry->curve.runName + u", "_s + entry->curve.label
                                          : entry->curve.runName;
        const double y = yAxis->coordToPixel(m_logarithmic && value <= 0 ? yAxis->range().lower : value);
        rows.append({withAlpha(entry->line->pen().color(), 255), entry->line->pen().style(), name, text,
                     QPointF(xAxis->coordToPixel(x[*index]), std::isfinite(y) ? y : axisRect()->bottom())});
    }
    // As they lie on the screen.
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.at.y() < b.at.y(); });
    m_cursor->show(xAxis->coordToPixel(*place), m_view.placeText(*place), std::move(rows));
}

void CurvePlot::drawCursor()
{
    if (!isVisible()) {
        return;
    }
    updateCursor();
    layer(QStringLiteral("cursor"))->replot();
    if (hasFocus()) {
        QStringList parts;
        for (const auto& row : m_cursor->rows()) {
            parts << row.name + u' ' + row.value;
        }
        setAccessibleDescription(parts.isEmpty() ? summary() : parts.join(u"; "));
    }
}

QColor CurvePlot::colourOf(const Entry& entry, const QPalette& theme) const
{
    return ui::colourOf(entry.curve.paintedAs.empty() ? entry.curve.run : entry.curve.paintedAs, theme);
}

void CurvePlot::setUpPens(const QPalette& theme)
{
    std::set<RunId> runs;
    for (const auto& entry : m_entries) {
        runs.insert(entry->curve.run);
    }
    const int faint = (isDark(theme) ? 75 : 60) / (runs.size() > 3 ? 2 : 1); // the noise of many runs adds up
    for (auto& entry : m_entries) {
        const RunId& run = entry->curve.run;
        const QColor colour = colourOf(*entry, theme);
        const bool faded = !m_highlighted.empty() && run != m_highlighted && entry->curve.paintedAs != m_highlighted;
        const int strength = faded ? 60 : 255;
        static constexpr std::array<Qt::PenStyle, 4> cycle
            = {Qt::SolidLine, Qt::DashLine, Qt::DashDotLine, Qt::DotLine};
        const Qt::PenStyle style = cycle[static_cast<std::size_t>(lineStyleOf(entry->curve.paintedAs.empty() ? run : entry->curve.paintedAs))];
        QPen pen(withAlpha(colour, strength), 2, style);
        pen.setJoinStyle(Qt::BevelJoin);
        switch (entry->curve.look) {
        case Look::Dense:
            if (m_view.smoothing() <= 0) {
                pen = QPen(withAlpha(colour, strength), m_hairline, style); // noise drawn wide is slow and unreadable
            }
            break;
        case Look::Measured:
            break;
        case Look::Exact:
            pen.setWidth(faded ? 1 : 2);
            break;
        case Look::Faint:
            pen = QPen(withAlpha(colour, faded ? 40 : 130), m_hairline);
            break;
        case Look::Thin:
            pen = QPen(withAlpha(colour, strength), m_hairline, Qt::DotLine);
            break;
        case Look::Probe:
            pen = QPen(withAlpha(colour, faded ? 60 : 200), 1, Qt::DashLine);
            break;
        }
        entry->line->setPen(pen);
        entry->line->setAntialiased(true);
        if (entry->trace) {
            entry->trace->setPen(pen);
            entry->trace->setAntialiased(true);
        }
        if (entry->low) {
            for (QCPGraph* edge : {entry->low, entry->high}) {
                edge->setPen(Qt::NoPen);
                edge->setAntialiasedFill(false);
            }
            entry->low->setBrush(withAlpha(colour, faded ? 12 : isDark(theme) ? 60 : 45));
        }
        if (entry->raw) {
            entry->raw->setPen(QPen(withAlpha(colour, faded ? 15 : faint), m_hairline));
            entry->raw->setAntialiased(false);
        }
        entry->breaks->setPen(QPen(colour, 2));
        entry->breaks->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCross, QPen(colour, 2), Qt::NoBrush, 9));
    }
}

void CurvePlot::applyTheme(const QPalette& theme)
{
    m_theme = theme;
    const QColor text = theme.color(QPalette::Text);
    const QColor base = theme.color(QPalette::Base);
    const auto mix = [&](double share) { return mixed(base, text, share); };
    const QFont small = colourAxes(*this, theme);
    xAxis2->setBasePen(Qt::NoPen);
    yAxis2->setBasePen(Qt::NoPen);
    // Room for the widest usual label, so that the plot does not jump when a label grows.
    const QFontMetrics metrics(small);
    const int top = m_options.captioned ? metrics.height() : 4;
    axisRect()->setMinimumMargins(
        QMargins(metrics.horizontalAdvance(u"0.0000"_s) + 8, top, metrics.horizontalAdvance(u"00"_s), 4));
    m_cursor->setColours(text, base, mix(0.5));
    m_events->setLabelColour(mix(0.7));
    QPalette quiet = m_empty->palette();
    quiet.setColor(QPalette::WindowText, mix(0.6));
    m_empty->setPalette(quiet);
    m_caption->setPalette(quiet);
    m_caption->setFont(small);
    QPalette badge = m_badge->palette();
    badge.setColor(QPalette::Window, mix(0.1));
    badge.setColor(QPalette::WindowText, mix(0.85));
    m_badge->setPalette(badge);
    m_badge->setFont(small);
    setUpPens(theme);
    setEvents(m_eventData);
}

void CurvePlot::paintInto(QCPPainter& painter, const QSize& size, const QPalette& theme, double hairline)
{
    const QPalette shown = m_theme;
    m_painting = true;
    m_hairline = hairline;
    applyTheme(theme);
    setBackground(Qt::NoBrush);
    m_cursor->clear();
    prepare(size.width());
    toPainter(&painter, size.width(), size.height());
    m_painting = false;
    m_hairline = 1;
    applyTheme(shown);
    invalidate();
}

} // namespace distill::ui
