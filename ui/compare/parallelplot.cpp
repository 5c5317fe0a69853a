// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/parallel.h"
#include "ui/plots/axislook.h"
#include "ui/plots/colours.h"
#include "ui/plots/ticker.h"
#include "ui/theme.h"

#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <array>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

/// Viridis (van der Walt and Smith, 2015) in six steps: even to the eye, and to the colour-blind.
QColor viridis(double share)
{
    static constexpr std::array<QRgb, 6> steps = {0xff440154, 0xff414487, 0xff2a788e, 0xff22a884, 0xff7ad151, 0xfffde725};
    const double place = std::clamp(share, 0.0, 1.0) * (steps.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(place), steps.size() - 2);
    return mixed(QColor::fromRgb(steps[below]), QColor::fromRgb(steps[below + 1]), place - static_cast<double>(below));
}

/// Cut at the end that would be lost on the background.
QColor colourAt(double share, const QPalette& palette)
{
    return isDark(palette) ? viridis(0.25 + 0.75 * share) : viridis(0.86 * share);
}

} // namespace

QRectF ParallelPlot::area() const
{
    const int line = fontMetrics().height();
    const double letter = fontMetrics().averageCharWidth();
    return QRectF(rect()).adjusted(9 * letter, 2 * line + 10, m_colouredBy ? -26 * letter : -11 * letter, -line - 6);
}

double ParallelPlot::x(std::size_t axis) const
{
    const QRectF inner = area();
    return m_axes.size() < 2 ? inner.center().x() : inner.left() + inner.width() * static_cast<double>(axis) / static_cast<double>(m_axes.size() - 1);
}

double ParallelPlot::y(std::size_t axis, double value) const
{
    const Scale& scale = m_scales[axis];
    const QRectF inner = area();
    const double share = scale.logarithmic ? std::log(value / scale.range.low) / std::log(scale.range.high / scale.range.low)
                                           : (value - scale.range.low) / (scale.range.high - scale.range.low);
    return inner.bottom() - share * inner.height();
}

double ParallelPlot::valueAt(std::size_t axis, double pixel) const
{
    const Scale& scale = m_scales[axis];
    const QRectF inner = area();
    const double share = std::clamp((inner.bottom() - pixel) / inner.height(), 0.0, 1.0);
    return scale.logarithmic ? scale.range.low * std::pow(scale.range.high / scale.range.low, share) : std::lerp(scale.range.low, scale.range.high, share);
}

QPointF ParallelPlot::placeOf(std::size_t axis, double value) const
{
    return {x(axis), y(axis, value)};
}

QColor ParallelPlot::colourOf(std::size_t run) const
{
    if (!m_colouredBy) {
        return ui::colourOf(m_runs[run], palette());
    }
    const double value = m_colouredBy->values[run];
    if (!std::isfinite(value)) {
        return Theme::muted(palette());
    }
    const Range range = m_colouredBy->range();
    return colourAt(range.high > range.low ? (value - range.low) / (range.high - range.low) : 0.5, palette());
}

void ParallelPlot::paintRun(QPainter& painter, std::size_t run, const QPen& pen) const
{
    painter.setPen(pen);
    QPolygonF line;
    const auto flush = [&] {
        if (line.size() > 1) {
            painter.drawPolyline(line);
        } else if (line.size() == 1) {
            painter.drawEllipse(line.first(), 1.5, 1.5);
        }
        line.clear();
    };
    for (std::size_t axis = 0; axis < m_axes.size(); ++axis) {
        const double value = m_axes[axis].values[run];
        if (std::isfinite(value)) {
            line << QPointF(x(axis), y(axis, value));
        } else {
            flush(); // not known here: the line has a gap
        }
    }
    flush();
}

void ParallelPlot::paintAxis(QPainter& painter, std::size_t axis) const
{
    const Quantity& quantity = m_axes[axis];
    const QRectF inner = area();
    const double at = x(axis);
    const QFontMetrics metrics = fontMetrics();
    const QColor text = palette().color(QPalette::Text);
    const QColor base = palette().color(QPalette::Base);
    const bool focused = hasFocus() && axis == m_axis;
    painter.setPen(QPen(focused ? Theme::accent(palette()) : mixed(base, text, 0.45), focused ? 2 : 1));
    painter.drawLine(QPointF(at, inner.top()), QPointF(at, inner.bottom()));

    // The name in two lines at most, in the room between its neighbours.
    const double step = m_axes.size() < 2 ? inner.width() : inner.width() / static_cast<double>(m_axes.size() - 1);
    const double room = std::max(40.0, step - 8);
    double left = std::clamp(at - room / 2, 2.0, std::max(2.0, width() - room - 2));
    QString title = quantity.title;
    if (quantity.better != ComparedFigure::Better::Neither) {
        title += quantity.better == ComparedFigure::Better::Higher ? u" \u2191"_s : u" \u2193"_s; // this way is better
    }
    QFont font = this->font();
    font.setBold(focused);
    painter.setFont(font);
    painter.setPen(text);
    const QRectF head(left, 0, room, 2 * metrics.height() + 2);
    const QRect needed = metrics.boundingRect(head.toRect(), Qt::AlignHCenter | Qt::AlignBottom | Qt::TextWordWrap, title);
    if (needed.height() <= head.height() && needed.width() <= room) {
        painter.drawText(head, Qt::AlignHCenter | Qt::AlignBottom | Qt::TextWordWrap, title);
    } else {
        painter.drawText(head, Qt::AlignHCenter | Qt::AlignBottom, metrics.elidedText(title, Qt::ElideMiddle, static_cast<int>(room)));
    }

    QFont small = this->font();
    small.setPointSizeF(small.pointSizeF() * 0.88);
    painter.setFont(small);
    const QFontMetrics smallMetrics(small);
    const auto tick = [&](double value, bool strong) {
        const double pixel = y(axis, value);
        const QString words = smallMetrics.elidedText(quantity.text(value), Qt::ElideMiddle, static_cast<int>(std::max(30.0, step - 14)));
        painter.setPen(QPen(mixed(base, text, 0.45), 1));
        painter.drawLine(QPointF(at - 3, pixel), QPointF(at + 3, pixel));
        const QRectF box(at + 5, pixel - smallMetrics.height() / 2.0, smallMetrics.horizontalAdvance(words) + 2, smallMetrics.height());
        QColor back = base;
        back.setAlpha(190);
        painter.fillRect(box, back);
        painter.setPen(strong ? text : mixed(base, text, 0.75));
        painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter, words);
    };
    const auto brush = m_brushes.find(quantity.key);
    if (brush != m_brushes.end()) {
        const double top = y(axis, brush->second.high);
        const double bottom = y(axis, brush->second.low);
        QColor accent = Theme::accent(palette());
        painter.setPen(QPen(accent, 1.5));
        accent.setAlpha(70);
        painter.setBrush(accent);
        painter.drawRoundedRect(QRectF(QPointF(at - 6, top), QPointF(at + 6, bottom)), 3, 3);
        painter.setBrush(Qt::NoBrush);
    }
    if (!quantity.categories.isEmpty()) {
        for (qsizetype i = 0; i < quantity.categories.size(); ++i) {
            tick(static_cast<double>(i), false);
        }
        return;
    }
    const Range whole = quantity.range();
    std::vector<double> ticks = {whole.high, whole.low};
    if (inner.height() > 6.0 * metrics.height() && whole.high > whole.low) {
        ticks.push_back(valueAt(axis, (y(axis, whole.low) + y(axis, whole.high)) / 2));
    }
    if (brush != m_brushes.end()) {
        ticks = {brush->second.high, brush->second.low};
    }
    for (const double value : ticks) {
        tick(value, brush != m_brushes.end());
    }
}

void ParallelPlot::paintScale(QPainter& painter) const
{
    if (!m_colouredBy) {
        return;
    }
    const QRectF inner = area();
    const double left = width() - 11.5 * fontMetrics().averageCharWidth();
    const QRectF bar(left, inner.top(), 10, inner.height());
    QLinearGradient gradient(bar.bottomLeft(), bar.topLeft());
    for (int i = 0; i <= 10; ++i) {
        gradient.setColorAt(i / 10.0, colourAt(i / 10.0, palette()));
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(gradient);
    painter.drawRect(bar);
    painter.setBrush(Qt::NoBrush);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.88);
    painter.setFont(small);
    painter.setPen(palette().color(QPalette::Text));
    const QFontMetrics metrics(small);
    const Range range = m_colouredBy->range();
    const int room = static_cast<int>(width() - bar.right() - 5);
    const auto value = [&](double at, double top) {
        painter.drawText(QRectF(bar.right() + 4, top, room, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(m_colouredBy->text(at), Qt::ElideRight, room));
    };
    value(range.high, bar.top() - 2);
    value(range.low, bar.bottom() - metrics.height() + 2);
    const QRectF head(left - 20, 0, width() - left + 18, inner.top() - 6);
    painter.setPen(Theme::muted(palette()));
    painter.drawText(head, Qt::AlignRight | Qt::AlignBottom, metrics.elidedText(tr("Colour"), Qt::ElideRight, static_cast<int>(head.width())));
}

void ParallelPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Base));
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_axes.empty() || m_runs.empty()) {
        painter.setPen(Theme::muted(palette()));
        painter.drawText(rect().adjusted(20, 10, -20, -10), Qt::AlignCenter | Qt::TextWordWrap,
                         m_runs.empty() ? tr("Choose runs to compare") : tr("Nothing differs between these runs: choose axes with the button above"));
        return;
    }
    const QColor faded = mixed(palette().color(QPalette::Base), palette().color(QPalette::Text), 0.14);
    for (std::size_t run = 0; run < m_runs.size(); ++run) {
        if (!isLeft(run)) {
            paintRun(painter, run, QPen(faded, 1));
        }
    }
    static constexpr std::array<Qt::PenStyle, 4> styles = {Qt::SolidLine, Qt::DashLine, Qt::DashDotLine, Qt::DotLine};
    const bool others = m_current.has_value();
    for (std::size_t run = 0; run < m_runs.size(); ++run) {
        if (isLeft(run) && run != m_current) {
            QColor colour = colourOf(run);
            colour.setAlpha(others ? 110 : m_runs.size() > 60 ? 150 : 225);
            const auto style = m_colouredBy ? Qt::SolidLine : styles[static_cast<std::size_t>(lineStyleOf(m_runs[run]))];
            paintRun(painter, run, QPen(colour, m_runs.size() > 60 ? 1 : 1.8, style));
        }
    }
    if (m_current) {
        paintRun(painter, *m_current, QPen(isLeft(*m_current) ? colourOf(*m_current) : Theme::muted(palette()), 3.5));
    }
    for (std::size_t axis = 0; axis < m_axes.size(); ++axis) {
        paintAxis(painter, axis);
    }
    if (m_current) { // its own values, above all others
        QFont bold = font();
        bold.setBold(true);
        painter.setFont(bold);
        const QFontMetrics metrics(bold);
        for (std::size_t axis = 0; axis < m_axes.size(); ++axis) {
            const double value = m_axes[axis].values[*m_current];
            if (!std::isfinite(value)) {
                continue;
            }
            const QPointF at = placeOf(axis, value);
            const QString words = m_axes[axis].text(value);
            const QRectF box(at.x() - metrics.horizontalAdvance(words) - 12, at.y() - metrics.height() / 2.0, metrics.horizontalAdvance(words) + 6, metrics.height());
            QColor back = palette().color(QPalette::Base);
            back.setAlpha(225);
            painter.setPen(Qt::NoPen);
            painter.setBrush(back);
            painter.drawRoundedRect(box, 3, 3);
            painter.setBrush(colourOf(*m_current));
            painter.drawEllipse(at, 4, 4);
            painter.setBrush(Qt::NoBrush);
            painter.setPen(palette().color(QPalette::Text));
            painter.drawText(box, Qt::AlignCenter, words);
        }
    }
    paintScale(painter);
    if (m_current) {
        painter.setFont(font());
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(QRectF(8, height() - fontMetrics().height() - 3, width() - 16, fontMetrics().height()), Qt::AlignLeft | Qt::AlignVCenter,
                         fontMetrics().elidedText(m_names.value(static_cast<qsizetype>(*m_current)), Qt::ElideMiddle, width() - 16));
    }
}

} // namespace distill::ui
