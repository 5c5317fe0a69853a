// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/curveplot.h"

#include "ui/plots/colours.h"

#include <QElapsedTimer>
#include <QLabel>
#include <QRubberBand>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

/// A line of wide pen and many points, piece by piece: 15 times faster than as one path, dashes included. QCustomPlot does so for
/// solid lines in the window (phFastPolylines), not for pictures.
class LineGraph : public QCPGraph {
public:
    using QCPGraph::QCPGraph;

protected:
    void drawLinePlot(QCPPainter* painter, const QVector<QPointF>& lines) const override
    {
        const bool pieces = !painter->modes().testFlag(QCPPainter::pmVectorized) && mPen.widthF() > 1 && mPen.color().alpha() == 255;
        if (!pieces) {
            QCPGraph::drawLinePlot(painter, lines);
            return;
        }
        applyDefaultAntialiasingHint(painter);
        QPen pen = mPen;
        pen.setStyle(Qt::SolidLine);
        painter->setPen(pen);
        painter->setBrush(Qt::NoBrush);
        const QVector<qreal> pattern = mPen.style() == Qt::SolidLine ? QVector<qreal>() : mPen.dashPattern();
        qsizetype dash = 0; // even ones are drawn
        double left = pattern.isEmpty() ? std::numeric_limits<double>::infinity() : pattern[0] * mPen.widthF();
        for (qsizetype i = 1; i < lines.size(); ++i) {
            const QPointF from = lines[i - 1];
            const QPointF along = lines[i] - from;
            const double length = std::hypot(along.x(), along.y());
            if (!std::isfinite(length)) {
                continue;
            }
            double done = 0;
            for (; length - done > left; left = pattern[dash] * mPen.widthF()) {
                if (dash % 2 == 0) {
                    painter->drawLine(from + along * (done / length), from + along * ((done + left) / length));
                }
                done += left;
                dash = (dash + 1) % pattern.size();
            }
            if (dash % 2 == 0) {
                painter->drawLine(length > 0 ? from + along * (done / length) : from, lines[i]);
            }
            left -= length - done;
        }
    }
};

bool smooths(Look look)
{
    return look == Look::Dense || look == Look::Faint || look == Look::Thin;
}

bool same(const Window& a, const Window& b)
{
    return a.low == b.low && a.high == b.high && a.pixels == b.pixels && a.logX == b.logX && a.logY == b.logY;
}

} // namespace

void CurvePlot::fill(QCPGraph* graph, const std::vector<PlotPoint>& points)
{
    QVector<QCPGraphData> data;
    data.reserve(static_cast<qsizetype>(points.size()));
    for (const PlotPoint& point : points) {
        data.append(QCPGraphData(point.x, point.y));
    }
    graph->data()->set(data, true);
}

CurvePlot::CurvePlot(PlotView& view, Options options, QWidget* parent)
    : QCustomPlot(parent)
    , m_view(view)
    , m_options(std::move(options))
    , m_theme(palette())
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(m_options.title);
    setPlottingHint(QCP::phFastPolylines, true); // a pen of 2 pixels is 15 times slower without
    setNoAntialiasingOnDrag(false);
    setAutoAddPlottableToLegend(false);
    setBackground(Qt::NoBrush);
    setAttribute(Qt::WA_OpaquePaintEvent, false);
    plotLayout()->setRowSpacing(0);
    axisRect()->setupFullAxesBox(false);
    for (QCPAxis* axis : {xAxis2, yAxis2}) {
        axis->setTicks(false);
        axis->setTickLabels(false);
    }
    addLayer(QStringLiteral("events"), layer(QStringLiteral("grid")), limAbove);
    // Runs that train are drawn on a layer of their own: while the axes stand still nothing else is drawn anew.
    addLayer(QStringLiteral("still"), layer(QStringLiteral("main")), limBelow);
    layer(QStringLiteral("still"))->setMode(QCPLayer::lmBuffered);
    layer(QStringLiteral("main"))->setMode(QCPLayer::lmBuffered);
    addLayer(QStringLiteral("cursor"), layer(QStringLiteral("overlay")), limAbove);
    layer(QStringLiteral("cursor"))->setMode(QCPLayer::lmBuffered);
    m_events = new EventItem(this);
    m_events->setLayer(QStringLiteral("events"));
    m_cursor = new CursorItem(this);
    m_cursor->setLayer(QStringLiteral("cursor"));

    m_empty = new QLabel(m_options.empty, this);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_caption = new QLabel(m_options.captioned ? m_options.title : QString(), this);
    m_caption->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_badge = new QLabel(this);
    m_badge->setAutoFillBackground(true);
    m_badge->setMargin(2);
    m_badge->hide();
    connect(this, &QCustomPlot::afterLayout, this, &CurvePlot::placeLabels);

    m_soon.setSingleShot(true);
    m_soon.setInterval(0);
    connect(&m_soon, &QTimer::timeout, this, [this] { refresh(); });
    connect(&m_view, &PlotView::changed, this, &CurvePlot::invalidate);
    connect(&m_view, &PlotView::fitted, this, [this] { m_verticalByHand = false; });
    connect(&m_view, &PlotView::cursorMoved, this, &CurvePlot::drawCursor);
    connect(this, &QCustomPlot::beforeReplot, this, [this] {
        if (!m_painting) {
            prepare(axisRect()->width());
            m_all = false;
        }
    });
    setUpAxes();
    applyTheme(palette());
}

CurvePlot::~CurvePlot() = default;

const QVector<PlotCurve>& CurvePlot::curves() const
{
    return m_curves;
}

const CurvePlot::Options& CurvePlot::options() const
{
    return m_options;
}

void CurvePlot::setCurves(QVector<PlotCurve> curves)
{
    m_curves = std::move(curves);
    m_entries.clear();
    clearPlottables();
    for (const PlotCurve& curve : m_curves) {
        auto entry = std::make_unique<Entry>();
        entry->curve = curve;
        m_entries.push_back(std::move(entry));
    }
    // Bands, then faint curves, then the rest: what is drawn later lies above.
    for (auto& entry : m_entries) {
        if (entry->curve.low && entry->curve.high) {
            entry->low = addGraph();
            entry->high = addGraph();
            entry->low->setChannelFillGraph(entry->high);
        }
    }
    for (auto& entry : m_entries) {
        if (entry->curve.look == Look::Dense) {
            entry->raw = new LineGraph(xAxis, yAxis);
        }
    }
    for (auto& entry : m_entries) {
        entry->line = new LineGraph(xAxis, yAxis);
        entry->breaks = addGraph();
        entry->breaks->setLineStyle(QCPGraph::lsNone);
        if (entry->curve.along) {
            entry->trace = new QCPCurve(xAxis, yAxis);
        }
    }
    for (int i = 0; i < graphCount(); ++i) {
        graph(i)->setAdaptiveSampling(false); // thinned already
    }
    for (int i = 0; i < plottableCount(); ++i) {
        plottable(i)->setLayer(QStringLiteral("still"));
    }
    setUpPens(m_theme);
    invalidate();
}

void CurvePlot::setEvents(const QVector<PlotEvent>& events)
{
    m_eventData = events;
    QVector<EventItem::Mark> marks;
    if (m_view.showsEvents()) {
        for (const PlotEvent& event : events) {
            if (m_options.captioned && !event.major) {
                continue; // a small plot has no room for every checkpoint
            }
            marks.append({event.x, ui::colourOf(event.run, m_theme), event.major, event.text, event.stage});
        }
    }
    std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
    m_events->setMarks(std::move(marks));
    m_all = true;
    markChanged();
}

void CurvePlot::setHighlighted(const RunId& run)
{
    if (m_highlighted != run) {
        m_highlighted = run;
        setUpPens(m_theme);
        invalidate();
    }
}

void CurvePlot::setAxisLabelsVisible(bool visible)
{
    m_axisLabels = visible;
    xAxis->setTickLabels(visible);
    invalidate();
}

void CurvePlot::markChanged()
{
    m_dirty = true;
}

void CurvePlot::invalidate()
{
    m_dirty = true;
    m_all = true;
    if (isVisible()) {
        m_soon.start();
    }
}

double CurvePlot::refresh(bool mayWait)
{
    if (!m_dirty || !isVisible() || visibleRegion().isEmpty()) {
        m_waits = false;
        return 0;
    }
    m_waits = mayWait && !m_all && m_drawn.isValid() && m_drawn.elapsed() < longestWait && growth() < 2;
    if (m_waits) {
        return 0;
    }
    QElapsedTimer timer;
    timer.start();
    const QCPRange along = xAxis->range();
    const QCPRange up = yAxis->range();
    if (!m_all) {
        prepare(axisRect()->width());
    }
    if (m_all || xAxis->range() != along || yAxis->range() != up || hasInvalidatedPaintBuffers()) {
        replot(rpQueuedRefresh);
    } else {
        layer(QStringLiteral("main"))->replot();
        if (m_view.cursor()) {
            layer(QStringLiteral("cursor"))->replot();
        }
    }
    m_drawn.start();
    m_milliseconds = static_cast<double>(timer.nsecsElapsed()) * 1e-6;
    return m_milliseconds;
}

/// By how many pixels the curves have grown since they were drawn; infinite where more than that is new.
double CurvePlot::growth() const
{
    const Range& range = m_view.range();
    constexpr double more = std::numeric_limits<double>::infinity();
    if (xAxis->range() != QCPRange(range.low, range.high)) {
        return more;
    }
    double most = 0;
    for (const auto& entry : m_entries) {
        const Curve& curve = *entry->curve.curve;
        if (entry->version == curve.version()) {
            continue;
        }
        if (!entry->moves || curve.empty() || m_view.axis() == XAxis::Metric) {
            return more;
        }
        const auto place = [&](double x) { return xAxis->coordToPixel(std::clamp(x, range.low, range.high)); };
        most = std::max(most, std::abs(place(curve.x(m_view.axis()).back()) - place(entry->newest)));
    }
    return most;
}

double CurvePlot::lastReplotMilliseconds() const
{
    return m_milliseconds;
}

void CurvePlot::setUpAxes()
{
    const bool logX = m_view.logX();
    const bool logY = m_view.logY() && m_options.mayBeLogarithmic;
    xAxis->setTicker(QSharedPointer<ShortTicker>::create(m_view.axisNumbers(), logX));
    yAxis->setTicker(QSharedPointer<ShortTicker>::create(m_options.numbers, logY));
    xAxis->setScaleType(logX ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    yAxis->setScaleType(logY ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    if (m_logarithmic != logY) {
        m_logarithmic = logY;
        m_verticalByHand = false;
    }
}

Window CurvePlot::window(int width) const
{
    const double ratio = m_painting ? 1 : devicePixelRatioF();
    return {m_view.range().low, m_view.range().high, std::max(1, static_cast<int>(width * ratio)), m_view.logX(),
            m_view.logY() && m_options.mayBeLogarithmic};
}

void CurvePlot::prepareEntry(Entry& entry, const Window& window)
{
    const Curve& curve = *entry.curve.curve;
    // Along a metric both come smoothed as they are joined.
    const bool metric = m_view.axis() == XAxis::Metric;
    const double smoothing = smooths(entry.curve.look) && !entry.curve.exact && !metric ? m_view.smoothing() : 0;
    if (entry.filled && entry.version == curve.version() && entry.smoothing == smoothing && entry.axis == m_view.axis()
        && same(entry.window, window)) {
        return;
    }
    if (entry.filled && entry.version != curve.version() && !entry.moves) {
        entry.moves = true;
        m_all = true; // once, to take it off the layer of those that stand still
        for (QCPAbstractPlottable* each : std::initializer_list<QCPAbstractPlottable*>{
                 entry.low, entry.high, entry.raw, entry.line, entry.breaks, entry.trace}) {
            if (each) {
                each->setLayer(QStringLiteral("main"));
            }
        }
    }
    entry.filled = true;
    entry.version = curve.version();
    entry.smoothing = smoothing;
    entry.axis = m_view.axis();
    entry.window = window;
    entry.any = false;
    const auto x = curve.x(m_view.axis());
    entry.newest = x.empty() ? window.low : x.back();
    if (metric) {
        prepareTrace(entry, window);
        return;
    }
    const auto line = decimate(x, curve.smoothed(smoothing), curve.smoothedPyramid(smoothing), window);
    include(entry, line);
    fill(entry.line, line);
    if (entry.raw) {
        const auto raw
            = smoothing > 0 ? decimate(x, curve.values(), curve.pyramid(), window) : std::vector<PlotPoint>();
        include(entry, raw);
        fill(entry.raw, raw);
    }
    std::vector<PlotPoint> breaks;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (std::isnan(line[i].y) && (i == 0 || !std::isnan(line[i - 1].y))) {
            breaks.push_back({line[i].x, i > 0 ? line[i - 1].y : std::nan("")});
        }
    }
    fill(entry.breaks, breaks);
    prepareBand(entry, window);
    if (entry.curve.look == Look::Measured) {
        // Markers closer than they are wide say nothing.
        const bool sparse = static_cast<int>(line.size()) < window.pixels / 16;
        QCPScatterStyle style = sparse ? QCPScatterStyle(QCPScatterStyle::ssDisc, 4.5) : QCPScatterStyle();
        entry.line->setScatterStyle(style);
    }
}

void CurvePlot::placeVertically(const Window& view)
{
    Range whole;
    bool any = false;
    for (const auto& entry : m_entries) {
        if (entry->any) {
            whole = any ? Range{std::min(whole.low, entry->whole.low), std::max(whole.high, entry->whole.high)}
                        : entry->whole;
            any = true;
        }
    }
    if (!any) {
        return;
    }
    Range wanted = whole;
    const auto within = [&](const Curve& curve) {
        if (m_view.axis() == XAxis::Metric) {
            return std::pair(std::size_t{0}, curve.size());
        }
        const auto x = curve.x(m_view.axis());
        const auto begin = std::lower_bound(x.begin(), x.end(), view.low) - x.begin();
        const auto end = std::upper_bound(x.begin(), x.end(), view.high) - x.begin();
        return std::pair(static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
    };
    const auto drawsRaw = [](const Entry& entry) { return entry.raw || entry.smoothing <= 0; };
    if (m_view.clipsOutliers()) {
        std::vector<double> sample;
        for (const auto& entry : m_entries) {
            const Curve& curve = *entry->curve.curve;
            const auto values = drawsRaw(*entry) ? curve.values() : curve.smoothed(entry->smoothing);
            const auto [begin, end] = within(curve);
            const std::size_t stride = std::max<std::size_t>(1, (end - begin) / 2000);
            for (std::size_t i = begin; i < end; i += stride) {
                sample.push_back(values[i]);
            }
        }
        wanted = withoutOutliers(sample, whole, view.logY);
    }
    if (!m_verticalByHand) {
        const auto scale = [&](double y) { return view.logY ? std::log(y) : y; };
        const auto unscale = [&](double y) { return view.logY ? std::exp(y) : y; };
        const double low = scale(wanted.low);
        const double high = scale(wanted.high);
        const double span = high - low;
        const double pad = span > 0 ? 0.05 * span : std::max(1e-12, view.logY ? 0.1 : 0.05 * std::abs(high));
        const QCPRange now = yAxis->range();
        const bool usable = !view.logY || now.lower > 0;
        // Kept while it still fits, so that the axis stands still under a live curve.
        const bool fits = usable && scale(now.lower) <= low && scale(now.upper) >= high
            && span >= 0.65 * (scale(now.upper) - scale(now.lower));
        if (!fits) {
            yAxis->setRange(unscale(low - pad), unscale(high + pad));
        }
    }
    std::size_t outside = 0;
    std::size_t dropped = 0;
    const QCPRange shown = yAxis->range();
    if (whole.low < shown.lower || whole.high > shown.upper || view.logY) {
        for (const auto& entry : m_entries) {
            const Curve& curve = *entry->curve.curve;
            const auto [begin, end] = within(curve);
            const bool raw = drawsRaw(*entry);
            const auto values = raw ? curve.values() : curve.smoothed(entry->smoothing);
            const Pyramid& pyramid = raw ? curve.pyramid() : curve.smoothedPyramid(entry->smoothing);
            outside += pyramid.countOutside(values, begin, end, shown.lower, shown.upper);
            if (view.logY) {
                constexpr double least = std::numeric_limits<double>::denorm_min();
                dropped += pyramid.countOutside(values, begin, end, least, std::numeric_limits<double>::infinity());
            }
        }
    }
    m_outside = outside - dropped;
    m_dropped = dropped;
}

void CurvePlot::prepare(int width)
{
    m_dirty = false;
    setUpAxes();
    if (m_smooths != (m_view.smoothing() > 0)) {
        m_smooths = m_view.smoothing() > 0;
        setUpPens(m_theme);
    }
    const Window view = window(width);
    xAxis->setRange(view.low, view.high);
    const int height = m_painting ? 300 : axisRect()->height();
    yAxis->ticker()->setTickCount(std::clamp(height * 10 / (17 * fontMetrics().height()), 3, 5));
    xAxis->ticker()->setTickCount(std::clamp(width / fontMetrics().horizontalAdvance(u"000,000,000"_s), 2, 8));
    bool any = false;
    for (auto& entry : m_entries) {
        prepareEntry(*entry, view);
        any = any || !entry->curve.curve->empty();
    }
    m_outside = m_dropped = 0;
    placeVertically(view);
    for (auto& entry : m_entries) {
        // A run that began with NaN has no last value to mark: the mark goes to the lower edge.
        for (auto point = entry->breaks->data()->begin(); point != entry->breaks->data()->end(); ++point) {
            if (std::isnan(point->value)) {
                point->value = yAxis->range().lower;
            }
        }
    }
    xAxis->setTickLabels(m_axisLabels && any);
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setVisible(any);
        axis->grid()->setVisible(any);
    }
    if (!m_painting) {
        m_empty->setText(m_view.axis() == XAxis::Metric && !m_curves.isEmpty()
                             ? tr("No run measured this and %1 at the same steps").arg(m_view.axisTitle())
                             : m_options.empty);
        m_empty->setVisible(!any);
        QStringList badge;
        if (m_outside > 0) {
            badge << (m_outside == 1 ? tr("1 point outside") : tr("%1 points outside").arg(m_outside));
        }
        if (m_dropped > 0) {
            badge << (m_dropped == 1 ? tr("1 value of 0 or less not drawn")
                                     : tr("%1 values of 0 or less not drawn").arg(m_dropped));
        }
        const QString text = badge.join(u", ");
        if (m_badge->text() != text) {
            m_badge->setText(text);
            m_badge->adjustSize();
            Q_EMIT outsideChanged(m_outside);
        }
        m_badge->setVisible(!badge.isEmpty());
        m_caption->adjustSize();
        placeLabels();
        updateCursor();
    }
}

void CurvePlot::placeLabels()
{
    if (!m_painting) {
        m_badge->move(axisRect()->right() - m_badge->width() - 2, axisRect()->bottom() - m_badge->height() - 1);
        m_caption->move(axisRect()->left() + 2, 0);
    }
}

void CurvePlot::setVerticalRange(const Range& range)
{
    if (range.high > range.low && std::isfinite(range.low) && std::isfinite(range.high)
        && (!m_logarithmic || range.low > 0)) {
        m_verticalByHand = true;
        yAxis->setRange(range.low, range.high);
        invalidate();
    }
}

Range CurvePlot::verticalRange() const
{
    return {yAxis->range().lower, yAxis->range().upper};
}

std::size_t CurvePlot::outside() const
{
    return m_outside;
}

std::size_t CurvePlot::drawnPoints() const
{
    std::size_t count = 0;
    for (int i = 0; i < graphCount(); ++i) {
        count += static_cast<std::size_t>(graph(i)->dataCount());
    }
    return count;
}

const QVector<CursorItem::Row>& CurvePlot::readOut() const
{
    return m_cursor->rows();
}

QVector<EventItem::Label> CurvePlot::stageLabels() const
{
    return m_events->labels(xAxis->tickLabelFont());
}

QString CurvePlot::summary() const
{
    QStringList parts;
    for (const PlotCurve& curve : m_curves) {
        if (!curve.curve->empty()) {
            const Sample last = curve.curve->at(curve.curve->size() - 1);
            parts << tr("%1, %2: %3 at step %4")
                         .arg(curve.runName, curve.label, formatted(last.value, m_options.numbers))
                         .arg(last.step);
        }
    }
    return parts.isEmpty() ? m_options.empty : parts.join(u"; ");
}

QSize CurvePlot::sizeHint() const
{
    return {420, 220};
}

QSize CurvePlot::minimumSizeHint() const
{
    return {160, 60};
}

} // namespace distill::ui
