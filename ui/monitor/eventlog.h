// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <QWidget>

class QComboBox;
class QLineEdit;
class QTableView;

namespace distill::ui {

/// The events of one run as rows: time, step, kind, sentence.
class EventModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Time, Step, Kind, Text, ColumnCount };
    enum Level { Detail, Note, Warning };
    static constexpr int levelRole = Qt::UserRole;

    using QAbstractTableModel::QAbstractTableModel;

    /// Appends what is new where `events` begins with the present ones, else starts over.
    void setEvents(const std::vector<RunEvent>& events);
    static Level levelOf(const RunEvent& event);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<RunEvent> m_events;
};

/// The log of the current run, with a filter. It follows its end only while the end is in view.
class EventLog : public QWidget {
    Q_OBJECT

public:
    explicit EventLog(QWidget* parent = nullptr);
    void setEvents(const std::vector<RunEvent>& events);

private:
    EventModel* m_model;
    QSortFilterProxyModel* m_filtered;
    QLineEdit* m_filter;
    QComboBox* m_level;
    QTableView* m_table;
};

} // namespace distill::ui
