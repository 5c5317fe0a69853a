// SPDX-License-Identifier: GPL-3.0-or-later
#include "fulldisk.h"
#include "support.h"
#include "ui/plots/colours.h"
#include "ui/runs/columnchooser.h"
#include "ui/runs/filterbox.h"
#include "ui/runs/runlines.h"
#include "ui/runs/runspanel.h"
#include "ui/session.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <array>
#include <cmath>
#include <gmock/gmock.h>
#include <random>
#include <set>

namespace distill::ui {
namespace {

using test::Workspace;
using testing::UnorderedElementsAre;

RunStatus statusOf(const RunRow& row, RunState state, std::int64_t step)
{
    RunStatus status;
    status.id = row.id;
    status.state = state;
    status.figures = row.figures;
    status.figures.step = step;
    status.figures.totalSteps = 100;
    return status;
}

std::vector<RunId> idsIn(const RunModel& model)
{
    std::vector<RunId> ids;
    for (int i = 0; i < model.rowCount(); ++i) {
        ids.push_back(model.row(i).id);
        EXPECT_EQ(model.indexOf(ids.back()), i);
    }
    return ids;
}

TEST(RunModel, holdsWhatItWasGivenWhateverChanges)
{
    RunModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    std::mt19937 random(1);
    std::vector<RunRow> rows;
    for (int round = 0; round < 200; ++round) {
        const auto kind = random() % 5;
        if (kind <= 1) {
            rows.insert(rows.begin(), test::run("run " + std::to_string(round)));
        } else if (kind == 2 && !rows.empty()) {
            rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(random() % rows.size()));
        } else if (kind == 3 && !rows.empty()) {
            rows[random() % rows.size()].name = "renamed " + std::to_string(round);
        } else {
            std::shuffle(rows.begin(), rows.end(), random);
        }
        model.setRows(rows, model.beginRequest());
        std::vector<RunId> expected;
        for (const RunRow& row : rows) {
            expected.push_back(row.id);
        }
        ASSERT_EQ(idsIn(model), expected);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            ASSERT_EQ(model.row(static_cast<int>(i)).name, rows[i].name);
        }
    }
}

TEST(RunModel, announcesEachChangedRunOnce)
{
    RunModel model;
    const std::vector<RunRow> rows = {test::run("c"), test::run("b"), test::run("a")};
    model.setRows(rows, model.beginRequest());
    const QSignalSpy changes(&model, &RunModel::dataChanged);
    model.apply({statusOf(rows[0], RunState::Running, 5), statusOf(rows[2], RunState::Running, 50)});
    ASSERT_EQ(changes.count(), 2);
    EXPECT_EQ(changes[0][0].toModelIndex().row(), 0);
    EXPECT_EQ(changes[1][0].toModelIndex().row(), 2);
    EXPECT_EQ(model.index(2, RunModel::Progress).data().toString(), QStringLiteral("50\u00a0%"));
    model.setRows(rows, model.beginRequest());
    EXPECT_EQ(model.row(2).figures.step, 50) << "what the engine says of a live run is newer than its row";
}

TEST(RunModel, aRowReadBeforeTheEndDoesNotBringARunBackToLife)
{
    RunModel model;
    RunRow row = test::run("a");
    row.state = RunState::Running;
    model.setRows({row}, model.beginRequest());
    const int early = model.beginRequest();
    model.apply({statusOf(row, RunState::Finished, 100)});
    model.setRows({row}, early);
    EXPECT_EQ(model.row(0).state, RunState::Finished);
    row.state = RunState::Running; // resumed by another process
    model.setRows({row}, model.beginRequest());
    EXPECT_EQ(model.row(0).state, RunState::Running);
}

TEST(RunModel, hiddenRunsStayAwayUntilUndone)
{
    RunModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    const std::vector<RunRow> rows = {test::run("b"), test::run("a")};
    model.setRows(rows, model.beginRequest());
    model.hide({rows[0].id});
    EXPECT_THAT(idsIn(model), testing::ElementsAre(rows[1].id));
    model.setRows(rows, model.beginRequest());
    EXPECT_THAT(idsIn(model), testing::ElementsAre(rows[1].id));
    model.unhide({rows[0].id});
    model.setRows(rows, model.beginRequest());
    EXPECT_THAT(idsIn(model), testing::ElementsAre(rows[0].id, rows[1].id));
}

std::vector<RunRow> manyRuns(int count)
{
    std::mt19937 random(7);
    std::vector<RunRow> rows;
    for (int i = 0; i < count; ++i) {
        RunRow row = test::run("run " + std::to_string(random() % 1000));
        row.seed = static_cast<std::int64_t>(random() % 10);
        row.state = static_cast<RunState>(3 + random() % 5);
        row.figures.bestAccuracy = i % 7 == 0 ? std::nan("") : static_cast<double>(random() % 1000) / 1000;
        row.figures.seconds = static_cast<double>(random() % 5000);
        rows.insert(rows.begin(), row);
    }
    return rows;
}

RunQuery query(const char* text)
{
    return RunQuery::parse(text, RunModel::columns());
}

std::vector<std::string> namesIn(const RunLines& lines)
{
    std::vector<std::string> names;
    for (int i = 0; i < lines.rowCount(); ++i) {
        names.push_back(lines.index(i, RunModel::Name).data().toString().toStdString());
    }
    return names;
}

TEST(RunLines, sortsFiguresByValueWithUnknownOnesLast)
{
    RunModel model;
    RunLines lines(model);
    const QAbstractItemModelTester tester(&lines, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setRows(manyRuns(300), model.beginRequest());
    for (const Qt::SortOrder order : {Qt::DescendingOrder, Qt::AscendingOrder}) {
        lines.sort(RunModel::Best, order);
        std::vector<double> values;
        for (int i = 0; i < lines.rowCount(); ++i) {
            const double value = model.row(lines.runAt(i)).figures.bestAccuracy;
            values.push_back(std::isnan(value) ? -1 : value);
        }
        ASSERT_EQ(values.size(), 300U);
        const auto known = std::find(values.begin(), values.end(), -1);
        EXPECT_EQ(std::count(known, values.end(), -1), values.end() - known);
        EXPECT_NE(known, values.end());
        if (order == Qt::DescendingOrder) {
            EXPECT_TRUE(std::is_sorted(values.begin(), known, std::greater<>()));
        } else {
            EXPECT_TRUE(std::is_sorted(values.begin(), known));
        }
    }
}

TEST(RunLines, submissionsNewestFirstAndEachFromItsTeacherOn)
{
    RunModel model;
    RunLines lines(model);
    std::vector<RunRow> rows;
    for (const char* group : {"first", "second"}) {
        for (const char* name : {"teacher", "student", "alone"}) {
            rows.insert(rows.begin(), test::run(std::string(group) + ' ' + name, group));
        }
    }
    model.setRows(rows, model.beginRequest());
    lines.sort(RunModel::Created, Qt::DescendingOrder);
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("second teacher", "second student", "second alone", "first teacher", "first student",
                                                     "first alone"));
    lines.sort(RunModel::Created, Qt::AscendingOrder);
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("first teacher", "first student", "first alone", "second teacher", "second student",
                                                     "second alone"));
}

TEST(RunLines, theOrderStandsStillWhileValuesChange)
{
    RunModel model;
    RunLines lines(model);
    const std::vector<RunRow> rows = manyRuns(50);
    model.setRows(rows, model.beginRequest());
    lines.sort(RunModel::Progress, Qt::DescendingOrder);
    const RunId first = model.row(lines.runAt(0)).id;
    for (const RunRow& row : rows) {
        if (row.id != first) {
            model.apply({statusOf(row, RunState::Running, 90)});
        }
    }
    EXPECT_EQ(model.row(lines.runAt(0)).id, first);
    lines.sort(RunModel::Progress, Qt::DescendingOrder);
    EXPECT_NE(model.row(lines.runAt(0)).id, first);
}

/// Whatever comes, goes and changes, the lines are those of the runs that meet the filter, each once, and the model keeps its word to views.
TEST(RunLines, holdTheRunsThatMeetTheFilterWhateverChanges)
{
    RunModel model;
    RunLines lines(model);
    const QAbstractItemModelTester tester(&lines, QAbstractItemModelTester::FailureReportingMode::Fatal);
    std::mt19937 random(3);
    std::vector<RunRow> rows;
    for (int round = 0; round < 300; ++round) {
        switch (random() % 8) {
        case 0:
        case 1: {
            RunRow row = test::run("run " + std::to_string(random() % 5), "group " + std::to_string(random() % 6));
            row.seedlessHash = std::to_string(random() % 4);
            row.seed = static_cast<std::int64_t>(random() % 3);
            row.figures.bestAccuracy = static_cast<double>(random() % 10) / 10;
            rows.insert(rows.begin(), row);
            break;
        }
        case 2:
            if (!rows.empty()) {
                rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(random() % rows.size()));
            }
            break;
        case 3:
            if (!rows.empty()) {
                RunMarks& marks = rows[random() % rows.size()].marks;
                (random() % 2 ? marks.pinned : marks.archived) ^= true;
            }
            break;
        case 4:
            lines.setGrouping(static_cast<RunLines::Grouping>(random() % 5));
            break;
        case 5:
            lines.setFilter(query(std::array{"", "seed:1", "run", "-seed:0", "is:archived"}[random() % 5]));
            break;
        case 6:
            lines.sort(static_cast<int>(random() % RunModel::FixedColumns), random() % 2 ? Qt::AscendingOrder : Qt::DescendingOrder);
            break;
        default:
            if (lines.rowCount() > 0) {
                const int line = static_cast<int>(random() % static_cast<unsigned>(lines.rowCount()));
                lines.setOpen(line, !lines.isOpen(line));
            }
        }
        model.setRows(rows, model.beginRequest());
        if (random() % 4 == 0) {
            lines.arrange();
        }
        lines.arrange(); // marks came with the rows
        std::multiset<RunId> expected, found;
        for (const RunRow& row : rows) {
            const bool archived = row.marks.archived && !lines.filter().mentions("archived");
            if (lines.filter().accepts(row, RunQuery::searchText(row)) && !archived) {
                expected.insert(row.id);
            }
        }
        for (int line = 0; line < lines.rowCount(); ++line) {
            if (lines.isGroup(line) || lines.groupLineOf(line) < 0) {
                for (const RunId& run : lines.runsOf(line)) {
                    found.insert(run);
                }
            }
            if (const int run = lines.runAt(line); run >= 0) {
                ASSERT_EQ(lines.lineOf(model.row(run).id), line);
            }
            if (lines.isGroup(line) && lines.isOpen(line)) {
                for (int i = 0; i < lines.runsOf(line).size(); ++i) {
                    ASSERT_EQ(lines.runsOf(line + 1 + i), QVector<RunId>{lines.runsOf(line)[i]});
                }
            }
        }
        ASSERT_EQ(found, expected) << "round " << round;
        ASSERT_EQ(lines.accepted(), static_cast<int>(expected.size()));
    }
}

TEST(RunLines, groupSeedsWithMeanDeviationAndCount)
{
    RunModel model;
    RunLines lines(model);
    std::vector<RunRow> rows;
    const double accuracies[] = {0.90, 0.92, 0.97};
    for (int seed = 1; seed <= 3; ++seed) {
        RunRow row = test::run("Ladder (seed " + std::to_string(seed) + ")", "submission " + std::to_string(seed));
        row.seed = seed;
        row.seedlessHash = "ladder";
        row.figures.bestAccuracy = accuracies[seed - 1];
        row.figures.seconds = 60;
        rows.insert(rows.begin(), row);
    }
    RunRow alone = test::run("by itself");
    alone.seedlessHash = "other";
    alone.figures.bestAccuracy = 0.95;
    rows.insert(rows.begin(), alone);
    model.setRows(rows, model.beginRequest());
    lines.setGrouping(RunLines::Grouping::Seeds);
    ASSERT_THAT(namesIn(lines), testing::ElementsAre("by itself", "Ladder"));
    // The mean of 90, 92 and 97 is 93; the squares of 3, 1 and 4 over n - 1 are 13, whose root is 3.606.
    EXPECT_EQ(lines.index(1, RunModel::Best).data().toString(), QStringLiteral("93.0 \u00b1 3.6\u00a0%"));
    EXPECT_EQ(lines.index(1, RunModel::Last).data().toString(), QStringLiteral("\u2013"));
    EXPECT_EQ(lines.index(1, RunModel::Seed).data().toString(), QStringLiteral("3, 2, 1"));
    EXPECT_EQ(lines.index(1, RunModel::Name).data(RunModel::RoleNameRole).toString(), QStringLiteral("3 runs"));
    EXPECT_EQ(lines.runsOf(1).size(), 3);
    lines.sort(RunModel::Best, Qt::DescendingOrder);
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("by itself", "Ladder")) << "95 before the mean of 93, though one of them has 97";
    lines.setOpen(1, true);
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("by itself", "Ladder", "Ladder (seed 3)", "Ladder (seed 2)", "Ladder (seed 1)"));
    EXPECT_EQ(lines.groupLineOf(4), 1);
    EXPECT_EQ(lines.lineOf(rows[1].id), 2);
    lines.setOpen(1, false);
    EXPECT_EQ(lines.lineOf(rows[1].id), -1);
    lines.setFilter(query("seed:1|2"));
    EXPECT_THAT(lines.index(0, RunModel::Best).data().toString().toStdString(), testing::StartsWith("91.0 \u00b1 1.4"));
}

TEST(RunLines, pinnedRunsStandFirstAndArchivedOnesAreLeftOut)
{
    RunModel model;
    RunLines lines(model);
    std::vector<RunRow> rows = {test::run("d"), test::run("c"), test::run("b"), test::run("a")};
    rows[2].marks.pinned = true;
    rows[0].marks.archived = true;
    model.setRows(rows, model.beginRequest());
    lines.sort(RunModel::Name, Qt::AscendingOrder);
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("b", "a", "c"));
    EXPECT_EQ(lines.archived(), 1);
    lines.sort(RunModel::Name, Qt::DescendingOrder);
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("b", "c", "a"));
    lines.setShowArchived(true);
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("b", "d", "c", "a"));
    lines.setShowArchived(false);
    lines.setFilter(query("is:archived"));
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("d"));
}

TEST(RunLines, showChosenColumnsAndSortByThem)
{
    RunModel model;
    RunLines lines(model);
    const QAbstractItemModelTester tester(&lines, QAbstractItemModelTester::FailureReportingMode::Fatal);
    std::vector<RunRow> rows = {test::run("cold"), test::run("none"), test::run("hot")};
    model.setRows(rows, model.beginRequest());
    const RunColumn temperature = RunModel::columns().find("temperature");
    model.setChosenColumns({temperature, RunModel::columns().find("optimiser")});
    ASSERT_EQ(lines.columnCount(), RunModel::FixedColumns + 2);
    EXPECT_EQ(lines.headerData(RunModel::FixedColumns, Qt::Horizontal).toString(), QStringLiteral("Temperature"));
    EXPECT_EQ(lines.index(0, RunModel::FixedColumns).data().toString(), QString()) << "not read yet";
    model.setValues({temperature}, {{{rows[0].id, 1}, {rows[1].id, nullptr}, {rows[2].id, Json::array({20.5, 4})}}});
    lines.sort(RunModel::FixedColumns, Qt::DescendingOrder);
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("hot", "cold", "none"));
    EXPECT_EQ(lines.index(0, RunModel::FixedColumns).data().toString(), QStringLiteral("20.5, 4"));
    lines.setFilter(query("temperature:4"));
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("hot"));
    model.setChosenColumns({});
    EXPECT_EQ(lines.columnCount(), int(RunModel::FixedColumns));
    EXPECT_THAT(namesIn(lines), testing::ElementsAre("hot"));
}

TEST(RunLines, tenThousandRunsKeepPace)
{
    RunModel model;
    RunLines lines(model);
    QTableView view;
    view.setModel(&lines);
    const std::vector<RunRow> rows = manyRuns(10'000);
    QElapsedTimer timer;
    const auto measure = [&](const char* what, const std::function<void()>& action) {
        timer.start();
        action();
        const double milliseconds = static_cast<double>(timer.nsecsElapsed()) * 1e-6;
        std::printf("%s: %.1f ms\n", what, milliseconds);
        EXPECT_LT(milliseconds, 1000) << what; // 10,000 rows compared with each other would take far longer
    };
    std::vector<RunRow> given = rows;
    measure("reset", [&] { model.setRows(std::move(given), model.beginRequest()); });
    measure("sort by accuracy", [&] { lines.sort(RunModel::Best, Qt::DescendingOrder); });
    measure("sort by name", [&] { lines.sort(RunModel::Name, Qt::AscendingOrder); });
    measure("filter by words", [&] { lines.setFilter(query("run 12")); });
    EXPECT_GT(lines.rowCount(), 0);
    measure("filter by figures", [&] { lines.setFilter(query("accuracy>0.9 seed=3 -state:failed")); });
    EXPECT_GT(lines.rowCount(), 0);
    measure("no filter", [&] { lines.setFilter({}); });
    EXPECT_EQ(lines.rowCount(), 10'000);
    measure("group by submission", [&] { lines.setGrouping(RunLines::Grouping::Submission); });
    measure("group by teacher", [&] { lines.setGrouping(RunLines::Grouping::Teacher); });
    measure("sort groups", [&] { lines.sort(RunModel::Best, Qt::DescendingOrder); });
    lines.setGrouping(RunLines::Grouping::None);
    given = rows;
    measure("unchanged rows", [&] { model.setRows(std::move(given), model.beginRequest()); });
}

TEST(FilterBox, offersNamesThenValues)
{
    int begin = 0;
    const auto values = [](const QString& key) {
        return key == QStringLiteral("tag") ? QStringList{QStringLiteral("seed 1"), QStringLiteral("paper")}
            : key == QStringLiteral("state") ? QStringList{QStringLiteral("finished"), QStringLiteral("failed")}
                                             : QStringList();
    };
    const auto offers = [&](const char* text) { return FilterBox::completions(QString::fromUtf8(text), static_cast<int>(strlen(text)), begin, values); };
    EXPECT_EQ(offers("accuracy>0.9 temp").value(0), QStringLiteral("temperature>"));
    EXPECT_EQ(begin, 13);
    EXPECT_TRUE(offers("sta").contains(QStringLiteral("state:")));
    EXPECT_TRUE(offers("-sta").contains(QStringLiteral("state:")));
    EXPECT_EQ(begin, 1);
    EXPECT_EQ(offers("x state:fa"), QStringList{QStringLiteral("failed")});
    EXPECT_EQ(begin, 8);
    EXPECT_EQ(offers("state:failed|fi"), QStringList{QStringLiteral("finished")});
    EXPECT_EQ(begin, 13);
    EXPECT_EQ(offers("tag:se"), QStringList{QStringLiteral("\"seed 1\"")});
    EXPECT_EQ(offers("is:st").value(0), QStringLiteral("starred"));
    EXPECT_EQ(offers("starred:"), (QStringList{QStringLiteral("yes"), QStringLiteral("no")}));
    EXPECT_TRUE(offers("").isEmpty());
    EXPECT_TRUE(offers("accuracy>0.9 ").isEmpty());
}

TEST(ColumnChooser, findsColumnsByWordsAndTellsWhatIsTicked)
{
    ColumnChooser chooser(RunModel::columns(), {RunModel::columns().find("test_accuracy")}, {QStringLiteral("accuracy")});
    auto* const list = chooser.findChild<QListWidget*>();
    auto* const search = chooser.findChild<QLineEdit*>();
    const auto visible = [&] {
        QStringList found;
        for (int i = 0; i < list->count(); ++i) {
            if (!list->item(i)->isHidden() && list->item(i)->flags() != Qt::NoItemFlags) {
                found << list->item(i)->text();
            }
        }
        return found;
    };
    EXPECT_GT(visible().size(), 60);
    EXPECT_TRUE(visible().filter(QStringLiteral("Best   accuracy")).isEmpty()) << "the table has it anyway";
    const auto all = visible().size();
    search->setText(QStringLiteral("TEMPER sched"));
    EXPECT_LT(visible().size(), all);
    EXPECT_FALSE(visible().filter(QStringLiteral("temperature_schedule")).isEmpty());
    EXPECT_TRUE(visible().filter(QStringLiteral("   learning_rate")).isEmpty());
    search->setText(QStringLiteral("learning rate"));
    QSignalSpy changes(&chooser, &ColumnChooser::changed);
    for (int i = 0; i < list->count(); ++i) {
        if (list->item(i)->text().endsWith(QStringLiteral(" learning_rate"))) {
            EXPECT_FALSE(list->item(i)->isHidden());
            list->item(i)->setCheckState(Qt::Checked);
        } else if (list->item(i)->text().endsWith(QStringLiteral(" test_accuracy"))) {
            list->item(i)->setCheckState(Qt::Unchecked);
        }
    }
    EXPECT_EQ(changes.count(), 2);
    ASSERT_EQ(chooser.chosen().size(), 1u);
    EXPECT_EQ(chooser.chosen()[0].key, "learning_rate");
}

TEST(Colours, ofRunsShownTogetherAreApart)
{
    Workspace workspace;
    QPalette light;
    light.setColor(QPalette::Base, Qt::white);
    light.setColor(QPalette::Text, Qt::black);
    std::vector<RunId> ids;
    for (int i = 0; i < 17; ++i) { // 0, 8 and 16 have one colour
        ids.push_back("01APART" + std::to_string(100 + i));
        colourOf(ids.back(), light);
    }
    ASSERT_EQ(colourOf(ids[0], light), colourOf(ids[8], light));
    const QColor first = colourOf(ids[0], light), second = colourOf(ids[1], light);
    EXPECT_TRUE(keepColoursApart({ids[0], ids[1], ids[8], ids[16]}));
    EXPECT_EQ(colourOf(ids[0], light), first);
    EXPECT_EQ(colourOf(ids[1], light), second) << "what needs no change stays";
    std::set<QRgb> colours;
    for (const RunId& id : {ids[0], ids[1], ids[8], ids[16]}) {
        colours.insert(colourOf(id, light).rgb());
    }
    EXPECT_EQ(colours.size(), 4u);
    EXPECT_FALSE(keepColoursApart({ids[0], ids[1], ids[8], ids[16]})) << "once is enough";

    setChosenColours({{ids[1], 0}, {ids[0], 0}});
    EXPECT_EQ(colourOf(ids[1], light), paletteColour(0, light));
    EXPECT_EQ(colourOf(ids[0], light), paletteColour(0, light)) << "who chooses one colour twice has it twice";
    setChosenColours({});
    EXPECT_EQ(colourOf(ids[0], light), first);

    // More runs than colours: no two of one colour and one line style.
    const QVector<RunId> many(ids.begin(), ids.end());
    keepColoursApart(many);
    std::set<std::pair<QRgb, int>> looks;
    for (const RunId& id : many) {
        looks.insert({colourOf(id, light).rgb(), lineStyleOf(id)});
    }
    EXPECT_EQ(looks.size(), 17u);

    // Few of them again: solid lines, and the colours they had.
    const auto dashed = std::find_if(ids.begin(), ids.end(), [](const RunId& id) { return lineStyleOf(id) > 0; });
    ASSERT_NE(dashed, ids.end());
    const QColor before = colourOf(*dashed, light);
    EXPECT_TRUE(keepColoursApart({*dashed}));
    EXPECT_EQ(lineStyleOf(*dashed), 0);
    EXPECT_EQ(colourOf(*dashed, light), before);
}

class RunsPanelTest : public testing::Test {
protected:
    RunsPanelTest()
        : session(workspace.history, std::make_unique<Engine>(workspace.history))
    {
    }

    void open()
    {
        panel = std::make_unique<RunsPanel>(session);
        QObject::connect(panel.get(), &RunsPanel::shownChanged, panel.get(),
                         [this](const QVector<RunId>& runs) { shown = runs; });
        QObject::connect(panel.get(), &RunsPanel::currentChanged, panel.get(),
                         [this](const RunId& run) { current = run; });
        panel->resize(900, 500);
        panel->show();
        table = panel->findChild<QTableView*>(QStringLiteral("runs"));
        const auto count = static_cast<int>(workspace.history->runs().size());
        ASSERT_TRUE(QTest::qWaitFor([&] { return table->model()->rowCount() == count; }, 5000));
    }
    QAction* action(const char* text) const
    {
        const QString wanted = QString::fromUtf8(text);
        for (QAction* each : panel->actions()) {
            if (each->text().remove(QLatin1Char('&')) == wanted) {
                return each;
            }
        }
        ADD_FAILURE() << "no action " << text;
        return nullptr;
    }
    QStringList names() const
    {
        QStringList found;
        for (int i = 0; i < table->model()->rowCount(); ++i) {
            found << table->model()->index(i, RunModel::Name).data().toString();
        }
        return found;
    }
    RunId addToGroup(const std::string& name, const RunId& group, RunRole role, RunState state = RunState::Finished)
    {
        RunRow row = test::run(name, group, role);
        row.state = state;
        return test::add(*workspace.history, row);
    }

    Workspace workspace;
    Session session;
    std::unique_ptr<RunsPanel> panel;
    QTableView* table = nullptr;
    QVector<RunId> shown;
    RunId current;
};

TEST_F(RunsPanelTest, showsTeacherStudentAndControlOfTheNewestSubmission)
{
    test::add(*workspace.history, test::run("older"));
    const RunId teacher = addToGroup("q", "g", RunRole::Teacher);
    const RunId student = addToGroup("q", "g", RunRole::Student);
    const RunId control = addToGroup("q", "g", RunRole::Control);
    open();
    EXPECT_THAT(shown, UnorderedElementsAre(teacher, student, control));
    EXPECT_FALSE(current.empty());
}

TEST_F(RunsPanelTest, reusedTeachersAreShownWithTheirStudent)
{
    const RunId teacher = test::add(*workspace.history, test::run("teacher"));
    const RunId second = test::add(*workspace.history, test::run("second teacher"));
    RunRow row = test::run("student");
    row.teachers = {teacher, second};
    const RunId student = test::add(*workspace.history, row);
    test::add(*workspace.history, test::run("newest"));
    open();
    EXPECT_EQ(shown.size(), 1);
    panel->select({student}, student);
    EXPECT_THAT(shown, UnorderedElementsAre(teacher, second, student));
    EXPECT_EQ(current, student);
}

TEST_F(RunsPanelTest, aTickTakesOverFromFollowing)
{
    const RunId one = test::add(*workspace.history, test::run("one"));
    const RunId two = test::add(*workspace.history, test::run("two"));
    open();
    EXPECT_THAT(shown, UnorderedElementsAre(two));
    table->model()->setData(table->model()->index(1, RunModel::Name), Qt::Checked, Qt::CheckStateRole);
    EXPECT_THAT(shown, UnorderedElementsAre(one, two));
    table->setCurrentIndex(table->model()->index(1, 0));
    EXPECT_EQ(current, one);
    EXPECT_THAT(shown, UnorderedElementsAre(one, two)) << "ticks stay when another run is chosen";
}

TEST_F(RunsPanelTest, deletingCanBeUndone)
{
    test::add(*workspace.history, test::run("one"));
    const RunId two = test::add(*workspace.history, test::run("two"));
    open();
    action("Delete")->trigger();
    EXPECT_EQ(names(), QStringList{QStringLiteral("one")}) << "at once, before the history has written it";
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.history->runs().size() == 1; }, 5000));
    action("Undo delete")->trigger();
    ASSERT_TRUE(QTest::qWaitFor([&] { return names().size() == 2; }, 5000));
    EXPECT_FALSE(workspace.history->run(two)->deleted);
    EXPECT_FALSE(action("Undo delete")->isEnabled());
}

TEST_F(RunsPanelTest, aRunThatTrainsIsNotDeleted)
{
    addToGroup("busy", "g", RunRole::Student, RunState::Running);
    open();
    const QSignalSpy problems(&session, &Session::problem);
    action("Delete")->trigger();
    ASSERT_EQ(problems.count(), 1);
    EXPECT_TRUE(problems[0][0].toString().contains(QStringLiteral("busy")));
    EXPECT_EQ(names().size(), 1);
}

TEST_F(RunsPanelTest, namesAndNotesReachTheHistory)
{
    const RunId id = test::add(*workspace.history, test::run("before"));
    open();
    table->model()->setData(table->model()->index(0, RunModel::Name), QStringLiteral("  after "));
    action("Notes and tags")->setChecked(true);
    panel->findChild<QPlainTextEdit*>()->setPlainText(QStringLiteral("works\nbetter"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.history->run(id)->notes == "works\nbetter"; }, 5000));
    EXPECT_EQ(workspace.history->run(id)->name, "after");
    panel->findChild<QPlainTextEdit*>()->setPlainText(QStringLiteral("typed last"));
    panel.reset();
    EXPECT_TRUE(QTest::qWaitFor([&] { return workspace.history->run(id)->notes == "typed last"; }, 5000));
}

TEST_F(RunsPanelTest, whatCouldNotBeStoredIsTakenBackAndSaid)
{
    const RunId id = test::add(*workspace.history, test::run("before"));
    open();
    action("Notes and tags")->setChecked(true);
    const QSignalSpy problems(&session, &Session::problem);
    auto* const notes = panel->findChild<QPlainTextEdit*>();
    {
        const test::FullDisk full;
        table->model()->setData(table->model()->index(0, RunModel::Name), QStringLiteral("after"));
        EXPECT_EQ(names(), QStringList{QStringLiteral("after")});
        ASSERT_TRUE(QTest::qWaitFor([&] { return names() == QStringList{QStringLiteral("before")}; }, 5000));
        EXPECT_EQ(problems.count(), 1);
        notes->setPlainText(QStringLiteral("long thought"));
        ASSERT_TRUE(QTest::qWaitFor([&] { return problems.count() == 2; }, 5000));
        QTest::qWait(100);
        EXPECT_EQ(notes->toPlainText(), QStringLiteral("long thought")) << "what was typed is not thrown away";
    }
    EXPECT_EQ(workspace.history->run(id)->name, "before");
    panel.reset(); // tried again on leaving
    EXPECT_TRUE(QTest::qWaitFor([&] { return workspace.history->run(id)->notes == "long thought"; }, 5000));
}

TEST(RunModel, offersNoEditorWhereNothingCanBeWritten)
{
    RunModel model;
    model.setRows({test::run("one")}, model.beginRequest());
    EXPECT_TRUE(model.flags(model.index(0, RunModel::Name)) & Qt::ItemIsEditable);
    model.setEditable(false);
    EXPECT_FALSE(model.flags(model.index(0, RunModel::Name)) & Qt::ItemIsEditable);
    EXPECT_TRUE(model.flags(model.index(0, RunModel::Name)) & Qt::ItemIsUserCheckable);
}

TEST_F(RunsPanelTest, filtersAfterAPauseAndKeepsTheCurrentRun)
{
    const RunId one = test::add(*workspace.history, test::run("apple"));
    test::add(*workspace.history, test::run("pear"));
    open();
    panel->select({one}, one);
    QLineEdit* const box = panel->findChild<QLineEdit*>();
    box->setText(QStringLiteral("pear"));
    EXPECT_EQ(names().size(), 2) << "not at each key";
    ASSERT_TRUE(QTest::qWaitFor([&] { return names() == QStringList{QStringLiteral("pear")}; }, 2000));
    EXPECT_EQ(current, one) << "a filter changes what is listed, not what is watched";
    box->clear();
    ASSERT_TRUE(QTest::qWaitFor([&] { return names().size() == 2; }, 2000));
    EXPECT_EQ(table->currentIndex().data().toString(), QStringLiteral("apple"));
}

TEST_F(RunsPanelTest, aClickOnTheOnlyRowThatAFilterLeavesMakesItCurrent)
{
    const RunId one = test::add(*workspace.history, test::run("apple"));
    const RunId other = test::add(*workspace.history, test::run("pear"));
    open();
    panel->select({one}, one);
    panel->findChild<QLineEdit*>()->setText(QStringLiteral("pear"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return names() == QStringList{QStringLiteral("pear")}; }, 2000));
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {},
                      table->visualRect(table->model()->index(0, RunModel::Name)).center());
    EXPECT_EQ(current, other);
}

TEST_F(RunsPanelTest, theCurrentRunMovesOnWithItsSubmission)
{
    const RunId teacher = addToGroup("q", "g", RunRole::Teacher, RunState::Running);
    const RunId student = addToGroup("q", "g", RunRole::Student, RunState::Queued);
    open();
    panel->select({teacher, student}, teacher);
    Updates updates;
    updates.statuses = {statusOf(*workspace.history->run(teacher), RunState::Finished, 100),
                        statusOf(*workspace.history->run(student), RunState::Running, 1)};
    Q_EMIT session.updated(updates);
    EXPECT_EQ(current, student);

    panel->select({teacher}, teacher);
    table->selectionModel()->clear();
    const RunId other = addToGroup("other", "h", RunRole::Student);
    ASSERT_TRUE(QTest::qWaitFor([&] { return names().size() == 3; }, 5000));
    table->setCurrentIndex(table->model()->index(names().indexOf(QStringLiteral("other")), 0));
    ASSERT_EQ(current, other);
    Q_EMIT session.updated(updates);
    EXPECT_EQ(current, other) << "not when a person looks elsewhere";
}

TEST_F(RunsPanelTest, marksReachTheHistoryAndTheTable)
{
    const RunId one = test::add(*workspace.history, test::run("apple"));
    const RunId other = test::add(*workspace.history, test::run("pear"));
    open();
    table->selectAll();
    QVector<RunId> compared;
    QObject::connect(panel.get(), &RunsPanel::compareRequested, panel.get(), [&](const QVector<RunId>& runs) { compared = runs; });
    action("Compare")->trigger();
    EXPECT_THAT(compared, UnorderedElementsAre(one, other));
    EXPECT_THAT(panel->chosen(), UnorderedElementsAre(one, other));

    panel->activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(panel.get()));
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Asterisk);
    const auto marks = [&](const RunId& run) { return workspace.history->run(run)->marks; };
    ASSERT_TRUE(QTest::qWaitFor([&] { return marks(one).starred && marks(other).starred; }, 5000));
    QTest::keyClick(table, Qt::Key_Asterisk);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !marks(one).starred && !marks(other).starred; }, 5000)) << "again takes it away";

    panel->select({one}, one);
    QTest::keyClick(table, Qt::Key_P);
    EXPECT_EQ(names(), (QStringList{QStringLiteral("apple"), QStringLiteral("pear")})) << "the pinned one first";
    ASSERT_TRUE(QTest::qWaitFor([&] { return marks(one).pinned && !marks(other).pinned; }, 5000));

    ASSERT_TRUE(shown.contains(one));
    QTest::keyClick(table, Qt::Key_H);
    EXPECT_FALSE(shown.contains(one));
    EXPECT_EQ(current, one) << "a hidden run can be looked at";
    ASSERT_TRUE(QTest::qWaitFor([&] { return marks(one).hidden; }, 5000));

    QTest::keyClick(table, Qt::Key_A);
    EXPECT_EQ(names(), QStringList{QStringLiteral("pear")});
    ASSERT_TRUE(QTest::qWaitFor([&] { return marks(one).archived; }, 5000));
    for (QPushButton* button : panel->findChildren<QPushButton*>()) {
        if (button->text() == QStringLiteral("Undo")) {
            button->click();
        }
    }
    EXPECT_EQ(names().size(), 2);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !marks(one).archived; }, 5000));
}

TEST_F(RunsPanelTest, theLineOfAGroupStandsForItsRuns)
{
    QVector<RunId> seeds;
    for (int seed = 1; seed <= 3; ++seed) {
        RunRow row = test::run("ladder (seed " + std::to_string(seed) + ")");
        row.seed = seed;
        workspace.history->addRun(row, R"({"seed": )" + std::to_string(seed) + "}");
        workspace.history->setState(row.id, RunState::Finished);
        seeds << row.id;
    }
    open();
    QMenu* groups = nullptr;
    for (QMenu* menu : panel->findChildren<QMenu*>()) {
        groups = menu->title() == QStringLiteral("&Group runs") ? menu : groups;
    }
    ASSERT_TRUE(groups);
    groups->actions()[1]->trigger(); // by all but the seed
    ASSERT_EQ(names(), QStringList{QStringLiteral("ladder")});
    EXPECT_EQ(shown.size(), 1) << "how the table looks does not change what is drawn";
    table->selectionModel()->clear();
    table->setFocus();
    table->setCurrentIndex(table->model()->index(0, 0));
    EXPECT_THAT(panel->chosen(), testing::UnorderedElementsAreArray(seeds));
    EXPECT_THAT(shown, testing::UnorderedElementsAreArray(seeds)) << "what is chosen is drawn";
    QTest::keyClick(table, Qt::Key_Right);
    EXPECT_EQ(names().size(), 4);
    QTest::keyClick(table, Qt::Key_Down);
    EXPECT_EQ(panel->chosen().size(), 1);
    QTest::keyClick(table, Qt::Key_Left);
    QTest::keyClick(table, Qt::Key_Left);
    EXPECT_EQ(names().size(), 1);
    groups->actions()[0]->trigger();
    EXPECT_EQ(names().size(), 3);
}

TEST_F(RunsPanelTest, fieldsOfTheExperimentsAreReadWhenAFilterAsksForThem)
{
    for (const char* temperature : {"1", "4"}) {
        RunRow row = test::run(std::string("at ") + temperature);
        workspace.history->addRun(row, R"({"teacher": {"kind": "run", "run": "x"}, "stages": [{"objective": [{"kind": "kd", "temperature": )"
                                           + std::string(temperature) + "}]}]}");
        workspace.history->setState(row.id, RunState::Finished);
    }
    open();
    panel->findChild<QLineEdit*>()->setText(QStringLiteral("temperature:4"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return names() == QStringList{QStringLiteral("at 4")}; }, 5000));
    panel->findChild<QLineEdit*>()->setText(QStringLiteral("temprature:4"));
    const auto said = [&] {
        QString words;
        for (const QLabel* label : panel->findChildren<QLabel*>()) {
            words += label->text();
        }
        return words;
    };
    ASSERT_TRUE(QTest::qWaitFor([&] { return said().contains(QStringLiteral("did you mean \"temperature\"?")); }, 5000));
    EXPECT_EQ(names().size(), 2) << "what is not understood filters nothing";
}

TEST_F(RunsPanelTest, aRunThatIsNotListedYetIsChosenWhenItArrives)
{
    test::add(*workspace.history, test::run("old"));
    open();
    const RunId fresh = test::add(*workspace.history, test::run("fresh"));
    panel->select({fresh}, fresh);
    ASSERT_TRUE(QTest::qWaitFor([&] { return current == fresh; }, 5000));
    EXPECT_THAT(shown, UnorderedElementsAre(fresh));
}

} // namespace
} // namespace distill::ui

int main(int argc, char** argv)
{
    return distill::ui::test::runTests(argc, argv);
}
