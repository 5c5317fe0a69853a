// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/curvespane.h"

#include "ui/plots/legend.h"
#include "ui/plots/toolrow.h"
#include "ui/session.h"

#include <QAction>
#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <set>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

/// Curves that are made of others are made anew at most so often: means of long curves cost milliseconds.
constexpr qint64 remakeEvery = 1000;
constexpr int figuresEvery = 40; // a read-out that follows the cursor need not be faster than the eye

QString keyOf(const std::string& series, const RunId& run)
{
    return QString::fromStdString(run.empty() ? series : series + '\n' + run);
}

} // namespace

CurvesPane::CurvesPane(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_feed(session)
    , m_source(m_feed)
{
    m_clock.start();
    build();
}

CurvesPane::~CurvesPane()
{
    m_scroll->viewport()->removeEventFilter(this);
    qDeleteAll(findChildren<QWidget*>(Qt::FindDirectChildrenOnly)); // the plots refer to the view
}

void CurvesPane::build()
{
    setAccessibleName(tr("Curves of the comparison"));
    m_tools = new ToolRow(m_view, u"compare"_s, this);
    m_tools->events()->setVisible(false);
    for (QAction* action : {m_tools->fit(), m_tools->logY(), m_tools->logX(), m_tools->outliers()}) {
        addAction(action);
    }

    m_layout = new QComboBox;
    m_layout->addItems({tr("A plot a metric"), tr("A plot a run")});
    m_layout->setAccessibleName(tr("Plots"));
    m_layout->setToolTip(tr("All runs in one plot for each metric, or a plot for each run with the others faint behind it"));
    m_seeds = new QComboBox;
    m_seeds->addItems({tr("Mean and deviation"), tr("Mean, least and most"), tr("Mean alone"), tr("Every run")});
    m_seeds->setAccessibleName(tr("Runs that differ in the seed alone"));
    m_seeds->setToolTip(tr("How runs that differ in the seed alone are drawn"));
    m_members = new QAction(tr("Members"), this);
    m_members->setCheckable(true);
    m_members->setToolTip(tr("The runs behind each mean, as thin lines"));
    auto* members = new QToolButton;
    members->setDefaultAction(m_members);
    members->setAutoRaise(true);
    members->setFocusPolicy(Qt::TabFocus);
    m_series = new QToolButton;
    m_series->setText(tr("Metrics"));
    m_series->setAutoRaise(true);
    m_series->setFocusPolicy(Qt::TabFocus);
    m_series->setPopupMode(QToolButton::InstantPopup);
    m_series->setToolTip(tr("Which metrics are drawn"));
    m_seriesMenu = new QMenu(m_series);
    m_series->setMenu(m_seriesMenu);
    connect(m_seriesMenu, &QMenu::aboutToShow, this, &CurvesPane::fillMenu);
    m_tools->addWidget(m_series);
    m_tools->addWidget(m_layout);
    m_tools->addWidget(m_seeds, tr("S&eeds"));
    m_tools->addWidget(members);

    m_legend = new Legend;
    m_legend->hide();
    m_legendArea = new QScrollArea(this);
    m_legendArea->setFrameShape(QFrame::NoFrame);
    m_legendArea->setWidgetResizable(true);
    m_legendArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_legendArea->setWidget(m_legend);
    m_note = new QLabel(this);
    m_note->setWordWrap(true);
    m_note->hide();
    m_board = new QWidget;
    m_grid = new QGridLayout(m_board);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(4);
    m_scroll = new QScrollArea(this);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setWidget(m_board);
    m_scroll->viewport()->installEventFilter(this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_tools);
    layout->addWidget(m_legendArea);
    layout->addWidget(m_note);
    layout->addWidget(m_scroll, 1);

    for (QTimer* timer : {&m_nextPicture, &m_rebuildSoon, &m_figuresSoon}) {
        timer->setSingleShot(true);
    }
    connect(&m_nextPicture, &QTimer::timeout, this, &CurvesPane::redraw);
    connect(&m_rebuildSoon, &QTimer::timeout, this, &CurvesPane::rebuild);
    connect(&m_figuresSoon, &QTimer::timeout, this, &CurvesPane::figuresChanged);
    connect(&m_feed, &CurveFeed::seriesChanged, this, [this] { m_rebuildSoon.start(0); });
    connect(&m_feed, &CurveFeed::statusChanged, this, &CurvesPane::pointsArrived);
    connect(&m_feed, &CurveFeed::pointsArrived, this, &CurvesPane::pointsArrived);
    connect(m_scroll->verticalScrollBar(), &QScrollBar::valueChanged, this, &CurvesPane::pointsArrived);
    connect(m_legend, &Legend::hiddenChanged, this, &CurvesPane::rebuild);
    connect(m_legend, &Legend::menuRequested, this, &CurvesPane::menuRequested);
    connect(m_legend, &Legend::highlighted, this, [this](const RunId& run) {
        setHighlighted(run);
        Q_EMIT highlighted(run);
    });
    connect(&m_view, &PlotView::changed, this, &CurvesPane::viewChanged);
    connect(&m_view, &PlotView::cursorMoved, this, [this] {
        if (m_view.cursor()) {
            m_place = m_view.cursor();
            if (!m_figuresSoon.isActive()) {
                m_figuresSoon.start(figuresEvery);
            }
        }
    });
    connect(m_layout, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_setup.layout = static_cast<ComparisonSetup::Layout>(index);
        rebuild();
        Q_EMIT setupChanged();
    });
    connect(m_seeds, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_setup.grouped = index < 3;
        m_setup.band = index == 0 ? ComparisonSetup::Band::Deviation : index == 1 ? ComparisonSetup::Band::Extremes : ComparisonSetup::Band::None;
        m_members->setEnabled(m_setup.grouped);
        rebuild();
        Q_EMIT setupChanged();
    });
    connect(m_members, &QAction::toggled, this, [this](bool on) {
        m_setup.members = on;
        rebuild();
        Q_EMIT setupChanged();
    });
}

void CurvesPane::setUnits(std::vector<CurveUnit> runs, std::vector<CurveUnit> groups, const RunId& baseline)
{
    const bool more = runs.size() > mostRuns;
    m_note->setVisible(more);
    m_note->setText(more ? tr("Curves of the first %1 of %2 runs are drawn.").arg(mostRuns).arg(runs.size()) : QString());
    if (more) {
        runs.resize(mostRuns);
        for (CurveUnit& group : groups) {
            std::erase_if(group.runs, [&](const RunId& run) {
                return std::none_of(runs.begin(), runs.end(), [&](const CurveUnit& each) { return each.id() == run; });
            });
        }
        std::erase_if(groups, [](const CurveUnit& group) { return group.runs.empty(); });
    }
    if (runs == m_runs && groups == m_groups && baseline == m_baseline) {
        return;
    }
    m_runs = std::move(runs);
    m_groups = std::move(groups);
    m_baseline = baseline;
    watch();
    rebuild();
}

void CurvesPane::watch()
{
    QVector<RunId> wanted;
    if (isVisible()) { // nothing is read for a page that nobody looks at
        for (const CurveUnit& unit : m_runs) {
            wanted.append(unit.id());
        }
    }
    m_feed.watch(wanted);
}

void CurvesPane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    watch();
    m_rebuildSoon.start(0);
}

void CurvesPane::setSetup(const ComparisonSetup& setup)
{
    m_settingUp = true;
    m_setup = setup;
    m_layout->setCurrentIndex(static_cast<int>(setup.layout));
    const int band = setup.band == ComparisonSetup::Band::Deviation ? 0 : setup.band == ComparisonSetup::Band::Extremes ? 1 : 2;
    m_seeds->setCurrentIndex(setup.grouped ? band : 3);
    m_members->setChecked(setup.members);
    m_members->setEnabled(setup.grouped);
    m_setup = setup; // the controls' own changes are none
    m_view.setSmoothing(setup.smoothing);
    m_view.setLogY(setup.logY);
    m_view.setClipsOutliers(setup.clipsOutliers);
    if (setup.axis == XAxis::Metric) {
        const SeriesText text = textOf(setup.metric);
        m_view.setMetric(setup.metric, text.title, text.numbers);
    } else {
        m_view.setAxis(setup.axis);
    }
    m_view.setLogX(setup.logX);
    m_settingUp = false;
    rebuild();
}

void CurvesPane::storeIn(ComparisonSetup& setup) const
{
    setup.axis = m_view.axis();
    setup.metric = m_view.axis() == XAxis::Metric ? m_view.metric() : std::string();
    setup.series = m_setup.series;
    setup.layout = m_setup.layout;
    setup.grouped = m_setup.grouped;
    setup.band = m_setup.band;
    setup.members = m_setup.members;
    setup.smoothing = m_view.smoothing();
    setup.logX = m_view.logX();
    setup.logY = m_view.logY();
    setup.clipsOutliers = m_view.clipsOutliers();
}

void CurvesPane::viewChanged()
{
    const bool axis = m_setup.axis != m_view.axis() || (m_view.axis() == XAxis::Metric && m_setup.metric != m_view.metric());
    const bool smoothed = m_view.axis() == XAxis::Metric && m_setup.smoothing != m_view.smoothing();
    ComparisonSetup now = m_setup;
    storeIn(now);
    if (now == m_setup) {
        return; // a zoom
    }
    m_setup = now;
    if (m_settingUp) {
        return;
    }
    if (axis) {
        m_place.reset();
    }
    if (axis || smoothed) {
        rebuild();
    }
    Q_EMIT setupChanged();
    Q_EMIT figuresChanged();
}

std::vector<CurveUnit> CurvesPane::units() const
{
    std::vector<CurveUnit> drawn = m_setup.grouped && !m_groups.empty() ? m_groups : m_runs;
    std::erase_if(drawn, [this](const CurveUnit& unit) { return m_legend->isHidden(unit.id()); });
    return drawn;
}

std::vector<std::string> CurvesPane::shownSeries() const
{
    std::vector<std::string> shown;
    for (const std::string& series : m_setup.series) {
        if (std::find(m_known.begin(), m_known.end(), series) != m_known.end()) {
            shown.push_back(series);
        }
    }
    return shown.empty() ? CurveSource::chiefSeries(m_known) : shown;
}

void CurvesPane::fillMenu()
{
    m_seriesMenu->clear();
    const std::vector<std::string> shown = shownSeries();
    for (const std::string& series : m_known) {
        QAction* action = m_seriesMenu->addAction(textOf(series).title);
        action->setCheckable(true);
        action->setChecked(std::find(shown.begin(), shown.end(), series) != shown.end());
        connect(action, &QAction::toggled, this, [this, series](bool on) {
            std::vector<std::string> chosen = shownSeries();
            std::erase(chosen, series);
            if (on) {
                chosen.push_back(series);
            }
            // In the order of the menu.
            std::vector<std::string> ordered;
            std::copy_if(m_known.begin(), m_known.end(), std::back_inserter(ordered),
                         [&](const auto& each) { return std::find(chosen.begin(), chosen.end(), each) != chosen.end(); });
            m_setup.series = ordered;
            m_maximised.clear();
            rebuild();
            Q_EMIT setupChanged();
        });
    }
    if (m_known.empty()) {
        m_seriesMenu->addAction(tr("No curve was recorded"))->setEnabled(false);
    }
}

Panel* CurvesPane::panelOf(const QString& key, const QString& title, const SeriesText& text)
{
    Panel*& panel = m_pool[key];
    if (!panel || panel->title() != title) {
        delete panel;
        CurvePlot::Options options{title, text.numbers, text.mayBeLogarithmic, tr("None of these runs has recorded it"), false};
        panel = new Panel({key, title, true, {{key, options}}}, m_view, m_board);
        panel->setMinimumSize(fontMetrics().averageCharWidth() * 26, fontMetrics().height() * 9);
        connect(panel, &Panel::maximiseRequested, this, [this, key] {
            m_maximised = m_maximised == key ? QString() : key;
            arrange();
        });
        connect(panel, &Panel::hideRequested, this, [this, key] {
            std::vector<std::string> chosen = shownSeries();
            std::erase(chosen, key.section(u'\n', 0, 0).toStdString());
            m_setup.series = chosen;
            m_rebuildSoon.start(0); // not while the panel's own button is pressed
            Q_EMIT setupChanged();
        });
        connect(panel, &Panel::pictureRequested, this, [this, panel = panel] { askAndSavePicture(m_session, *panel); });
        connect(panel, &Panel::copyRequested, this, [panel = panel] { copyPicture(*panel); });
        connect(panel, &Panel::csvRequested, this, [this, panel = panel] { askAndSaveCurves(m_session, this, requestFor(*panel)); });
    }
    return panel;
}

CurveRequest CurvesPane::requestFor(const Panel& panel) const
{
    CurveRequest request;
    request.suggestedName = panel.title();
    const std::string series = panel.key().section(u'\n', 0, 0).toStdString();
    for (const CurveUnit& unit : m_runs) { // what was measured, not what was made of it
        if (const auto curve = m_feed.store().find(unit.id(), series)) {
            request.copies.push_back(copyOf(unit.id(), series, *curve));
        }
    }
    return request;
}

void CurvesPane::rebuild()
{
    if (m_settingUp) {
        return;
    }
    m_rebuildSoon.stop();
    m_made.start();
    const std::vector<CurveUnit>& all = m_setup.grouped && !m_groups.empty() ? m_groups : m_runs;
    QVector<Legend::Item> items;
    std::map<RunId, QString> names;
    for (const CurveUnit& unit : m_runs) {
        names[unit.id()] = unit.name;
    }
    for (const CurveUnit& unit : all) {
        const bool pinned = std::find(unit.runs.begin(), unit.runs.end(), m_baseline) != unit.runs.end();
        QStringList tip;
        for (const RunId& run : unit.runs) {
            tip << names[run];
        }
        tip << (pinned ? tr("The baseline. Press the right button for more.") : tr("Press the right button to make it the baseline or to take it out."));
        QString name = unit.isGroup() ? tr("%1 (mean of %2)").arg(unit.name).arg(unit.runs.size()) : unit.name;
        items.append({unit.id(), pinned ? u"\u2691 "_s + name : name, tip.join(u'\n')});
    }
    m_legend->setItems(items);
    fitLegend();

    m_known = m_source.seriesOf(m_runs);
    QVector<ToolRow::Metric> metrics;
    for (const std::string& series : m_known) {
        const SeriesText text = textOf(series);
        metrics.append({series, text.title, text.numbers});
    }
    m_tools->setMetrics(metrics);

    m_source.beginRound();
    const std::vector<CurveUnit> drawn = units();
    m_panels.clear();
    std::set<Panel*> used;
    const auto show = [&](const std::string& series, const RunId& run, const QString& title, const SeriesText& text) {
        const QString key = keyOf(series, run);
        Panel* panel = panelOf(key, title, text);
        QVector<Panel::Placed> placed;
        const QVector<PlotCurve> curves = m_source.curvesOf(series, drawn, m_setup, names);
        for (const PlotCurve& curve : curves) {
            placed.append({SeriesPlace{key, text.title, text.title, curve.look, false}, curve});
        }
        if (!run.empty()) { // its own run above the others
            std::stable_partition(placed.begin(), placed.end(), [&](const Panel::Placed& each) {
                return each.curve.run != run && each.curve.paintedAs != run;
            });
        }
        panel->setCurves(placed);
        panel->setBottomLabel(m_view.axisTitle());
        m_panels.push_back(panel);
        used.insert(panel);
    };
    for (const std::string& series : shownSeries()) {
        const SeriesText text = textOf(series);
        if (m_setup.layout == ComparisonSetup::Layout::ByMetric) {
            show(series, {}, text.title, text);
            continue;
        }
        for (const CurveUnit& unit : drawn) {
            show(series, unit.id(), tr("%1: %2").arg(text.title, unit.name), text);
        }
    }
    m_source.endRound();
    for (auto each = m_pool.begin(); each != m_pool.end();) {
        if (!used.contains(each->second)) {
            each->second->hide();
            each->second->deleteLater();
            each = m_pool.erase(each);
        } else {
            ++each;
        }
    }
    arrange();
    highlight();
    updateExtent();
    pointsArrived();
    m_figuresSoon.start(0);
}

void CurvesPane::arrange()
{
    std::vector<Panel*> visible;
    for (Panel* panel : m_panels) {
        const bool large = panel->key() == m_maximised;
        panel->setMaximised(large);
        m_grid->removeWidget(panel);
        if (m_maximised.isEmpty() || large || !m_pool.contains(m_maximised)) {
            visible.push_back(panel);
        } else {
            panel->hide();
        }
    }
    const int count = static_cast<int>(visible.size());
    m_columns = columnsFor(count);
    for (int i = 0; i < std::max(m_grid->rowCount(), m_grid->columnCount()); ++i) {
        m_grid->setRowStretch(i, 0);
        m_grid->setColumnStretch(i, 0);
    }
    for (int i = 0; i < count; ++i) {
        const bool alone = i + 1 == count && i % m_columns == 0 && m_setup.layout == ComparisonSetup::Layout::ByMetric;
        Panel* panel = visible[static_cast<std::size_t>(i)];
        m_grid->addWidget(panel, i / m_columns, i % m_columns, 1, alone ? m_columns : 1);
        m_grid->setRowStretch(i / m_columns, 1);
        m_grid->setColumnStretch(i % m_columns, 1);
        panel->show();
    }
}

int CurvesPane::columnsFor(int count) const
{
    const int fitting = std::max(1, m_scroll->viewport()->width() / (fontMetrics().averageCharWidth() * 34));
    const bool byRun = m_setup.layout == ComparisonSetup::Layout::ByRun;
    const int wanted = byRun ? static_cast<int>(units().size()) : count <= 4 ? 2 : 3;
    // One line of plots where two would be too low to read.
    const bool low = !byRun && count <= fitting && m_scroll->viewport()->height() < fontMetrics().height() * 20;
    return std::clamp(low ? count : std::min({wanted, fitting, count}), 1, 8);
}

bool CurvesPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_scroll->viewport() && event->type() == QEvent::Resize) {
        const bool maximised = m_pool.contains(m_maximised);
        if (columnsFor(maximised ? 1 : static_cast<int>(m_panels.size())) != m_columns) {
            arrange();
        }
    }
    return QWidget::eventFilter(watched, event);
}

/// Of many runs three lines are in sight; the plots need the room.
void CurvesPane::fitLegend()
{
    constexpr int lines = 3;
    const int line = fontMetrics().height() + 10;
    m_legendArea->setVisible(!m_legend->QWidget::isHidden());
    const int needed = m_legend->heightForWidth(m_legendArea->width());
    const bool fits = needed <= lines * line;
    m_legendArea->setVerticalScrollBarPolicy(fits ? Qt::ScrollBarAlwaysOff : Qt::ScrollBarAsNeeded);
    m_legendArea->setFixedHeight(fits ? needed : lines * line);
}

void CurvesPane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitLegend();
}

void CurvesPane::updateExtent()
{
    Range extent;
    double firstPositive = 0;
    bool any = false;
    const auto include = [&](double x) {
        if (std::isfinite(x)) {
            extent = any ? Range{std::min(extent.low, x), std::max(extent.high, x)} : Range{x, x};
            any = true;
            firstPositive = x > 0 && (firstPositive == 0 || x < firstPositive) ? x : firstPositive;
        }
    };
    const bool metric = m_view.axis() == XAxis::Metric;
    for (const Panel* panel : m_panels) {
        for (const PlotCurve& curve : panel->plots().first()->curves()) {
            if (metric && curve.along && !curve.along->empty()) {
                const auto values = curve.along->values();
                const Extremes found = curve.along->pyramid().query(values, 0, values.size());
                for (const std::int64_t index : {found.min, found.max, found.minPositive}) {
                    include(index >= 0 ? values[static_cast<std::size_t>(index)] : std::nan(""));
                }
            } else if (!metric && !curve.curve->empty()) {
                const auto x = curve.curve->x(m_view.axis());
                include(x.front());
                include(x.back());
                const auto positive = std::upper_bound(x.begin(), x.end(), 0.0);
                include(positive == x.end() ? std::nan("") : *positive);
            }
        }
    }
    if (!any) {
        extent = {0, 1};
    }
    if (metric) {
        extent.low -= m_view.logX() ? 0 : 0.02 * (extent.high - extent.low);
        extent.high += 0.01 * (extent.high - extent.low);
    } else if (extent.low > 0 && extent.low < 0.02 * extent.high) {
        extent.low = 0;
    }
    const bool live = !metric && std::any_of(m_runs.begin(), m_runs.end(), [this](const CurveUnit& unit) {
        const WatchedRun* run = m_feed.find(unit.id());
        return run && run->status && isLive(run->status->state);
    });
    if (m_view.setExtent(extent, firstPositive > 0 ? firstPositive : 1, live)) {
        for (Panel* panel : m_panels) {
            panel->plots().first()->markChanged();
        }
    }
}

void CurvesPane::pointsArrived()
{
    if (!m_nextPicture.isActive()) {
        m_nextPicture.start(static_cast<int>(m_pacer.wait(m_clock.elapsed())));
    }
}

void CurvesPane::redraw()
{
    if (!isVisible()) {
        return;
    }
    if (m_source.isBehind()) {
        if (m_made.elapsed() < remakeEvery) {
            m_rebuildSoon.start(static_cast<int>(remakeEvery - m_made.elapsed()));
        } else {
            rebuild();
            return;
        }
    }
    const bool running = std::any_of(m_runs.begin(), m_runs.end(), [this](const CurveUnit& unit) {
        const WatchedRun* run = m_feed.find(unit.id());
        return run && run->state() == RunState::Running;
    });
    if (running) {
        updateExtent();
        if (!m_figuresSoon.isActive()) {
            m_figuresSoon.start(500);
        }
    }
    double spent = 0;
    bool left = false;
    for (Panel* panel : m_panels) {
        CurvePlot* plot = panel->plots().first();
        plot->markChanged();
        spent += plot->refresh(running);
        left = left || plot->waits();
        plot->setAccessibleDescription(plot->summary());
    }
    m_milliseconds = spent;
    m_pacer.drawn(m_clock.elapsed(), spent);
    if (left) {
        m_nextPicture.start(CurvePlot::longestWait);
    }
}

void CurvesPane::setHighlighted(const RunId& run)
{
    // A member of a group that is drawn as one stands for the group.
    RunId shown = run;
    if (m_setup.grouped) {
        for (const CurveUnit& group : m_groups) {
            if (std::find(group.runs.begin(), group.runs.end(), run) != group.runs.end()) {
                shown = group.id();
            }
        }
    }
    if (shown != m_highlighted) {
        m_highlighted = shown;
        highlight();
    }
}

void CurvesPane::highlight()
{
    for (Panel* panel : m_panels) {
        const QString own = panel->key().section(u'\n', 1);
        panel->plots().first()->setHighlighted(own.isEmpty() ? m_highlighted : own.toStdString());
    }
}

std::vector<CurvesPane::SeriesFigures> CurvesPane::figures(const std::vector<RunId>& runs) const
{
    std::vector<SeriesFigures> result;
    for (const std::string& series : shownSeries()) {
        SeriesFigures figures{textOf(series), {}, {}, {}, false};
        const bool dense = figures.text.look == Look::Dense;
        figures.smoothed = dense && m_view.smoothing() > 0;
        for (const RunId& run : runs) {
            double best = std::nan(""), last = std::nan(""), at = std::nan("");
            const auto curve = m_feed.store().find(run, series);
            if (curve && !curve->empty()) {
                const auto values = curve->smoothed(dense ? m_view.smoothing() : 0);
                last = values.back();
                if (!dense && figures.text.better != 0) { // the best of noise says nothing
                    const Extremes found = curve->pyramid().query(curve->values(), 0, curve->size());
                    const std::int64_t index = figures.text.better > 0 ? found.max : found.min;
                    best = index >= 0 ? curve->values()[static_cast<std::size_t>(index)] : best;
                }
                const auto x = curve->x(m_view.axis());
                if (m_place && !x.empty() && *m_place >= x.front() && *m_place <= x.back()) {
                    at = values[*curve->nearest(m_view.axis(), *m_place)];
                }
            }
            figures.best.push_back(best);
            figures.last.push_back(last);
            figures.atCursor.push_back(at);
        }
        result.push_back(std::move(figures));
    }
    return result;
}

QString CurvesPane::cursorText() const
{
    return m_place ? m_view.placeText(*m_place) : QString();
}

bool CurvesPane::isComplete() const
{
    const auto isLoaded = [this](const CurveUnit& unit) { return m_feed.isLoaded(unit.id()); };
    return !isVisible() || std::all_of(m_runs.begin(), m_runs.end(), isLoaded);
}

} // namespace distill::ui
