// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/curvespane.h"
#include "ui/compare/quantities.h"

#include <QAbstractTableModel>
#include <QPalette>

namespace distill::ui {

/// Runs as columns: where their curves stand at the cursor and ended, their figures with differences to the baseline, how they
/// are configured, what they are, and what people noted.
class ColumnModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Role {
        KindRole = Qt::UserRole, ///< Kind
        DeltaRole, ///< QString: the difference to the baseline, signed
        JudgementRole, ///< int: 1 for the better, -1 for the worse, 0 neither
        MarkRole, ///< int: Mark
        RunRole, ///< QString: id, of a column's header
        BaselineRole, ///< bool, of a column's header
    };
    enum class Kind { Section, Text, Figure, Field, Notes };
    enum class Mark { None, Best, Tied }; ///< tied: its interval overlaps that of the best

    explicit ColumnModel(QObject* parent = nullptr);

    /// With the figures of its curves, as setCurveFigures(); without any those of the same runs stay.
    void setComparison(std::shared_ptr<const Comparison> comparison, std::vector<CurvesPane::SeriesFigures> figures = {}, const QString& cursor = {});
    void setCurveFigures(std::vector<CurvesPane::SeriesFigures> figures, const QString& cursor);
    void setDifferencesOnly(bool on);
    void setPalette(const QPalette& palette);
    Kind kindOf(int row) const { return m_rows[static_cast<std::size_t>(row)].kind; }
    RunId runOf(int column) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void rowsChanged(); ///< which rows there are

private:
    struct Cell {
        QString text, delta, tip;
        int judgement = 0;
        Mark mark = Mark::None;
        bool operator==(const Cell&) const = default;
    };
    struct Row {
        Kind kind = Kind::Text;
        QString title, tip;
        std::vector<Cell> cells;
        bool differs = false;
        bool operator==(const Row&) const = default;
    };

    std::vector<Row> makeRows();
    void rebuild();
    void addSummary(std::vector<Row>& rows) const;
    void addFigures(std::vector<Row>& rows) const;
    void addCurves(std::vector<Row>& rows) const;
    void addFields(std::vector<Row>& rows) const;
    void addNotes(std::vector<Row>& rows) const;
    Row section(const QString& title) const;
    void markBest(Row& row, const ComparedFigure& figure) const;

    std::shared_ptr<const Comparison> m_comparison;
    std::vector<CurvesPane::SeriesFigures> m_curves;
    QString m_cursor;
    QStringList m_names, m_shortNames;
    std::vector<Row> m_rows;
    std::size_t m_curvesCount = 0; ///< the first rows, of the curves
    bool m_differencesOnly = true;
    QPalette m_palette;
};

} // namespace distill::ui
