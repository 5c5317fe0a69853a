// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runmodel.h"

#include "history/runquery.h"
#include "ui/format.h"
#include "ui/runs/columntext.h"
#include "ui/runs/stateicon.h"
#include "ui/theme.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace distill::ui {

namespace {

/// So many rows are taken out one by one, which keeps the view in place; more reset it, which is faster.
constexpr std::size_t fewRows = 64;

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

bool same(double one, double other)
{
    return one == other || (std::isnan(one) && std::isnan(other));
}

bool same(const RunFigures& one, const RunFigures& other)
{
    return same(one.bestAccuracy, other.bestAccuracy) && same(one.lastAccuracy, other.lastAccuracy)
        && same(one.agreement, other.agreement) && same(one.seconds, other.seconds) && one.step == other.step
        && one.totalSteps == other.totalSteps;
}

bool same(const RunRow& one, const RunRow& other)
{
    return one.state == other.state && one.name == other.name && one.notes == other.notes && one.tags == other.tags
        && one.message == other.message && one.marks == other.marks && one.control == other.control && one.teachers == other.teachers
        && same(one.startedAt, other.startedAt) && same(one.endedAt, other.endedAt) && same(one.figures, other.figures)
        && one.summary.is_null() == other.summary.is_null();
}

const char* const fixedKeys[] = {"name", "state", "progress", "accuracy", "last", "agreement", "model", "time", "seed", "created"};

bool isFigure(RunColumn::Type type)
{
    return type != RunColumn::Type::Text && type != RunColumn::Type::Flag;
}

} // namespace

RunModel::RunModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

const std::string& RunModel::searchText(int index) const
{
    const Entry& entry = m_entries[static_cast<std::size_t>(index)];
    if (entry.searchText.empty()) {
        entry.searchText = RunQuery::searchText(entry.row);
    }
    return entry.searchText;
}

void RunModel::put(const RunStatus& status, Entry& entry)
{
    if (entry.row.state != status.state) {
        entry.row.state = status.state;
        entry.searchText.clear();
    }
    entry.row.figures = status.figures;
    entry.secondsLeft = status.secondsLeft;
    entry.liveMessage = text(status.message);
}

void RunModel::setRows(std::vector<RunRow> rows, int request)
{
    std::erase_if(rows, [this](const RunRow& row) { return m_hidden.contains(row.id); });
    // What a run said at its end stands until the history was asked after that.
    std::erase_if(m_overlay, [request](const auto& item) {
        return !isLive(item.second.status.state) && item.second.request < request;
    });
    std::unordered_map<std::string, double> created;
    for (const RunRow& row : rows) {
        double& first = created.try_emplace(row.group, row.createdAt).first->second;
        first = std::min(first, row.createdAt);
    }
    std::vector<Entry> entries;
    entries.reserve(rows.size());
    for (RunRow& row : rows) {
        Entry& entry = entries.emplace_back();
        entry.row = std::move(row);
        entry.groupCreated = created[entry.row.group];
        if (const auto found = m_overlay.find(entry.row.id); found != m_overlay.end()) {
            put(found->second.status, entry);
        }
    }

    std::unordered_set<RunId> remaining;
    for (const Entry& entry : entries) {
        remaining.insert(entry.row.id);
    }
    const auto gone = std::count_if(m_entries.begin(), m_entries.end(),
                                    [&](const Entry& entry) { return !remaining.contains(entry.row.id); });
    const std::size_t kept = m_entries.size() - static_cast<std::size_t>(gone);
    const std::size_t added = entries.size() >= kept ? entries.size() - kept : entries.size();

    // The usual changes (some rows gone, some new ones ahead) keep selection and scroll position; any other resets.
    bool usual = entries.size() >= kept && gone <= static_cast<std::ptrdiff_t>(fewRows);
    std::size_t next = added;
    for (const Entry& entry : m_entries) {
        if (usual && remaining.contains(entry.row.id)) {
            usual = next < entries.size() && entries[next].row.id == entry.row.id;
            ++next;
        }
    }
    if (!usual) {
        beginResetModel();
        m_entries = std::move(entries);
        indexAll();
        endResetModel();
        return;
    }
    for (int i = static_cast<int>(m_entries.size()) - 1; i >= 0; --i) {
        if (!remaining.contains(row(i).id)) {
            beginRemoveRows({}, i, i);
            m_entries.erase(m_entries.begin() + i);
            indexAll();
            endRemoveRows();
        }
    }
    if (added > 0) {
        beginInsertRows({}, 0, static_cast<int>(added) - 1);
        m_entries.insert(m_entries.begin(), std::make_move_iterator(entries.begin()),
                         std::make_move_iterator(entries.begin() + static_cast<std::ptrdiff_t>(added)));
        indexAll();
        endInsertRows();
    }
    for (std::size_t i = added; i < entries.size(); ++i) {
        if (!same(m_entries[i].row, entries[i].row)) {
            m_entries[i] = std::move(entries[i]);
            rowChanged(static_cast<int>(i));
        }
    }
}

void RunModel::apply(const std::vector<RunStatus>& statuses)
{
    for (const RunStatus& status : statuses) {
        m_overlay[status.id] = {status, m_request};
        if (const int index = indexOf(status.id); index >= 0) {
            put(status, m_entries[static_cast<std::size_t>(index)]);
            rowChanged(index);
        }
    }
}

void RunModel::hide(const std::vector<RunId>& ids)
{
    m_hidden.insert(ids.begin(), ids.end());
    if (ids.size() > fewRows) {
        beginResetModel();
        std::erase_if(m_entries, [this](const Entry& entry) { return m_hidden.contains(entry.row.id); });
        indexAll();
        endResetModel();
        return;
    }
    for (const RunId& id : ids) {
        if (const int index = indexOf(id); index >= 0) {
            beginRemoveRows({}, index, index);
            m_entries.erase(m_entries.begin() + index);
            indexAll();
            endRemoveRows();
        }
    }
}

void RunModel::unhide(const std::vector<RunId>& ids)
{
    for (const RunId& id : ids) {
        m_hidden.erase(id);
    }
}

void RunModel::setPalette(const QPalette& palette)
{
    m_palette = palette;
    if (!m_entries.empty()) {
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1), {Qt::DecorationRole});
    }
}

const RunColumns& RunModel::columns()
{
    static const RunColumns columns(schema());
    return columns;
}

void RunModel::setChosenColumns(std::vector<RunColumn> columns)
{
    beginResetModel();
    m_chosen = std::move(columns);
    endResetModel();
}

RunColumn RunModel::columnAt(int column) const
{
    if (column >= FixedColumns) {
        return m_chosen[static_cast<std::size_t>(column - FixedColumns)];
    }
    static const std::vector<RunColumn> fixed = [] {
        std::vector<RunColumn> found;
        for (const char* key : fixedKeys) {
            found.push_back(columns().find(key));
        }
        found.emplace_back(); // a curve
        return found;
    }();
    return fixed[static_cast<std::size_t>(column)];
}

void RunModel::setValues(const std::vector<RunColumn>& columns, std::vector<ColumnValues> values)
{
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto place = std::find_if(m_values.begin(), m_values.end(), [&](const auto& known) { return known.first == columns[i]; });
        if (place == m_values.end()) {
            m_values.emplace_back(columns[i], std::move(values[i]));
        } else {
            place->second = std::move(values[i]);
        }
    }
    if (!m_entries.empty() && !m_chosen.empty()) {
        Q_EMIT dataChanged(index(0, FixedColumns), index(rowCount() - 1, columnCount() - 1));
    }
}

bool RunModel::hasValues(const RunColumn& column) const
{
    return std::any_of(m_values.begin(), m_values.end(), [&](const auto& known) { return known.first == column; });
}

const Json& RunModel::value(const RunId& run, const RunColumn& column) const
{
    static const Json unknown;
    for (const auto& [known, values] : m_values) {
        if (known == column) {
            const auto found = values.find(run);
            return found == values.end() ? unknown : found->second;
        }
    }
    return unknown;
}

double RunModel::numberAt(int index, int column) const
{
    const RunRow& row = this->row(index);
    switch (column) {
    case State:
        return static_cast<double>(row.state);
    case Progress:
        return row.figures.totalSteps > 0 ? static_cast<double>(row.figures.step) / static_cast<double>(row.figures.totalSteps) : std::nan("");
    case Best:
        return row.figures.bestAccuracy;
    case Last:
        return row.figures.lastAccuracy;
    case Agreement:
        return row.figures.agreement;
    case Time:
        return row.figures.seconds;
    case Seed:
        return static_cast<double>(row.seed);
    case Created:
        return row.createdAt;
    case Name:
    case Models:
    case Curve:
        return std::nan("");
    default:
        break;
    }
    const RunColumn& chosen = m_chosen[static_cast<std::size_t>(column - FixedColumns)];
    const Json own = chosen.from == RunColumn::From::Row ? RunColumns::valueOf(row, chosen) : Json();
    const Json* found = chosen.from == RunColumn::From::Row ? &own : &value(row.id, chosen);
    while (found->is_array() && !found->empty()) {
        found = &found->front();
    }
    return found->is_number() ? found->get<double>() : found->is_boolean() ? static_cast<double>(found->get<bool>()) : std::nan("");
}

QString RunModel::sortText(int index, int column) const
{
    const Entry& entry = m_entries[static_cast<std::size_t>(index)];
    if (column == Curve) {
        return {};
    }
    return column == Models ? text(entry.row.studentModel + '\n' + entry.row.teacherModel).toCaseFolded() : display(entry, column).toCaseFolded();
}

void RunModel::setMark(const std::vector<RunId>& ids, RunMark mark, int value)
{
    for (const RunId& id : ids) {
        const int index = indexOf(id);
        if (index < 0) {
            continue;
        }
        RunMarks& marks = m_entries[static_cast<std::size_t>(index)].row.marks;
        switch (mark) {
        case RunMark::Starred:
            marks.starred = value != 0;
            break;
        case RunMark::Pinned:
            marks.pinned = value != 0;
            break;
        case RunMark::Hidden:
            marks.hidden = value != 0;
            break;
        case RunMark::Archived:
            marks.archived = value != 0;
            break;
        case RunMark::Colour:
            marks.colour = value;
            break;
        }
        if (ids.size() <= fewRows) {
            rowChanged(index);
        }
    }
    if (ids.size() > fewRows && !m_entries.empty()) {
        Q_EMIT dataChanged(this->index(0, 0), this->index(rowCount() - 1, columnCount() - 1));
    }
}

void RunModel::changeTags(const std::vector<RunId>& ids, const std::vector<std::string>& add, const std::vector<std::string>& remove)
{
    const auto holds = [](const std::vector<std::string>& tags, const std::string& tag) {
        return std::find(tags.begin(), tags.end(), tag) != tags.end();
    };
    for (const RunId& id : ids) {
        if (const int index = indexOf(id); index >= 0) {
            std::vector<std::string> tags = row(index).tags;
            std::erase_if(tags, [&](const std::string& tag) { return holds(remove, tag); });
            std::copy_if(add.begin(), add.end(), std::back_inserter(tags), [&](const std::string& tag) { return !holds(tags, tag); });
            setNotes(id, row(index).notes, tags);
        }
    }
}

void RunModel::coloursChanged()
{
    if (!m_entries.empty()) {
        Q_EMIT dataChanged(index(0, Name), index(rowCount() - 1, Name), {Qt::DecorationRole});
    }
}

void RunModel::setEditable(bool editable)
{
    m_editable = editable;
}

void RunModel::setShown(const QSet<RunId>& shown)
{
    const QSet<RunId> before = std::exchange(m_shown, shown);
    for (int i = 0; i < rowCount(); ++i) {
        if (before.contains(row(i).id) != m_shown.contains(row(i).id)) {
            Q_EMIT dataChanged(index(i, Name), index(i, Name), {Qt::CheckStateRole, Qt::DecorationRole});
        }
    }
}

void RunModel::setNotes(const RunId& id, const std::string& notes, const std::vector<std::string>& tags)
{
    if (const int index = indexOf(id); index >= 0) {
        Entry& entry = m_entries[static_cast<std::size_t>(index)];
        entry.row.notes = notes;
        entry.row.tags = tags;
        entry.searchText.clear();
        rowChanged(index);
    }
}

int RunModel::indexOf(const RunId& id) const
{
    const auto found = m_index.find(id);
    return found == m_index.end() ? -1 : found->second;
}

bool RunModel::hasLive() const
{
    return std::any_of(m_entries.begin(), m_entries.end(), [](const Entry& entry) { return isLive(entry.row.state); });
}

void RunModel::indexAll()
{
    m_index.clear();
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        m_index[m_entries[i].row.id] = static_cast<int>(i);
    }
}

void RunModel::rowChanged(int index)
{
    Q_EMIT dataChanged(this->index(index, 0), this->index(index, columnCount() - 1));
}

int RunModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

int RunModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : FixedColumns + static_cast<int>(m_chosen.size());
}

QString RunModel::display(const Entry& entry, int column) const
{
    const RunRow& row = entry.row;
    switch (column) {
    case Name:
        return text(row.name);
    case State:
        return stateText(row.state);
    case Progress:
        if (row.figures.totalSteps <= 0) {
            return {};
        }
        return isLive(row.state)
            ? percentText(static_cast<double>(row.figures.step) / static_cast<double>(row.figures.totalSteps), 0)
            : stepsText(row.figures.step);
    case Best:
        return percentText(row.figures.bestAccuracy);
    case Last:
        return percentText(row.figures.lastAccuracy);
    case Agreement:
        return percentText(row.figures.agreement);
    case Models:
        if (row.role == RunRole::Student && !row.teacherModel.empty()) {
            return text(row.teacherModel) + QStringLiteral(" \u2192 ") + text(row.studentModel);
        }
        return text(row.studentModel);
    case Time:
        return row.figures.seconds > 0 ? durationText(row.figures.seconds) : QStringLiteral("\u2013");
    case Seed:
        return QString::number(row.seed);
    case Created:
        return momentText(row.createdAt);
    case Curve:
        return {};
    default: {
        const RunColumn& chosen = m_chosen[static_cast<std::size_t>(column - FixedColumns)];
        return valueText(chosen.from == RunColumn::From::Row ? RunColumns::valueOf(row, chosen) : value(row.id, chosen), chosen.type);
    }
    }
}

QVariant RunModel::decoration(const Entry& entry, int column) const
{
    const RunRow& row = entry.row;
    if (column == Name) {
        return swatchIcon(row.id, m_shown.contains(row.id), m_palette);
    }
    return column == State ? QVariant(stateIcon(row.state, m_palette)) : QVariant();
}

QVariant RunModel::tooltip(const Entry& entry, int column) const
{
    const RunRow& row = entry.row;
    if (column == State) {
        if (!entry.liveMessage.isEmpty()) {
            return entry.liveMessage;
        }
        return row.message.empty() ? QVariant() : QVariant(text(row.message));
    }
    if (column == Progress && row.figures.totalSteps > 0) {
        QString steps = tr("Step %1 of %2").arg(stepsText(row.figures.step), stepsText(row.figures.totalSteps));
        if (isLive(row.state) && entry.secondsLeft > 0) {
            steps = tr("%1, %2 left").arg(steps, durationText(entry.secondsLeft));
        }
        return steps;
    }
    if (column == Name) {
        return tr("%1\nId %2").arg(text(row.name), text(row.id));
    }
    return {};
}

QVariant RunModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Entry& entry = m_entries[static_cast<std::size_t>(index.row())];
    const RunRow& row = entry.row;
    switch (role) {
    case Qt::DisplayRole:
        return display(entry, index.column());
    case Qt::EditRole:
        return index.column() == Name ? QVariant(text(row.name)) : QVariant(display(entry, index.column()));
    case Qt::ToolTipRole:
        return tooltip(entry, index.column());
    case Qt::DecorationRole:
        return decoration(entry, index.column());
    case Qt::ForegroundRole:
        return row.marks.hidden || row.marks.archived ? QVariant(Theme::muted(m_palette)) : QVariant();
    case IdsRole:
        return QStringList{text(row.id)};
    case MarksRole: {
        QStringList marks;
        for (const auto& [has, name] : {std::pair(row.marks.starred, "starred"), {row.marks.pinned, "pinned"}, {row.marks.hidden, "hidden"},
                                        {row.marks.archived, "archived"}}) {
            if (has) {
                marks << QLatin1String(name);
            }
        }
        return marks;
    }
    case Qt::CheckStateRole:
        return index.column() == Name ? QVariant(m_shown.contains(row.id) ? Qt::Checked : Qt::Unchecked) : QVariant();
    case Qt::TextAlignmentRole:
        return headerData(index.column(), Qt::Horizontal, role);
    case FractionRole:
        return row.figures.totalSteps > 0
            ? static_cast<double>(row.figures.step) / static_cast<double>(row.figures.totalSteps)
            : std::nan("");
    case LiveRole:
        return isLive(row.state);
    case GroupRole:
        return text(row.group);
    case RoleNameRole:
        switch (row.role) {
        case RunRole::Teacher:
            return tr("teacher");
        case RunRole::Control:
            return tr("alone");
        case RunRole::Student:
            break;
        }
        return row.teacherModel.empty() ? QString() : tr("student");
    case Qt::AccessibleTextRole:
        if (index.column() == Name) {
            QStringList parts = {text(row.name), m_shown.contains(row.id) ? tr("shown") : tr("not shown")};
            if (row.marks.starred) {
                parts << tr("starred");
            }
            if (row.marks.pinned) {
                parts << tr("pinned");
            }
            if (row.marks.hidden) {
                parts << tr("hidden");
            }
            if (row.marks.archived) {
                parts << tr("archived");
            }
            return parts.join(QStringLiteral(", "));
        }
        if (index.column() == Curve) {
            return tr("small curve");
        }
        return display(entry, index.column());
    default:
        return {};
    }
}

bool RunModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid) || index.column() != Name) {
        return false;
    }
    Entry& entry = m_entries[static_cast<std::size_t>(index.row())];
    const RunId id = entry.row.id;
    if (role == Qt::CheckStateRole) {
        Q_EMIT shownToggled({id}, value.toInt() == Qt::Checked);
        return true;
    }
    const QString name = value.toString().trimmed();
    if (role != Qt::EditRole || name.isEmpty()) {
        return false;
    }
    if (name.toStdString() != entry.row.name) {
        entry.row.name = name.toStdString();
        entry.searchText.clear();
        rowChanged(index.row());
        Q_EMIT renamed(id, name);
    }
    return true;
}

QVariant RunModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const bool left = section == Progress || section == Created || !isFigure(columnAt(section).type);
        return QVariant((left ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    }
    if (section >= FixedColumns) {
        const RunColumn& chosen = m_chosen[static_cast<std::size_t>(section - FixedColumns)];
        if (role == Qt::DisplayRole) {
            return text(chosen.title);
        }
        return role == Qt::ToolTipRole ? QVariant(tr("%1\nIn a filter: %2").arg(text(chosen.help), text(chosen.key))) : QVariant();
    }
    const QString names[FixedColumns] = {
        tr("Name"), tr("State"), tr("Progress"), tr("Best"), tr("Last"), tr("Agreement"), tr("Teacher \u2192 student"),
        tr("Time"), tr("Seed"),  tr("Created"), tr("Curve"),
    };
    const QString helps[FixedColumns] = {
        tr("Tick a run to draw its curves; double-click to rename it"),
        tr("Where the run stands"),
        tr("Share of its steps while it trains, then the steps it made"),
        tr("Best accuracy on the validation images"),
        tr("Latest accuracy on the validation images"),
        tr("Share of validation images on which teacher and student choose the same class"),
        tr("Which model teaches which"),
        tr("Time spent training, pauses left out"),
        tr("Seed of initialisation, order, augmentation and dropout"),
        tr("When it was started"),
        tr("How the accuracy on the validation images went; the header's menu offers other curves"),
    };
    if (role == Qt::DisplayRole) {
        return names[section];
    }
    return role == Qt::ToolTipRole ? QVariant(helps[section]) : QVariant();
}

Qt::ItemFlags RunModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.isValid()) {
        flags |= Qt::ItemNeverHasChildren;
        if (index.column() == Name) {
            flags |= Qt::ItemIsUserCheckable;
            flags.setFlag(Qt::ItemIsEditable, m_editable);
        }
    }
    return flags;
}

} // namespace distill::ui
