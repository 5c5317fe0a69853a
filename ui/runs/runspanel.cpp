// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runspanel.h"

#include "ui/banner.h"
#include "ui/plots/colours.h"
#include "ui/runs/family.h"
#include "ui/runs/filterbox.h"
#include "ui/runs/lineageview.h"
#include "ui/runs/markactions.h"
#include "ui/runs/notespane.h"
#include "ui/runs/runactions.h"
#include "ui/runs/runlines.h"
#include "ui/runs/runtable.h"
#include "ui/runs/tablelook.h"
#include "ui/session.h"
#include "ui/settings.h"

#include <QDesktopServices>
#include <QEvent>
#include <QHeaderView>
#include <QMenu>
#include <QSplitter>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

constexpr auto notesKey = "runs/notesOpen";
constexpr auto lineageKey = "runs/lineageOpen";
constexpr auto splitterKey = "runs/splitter";
constexpr std::size_t mostDrawn = 32; // as many looks as there are of colour and line; a group may hold thousands

} // namespace

class RunsPanel::Private : public QObject {
public:
    Private(RunsPanel& panel, Session& session);
    ~Private() override;

    void select(const QVector<RunId>& runs, const RunId& current);
    void chooseAll(const QVector<RunId>& runs);
    std::vector<RunId> chosen() const;

    RunsPanel& m_panel;
    Session& m_session;
    RunModel m_model;
    RunLines m_lines;
    RunActions m_actions;
    MarkActions m_marks;
    RunTable* m_table;
    TableLook* m_look;
    FilterBox* m_filter;
    LineageView* m_lineage;
    NotesPane* m_notes;
    QSplitter* m_splitter;
    Banner* m_banner;
    QMenu* m_marksMenu;

private:
    struct Loaded {
        std::vector<RunRow> rows;
        bool readOnly = false;
    };

    void build();
    void reload();
    void loaded(Loaded result, int request);
    void updated(const Updates& updates);
    void filter(const RunQuery& filter);
    bool restoreSelection(); ///< true where others are chosen now
    void chosenChanged();
    void forgetSelection();
    bool tellChosen(); ///< true where others are chosen now
    void currentMoved(const QModelIndex& index);
    void setCurrent(const RunId& id);
    void showFamily();
    void setShown(const QSet<RunId>& shown);
    void toggleShown(const QVector<RunId>& runs, bool shown);
    void marked(RunMark mark);
    void takeColours();
    void drawnAnew();
    QStringList valuesOf(const QString& key) const;
    void openGroup(int line, bool open);
    void showNotes();
    void showLineage();
    void choose(const RunId& id);
    void showCounts();
    const RunRow* current() const;

    std::vector<RunId> m_selected; ///< whatever lines they stand in now
    RunId m_current;
    QString m_followedGroup; ///< of what was started here: the current run moves on with it
    RunId m_pendingCurrent; ///< to be chosen when its row arrives
    bool m_loading = false;
    bool m_loadAgain = false;
    bool m_loadedOnce = false;
    bool m_readingLineage = false;
    bool m_readLineageAgain = false;
    bool m_restoring = false;
    bool m_settingRows = false;
};

RunsPanel::Private::Private(RunsPanel& panel, Session& session)
    : m_panel(panel)
    , m_session(session)
    , m_lines(m_model)
    , m_actions(session, m_model, &panel)
    , m_marks(session, m_model, &panel)
    , m_table(new RunTable(&panel))
    , m_look(new TableLook(session, m_model, m_lines, *m_table, &panel))
    , m_filter(new FilterBox(&panel))
    , m_lineage(new LineageView(&panel))
    , m_notes(new NotesPane(&panel))
    , m_splitter(new QSplitter(Qt::Vertical, &panel))
    , m_banner(new Banner(&panel))
    , m_marksMenu(new QMenu(tr("&Mark"), &panel))
{
    build();
    m_table->setLines(&m_lines);
    m_look->restore();
    m_table->setSortingEnabled(true);
    m_table->setEmptyText(tr("Reading the history\u2026"));

    connect(m_filter, &FilterBox::filterChanged, this, &Private::filter);
    connect(m_filter, &FilterBox::left, m_table, qOverload<>(&QWidget::setFocus));

    connect(&m_session, &Session::updated, this, &Private::updated);
    connect(&m_session, &Session::rowsChanged, this, &Private::reload);
    connect(&m_model, &RunModel::renamed, &m_actions, &RunActions::storeName);
    connect(&m_model, &RunModel::shownToggled, this, &Private::toggleShown);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &Private::chosenChanged);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &Private::currentMoved);
    connect(m_notes, &NotesPane::notesEdited, &m_actions, &RunActions::storeNotes);
    connect(m_notes, &NotesPane::tagsEdited, &m_actions, &RunActions::storeTags);

    connect(m_actions.rename, &QAction::triggered, this, [this] {
        const QModelIndex index = m_table->currentIndex().siblingAtColumn(RunModel::Name);
        m_table->setFocus();
        m_table->scrollTo(index);
        m_table->edit(index);
    });
    connect(m_actions.notes, &QAction::toggled, this, [this](bool open) {
        Settings().setValue(QLatin1String(notesKey), open);
        m_notes->setVisible(open);
        if (open && m_panel.isVisible()) {
            m_notes->focusNotes();
        }
    });
    m_lineage->setLookup([this](const RunId& id) {
        const int index = m_model.indexOf(id);
        return index < 0 ? nullptr : &m_model.row(index);
    });
    connect(m_lineage, &LineageView::runChosen, this, &Private::choose);
    connect(&m_model, &RunModel::dataChanged, m_lineage, &LineageView::rowsChanged);
    connect(m_actions.lineage, &QAction::toggled, this, [this](bool open) {
        Settings().setValue(QLatin1String(lineageKey), open);
        m_lineage->setVisible(open);
        showLineage();
        if (open && m_panel.isVisible()) {
            m_lineage->setFocus(Qt::ShortcutFocusReason);
        }
    });
    connect(m_actions.focusFilter, &QAction::triggered, m_filter, &FilterBox::focusBox);
    connect(m_actions.follow, &QAction::toggled, this, &Private::showFamily);
    connect(&m_actions, &RunActions::removed, this, [this](const QString& sentence) {
        m_banner->showSentence(Banner::Kind::Note, sentence, tr("Undo"), [this] { m_actions.undoRemoval(); });
        m_lines.arrange();
    });
    connect(&m_actions, &RunActions::removalUndone, this, [this] {
        m_banner->dismiss();
        reload();
    });
    connect(&m_actions, &RunActions::refused, this, [this](const RunId& run) {
        m_notes->keep(run);
        reload();
    });
    connect(&m_actions, &RunActions::exported, this, [this](const QString& sentence, const QString& folder) {
        m_banner->showSentence(Banner::Kind::Note, sentence, tr("Open folder"),
                               [folder] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); });
    });
    connect(&m_actions, &RunActions::reported, this, [this](const QString& sentence, const QString& file) {
        m_banner->showSentence(Banner::Kind::Note, sentence, file.isEmpty() ? QString() : tr("Open"),
                               [file] { QDesktopServices::openUrl(QUrl::fromLocalFile(file)); });
    });
    connect(&m_actions, &RunActions::reportFailed, m_banner, &Banner::retract);
    connect(&m_actions, &RunActions::openAsNewRequested, &m_panel, &RunsPanel::openAsNewRequested);
    connect(&m_actions, &RunActions::compareRequested, &m_panel, &RunsPanel::compareRequested);

    connect(&m_marks, &MarkActions::marked, this, &Private::marked);
    connect(&m_marks, &MarkActions::refused, this, &Private::reload);
    connect(&m_marks, &MarkActions::archivedRuns, this, [this](const QString& sentence) {
        if (!m_lines.showsArchived()) {
            m_banner->showSentence(Banner::Kind::Note, sentence, tr("Undo"), [this] { m_marks.undoArchive(); });
        }
    });
    connect(&m_lines, &RunLines::aboutToArrange, this, [this] { m_restoring = true; });
    connect(&m_lines, &RunLines::arranged, this, [this] {
        m_restoring = false;
        if (m_settingRows) {
            return; // what they are of is known when all have come
        }
        restoreSelection(); // what is drawn stays
        showCounts();
    });
    connect(m_table, &RunTable::openRequested, this, &Private::openGroup);
    connect(m_look, &TableLook::valuesArrived, this, &Private::showCounts);
    connect(m_look, &TableLook::groupingChanged, this, [this] { m_table->scrollTo(m_table->currentIndex()); });
    m_filter->setValues([this](const QString& key) { return valuesOf(key); });

    const bool notesOpen = Settings().value(QLatin1String(notesKey), false).toBool();
    m_notes->setVisible(notesOpen);
    m_actions.notes->setChecked(notesOpen);
    const bool lineageOpen = Settings().value(QLatin1String(lineageKey), false).toBool();
    m_lineage->setVisible(lineageOpen);
    m_actions.lineage->setChecked(lineageOpen);
    m_splitter->restoreState(Settings().value(QLatin1String(splitterKey)).toByteArray());
    m_model.setPalette(panel.palette());
    reload();
}

RunsPanel::Private::~Private()
{
    m_notes->flush();
    m_look->store();
    Settings().setValue(QLatin1String(splitterKey), m_splitter->saveState());
    // The widgets outlive this object by a moment and must not call it any more.
    m_lineage->setLookup({});
    m_table->selectionModel()->disconnect(this);
    m_table->setModel(nullptr);
}

void RunsPanel::Private::build()
{
    auto* const group = new QToolButton(&m_panel);
    group->setIcon(QIcon::fromTheme(u"view-group"_s));
    group->setAutoRaise(true);
    group->setPopupMode(QToolButton::InstantPopup);
    group->setMenu(m_look->groupMenu());
    group->setToolTip(tr("Group runs, show archived ones, choose columns"));
    group->setAccessibleName(tr("Group runs and choose columns"));
    m_filter->addButton(group);
    m_filter->addButton(m_actions.follow);
    m_filter->addButton(m_actions.lineage);
    m_filter->addButton(m_actions.notes);

    m_splitter->setObjectName(u"runsSplitter"_s);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_table);
    m_splitter->addWidget(m_lineage);
    m_splitter->addWidget(m_notes);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setStretchFactor(2, 1);

    auto* const layout = new QVBoxLayout(&m_panel);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_filter);
    layout->addWidget(m_splitter, 1);
    layout->addWidget(m_banner);

    m_panel.addActions(m_actions.all());
    m_panel.addActions(m_marks.all());
    m_marksMenu->addActions(m_marks.all());
    m_marksMenu->addMenu(m_marks.colours());
    connect(m_table, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        auto* const menu = new QMenu(m_table);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        menu->addActions({m_actions.compare, m_actions.runAsNew, m_actions.resume});
        menu->addSeparator();
        menu->addActions({m_marks.star, m_marks.pin, m_marks.hide, m_marks.archive, m_marks.tag});
        menu->addMenu(m_marks.colours());
        menu->addSeparator();
        menu->addActions({m_actions.rename, m_actions.notes, m_actions.lineage, m_actions.copyId, m_actions.exportRun, m_actions.exportAs, m_actions.report});
        menu->addSeparator();
        menu->addActions({m_actions.remove, m_actions.undoRemove});
        menu->popup(m_table->viewport()->mapToGlobal(at));
    });
}

void RunsPanel::Private::reload()
{
    if (m_loading) {
        m_loadAgain = true;
        return;
    }
    m_loading = true;
    const int request = m_model.beginRequest();
    m_session.read<std::optional<Loaded>>(
        this,
        [](const History& history) -> std::optional<Loaded> {
            // Where the history cannot be read the session says so; the rows stay, and the next change asks again.
            try {
                return Loaded{history.runs(false), history.health().readOnly};
            } catch (const std::exception&) {
                return std::nullopt;
            }
        },
        [this, request](std::optional<Loaded> result) {
            m_loading = false;
            if (result) {
                loaded(std::move(*result), request);
            }
        });
}

void RunsPanel::Private::loaded(Loaded result, int request)
{
    const int before = m_model.rowCount();
    m_settingRows = true;
    m_model.setRows(std::move(result.rows), request);
    m_settingRows = false;
    m_actions.setReadOnly(result.readOnly);
    m_marks.setReadOnly(result.readOnly);
    takeColours();
    m_look->runsChanged();
    m_model.setEditable(!result.readOnly);
    m_notes->setEditable(!result.readOnly);
    if (m_model.rowCount() != before || !m_lines.filter().empty()) {
        m_lines.arrange();
    }
    if (!m_pendingCurrent.empty() && m_model.indexOf(m_pendingCurrent) >= 0) {
        const RunId wanted = std::exchange(m_pendingCurrent, {});
        m_current = {};
        setCurrent(wanted);
        m_followedGroup = QString::fromStdString(m_model.row(m_model.indexOf(wanted)).group);
    }
    if (m_model.indexOf(m_current) < 0) {
        setCurrent(m_model.rowCount() > 0 ? m_model.row(0).id : RunId());
    }
    restoreSelection();
    showFamily();
    showNotes();
    showLineage();
    m_loadedOnce = true;
    showCounts();
    if (std::exchange(m_loadAgain, false)) {
        reload();
    }
}

void RunsPanel::Private::updated(const Updates& updates)
{
    m_model.apply(updates.statuses);
    const bool unknown = std::any_of(updates.added.begin(), updates.added.end(),
                                     [this](const RunId& id) { return m_model.indexOf(id) < 0; });
    if (unknown) {
        reload();
    }
    if (updates.statuses.empty()) {
        return;
    }
    m_actions.refresh();
    if (std::any_of(updates.statuses.begin(), updates.statuses.end(), [](const RunStatus& status) { return !isLive(status.state); })) {
        m_look->runsChanged(); // there is a summary now
    }
    // Teacher first, then student, then control: the eye goes with what was started.
    const RunRow* const row = current();
    if (row && !isLive(row->state) && !m_followedGroup.isEmpty() && row->group == m_followedGroup.toStdString()) {
        for (const RunStatus& status : updates.statuses) {
            const int index = m_model.indexOf(status.id);
            if (index >= 0 && status.state == RunState::Running && m_model.row(index).group == row->group) {
                setCurrent(status.id);
                restoreSelection();
                break;
            }
        }
    }
}

void RunsPanel::Private::filter(const RunQuery& filter)
{
    m_lines.setFilter(filter);
    m_look->wantValues();
    showCounts(); // again: what is read is known now
}

/// Chosen and current rows are those of the same runs as before, wherever they stand now.
bool RunsPanel::Private::restoreSelection()
{
    const int line = m_lines.lineShowing(m_current);
    const QModelIndex wanted = line < 0 ? QModelIndex() : m_lines.index(line, RunModel::Name);
    QItemSelectionModel* const selection = m_table->selectionModel();
    if (!selection) {
        return false;
    }
    if (wanted.isValid() && selection->currentIndex().row() == wanted.row() && selection->isRowSelected(wanted.row())) {
        return tellChosen();
    }
    m_restoring = true;
    QItemSelection rows;
    if (m_selected.size() > 1 && m_selected.size() < 1000 && std::find(m_selected.begin(), m_selected.end(), m_current) != m_selected.end()) {
        for (const RunId& run : m_selected) {
            if (const int other = m_lines.lineOf(run); other >= 0) {
                rows.select(m_lines.index(other, 0), m_lines.index(other, m_lines.columnCount() - 1));
            }
        }
    }
    if (wanted.isValid()) {
        selection->setCurrentIndex(wanted, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        if (!rows.isEmpty()) {
            selection->select(rows, QItemSelectionModel::Select | QItemSelectionModel::Rows);
        }
    } else {
        selection->clear(); // the view had moved to a neighbour of the hidden row, where a click would change nothing
    }
    m_restoring = false;
    return tellChosen();
}

/// Where one run is chosen from elsewhere, the others are not any more.
void RunsPanel::Private::forgetSelection()
{
    m_restoring = true;
    m_selected.clear();
    m_table->selectionModel()->clearSelection();
    m_restoring = false;
}

std::vector<RunId> RunsPanel::Private::chosen() const
{
    std::vector<RunId> ids;
    QSet<RunId> known;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) {
        for (const RunId& run : m_lines.runsOf(index.row())) {
            if (!known.contains(run)) {
                known.insert(run);
                ids.push_back(run);
            }
        }
    }
    return ids;
}

bool RunsPanel::Private::tellChosen()
{
    const std::vector<RunId> runs = chosen();
    m_actions.setChosen(runs, m_current);
    m_marks.setChosen(runs);
    if (runs == m_selected) {
        return false;
    }
    m_selected = runs;
    Q_EMIT m_panel.chosenChanged(QVector<RunId>(runs.begin(), runs.end()));
    return true;
}

void RunsPanel::Private::chosenChanged()
{
    if (!m_restoring) {
        tellChosen();
        showFamily();
    }
}

void RunsPanel::Private::currentMoved(const QModelIndex& index)
{
    if (m_restoring || !index.isValid() || m_lines.isGroup(index.row())) {
        return;
    }
    const RunRow& row = m_model.row(m_lines.runAt(index.row()));
    if (QString::fromStdString(row.group) != m_followedGroup) {
        m_followedGroup.clear();
    }
    setCurrent(row.id);
    tellChosen();
}

void RunsPanel::Private::openGroup(int line, bool open)
{
    m_lines.setOpen(line, open);
    if (m_lines.isGroup(line)) {
        m_table->setCurrentIndex(m_lines.index(line, RunModel::Name));
    }
}

void RunsPanel::Private::marked(RunMark mark)
{
    if (mark == RunMark::Pinned || mark == RunMark::Archived || !m_lines.filter().empty()) {
        m_lines.arrange();
    }
    if (mark == RunMark::Colour) {
        takeColours();
        m_model.coloursChanged();
        drawnAnew();
    }
    if (mark == RunMark::Hidden || mark == RunMark::Archived) {
        showFamily();
    }
}

/// The colours that people chose.
void RunsPanel::Private::takeColours()
{
    std::unordered_map<RunId, int> places;
    for (int i = 0; i < m_model.rowCount(); ++i) {
        if (const RunRow& row = m_model.row(i); row.marks.colour >= 0) {
            places[row.id] = row.marks.colour % colourCount();
        }
    }
    setChosenColours(places);
}

void RunsPanel::Private::drawnAnew()
{
    QVector<RunId> ordered(m_model.shown().begin(), m_model.shown().end());
    std::sort(ordered.begin(), ordered.end());
    if (keepColoursApart(ordered)) {
        m_model.coloursChanged();
    }
    Q_EMIT m_panel.shownChanged(ordered);
}

/// Offered while a filter is typed: what runs have, each once, what most have first.
QStringList RunsPanel::Private::valuesOf(const QString& key) const
{
    const auto column = RunModel::columns().tryFind(key.toStdString());
    if (!column || column->type != RunColumn::Type::Text) {
        return {};
    }
    std::map<std::string, int> counts;
    const std::function<void(const Json&)> count = [&](const Json& value) {
        if (value.is_array()) {
            std::for_each(value.begin(), value.end(), count);
        } else if (value.is_string() && !value.get_ref<const std::string&>().empty() && counts.size() < 2000) {
            ++counts[value.get<std::string>()];
        }
    };
    for (int i = 0; i < m_model.rowCount(); ++i) {
        const RunRow& row = m_model.row(i);
        count(column->from == RunColumn::From::Row ? RunColumns::valueOf(row, *column) : m_model.value(row.id, *column));
    }
    std::vector<std::pair<int, std::string>> order;
    for (const auto& [value, times] : counts) {
        order.emplace_back(-times, value);
    }
    std::sort(order.begin(), order.end());
    QStringList values;
    for (const auto& [times, value] : order) {
        values << QString::fromStdString(value);
    }
    return values;
}

void RunsPanel::Private::setCurrent(const RunId& id)
{
    if (id == m_current) {
        return;
    }
    m_current = id;
    showNotes();
    showFamily();
    Q_EMIT m_panel.currentChanged(id);
    showLineage(); // last: the curves are read before it
}

const RunRow* RunsPanel::Private::current() const
{
    const int index = m_model.indexOf(m_current);
    return index < 0 ? nullptr : &m_model.row(index);
}

void RunsPanel::Private::showFamily()
{
    if (!m_actions.follow->isChecked()) {
        // Ticks stay; those of runs that are gone do not.
        QSet<RunId> shown = m_model.shown();
        shown.removeIf([this](const RunId& id) { return m_model.indexOf(id) < 0; });
        setShown(shown);
        return;
    }
    std::vector<RunId> several = chosen();
    several.resize(std::min(several.size(), mostDrawn));
    setShown(several.size() > 1 ? QSet<RunId>(several.begin(), several.end()) : familyOf(m_current, m_model));
}

void RunsPanel::Private::setShown(const QSet<RunId>& wanted)
{
    QSet<RunId> shown = wanted;
    shown.removeIf([this](const RunId& id) {
        const int index = m_model.indexOf(id);
        return index >= 0 && m_model.row(index).marks.hidden;
    });
    if (shown == m_model.shown()) {
        return;
    }
    m_model.setShown(shown);
    drawnAnew();
}

void RunsPanel::Private::toggleShown(const QVector<RunId>& runs, bool show)
{
    QSet<RunId> shown = m_model.shown();
    std::vector<RunId> hidden;
    for (const RunId& id : runs) {
        if (show && shown.size() >= static_cast<qsizetype>(mostDrawn)) {
            m_banner->showSentence(Banner::Kind::Note, tr("Curves of %1 runs are drawn at most; take some off to see others.").arg(mostDrawn));
            break;
        }
        if (show) {
            shown.insert(id);
            const int index = m_model.indexOf(id);
            if (index >= 0 && m_model.row(index).marks.hidden) {
                hidden.push_back(id);
            }
        } else {
            shown.remove(id);
        }
    }
    m_actions.follow->setChecked(false);
    m_marks.setHidden(hidden, false); // who ticks a run wants to see it
    setShown(shown);
}

void RunsPanel::Private::showNotes()
{
    const RunRow* const row = current();
    m_notes->setRun(row ? std::optional(*row) : std::nullopt);
}

/// Read on the reader thread: a graph needs the documents of its runs.
void RunsPanel::Private::showLineage()
{
    if (m_lineage->isHidden()) {
        return;
    }
    if (m_readingLineage) {
        m_readLineageAgain = true;
        return;
    }
    m_readingLineage = true;
    m_session.read<std::optional<Lineage>>(
        this,
        [run = m_current](const History& history) -> std::optional<Lineage> {
            try {
                return lineageOf(history, run);
            } catch (const std::exception&) { // the session says why
                return std::nullopt;
            }
        },
        [this](std::optional<Lineage> found) {
            m_readingLineage = false;
            if (found) {
                m_lineage->setLineage(std::move(*found));
            }
            if (std::exchange(m_readLineageAgain, false)) {
                showLineage();
            }
        });
}

/// A run of the graph; a deleted one is in no row.
void RunsPanel::Private::choose(const RunId& id)
{
    if (const int index = m_model.indexOf(id); index >= 0) {
        if (QString::fromStdString(m_model.row(index).group) != m_followedGroup) {
            m_followedGroup.clear();
        }
        setCurrent(id);
        forgetSelection();
        restoreSelection();
        showFamily();
    }
}

void RunsPanel::Private::showCounts()
{
    const std::vector<RunColumn> needed = m_lines.neededColumns();
    const bool reading = std::any_of(needed.begin(), needed.end(), [this](const RunColumn& column) { return !m_model.hasValues(column); });
    m_filter->showResult(m_lines.filter(), m_lines.accepted(), m_model.rowCount(), m_lines.archived(), reading);
    if (m_loadedOnce) {
        m_table->setEmptyText(m_model.rowCount() == 0 ? tr("No runs yet. Start an experiment and it appears here.")
                                                      : m_lines.archived() > 0 && m_lines.filter().empty()
                ? tr("All runs are archived. The button beside the filter shows them.")
                : tr("No run meets the filter."));
    }
}

void RunsPanel::Private::select(const QVector<RunId>& runs, const RunId& currentRun)
{
    m_actions.follow->setChecked(true);
    m_pendingCurrent = currentRun.empty() && !runs.isEmpty() ? runs.front() : currentRun;
    if (m_model.indexOf(m_pendingCurrent) < 0) {
        reload();
        return;
    }
    const RunId wanted = std::exchange(m_pendingCurrent, {});
    m_followedGroup = QString::fromStdString(m_model.row(m_model.indexOf(wanted)).group);
    setCurrent(wanted);
    forgetSelection();
    restoreSelection();
    showFamily();
}

void RunsPanel::Private::chooseAll(const QVector<RunId>& runs)
{
    if (runs.size() < 2 || m_model.indexOf(runs.front()) < 0) {
        select(runs, runs.value(0));
        return;
    }
    m_actions.follow->setChecked(true);
    setCurrent(runs.front());
    forgetSelection();
    m_selected.assign(runs.begin(), runs.end()); // what is to be restored
    if (!restoreSelection()) {
        Q_EMIT m_panel.chosenChanged(runs);
    }
    showFamily();
}

RunsPanel::RunsPanel(Session& session, QWidget* parent)
    : QWidget(parent)
    , m(std::make_unique<Private>(*this, session))
{
    setObjectName(QStringLiteral("runsPanel"));
}

RunsPanel::~RunsPanel() = default;

void RunsPanel::select(const QVector<RunId>& runs, const RunId& current)
{
    m->select(runs, current);
}

void RunsPanel::chooseAll(const QVector<RunId>& runs)
{
    m->chooseAll(runs);
}

void RunsPanel::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (m && event->type() == QEvent::PaletteChange) {
        m->m_model.setPalette(palette());
        m->m_marks.setPalette(palette());
    }
}

QList<QAction*> RunsPanel::actions() const
{
    QList<QAction*> actions = m->m_actions.all();
    actions.insert(1, m->m_marksMenu->menuAction());
    return actions;
}

void RunsPanel::report(const QVector<RunId>& runs, const RunId& baseline, const QString& title)
{
    m->m_actions.askForReport(runs, baseline, title);
}

QVector<RunId> RunsPanel::chosen() const
{
    const std::vector<RunId> runs = m->chosen();
    return QVector<RunId>(runs.begin(), runs.end());
}

} // namespace distill::ui
