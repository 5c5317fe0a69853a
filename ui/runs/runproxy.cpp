// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runproxy.h"

#include <cmath>

namespace distill::ui {

namespace {

/// A figure that is not known is smaller than any other.
int compared(double left, double right)
{
    const bool leftKnown = !std::isnan(left);
    const bool rightKnown = !std::isnan(right);
    if (!leftKnown || !rightKnown) {
        return static_cast<int>(leftKnown) - static_cast<int>(rightKnown);
    }
    return static_cast<int>(left > right) - static_cast<int>(left < right);
}

double fraction(const RunRow& row)
{
    return row.figures.totalSteps > 0
        ? static_cast<double>(row.figures.step) / static_cast<double>(row.figures.totalSteps)
        : std::nan("");
}

int compared(const RunRow& left, const RunRow& right, int column)
{
    switch (column) {
    case RunModel::Name:
        return QString::compare(QString::fromStdString(left.name), QString::fromStdString(right.name),
                                Qt::CaseInsensitive);
    case RunModel::State:
        return static_cast<int>(left.state) - static_cast<int>(right.state);
    case RunModel::Progress:
        return compared(fraction(left), fraction(right));
    case RunModel::Best:
        return compared(left.figures.bestAccuracy, right.figures.bestAccuracy);
    case RunModel::Last:
        return compared(left.figures.lastAccuracy, right.figures.lastAccuracy);
    case RunModel::Agreement:
        return compared(left.figures.agreement, right.figures.agreement);
    case RunModel::Models:
        if (const int models = left.studentModel.compare(right.studentModel); models != 0) {
            return models;
        }
        return left.teacherModel.compare(right.teacherModel);
    case RunModel::Time:
        return compared(left.figures.seconds, right.figures.seconds);
    case RunModel::Seed:
        return static_cast<int>(left.seed > right.seed) - static_cast<int>(left.seed < right.seed);
    default:
        return 0;
    }
}

} // namespace

RunProxy::RunProxy(RunModel& runs, QObject* parent)
    : QSortFilterProxyModel(parent)
    , m_runs(runs)
{
    setDynamicSortFilter(false);
    setSourceModel(&runs);
}

void RunProxy::setFilter(RunFilter filter)
{
    m_filter = std::move(filter);
    invalidateRowsFilter();
}

bool RunProxy::filterAcceptsRow(int row, const QModelIndex&) const
{
    return m_filter.isEmpty() || m_filter.accepts(m_runs.row(row), m_runs.searchText(row));
}

bool RunProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const RunRow& one = m_runs.row(left.row());
    const RunRow& other = m_runs.row(right.row());
    if (left.column() == RunModel::Created) {
        // Submissions in either order; within one always the teacher first, as they were submitted.
        if (one.group == other.group) {
            return (one.id < other.id) == (sortOrder() == Qt::AscendingOrder) && one.id != other.id;
        }
        const int order = compared(m_runs.groupCreated(left.row()), m_runs.groupCreated(right.row()));
        return order != 0 ? order < 0 : one.group < other.group;
    }
    const int order = compared(one, other, left.column());
    return order != 0 ? order < 0 : one.id < other.id; // ids sort by creation: the order is total
}

} // namespace distill::ui
