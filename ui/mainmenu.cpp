// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mainmenu.h"

#include "ui/about.h"
#include "ui/compare/compare.h"
#include "ui/curvesimport.h"
#include "ui/editor/experimenteditor.h"
#include "ui/experiments.h"
#include "ui/format.h"
#include "ui/mainwindow.h"
#include "ui/monitor/monitor.h"
#include "ui/runs/runspanel.h"
#include "ui/session.h"
#include "ui/shortcuts.h"
#include "ui/statusline.h"
#include "ui/theme.h"

#include <QAction>
#include <QActionGroup>
#include <QDesktopServices>
#include <QDockWidget>
#include <QIcon>
#include <QMenuBar>
#include <QPushButton>
#include <QTabWidget>
#include <QToolBar>
#include <QUrl>
#include <algorithm>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

// As ExperimentEditor::actions() and Monitor::actions() promise their order.
constexpr qsizetype editorFileActions = 5;
constexpr qsizetype editorUndoActions = 2;
constexpr qsizetype monitorRunActions = 5;
constexpr qsizetype toolBarFileActions = 3;

} // namespace

MainMenu::MainMenu(MainWindow& window)
    : QObject(&window)
    , m_window(window)
{
    file();
    edit();
    run();
    view();
    help();
    tools();
}

QAction* MainMenu::make(QMenu* menu, const QString& text, const QString& icon, const QKeySequence& shortcut)
{
    QAction* const action = menu->addAction(text);
    if (!icon.isEmpty()) {
        action->setIcon(QIcon::fromTheme(icon));
    }
    action->setShortcut(shortcut);
    return action;
}

void MainMenu::file()
{
    QMenu* const menu = m_window.menuBar()->addMenu(tr("&File"));
    menu->addActions(m_window.m_editor->actions().mid(0, editorFileActions));
    QMenu* const ready = menu->addMenu(QIcon::fromTheme(u"folder-templates"_s), tr("&Ready-made experiments"));
    connect(ready, &QMenu::aboutToShow, this, [this, ready] { readyMade(ready); });
    QMenu* const drafts = menu->addMenu(QIcon::fromTheme(u"document-revert"_s), tr("Recover &draft"));
    drafts->setObjectName(u"recoverDraft"_s);
    connect(drafts, &QMenu::aboutToShow, this, [this, drafts] { putAside(drafts); });
    menu->addSeparator();
    const bool readOnly = m_window.m_session.history()->health().readOnly;
    QAction* const files = make(menu, tr("&Import curves\u2026"), u"document-import"_s);
    files->setStatusTip(tr("Bring in runs of other programs from CSV, JSONL or TensorBoard files, to lay them beside these"));
    QAction* const folder = make(menu, tr("Import TensorBoard &folder\u2026"));
    folder->setStatusTip(tr("Bring in the runs of a log folder of TensorBoard, a folder a run"));
    files->setEnabled(!readOnly);
    folder->setEnabled(!readOnly);
    connect(files, &QAction::triggered, m_window.m_import, &CurvesImport::askForFiles);
    connect(folder, &QAction::triggered, m_window.m_import, &CurvesImport::askForFolder);
    menu->addSeparator();
    connect(make(menu, tr("Open &workspace folder"), u"folder-open"_s), &QAction::triggered, this, [this] {
        QDesktopServices::openUrl(
            QUrl::fromLocalFile(QString::fromStdString(m_window.m_session.history()->workspace())));
    });
    menu->addSeparator();
    QAction* const quit = make(menu, tr("&Quit"), u"application-exit"_s, QKeySequence(u"Ctrl+Q"_s));
    quit->setMenuRole(QAction::QuitRole);
    connect(quit, &QAction::triggered, &m_window, &QWidget::close);
}

void MainMenu::readyMade(QMenu* menu)
{
    menu->clear();
    for (const ReadyExperiment& experiment : readyExperiments()) {
        QAction* const action = menu->addAction(experiment.title);
        action->setStatusTip(experiment.description);
        connect(action, &QAction::triggered, &m_window,
                [this, text = experiment.text] { m_window.openExperiment(text); });
    }
    if (menu->isEmpty()) {
        menu->addAction(tr("None were found"))->setEnabled(false);
    }
}

void MainMenu::putAside(QMenu* menu)
{
    menu->clear();
    for (const DraftShelf::Item& draft : m_window.m_editor->draftsPutAside()) {
        const auto at = static_cast<double>(draft.at.toSecsSinceEpoch());
        QAction* const action
            = menu->addAction(tr("%1 \u2013 %2").arg(QString(draft.name).replace(u'&', u"&&"_s), momentText(at)));
        connect(action, &QAction::triggered, &m_window, [this, id = draft.id] { m_window.bringBack(id); });
    }
    if (menu->isEmpty()) {
        menu->addAction(tr("No unsaved draft was put aside"))->setEnabled(false);
    }
}

void MainMenu::edit()
{
    QMenu* const menu = m_window.menuBar()->addMenu(tr("&Edit"));
    const QList<QAction*> actions = m_window.m_editor->actions().mid(editorFileActions);
    menu->addActions(actions);
    // In the run table Ctrl+Z brings back what was deleted there.
    for (QAction* action : actions.mid(0, editorUndoActions)) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    }
}

void MainMenu::run()
{
    QMenu* const menu = m_window.menuBar()->addMenu(tr("&Run"));
    start = make(menu, tr("S&tart experiment"), u"system-run"_s, QKeySequence(u"Ctrl+R"_s));
    start->setToolTip(tr("Start what the editor holds (Ctrl+R)"));
    connect(start, &QAction::triggered, m_window.m_editor, &ExperimentEditor::requestRun);
    menu->addSeparator();
    const QList<QAction*> transport = m_window.m_monitor->actions().mid(0, monitorRunActions);
    transport.last()->setShortcut(QKeySequence(u"Ctrl+Shift+K"_s)); // Ctrl+Shift+S saves the document under a new name
    menu->addActions(transport);
    menu->addSeparator();
    menu->addActions(m_window.m_runs->actions());
}

void MainMenu::view()
{
    QMenu* const menu = m_window.menuBar()->addMenu(tr("&View"));
    auto* const perspectives = new QActionGroup(this);
    struct Perspective {
        QString text;
        QKeySequence shortcut;
        void (MainWindow::*show)();
        QWidget* page;
    };
    const Perspective all[] = {{tr("&Train"), Qt::CTRL | Qt::Key_1, &MainWindow::showMonitor, m_window.m_monitor},
                               {tr("&Compare"), Qt::CTRL | Qt::Key_2, &MainWindow::showCompare, m_window.m_compare}};
    for (const Perspective& each : all) {
        QAction* const action = perspectives->addAction(each.text);
        action->setCheckable(true);
        action->setShortcut(each.shortcut);
        action->setChecked(m_window.m_tabs->currentWidget() == each.page);
        connect(action, &QAction::triggered, &m_window, each.show);
        connect(m_window.m_tabs, &QTabWidget::currentChanged, action, [this, action, page = each.page] {
            // The experiment belongs to training.
            const bool other = m_window.m_tabs->currentWidget() != m_window.m_compare;
            action->setChecked(page == m_window.m_compare ? !other : other);
        });
    }
    menu->addActions(perspectives->actions());
    connect(make(menu, tr("&Experiment"), {}, QKeySequence(u"Alt+1"_s)), &QAction::triggered, &m_window,
            &MainWindow::showExperiment);
    connect(make(menu, tr("&Monitor"), {}, QKeySequence(u"Alt+2"_s)), &QAction::triggered, &m_window,
            &MainWindow::showMonitor);
    connect(make(menu, tr("&Predictions"), {}, QKeySequence(u"Alt+4"_s)), &QAction::triggered, &m_window, &MainWindow::showPredictions);
    connect(make(menu, tr("&Sweeps"), {}, QKeySequence(u"Alt+5"_s)), &QAction::triggered, &m_window, &MainWindow::showSweeps);
    QAction* const runs = m_window.m_runsDock->toggleViewAction();
    runs->setText(tr("&Runs"));
    runs->setShortcut(QKeySequence(u"Alt+3"_s));
    menu->addAction(runs);
    sideBySide = make(menu, tr("Experiment &beside monitor"), u"view-split-left-right"_s, QKeySequence(u"Ctrl+B"_s));
    sideBySide->setCheckable(true);
    connect(sideBySide, &QAction::toggled, &m_window, &MainWindow::setSideBySide);
    menu->addSeparator();
    menu->addActions(m_window.m_monitor->actions().mid(monitorRunActions));
    menu->addSeparator();

    QMenu* const themes = menu->addMenu(tr("C&olours"));
    auto* const choices = new QActionGroup(this);
    const std::pair<Theme::Choice, QString> names[] = {{Theme::Choice::System, tr("As the &desktop")},
                                                       {Theme::Choice::Light, tr("&Light")},
                                                       {Theme::Choice::Dark, tr("D&ark")}};
    for (const auto& [choice, name] : names) {
        QAction* const action = choices->addAction(name);
        action->setCheckable(true);
        action->setChecked(m_window.m_theme.choice() == choice);
        connect(action, &QAction::triggered, this, [this, choice = choice] { m_window.m_theme.choose(choice); });
    }
    themes->addActions(choices->actions());
    QAction* const fullScreen = make(menu, tr("&Full screen"), u"view-fullscreen"_s, QKeySequence(Qt::Key_F11));
    fullScreen->setCheckable(true);
    connect(fullScreen, &QAction::toggled, this,
            [this](bool on) { m_window.setWindowState(m_window.windowState().setFlag(Qt::WindowFullScreen, on)); });
    QAction* const performance = make(menu, tr("F&luency of the window"));
    performance->setCheckable(true);
    connect(performance, &QAction::toggled, m_window.m_status, &StatusLine::showPerformance);
    connect(make(menu, tr("Reset la&yout")), &QAction::triggered, &m_window, &MainWindow::resetLayout);
}

void MainMenu::help()
{
    QMenu* const menu = m_window.menuBar()->addMenu(tr("&Help"));
    m_welcome = make(menu, tr("&Welcome"), u"go-home"_s, QKeySequence(u"Alt+Home"_s));
    m_welcome->setToolTip(tr("Quick start and ready-made experiments (Alt+Home)"));
    connect(m_welcome, &QAction::triggered, &m_window, &MainWindow::showWelcome);
    QAction* const keys = make(menu, tr("&Keyboard shortcuts"), u"input-keyboard"_s);
    keys->setShortcuts({QKeySequence(Qt::Key_F1), QKeySequence(Qt::Key_Question)});
    connect(keys, &QAction::triggered, this, [this] {
        auto* const sheet = new ShortcutSheet(*m_window.menuBar(), &m_window);
        sheet->setAttribute(Qt::WA_DeleteOnClose);
        sheet->show();
    });
    menu->addSeparator();
    QAction* const about = make(menu, tr("&About Distill Workbench"), u"help-about"_s);
    about->setMenuRole(QAction::AboutRole);
    connect(about, &QAction::triggered, this, [this] {
        auto* const dialog = new AboutDialog(m_window.m_session, &m_window);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->show();
    });
}

void MainMenu::tools()
{
    bar = m_window.addToolBar(tr("Tools"));
    bar->setObjectName(u"tools"_s);
    bar->setMovable(false);
    bar->setToolButtonStyle(Qt::ToolButtonIconOnly);
    bar->setIconSize(QSize(20, 20));
    bar->addAction(m_welcome);
    bar->addSeparator();
    bar->addActions(m_window.m_editor->actions().mid(0, toolBarFileActions));
    bar->addActions(m_window.m_editor->actions().mid(editorFileActions, editorUndoActions));
    bar->addSeparator();

    auto* const button = new QPushButton(tr("Start experiment"), bar);
    button->setObjectName(u"startExperiment"_s);
    button->setToolTip(start->toolTip());
    button->setAccessibleName(tr("Start experiment"));
    button->setStyleSheet(
        u"QPushButton { background: palette(highlight); color: palette(highlighted-text); border: 1px solid "
        "transparent; border-radius: 4px; padding: 4px 14px; margin: 0 4px; font-weight: 600; }"
        "QPushButton:focus, QPushButton:hover { border-color: palette(text); }"
        "QPushButton:disabled { background: palette(mid); color: palette(window-text); }"_s);
    connect(button, &QPushButton::clicked, start, &QAction::trigger);
    connect(start, &QAction::enabledChanged, button, &QWidget::setEnabled);
    connect(start, &QAction::changed, button, [this, button] { button->setText(start->text().remove(u'&')); });
    bar->addWidget(button);
}

} // namespace distill::ui
