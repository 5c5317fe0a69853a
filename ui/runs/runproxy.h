// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/runfilter.h"
#include "ui/runs/runmodel.h"

#include <QSortFilterProxyModel>

namespace distill::ui {

/// Filters and sorts the run table by its typed rows. The order does not change while values do: a row that moves
/// cannot be clicked. It is made anew when rows come or go and when a person sorts.
class RunProxy : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit RunProxy(RunModel& runs, QObject* parent = nullptr);

    void setFilter(RunFilter filter);
    const RunFilter& filter() const { return m_filter; }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    const RunModel& m_runs;
    RunFilter m_filter;
};

} // namespace distill::ui
