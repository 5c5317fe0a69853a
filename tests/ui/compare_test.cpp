// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare.h"

#include "memoryhistory.h"
#include "support.h"
#include "ui/compare/alignment.h"
#include "ui/compare/columnview.h"
#include "ui/compare/comparebar.h"
#include "ui/compare/curvespane.h"
#include "ui/compare/emptypage.h"
#include "ui/compare/parallel.h"
#include "ui/compare/scatter.h"
#include "ui/compare/verdicts.h"
#include "ui/plots/legend.h"
#include "ui/session.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTest>
#include <QToolButton>
#include <cmath>
#include <gmock/gmock.h>
#include <random>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

using testing::ElementsAre;

const double nan = std::nan("");

std::shared_ptr<Curve> curveOf(const std::vector<std::pair<std::int64_t, double>>& samples, double secondsAStep = 0.1)
{
    auto curve = std::make_shared<Curve>();
    for (const auto& [step, value] : samples) {
        curve->append({step, static_cast<double>(step) / 100, secondsAStep * static_cast<double>(step), value});
    }
    return curve;
}

std::vector<double> list(std::span<const double> values)
{
    return {values.begin(), values.end()};
}

TEST(Alignment, MetricsAreJoinedAtTheStepsThatBothHave)
{
    const auto loss = curveOf({{1, 9}, {2, 8}, {3, 7}, {4, 6}, {6, 4}});
    const auto accuracy = curveOf({{2, 0.2}, {4, 0.4}, {5, 0.5}, {6, 0.6}});
    const Joined found = joined(*accuracy, 0, *loss, 0);
    EXPECT_THAT(list(found.along->values()), ElementsAre(0.2, 0.4, 0.6));
    EXPECT_THAT(list(found.values->values()), ElementsAre(8, 6, 4));
    EXPECT_THAT(list(found.values->x(XAxis::Step)), ElementsAre(2, 4, 6));

    // Smoothed as a whole before it is joined: not merely over the steps that are left.
    const Joined smooth = joined(*accuracy, 0, *loss, 0.5);
    const auto whole = loss->smoothed(0.5);
    EXPECT_THAT(list(smooth.values->values()), ElementsAre(whole[1], whole[3], whole[4]));
    EXPECT_TRUE(joined(*curveOf({{1, 1}}), 0, *curveOf({{2, 1}}), 0).values->empty());
}

TEST(Alignment, SeedsGiveTheirMeanAndTheSamplesDeviation)
{
    std::mt19937 generator(7);
    std::normal_distribution<double> normal(3, 2);
    std::vector<std::vector<double>> values(4, std::vector<double>(50));
    std::vector<std::shared_ptr<const Curve>> curves;
    for (std::size_t seed = 0; seed < values.size(); ++seed) {
        std::vector<std::pair<std::int64_t, double>> samples;
        for (std::size_t i = 0; i < 50; ++i) {
            values[seed][i] = normal(generator);
            samples.emplace_back(static_cast<std::int64_t>(10 * (i + 1)), values[seed][i]);
        }
        curves.push_back(curveOf(samples, 0.1 * static_cast<double>(seed + 1)));
    }
    const SeedMean mean = meanOf(curves, ComparisonSetup::Band::Deviation);
    const SeedMean extremes = meanOf(curves, ComparisonSetup::Band::Extremes);
    ASSERT_EQ(mean.mean->size(), 50U);
    for (std::size_t i = 0; i < 50; ++i) {
        double sum = 0, squares = 0, least = 1e9, most = -1e9;
        for (const auto& seed : values) {
            sum += seed[i];
            squares += seed[i] * seed[i];
            least = std::min(least, seed[i]);
            most = std::max(most, seed[i]);
        }
        const double expected = sum / 4;
        const double deviation = std::sqrt((squares - 4 * expected * expected) / 3); // n - 1
        EXPECT_NEAR(mean.mean->values()[i], expected, 1e-12);
        EXPECT_NEAR(mean.high->values()[i] - mean.mean->values()[i], deviation, 1e-9);
        EXPECT_NEAR(mean.mean->values()[i] - mean.low->values()[i], deviation, 1e-9);
        EXPECT_EQ(extremes.low->values()[i], least);
        EXPECT_EQ(extremes.high->values()[i], most);
        EXPECT_NEAR(mean.mean->x(XAxis::Time)[i], 0.25 * static_cast<double>(10 * (i + 1)), 1e-9); // 0.1 to 0.4 s a step
    }
    EXPECT_FALSE(meanOf(curves, ComparisonSetup::Band::None).low);
}

TEST(Alignment, SeedsOfOtherStepsMeetBetweenTheirSamplesAndNeverBeyondThem)
{
    const SeedMean mean = meanOf({curveOf({{0, 0}, {10, 10}}), curveOf({{5, 100}, {10, 200}, {20, 400}})}, ComparisonSetup::Band::Deviation);
    EXPECT_THAT(list(mean.mean->x(XAxis::Step)), ElementsAre(0, 5, 10, 20));
    // The first alone, (5 + 100) / 2, (10 + 200) / 2, the second alone.
    EXPECT_THAT(list(mean.mean->values()), ElementsAre(0, 52.5, 105, 400));
    EXPECT_EQ(mean.low->values()[3], 400); // one value has no deviation to show
    EXPECT_NEAR(mean.high->values()[1] - 52.5, 95 / std::sqrt(2), 1e-9);
}

TEST(Alignment, SamplesAreCountedByTheBatchOfEachStage)
{
    const auto curve = curveOf({{1, 0}, {10, 0}, {11, 0}, {20, 0}});
    EXPECT_THAT(list(curve->x(XAxis::Samples)), ElementsAre(1, 10, 11, 20)); // not known: steps
    curve->setBatchSizes({{0, 64}, {10, 32}});
    EXPECT_THAT(list(curve->x(XAxis::Samples)), ElementsAre(64, 640, 672, 960));
    curve->append({21, 0.21, 2.1, 0});
    EXPECT_EQ(curve->x(XAxis::Samples).back(), 992);
    EXPECT_EQ(curve->nearest(XAxis::Samples, 700), 2U);
    EXPECT_EQ(curve->place(15, XAxis::Samples), 800);
}

TEST(Setup, SurvivesWritingAndReading)
{
    ComparisonSetup setup;
    setup.runs = {"a", "b"};
    setup.baseline = "b";
    setup.view = ComparisonSetup::View::Details;
    setup.page = 3;
    setup.axis = XAxis::Metric;
    setup.metric = "accuracy/validation";
    setup.series = {"loss"};
    setup.layout = ComparisonSetup::Layout::ByRun;
    setup.grouped = false;
    setup.band = ComparisonSetup::Band::Extremes;
    setup.members = true;
    setup.smoothing = 0.5;
    setup.logX = setup.logY = true;
    setup.clipsOutliers = false;
    setup.differencesOnly = false;
    setup.scatterX = "seconds";
    setup.scatterLogX = true;
    setup.axes = {"/stages/0/learning_rate"};
    setup.colouredBy.clear();
    setup.brushes["/stages/0/learning_rate"] = {0.001, 0.1};
    EXPECT_NE(setup, ComparisonSetup());
    EXPECT_EQ(ComparisonSetup::fromJson(Json::parse(setup.toJson().dump())), setup);
    // What a later program wrote otherwise keeps its default.
    const ComparisonSetup odd = ComparisonSetup::fromJson(Json::parse(R"({"runs": ["a"], "axis": "moon", "page": "two", "scatter": 3})"));
    EXPECT_EQ(odd.runs, std::vector<RunId>{"a"});
    EXPECT_EQ(odd.axis, XAxis::Step);
    EXPECT_EQ(odd.page, 0);
}

/// Four runs: a student alone, two students of one teacher at other temperatures, and the teacher.
Comparison comparisonOf()
{
    Comparison comparison;
    const std::vector<std::pair<std::string, RunRole>> runs
        = {{"alone", RunRole::Control}, {"warm", RunRole::Student}, {"hot", RunRole::Student}, {"teacher", RunRole::Teacher}};
    for (const auto& [name, role] : runs) {
        Comparison::Run run;
        run.row = test::run(name, "group", role);
        run.row.id = "01ARZ3NDEKTSV4RRFFQ69G5" + name.substr(0, 3);
        run.row.seed = 1;
        run.row.summary = Json::parse(R"({"reported": "last", "last": {"test": {"samples": 10000}}})");
        comparison.runs.push_back(run);
    }
    comparison.runs[1].row.notes = "The first try.";
    comparison.baseline = 0;
    using Unit = ComparedFigure::Unit;
    using Better = ComparedFigure::Better;
    comparison.figures = {{"test/accuracy", "Test accuracy", Unit::Share, Better::Higher, {0.77, 0.801, 0.798, 0.89}, {0, 0.031, 0.028, 0.12}},
                          {"parameters", "Parameters", Unit::Count, Better::Lower, {50890, 50890, 50890, 824458}, {0, 0, 0, 773568}},
                          {"seconds", "Training time", Unit::Seconds, Better::Lower, {1, 2, 2, nan}, {0, 1, 1, nan}}};
    comparison.fields = {{"/name", "Name", {"alone", "warm", "hot", "teacher"}, true},
                         {"/stages/0/objective/1/temperature", "Temperature", {Json(), 4, 20, Json()}, true},
                         {"/stages/0/learning_rate", "Learning rate", {0.001, 0.001, 0.001, 0.002}, true},
                         {"/student/model/kind", "Model", {"mlp", "mlp", "mlp", "cnn"}, true},
                         {"/stages/0/batch_size", "Batch size", {64, 64, 64, 64}, false}};
    comparison.groups = {{"alone", {0}, {}, {}, {}, {}}, {"warm", {1}, {}, {}, {}, {}}, {"hot", {2}, {}, {}, {}, {}}, {"teacher", {3}, {}, {}, {}, {}}};
    for (std::size_t i = 0; i < comparison.groups.size(); ++i) {
        for (const ComparedFigure& figure : comparison.figures) {
            comparison.groups[i].means.push_back(figure.values[i]);
            comparison.groups[i].deviations.push_back(nan);
        }
    }
    return comparison;
}

TEST(Quantities, FiguresAndFieldsWithTheirDirection)
{
    const std::vector<Quantity> found = quantitiesOf(comparisonOf());
    ASSERT_FALSE(quantityOf(found, "/name"));
    const Quantity* temperature = quantityOf(found, "/stages/0/objective/1/temperature");
    ASSERT_TRUE(temperature);
    EXPECT_TRUE(std::isnan(temperature->values[0]));
    EXPECT_EQ(temperature->values[2], 20);
    EXPECT_TRUE(temperature->differs);
    const Quantity* model = quantityOf(found, "/student/model/kind");
    ASSERT_TRUE(model);
    EXPECT_EQ(model->categories, QStringList({u"mlp"_s, u"cnn"_s}));
    EXPECT_EQ(model->text(1), u"cnn"_s);
    EXPECT_FALSE(quantityOf(found, "/stages/0/batch_size")->differs);
    EXPECT_EQ(quantityOf(found, "parameters")->better, ComparedFigure::Better::Lower);
}

TEST(Quantities, DifferencesAreSignedAndJudgedByWhatIsBetter)
{
    using Unit = ComparedFigure::Unit;
    using Better = ComparedFigure::Better;
    QLocale::setDefault(QLocale::c());
    EXPECT_EQ(deltaText(0.0274, Unit::Share), u"+2.74"_s);
    EXPECT_EQ(deltaText(-0.0274, Unit::Share), u"\u22122.74"_s);
    EXPECT_EQ(deltaText(0.0000001, Unit::Share), u"\u00b10.00"_s); // no sign on what reads as nothing
    EXPECT_EQ(deltaText(nan, Unit::Share), QString());
    EXPECT_EQ(judged(-100, Better::Lower), 1);
    EXPECT_EQ(judged(100, Better::Lower), -1);
    EXPECT_EQ(judged(100, Better::Higher), 1);
    EXPECT_EQ(judged(100, Better::Neither), 0);
    EXPECT_EQ(judged(0, Better::Higher), 0);
}

TEST(Quantities, TheIntervalOfAShareIsWilsons)
{
    // Agresti and Coull 1998: 0 of 10 gives [0, 0.278], 5 of 10 [0.237, 0.763].
    EXPECT_NEAR(shareInterval(0, 10).low, 0, 1e-12);
    EXPECT_NEAR(shareInterval(0, 10).high, 0.2775, 5e-4);
    EXPECT_NEAR(shareInterval(0.5, 10).low, 0.2366, 5e-4);
    EXPECT_NEAR(shareInterval(0.5, 10).high, 0.7634, 5e-4);
    EXPECT_EQ(itemsOf("best/test/accuracy", Json::parse(R"({"best": {"test": {"samples": 7}}})")), 7);
    EXPECT_EQ(itemsOf("test/loss", Json::parse(R"({"last": {"test": {"samples": 7}}})")), 0);
}

int rowOf(const ColumnModel& model, const QString& title)
{
    for (int row = 0; row < model.rowCount(); ++row) {
        if (model.headerData(row, Qt::Vertical).toString() == title) {
            return row;
        }
    }
    return -1;
}

TEST(Columns, ShowDifferencesToTheBaselineAndTies)
{
    ColumnModel model;
    QAbstractItemModelTester tester(&model);
    model.setComparison(std::make_shared<Comparison>(comparisonOf()));
    ASSERT_EQ(model.columnCount(), 4);
    const int accuracy = rowOf(model, u"Test accuracy"_s);
    ASSERT_GE(accuracy, 0);
    EXPECT_EQ(model.index(accuracy, 1).data(ColumnModel::DeltaRole).toString(), u"+3.10"_s);
    EXPECT_EQ(model.index(accuracy, 1).data(ColumnModel::JudgementRole).toInt(), 1);
    EXPECT_TRUE(model.index(accuracy, 0).data(ColumnModel::DeltaRole).toString().isEmpty()); // the baseline itself
    EXPECT_EQ(model.index(rowOf(model, u"Parameters"_s), 3).data(ColumnModel::JudgementRole).toInt(), -1);
    EXPECT_TRUE(model.index(rowOf(model, u"Training time"_s), 3).data(ColumnModel::DeltaRole).toString().isEmpty());
    EXPECT_TRUE(model.index(accuracy, 1).data(Qt::AccessibleTextRole).toString().contains(u"better"_s));
    EXPECT_TRUE(model.headerData(0, Qt::Horizontal, ColumnModel::BaselineRole).toBool());

    // 89.0 % leads 80.1 % by far; without the teacher, 80.1 and 79.8 % of 10,000 cannot be told apart, 77 % can.
    const auto mark = [&](int column) { return static_cast<ColumnModel::Mark>(model.index(rowOf(model, u"Test accuracy"_s), column).data(ColumnModel::MarkRole).toInt()); };
    EXPECT_EQ(mark(3), ColumnModel::Mark::Best);
    EXPECT_EQ(mark(1), ColumnModel::Mark::None);
    Comparison three = comparisonOf();
    three.runs.pop_back();
    for (ComparedFigure& figure : three.figures) {
        figure.values.pop_back();
        figure.deltas.pop_back();
    }
    for (ComparedField& field : three.fields) {
        field.values.pop_back();
    }
    model.setComparison(std::make_shared<Comparison>(three));
    EXPECT_EQ(mark(1), ColumnModel::Mark::Best);
    EXPECT_EQ(mark(2), ColumnModel::Mark::Tied);
    EXPECT_EQ(mark(0), ColumnModel::Mark::None);
}

TEST(Columns, DifferencesOnlyLeavesTheRestOut)
{
    ColumnModel model;
    model.setComparison(std::make_shared<Comparison>(comparisonOf()));
    EXPECT_GE(rowOf(model, u"Temperature"_s), 0);
    EXPECT_LT(rowOf(model, u"Batch size"_s), 0);
    model.setDifferencesOnly(false);
    EXPECT_GE(rowOf(model, u"Batch size"_s), 0);
    const int notes = rowOf(model, u"Notes"_s);
    ASSERT_GE(notes, 0);
    EXPECT_EQ(model.index(notes, 1).data().toString(), u"The first try."_s);
}

TEST(Columns, TheCursorChangesItsRowsAndResetsNothing)
{
    ColumnModel model;
    model.setComparison(std::make_shared<Comparison>(comparisonOf()));
    CurvesPane::SeriesFigures figures{textOf("accuracy/validation"), {0.8, 0.9, nan, nan}, {0.7, 0.9, nan, nan}, {0.5, 0.6, nan, nan}};
    model.setCurveFigures({figures}, u"step 3"_s);
    ASSERT_EQ(rowOf(model, u"At the cursor: step 3"_s), 0);
    const int row = rowOf(model, u"Accuracy, validation"_s);
    ASSERT_EQ(row, 1);
    EXPECT_EQ(model.index(row, 1).data(ColumnModel::DeltaRole).toString(), u"+10.00"_s);
    EXPECT_GE(rowOf(model, u"Accuracy, validation, best"_s), 0);
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    figures.atCursor[1] = 0.7;
    QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    model.setCurveFigures({figures}, u"step 3"_s);
    EXPECT_EQ(resets.count(), 0);
    ASSERT_EQ(changes.count(), 1);
    EXPECT_EQ(changes.first().first().value<QModelIndex>().row(), row);
    model.setCurveFigures({figures}, u"step 4"_s);
    EXPECT_EQ(rowOf(model, u"At the cursor: step 4"_s), 0);
    model.setComparison(std::make_shared<Comparison>(comparisonOf())); // read anew, the same
    EXPECT_EQ(resets.count(), 0);
}

std::pair<std::vector<RunId>, std::vector<Quantity>> manyRuns(std::size_t count)
{
    std::mt19937 generator(3);
    std::uniform_real_distribution<double> uniform;
    std::vector<RunId> runs;
    Quantity one{"one", u"One"_s}, two{"two", u"Two"_s}, rate{"/rate", u"Rate"_s};
    one.unit = two.unit = ComparedFigure::Unit::Share;
    for (std::size_t i = 0; i < count; ++i) {
        runs.push_back("run" + std::to_string(i));
        one.values.push_back(uniform(generator));
        two.values.push_back(uniform(generator));
        rate.values.push_back(std::pow(10, -4 * uniform(generator)));
    }
    return {runs, {one, two, rate}};
}

TEST(Parallel, ABrushLeavesThoseWithinIt)
{
    const auto [runs, axes] = manyRuns(200);
    ParallelPlot plot;
    plot.resize(700, 400);
    QStringList names;
    for (const RunId& run : runs) {
        names << QString::fromStdString(run);
    }
    plot.setRuns(runs, names);
    plot.setAxes(axes);
    EXPECT_EQ(plot.left().size(), 200U);
    QSignalSpy brushed(&plot, &ParallelPlot::brushed);

    // Dragged from 0.25 to 0.75 on the second axis.
    QTest::mousePress(&plot, Qt::LeftButton, {}, plot.placeOf(1, 0.25).toPoint());
    QTest::mouseMove(&plot, plot.placeOf(1, 0.5).toPoint());
    QTest::mouseMove(&plot, plot.placeOf(1, 0.75).toPoint());
    QTest::mouseRelease(&plot, Qt::LeftButton, {}, plot.placeOf(1, 0.75).toPoint());
    ASSERT_TRUE(plot.brushes().contains("two"));
    const Range range = plot.brushes().at("two");
    EXPECT_NEAR(range.low, 0.25, 0.01); // a pixel is 0.003
    EXPECT_NEAR(range.high, 0.75, 0.01);
    EXPECT_GE(brushed.count(), 1);
    std::vector<RunId> expected;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (axes[1].values[i] >= range.low && axes[1].values[i] <= range.high) {
            expected.push_back(runs[i]);
        }
    }
    EXPECT_EQ(plot.left(), expected);
    EXPECT_LT(expected.size(), 130U);

    // Moved as a whole, it keeps its width; a click beside it clears it.
    QTest::mousePress(&plot, Qt::LeftButton, {}, plot.placeOf(1, 0.5).toPoint());
    QTest::mouseMove(&plot, plot.placeOf(1, 0.55).toPoint());
    QTest::mouseMove(&plot, plot.placeOf(1, 0.6).toPoint());
    QTest::mouseRelease(&plot, Qt::LeftButton, {}, plot.placeOf(1, 0.6).toPoint());
    EXPECT_NEAR(plot.brushes().at("two").low, 0.35, 0.02);
    EXPECT_NEAR(plot.brushes().at("two").high - plot.brushes().at("two").low, range.high - range.low, 0.01);
    QTest::mouseClick(&plot, Qt::LeftButton, {}, plot.placeOf(1, 0.1).toPoint());
    EXPECT_TRUE(plot.brushes().empty());
}

TEST(Parallel, TheKeyboardBrushesWalksAndMovesAxes)
{
    const auto [runs, axes] = manyRuns(40);
    ParallelPlot plot;
    plot.resize(700, 400);
    plot.setRuns(runs, {});
    plot.setAxes(axes);
    QTest::keyClick(&plot, Qt::Key_Right);
    for (int i = 0; i < 10; ++i) {
        QTest::keyClick(&plot, Qt::Key_PageUp); // half of the axis
    }
    ASSERT_TRUE(plot.brushes().contains("two"));
    const Range whole = axes[1].range();
    EXPECT_NEAR(plot.brushes().at("two").low, (whole.low + whole.high) / 2, 1e-6);
    QSignalSpy hovered(&plot, &ParallelPlot::runHovered);
    QTest::keyClick(&plot, Qt::Key_Up);
    ASSERT_EQ(hovered.count(), 1);
    // Of those that are left the lowest on this axis.
    const auto chosen = hovered.first().first().value<RunId>();
    double least = 2;
    RunId lowest;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (axes[1].values[i] >= plot.brushes().at("two").low && axes[1].values[i] < least) {
            least = axes[1].values[i];
            lowest = runs[i];
        }
    }
    EXPECT_EQ(chosen, lowest);
    QSignalSpy activated(&plot, &ParallelPlot::runActivated);
    QTest::keyClick(&plot, Qt::Key_Return);
    EXPECT_EQ(activated.count(), 1);
    QTest::keyClick(&plot, Qt::Key_Left, Qt::ControlModifier);
    EXPECT_EQ(plot.axes()[0].key, "two");
    QTest::keyClick(&plot, Qt::Key_Delete);
    EXPECT_TRUE(plot.brushes().empty());
    EXPECT_FALSE(plot.grab().isNull());
}

TEST(Parallel, TheAxesAreTheFieldsThatDifferStudentsFirstThenFigures)
{
    ParallelPane pane;
    pane.setComparison(std::make_shared<Comparison>(comparisonOf()));
    std::vector<std::string> keys;
    for (const Quantity& axis : pane.plot().axes()) {
        keys.push_back(axis.key);
    }
    EXPECT_THAT(keys, ElementsAre("/stages/0/objective/1/temperature", "/stages/0/learning_rate", "/student/model/kind", "parameters", "test/accuracy"));
    ComparisonSetup setup;
    setup.axes = {"test/accuracy", "/stages/0/batch_size"};
    setup.brushes["test/accuracy"] = {0.79, 1};
    pane.setSetup(setup);
    EXPECT_EQ(pane.plot().axes().size(), 2U);
    EXPECT_EQ(pane.plot().left().size(), 3U);
    ComparisonSetup stored;
    pane.storeIn(stored);
    EXPECT_EQ(stored.brushes, setup.brushes);
}

TEST(Parallel, ValuesOfManyMagnitudesGetALogarithmicAxis)
{
    ParallelPlot plot;
    plot.resize(500, 400);
    plot.setRuns({"a", "b", "c"}, {u"a"_s, u"b"_s, u"c"_s});
    Quantity rate{"/rate", u"Rate"_s};
    rate.values = {0.001, 0.01, 0.1};
    plot.setAxes({rate});
    const double low = plot.placeOf(0, 0.001).y(), middle = plot.placeOf(0, 0.01).y(), high = plot.placeOf(0, 0.1).y();
    EXPECT_NEAR(low - middle, middle - high, 1e-6);
}

ScatterPoint point(const std::string& run, double x, double y)
{
    return {run, QString::fromStdString(run), x, y};
}

TEST(Scatter, TheFrontIsWhatNoOtherBeatsInBoth)
{
    std::mt19937 generator(11);
    std::uniform_real_distribution<double> uniform;
    QVector<ScatterPoint> points;
    for (int i = 0; i < 60; ++i) {
        points.append(point("run" + std::to_string(i), uniform(generator), uniform(generator)));
    }
    points.append(point("unknown", nan, 0.99));
    Quantity size{"parameters", u"Parameters"_s}, accuracy{"test/accuracy", u"Accuracy"_s};
    size.better = ComparedFigure::Better::Lower;
    accuracy.better = ComparedFigure::Better::Higher;
    ScatterPlot plot;
    plot.resize(500, 400);
    plot.setAxes(size, accuracy, false, false);
    plot.setPoints(points);
    EXPECT_EQ(plot.leftOut(), 1);
    std::set<RunId> expected, found;
    for (const ScatterPoint& each : plot.points()) {
        const bool beaten = std::any_of(plot.points().begin(), plot.points().end(), [&](const ScatterPoint& other) {
            return other.x <= each.x && other.y >= each.y && (other.x < each.x || other.y > each.y);
        });
        if (!beaten) {
            expected.insert(each.run);
        }
    }
    for (const std::size_t i : plot.front()) {
        found.insert(plot.points()[static_cast<qsizetype>(i)].run);
    }
    EXPECT_EQ(found, expected);
    EXPECT_FALSE(plot.grab().isNull());

    Quantity field{"/seed", u"Seed"_s};
    plot.setAxes(field, accuracy, false, false);
    plot.setPoints(points);
    EXPECT_TRUE(plot.front().empty()); // nobody knows which seed is better
    plot.setAxes(size, accuracy, true, false);
    plot.setPoints({point("a", 0, 1), point("b", 10, 1)});
    EXPECT_EQ(plot.leftOut(), 1); // 0 lies nowhere on a logarithmic axis
}

TEST(Scatter, PointsAreHoveredClickedAndWalkedThrough)
{
    ScatterPlot plot;
    plot.resize(500, 400);
    plot.show();
    plot.setAxes({"x", u"X"_s}, {"y", u"Y"_s}, false, false);
    plot.setPoints({point("left", 1, 1), point("middle", 2, 5), point("right", 3, 2)});
    plot.replot();
    QSignalSpy hovered(&plot, &ScatterPlot::runHovered);
    QSignalSpy activated(&plot, &ScatterPlot::runActivated);
    QTest::mouseMove(&plot, plot.placeOf("middle").toPoint() + QPoint(3, 2));
    EXPECT_EQ(plot.current(), "middle");
    QTest::mouseMove(&plot, plot.placeOf("middle").toPoint() + QPoint(60, 60));
    EXPECT_EQ(plot.current(), "");
    QTest::mouseClick(&plot, Qt::LeftButton, {}, plot.placeOf("right").toPoint());
    ASSERT_EQ(activated.count(), 1);
    EXPECT_EQ(activated.first().first().value<RunId>(), "right");
    plot.setHighlighted({});
    QTest::keyClick(&plot, Qt::Key_Right);
    QTest::keyClick(&plot, Qt::Key_Right);
    EXPECT_EQ(plot.current(), "middle");
    QTest::keyClick(&plot, Qt::Key_Return);
    EXPECT_EQ(activated.last().first().value<RunId>(), "middle");
}

TEST(Scatter, APaneShowsTheRunsOverTheChosenQuantities)
{
    ScatterPane pane;
    pane.setComparison(std::make_shared<Comparison>(comparisonOf()));
    EXPECT_EQ(pane.plot().points().size(), 4);
    EXPECT_TRUE(pane.plot().points().first().baseline);
    ComparisonSetup setup;
    setup.scatterX = "/stages/0/objective/1/temperature";
    pane.setSetup(setup);
    EXPECT_EQ(pane.plot().points().size(), 2); // two have one
    EXPECT_EQ(pane.plot().leftOut(), 2);
    ComparisonSetup stored;
    pane.storeIn(stored);
    EXPECT_EQ(stored.scatterX, setup.scatterX);

    // The two students as seeds of one.
    Comparison seeds = comparisonOf();
    seeds.groups[1].runs = {1, 2};
    seeds.groups.erase(seeds.groups.begin() + 2);
    pane.setComparison(std::make_shared<Comparison>(seeds));
    setup = {};
    setup.scatterMeans = true;
    pane.setSetup(setup);
    ASSERT_EQ(pane.plot().points().size(), 3);
    EXPECT_NEAR(pane.plot().points()[1].y, (0.801 + 0.798) / 2, 1e-12);
    EXPECT_NEAR(pane.plot().points()[1].deviationY, 0.003 / std::sqrt(2), 1e-12);
    EXPECT_EQ(pane.plot().points()[1].deviationX, 0);
}

TEST(Verdict, CardsSayTheWordAndTheRankingDrawsTies)
{
    Comparison comparison = comparisonOf();
    const auto verdict = [](Verdict::Kind kind, double estimate, double low, double high) {
        ComparedVerdict result;
        result.group = 1;
        result.against = "student alone";
        result.verdict = {kind, {estimate, low, high}, 3, 10000, "A sentence.", kind == Verdict::Kind::NoEvidence ? "about 9 seeds" : ""};
        return result;
    };
    comparison.verdicts = {verdict(Verdict::Kind::Helps, 0.03, 0.02, 0.04), verdict(Verdict::Kind::NoEvidence, 0.003, -0.002, 0.008),
                           verdict(Verdict::Kind::Hurts, -0.03, -0.04, -0.02)};
    comparison.groups[0].accuracy = Interval{0.77, 0.76, 0.78};
    comparison.groups[1].accuracy = Interval{0.801, 0.79, 0.812};
    comparison.groups[2].accuracy = Interval{0.798, 0.785, 0.81};
    comparison.groups[3].accuracy.reset();
    comparison.groups[3].means.assign(3, nan);
    comparison.remarks = {"They were trained for other numbers of steps."};
    VerdictPane pane;
    pane.resize(900, 600);
    pane.setComparison(std::make_shared<Comparison>(comparison), true);
    ASSERT_EQ(pane.cards().size(), 3U);
    EXPECT_EQ(pane.cards()[0]->word(), u"Helps"_s);
    EXPECT_EQ(pane.cards()[1]->word(), u"No evidence"_s);
    EXPECT_EQ(pane.cards()[2]->word(), u"Hurts"_s);
    EXPECT_TRUE(pane.cards()[1]->accessibleDescription().contains(u"about 9 seeds"_s));
    EXPECT_TRUE(pane.message().isEmpty());
    const auto& lines = pane.ranking().lines();
    ASSERT_EQ(lines.size(), 3);
    EXPECT_EQ(lines[0].name, u"warm"_s);
    EXPECT_EQ(lines[0].rank, u"1 ="_s);
    EXPECT_TRUE(lines[1].tied);
    EXPECT_EQ(lines[1].rank, u"1 ="_s);
    EXPECT_FALSE(lines[2].tied);
    EXPECT_EQ(lines[2].rank, u"3"_s);
    EXPECT_FALSE(pane.grab().isNull());

    comparison.verdicts.clear();
    pane.setComparison(std::make_shared<Comparison>(comparison), false);
    EXPECT_TRUE(pane.message().contains(u"worked out"_s));
    pane.setComparison(std::make_shared<Comparison>(comparison), true);
    EXPECT_TRUE(pane.message().contains(u"controls"_s));
}

/// Three seeds of a student, in memory, and the pane that draws them.
struct Drawn {
    Drawn()
    {
        for (int seed = 1; seed <= 3; ++seed) {
            RunRow row = test::run("student " + std::to_string(seed));
            row.seed = seed;
            row.summary = Json::parse(R"({"train_samples": 500})");
            history->set(row, R"({"name": "s", "stages": [{"batch_size": 50}]})");
            runs.push_back({QString::fromStdString(row.name), {row.id}});
            for (int step = 1; step <= 100; ++step) {
                history->addPoint(row.id, "loss", step, 10.0 * seed + 1.0 / step);
            }
            for (int step = 20; step <= 100; step += 20) {
                history->addPoint(row.id, "accuracy/validation", step, 0.01 * step - 0.1 * seed);
                history->addPoint(row.id, "agreement/validation", step, 0.005 * step);
            }
        }
        CurveUnit group{u"student"_s, {}};
        for (const CurveUnit& run : runs) {
            group.runs.push_back(run.id());
        }
        groups = {group};
    }
    bool show(CurvesPane& pane, bool grouped)
    {
        ComparisonSetup setup;
        setup.grouped = grouped;
        setup.smoothing = 0;
        pane.resize(900, 600);
        pane.setSetup(setup);
        pane.setUnits(runs, groups, {});
        pane.show();
        return QTest::qWaitFor([&] { return pane.isComplete() && pane.panels().size() == 3; });
    }

    test::Workspace settings;
    std::shared_ptr<MemoryHistory> history = std::make_shared<MemoryHistory>();
    Session session{history, std::make_unique<Engine>(history)};
    std::vector<CurveUnit> runs, groups;
};

const QVector<PlotCurve>& curvesIn(const CurvesPane& pane, std::size_t panel)
{
    return pane.panels()[panel]->plots().first()->curves();
}

TEST(Curves, SeedsAreDrawnAsTheirMeanWithABandAndAloneOnDemand)
{
    Drawn drawn;
    CurvesPane pane(drawn.session);
    ASSERT_TRUE(drawn.show(pane, true));
    ASSERT_EQ(curvesIn(pane, 0).size(), 1); // loss
    const PlotCurve& mean = curvesIn(pane, 0).first();
    EXPECT_NEAR(mean.curve->values()[0], 21, 1e-9); // (11 + 21 + 31) / 3
    ASSERT_TRUE(mean.low);
    EXPECT_NEAR(mean.high->values()[0] - mean.low->values()[0], 20, 1e-9); // deviation 10
    ComparisonSetup setup;
    pane.storeIn(setup);
    setup.members = true;
    pane.setSetup(setup);
    EXPECT_EQ(curvesIn(pane, 0).size(), 4);
    EXPECT_EQ(curvesIn(pane, 0).first().paintedAs, drawn.runs[0].id());
    setup.grouped = false;
    pane.setSetup(setup);
    EXPECT_EQ(curvesIn(pane, 0).size(), 3);
    EXPECT_FALSE(pane.grab().isNull());
}

TEST(Curves, RunAlongStepsEpochsTimeSamplesAndAnyMetric)
{
    Drawn drawn;
    CurvesPane pane(drawn.session);
    ASSERT_TRUE(drawn.show(pane, false));
    auto* axis = pane.findChild<QComboBox*>();
    ASSERT_TRUE(axis);
    EXPECT_NEAR(pane.view().range().high, 100, 2);
    pane.view().setAxis(XAxis::Samples);
    EXPECT_NEAR(pane.view().range().high, 5000, 100); // 100 steps of 50
    pane.view().setAxis(XAxis::Epoch);
    EXPECT_NEAR(pane.view().range().high, 1, 0.02);
    pane.view().setAxis(XAxis::Time);
    EXPECT_NEAR(pane.view().range().high, 10, 0.2);
    pane.view().setMetric("agreement/validation", u"Agreement, validation"_s, Numbers::Percent);
    // Loss over agreement: at the steps that have both.
    const PlotCurve& loss = curvesIn(pane, 0).first();
    ASSERT_TRUE(loss.along);
    EXPECT_EQ(loss.curve->size(), 5U);
    EXPECT_THAT(list(loss.along->values()), testing::Pointwise(testing::DoubleNear(1e-12), {0.1, 0.2, 0.3, 0.4, 0.5}));
    EXPECT_NEAR(loss.curve->values()[1], 10 + 1.0 / 40, 1e-12);
    EXPECT_NEAR(pane.view().range().high, 0.5, 0.02);
    // The cursor finds the sample beside it.
    pane.view().setCursor(0.31);
    pane.panels()[0]->plots().first()->replot();
    const auto& rows = pane.panels()[0]->plots().first()->readOut();
    ASSERT_EQ(rows.size(), 3);
    EXPECT_EQ(rows.last().value, formatted(10 + 1.0 / 60, Numbers::Plain));
    ComparisonSetup setup;
    pane.storeIn(setup);
    EXPECT_EQ(setup.axis, XAxis::Metric);
    EXPECT_EQ(setup.metric, "agreement/validation");
}

TEST(Curves, OnePlotARunShowsTheOthersBehind)
{
    Drawn drawn;
    CurvesPane pane(drawn.session);
    ASSERT_TRUE(drawn.show(pane, false));
    ComparisonSetup setup;
    pane.storeIn(setup);
    setup.layout = ComparisonSetup::Layout::ByRun;
    setup.series = {"accuracy/validation"};
    pane.setSetup(setup);
    ASSERT_EQ(pane.panels().size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(curvesIn(pane, i).size(), 3); // all of them, so that the axes are the same
        EXPECT_EQ(curvesIn(pane, i).last().run, drawn.runs[i].id()); // its own above
    }
}

TEST(Curves, FiguresAreBestLastAndAtTheCursor)
{
    Drawn drawn;
    CurvesPane pane(drawn.session);
    ASSERT_TRUE(drawn.show(pane, false));
    pane.view().setCursor(61);
    const std::vector<CurvesPane::SeriesFigures> figures = pane.figures({drawn.runs[1].id(), "nobody"});
    ASSERT_EQ(figures.size(), 3U);
    const auto& accuracy = figures[1];
    EXPECT_EQ(accuracy.text.better, 1);
    EXPECT_NEAR(accuracy.best[0], 0.8, 1e-12);
    EXPECT_NEAR(accuracy.last[0], 0.8, 1e-12);
    EXPECT_NEAR(accuracy.atCursor[0], 0.4, 1e-12); // step 60 is nearest
    EXPECT_TRUE(std::isnan(accuracy.last[1]));
    EXPECT_TRUE(std::isnan(figures[0].best[0])); // of noisy loss none
    EXPECT_EQ(pane.cursorText(), u"step 61"_s);
}

TEST(Curves, WhatTrainsMovesTheMean)
{
    Drawn drawn;
    CurvesPane pane(drawn.session);
    ASSERT_TRUE(drawn.show(pane, true));
    Updates updates;
    Updates::Of of;
    of.run = drawn.runs[0].id();
    of.points = {{drawn.history->seriesId("loss"), 101, 1.01, 10.1, 7}};
    updates.runs.push_back(of);
    Q_EMIT drawn.session.updated(updates);
    EXPECT_TRUE(QTest::qWaitFor([&] { return curvesIn(pane, 0).first().curve->size() == 101; }));
    EXPECT_EQ(curvesIn(pane, 0).first().curve->values().back(), 7); // the others have not come so far
}

/// A workspace with a teacher, a student and the student alone.
struct Stored {
    Stored()
    {
        RunRow row = test::run("teacher", "g", RunRole::Teacher);
        teacher = test::add(*workspace.history, row);
        row = test::run("student alone", "g", RunRole::Control);
        alone = test::add(*workspace.history, row);
        row = test::run("student", "g");
        row.teachers = {teacher};
        row.control = alone;
        student = test::add(*workspace.history, row);
        row = test::run("another", "h");
        another = test::add(*workspace.history, row);
        workspace.history->setControl(student, alone);
    }
    bool complete(Compare& compare) const
    {
        return QTest::qWaitFor([&] { return compare.isComplete(); });
    }

    test::Workspace workspace;
    RunId teacher, alone, student, another;
    Session session{workspace.history, std::make_unique<Engine>(workspace.history)};
};

TEST(Compare, PinsTheStudentAloneElseTheTeacher)
{
    Stored stored;
    Compare compare(stored.session);
    compare.resize(1000, 700);
    compare.show();
    compare.open({stored.student, stored.teacher, stored.alone});
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup().baseline, stored.alone);
    compare.open({stored.student, stored.teacher});
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup().baseline, stored.teacher);
    compare.open({stored.student, stored.another});
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup().baseline, "");

    // The student alone is offered; chosen, it comes in and is the baseline.
    auto* bar = compare.findChild<CompareBar*>();
    auto* baseline = bar->findChild<QComboBox*>();
    const int offered = baseline->findData(QString::fromStdString(stored.alone));
    ASSERT_GE(offered, 0);
    baseline->setCurrentIndex(offered);
    Q_EMIT baseline->activated(offered);
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup().baseline, stored.alone);
    EXPECT_EQ(compare.setup().runs.size(), 3U);
}

TEST(Compare, RunsComeAndGo)
{
    Stored stored;
    Compare compare(stored.session);
    compare.resize(1000, 700);
    compare.show();
    auto* empty = compare.findChild<EmptyPage*>();
    EXPECT_TRUE(empty->isVisible());
    compare.setChosen({stored.student, stored.alone});
    compare.open({stored.student, stored.alone});
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_FALSE(empty->isVisible());
    compare.add({stored.teacher, stored.student});
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup().runs, (std::vector<RunId>{stored.student, stored.alone, stored.teacher}));
    auto* view = compare.findChild<ColumnView*>();
    ASSERT_EQ(view->model()->columnCount(), 3);

    // By keyboard: the current column becomes the baseline, then goes.
    compare.activateWindow();
    view->setFocus();
    ASSERT_TRUE(QTest::qWaitFor([&] { return view->hasFocus(); }));
    int row = 0;
    while (!(view->model()->flags(view->model()->index(row, 2)) & Qt::ItemIsSelectable)) {
        ++row;
    }
    view->setCurrentIndex(view->model()->index(row, 2));
    ASSERT_TRUE(view->hasFocus());
    compare.actions().first()->trigger();
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup().baseline, stored.teacher);
    compare.actions().at(1)->trigger();
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup().runs, (std::vector<RunId>{stored.student, stored.alone}));
    EXPECT_EQ(compare.setup().baseline, "");
}

TEST(Compare, SavedComparisonsReopenAsTheyWere)
{
    Stored stored;
    ComparisonSetup kept;
    {
        Compare compare(stored.session);
        compare.resize(1000, 700);
        compare.show();
        compare.open({stored.student, stored.alone, stored.teacher});
        ASSERT_TRUE(stored.complete(compare));
        ComparisonSetup setup = compare.setup();
        setup.baseline = stored.teacher;
        setup.axis = XAxis::Epoch;
        setup.layout = ComparisonSetup::Layout::ByRun;
        setup.smoothing = 0.25;
        setup.logY = true;
        setup.differencesOnly = false;
        setup.page = 2;
        setup.scatterX = "seconds";
        compare.setSetup(setup);
        ASSERT_TRUE(stored.complete(compare));
        auto* name = compare.findChild<CompareBar*>()->findChild<QLineEdit*>();
        QTest::keyClicks(name, u"Three of a kind"_s);
        QTest::keyClick(name, Qt::Key_Return);
        ASSERT_TRUE(QTest::qWaitFor([&] { return stored.workspace.history->comparisons().size() == 1; }));
        kept = compare.setup();
        EXPECT_EQ(kept.baseline, stored.teacher);
    }
    // What is looked at afterwards changes nothing of it.
    Compare compare(stored.session);
    compare.resize(1000, 700);
    compare.show();
    compare.open({stored.another});
    ASSERT_TRUE(stored.complete(compare));
    compare.setSetup([&] {
        ComparisonSetup other = compare.setup();
        other.axis = XAxis::Time;
        other.layout = ComparisonSetup::Layout::ByMetric;
        other.smoothing = 0.9;
        other.page = 0;
        return other;
    }());
    auto* bar = compare.findChild<CompareBar*>();
    QMenu* menu = bar->findChild<QToolButton*>()->menu();
    ASSERT_TRUE(QTest::qWaitFor([&] {
        Q_EMIT menu->aboutToShow();
        return !menu->actions().isEmpty() && menu->actions().first()->text() == u"Three of a kind"_s;
    }));
    menu->actions().first()->trigger();
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup(), kept);
    auto* name = bar->findChild<QLineEdit*>();
    EXPECT_EQ(name->text(), u"Three of a kind"_s);

    // A run that is gone is left out and said.
    Json content = stored.workspace.history->comparisons().front().content;
    content["runs"].push_back("01ARZ3NDEKTSV4RRFFQ69G5FAZ");
    compare.setSetup(ComparisonSetup::fromJson(content));
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup().runs, kept.runs);
}

TEST(Compare, TheLastOneStandsThereAgain)
{
    Stored stored;
    {
        Compare compare(stored.session);
        compare.show();
        compare.open({stored.student, stored.alone});
        ASSERT_TRUE(stored.complete(compare));
    }
    Compare compare(stored.session);
    EXPECT_TRUE(compare.setup().runs.empty()); // nothing is read before somebody looks
    compare.show();
    ASSERT_TRUE(stored.complete(compare));
    EXPECT_EQ(compare.setup().runs, (std::vector<RunId>{stored.student, stored.alone}));
    EXPECT_EQ(compare.setup().baseline, stored.alone);
}

} // namespace
} // namespace distill::ui

int main(int argc, char** argv)
{
    return distill::ui::test::runTests(argc, argv);
}
