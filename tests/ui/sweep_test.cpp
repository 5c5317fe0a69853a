// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"
#include "ui/session.h"
#include "ui/sweep/bestplot.h"
#include "ui/sweep/draglist.h"
#include "ui/sweep/heatplot.h"
#include "ui/sweep/queuelist.h"
#include "ui/sweep/resulttable.h"
#include "ui/sweep/sweeppanel.h"
#include "ui/theme.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>
#include <cmath>
#include <gmock/gmock.h>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

SweepResults results()
{
    SweepResults all;
    all.group = "g";
    all.fields = {"/stages/0/learning_rate", "/student/model"};
    all.labels = {"learning_rate", "model"};
    all.logarithmic = {false, false};
    const double accuracies[] = {0.9, 0.8, 0.7, std::nan("")};
    for (std::size_t i = 0; i < 4; ++i) {
        SweepResults::Row row;
        row.variant = 3 - i;
        row.values = {i % 2 == 0 ? 0.1 : 0.01, i < 2 ? "mlp" : "cnn"};
        row.shown = {i % 2 == 0 ? "0.1" : "0.01", i < 2 ? "mlp" : "cnn"};
        row.validation = {accuracies[i], 0.01};
        row.test = {i < 2 ? accuracies[i] - 0.05 : std::nan(""), std::nan("")};
        row.state = i < 2 ? "finished" : "queued";
        RunRow run = test::run("run " + std::to_string(i));
        run.state = i < 2 ? RunState::Finished : RunState::Queued;
        row.finished = i < 2;
        row.runs = {run};
        all.rows.push_back(row);
    }
    all.runs = 4;
    all.bestSoFar = {{1, 10, 0.7, "x", 0.7}, {2, 20, 0.9, "y", 0.9}, {3, 30, 0.9, "y", 0.8}};
    return all;
}

TEST(ResultTable, ShowsVariantsAndSortsByNumbers)
{
    QLocale::setDefault(QLocale::c());
    ResultTable table;
    QAbstractItemModelTester tester(table.QTableView::model(), QAbstractItemModelTester::FailureReportingMode::Fatal);
    table.setResults(results());
    const QAbstractItemModel& shown = *table.QTableView::model();
    ASSERT_EQ(shown.rowCount(), 4);
    ASSERT_EQ(shown.columnCount(), 8);
    const auto cell = [&](int row, int column) { return shown.index(row, column).data().toString(); };
    EXPECT_EQ(shown.headerData(3, Qt::Horizontal).toString(), u"learning rate"_s);
    EXPECT_EQ(cell(0, 4), u"mlp"_s);
    EXPECT_EQ(cell(0, 1), u"90.00 \u00b1 1.00\u00a0%"_s);
    EXPECT_EQ(cell(0, 2), u"85.00\u00a0%"_s);
    EXPECT_EQ(cell(3, 1), u"\u2013"_s);
    EXPECT_EQ(cell(0, 7), u"finished"_s);
    table.sortByColumn(3, Qt::AscendingOrder);
    EXPECT_EQ(cell(0, 3), u"0.01"_s);
    table.sortByColumn(1, Qt::AscendingOrder);
    EXPECT_EQ(cell(0, 1), u"\u2013"_s);
    EXPECT_EQ(cell(3, 3), u"0.1"_s);
}

TEST(ResultTable, KeepsTheSelectionWhenTheOrderChanges)
{
    ResultTable table;
    SweepResults all = results();
    table.setResults(all);
    QSignalSpy chosen(&table, &ResultTable::runsChosen);
    table.selectRow(1);
    ASSERT_EQ(chosen.count(), 1);
    EXPECT_EQ(chosen.last().at(0).value<QVector<RunId>>(), QVector<RunId>{all.rows[1].runs[0].id});
    std::swap(all.rows[1], all.rows[3]);
    table.setResults(all);
    EXPECT_EQ(chosen.count(), 1); // nobody chose anything
    ASSERT_EQ(table.selectionModel()->selectedRows().size(), 1);
    EXPECT_EQ(table.selectionModel()->selectedRows().first().row(), 3);
}

TEST(HeatPlot, WritesEachFigureInItsCellReadably)
{
    HeatPlot plot;
    plot.resize(420, 300);
    HeatMap map{{"0.01", "0.1"}, {"mlp", "cnn"}, {{0.8, 0.9}, {std::nan(""), 0.7}}, {{1, 1}, {0, 1}}};
    plot.setMap(map, u"learning rate"_s, u"model"_s);
    plot.show();
    ASSERT_EQ(plot.cells().size(), 4);
    EXPECT_EQ(plot.cells()[0]->text(), u"80.0\u00a0%"_s);
    EXPECT_EQ(plot.cells()[2]->text(), u"\u2013"_s);
    EXPECT_TRUE(plot.cells()[0]->visible());
    for (const auto& [cell, share] : {std::pair(0, 0.5), std::pair(1, 1.0), std::pair(3, 0.0)}) {
        EXPECT_GE(Theme::contrast(plot.cells()[cell]->color(), HeatPlot::colourAt(share)), 4.5) << cell;
    }
    plot.resize(90, 60); // no room: no text that runs into its neighbour
    EXPECT_FALSE(plot.cells()[0]->visible());
    // Lightness rises throughout: the order can be read without colours.
    double last = -1;
    for (double share = 0; share <= 1; share += 0.05) {
        const double contrast = Theme::contrast(HeatPlot::colourAt(share), Qt::black);
        EXPECT_GT(contrast, last);
        last = contrast;
    }
}

TEST(BestPlot, DrawsAStepForEachRunThatEnded)
{
    BestPlot plot;
    plot.setResults(results());
    const auto& data = *plot.graph(0)->data();
    ASSERT_EQ(data.size(), 4);
    EXPECT_EQ(data.at(1)->value, 0.9);
    EXPECT_EQ(data.at(2)->value, 0.9);
    EXPECT_EQ(plot.graph(1)->data()->at(2)->value, 0.8); // its own
    EXPECT_GE(plot.xAxis->range().upper, 4);
}

class SweepPanelTest : public testing::Test {
protected:
    SweepPanelTest() : session(workspace.history, std::make_unique<Engine>(workspace.history, Engine::Options{.cores = 1})) {}

    static Json sweep(int steps)
    {
        return {{"name", "Rates"},
                {"data", {{"dataset", {{"kind", "spirals"}, {"samples", 400}}}}},
                {"student", {{"model", {{"kind", "mlp"}, {"hidden", {8}}}}}},
                {"stages", {{{"steps", steps}}}},
                {"compute", {{"threads", 1}, {"precision", "fp32"}}},
                {"sweep",
                 {{"kind", "grid"},
                  {"fields",
                   {{{"field", "/stages/0/learning_rate"}, {"values", {0.03, 0.001}}},
                    {{"field", "/stages/0/batch_size"}, {"values", {16, 32, 64}}}}}}}};
    }

    test::Workspace workspace;
    Session session;
};

TEST_F(SweepPanelTest, FollowsARunningSweepToItsEnd)
{
    QLocale::setDefault(QLocale::c());
    SweepPanel panel(session);
    panel.resize(1000, 640);
    panel.show();
    const auto submission = session.engine().submit(Document::fromJson(sweep(60)));
    panel.showGroup(submission.group);
    auto* const table = panel.findChild<ResultTable*>();
    const auto finished = [&] {
        int count = 0;
        for (int row = 0; row < table->model().rowCount(); ++row) {
            count += table->model().results().rows[static_cast<std::size_t>(row)].state == "finished";
        }
        return count;
    };
    ASSERT_TRUE(QTest::qWaitFor([&] { return finished() == 6; }, 60000));
    const auto& rows = table->model().results().rows;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        EXPECT_GE(rows[i - 1].validation.mean, rows[i].validation.mean);
    }
    EXPECT_EQ(panel.findChild<HeatPlot*>()->cells().size(), 6);
    EXPECT_EQ(panel.findChild<BestPlot*>()->graph(1)->data()->size(), 6);
    const auto labels = panel.findChildren<QLabel*>();
    EXPECT_TRUE(std::any_of(labels.begin(), labels.end(), [](QLabel* label) { return label->text().startsWith(u"6 variants, 6 runs, 6 finished"_s); }));
    EXPECT_EQ(panel.findChildren<QComboBox*>().first()->currentText(), u"Rates (grid)"_s);
    // Another run of the sweep leaves it where it is, one of no sweep too.
    panel.setCurrent(submission.students[3]);
    panel.setCurrent(test::add(*workspace.history, test::run("alone")));
    QTest::qWait(100);
    EXPECT_EQ(panel.group(), submission.group);
}

TEST_F(SweepPanelTest, TheQueueIsReorderedHeldAndPausedByItsButtons)
{
    SweepPanel panel(session);
    panel.resize(1000, 640);
    panel.show();
    session.engine().pauseQueue(true);
    const auto submission = session.engine().submit(Document::fromJson(sweep(1000000)));
    auto* const list = panel.findChild<QueueList*>()->findChild<QTreeWidget*>();
    ASSERT_TRUE(QTest::qWaitFor([&] { return list->topLevelItemCount() == 6; }, 10000));
    const auto button = [&](const char* text) -> QToolButton* {
        for (QToolButton* each : panel.findChild<QueueList*>()->findChildren<QToolButton*>()) {
            if (each->text() == QLatin1String(text)) {
                return each;
            }
        }
        ADD_FAILURE() << text;
        return nullptr;
    };
    const auto engineOrder = [&] {
        std::vector<RunId> order;
        for (const QueuedRun& run : session.engine().queue()) {
            order.push_back(run.id);
        }
        return order;
    };
    EXPECT_FALSE(button("Earlier")->isEnabled()); // nothing is chosen
    list->setCurrentItem(list->topLevelItem(3));
    button("Earlier")->click();
    ASSERT_TRUE(QTest::qWaitFor([&] { return engineOrder()[2] == submission.students[3]; }, 5000));
    ASSERT_TRUE(QTest::qWaitFor([&] { return list->indexOfTopLevelItem(list->currentItem()) == 2; }, 5000)); // it stays chosen
    QTest::keyClick(list, Qt::Key_Home, Qt::ControlModifier);
    ASSERT_TRUE(QTest::qWaitFor([&] { return engineOrder()[0] == submission.students[3]; }, 5000));
    ASSERT_TRUE(QTest::qWaitFor([&] { return list->indexOfTopLevelItem(list->currentItem()) == 0; }, 5000));
    EXPECT_FALSE(button("First")->isEnabled());
    // Dragged behind the third, below all, and back to the first.
    auto* const lines = dynamic_cast<DragList*>(list);
    const auto isAt = [&](int place) {
        return QTest::qWaitFor([&] { return list->indexOfTopLevelItem(list->currentItem()) == place; }, 5000)
            && engineOrder()[static_cast<std::size_t>(place)] == submission.students[3];
    };
    lines->drop(list->topLevelItem(2), true);
    EXPECT_TRUE(isAt(2));
    lines->drop(list->topLevelItem(2), false); // where it is
    lines->drop(nullptr, false);
    EXPECT_TRUE(isAt(5));
    lines->drop(list->topLevelItem(0), false);
    ASSERT_TRUE(isAt(0));
    QToolButton* const hold = button("Hold");
    hold->click();
    ASSERT_TRUE(QTest::qWaitFor([&] { return session.engine().queue()[0].held; }, 5000));
    ASSERT_TRUE(QTest::qWaitFor([&] { return hold->text() == u"Let go"_s; }, 5000));
    button("Go on with the queue")->click();
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.history->run(submission.students[0])->state == RunState::Running; }, 20000));
    ASSERT_TRUE(QTest::qWaitFor([&] { return list->topLevelItemCount() == 5; }, 5000));
    EXPECT_EQ(list->topLevelItem(0)->text(3), u"Held"_s);
    list->setCurrentItem(list->topLevelItem(4));
    QTest::keyClick(list, Qt::Key_Delete);
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.history->run(submission.students[5])->state == RunState::Stopped; }, 5000));
    session.engine().pauseQueue(true);
    session.engine().interruptAll();
    ASSERT_TRUE(session.engine().wait(submission.runs, 20));
}

TEST_F(SweepPanelTest, WhatAnEarlierSessionLeftIsContinuedOrLeft)
{

    RunRow row = test::run("cut short");
    row.state = RunState::Queued;
    workspace.history->addRun(row, R"({"name": "x"})");
    workspace.history->setState(row.id, RunState::Interrupted);
    SweepPanel panel(session);
    panel.show();
    auto* const queue = panel.findChild<QueueList*>();
    const auto button = [&](const char* text) -> QPushButton* {
        for (QPushButton* each : queue->findChildren<QPushButton*>()) {
            if (each->text() == QLatin1String(text)) {
                return each;
            }
        }
        return nullptr;
    };
    ASSERT_TRUE(QTest::qWaitFor([&] { return button("Leave them")->isVisible(); }, 5000));
    button("Leave them")->click();
    ASSERT_TRUE(QTest::qWaitFor([&] { return !button("Leave them")->isVisible(); }, 5000));
    EXPECT_TRUE(workspace.history->queue().empty());
    EXPECT_EQ(workspace.history->run(row.id)->state, RunState::Interrupted);
}

} // namespace
} // namespace distill::ui

int main(int argc, char** argv)
{
    return distill::ui::test::runTests(argc, argv);
}
