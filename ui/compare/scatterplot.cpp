// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/pareto.h"
#include "ui/compare/scatter.h"
#include "ui/plots/axislook.h"
#include "ui/plots/colours.h"
#include "ui/plots/ticker.h"
#include "ui/theme.h"

#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double reach = 14; ///< pixels within which the pointer finds a point

void drawMarker(QCPPainter& painter, const QPointF& at, int shape, double size)
{
    switch (shape) {
    case 1:
        painter.drawRect(QRectF(at.x() - size * 0.85, at.y() - size * 0.85, 1.7 * size, 1.7 * size));
        break;
    case 2:
        painter.drawPolygon(QPolygonF({QPointF(at.x(), at.y() - 1.15 * size), QPointF(at.x() + size, at.y() + 0.75 * size),
                                       QPointF(at.x() - size, at.y() + 0.75 * size)}));
        break;
    case 3:
        painter.drawPolygon(QPolygonF({QPointF(at.x(), at.y() - 1.2 * size), QPointF(at.x() + 1.2 * size, at.y()),
                                       QPointF(at.x(), at.y() + 1.2 * size), QPointF(at.x() - 1.2 * size, at.y())}));
        break;
    default:
        painter.drawEllipse(at, size, size);
    }
}

/// The arrow points along the axis: a vertical axis' label is turned with it.
QString directionText(const Quantity& quantity)
{
    switch (quantity.better) {
    case ComparedFigure::Better::Higher:
        return ScatterPlot::tr("%1  (better →)").arg(quantity.title);
    case ComparedFigure::Better::Lower:
        return ScatterPlot::tr("%1  (← better)").arg(quantity.title);
    case ComparedFigure::Better::Neither:
        break;
    }
    return quantity.title;
}

} // namespace

/// Front, points and their names.
class ScatterItem : public QCPAbstractItem {
public:
    explicit ScatterItem(ScatterPlot* plot)
        : QCPAbstractItem(plot)
        , m_plot(*plot)
    {
        setClipToAxisRect(true);
        setClipAxisRect(plot->axisRect());
    }
    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override
    {
        const QPalette palette = m_plot.palette();
        painter->setAntialiasing(true);
        drawFront(*painter, palette);
        for (const ScatterPoint& point : m_plot.m_points) {
            const QPointF at = m_plot.pixelOf(point);
            painter->setPen(QPen(colourOf(point.run, palette), 1.2));
            const auto whisker = [&](double dx, double dy) {
                if (dx > 0 || dy > 0) {
                    painter->drawLine(m_plot.pixelOf(point.x - dx, point.y - dy), m_plot.pixelOf(point.x + dx, point.y + dy));
                }
            };
            whisker(point.deviationX, 0);
            whisker(0, point.deviationY);
            painter->setPen(QPen(palette.color(QPalette::Base), 1));
            painter->setBrush(colourOf(point.run, palette));
            drawMarker(*painter, at, lineStyleOf(point.run), 5.5);
            if (point.baseline) {
                painter->setPen(QPen(palette.color(QPalette::Text), 1.5));
                painter->setBrush(Qt::NoBrush);
                painter->drawEllipse(at, 9, 9);
            }
        }
        if (m_plot.m_labelled) {
            drawNames(*painter, palette);
        }
    }

private:
    void drawFront(QCPPainter& painter, const QPalette& palette) const
    {
        QPolygonF steps;
        const bool smallerX = m_plot.m_x.better == ComparedFigure::Better::Lower;
        for (const std::size_t i : m_plot.m_front) {
            const QPointF at = m_plot.pixelOf(m_plot.m_points[static_cast<qsizetype>(i)]);
            if (!steps.isEmpty()) {
                // What can be had between two of them is the worse of the two in the one that is given up.
                steps << (smallerX ? QPointF(at.x(), steps.last().y()) : QPointF(steps.last().x(), at.y()));
            }
            steps << at;
        }
        if (steps.size() > 1) {
            painter.setPen(QPen(mixed(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.5), 1.5, Qt::DashLine));
            painter.setBrush(Qt::NoBrush);
            painter.drawPolyline(steps);
        }
    }

    /// Beside its point, on the side where there is room; a name without room is left to the pointer.
    void drawNames(QCPPainter& painter, const QPalette& palette) const
    {
        const QFont font = m_plot.xAxis->tickLabelFont();
        const QFontMetrics metrics(font);
        painter.setFont(font);
        std::vector<QRectF> taken;
        for (const ScatterPoint& point : m_plot.m_points) {
            taken.emplace_back(m_plot.pixelOf(point) - QPointF(6, 6), QSizeF(12, 12));
        }
        const QRectF area = clipRect();
        constexpr qsizetype most = 120;
        for (qsizetype i = 0; i < std::min(most, m_plot.m_points.size()); ++i) {
            const ScatterPoint& point = m_plot.m_points[i];
            const QPointF at = m_plot.pixelOf(point);
            const QString name = metrics.elidedText(point.name, Qt::ElideMiddle, metrics.averageCharWidth() * 30);
            const QSizeF size(metrics.horizontalAdvance(name) + 2, metrics.height());
            const QRectF places[] = {{QPointF(at.x() + 9, at.y() - size.height() / 2), size},
                                     {QPointF(at.x() - 9 - size.width(), at.y() - size.height() / 2), size},
                                     {QPointF(at.x() - size.width() / 2, at.y() - 9 - size.height()), size},
                                     {QPointF(at.x() - size.width() / 2, at.y() + 9), size}};
            for (const QRectF& place : places) {
                const bool free = area.contains(place) && std::none_of(taken.begin(), taken.end(), [&](const QRectF& t) { return t.intersects(place); });
                if (free) {
                    taken.push_back(place);
                    painter.setPen(mixed(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.8));
                    painter.drawText(place, Qt::AlignCenter, name);
                    break;
                }
            }
        }
    }

    ScatterPlot& m_plot;
};

/// A ring around the current run, on a layer of its own.
class HoverItem : public QCPAbstractItem {
public:
    explicit HoverItem(ScatterPlot* plot)
        : QCPAbstractItem(plot)
        , m_plot(*plot)
    {
    }
    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override
    {
        for (const ScatterPoint& point : m_plot.m_points) {
            if (point.run == m_plot.m_current) {
                painter->setAntialiasing(true);
                painter->setPen(QPen(Theme::accent(m_plot.palette()), 2.5));
                painter->setBrush(Qt::NoBrush);
                painter->drawEllipse(m_plot.pixelOf(point), 11, 11);
            }
        }
    }

private:
    ScatterPlot& m_plot;
};

ScatterPlot::ScatterPlot(QWidget* parent)
    : QCustomPlot(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Scatter plot of the runs"));
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    setNoAntialiasingOnDrag(false);
    axisRect()->setupFullAxesBox(false);
    for (QCPAxis* axis : {xAxis2, yAxis2}) {
        axis->setTicks(false);
        axis->setTickLabels(false);
    }
    addLayer(u"hover"_s, layer(u"overlay"_s), limAbove);
    layer(u"hover"_s)->setMode(QCPLayer::lmBuffered);
    (new ScatterItem(this))->setLayer(u"main"_s);
    m_hover = new HoverItem(this);
    m_hover->setLayer(u"hover"_s);
    applyTheme();
}

void ScatterPlot::applyTheme()
{
    colourAxes(*this, palette());
    xAxis2->setBasePen(Qt::NoPen);
    yAxis2->setBasePen(Qt::NoPen);
    replot(rpQueuedReplot);
}

void ScatterPlot::setAxes(const Quantity& x, const Quantity& y, bool logX, bool logY)
{
    m_moved = m_x.key != x.key || m_y.key != y.key || logX != (xAxis->scaleType() == QCPAxis::stLogarithmic)
        || logY != (yAxis->scaleType() == QCPAxis::stLogarithmic);
    m_x = x;
    m_y = y;
    const auto setUp = [](QCPAxis* axis, const Quantity& quantity, bool logarithmic) {
        axis->setLabel(directionText(quantity));
        if (!quantity.categories.isEmpty()) {
            auto ticker = QSharedPointer<QCPAxisTickerText>::create();
            for (qsizetype i = 0; i < quantity.categories.size(); ++i) {
                ticker->addTick(static_cast<double>(i), quantity.categories[i]);
            }
            axis->setTicker(ticker);
            axis->setScaleType(QCPAxis::stLinear);
            return;
        }
        axis->setTicker(QSharedPointer<ShortTicker>::create(numbersOf(quantity.unit), logarithmic));
        axis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    };
    setUp(xAxis, x, logX);
    setUp(yAxis, y, logY);
}

void ScatterPlot::setPoints(QVector<ScatterPoint> points)
{
    const auto placed = [](const QCPAxis* axis, double value) {
        return std::isfinite(value) && (axis->scaleType() == QCPAxis::stLinear || value > 0);
    };
    const auto before = points.size();
    points.removeIf([&](const ScatterPoint& point) { return !placed(xAxis, point.x) || !placed(yAxis, point.y); });
    m_leftOut = static_cast<int>(before - points.size());
    const bool same = points == m_points && !m_moved;
    m_points = std::move(points);
    m_moved = false;
    findFront();
    setAccessibleDescription(summary());
    if (same) { // a zoom stays
        replot(rpQueuedReplot);
    } else {
        fit();
    }
}

void ScatterPlot::findFront()
{
    m_front.clear();
    using Better = ComparedFigure::Better;
    if (m_x.better == Better::Neither || m_y.better == Better::Neither) {
        return;
    }
    std::vector<ParetoPoint> places;
    for (const ScatterPoint& point : m_points) {
        places.push_back({point.x, point.y});
    }
    m_front = paretoFront(places, m_x.better == Better::Lower, m_y.better == Better::Lower);
}

void ScatterPlot::fit()
{
    if (m_points.isEmpty()) {
        replot(rpQueuedReplot);
        return;
    }
    const auto fitAxis = [this](QCPAxis* axis, const auto& valueOf) {
        double low = std::numeric_limits<double>::infinity();
        double high = -low;
        for (const ScatterPoint& point : m_points) {
            const auto [value, deviation] = valueOf(point);
            const bool within = axis->scaleType() == QCPAxis::stLinear || value > deviation;
            low = std::min(low, within ? value - deviation : value);
            high = std::max(high, value + deviation);
        }
        if (axis->scaleType() == QCPAxis::stLogarithmic) {
            const double pad = std::max(1.15, std::pow(high / low, 0.08));
            axis->setRange(low / pad, high * pad);
        } else {
            const double pad = high > low ? 0.08 * (high - low) : std::max(0.05 * std::abs(high), 1e-3);
            axis->setRange(low - pad, high + pad);
        }
    };
    fitAxis(xAxis, [](const ScatterPoint& point) { return std::pair(point.x, point.deviationX); });
    fitAxis(yAxis, [](const ScatterPoint& point) { return std::pair(point.y, point.deviationY); });
    replot(rpQueuedReplot);
}

void ScatterPlot::setLabelled(bool on)
{
    m_labelled = on;
    replot(rpQueuedReplot);
}

QPointF ScatterPlot::placeOf(const RunId& run) const
{
    for (const ScatterPoint& point : m_points) {
        if (point.run == run) {
            return pixelOf(point);
        }
    }
    return {-1, -1};
}

QPointF ScatterPlot::pixelOf(const ScatterPoint& point) const
{
    return pixelOf(point.x, point.y);
}

QPointF ScatterPlot::pixelOf(double x, double y) const
{
    return {xAxis->coordToPixel(x), yAxis->coordToPixel(y)};
}

const ScatterPoint* ScatterPlot::nearest(const QPointF& at) const
{
    const ScatterPoint* found = nullptr;
    double least = reach * reach;
    for (const ScatterPoint& point : m_points) {
        const double dx = xAxis->coordToPixel(point.x) - at.x();
        const double dy = yAxis->coordToPixel(point.y) - at.y();
        if (dx * dx + dy * dy <= least) {
            least = dx * dx + dy * dy;
            found = &point;
        }
    }
    return found;
}

void ScatterPlot::setHighlighted(const RunId& run)
{
    setCurrent(run, false);
}

void ScatterPlot::setCurrent(const RunId& run, bool tell)
{
    if (run == m_current) {
        return;
    }
    m_current = run;
    layer(u"hover"_s)->replot();
    if (tell) {
        Q_EMIT runHovered(run);
    }
}

void ScatterPlot::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->pos();
    QCustomPlot::mousePressEvent(event);
}

void ScatterPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() == Qt::NoButton) {
        const ScatterPoint* point = nearest(event->position());
        setCurrent(point ? point->run : RunId(), true);
        if (point) {
            QToolTip::showText(event->globalPosition().toPoint(),
                               u"%1\n%2: %3\n%4: %5"_s.arg(point->name, m_y.title, m_y.text(point->y), m_x.title, m_x.text(point->x)), this);
        } else {
            QToolTip::hideText();
        }
    }
    QCustomPlot::mouseMoveEvent(event);
}

void ScatterPlot::mouseReleaseEvent(QMouseEvent* event)
{
    QCustomPlot::mouseReleaseEvent(event);
    const bool click = m_pressed && (event->pos() - *m_pressed).manhattanLength() <= 3 && event->button() == Qt::LeftButton;
    m_pressed.reset();
    if (const ScatterPoint* point = click ? nearest(event->position()) : nullptr) {
        Q_EMIT runActivated(point->run);
    }
}

void ScatterPlot::mouseDoubleClickEvent(QMouseEvent*)
{
    fit();
}

void ScatterPlot::leaveEvent(QEvent* event)
{
    setCurrent({}, true);
    QCustomPlot::leaveEvent(event);
}

void ScatterPlot::zoom(double factor)
{
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->scaleRange(factor);
    }
    replot(rpQueuedReplot);
}

void ScatterPlot::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right: {
        if (m_points.isEmpty()) {
            return;
        }
        QVector<ScatterPoint> ordered = m_points;
        std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
        const auto now = std::find_if(ordered.begin(), ordered.end(), [this](const auto& point) { return point.run == m_current; });
        const bool right = event->key() == Qt::Key_Right;
        qsizetype next = now == ordered.end() ? (right ? 0 : ordered.size() - 1) : now - ordered.begin() + (right ? 1 : -1);
        next = std::clamp<qsizetype>(next, 0, ordered.size() - 1);
        const ScatterPoint& point = ordered[next];
        setCurrent(point.run, true);
        setAccessibleDescription(tr("%1, %2 %3, %4 %5").arg(point.name, m_y.title, m_y.text(point.y), m_x.title, m_x.text(point.x)));
        QToolTip::showText(mapToGlobal(placeOf(point.run).toPoint()),
                           u"%1\n%2: %3\n%4: %5"_s.arg(point.name, m_y.title, m_y.text(point.y), m_x.title, m_x.text(point.x)), this);
        break;
    }
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!m_current.empty()) {
            Q_EMIT runActivated(m_current);
        }
        break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoom(0.8);
        break;
    case Qt::Key_Minus:
        zoom(1.25);
        break;
    case Qt::Key_F:
        fit();
        break;
    default:
        QCustomPlot::keyPressEvent(event);
    }
}

void ScatterPlot::focusInEvent(QFocusEvent* event)
{
    QCustomPlot::focusInEvent(event);
    setAccessibleDescription(summary());
}

void ScatterPlot::changeEvent(QEvent* event)
{
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        applyTheme();
    }
}

QString ScatterPlot::summary() const
{
    QStringList best;
    for (const std::size_t i : m_front) {
        const ScatterPoint& point = m_points[static_cast<qsizetype>(i)];
        best << u"%1 (%2, %3)"_s.arg(point.name, m_x.text(point.x), m_y.text(point.y));
    }
    const QString what = tr("%1 runs, %2 over %3.").arg(m_points.size()).arg(m_y.title, m_x.title);
    return best.isEmpty() ? what : what + u' ' + tr("On the Pareto front: %1.").arg(best.join(u"; "));
}

} // namespace distill::ui
