// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/stages.h"

#include "ui/format.h"
#include "ui/plots/curvefeed.h"

#include <QHeaderView>
#include <QLocale>
#include <cmath>

namespace distill::ui {

namespace {

double figure(const Json& stage, const char* border, const char* name)
{
    const auto block = stage.find(border);
    if (block == stage.end() || !block->is_object() || !block->contains(name) || !block->at(name).is_number()) {
        return std::nan("");
    }
    return block->at(name).get<double>();
}

QString lossText(double loss)
{
    return std::isfinite(loss) ? QLocale().toString(loss, 'f', 4) : QStringLiteral("\u2013");
}

QString changeText(double change)
{
    if (!std::isfinite(change)) {
        return QStringLiteral("\u2013");
    }
    return StageTable::tr("%1 points").arg((change > 0 ? QStringLiteral("+") : QString()) + QLocale().toString(100 * change, 'f', 2));
}

} // namespace

QVector<StageBorder> stageBordersOf(const WatchedRun& run)
{
    const auto stages = run.document.is_object() ? run.document.find("stages") : run.document.end();
    if (!run.document.is_object() || stages == run.document.end() || !stages->is_array() || stages->size() < 2) {
        return {};
    }
    std::map<std::size_t, std::int64_t> begins; // a run that continues from a checkpoint may pass a border twice
    for (const RunEvent& event : run.events) {
        const Json& data = event.data;
        if (event.kind == "stage" && data.is_object() && data.contains("stage") && data.at("stage").is_number_integer()) {
            begins[data.at("stage").get<std::size_t>()] = event.step;
        }
    }
    if (begins.empty()) {
        return {};
    }
    begins.emplace(0, 0);
    QVector<StageBorder> borders;
    for (const auto& [index, step] : begins) {
        QString name;
        if (index < stages->size() && (*stages)[index].is_object()) {
            const auto given = (*stages)[index].find("name");
            name = given != (*stages)[index].end() && given->is_string() ? QString::fromStdString(given->get<std::string>())
                                                                        : QString();
        }
        borders.append({step, name.isEmpty() ? StageTable::tr("stage %1").arg(index + 1) : name});
    }
    return borders;
}

StageTable::StageTable(QWidget* parent)
    : QTableWidget(0, ColumnCount, parent)
{
    setAccessibleName(tr("What each stage of the current run changed"));
    setHorizontalHeaderLabels({tr("Stage"), tr("Steps"), tr("Time"), tr("Accuracy before"), tr("after"), tr("Change"),
                               tr("Loss before"), tr("after"), tr("Agreement before"), tr("after")});
    setEditTriggers(NoEditTriggers);
    setSelectionBehavior(SelectRows);
    setShowGrid(false);
    setTabKeyNavigation(false);
    setFrameShape(NoFrame);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    horizontalHeader()->setHighlightSections(false);
    setToolTip(tr("Accuracy, loss and agreement on the validation set, before the stage and after it"));
}

void StageTable::setStages(const Json& summary)
{
    const Json none = Json::array();
    const Json& stages = summary.is_object() && summary.contains("stages") ? summary.at("stages") : none;
    if (stages == m_stages) {
        return;
    }
    m_stages = stages;
    setRowCount(0);
    for (const Json& stage : stages) {
        const int row = rowCount();
        insertRow(row);
        const auto number = [&](const char* border, const char* name) { return figure(stage, border, name); };
        const QString cells[ColumnCount] = {QString::fromStdString(stage.value("name", "")),
                                            stepsText(stage.value("steps", std::int64_t(0))),
                                            durationText(stage.value("seconds", 0.0)),
                                            percentText(number("begin", "accuracy"), 2),
                                            percentText(number("end", "accuracy"), 2),
                                            changeText(number("end", "accuracy") - number("begin", "accuracy")),
                                            lossText(number("begin", "loss")),
                                            lossText(number("end", "loss")),
                                            percentText(number("begin", "agreement"), 2),
                                            percentText(number("end", "agreement"), 2)};
        for (int column = 0; column < ColumnCount; ++column) {
            auto* const item = new QTableWidgetItem(cells[column]);
            item->setTextAlignment((column == Name ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
            setItem(row, column, item);
        }
    }
    for (int column = 0; column < ColumnCount; ++column) {
        horizontalHeaderItem(column)->setTextAlignment((column == Name ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    }
    resizeColumnsToContents();
    for (int column = 0; column < ColumnCount; ++column) {
        setColumnWidth(column, columnWidth(column) + fontMetrics().averageCharWidth());
    }
}

} // namespace distill::ui
