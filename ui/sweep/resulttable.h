// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/sweep.h"

#include <QAbstractTableModel>
#include <QTableView>
#include <optional>

class QSortFilterProxyModel;

namespace distill::ui {

/// The variants of a sweep: rank, the value of each field, what they reached, how far they came.
class ResultModel : public QAbstractTableModel {
    Q_OBJECT

public:
    static constexpr int SortRole = Qt::UserRole;
    enum Figure { Validation, Test, Agreement, Trained, State, FigureCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setResults(const SweepResults& results);
    const SweepResults& results() const { return m_results; }
    /// Rank, validation and test come first, where a narrow table shows them; then the fields and the rest.
    int column(Figure figure) const { return 1 + figure + (figure > Test ? static_cast<int>(m_results.fields.size()) : 0); }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    static constexpr int firstField = 1 + Agreement;
    std::optional<Figure> figureAt(int column) const; ///< none of rank and fields
    QVariant figure(const SweepResults::Row& row, Figure which, int role) const;

    SweepResults m_results;
};

class ResultTable : public QTableView {
    Q_OBJECT

public:
    explicit ResultTable(QWidget* parent = nullptr);

    /// The selection and the order stay where they were.
    void setResults(const SweepResults& results);
    const ResultModel& model() const { return *m_model; }

Q_SIGNALS:
    void runsChosen(const QVector<distill::RunId>& runs); ///< of the selected rows
    void runsOpened(const QVector<distill::RunId>& runs); ///< Return or a double click

private:
    QVector<RunId> chosen() const;
    void fitColumns();

    ResultModel* m_model;
    QSortFilterProxyModel* m_proxy;
    bool m_restoring = false;
};

} // namespace distill::ui
