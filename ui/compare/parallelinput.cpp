// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/parallel.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double grip = 9; ///< pixels beside an axis that belong to it
constexpr double reach = 6; ///< pixels beside a line that belong to its run

double distance(const QPointF& at, const QPointF& from, const QPointF& to)
{
    const QPointF along = to - from;
    const double length = QPointF::dotProduct(along, along);
    const double share = length > 0 ? std::clamp(QPointF::dotProduct(at - from, along) / length, 0.0, 1.0) : 0;
    const QPointF apart = at - (from + share * along);
    return std::sqrt(QPointF::dotProduct(apart, apart));
}

} // namespace

ParallelPlot::ParallelPlot(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Parallel coordinates of the runs"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QSize ParallelPlot::sizeHint() const
{
    return {600, 260};
}

QSize ParallelPlot::minimumSizeHint() const
{
    return {260, 130};
}

void ParallelPlot::setRuns(std::vector<RunId> runs, QStringList names)
{
    m_runs = std::move(runs);
    m_names = std::move(names);
    m_axes.clear();
    m_scales.clear();
    m_current.reset();
    m_colouredBy.reset();
    update();
}

void ParallelPlot::setAxes(std::vector<Quantity> axes)
{
    m_axes = std::move(axes);
    m_axis = std::min(m_axis, m_axes.empty() ? 0 : m_axes.size() - 1);
    m_scales.clear();
    for (const Quantity& quantity : m_axes) {
        Scale scale{quantity.range(), false};
        // Learning rates of 0.1, 0.01 and 0.001 would lie on one another.
        scale.logarithmic = quantity.categories.isEmpty() && quantity.unit != ComparedFigure::Unit::Share && scale.range.low > 0
            && scale.range.high >= 50 * scale.range.low;
        if (scale.range.high <= scale.range.low) {
            const double pad = std::max(1e-9, 0.5 * std::abs(scale.range.low));
            scale.range = {scale.range.low - pad, scale.range.low + pad};
        }
        m_scales.push_back(scale);
    }
    std::erase_if(m_brushes, [this](const auto& brush) { return !quantityOf(m_axes, brush.first); });
    describe();
    update();
}

void ParallelPlot::setColouredBy(std::optional<Quantity> quantity)
{
    m_colouredBy = std::move(quantity);
    update();
}

void ParallelPlot::setBrushes(std::map<std::string, Range> brushes)
{
    m_brushes = std::move(brushes);
    std::erase_if(m_brushes, [this](const auto& brush) { return !quantityOf(m_axes, brush.first); });
    describe();
    update();
}

bool ParallelPlot::isLeft(std::size_t run) const
{
    return std::all_of(m_axes.begin(), m_axes.end(), [&](const Quantity& quantity) {
        const auto brush = m_brushes.find(quantity.key);
        const double value = quantity.values[run];
        return brush == m_brushes.end() || (value >= brush->second.low && value <= brush->second.high);
    });
}

std::vector<RunId> ParallelPlot::left() const
{
    std::vector<RunId> result;
    for (std::size_t run = 0; run < m_runs.size(); ++run) {
        if (isLeft(run)) {
            result.push_back(m_runs[run]);
        }
    }
    return result;
}

void ParallelPlot::setHighlighted(const RunId& run)
{
    const auto found = std::find(m_runs.begin(), m_runs.end(), run);
    setCurrent(found == m_runs.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - m_runs.begin())), false);
}

void ParallelPlot::setCurrent(std::optional<std::size_t> run, bool tell)
{
    if (run == m_current) {
        return;
    }
    m_current = run;
    update();
    if (tell) {
        Q_EMIT runHovered(run ? m_runs[*run] : RunId());
    }
}

void ParallelPlot::setBrush(std::size_t axis, std::optional<Range> range)
{
    if (range) {
        m_brushes[m_axes[axis].key] = *range;
    } else {
        m_brushes.erase(m_axes[axis].key);
    }
    describe();
    update();
    Q_EMIT brushed();
}

std::optional<std::size_t> ParallelPlot::axisAt(const QPointF& at) const
{
    const QRectF inner = area().adjusted(-grip, -grip, grip, grip);
    for (std::size_t axis = 0; axis < m_axes.size(); ++axis) {
        if (std::abs(at.x() - x(axis)) <= grip && at.y() >= inner.top() && at.y() <= inner.bottom()) {
            return axis;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> ParallelPlot::runAt(const QPointF& at) const
{
    std::optional<std::size_t> found;
    double least = reach;
    for (std::size_t axis = 0; axis + 1 < m_axes.size(); ++axis) {
        if (at.x() < x(axis) - reach || at.x() > x(axis + 1) + reach) {
            continue;
        }
        for (std::size_t run = 0; run < m_runs.size(); ++run) {
            const double from = m_axes[axis].values[run];
            const double to = m_axes[axis + 1].values[run];
            if (isLeft(run) && std::isfinite(from) && std::isfinite(to)) {
                const double apart = distance(at, placeOf(axis, from), placeOf(axis + 1, to));
                if (apart < least) {
                    least = apart;
                    found = run;
                }
            }
        }
    }
    return found;
}

void ParallelPlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) {
        return;
    }
    m_pressed = event->pos();
    if (const auto axis = axisAt(event->position())) {
        m_axis = *axis;
        m_drag = Drag{*axis, event->position().y(), std::nullopt};
        const auto brush = m_brushes.find(m_axes[*axis].key);
        if (brush != m_brushes.end()) {
            const double at = event->position().y();
            if (at >= y(*axis, brush->second.high) && at <= y(*axis, brush->second.low)) {
                m_drag->moved = brush->second;
            }
        }
        update();
    }
}

void ParallelPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_drag) {
        setCurrent(runAt(event->position()), true);
        setCursor(axisAt(event->position()) ? Qt::SplitVCursor : m_current ? Qt::PointingHandCursor : Qt::ArrowCursor);
        return;
    }
    const double moved = event->position().y() - m_drag->from;
    if (std::abs(moved) <= 3) {
        return;
    }
    const std::size_t axis = m_drag->axis;
    if (m_drag->moved) {
        const QRectF inner = area();
        const double top = y(axis, m_drag->moved->high);
        const double bottom = y(axis, m_drag->moved->low);
        const double by = std::clamp(moved, inner.top() - top, inner.bottom() - bottom);
        setBrush(axis, Range{valueAt(axis, bottom + by), valueAt(axis, top + by)});
        return;
    }
    const double one = valueAt(axis, m_drag->from);
    const double other = valueAt(axis, event->position().y());
    setBrush(axis, Range{std::min(one, other), std::max(one, other)});
}

void ParallelPlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_pressed) {
        return;
    }
    const bool click = (event->pos() - *m_pressed).manhattanLength() <= 3;
    if (m_drag && click && !m_drag->moved && m_brushes.contains(m_axes[m_drag->axis].key)) {
        setBrush(m_drag->axis, std::nullopt);
    } else if (!m_drag && click) {
        if (const auto run = runAt(event->position())) {
            Q_EMIT runActivated(m_runs[*run]);
        }
    }
    m_drag.reset();
    m_pressed.reset();
}

void ParallelPlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (const auto axis = axisAt(event->position())) {
        setBrush(*axis, std::nullopt);
    }
}

void ParallelPlot::leaveEvent(QEvent* event)
{
    setCurrent(std::nullopt, true);
    QWidget::leaveEvent(event);
}

void ParallelPlot::moveAxis(int by)
{
    const auto to = static_cast<std::ptrdiff_t>(m_axis) + by;
    if (to < 0 || to >= static_cast<std::ptrdiff_t>(m_axes.size())) {
        return;
    }
    std::swap(m_axes[m_axis], m_axes[static_cast<std::size_t>(to)]);
    std::swap(m_scales[m_axis], m_scales[static_cast<std::size_t>(to)]);
    m_axis = static_cast<std::size_t>(to);
    update();
    Q_EMIT axesMoved();
}

void ParallelPlot::stretchBrush(double share, bool upper)
{
    const QRectF inner = area();
    const auto brush = m_brushes.find(m_axes[m_axis].key);
    const Range now = brush != m_brushes.end() ? brush->second : m_scales[m_axis].range;
    const auto moved = [&](double value) { return valueAt(m_axis, y(m_axis, value) - share * inner.height()); };
    const Range next = upper ? Range{now.low, std::max(now.low, moved(now.high))} : Range{std::min(moved(now.low), now.high), now.high};
    setBrush(m_axis, next);
}

void ParallelPlot::walk(int by)
{
    std::vector<std::size_t> order;
    for (std::size_t run = 0; run < m_runs.size(); ++run) {
        if (isLeft(run)) {
            order.push_back(run);
        }
    }
    if (order.empty()) {
        return;
    }
    // By the current axis, upwards.
    const std::vector<double>& values = m_axes[m_axis].values;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    const auto now = m_current ? std::find(order.begin(), order.end(), *m_current) : order.end();
    std::ptrdiff_t next = now == order.end() ? (by > 0 ? 0 : std::ssize(order) - 1) : now - order.begin() + by;
    next = std::clamp<std::ptrdiff_t>(next, 0, std::ssize(order) - 1);
    setCurrent(order[static_cast<std::size_t>(next)], true);
    QStringList parts = {m_names.value(static_cast<qsizetype>(*m_current))};
    for (const Quantity& quantity : m_axes) {
        parts << u"%1 %2"_s.arg(quantity.title, quantity.text(quantity.values[*m_current]));
    }
    setAccessibleDescription(parts.join(u", "));
}

void ParallelPlot::keyPressEvent(QKeyEvent* event)
{
    if (m_axes.empty()) {
        QWidget::keyPressEvent(event);
        return;
    }
    const bool shift = event->modifiers() & Qt::ShiftModifier;
    const bool control = event->modifiers() & Qt::ControlModifier;
    const int side = event->key() == Qt::Key_Right ? 1 : -1;
    constexpr double step = 0.05;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
        if (control) {
            moveAxis(side);
        } else {
            m_axis = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(m_axis) + side, 0, std::ssize(m_axes) - 1));
            describe();
            update();
        }
        break;
    case Qt::Key_PageUp:
        stretchBrush(step, shift);
        break;
    case Qt::Key_PageDown:
        stretchBrush(-step, shift);
        break;
    case Qt::Key_Up:
        walk(1);
        break;
    case Qt::Key_Down:
        walk(-1);
        break;
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
        setBrush(m_axis, std::nullopt);
        break;
    case Qt::Key_Escape:
        m_brushes.clear();
        describe();
        update();
        Q_EMIT brushed();
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_current) {
            Q_EMIT runActivated(m_runs[*m_current]);
        }
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

void ParallelPlot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    describe();
    update();
}

void ParallelPlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

QString ParallelPlot::summary() const
{
    QStringList brushed;
    for (const Quantity& quantity : m_axes) {
        if (const auto brush = m_brushes.find(quantity.key); brush != m_brushes.end()) {
            brushed << tr("%1 from %2 to %3").arg(quantity.title, quantity.text(brush->second.low), quantity.text(brush->second.high));
        }
    }
    const QString count = tr("%1 of %2 runs").arg(left().size()).arg(m_runs.size());
    return brushed.isEmpty() ? count : tr("%1 with %2").arg(count, brushed.join(u"; "));
}

void ParallelPlot::describe()
{
    setAccessibleDescription(m_axes.empty() ? QString() : tr("Axis %1. %2").arg(m_axes[m_axis].title, summary()));
}

} // namespace distill::ui
