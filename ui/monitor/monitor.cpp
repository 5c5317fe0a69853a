// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/monitor.h"

#include "experiment/series.h"
#include "ui/monitor/eventlog.h"
#include "ui/monitor/panelgrid.h"
#include "ui/monitor/stages.h"
#include "ui/monitor/timebar.h"
#include "ui/monitor/transport.h"
#include "ui/monitor/tuning.h"
#include "ui/plots/curvefeed.h"
#include "ui/plots/export.h"
#include "ui/plots/legend.h"
#include "ui/plots/pacer.h"
#include "ui/plots/toolrow.h"
#include "ui/session.h"
#include "ui/settings.h"

#include <QElapsedTimer>
#include <QScrollArea>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace distill::ui {

using namespace Qt::StringLiterals;

class Monitor::Private {
public:
    Private(Monitor& owner, Session& forSession)
        : self(owner)
        , session(forSession)
        , feed(forSession)
    {
        clock.start();
    }

    void build();
    void give(const RunId& run, Transport::Command command);
    void watch();
    void rebuildCurves();
    void placeEvents();
    void updateExtent();
    void showCurrent();
    void showStatus();
    void pointsArrived();
    void redraw();
    void describe();
    void remember() const;
    CurveRequest requestFor(const Panel& panel) const;
    bool isDrawn(const RunId& run) const { return !legend->isHidden(run); }

    Monitor& self;
    Session& session;
    PlotView view;
    CurveFeed feed;
    Pacer pacer;
    QElapsedTimer clock;
    QTimer nextPicture, curvesSoon, describeTimer;
    double milliseconds = 0;

    QVector<RunId> shown;
    RunId current;
    RunId highlighted; ///< in the legend; its events are marked instead of the current run's
    XAxis axis = XAxis::Step;
    bool eventsShown = true;

    Transport* transport = nullptr;
    ToolRow* tools = nullptr;
    Legend* legend = nullptr;
    PanelGrid* grid = nullptr;
    TimeBar* time = nullptr;
    QSplitter* splitter = nullptr;
    QTabWidget* tabs = nullptr;
    Tuning* tuning = nullptr;
    EventLog* log = nullptr;
    StageTable* stages = nullptr;
    QAction* savePanel = nullptr;
    QAction* saveCurves = nullptr;
};

void Monitor::Private::build()
{
    transport = new Transport(&self);
    tools = new ToolRow(view, u"monitor"_s, &self);
    axis = view.axis();
    legend = new Legend(&self);
    legend->hide();
    tuning = new Tuning;
    log = new EventLog;
    stages = new StageTable;
    grid = new PanelGrid(view);
    time = new TimeBar(&self);
    tools->setPanelsMenu(grid->menu());
    self.addActions(grid->maximiseActions());

    tabs = new QTabWidget;
    tabs->setDocumentMode(true);
    tabs->setAccessibleName(tr("Tuning and log"));
    auto* scroll = new QScrollArea;
    scroll->setWidget(tuning);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    tabs->addTab(scroll, QIcon::fromTheme(u"configure"_s), tr("Tune"));
    tabs->addTab(log, QIcon::fromTheme(u"view-list-text"_s), tr("Log"));
    tabs->addTab(stages, QIcon::fromTheme(u"view-table-of-contents-ltr"_s), tr("Stages"));
    tabs->setTabVisible(tabs->indexOf(stages), false);
    splitter = new QSplitter(Qt::Vertical);
    splitter->setObjectName(u"monitor splitter"_s);
    splitter->addWidget(grid);
    splitter->addWidget(tabs);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 0);
    splitter->setSizes({10'000, self.fontMetrics().height() * 8});
    splitter->setCollapsible(0, false);

    auto* layout = new QVBoxLayout(&self);
    layout->setContentsMargins(6, 4, 6, 2);
    layout->setSpacing(4);
    layout->addWidget(transport);
    layout->addWidget(tools);
    layout->addWidget(legend);
    layout->addWidget(splitter, 1);
    layout->addWidget(time);

    savePanel = new QAction(QIcon::fromTheme(u"document-export"_s), tr("Save panel as picture..."), &self);
    savePanel->setObjectName(u"save_panel"_s);
    saveCurves
        = new QAction(QIcon::fromTheme(u"document-export"_s), tr("Save curves of the current run as CSV..."), &self);
    saveCurves->setObjectName(u"save_curves"_s);
    connect(savePanel, &QAction::triggered, &self, [this] { askAndSavePicture(session, *grid->chosen()); });
    connect(saveCurves, &QAction::triggered, &self, [this] {
        const WatchedRun* run = feed.find(current);
        askAndSaveRun(session, &self, current, run ? run->name : QString::fromStdString(current));
    });

    nextPicture.setSingleShot(true);
    curvesSoon.setSingleShot(true);
    describeTimer.setSingleShot(true);
    describeTimer.setInterval(2000);
    connect(&nextPicture, &QTimer::timeout, &self, [this] { redraw(); });
    connect(&curvesSoon, &QTimer::timeout, &self, [this] { rebuildCurves(); });
    connect(&describeTimer, &QTimer::timeout, &self, [this] { describe(); });
    connect(grid, &PanelGrid::pictureRequested, &self, [this](Panel* panel) { askAndSavePicture(session, *panel); });
    connect(grid, &PanelGrid::csvRequested, &self,
            [this](Panel* panel) { askAndSaveCurves(session, &self, requestFor(*panel)); });
    connect(transport, &Transport::startRequested, &self, &Monitor::startRequested);
    connect(transport, &Transport::commanded, &self, [this](const RunId& run, Transport::Command command) {
        if (!session.attempt([&] { give(run, command); })) {
            transport->refused();
        }
    });
    connect(tuning, &Tuning::tuned, &self, [this](const RunId& run, const QString& pointer, double value) {
        session.attempt([&] { session.engine().tune(run, pointer.toStdString(), value); });
    });
    connect(legend, &Legend::hiddenChanged, &self, [this] { rebuildCurves(); });
    connect(legend, &Legend::highlighted, &self, [this](const RunId& run) {
        for (Panel* panel : grid->panels()) {
            for (CurvePlot* plot : panel->plots()) {
                plot->setHighlighted(run);
            }
        }
        highlighted = run;
        placeEvents();
    });
    const auto smoothByStage = [this](const RunId& run) {
        std::vector<std::int64_t> steps;
        if (const WatchedRun* watched = feed.find(run)) {
            for (const StageBorder& border : stageBordersOf(*watched)) {
                steps.push_back(border.step);
            }
        }
        feed.restartSmoothing(run, steps);
    };
    connect(&feed, &CurveFeed::seriesChanged, &self, [this, smoothByStage](const RunId& run) {
        smoothByStage(run);
        curvesSoon.start(0);
        if (run == current) {
            showCurrent();
        }
    });
    connect(&feed, &CurveFeed::eventsChanged, &self, [this, smoothByStage](const RunId& run) {
        smoothByStage(run);
        if (run == current || run == highlighted) {
            placeEvents();
        }
        if (run == current) {
            showCurrent();
        }
    });
    connect(&feed, &CurveFeed::statusChanged, &self, [this](const RunId& run) {
        if (run == current) {
            showStatus();
        }
        pointsArrived();
    });
    connect(&feed, &CurveFeed::pointsArrived, &self, [this] { pointsArrived(); });
    connect(&view, &PlotView::changed, &self, [this] {
        if (axis != view.axis()) {
            axis = view.axis();
            updateExtent();
            placeEvents();
        } else if (eventsShown != view.showsEvents()) {
            placeEvents();
        }
        eventsShown = view.showsEvents();
    });
}

void Monitor::Private::give(const RunId& run, Transport::Command command)
{
    Engine& engine = session.engine();
    switch (command) {
    case Transport::Command::Pause:
        return engine.pause(run);
    case Transport::Command::Unpause:
        return engine.unpause(run);
    case Transport::Command::Step:
        return engine.step(run);
    case Transport::Command::Stop:
        return engine.stop(run);
    case Transport::Command::Checkpoint:
        return engine.checkpoint(run);
    case Transport::Command::Resume:
        return engine.resumeRun(run);
    }
}

void Monitor::Private::watch()
{
    QVector<RunId> runs = shown;
    if (!current.empty() && !runs.contains(current)) {
        runs.append(current);
    }
    feed.watch(runs);
}

void Monitor::Private::rebuildCurves()
{
    curvesSoon.stop();
    QVector<Legend::Item> items;
    for (const RunId& run : shown) {
        const WatchedRun* watched = feed.find(run);
        const QString name = watched && !watched->name.isEmpty() ? watched->name : QString::fromStdString(run).right(6);
        QString tip = name + u'\n' + QString::fromStdString(run);
        if (watched && watched->row) {
            tip += u'\n' + QString::fromLatin1(nameOf(watched->row->role)) + u", "_s
                + QString::fromStdString(watched->row->studentModel) + tr(", seed %1").arg(watched->row->seed);
        }
        items.append({run, name, tip});
    }
    // Runs of one name (seeds, a control) are told apart by role and seed, then by the end of the id.
    for (Legend::Item& item : items) {
        const auto namesakes
            = std::count_if(items.begin(), items.end(), [&](const auto& other) { return other.name == item.name; });
        const WatchedRun* watched = feed.find(item.run);
        if (namesakes > 1) {
            item.name += watched && watched->row
                ? u" (%1, %2)"_s.arg(QString::fromLatin1(nameOf(watched->row->role))).arg(watched->row->seed)
                : u" (…%1)"_s.arg(QString::fromStdString(item.run).right(4));
        }
    }
    legend->setItems(items);

    QVector<RunId> order = shown;
    std::stable_partition(order.begin(), order.end(), [this](const RunId& run) { return run != current; });
    QMap<Panel*, QVector<Panel::Placed>> placed;
    for (const RunId& run : order) {
        if (!isDrawn(run)) {
            continue;
        }
        const auto item = std::find_if(items.begin(), items.end(), [&](const auto& each) { return each.run == run; });
        for (const auto& [name, curve] : feed.store().of(run)) {
            const auto place = placeOf(name);
            if (!place || (place->currentOnly && run != current && shown.size() > 1)) {
                continue;
            }
            for (Panel* panel : grid->panels()) {
                if (panel->plot(place->plot)) {
                    placed[panel].append({*place, {run, item->name, place->label, curve, place->look}});
                }
            }
        }
    }
    grid->setCurves(placed);
    updateExtent();
    placeEvents();
    describe();
}

void Monitor::Private::placeEvents()
{
    const RunId& marked = highlighted.empty() ? current : highlighted;
    const WatchedRun* run = feed.find(marked);
    QVector<PlotEvent> events;
    const auto curve = feed.store().find(marked, series::loss);
    if (run && curve && shown.contains(marked) && isDrawn(marked)) {
        for (const RunEvent& event : run->events) {
            if (event.kind == "stage" && event.data.is_object() && event.data.contains("stage")) {
                continue; // a border, below
            }
            const bool major
                = event.kind == "tuned" || event.kind == "stage" || event.kind == "nan" || event.kind == "warning";
            if (major || event.kind == "checkpoint") {
                events.append({marked, curve->place(event.step, view.axis()), major,
                               tr("Step %1: %2")
                                   .arg(QLocale().toString(static_cast<qlonglong>(event.step)),
                                        QString::fromStdString(event.text)),
                               {}});
            }
        }
        for (const StageBorder& border : stageBordersOf(*run)) {
            const QString text = tr("Step %1: %2 begins").arg(QLocale().toString(static_cast<qlonglong>(border.step)), border.name);
            events.append({marked, curve->place(border.step, view.axis()), true, text, border.name});
        }
    }
    for (Panel* panel : grid->panels()) {
        panel->setBottomLabel(view.axisTitle());
        for (CurvePlot* plot : panel->plots()) {
            plot->setEvents(events);
        }
    }
}

void Monitor::Private::updateExtent()
{
    Range extent;
    double firstPositive = 0;
    bool any = false;
    bool live = false;
    for (const RunId& run : shown) {
        if (!isDrawn(run)) {
            continue;
        }
        const WatchedRun* watched = feed.find(run);
        live = live || (watched && watched->status && isLive(watched->status->state));
        for (const auto& [name, curve] : feed.store().of(run)) {
            const auto x = curve->x(view.axis());
            if (x.empty() || !placeOf(name)) {
                continue;
            }
            extent = any ? Range{std::min(extent.low, x.front()), std::max(extent.high, x.back())}
                         : Range{x.front(), x.back()};
            any = true;
            const auto positive = std::upper_bound(x.begin(), x.end(), 0.0);
            if (positive != x.end() && (firstPositive == 0 || *positive < firstPositive)) {
                firstPositive = *positive;
            }
        }
    }
    if (!any) {
        extent = {0, 1};
    }
    // The first step is 1: beginning at 0 keeps the axis where everybody expects it.
    if (extent.low > 0 && extent.low < 0.02 * extent.high) {
        extent.low = 0;
    }
    if (view.setExtent(extent, firstPositive > 0 ? firstPositive : 1, live)) {
        for (Panel* panel : grid->panels()) {
            for (CurvePlot* plot : panel->plots()) {
                plot->markChanged();
            }
        }
    }
}

void Monitor::Private::pointsArrived()
{
    const auto wait = static_cast<int>(pacer.wait(clock.elapsed()));
    if (!nextPicture.isActive() || nextPicture.remainingTime() > wait) {
        nextPicture.start(wait);
    }
    if (!describeTimer.isActive()) {
        describeTimer.start();
    }
}

void Monitor::Private::redraw()
{
    if (!self.isVisible()) {
        return;
    }
    updateExtent();
    time->setCurves(feed.store().of(current));
    const bool mayWait = std::any_of(shown.begin(), shown.end(), [this](const RunId& run) {
        const WatchedRun* watched = feed.find(run);
        return watched && watched->state() == RunState::Running;
    });
    double spent = 0;
    bool left = false;
    for (Panel* panel : grid->panels()) {
        for (CurvePlot* plot : panel->plots()) {
            const auto& curves = plot->curves();
            if (!curves.isEmpty()) {
                plot->markChanged();
                spent += plot->refresh(mayWait);
                left = left || plot->waits();
            }
        }
    }
    milliseconds = spent;
    pacer.drawn(clock.elapsed(), spent);
    if (left) {
        nextPicture.start(CurvePlot::longestWait);
    }
}

void Monitor::Private::describe()
{
    for (Panel* panel : grid->panels()) {
        for (CurvePlot* plot : panel->plots()) {
            if (plot->isVisible()) {
                plot->setAccessibleDescription(plot->summary());
            }
        }
    }
}

void Monitor::Private::showCurrent()
{
    const WatchedRun* run = feed.find(current);
    saveCurves->setEnabled(run != nullptr);
    tuning->setRun(current, run ? run->document : Json());
    log->setEvents(run ? run->events : std::vector<RunEvent>());
    showStatus();
}

void Monitor::Private::showStatus()
{
    const WatchedRun* run = feed.find(current);
    transport->setRun(current, run);
    const bool live = run && run->status && isLive(run->status->state);
    tuning->setValues(live ? run->status->tunables : std::map<std::string, double>());
    stages->setStages(run && run->row ? run->row->summary : Json());
    tabs->setTabVisible(tabs->indexOf(stages), stages->rowCount() > 0);
}

void Monitor::Private::remember() const
{
    Settings settings;
    settings.beginGroup(u"monitor"_s);
    settings.setValue(u"splitter"_s, splitter->saveState());
    settings.setValue(u"tab"_s, tabs->currentIndex());
}

CurveRequest Monitor::Private::requestFor(const Panel& panel) const
{
    CurveRequest request;
    request.suggestedName = panel.title();
    for (const RunId& run : shown) {
        if (!isDrawn(run)) {
            continue;
        }
        for (const CurvePlot* plot : panel.plots()) {
            if (!feed.isLoaded(run)) {
                request.unread.emplace_back(run, plot->objectName());
                continue;
            }
            for (const auto& [name, curve] : feed.store().of(run)) {
                const auto place = placeOf(name);
                if (place && place->plot == plot->objectName()) {
                    request.copies.push_back(copyOf(run, name, *curve));
                }
            }
        }
    }
    return request;
}

Monitor::Monitor(Session& session, QWidget* parent)
    : QWidget(parent)
    , m(std::make_unique<Private>(*this, session))
{
    setAccessibleName(tr("Monitor"));
    m->build();
    for (QAction* action : actions()) {
        addAction(action);
    }
    Settings settings;
    settings.beginGroup(u"monitor"_s);
    m->splitter->restoreState(settings.value(u"splitter"_s).toByteArray());
    if (const int tab = settings.value(u"tab"_s, 0).toInt(); m->tabs->isTabVisible(tab)) {
        m->tabs->setCurrentIndex(tab);
    }
    m->showCurrent();
}

Monitor::~Monitor()
{
    m->remember();
    // The plots refer to the view, which lives in m.
    qDeleteAll(findChildren<QWidget*>(Qt::FindDirectChildrenOnly));
}

void Monitor::setShown(const QVector<RunId>& runs)
{
    m->shown = runs;
    m->watch();
    m->curvesSoon.start(0); // the row of the table that was chosen is drawn first
}

void Monitor::setCurrent(const RunId& run)
{
    if (m->current == run) {
        return;
    }
    m->current = run;
    m->watch();
    m->curvesSoon.start(0);
    m->showCurrent();
}

QList<QAction*> Monitor::actions() const
{
    return m->transport->actions() + QList<QAction*>{m->tools->fit(),      m->tools->logY(), m->tools->logX(),
                                                     m->tools->outliers(), m->savePanel,     m->saveCurves};
}

double Monitor::lastReplotMilliseconds() const
{
    return m->milliseconds;
}

} // namespace distill::ui
