// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare.h"

#include "ui/banner.h"
#include "ui/compare/columnview.h"
#include "ui/compare/comparebar.h"
#include "ui/compare/comparisonfeed.h"
#include "ui/compare/emptypage.h"
#include "ui/compare/parallel.h"
#include "ui/compare/scatter.h"
#include "ui/compare/verdicts.h"
#include "ui/plots/colours.h"
#include "ui/session.h"
#include "ui/settings.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto lastKey = "compare/last";
constexpr auto splitterKey = "compare/splitter";

/// Holds a page at its own size in a scroll area, which would otherwise ask the page's rows of tools how high they would like it.
class Holder : public QWidget {
public:
    explicit Holder(QWidget* page)
        : m_page(page)
    {
        page->setParent(this);
    }

protected:
    void resizeEvent(QResizeEvent*) override { m_page->setGeometry(rect()); }

private:
    QWidget* m_page;
};

} // namespace

class Compare::Private : public QObject {
public:
    Private(Compare& owner, Session& forSession);

    void build();
    QWidget* buildColumns();
    void connectParts();
    void restoreLast();
    Json last() const; ///< null where none was kept of this workspace
    void storeLast() const;
    void apply(ComparisonSetup setup, bool fresh);
    void showRuns();
    void showComparison();
    void showVerdicts();
    void showPage();
    void showSetup();
    void changeRuns(std::vector<RunId> runs, const RunId& baseline);
    void setBaseline(const RunId& run);
    void addRuns(const std::vector<RunId>& runs);
    void takeOut(const RunId& run);
    void move(const RunId& run, int by);
    void highlight(const RunId& run, const QObject* from);
    void showMenu(const RunId& run, const QPoint& at);
    void setupChanged();
    void readSaved();
    void save(const QString& name);
    void openSaved(const QString& name);
    void removeSaved(const QString& name);
    RunId pointedAt() const;

    Compare& self;
    Session& session;
    ComparisonFeed feed;
    ComparisonSetup setup;
    RunId pointed; ///< at which the pointer or the keys were last
    QString savedName;
    Json savedContent;
    std::vector<SavedComparison> saved;
    bool restored = false;
    QTimer storeSoon;
    std::shared_ptr<const Comparison> inScatter, inParallel;

    QStackedWidget* pages = nullptr;
    EmptyPage* empty = nullptr;
    CompareBar* bar = nullptr;
    Banner* banner = nullptr;
    QSplitter* splitter = nullptr;
    CurvesPane* curves = nullptr;
    QTabWidget* details = nullptr;
    ColumnModel* model = nullptr;
    ColumnView* columns = nullptr;
    QCheckBox* differences = nullptr;
    VerdictPane* verdicts = nullptr;
    ScatterPane* scatter = nullptr;
    ParallelPane* parallel = nullptr;
    QAction* makeBaseline = nullptr;
    QAction* takeOutAction = nullptr;
};

Compare::Private::Private(Compare& owner, Session& forSession)
    : self(owner)
    , session(forSession)
    , feed(forSession)
{
}

QWidget* Compare::Private::buildColumns()
{
    auto* page = new QWidget;
    differences = new QCheckBox(tr("&Differences only"));
    differences->setToolTip(tr("Leave out of the configuration what is the same in all runs"));
    auto* key = new QLabel(tr("★ best   ≈ tied with it, the intervals overlap   ▲ better, ▼ worse than the baseline ⚑"));
    key->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    key->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    QPalette quiet = key->palette();
    quiet.setColor(QPalette::WindowText, Theme::muted(quiet));
    key->setPalette(quiet);
    key->setForegroundRole(QPalette::PlaceholderText);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(8, 2, 8, 0);
    line->addWidget(differences);
    line->addWidget(key, 1);
    model = new ColumnModel(page);
    model->setPalette(self.palette());
    columns = new ColumnView;
    columns->setColumns(model);
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addLayout(line);
    layout->addWidget(columns, 1);
    return page;
}

void Compare::Private::build()
{
    bar = new CompareBar;
    banner = new Banner;
    curves = new CurvesPane(session);
    verdicts = new VerdictPane;
    scatter = new ScatterPane;
    parallel = new ParallelPane;
    details = new QTabWidget;
    details->setDocumentMode(true);
    details->setAccessibleName(tr("Details of the comparison"));
    details->addTab(buildColumns(), QIcon::fromTheme(u"view-file-columns"_s), tr("Side by side"));
    details->addTab(verdicts, QIcon::fromTheme(u"dialog-ok-apply"_s), tr("Verdict"));
    details->addTab(scatter, QIcon::fromTheme(u"office-chart-scatter"_s), tr("Scatter"));
    details->addTab(parallel, QIcon::fromTheme(u"office-chart-line-stacked"_s), tr("Parallel coordinates"));
    splitter = new QSplitter(Qt::Vertical);
    splitter->setObjectName(u"compareSplitter"_s);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(curves);
    splitter->addWidget(details);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({1000, 1000});
    splitter->restoreState(Settings().value(QLatin1String(splitterKey)).toByteArray());
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(6, 4, 6, 2);
    layout->setSpacing(4);
    layout->addWidget(bar);
    layout->addWidget(splitter, 1);
    empty = new EmptyPage;
    pages = new QStackedWidget;
    pages->addWidget(empty);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* holder = new Holder(page);
    scroll->setWidget(holder);
    pages->addWidget(scroll);
    storeSoon.setSingleShot(true);
    storeSoon.setInterval(2000); // a window that is killed keeps it, too
    connect(&storeSoon, &QTimer::timeout, this, &Private::storeLast);
    auto* outer = new QVBoxLayout(&self);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    // Both halves need some lines to be of use: on a small screen the page scrolls.
    curves->setMinimumHeight(self.fontMetrics().height() * 13);
    details->setMinimumHeight(self.fontMetrics().height() * 9);
    holder->setMinimumSize(1, self.fontMetrics().height() * 26);
    outer->addWidget(pages, 1);
    outer->addWidget(banner);

    const auto action = [this](const QString& icon, const QString& text, const QKeySequence& key) {
        auto* result = new QAction(QIcon::fromTheme(icon), text, &self);
        result->setShortcut(key);
        result->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        self.addAction(result);
        return result;
    };
    makeBaseline = action(u"flag"_s, tr("Make the run pointed at the &baseline"), Qt::Key_B);
    takeOutAction = action(u"list-remove"_s, tr("&Take the run pointed at out of the comparison"), QKeySequence(Qt::SHIFT | Qt::Key_Delete));
}

void Compare::Private::connectParts()
{
    connect(&feed, &ComparisonFeed::arrived, this, &Private::showComparison);
    connect(&feed, &ComparisonFeed::verdictsArrived, this, &Private::showVerdicts);
    connect(&feed, &ComparisonFeed::missing, this, [this](int count) {
        banner->showSentence(Banner::Kind::Note, count == 1 ? tr("A run of this comparison is no longer in the history.")
                                                            : tr("%1 runs of this comparison are no longer in the history.").arg(count));
    });
    connect(empty, &EmptyPage::compareRequested, &self, [this](const QVector<RunId>& runs) { self.open(runs); });
    connect(empty, &EmptyPage::openRequested, this, &Private::openSaved);
    connect(bar, &CompareBar::baselineChosen, this, &Private::setBaseline);
    connect(bar, &CompareBar::addRequested, this, &Private::addRuns);
    connect(bar, &CompareBar::takeOutRequested, this, &Private::takeOut);
    connect(bar, &CompareBar::clearRequested, this, [this] {
        ComparisonSetup none = self.setup();
        none.runs.clear();
        none.baseline.clear();
        savedName.clear();
        apply(none, false);
    });
    connect(bar, &CompareBar::reportRequested, this, [this] {
        const ComparisonSetup now = self.setup();
        Q_EMIT self.reportRequested(QVector<RunId>(now.runs.begin(), now.runs.end()), now.baseline, savedName);
    });
    connect(bar, &CompareBar::saveRequested, this, &Private::save);
    connect(bar, &CompareBar::openRequested, this, &Private::openSaved);
    connect(bar, &CompareBar::removeRequested, this, &Private::removeSaved);
    connect(bar, &CompareBar::viewChosen, this, [this](ComparisonSetup::View view) {
        setup.view = view;
        showSetup();
        setupChanged();
    });
    connect(curves, &CurvesPane::setupChanged, this, &Private::setupChanged);
    connect(curves, &CurvesPane::figuresChanged, this, [this] {
        std::vector<RunId> ids;
        if (feed.comparison()) {
            for (const Comparison::Run& run : feed.comparison()->runs) {
                ids.push_back(run.row.id);
            }
            model->setCurveFigures(curves->figures(ids), curves->cursorText());
        }
    });
    connect(curves, &CurvesPane::highlighted, this, [this](const RunId& run) { highlight(run, curves); });
    connect(curves, &CurvesPane::menuRequested, this, &Private::showMenu);
    connect(columns, &ColumnView::menuRequested, this, &Private::showMenu);
    connect(columns, &ColumnView::runActivated, &self, &Compare::runActivated);
    connect(columns, &ColumnView::runPointed, this, [this](const RunId& run) { highlight(run, columns); });
    connect(differences, &QCheckBox::toggled, this, [this](bool on) {
        setup.differencesOnly = on;
        model->setDifferencesOnly(on);
        setupChanged();
    });
    connect(details, &QTabWidget::currentChanged, this, [this](int page) {
        setup.page = page;
        showPage();
        setupChanged();
    });
    connect(verdicts, &VerdictPane::runActivated, &self, &Compare::runActivated);
    connect(scatter, &ScatterPane::setupChanged, this, &Private::setupChanged);
    connect(scatter, &ScatterPane::runHovered, this, [this](const RunId& run) { highlight(run, scatter); });
    connect(scatter, &ScatterPane::runActivated, this, [this](const RunId& run) {
        highlight(run, scatter);
        Q_EMIT self.runActivated(run);
    });
    connect(parallel, &ParallelPane::setupChanged, this, &Private::setupChanged);
    connect(parallel, &ParallelPane::runHovered, this, [this](const RunId& run) { highlight(run, parallel); });
    connect(parallel, &ParallelPane::runActivated, &self, &Compare::runActivated);
    connect(parallel, &ParallelPane::keepRequested, this, [this](const std::vector<RunId>& runs) { changeRuns(runs, setup.baseline); });
    connect(makeBaseline, &QAction::triggered, this, [this] {
        if (!pointed.empty()) {
            setBaseline(pointed == setup.baseline ? RunId() : pointed);
        }
    });
    connect(takeOutAction, &QAction::triggered, this, [this] {
        if (!pointed.empty()) {
            takeOut(pointed);
        }
    });
}

void Compare::Private::restoreLast()
{
    if (std::exchange(restored, true)) {
        return;
    }
    if (const Json kept = last(); kept.is_object()) {
        savedName = QString::fromStdString(kept.value("name", ""));
        apply(ComparisonSetup::fromJson(kept.value("setup", Json::object())), false);
    }
}

Json Compare::Private::last() const
{
    const QByteArray text = Settings().value(QLatin1String(lastKey)).toByteArray();
    const Json kept = Json::parse(text.toStdString(), nullptr, false);
    return kept.is_object() && kept.value("workspace", "") == session.history()->workspace() ? kept : Json();
}

void Compare::Private::storeLast() const
{
    const Json kept = {{"workspace", session.history()->workspace()}, {"name", savedName.toStdString()}, {"setup", self.setup().toJson()}};
    Settings().setValue(QLatin1String(lastKey), QByteArray::fromStdString(kept.dump()));
    Settings().setValue(QLatin1String(splitterKey), splitter->saveState());
}

void Compare::Private::apply(ComparisonSetup wanted, bool fresh)
{
    restored = true;
    banner->dismiss();
    if (wanted.runs.size() > mostRuns) {
        banner->showSentence(Banner::Kind::Note, tr("Only the first %1 of %2 runs are compared.").arg(mostRuns).arg(wanted.runs.size()));
        wanted.runs.resize(mostRuns);
    }
    setup = std::move(wanted);
    feed.setRuns(setup.runs, setup.baseline, fresh);
    showSetup();
    showRuns();
    setupChanged();
}

/// At once, before anything was read: their curves are on the way already.
void Compare::Private::showRuns()
{
    pages->setCurrentIndex(setup.runs.empty() ? 0 : 1);
    if (setup.runs.empty()) {
        model->setComparison(nullptr);
        bar->setComparison(nullptr, {});
    }
    giveColours(setup.runs);
    std::vector<CurveUnit> units;
    for (const RunId& run : setup.runs) {
        const auto row = session.history()->run(run); // a key look-up
        units.push_back({row ? QString::fromStdString(row->name) : QString::fromStdString(run).right(6), {run}});
    }
    curves->setUnits(std::move(units), {}, setup.baseline);
}

void Compare::Private::showSetup()
{
    bar->setView(setup.view);
    curves->setVisible(setup.view != ComparisonSetup::View::Details);
    details->setVisible(setup.view != ComparisonSetup::View::Curves);
    const QSignalBlocker quiet(details);
    details->setCurrentIndex(std::clamp(setup.page, 0, details->count() - 1));
    showPage();
    const QSignalBlocker still(differences);
    differences->setChecked(setup.differencesOnly);
    model->setDifferencesOnly(setup.differencesOnly);
    curves->setSetup(setup);
    scatter->setSetup(setup);
    parallel->setSetup(setup);
}

void Compare::Private::showComparison()
{
    const auto comparison = feed.comparison();
    setup.runs.clear();
    std::vector<CurveUnit> runs, groups;
    const QStringList names = namesOf(comparison->runs);
    for (std::size_t i = 0; i < comparison->runs.size(); ++i) {
        setup.runs.push_back(comparison->runs[i].row.id);
        runs.push_back({names[static_cast<qsizetype>(i)], {comparison->runs[i].row.id}});
    }
    setup.baseline = comparison->baseline ? setup.runs[*comparison->baseline] : RunId();
    for (const ComparedGroup& group : comparison->groups) {
        CurveUnit unit{group.runs.size() > 1 ? QString::fromStdString(group.name) : names[static_cast<qsizetype>(group.runs.front())], {}};
        for (const std::size_t run : group.runs) {
            unit.runs.push_back(setup.runs[run]);
        }
        groups.push_back(std::move(unit));
    }
    pages->setCurrentIndex(setup.runs.empty() ? 0 : 1);
    curves->setUnits(std::move(runs), std::move(groups), setup.baseline);
    model->setComparison(comparison, curves->figures(setup.runs), curves->cursorText());
    showPage();
    verdicts->setComparison(comparison, feed.hasVerdicts());
    bar->setComparison(comparison.get(), feed.companions());
    setupChanged();
}

/// Boxes and plots of a page that nobody looks at can wait.
void Compare::Private::showPage()
{
    const auto comparison = feed.comparison();
    if (details->currentWidget() == scatter && inScatter != comparison) {
        scatter->setComparison(comparison);
        inScatter = comparison;
    } else if (details->currentWidget() == parallel && inParallel != comparison) {
        parallel->setComparison(comparison);
        inParallel = comparison;
    }
}

void Compare::Private::showVerdicts()
{
    verdicts->setComparison(feed.comparison(), true);
}

void Compare::Private::changeRuns(std::vector<RunId> runs, const RunId& baseline)
{
    ComparisonSetup next = self.setup();
    next.runs = std::move(runs);
    next.baseline = std::find(next.runs.begin(), next.runs.end(), baseline) == next.runs.end() ? RunId() : baseline;
    apply(next, false);
}

void Compare::Private::setBaseline(const RunId& run)
{
    std::vector<RunId> runs = setup.runs;
    if (!run.empty() && std::find(runs.begin(), runs.end(), run) == runs.end()) {
        runs.insert(runs.begin(), run);
    }
    changeRuns(std::move(runs), run);
}

void Compare::Private::addRuns(const std::vector<RunId>& added)
{
    std::vector<RunId> runs = setup.runs;
    for (const RunId& run : added) {
        if (std::find(runs.begin(), runs.end(), run) == runs.end()) {
            runs.push_back(run);
        }
    }
    if (runs != setup.runs) {
        changeRuns(std::move(runs), setup.baseline);
    }
}

void Compare::Private::takeOut(const RunId& run)
{
    std::vector<RunId> runs = setup.runs;
    std::erase(runs, run);
    pointed.clear();
    changeRuns(std::move(runs), setup.baseline);
}

void Compare::Private::move(const RunId& run, int by)
{
    std::vector<RunId> runs = setup.runs;
    const auto at = std::find(runs.begin(), runs.end(), run);
    const auto to = at - runs.begin() + by;
    if (at != runs.end() && to >= 0 && to < std::ssize(runs)) {
        std::iter_swap(at, runs.begin() + to);
        changeRuns(std::move(runs), setup.baseline);
    }
}

void Compare::Private::highlight(const RunId& run, const QObject* from)
{
    if (!run.empty()) {
        pointed = run;
    }
    if (from != curves) {
        curves->setHighlighted(run);
    }
    if (from != scatter) {
        scatter->setHighlighted(run);
    }
    if (from != parallel) {
        parallel->setHighlighted(run);
    }
}

void Compare::Private::showMenu(const RunId& run, const QPoint& at)
{
    auto* menu = new QMenu(&self);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const bool pinned = run == setup.baseline;
    connect(menu->addAction(QIcon::fromTheme(u"flag"_s), pinned ? tr("No baseline") : tr("Make it the &baseline")), &QAction::triggered, this,
            [this, run, pinned] { setBaseline(pinned ? RunId() : run); });
    connect(menu->addAction(QIcon::fromTheme(u"list-remove"_s), tr("&Take out of the comparison")), &QAction::triggered, this,
            [this, run] { takeOut(run); });
    menu->addSeparator();
    QAction* left = menu->addAction(QIcon::fromTheme(u"go-previous"_s), tr("Move to the &left"));
    QAction* right = menu->addAction(QIcon::fromTheme(u"go-next"_s), tr("Move to the &right"));
    left->setEnabled(!setup.runs.empty() && setup.runs.front() != run);
    right->setEnabled(!setup.runs.empty() && setup.runs.back() != run);
    connect(left, &QAction::triggered, this, [this, run] { move(run, -1); });
    connect(right, &QAction::triggered, this, [this, run] { move(run, 1); });
    menu->addSeparator();
    connect(menu->addAction(tr("&Choose it in the table of runs")), &QAction::triggered, &self, [this, run] { Q_EMIT self.runActivated(run); });
    menu->popup(at);
}

void Compare::Private::setupChanged()
{
    const bool changed = savedName.isEmpty() ? !setup.runs.empty() : self.setup().toJson() != savedContent;
    bar->setName(savedName, changed);
    if (restored) {
        storeSoon.start();
    }
}

void Compare::Private::readSaved()
{
    session.read<std::pair<std::vector<SavedComparison>, bool>>(
        this, [](const History& history) { return std::pair(history.comparisons(), history.health().readOnly); },
        [this](std::pair<std::vector<SavedComparison>, bool> found) {
            saved = std::move(found.first);
            bar->setReadOnly(found.second);
            QStringList names;
            for (const SavedComparison& each : saved) {
                names << QString::fromStdString(each.name);
                if (names.last() == savedName) {
                    savedContent = each.content;
                }
            }
            if (!names.contains(savedName)) {
                savedName.clear();
            }
            bar->setSaved(names);
            empty->setSaved(names);
            setupChanged();
        });
}

void Compare::Private::save(const QString& name)
{
    const Json content = self.setup().toJson();
    session.perform(
        this, [name = name.toStdString(), content](History& history, Engine&) { history.saveComparison(name, content); },
        [this, name, content] {
            savedName = name;
            savedContent = content;
            setupChanged();
            readSaved();
        });
}

void Compare::Private::openSaved(const QString& name)
{
    const auto found = std::find_if(saved.begin(), saved.end(), [&](const auto& each) { return each.name == name.toStdString(); });
    if (found != saved.end()) {
        savedName = name;
        savedContent = found->content;
        apply(ComparisonSetup::fromJson(found->content), false);
    }
}

void Compare::Private::removeSaved(const QString& name)
{
    session.perform(
        this, [name = name.toStdString()](History& history, Engine&) { history.removeComparison(name); },
        [this, name] {
            const auto found = std::find_if(saved.begin(), saved.end(), [&](const auto& each) { return each.name == name.toStdString(); });
            const Json content = found == saved.end() ? Json() : found->content;
            savedName.clear();
            readSaved();
            banner->showSentence(Banner::Kind::Note, tr("The comparison \u201c%1\u201d was deleted; its runs stay.").arg(name),
                                 content.is_object() ? tr("Undo") : QString(), [this, name, content] {
                                     session.perform(
                                         this, [name = name.toStdString(), content](History& history, Engine&) { history.saveComparison(name, content); },
                                         [this] { readSaved(); });
                                 });
        });
}

Compare::Compare(Session& session, QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Compare"));
    m = std::make_unique<Private>(*this, session);
    m->build();
    m->connectParts();
    m->showSetup();
    m->readSaved();
}

Compare::~Compare()
{
    if (m->restored) {
        m->storeLast();
    }
}

void Compare::open(const QVector<RunId>& runs)
{
    ComparisonSetup next = setup();
    if (const Json kept = m->restored ? Json() : m->last(); kept.is_object()) {
        next = ComparisonSetup::fromJson(kept.value("setup", Json::object()));
    }
    next.runs.assign(runs.begin(), runs.end());
    next.baseline.clear();
    next.brushes.clear();
    next.axes.clear();
    next.series.clear();
    m->savedName.clear();
    m->apply(next, true);
}

void Compare::add(const QVector<RunId>& runs)
{
    m->restoreLast();
    m->addRuns({runs.begin(), runs.end()});
}

void Compare::setChosen(const QVector<RunId>& runs)
{
    m->bar->setChosen(runs);
    m->empty->setChosen(runs);
}

ComparisonSetup Compare::setup() const
{
    ComparisonSetup now = m->setup;
    m->curves->storeIn(now);
    m->scatter->storeIn(now);
    m->parallel->storeIn(now);
    return now;
}

void Compare::setSetup(const ComparisonSetup& setup)
{
    m->apply(setup, false);
}

QList<QAction*> Compare::actions() const
{
    return {m->makeBaseline, m->takeOutAction};
}

double Compare::lastReplotMilliseconds() const
{
    return m->curves->lastReplotMilliseconds();
}

bool Compare::isComplete() const
{
    return m->feed.isCurrent() && m->curves->isComplete();
}

void Compare::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m->restoreLast();
    m->feed.wake();
}

} // namespace distill::ui
