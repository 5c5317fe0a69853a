// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/columnmodel.h"

#include "ui/format.h"
#include "ui/plots/colours.h"
#include "ui/theme.h"

#include <QFont>
#include <QPainter>
#include <QPixmap>
#include <algorithm>
#include <array>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

QIcon swatchOf(const RunId& run, const QPalette& palette)
{
    static constexpr std::array<Qt::PenStyle, 4> styles = {Qt::SolidLine, Qt::DashLine, Qt::DashDotLine, Qt::DotLine};
    constexpr int ratio = 2;
    QPixmap pixmap(26 * ratio, 12 * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    const Qt::PenStyle style = styles[static_cast<std::size_t>(lineStyleOf(run))];
    painter.setPen(QPen(colourOf(run, palette), style == Qt::SolidLine ? 3 : 2, style));
    painter.drawLine(QPointF(1, 6), QPointF(25, 6));
    return QIcon(pixmap);
}

QString pointsText(double value, Numbers numbers)
{
    const QString size = numbers == Numbers::Percent ? QLocale().toString(100 * std::abs(value), 'f', 2) : formatted(std::abs(value), numbers);
    return (value > 0 ? u"+"_s : value < 0 ? u"\u2212"_s : u"\u00b1"_s) + size;
}

} // namespace

ColumnModel::ColumnModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void ColumnModel::setComparison(std::shared_ptr<const Comparison> comparison, std::vector<CurvesPane::SeriesFigures> figures, const QString& cursor)
{
    const auto alike = [](const Comparison::Run& one, const Comparison::Run& other) { return one.row.id == other.row.id; };
    const bool same = m_comparison && comparison && std::equal(comparison->runs.begin(), comparison->runs.end(), m_comparison->runs.begin(), m_comparison->runs.end(), alike);
    if (same) { // the place where somebody reads stays
        m_comparison = std::move(comparison);
        m_names = namesOf(m_comparison->runs);
        m_shortNames = withoutCommonParts(m_names);
        if (!figures.empty()) {
            m_curves = std::move(figures);
            m_cursor = cursor;
        }
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, std::max(0, columnCount() - 1));
        rebuild();
        return;
    }
    beginResetModel();
    m_comparison = std::move(comparison);
    m_names = m_comparison ? namesOf(m_comparison->runs) : QStringList();
    m_shortNames = withoutCommonParts(m_names);
    m_curves = std::move(figures);
    m_cursor = cursor;
    m_rows = makeRows();
    endResetModel();
    Q_EMIT rowsChanged();
}

void ColumnModel::setCurveFigures(std::vector<CurvesPane::SeriesFigures> figures, const QString& cursor)
{
    m_curves = std::move(figures);
    m_cursor = cursor;
    std::vector<Row> rows;
    if (m_comparison && !m_comparison->runs.empty()) {
        addCurves(rows);
    }
    if (rows.size() != m_curvesCount) {
        rebuild();
        return;
    }
    // The cursor moved: these rows alone are drawn anew.
    for (std::size_t i = 0; i < rows.size(); ++i) {
        Row& shown = m_rows[i];
        if (rows[i] == shown) {
            continue;
        }
        const bool renamed = rows[i].title != shown.title;
        shown = std::move(rows[i]);
        const auto row = static_cast<int>(i);
        Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
        if (renamed) {
            Q_EMIT headerDataChanged(Qt::Vertical, row, row);
        }
    }
}

void ColumnModel::setDifferencesOnly(bool on)
{
    if (m_differencesOnly != on) {
        m_differencesOnly = on;
        rebuild();
    }
}

void ColumnModel::setPalette(const QPalette& palette)
{
    m_palette = palette;
    if (!m_rows.empty()) {
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, std::max(0, columnCount() - 1)));
    }
    if (columnCount() > 0) {
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
    }
}

RunId ColumnModel::runOf(int column) const
{
    return m_comparison && column >= 0 && column < columnCount() ? m_comparison->runs[static_cast<std::size_t>(column)].row.id : RunId();
}

ColumnModel::Row ColumnModel::section(const QString& title) const
{
    return {Kind::Section, title, {}, std::vector<Cell>(m_comparison->runs.size()), false};
}

std::vector<ColumnModel::Row> ColumnModel::makeRows()
{
    std::vector<Row> rows;
    m_curvesCount = 0;
    if (m_comparison && !m_comparison->runs.empty()) {
        addCurves(rows);
        m_curvesCount = rows.size();
        addFigures(rows);
        addFields(rows);
        addSummary(rows);
        addNotes(rows);
    }
    return rows;
}

void ColumnModel::rebuild()
{
    std::vector<Row> rows = makeRows();
    const auto alike = [](const Row& one, const Row& other) { return one.kind == other.kind && one.title == other.title; };
    if (rows.size() == m_rows.size() && std::equal(rows.begin(), rows.end(), m_rows.begin(), alike)) {
        // A run went on: only what changed is drawn anew.
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows[i] != m_rows[i]) {
                m_rows[i] = std::move(rows[i]);
                const int row = static_cast<int>(i);
                Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
            }
        }
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
    Q_EMIT rowsChanged();
}

void ColumnModel::addSummary(std::vector<Row>& rows) const
{
    rows.push_back(section(tr("Run")));
    const auto add = [&](const QString& title, const std::function<QString(const RunRow&)>& textOf) {
        Row row{Kind::Text, title, {}, {}, false};
        bool any = false;
        for (const Comparison::Run& run : m_comparison->runs) {
            row.cells.push_back({textOf(run.row), {}, {}, 0, Mark::None});
            any = any || !row.cells.back().text.isEmpty();
            row.differs = row.differs || row.cells.back().text != row.cells.front().text;
        }
        if (any) {
            rows.push_back(std::move(row));
        }
    };
    add(tr("State"), [](const RunRow& row) { return tr(nameOf(row.state)); });
    add(tr("Role"), [](const RunRow& row) { return row.role == RunRole::Control ? tr("control") : tr(nameOf(row.role)); });
    add(tr("Student"), [](const RunRow& row) { return text(row.studentModel); });
    add(tr("Teacher"), [](const RunRow& row) { return text(row.teacherModel); });
    add(tr("Seed"), [](const RunRow& row) { return QString::number(row.seed); });
    add(tr("Created"), [](const RunRow& row) { return momentText(row.createdAt); });
    add(tr("Tags"), [](const RunRow& row) {
        QStringList tags;
        for (const std::string& tag : row.tags) {
            tags << text(tag);
        }
        return tags.join(u", ");
    });
    add(tr("Message"), [](const RunRow& row) { return text(row.message); });
}

void ColumnModel::markBest(Row& row, const ComparedFigure& figure) const
{
    if (figure.better == ComparedFigure::Better::Neither || figure.values.size() < 2) {
        return;
    }
    const double sign = figure.better == ComparedFigure::Better::Higher ? 1 : -1;
    std::size_t best = figure.values.size();
    for (std::size_t i = 0; i < figure.values.size(); ++i) {
        if (std::isfinite(figure.values[i]) && (best == figure.values.size() || sign * figure.values[i] > sign * figure.values[best])) {
            best = i;
        }
    }
    if (best == figure.values.size()) {
        return;
    }
    const auto intervalOf = [&](std::size_t i) -> std::optional<Range> {
        const double items = itemsOf(figure.key, m_comparison->runs[i].row.summary);
        return items > 0 && std::isfinite(figure.values[i]) ? std::optional(shareInterval(figure.values[i], items)) : std::nullopt;
    };
    const auto leader = intervalOf(best);
    bool all = true;
    for (std::size_t i = 0; i < figure.values.size(); ++i) {
        all = all && figure.values[i] == figure.values[best];
        const auto own = intervalOf(i);
        if (own) {
            row.cells[i].tip = tr("95 % interval from %1 to %2, over the samples it was measured on")
                                   .arg(figureText(own->low, figure.unit), figureText(own->high, figure.unit));
        }
        if (i == best || figure.values[i] == figure.values[best]) {
            row.cells[i].mark = Mark::Best;
        } else if (own && leader && own->high >= leader->low && leader->high >= own->low) {
            row.cells[i].mark = Mark::Tied;
            row.cells[i].tip += u'\n' + tr("Tied with the best: the intervals overlap");
        }
    }
    if (all) { // nobody is ahead
        for (Cell& cell : row.cells) {
            cell.mark = Mark::None;
        }
    }
}

void ColumnModel::addFigures(std::vector<Row>& rows) const
{
    if (m_comparison->figures.empty()) {
        return;
    }
    rows.push_back(section(tr("Figures")));
    for (const ComparedFigure& figure : m_comparison->figures) {
        Row row{Kind::Figure, text(figure.title), {}, {}, false};
        row.tip = figure.better == ComparedFigure::Better::Higher ? tr("More is better")
            : figure.better == ComparedFigure::Better::Lower      ? tr("Less is better")
                                                                  : QString();
        for (std::size_t i = 0; i < figure.values.size(); ++i) {
            Cell cell{figureText(figure.values[i], figure.unit), {}, {}, 0, Mark::None};
            row.differs = row.differs || figure.values[i] != figure.values[0];
            if (i < figure.deltas.size() && i != m_comparison->baseline && std::isfinite(figure.deltas[i])) {
                cell.delta = deltaText(figure.deltas[i], figure.unit);
                cell.judgement = judged(figure.deltas[i], figure.better);
            }
            row.cells.push_back(std::move(cell));
        }
        markBest(row, figure);
        rows.push_back(std::move(row));
    }
}

void ColumnModel::addCurves(std::vector<Row>& rows) const
{
    if (m_curves.empty()) {
        return;
    }
    const auto add = [&](const CurvesPane::SeriesFigures& figures, const QString& title, const std::vector<double>& values, bool always) {
        const bool known = std::any_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
        if ((!known && !always) || values.size() != m_comparison->runs.size()) {
            return;
        }
        Row row{Kind::Figure, title, {}, {}, true};
        for (std::size_t i = 0; i < values.size(); ++i) {
            Cell cell{std::isnan(values[i]) ? u"\u2013"_s : formatted(values[i], figures.text.numbers), {}, {}, 0, Mark::None};
            if (m_comparison->baseline && i != *m_comparison->baseline) {
                const double delta = values[i] - values[*m_comparison->baseline];
                if (std::isfinite(delta)) {
                    cell.delta = pointsText(delta, figures.text.numbers);
                    cell.judgement = figures.text.better * (delta > 0 ? 1 : delta < 0 ? -1 : 0);
                }
            }
            row.cells.push_back(std::move(cell));
        }
        rows.push_back(std::move(row));
    };
    // Above all else, so that they are in sight under the plots, and with rows for what is not known there: rows that come and
    // go under the mouse cannot be read.
    if (!m_cursor.isEmpty()) {
        rows.push_back(section(tr("At the cursor: %1").arg(m_cursor)));
        for (const CurvesPane::SeriesFigures& figures : m_curves) {
            add(figures, figures.text.title, figures.atCursor, true);
        }
    }
    rows.push_back(section(tr("Curves")));
    for (const CurvesPane::SeriesFigures& figures : m_curves) {
        add(figures, tr("%1, best").arg(figures.text.title), figures.best, false);
        add(figures, (figures.smoothed ? tr("%1, last, smoothed") : tr("%1, last")).arg(figures.text.title), figures.last, false);
    }
}

void ColumnModel::addFields(std::vector<Row>& rows) const
{
    std::vector<Row> fields;
    for (const ComparedField& field : m_comparison->fields) {
        if (m_differencesOnly && !field.differs) {
            continue;
        }
        if (field.pointer == "/notes" || field.pointer == "/tags" || field.pointer == "/name") {
            continue; // the run's own, below and above
        }
        Row row{Kind::Field, text(field.title), text(field.pointer), {}, field.differs};
        for (const Json& value : field.values) {
            const QString words = valueText(value);
            row.cells.push_back({words, {}, words, 0, Mark::None});
        }
        fields.push_back(std::move(row));
    }
    rows.push_back(section(m_differencesOnly ? tr("Configuration: what differs") : tr("Configuration")));
    if (fields.empty()) {
        Row none{Kind::Text, m_comparison->runs.size() > 1 ? tr("No field differs") : tr("Nothing to compare with"), {}, {}, false};
        none.cells.resize(m_comparison->runs.size());
        fields.push_back(std::move(none));
    }
    std::move(fields.begin(), fields.end(), std::back_inserter(rows));
}

void ColumnModel::addNotes(std::vector<Row>& rows) const
{
    Row row{Kind::Notes, tr("Notes"), {}, {}, false};
    bool any = false;
    for (const Comparison::Run& run : m_comparison->runs) {
        const QString notes = text(run.row.notes);
        row.cells.push_back({notes, {}, notes, 0, Mark::None});
        any = any || !notes.isEmpty();
    }
    if (any) {
        rows.push_back(std::move(row));
    }
}

int ColumnModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ColumnModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_comparison ? 0 : static_cast<int>(m_comparison->runs.size());
}

QVariant ColumnModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid()) {
        return {};
    }
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    const Cell& cell = row.cells[static_cast<std::size_t>(index.column())];
    switch (role) {
    case Qt::DisplayRole:
        return row.kind == Kind::Section ? (index.column() == 0 ? row.title : QString()) : cell.text;
    case Qt::ToolTipRole:
        return cell.tip.isEmpty() ? QVariant() : cell.tip;
    case Qt::AccessibleTextRole:
    case Qt::AccessibleDescriptionRole: {
        if (row.kind == Kind::Section) {
            return row.title;
        }
        QStringList parts = {m_names.value(index.column()), row.title, cell.text};
        if (!cell.delta.isEmpty()) {
            parts << (cell.judgement > 0       ? tr("%1 to the baseline, better").arg(cell.delta)
                          : cell.judgement < 0 ? tr("%1 to the baseline, worse").arg(cell.delta)
                                               : tr("%1 to the baseline").arg(cell.delta));
        }
        if (cell.mark != Mark::None) {
            parts << (cell.mark == Mark::Best ? tr("best") : tr("tied with the best"));
        }
        return parts.join(u", ");
    }
    case KindRole:
        return static_cast<int>(row.kind);
    case DeltaRole:
        return cell.delta;
    case JudgementRole:
        return cell.judgement;
    case MarkRole:
        return static_cast<int>(cell.mark);
    case Qt::TextAlignmentRole:
        return static_cast<int>(row.kind == Kind::Notes ? Qt::AlignLeft | Qt::AlignTop : Qt::AlignLeft | Qt::AlignVCenter);
    default:
        return {};
    }
}

QVariant ColumnModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Vertical) {
        if (section < 0 || section >= rowCount()) {
            return {};
        }
        const Row& row = m_rows[static_cast<std::size_t>(section)];
        switch (role) {
        case Qt::DisplayRole:
            return row.title;
        case Qt::ToolTipRole:
            return row.tip.isEmpty() ? QVariant() : row.tip;
        case Qt::FontRole: {
            QFont font;
            font.setBold(row.kind == Kind::Section);
            return font;
        }
        case Qt::TextAlignmentRole:
            return static_cast<int>(Qt::AlignLeft | (row.kind == Kind::Notes ? Qt::AlignTop : Qt::AlignVCenter));
        default:
            return {};
        }
    }
    if (!m_comparison || section < 0 || section >= columnCount()) {
        return {};
    }
    const bool baseline = m_comparison->baseline == static_cast<std::size_t>(section);
    switch (role) {
    case Qt::DisplayRole:
        return baseline ? u"\u2691 "_s + m_shortNames.value(section) : m_shortNames.value(section);
    case Qt::ToolTipRole:
        return m_names.value(section) + u'\n' + text(runOf(section))
            + (baseline ? u'\n' + tr("The baseline: differences are to this run") : QString());
    case Qt::DecorationRole:
        return swatchOf(runOf(section), m_palette);
    case Qt::AccessibleTextRole:
        return baseline ? tr("%1, the baseline").arg(m_names.value(section)) : m_names.value(section);
    case RunRole:
        return text(runOf(section));
    case BaselineRole:
        return baseline;
    case Qt::TextAlignmentRole:
        return static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter);
    default:
        return {};
    }
}

Qt::ItemFlags ColumnModel::flags(const QModelIndex& index) const
{
    return index.isValid() && kindOf(index.row()) == Kind::Section ? Qt::ItemIsEnabled : Qt::ItemIsEnabled | Qt::ItemIsSelectable;
}

} // namespace distill::ui
