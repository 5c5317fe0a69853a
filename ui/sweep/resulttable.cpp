// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sweep/resulttable.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QApplication>
#include <QHeaderView>
#include <QLocale>
#include <QSortFilterProxyModel>
#include <algorithm>
#include <cmath>

namespace distill::ui {

namespace {

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

QString meanText(const MeanOf& of)
{
    if (std::isnan(of.mean) || std::isnan(of.deviation)) {
        return percentText(of.mean, 2);
    }
    const QLocale locale;
    return QStringLiteral("%1 \u00b1 %2\u00a0%").arg(locale.toString(100 * of.mean, 'f', 2), locale.toString(100 * of.deviation, 'f', 2));
}

/// Unknown figures stand last whichever way they are sorted by Qt's own order of numbers.
QVariant sortable(double value)
{
    return std::isnan(value) ? -1.0 : value;
}

} // namespace

void ResultModel::setResults(const SweepResults& results)
{
    const bool same = results.group == m_results.group && results.rows.size() == m_results.rows.size()
        && results.fields.size() == m_results.fields.size();
    if (same && !results.rows.empty()) {
        m_results = results;
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
        return;
    }
    beginResetModel();
    m_results = results;
    endResetModel();
}

int ResultModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_results.rows.size());
}

int ResultModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : column(FigureCount);
}

QVariant ResultModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount()) {
        return {};
    }
    const SweepResults::Row& row = m_results.rows[static_cast<std::size_t>(index.row())];
    if (const auto which = figureAt(index.column())) {
        return figure(row, *which, role);
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    }
    if (role == Qt::ToolTipRole) {
        return text(row.name);
    }
    if (index.column() == 0) {
        return role == Qt::DisplayRole || role == SortRole ? QVariant(index.row() + 1) : QVariant();
    }
    const auto field = static_cast<std::size_t>(index.column() - firstField);
    if (role == SortRole && row.values[field].is_number()) {
        return row.values[field].get<double>();
    }
    return role == Qt::DisplayRole || role == SortRole ? QVariant(text(row.shown[field])) : QVariant();
}

std::optional<ResultModel::Figure> ResultModel::figureAt(int column) const
{
    for (int figure = 0; figure < FigureCount; ++figure) {
        if (this->column(static_cast<Figure>(figure)) == column) {
            return static_cast<Figure>(figure);
        }
    }
    return std::nullopt;
}

QVariant ResultModel::figure(const SweepResults::Row& row, Figure which, int role) const
{
    const MeanOf& mean = which == Validation ? row.validation : which == Test ? row.test : row.agreement;
    switch (role) {
    case Qt::DisplayRole:
        return which == State ? text(row.state) : which == Trained ? percentText(row.trained, 0) : meanText(mean);
    case SortRole:
        return which == State ? QVariant(text(row.state)) : sortable(which == Trained ? row.trained : mean.mean);
    case Qt::TextAlignmentRole:
        return which == State ? QVariant(Qt::AlignLeft | Qt::AlignVCenter) : QVariant(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ToolTipRole:
        if (which == State) {
            for (const RunRow& run : row.runs) {
                if (!run.message.empty()) {
                    return text(run.message);
                }
            }
        }
        return {};
    case Qt::ForegroundRole: // what did not get to its end is quieter: its figures are of another length of training
        return !row.runs.empty() && row.finished == row.runs.size() ? QVariant() : QVariant(Theme::muted(QApplication::palette()));
    default:
        return {};
    }
}

QVariant ResultModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    const auto figure = figureAt(section);
    const auto field = static_cast<std::size_t>(std::max(0, section - firstField));
    if (role == Qt::ToolTipRole && section > 0 && !figure) {
        return text(m_results.fields[field]);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    if (section == 0) {
        return QStringLiteral("#");
    }
    if (!figure) {
        return text(m_results.labels[field]).replace(u'_', u' ');
    }
    switch (*figure) {
    case Validation: return tr("Validation");
    case Test: return tr("Test");
    case Agreement: return tr("Agreement");
    case Trained: return tr("Trained");
    default: return tr("State");
    }
}

ResultTable::ResultTable(QWidget* parent)
    : QTableView(parent)
    , m_model(new ResultModel(this))
    , m_proxy(new QSortFilterProxyModel(this))
{
    m_proxy->setSourceModel(m_model);
    m_proxy->setSortRole(ResultModel::SortRole);
    setModel(m_proxy);
    setAccessibleName(tr("Variants of the sweep"));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setAlternatingRowColors(true);
    setShowGrid(false);
    setWordWrap(false);
    setSortingEnabled(true);
    sortByColumn(0, Qt::AscendingOrder);
    setEditTriggers(NoEditTriggers);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(true);
    setTabKeyNavigation(false);
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        if (!m_restoring) {
            Q_EMIT runsChosen(chosen());
        }
    });
    connect(this, &QTableView::activated, this, [this] { Q_EMIT runsOpened(chosen()); });
}

QVector<RunId> ResultTable::chosen() const
{
    QVector<RunId> runs;
    for (const QModelIndex& index : selectionModel()->selectedRows()) {
        for (const RunRow& run : m_model->results().rows[static_cast<std::size_t>(m_proxy->mapToSource(index).row())].runs) {
            runs << run.id;
        }
    }
    return runs;
}

void ResultTable::setResults(const SweepResults& results)
{
    std::vector<std::size_t> selected;
    for (const QModelIndex& index : selectionModel()->selectedRows()) {
        selected.push_back(m_model->results().rows[static_cast<std::size_t>(m_proxy->mapToSource(index).row())].variant);
    }
    const bool another = results.group != m_model->results().group;
    m_restoring = true;
    m_model->setResults(results);
    selectionModel()->clearSelection();
    for (int row = 0; row < m_model->rowCount() && !another; ++row) {
        if (std::find(selected.begin(), selected.end(), results.rows[static_cast<std::size_t>(row)].variant) != selected.end()) {
            selectionModel()->select(m_proxy->mapFromSource(m_model->index(row, 0)), QItemSelectionModel::Select | QItemSelectionModel::Rows);
        }
    }
    m_restoring = false;
    if (another) {
        fitColumns();
    }
}

void ResultTable::fitColumns()
{
    resizeColumnsToContents();
    const bool seeds = std::any_of(m_model->results().rows.begin(), m_model->results().rows.end(),
                                   [](const SweepResults::Row& row) { return row.runs.size() > 1; });
    const int room = fontMetrics().horizontalAdvance(seeds ? QStringLiteral("99.99 \u00b1 0.99\u00a0%") : QStringLiteral("99.99\u00a0%")) + 16;
    for (const auto figure : {ResultModel::Validation, ResultModel::Test, ResultModel::Agreement}) {
        setColumnWidth(m_model->column(figure), std::max(columnWidth(m_model->column(figure)), room)); // figures to come
    }
}

} // namespace distill::ui
