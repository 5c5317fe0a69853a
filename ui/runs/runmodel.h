// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"
#include "history/runcolumn.h"

#include <QAbstractTableModel>
#include <QPalette>
#include <QSet>
#include <QVector>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace distill::ui {

/// The rows of the run table: what the history holds, overlaid with where live runs stand this moment.
class RunModel : public QAbstractTableModel {
    Q_OBJECT

public:
    /// Those every table has; the columns that a person chose follow.
    enum Column { Name, State, Progress, Best, Last, Agreement, Models, Time, Seed, Created, Curve, FixedColumns };
    enum Role {
        FractionRole = Qt::UserRole, ///< 0 to 1, NaN where not known
        LiveRole,
        RoleNameRole, ///< "teacher", "student", "alone", or "" for a run by itself
        GroupRole, ///< what was submitted together
        IdsRole, ///< the run's id; of a group's line those of its runs
        MarksRole, ///< "starred", "pinned", "hidden", "archived": those that it has
    };

    explicit RunModel(QObject* parent = nullptr);

    /// To be called when rows are asked of the history; the number goes to setRows(), which then knows whether what the
    /// engine told since is newer.
    int beginRequest() { return ++m_request; }
    void setRows(std::vector<RunRow> rows, int request);
    /// One dataChanged a run that changed, whatever changed in it.
    void apply(const std::vector<RunStatus>& statuses);
    void setPalette(const QPalette& palette);

    /// All columns there may be.
    static const RunColumns& columns();
    void setChosenColumns(std::vector<RunColumn> columns);
    const std::vector<RunColumn>& chosenColumns() const { return m_chosen; }
    RunColumn columnAt(int column) const; ///< of Curve and Models a text
    /// Values of columns that do not stand in the rows, as they were read; they stay for columns that are not among these.
    void setValues(const std::vector<RunColumn>& columns, std::vector<ColumnValues> values);
    bool hasValues(const RunColumn& column) const;
    const Json& value(const RunId& run, const RunColumn& column) const; ///< null where it is not known (yet)
    double numberAt(int row, int column) const; ///< to sort and to average by; NaN for texts and what is not known
    QString sortText(int row, int column) const;

    /// What a person put on runs, before the history says so.
    void setMark(const std::vector<RunId>& ids, RunMark mark, int value);
    void changeTags(const std::vector<RunId>& ids, const std::vector<std::string>& add, const std::vector<std::string>& remove);
    void coloursChanged();

    /// Rows that were deleted, before the history says so; a later setRows() leaves them out as well.
    void hide(const std::vector<RunId>& ids);
    void unhide(const std::vector<RunId>& ids);

    void setEditable(bool editable); ///< whether names can be changed
    void setShown(const QSet<RunId>& shown);
    const QSet<RunId>& shown() const { return m_shown; }

    const RunRow& row(int index) const { return m_entries[static_cast<std::size_t>(index)].row; }
    const std::string& searchText(int index) const;
    /// When the first of the runs that were submitted together was created.
    double groupCreated(int index) const { return m_entries[static_cast<std::size_t>(index)].groupCreated; }
    int indexOf(const RunId& id) const; ///< -1 where it is not there
    bool hasLive() const;
    void setNotes(const RunId& id, const std::string& notes, const std::vector<std::string>& tags);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void renamed(const distill::RunId& id, const QString& name);
    void shownToggled(const QVector<distill::RunId>& runs, bool shown);

private:
    struct Entry {
        RunRow row;
        mutable std::string searchText; ///< made when it is first asked for: ten thousand at once would be felt
        double groupCreated = 0;
        double secondsLeft = 0;
        QString liveMessage;
    };
    struct Overlay {
        RunStatus status;
        int request = 0; ///< the last one begun when the status arrived
    };

    static void put(const RunStatus& status, Entry& entry);
    QString display(const Entry& entry, int column) const;
    QVariant decoration(const Entry& entry, int column) const;
    QVariant tooltip(const Entry& entry, int column) const;
    void indexAll();
    void rowChanged(int index);

    std::vector<Entry> m_entries;
    std::unordered_map<RunId, int> m_index;
    std::unordered_map<RunId, Overlay> m_overlay;
    std::unordered_set<RunId> m_hidden;
    std::vector<RunColumn> m_chosen;
    std::vector<std::pair<RunColumn, ColumnValues>> m_values;
    QSet<RunId> m_shown;
    QPalette m_palette;
    int m_request = 0;
    bool m_editable = true;
};

} // namespace distill::ui
