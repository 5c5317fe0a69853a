// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runactions.h"

#include "interchange/curves.h"
#include "ui/format.h"
#include "ui/runs/runexport.h"
#include "ui/runs/runmodel.h"
#include "ui/runs/runreport.h"
#include "ui/session.h"
#include "ui/settings.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QGuiApplication>
#include <QIcon>
#include <algorithm>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

constexpr auto exportFolderKey = "runs/exportFolder";

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

} // namespace

RunActions::RunActions(Session& session, RunModel& model, QWidget* panel)
    : QObject(panel)
    , m_session(session)
    , m_model(model)
    , m_panel(panel)
    , m_export(new RunExport(session, panel))
    , m_report(new RunReport(session, panel))
{
    rename = make(tr("Re&name"), u"edit-rename"_s, Qt::Key_F2, tr("Give the current run another name"));
    notes = make(tr("&Notes and tags"), u"document-edit"_s, QKeySequence(u"Ctrl+I"_s),
                 tr("Open or close notes and tags of the current run"));
    notes->setCheckable(true);
    lineage = make(tr("&Lineage"), u"distribute-graph-directed"_s, QKeySequence(u"Ctrl+L"_s),
                   tr("Open or close the graph of what the current run learned from and what learned from it"));
    lineage->setCheckable(true);
    remove = make(tr("&Delete"), u"edit-delete"_s, QKeySequence::Delete, tr("Delete the chosen runs; can be undone"));
    undoRemove = make(tr("&Undo delete"), u"edit-undo"_s, QKeySequence::Undo, tr("Bring back the runs deleted last"));
    resume = make(tr("R&esume chosen runs"), u"media-skip-forward"_s, QKeySequence(u"Ctrl+Shift+R"_s),
                  tr("Continue the chosen runs from their last checkpoints"));
    runAsNew = make(tr("Open as ne&w experiment"), u"document-duplicate"_s, QKeySequence(u"Ctrl+Shift+D"_s),
                    tr("Open the current run's experiment in the editor, to change and run it again"));
    exportRun = make(tr("E&xport\u2026"), u"document-export"_s, QKeySequence(u"Ctrl+E"_s),
                     tr("Write weights, experiment, curves and summary of the chosen runs to a folder"));
    exportAs = m_export->menu;
    connect(m_export, &RunExport::exported, this, &RunActions::exported);
    report = m_report->action;
    connect(m_report, &RunReport::begun, this, [this](const QString& sentence) { Q_EMIT reported(sentence, {}); });
    connect(m_report, &RunReport::written, this, &RunActions::reported);
    connect(m_report, &RunReport::failed, this, &RunActions::reportFailed);
    copyId
        = make(tr("Copy &id"), u"edit-copy"_s, QKeySequence(u"Ctrl+Alt+C"_s), tr("Copy the ids of the chosen runs"));
    compare = make(tr("&Compare"), u"view-split-left-right"_s, QKeySequence(u"Ctrl+Shift+C"_s), tr("Lay the chosen runs side by side"));
    focusFilter = make(tr("&Filter runs"), u"view-filter"_s, QKeySequence::Find, tr("Type into the filter box"));
    follow = make(tr("Curves follow the current &run"), u"visibility"_s, {},
                  tr("Draw the current run with its teacher and its control; off: draw what is ticked"));
    follow->setCheckable(true);
    follow->setChecked(true);
    // These mean other things where text is edited.
    for (QAction* action : {rename, remove, undoRemove}) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    }

    connect(remove, &QAction::triggered, this, &RunActions::removeChosen);
    connect(undoRemove, &QAction::triggered, this, &RunActions::undoRemoval);
    connect(resume, &QAction::triggered, this, &RunActions::resumeChosen);
    connect(runAsNew, &QAction::triggered, this, [this] { Q_EMIT openAsNewRequested(m_current); });
    connect(exportRun, &QAction::triggered, this, &RunActions::askForExport);
    connect(copyId, &QAction::triggered, this, [this] {
        QStringList ids;
        for (const RunId& id : m_chosen) {
            ids << text(id);
        }
        QGuiApplication::clipboard()->setText(ids.join(u'\n'));
    });
    connect(compare, &QAction::triggered, this, [this] { Q_EMIT compareRequested(QVector<RunId>(m_chosen.begin(), m_chosen.end())); });
    refresh();
}

QAction* RunActions::make(const QString& text, const QString& icon, const QKeySequence& shortcut, const QString& help)
{
    auto* const action = new QAction(QIcon::fromTheme(icon), text, this);
    action->setShortcut(shortcut);
    action->setStatusTip(help);
    const QString keys = shortcut.toString(QKeySequence::NativeText);
    action->setToolTip(keys.isEmpty() ? help : tr("%1 (%2)").arg(help, keys));
    return action;
}

QList<QAction*> RunActions::all() const
{
    return {compare, rename, notes, lineage, runAsNew, resume, exportRun, exportAs, report, copyId, remove, undoRemove, focusFilter, follow};
}

void RunActions::setChosen(const std::vector<RunId>& chosen, const RunId& current)
{
    m_chosen = chosen;
    m_current = current;
    refresh();
}

void RunActions::askForReport(const QVector<RunId>& runs, const RunId& baseline, const QString& title)
{
    m_report->ask({std::vector<RunId>(runs.begin(), runs.end()), baseline, title});
}

void RunActions::setReadOnly(bool readOnly)
{
    m_readOnly = readOnly;
    refresh();
}

std::vector<RunId> RunActions::chosenWhere(bool (*accepts)(RunState)) const
{
    std::vector<RunId> found;
    std::copy_if(m_chosen.begin(), m_chosen.end(), std::back_inserter(found), [&](const RunId& id) {
        const int index = m_model.indexOf(id);
        return index >= 0 && accepts(m_model.row(index).state);
    });
    return found;
}

void RunActions::refresh()
{
    const bool any = !m_chosen.empty();
    const bool current = !m_current.empty();
    rename->setEnabled(current && !m_readOnly);
    remove->setEnabled(any && !m_readOnly);
    undoRemove->setEnabled(!m_removed.empty() && !m_readOnly);
    resume->setEnabled(!m_readOnly && !chosenWhere(&canResume).empty());
    const int index = current ? m_model.indexOf(m_current) : -1;
    runAsNew->setEnabled(current && !(index >= 0 && m_model.row(index).isImported()));
    exportRun->setEnabled(any);
    const int only = m_chosen.size() == 1 ? m_model.indexOf(m_chosen.front()) : -1;
    m_export->setChosen(m_chosen, only >= 0 ? &m_model.row(only) : nullptr);
    m_report->setChosen(m_chosen, only >= 0 ? &m_model.row(only) : nullptr);
    copyId->setEnabled(any);
    compare->setEnabled(any);
}

void RunActions::storeName(const RunId& run, const QString& name)
{
    store(run, [run, name = name.toStdString()](History& history) { history.setName(run, name); });
}

void RunActions::store(const RunId& run, std::function<void(History&)> change)
{
    m_session.perform(
        this, [change = std::move(change)](History& history, Engine&) { change(history); }, {},
        [this, run] { Q_EMIT refused(run); });
}

void RunActions::storeNotes(const RunId& run, const QString& words)
{
    if (const int index = m_model.indexOf(run); index >= 0) {
        m_model.setNotes(run, words.toStdString(), m_model.row(index).tags);
    }
    store(run, [run, words = words.toStdString()](History& history) { history.setNotes(run, words); });
}

void RunActions::storeTags(const RunId& run, const QStringList& tags)
{
    std::vector<std::string> stored;
    for (const QString& tag : tags) {
        stored.push_back(tag.toStdString());
    }
    if (const int index = m_model.indexOf(run); index >= 0) {
        m_model.setNotes(run, m_model.row(index).notes, stored);
    }
    store(run, [run, stored](History& history) { history.setTags(run, stored); });
}

void RunActions::removeChosen()
{
    if (const std::vector<RunId> live = chosenWhere(&isLive); !live.empty()) {
        const RunRow& row = m_model.row(m_model.indexOf(live.front()));
        const QString sentence = row.state == RunState::Queued ? tr("\u201c%1\u201d waits to train: take it out of the queue before you delete it.")
                                                               : tr("\u201c%1\u201d is still training: stop it before you delete it.");
        Q_EMIT m_session.problem(sentence.arg(text(row.name)));
        return;
    }
    const std::vector<RunId> ids = m_chosen;
    if (ids.empty()) {
        return;
    }
    const QString name = text(m_model.row(m_model.indexOf(ids.front())).name);
    const QString sentence
        = ids.size() == 1 ? tr("\u201c%1\u201d was deleted.").arg(name) : tr("%1 runs were deleted.").arg(ids.size());
    m_removed.push_back(ids);
    m_model.hide(ids);
    m_session.perform(
        this, [ids](History& history, Engine&) { history.setDeleted(ids, true); }, {},
        [this, ids] {
            std::erase(m_removed, ids);
            m_model.unhide(ids);
            refresh();
            Q_EMIT removalUndone();
        });
    refresh();
    Q_EMIT removed(sentence);
}

void RunActions::undoRemoval()
{
    if (m_removed.empty()) {
        return;
    }
    const std::vector<RunId> ids = std::move(m_removed.back());
    m_removed.pop_back();
    refresh();
    m_session.perform(
        this, [ids](History& history, Engine&) { history.setDeleted(ids, false); },
        [this, ids] {
            m_model.unhide(ids);
            Q_EMIT removalUndone();
        });
}

void RunActions::resumeChosen()
{
    for (const RunId& id : chosenWhere(&canResume)) {
        m_session.perform(this, [id](History&, Engine& engine) { engine.resumeRun(id); });
    }
}

void RunActions::askForExport()
{
    const QString start = Settings().value(QLatin1String(exportFolderKey), QDir::homePath()).toString();
    auto* const dialog = new QFileDialog(m_panel, tr("Export to folder"), start);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    dialog->setAcceptMode(QFileDialog::AcceptOpen);
    dialog->setLabelText(QFileDialog::Accept, tr("Export here"));
    connect(dialog, &QFileDialog::fileSelected, this, &RunActions::exportTo);
    dialog->open();
}

void RunActions::exportTo(const QString& folder)
{
    std::vector<std::pair<RunId, std::string>> targets;
    for (const RunId& id : m_chosen) {
        if (const int index = m_model.indexOf(id); index >= 0) {
            targets.emplace_back(id, QDir(folder).filePath(text(folderNameOf(m_model.row(index)))).toStdString());
        }
    }
    const int count = static_cast<int>(targets.size());
    m_session.perform(
        this,
        [targets](History& history, Engine&) {
            for (const auto& [id, target] : targets) {
                distill::exportRun(history, id, target);
            }
        },
        [this, folder, count] {
            Settings().setValue(QLatin1String(exportFolderKey), folder);
            Q_EMIT exported(plural(count, tr("A run was exported to %2."), tr("%1 runs were exported to %2."))
                                .arg(QDir::toNativeSeparators(folder)),
                            folder);
        });
}

} // namespace distill::ui
