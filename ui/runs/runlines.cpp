// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runlines.h"

#include "ui/format.h"
#include "ui/runs/columntext.h"
#include "ui/runs/stateicon.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

/// So many ranges of lines come and go one by one, which keeps selection and scroll position; more reset the view, which is faster.
constexpr int fewRanges = 48;

struct SortKey {
    bool pinned = false;
    bool known = false;
    double number = 0;
    QString text;
    int run = 0;
};

QString countText(int count)
{
    return plural(count, RunLines::tr("%1 run"), RunLines::tr("%1 runs"));
}

} // namespace

RunLines::RunLines(RunModel& runs, QObject* parent)
    : QAbstractTableModel(parent), m_runs(runs)
{
    connect(&runs, &RunModel::modelReset, this, [this] { sourceChanged(true); }); // perhaps with other columns
    connect(&runs, &RunModel::rowsInserted, this, [this] { sourceChanged(false); });
    connect(&runs, &RunModel::rowsRemoved, this, [this] { sourceChanged(false); });
    connect(&runs, &RunModel::dataChanged, this, &RunLines::valuesChanged);
}

void RunLines::setFilter(RunQuery filter)
{
    m_filter = std::move(filter);
    arrange();
}

void RunLines::setGrouping(Grouping grouping)
{
    if (grouping != m_grouping) {
        m_grouping = grouping;
        m_opened.clear();
        arrange();
    }
}

void RunLines::setShowArchived(bool show)
{
    if (show != m_showArchived) {
        m_showArchived = show;
        arrange();
    }
}

std::vector<RunColumn> RunLines::neededColumns() const
{
    std::vector<RunColumn> needed = m_filter.columns();
    if (m_grouping == Grouping::Dataset) {
        needed.push_back(m_runs.columns().find("dataset"));
    }
    return needed;
}

void RunLines::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_sortOrder = order;
    arrange();
}

void RunLines::arrange()
{
    arrangeAnew(false);
}

void RunLines::arrangeAnew(bool reset)
{
    Q_EMIT aboutToArrange();
    std::vector<int> runs = acceptedRuns();
    sortRuns(runs);
    change(lines(runs), reset);
    Q_EMIT arranged();
}

std::vector<int> RunLines::acceptedRuns()
{
    const bool archived = m_showArchived || m_filter.mentions("archived");
    std::vector<int> runs;
    std::vector<const Json*> values(m_filter.columns().size());
    m_archived = 0;
    for (int i = 0; i < m_runs.rowCount(); ++i) {
        const RunRow& row = m_runs.row(i);
        if (!m_filter.empty()) {
            for (std::size_t k = 0; k < values.size(); ++k) {
                values[k] = &m_runs.value(row.id, m_filter.columns()[k]);
            }
            if (!m_filter.accepts(row, m_runs.searchText(i), values)) {
                continue;
            }
        }
        if (row.marks.archived && !archived) {
            ++m_archived;
            continue;
        }
        runs.push_back(i);
    }
    m_accepted = static_cast<int>(runs.size());
    return runs;
}

/// What is not known stands last in either order.
void RunLines::sortRuns(std::vector<int>& runs) const
{
    const bool descending = m_sortOrder == Qt::DescendingOrder;
    if (m_sortColumn == RunModel::Created || m_sortColumn >= m_runs.columnCount() || m_sortColumn < 0) {
        // Submissions in either order; within one always the teacher first, as they were submitted.
        std::sort(runs.begin(), runs.end(), [&](int left, int right) {
            const RunRow& one = m_runs.row(left);
            const RunRow& other = m_runs.row(right);
            if (one.marks.pinned != other.marks.pinned) {
                return one.marks.pinned;
            }
            if (one.group == other.group) {
                return one.id < other.id;
            }
            const double first = m_runs.groupCreated(left), second = m_runs.groupCreated(right);
            return first != second ? (first > second) == descending : (one.group > other.group) == descending;
        });
        return;
    }
    const bool words = m_runs.columnAt(m_sortColumn).type == RunColumn::Type::Text; // a figure that is not known is shown as a dash
    std::vector<SortKey> keys;
    keys.reserve(runs.size());
    for (const int run : runs) {
        SortKey key;
        key.pinned = m_runs.row(run).marks.pinned;
        key.run = run;
        if (const double number = m_runs.numberAt(run, m_sortColumn); !std::isnan(number)) {
            key.known = true;
            key.number = number;
        } else if (words) {
            key.text = m_runs.sortText(run, m_sortColumn);
            key.known = !key.text.isEmpty();
        }
        keys.push_back(std::move(key));
    }
    std::sort(keys.begin(), keys.end(), [&](const SortKey& one, const SortKey& other) {
        if (one.pinned != other.pinned) {
            return one.pinned;
        }
        if (one.known != other.known) {
            return one.known;
        }
        if (one.number != other.number) {
            return (one.number < other.number) != descending;
        }
        if (const int order = naturalOrder(one.text, other.text); order != 0) {
            return (order < 0) != descending;
        }
        return (m_runs.row(one.run).id < m_runs.row(other.run).id) != descending; // ids sort by creation: the order is total
    });
    std::transform(keys.begin(), keys.end(), runs.begin(), [](const SortKey& key) { return key.run; });
}

/// Key and title; an empty key for a run that stands by itself.
std::pair<std::string, QString> RunLines::groupOf(int run) const
{
    const RunRow& row = m_runs.row(run);
    switch (m_grouping) {
    case Grouping::Seeds:
        return {row.seedlessHash, QString::fromStdString(withoutSeed(row.name))};
    case Grouping::Teacher:
        if (const RunId teacher = row.role == RunRole::Teacher ? RunId() : row.firstTeacher(); !teacher.empty()) {
            const int place = m_runs.indexOf(teacher);
            return {teacher, place >= 0 ? QString::fromStdString(m_runs.row(place).name) : QString::fromStdString(row.teacherModel)};
        }
        return row.teacherModel.empty() ? std::pair(std::string("none"), tr("Without a teacher"))
                                        : std::pair("model " + row.teacherModel, QString::fromStdString(row.teacherModel));
    case Grouping::Dataset: {
        const QString name = valueText(m_runs.value(row.id, m_runs.columns().find("dataset")), RunColumn::Type::Text);
        return {"data " + name.toStdString(), name};
    }
    case Grouping::Submission:
        return {row.group, QString::fromStdString(withoutSeed(row.name))};
    case Grouping::None:
        break;
    }
    return {};
}

std::vector<RunLines::Line> RunLines::ungrouped(const std::vector<int>& runs) const
{
    std::vector<Line> lines;
    lines.reserve(runs.size());
    for (const int run : runs) {
        lines.push_back({run, {}, false});
    }
    return lines;
}

/// Groups stand by their mean where a figure is sorted by, else where their first run stands. What stands alone needs no group's line.
std::vector<RunLines::Line> RunLines::lines(const std::vector<int>& runs)
{
    m_groups.clear();
    if (m_grouping == Grouping::None) {
        return ungrouped(runs);
    }
    std::vector<Line> lines;
    std::vector<std::string> order;
    for (const int run : runs) {
        if (m_runs.row(run).marks.pinned) {
            lines.push_back({run, {}, false});
            continue;
        }
        const auto [key, title] = groupOf(run);
        Group& group = m_groups[key];
        if (group.members.empty()) {
            group.title = title;
            order.push_back(key);
        }
        group.members.push_back(run);
        if (m_grouping == Grouping::Submission && m_runs.row(run).role == RunRole::Student && m_runs.row(group.members.front()).role != RunRole::Student) {
            group.title = title; // a submission is called after its students, wherever its teacher stands
        }
    }
    std::map<std::string, double> means;
    if (m_sortColumn != RunModel::Created && m_sortColumn >= 0 && m_sortColumn < m_runs.columnCount()) {
        for (const auto& [key, group] : m_groups) {
            means[key] = statisticsOf(m_runs, group.members, m_sortColumn).mean;
        }
        std::stable_sort(order.begin(), order.end(), [&](const std::string& one, const std::string& other) {
            const double left = means[one], right = means[other];
            if (std::isnan(left) || std::isnan(right)) {
                return !std::isnan(left) && std::isnan(right);
            }
            return left != right && (left < right) == (m_sortOrder == Qt::AscendingOrder);
        });
    }
    for (const std::string& key : order) {
        Group& group = m_groups[key];
        const bool alone = group.members.size() == 1 && (m_grouping == Grouping::Seeds || m_grouping == Grouping::Submission);
        if (alone) {
            lines.push_back({group.members.front(), {}, false});
            continue;
        }
        const auto opened = m_opened.find(key);
        group.open = opened != m_opened.end() && opened->second;
        lines.push_back({-1, key, false});
        for (const int member : group.open ? group.members : std::vector<int>()) {
            lines.push_back({member, {}, true});
        }
    }
    return lines;
}

void RunLines::indexLines()
{
    m_ids.clear();
    m_ids.reserve(static_cast<std::size_t>(m_runs.rowCount()));
    for (int i = 0; i < m_runs.rowCount(); ++i) {
        m_ids.push_back(m_runs.row(i).id);
    }
    m_lineOfRun.assign(m_ids.size(), -1);
    for (std::size_t line = 0; line < m_lines.size(); ++line) {
        if (m_lines[line].run >= 0) {
            m_lineOfRun[static_cast<std::size_t>(m_lines[line].run)] = static_cast<int>(line);
        }
    }
}

void RunLines::change(std::vector<Line> lines, bool reset)
{
    const auto keyOf = [](const Line& line) { return line.run >= 0 ? std::to_string(line.run) : "/" + line.group; };
    // The usual changes, some lines gone and some new, are told as they are; where the order changed or much did, all is new.
    const bool small = m_lines.size() < 20'000 && lines.size() < 20'000;
    std::vector<bool> stays(m_lines.size(), false), isNew(lines.size(), true);
    bool usual = small && !m_lines.empty() && !reset;
    if (usual) {
        std::unordered_map<std::string, int> old;
        old.reserve(m_lines.size());
        for (std::size_t i = 0; i < m_lines.size(); ++i) {
            old[keyOf(m_lines[i])] = static_cast<int>(i);
        }
        int last = -1;
        for (std::size_t i = 0; i < lines.size() && usual; ++i) {
            const auto found = old.find(keyOf(lines[i]));
            if (found == old.end()) {
                continue;
            }
            usual = found->second > last;
            last = found->second;
            stays[static_cast<std::size_t>(last)] = true;
            isNew[i] = false;
        }
        const auto ranges = [](const std::vector<bool>& flags, bool wanted) {
            int count = 0;
            for (std::size_t i = 0; i < flags.size(); ++i) {
                count += flags[i] == wanted && (i == 0 || flags[i - 1] != wanted) ? 1 : 0;
            }
            return count;
        };
        usual = usual && ranges(stays, false) + ranges(isNew, true) <= fewRanges;
    }
    if (!usual) {
        beginResetModel();
        m_lines = std::move(lines);
        indexLines();
        endResetModel();
        return;
    }
    for (int end = static_cast<int>(m_lines.size()); end > 0;) {
        if (stays[static_cast<std::size_t>(end - 1)]) {
            --end;
            continue;
        }
        int begin = end - 1;
        while (begin > 0 && !stays[static_cast<std::size_t>(begin - 1)]) {
            --begin;
        }
        beginRemoveRows({}, begin, end - 1);
        m_lines.erase(m_lines.begin() + begin, m_lines.begin() + end);
        endRemoveRows();
        end = begin;
    }
    for (std::size_t begin = 0; begin < lines.size(); ++begin) {
        if (!isNew[begin]) {
            m_lines[begin] = lines[begin];
            continue;
        }
        std::size_t end = begin;
        while (end < lines.size() && isNew[end]) {
            ++end;
        }
        beginInsertRows({}, static_cast<int>(begin), static_cast<int>(end) - 1);
        m_lines.insert(m_lines.begin() + static_cast<std::ptrdiff_t>(begin), lines.begin() + static_cast<std::ptrdiff_t>(begin),
                       lines.begin() + static_cast<std::ptrdiff_t>(end));
        endInsertRows();
        begin = end - 1;
    }
    indexLines();
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        if (m_lines[i].run < 0) {
            Q_EMIT dataChanged(index(static_cast<int>(i), 0), index(static_cast<int>(i), columnCount() - 1));
        }
    }
}

void RunLines::sourceChanged(bool reset)
{
    // The places of runs have changed: those that are left keep their lines, those that are gone show nothing until they are taken out.
    const std::vector<RunId> before = std::move(m_ids);
    for (Line& line : m_lines) {
        if (line.run >= 0) {
            line.run = m_runs.indexOf(before[static_cast<std::size_t>(line.run)]);
            line.group = line.run < 0 ? "gone" : "";
        }
    }
    arrangeAnew(reset);
}

void RunLines::valuesChanged(const QModelIndex& first, const QModelIndex& last)
{
    if (last.row() - first.row() > fewRanges) {
        for (auto& [key, group] : m_groups) {
            group.texts.clear();
        }
        if (!m_lines.empty()) {
            Q_EMIT dataChanged(index(0, first.column()), index(rowCount() - 1, last.column()));
        }
        return;
    }
    for (int run = first.row(); run <= last.row(); ++run) {
        const int line = run < static_cast<int>(m_lineOfRun.size()) ? m_lineOfRun[static_cast<std::size_t>(run)] : -1;
        if (line >= 0) {
            Q_EMIT dataChanged(index(line, first.column()), index(line, last.column()));
        }
        if (m_grouping != Grouping::None && !m_runs.row(run).marks.pinned) {
            const std::string key = groupOf(run).first;
            if (const auto group = m_groups.find(key); group != m_groups.end()) {
                group->second.texts.clear();
            }
            for (std::size_t i = 0; i < m_lines.size(); ++i) {
                if (m_lines[i].run < 0 && m_lines[i].group == key) {
                    Q_EMIT dataChanged(index(static_cast<int>(i), first.column()), index(static_cast<int>(i), last.column()));
                    break;
                }
            }
        }
    }
}

bool RunLines::isGroup(int line) const
{
    return line >= 0 && line < rowCount() && m_lines[static_cast<std::size_t>(line)].run < 0;
}

bool RunLines::isOpen(int line) const
{
    const auto found = isGroup(line) ? m_groups.find(m_lines[static_cast<std::size_t>(line)].group) : m_groups.end();
    return found != m_groups.end() && found->second.open;
}

void RunLines::setOpen(int line, bool open)
{
    if (isGroup(line) && isOpen(line) != open) {
        m_opened[m_lines[static_cast<std::size_t>(line)].group] = open;
        arrange();
    }
}

int RunLines::groupLineOf(int line) const
{
    if (line < 0 || line >= rowCount() || !m_lines[static_cast<std::size_t>(line)].member) {
        return -1;
    }
    while (line >= 0 && !isGroup(line)) {
        --line;
    }
    return line;
}

int RunLines::runAt(int line) const
{
    return line >= 0 && line < rowCount() ? m_lines[static_cast<std::size_t>(line)].run : -1;
}

QVector<RunId> RunLines::runsOf(int line) const
{
    QVector<RunId> runs;
    if (const int run = runAt(line); run >= 0) {
        runs << m_runs.row(run).id;
    } else if (isGroup(line)) {
        if (const auto found = m_groups.find(m_lines[static_cast<std::size_t>(line)].group); found != m_groups.end()) {
            for (const int member : found->second.members) {
                runs << m_runs.row(member).id;
            }
        }
    }
    return runs;
}

int RunLines::lineOf(const RunId& run) const
{
    const int place = m_runs.indexOf(run);
    return place < 0 || place >= static_cast<int>(m_lineOfRun.size()) ? -1 : m_lineOfRun[static_cast<std::size_t>(place)];
}

int RunLines::lineShowing(const RunId& run) const
{
    if (const int line = lineOf(run); line >= 0 || m_groups.empty()) {
        return line;
    }
    const int place = m_runs.indexOf(run);
    for (std::size_t line = 0; place >= 0 && line < m_lines.size(); ++line) {
        if (m_lines[line].run < 0) {
            const auto group = m_groups.find(m_lines[line].group);
            if (group != m_groups.end() && std::find(group->second.members.begin(), group->second.members.end(), place) != group->second.members.end()) {
                return static_cast<int>(line);
            }
        }
    }
    return -1;
}

int RunLines::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int RunLines::columnCount(const QModelIndex& parent) const
{
    return m_runs.columnCount(parent);
}

QVariant RunLines::headerData(int section, Qt::Orientation orientation, int role) const
{
    return orientation == Qt::Horizontal ? m_runs.headerData(section, orientation, role) : QVariant();
}

QVariant RunLines::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Line& line = m_lines[static_cast<std::size_t>(index.row())];
    if (role == MemberRole) {
        return line.member;
    }
    if (role == GroupLineRole) {
        return line.run < 0;
    }
    if (line.run >= 0) {
        return m_runs.data(m_runs.index(line.run, index.column()), role);
    }
    const auto group = m_groups.find(line.group);
    return group == m_groups.end() ? QVariant() : groupData(group->second, index.column(), role);
}

QString RunLines::figureText(const Group& group, int column) const
{
    const Statistics statistics = statisticsOf(m_runs, group.members, column);
    return statistics.count == 0 ? QStringLiteral("\u2013") : spreadText(statistics, m_runs.columnAt(column).type);
}

QVariant RunLines::groupData(const Group& group, int column, int role) const
{
    const auto share = [&](auto&& counts) {
        return static_cast<int>(std::count_if(group.members.begin(), group.members.end(), counts));
    };
    const int count = static_cast<int>(group.members.size());
    switch (role) {
    case OpenRole:
        return group.open;
    case Qt::TextAlignmentRole:
        return m_runs.headerData(column, Qt::Horizontal, role);
    case Qt::CheckStateRole: {
        if (column != RunModel::Name) {
            return {};
        }
        const int shown = share([&](int run) { return m_runs.shown().contains(m_runs.row(run).id); });
        return shown == 0 ? Qt::Unchecked : shown == count ? Qt::Checked : Qt::PartiallyChecked;
    }
    case RunModel::RoleNameRole:
        return countText(count);
    case RunModel::IdsRole: {
        QStringList ids;
        constexpr qsizetype mostDrawn = 8; // small curves of one line
        for (const int run : group.members) {
            if (ids.size() < mostDrawn) {
                ids << QString::fromStdString(m_runs.row(run).id);
            }
        }
        return ids;
    }
    case Qt::AccessibleTextRole:
        if (column == RunModel::Name) {
            return tr("%1, group of %2, %3").arg(group.title, countText(count), group.open ? tr("open") : tr("closed"));
        }
        [[fallthrough]];
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        break;
    default:
        return {};
    }
    if (column == RunModel::Name) {
        return role == Qt::ToolTipRole ? tr("%1\n%2; an arrow key or a double click opens and closes them").arg(group.title, countText(count))
                                       : group.title;
    }
    if (const auto known = group.texts.find(column); known != group.texts.end()) {
        return known->second;
    }
    return group.texts[column] = groupText(group, column);
}

QString RunLines::groupText(const Group& group, int column) const
{
    const int count = static_cast<int>(group.members.size());
    if (column == RunModel::State) {
        QStringList parts;
        for (int state = 0; state <= static_cast<int>(RunState::Failed); ++state) {
            const int many = static_cast<int>(std::count_if(group.members.begin(), group.members.end(),
                                                            [&](int run) { return static_cast<int>(m_runs.row(run).state) == state; }));
            if (many == count) {
                return stateText(static_cast<RunState>(state));
            } else if (many > 0) {
                parts << tr("%1 %2").arg(many).arg(stateText(static_cast<RunState>(state)).toLower());
            }
        }
        return parts.join(u", "_s);
    }
    if (column == RunModel::Created) {
        double newest = 0;
        for (const int run : group.members) {
            newest = std::max(newest, m_runs.row(run).createdAt);
        }
        return momentText(newest);
    }
    if (column == RunModel::Curve) {
        return {};
    }
    if (column != RunModel::Seed && m_runs.columnAt(column).type != RunColumn::Type::Text && m_runs.columnAt(column).type != RunColumn::Type::Flag) {
        return figureText(group, column);
    }
    // Of texts, and of seeds, what they are where they are few.
    QStringList values;
    std::set<QString> seen;
    for (const int run : group.members) {
        if (const QString value = m_runs.index(run, column).data().toString(); seen.insert(value).second) {
            values << value;
        }
    }
    if (values.size() > 3) {
        return tr("%1 different").arg(values.size());
    }
    return values.join(u", "_s);
}

bool RunLines::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return false;
    }
    if (const int run = runAt(index.row()); run >= 0) {
        return m_runs.setData(m_runs.index(run, index.column()), value, role);
    }
    if (role != Qt::CheckStateRole || index.column() != RunModel::Name) {
        return false;
    }
    Q_EMIT m_runs.shownToggled(runsOf(index.row()), value.toInt() != Qt::Unchecked);
    return true;
}

Qt::ItemFlags RunLines::flags(const QModelIndex& index) const
{
    if (!index.isValid()) {
        return Qt::NoItemFlags;
    }
    if (const int run = runAt(index.row()); run >= 0) {
        return m_runs.flags(m_runs.index(run, index.column()));
    }
    const Qt::ItemFlags flags = QAbstractTableModel::flags(index) | Qt::ItemNeverHasChildren;
    return index.column() == RunModel::Name ? flags | Qt::ItemIsUserCheckable : flags;
}

} // namespace distill::ui
