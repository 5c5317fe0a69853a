// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mainwindow.h"

#include "experiment/error.h"
#include "ui/banner.h"
#include "ui/closing.h"
#include "ui/compare/compare.h"
#include "ui/curvesimport.h"
#include "ui/editor/experimenteditor.h"
#include "ui/format.h"
#include "ui/mainmenu.h"
#include "ui/monitor/monitor.h"
#include "ui/perfprobe.h"
#include "ui/predictions/predictions.h"
#include "ui/runs/runspanel.h"
#include "ui/session.h"
#include "ui/settings.h"
#include "ui/statusline.h"
#include "ui/sweep/sweeppanel.h"
#include "ui/theme.h"
#include "ui/welcome.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QScreen>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyle>
#include <QTabBar>
#include <QTabWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <set>
#include <utility>

using namespace Qt::StringLiterals;

// Of a static library: nothing else would make the linker keep it.
static void initialiseIcons()
{
    Q_INIT_RESOURCE(icons);
}

namespace distill::ui {

namespace {

constexpr int layoutVersion = 1;
constexpr int wideScreen = 2200;
constexpr int dockCharacters = 76;
constexpr auto geometryKey = "window/geometry";
constexpr auto stateKey = "window/state";
constexpr auto sideBySideKey = "window/sideBySide";
constexpr auto splitKey = "window/split";
constexpr auto versionKey = "window/layoutVersion";

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

} // namespace

MainWindow::MainWindow(Session& session, Theme& theme, QWidget* parent)
    : QMainWindow(parent)
    , m_session(session)
    , m_theme(theme)
{
    initialiseIcons();
    setObjectName(u"mainWindow"_s);
    setWindowIcon(QIcon(u":/distill-workbench.svg"_s));
    build();
    m_menu = new MainMenu(*this);
    connectParts();
    connectWelcome();
    setTitle({}, false);
    m_firstState = saveState(layoutVersion);
    restoreWindow();
}

MainWindow::~MainWindow()
{
    // The parts hold the session: they go while it is whole, in an order of their own.
    delete m_runs;
    delete m_sweeps;
    delete m_predictions;
    delete m_monitor;
    delete m_compare;
    delete m_editor;
}

void MainWindow::build()
{
    m_editor = new ExperimentEditor(m_session);
    m_monitor = new Monitor(m_session);
    m_compare = new Compare(m_session);
    m_predictions = new Predictions(m_session);
    m_runs = new RunsPanel(m_session);
    m_sweeps = new SweepPanel(m_session);
    m_welcome = new Welcome(m_session);
    m_banner = new Banner;

    m_tabs = new QTabWidget;
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_editor, QIcon::fromTheme(u"document-properties"_s), tr("Experiment"));
    m_tabs->addTab(m_monitor, QIcon::fromTheme(u"office-chart-line"_s), tr("Monitor"));
    m_tabs->addTab(m_compare, QIcon::fromTheme(u"view-split-left-right"_s), tr("Compare"));
    m_tabs->addTab(m_predictions, QIcon::fromTheme(u"view-preview"_s), tr("Predictions"));
    m_tabs->addTab(m_sweeps, QIcon::fromTheme(u"view-grid"_s), tr("Sweeps"));
    // The pages' own minimum counts tool rows as if each were wrapped: it would push the window off a small screen.
    m_tabs->setMinimumSize(fontMetrics().averageCharWidth() * 60, fontMetrics().height() * 18);
    m_splitter = new QSplitter(Qt::Horizontal);
    m_splitter->setChildrenCollapsible(false);
    // Both pages scroll or squeeze; without this the window would be taller than a laptop's 768 lines.
    m_tabs->setMinimumHeight(fontMetrics().height() * 24);
    m_splitter->addWidget(m_tabs);

    m_pages = new QStackedWidget;
    m_pages->addWidget(new QWidget); // empty until it is known what stands first
    m_pages->addWidget(m_splitter);
    m_pages->addWidget(m_welcome);

    auto* const centre = new QWidget(this);
    auto* const layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_pages, 1);
    layout->addWidget(m_banner); // below: what stands under the mouse stays there
    setCentralWidget(centre);

    m_runsDock = new QDockWidget(tr("Runs"), this);
    m_runsDock->setObjectName(u"runsDock"_s);
    m_runsDock->setWidget(m_runs);
    m_runsDock->setMinimumWidth(fontMetrics().averageCharWidth() * 40);
    addDockWidget(Qt::LeftDockWidgetArea, m_runsDock);
    resizeDocks({m_runsDock}, {fontMetrics().averageCharWidth() * dockCharacters}, Qt::Horizontal);

    m_probe = new PerfProbe(
        m_session,
        [this] { return m_compare->isVisible() ? m_compare->lastReplotMilliseconds() : m_monitor->lastReplotMilliseconds(); }, this);
    m_status = new StatusLine(m_session, *m_probe);
    setStatusBar(m_status);
    m_closing = new Closing(m_session, *this);
    m_import = new CurvesImport(m_session, this);
}

void MainWindow::connectParts()
{
    connect(&m_session, &Session::problem, this,
            [this](const QString& sentence) { m_banner->showSentence(Banner::Kind::Problem, sentence); });
    connect(&m_session, &Session::updated, this, &MainWindow::tellOfEnds);
    connect(m_status, &StatusLine::liveRunsChanged, this, [this](int count) {
        if (count == 0) {
            QApplication::alert(this);
        }
    });
    connect(m_editor, &ExperimentEditor::fileChosen, this, &MainWindow::showExperiment);
    connect(m_editor, &ExperimentEditor::runRequested, this, &MainWindow::launch);
    connect(m_editor, &ExperimentEditor::titleChanged, this, &MainWindow::setTitle);
    connect(m_editor, &ExperimentEditor::draftPutAside, this, [this](const QString& name, const QString& id) {
        m_banner->showSentence(Banner::Kind::Note, tr("The unsaved draft \u201c%1\u201d was put aside.").arg(name),
                               tr("Bring it back"), [this, id] { bringBack(id); });
    });
    connect(m_editor, &ExperimentEditor::problemMended, m_banner, &Banner::retract);
    connect(m_editor, &ExperimentEditor::problemsChanged, this, [this] {
        if (!m_launchProblem.isEmpty()) { // the document is another one now, or tried again
            m_banner->retract(std::exchange(m_launchProblem, {}));
        }
    });
    connect(m_import, &CurvesImport::started, m_status, [this](const QString& sentence) { m_status->showMessage(sentence); });
    connect(m_import, &CurvesImport::finished, this, [this](const QString& sentence, const QVector<RunId>& runs) {
        m_status->clearMessage();
        if (!sentence.isEmpty()) {
            m_banner->showSentence(Banner::Kind::Note, sentence, tr("Show"), [this, runs] {
                leaveWelcome();
                m_runs->select(runs, runs.front());
                showMonitor();
            });
        }
    });
    connect(m_monitor, &Monitor::startRequested, m_editor, &ExperimentEditor::requestRun);
    connect(m_runs, &RunsPanel::shownChanged, m_monitor, &Monitor::setShown);
    connect(m_runs, &RunsPanel::currentChanged, m_monitor, &Monitor::setCurrent);
    connect(m_runs, &RunsPanel::currentChanged, m_sweeps, &SweepPanel::setCurrent);
    connect(m_sweeps, &SweepPanel::runsChosen, m_runs, &RunsPanel::chooseAll);
    connect(m_sweeps, &SweepPanel::runsOpened, this, [this](const QVector<RunId>& runs) {
        m_runs->chooseAll(runs);
        showMonitor();
    });
    connect(m_runs, &RunsPanel::shownChanged, m_predictions, &Predictions::setShown);
    connect(m_runs, &RunsPanel::currentChanged, m_predictions, &Predictions::setCurrent);
    connect(m_runs, &RunsPanel::openAsNewRequested, this, &MainWindow::openAsNew);
    connect(m_runs, &RunsPanel::chosenChanged, m_compare, &Compare::setChosen);
    connect(m_runs, &RunsPanel::compareRequested, this, [this](const QVector<RunId>& runs) {
        m_compare->open(runs);
        showCompare();
    });
    connect(m_compare, &Compare::reportRequested, m_runs, &RunsPanel::report);
    connect(m_compare, &Compare::runActivated, this, [this](const RunId& run) { m_runs->select({run}, run); });
    connect(m_closing, &Closing::saving, this, [this] {
        centralWidget()->setEnabled(false);
        m_runsDock->setEnabled(false);
        m_status->showMessage(tr("Saving checkpoints\u2026"));
    });
}

void MainWindow::connectWelcome()
{
    connect(m_welcome, &Welcome::startRequested, this, [this](const QString& experiment) {
        openExperiment(experiment);
        m_editor->requestRun();
    });
    connect(m_welcome, &Welcome::openRequested, this,
            [this](const QString& experiment) { openExperiment(experiment); });
    connect(m_welcome, &Welcome::resumeRequested, this, &MainWindow::resume);
    connect(m_welcome, &Welcome::newRequested, this, [this] {
        leaveWelcome();
        showExperiment();
        m_editor->actions().constFirst()->trigger();
    });
    connect(m_welcome, &Welcome::fileRequested, this, [this] {
        leaveWelcome();
        showExperiment();
        m_editor->actions().at(1)->trigger();
    });
    connect(m_welcome, &Welcome::leaveRequested, this, &MainWindow::leaveWelcome);
}

void MainWindow::open(const Opening& opening)
{
    struct Found {
        std::vector<RunRow> rows;
        std::vector<RunId> queued; ///< interrupted, in the order of the queue
    };
    m_session.read<Found>(
        this,
        [](const History& history) {
            Found found{history.runs(false), {}};
            std::set<RunId> interrupted;
            for (const RunRow& row : found.rows) {
                if (row.state == RunState::Interrupted) {
                    interrupted.insert(row.id);
                }
            }
            for (const QueuePlace& place : history.queue()) {
                if (interrupted.contains(place.run)) {
                    found.queued.push_back(place.run);
                }
            }
            return found;
        },
        [this, opening](const Found& found) { decide(opening, found.rows, found.queued); });
}

void MainWindow::decide(const Opening& opening, const std::vector<RunRow>& rows, const std::vector<RunId>& queued)
{
    const auto interrupted = static_cast<int>(
        std::count_if(rows.begin(), rows.end(), [](const RunRow& row) { return row.state == RunState::Interrupted; }));
    const std::vector<ReadyExperiment> ready = readyExperiments();
    m_welcome->setExperiments(ready);
    m_welcome->setInterrupted(rows);

    bool first = false;
    if (!opening.file.isEmpty()) {
        m_editor->openFile(opening.file);
    } else if (!m_editor->restoreDraft()) {
        first = rows.empty();
        if (!ready.empty()) {
            m_editor->openText(ready.front().text, {});
        }
    }
    if (first && !opening.start) {
        showWelcome();
    } else {
        m_pages->setCurrentWidget(m_splitter);
    }
    if (interrupted > 0 && !opening.start) {
        const bool readOnly = m_session.history()->health().readOnly;
        const QString sentence = readOnly
            ? plural(interrupted,
                     tr("A run was interrupted; in a workspace that is open for reading only it stays so."),
                     tr("%1 runs were interrupted; in a workspace that is open for reading only they stay so."))
            : plural(interrupted, tr("A run was interrupted and can be continued."),
                     tr("%1 runs were interrupted and can be continued."));
        if (readOnly || queued.empty()) {
            m_banner->showSentence(Banner::Kind::Note, sentence, readOnly ? QString() : tr("Show"), [this] { showWelcome(); });
        } else {
            m_banner->showSentence(Banner::Kind::Note, sentence,
                                   plural(static_cast<int>(queued.size()), tr("Continue it"), tr("Continue the queue (%1 runs)")),
                                   [this, queued] { continueQueue(queued); });
        }
    }
    if (opening.start) {
        m_editor->requestRun();
    }
    QTimer::singleShot(0, this, &MainWindow::ready);
}

void MainWindow::launch(const QString& experiment)
{
    if (m_launching) {
        return;
    }
    m_launching = true;
    m_menu->start->setEnabled(false);
    m_status->showMessage(tr("Starting\u2026"));
    const auto again = [this] {
        m_launching = false;
        m_menu->start->setEnabled(true);
        m_status->clearMessage();
    };
    auto submission = std::make_shared<Engine::Submission>();
    auto swept = std::make_shared<bool>(false);
    const std::string source = QFileInfo(m_editor->path()).fileName().toStdString();
    m_session.perform(
        this,
        [submission, swept, source, text = experiment.toStdString()](History& history, Engine& engine) {
            *submission = engine.submit(Document::parse(text, source));
            *swept = history.group(submission->group).sweep != "none";
        },
        [this, submission, swept, again] {
            again();
            showSubmission(*submission);
            if (*swept) {
                m_sweeps->showGroup(submission->group);
                showSweeps();
            }
        },
        [this, again] {
            again();
            m_launchProblem = m_banner->sentence();
        });
}

void MainWindow::showSubmission(const Engine::Submission& submission)
{
    leaveWelcome();
    m_banner->dismiss();
    m_runs->select(QVector<RunId>(submission.runs.begin(), submission.runs.end()),
                   submission.runs.empty() ? RunId() : submission.runs.front());
    showMonitor();
    if (!submission.reused.empty()) {
        m_status->showMessage(submission.reused.size() == 1
                                  ? tr("The teacher is in the history already and is not trained again.")
                                  : tr("The teachers are in the history already and are not trained again."),
                              8000);
    }
    Q_EMIT launched();
}

void MainWindow::tellOfEnds(const Updates& updates)
{
    struct End {
        std::optional<RunRow> row;
        bool checkpoint = false;
    };
    for (const RunStatus& status : updates.statuses) {
        if (status.state != RunState::Failed && status.state != RunState::Diverged) {
            continue;
        }
        m_session.read<End>(
            this,
            [id = status.id](const History& history) {
                const std::vector<Artefact> files = history.artefacts(id);
                const bool checkpoint = std::any_of(files.begin(), files.end(),
                                                    [](const Artefact& file) { return file.kind == "checkpoint"; });
                return End{history.run(id), checkpoint};
            },
            [this, status](const End& end) {
                const bool diverged = status.state == RunState::Diverged;
                const std::string& message = end.row && !end.row->message.empty() ? end.row->message : status.message;
                const QString name = end.row ? text(end.row->name) : text(status.id);
                const QString sentence = diverged
                    ? tr("\u201c%1\u201d: %2. Try a lower learning rate, or clip the gradients.")
                    : tr("\u201c%1\u201d failed: %2");
                m_banner->showSentence(Banner::Kind::Problem, sentence.arg(name, text(message)),
                                       diverged && end.checkpoint ? tr("Resume from the last checkpoint") : QString(),
                                       [this, id = status.id] { resume(id); });
            });
    }
}

void MainWindow::resume(const RunId& run)
{
    m_session.perform(
        this, [run](History&, Engine& engine) { engine.resumeRun(run); },
        [this, run] {
            leaveWelcome();
            m_runs->select({run}, run);
            showMonitor();
        });
}

void MainWindow::continueQueue(const std::vector<RunId>& runs)
{
    m_session.perform(
        this, [runs](History&, Engine& engine) { engine.resumeRuns(runs); },
        [this, runs] {
            leaveWelcome();
            m_runs->select({runs.front()}, runs.front());
            runs.size() > 1 ? showSweeps() : showMonitor();
        });
}

void MainWindow::openExperiment(const QString& experiment, const QString& path)
{
    leaveWelcome();
    showExperiment();
    m_editor->openText(experiment, path);
}

void MainWindow::bringBack(const QString& draft)
{
    leaveWelcome();
    showExperiment();
    m_editor->bringBack(draft);
}

void MainWindow::openAsNew(const RunId& run)
{
    m_session.read<QString>(
        this,
        [run](const History& history) {
            if (const auto row = history.run(run); row && row->isImported()) {
                throw InputError(tr("\u201c%1\u201d was imported: it has curves and no experiment that could be opened.")
                                     .arg(text(row->name))
                                     .toStdString());
            }
            return text(history.experimentText(run));
        },
        [this](const QString& experiment) { openExperiment(experiment); });
}

void MainWindow::showWelcome()
{
    if (m_pages->currentWidget() == m_welcome) {
        return;
    }
    m_runsDockWanted = !m_runsDock->isHidden();
    m_runsDock->hide();
    m_pages->setCurrentWidget(m_welcome);
    m_session.read<std::vector<RunRow>>(
        this, [](const History& history) { return history.runs(false); },
        [this](const std::vector<RunRow>& rows) { m_welcome->setInterrupted(rows); });
    QTimer::singleShot(300, m_welcome, &Welcome::estimate);
}

void MainWindow::leaveWelcome()
{
    if (m_pages->currentWidget() == m_splitter) {
        return;
    }
    m_pages->setCurrentWidget(m_splitter);
    m_runsDock->setVisible(m_runsDockWanted);
}

void MainWindow::showMonitor()
{
    leaveWelcome();
    m_tabs->setCurrentWidget(m_monitor);
    m_monitor->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showCompare()
{
    leaveWelcome();
    m_tabs->setCurrentWidget(m_compare);
    m_compare->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showSweeps()
{
    leaveWelcome();
    m_tabs->setCurrentWidget(m_sweeps);
    m_sweeps->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showPredictions()
{
    leaveWelcome();
    m_tabs->setCurrentWidget(m_predictions);
    m_predictions->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showExperiment()
{
    leaveWelcome();
    if (!isSideBySide()) {
        m_tabs->setCurrentWidget(m_editor);
    }
    m_editor->setFocus(Qt::OtherFocusReason);
}

bool MainWindow::isSideBySide() const
{
    return m_splitter->count() > 1;
}

void MainWindow::setSideBySide(bool on)
{
    if (on == isSideBySide()) {
        return;
    }
    if (on) {
        m_tabs->removeTab(m_tabs->indexOf(m_editor));
        m_splitter->insertWidget(0, m_editor);
        m_editor->show();
        m_splitter->setSizes({1, 1});
    } else {
        m_tabs->insertTab(0, m_editor, QIcon::fromTheme(u"document-properties"_s), tr("Experiment"));
    }
    m_tabs->tabBar()->setVisible(m_tabs->count() > 1);
    m_menu->sideBySide->setChecked(on);
}

void MainWindow::setTitle(const QString& title, bool modified)
{
    setWindowTitle(title.isEmpty() ? tr("Distill Workbench") : tr("%1[*] \u2013 Distill Workbench").arg(title));
    setWindowModified(modified && !title.isEmpty());
}

void MainWindow::restoreWindow()
{
    const Settings settings;
    const QRect available = screen()->availableGeometry();
    const bool restored = restoreGeometry(settings.value(QLatin1String(geometryKey)).toByteArray());
    if (!restored || !available.intersects(frameGeometry())) {
        const QSize wanted(std::min(available.width(), 1500), std::min(available.height(), 940));
        setGeometry(QStyle::alignedRect(Qt::LeftToRight, Qt::AlignCenter, wanted, available));
        if (available.width() <= 1500) {
            setWindowState(windowState() | Qt::WindowMaximized);
        }
    }
    restoreState(settings.value(QLatin1String(stateKey)).toByteArray(), layoutVersion);
    setSideBySide(settings.value(QLatin1String(sideBySideKey), available.width() >= wideScreen).toBool());
    m_splitter->restoreState(settings.value(QLatin1String(splitKey)).toByteArray());
    m_runsDockWanted = !m_runsDock->isHidden();
}

void MainWindow::storeWindow()
{
    if (m_pages->currentWidget() == m_welcome) {
        m_runsDock->setVisible(m_runsDockWanted); // the welcome hides it for itself only
    }
    Settings settings;
    settings.setValue(QLatin1String(versionKey), layoutVersion);
    settings.setValue(QLatin1String(geometryKey), saveGeometry());
    settings.setValue(QLatin1String(stateKey), saveState(layoutVersion));
    settings.setValue(QLatin1String(sideBySideKey), isSideBySide());
    settings.setValue(QLatin1String(splitKey), m_splitter->saveState());
}

void MainWindow::resetLayout()
{
    leaveWelcome();
    restoreState(m_firstState, layoutVersion);
    m_runsDock->show();
    resizeDocks({m_runsDock}, {fontMetrics().averageCharWidth() * dockCharacters}, Qt::Horizontal);
    setSideBySide(screen()->availableGeometry().width() >= wideScreen);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_closing->allows()) {
        event->ignore();
        return;
    }
    storeWindow();
    event->accept();
}

} // namespace distill::ui
