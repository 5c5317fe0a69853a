// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/runquery.h"
#include "ui/runs/runmodel.h"

#include <QVector>
#include <map>
#include <unordered_map>

namespace distill::ui {

/// The lines of the run table: the runs that meet the filter, sorted, pinned ones first, and where runs are grouped a line for each group
/// with its mean, deviation and count, its members beneath it when it is open. Lines do not move while values change: a row that moves
/// cannot be clicked. Their order is made anew when rows come or go and when a person sorts.
class RunLines : public QAbstractTableModel {
    Q_OBJECT

public:
    enum class Grouping { None, Seeds, Teacher, Dataset, Submission };
    enum Role {
        GroupLineRole = Qt::UserRole + 100, ///< true for the line of a group
        OpenRole,
        MemberRole, ///< true for a run beneath its group's line
    };

    explicit RunLines(RunModel& runs, QObject* parent = nullptr);

    void setFilter(RunQuery filter);
    const RunQuery& filter() const { return m_filter; }
    void setGrouping(Grouping grouping);
    Grouping grouping() const { return m_grouping; }
    void setShowArchived(bool show);
    bool showsArchived() const { return m_showArchived; }
    /// Of the filter and of the grouping, that do not stand in the rows.
    std::vector<RunColumn> neededColumns() const;
    /// Filters, groups and sorts anew.
    void arrange();

    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;
    int sortColumn() const { return m_sortColumn; }
    Qt::SortOrder sortOrder() const { return m_sortOrder; }

    bool isGroup(int line) const;
    void setOpen(int line, bool open);
    bool isOpen(int line) const;
    int groupLineOf(int line) const; ///< the line of the group above a run, or -1
    QVector<RunId> runsOf(int line) const; ///< a run, or those of a group
    int runAt(int line) const; ///< place in the model, -1 for a group
    int lineOf(const RunId& run) const; ///< -1 where it is filtered away or its group is closed
    int lineShowing(const RunId& run) const; ///< its own, or its closed group's; -1 where it is filtered away
    int accepted() const { return m_accepted; } ///< runs that meet the filter
    int archived() const { return m_archived; } ///< runs that met it and are left out

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void aboutToArrange(); ///< lines may go, and a view moves to their neighbours
    void arranged();

private:
    struct Group {
        QString title;
        std::vector<int> members; ///< places in the model, in the order of the table
        bool open = false;
        mutable std::unordered_map<int, QString> texts; ///< of columns, while no value changes: a group may hold thousands
    };
    struct Line {
        int run = -1;      ///< place in the model
        std::string group; ///< of a group's line its key
        bool member = false;
        bool operator==(const Line&) const = default;
    };

    void sourceChanged(bool reset);
    void valuesChanged(const QModelIndex& first, const QModelIndex& last);
    std::vector<int> acceptedRuns();
    void sortRuns(std::vector<int>& runs) const;
    std::pair<std::string, QString> groupOf(int run) const;
    std::vector<Line> lines(const std::vector<int>& runs);
    std::vector<Line> ungrouped(const std::vector<int>& runs) const;
    void change(std::vector<Line> lines, bool reset);
    void arrangeAnew(bool reset);
    void indexLines();
    QVariant groupData(const Group& group, int column, int role) const;
    QString groupText(const Group& group, int column) const;
    QString figureText(const Group& group, int column) const;

    RunModel& m_runs;
    RunQuery m_filter;
    Grouping m_grouping = Grouping::None;
    bool m_showArchived = false;
    int m_sortColumn = RunModel::Created;
    Qt::SortOrder m_sortOrder = Qt::DescendingOrder;
    std::map<std::string, Group> m_groups;
    std::map<std::string, bool> m_opened; ///< what a person opened and closed
    std::vector<Line> m_lines;
    std::vector<RunId> m_ids;       ///< of the model's rows when the lines were made
    std::vector<int> m_lineOfRun;   ///< by place in the model; -1
    int m_accepted = 0;
    int m_archived = 0;
};

} // namespace distill::ui
