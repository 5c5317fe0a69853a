// SPDX-License-Identifier: GPL-3.0-or-later
#include "fulldisk.h"
#include "support.h"
#include "ui/runs/runfilter.h"
#include "ui/runs/runmodel.h"
#include "ui/runs/runproxy.h"
#include "ui/runs/runspanel.h"
#include "ui/session.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <cmath>
#include <gmock/gmock.h>
#include <random>

namespace distill::ui {
namespace {

using test::Workspace;
using testing::UnorderedElementsAre;

bool accepts(const char* filter, const RunRow& row)
{
    return RunFilter::parse(QString::fromUtf8(filter)).accepts(row, RunFilter::searchText(row));
}

RunRow trained()
{
    RunRow row = test::run("Born Again \u00dcbung");
    row.tags = {"seed-3", "paper"};
    row.studentModel = "resnet20";
    row.teacherModel = "resnet56";
    row.notes = "warm-up helped";
    row.seed = 3;
    row.state = RunState::Stopped;
    row.figures.bestAccuracy = 0.91;
    row.figures.lastAccuracy = 0.9;
    row.figures.seconds = 90;
    return row;
}

struct FilterCase {
    const char* filter;
    bool accepted;
};

class FilterTest : public testing::TestWithParam<FilterCase> { };

TEST_P(FilterTest, acceptsWhatItSays)
{
    EXPECT_EQ(accepts(GetParam().filter, trained()), GetParam().accepted) << GetParam().filter;
}

TEST_P(FilterTest, aMinusTurnsAPartRound)
{
    const std::string filter = GetParam().filter;
    if (!filter.empty() && filter.find(' ') == std::string::npos) {
        EXPECT_NE(accepts(("-" + filter).c_str(), trained()), GetParam().accepted) << filter;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Filters, FilterTest,
    testing::Values(
        FilterCase{"", true}, FilterCase{"born", true}, FilterCase{"BORN again", true}, FilterCase{"born twice", false},
        FilterCase{"\u00fcbung", true}, FilterCase{"resnet56", true}, FilterCase{"stopped", true},
        FilterCase{"name:born", true}, FilterCase{"name:resnet20", false}, FilterCase{"student:resnet20", true},
        FilterCase{"student:resnet56", false}, FilterCase{"teacher:resnet56", true}, FilterCase{"model:resnet", true},
        FilterCase{"tag:seed", true}, FilterCase{"tag:born", false}, FilterCase{"state:stop", true},
        FilterCase{"state:running", false}, FilterCase{"role:student", true}, FilterCase{"notes:helped", true},
        FilterCase{"helped", false}, FilterCase{"accuracy>0.9", true}, FilterCase{"accuracy>0.91", false},
        FilterCase{"accuracy>=0.91", true}, FilterCase{"accuracy>90%", true}, FilterCase{"best<92%", true},
        FilterCase{"last=0.9", true}, FilterCase{"last!=0.9", false}, FilterCase{"time<2m", true},
        FilterCase{"time>80s", true}, FilterCase{"time>1h", false}, FilterCase{"seed=3", true},
        FilterCase{"seed:3", true}, FilterCase{"seed=4", false}, FilterCase{"agreement>0", false},
        FilterCase{"accuracy>0.9 state:stopped tag:paper", true}, FilterCase{"accuracy>0.9 state:failed", false},
        FilterCase{"name:\"born again\"", true}, FilterCase{"name:\"again born\"", false}));

TEST(RunFilter, whatIsNotWholeYetFiltersNothingAndSaysWhy)
{
    for (const char* filter : {"accuracy>", "accuracy>high", "speed>3", "name>x"}) {
        const RunFilter parsed = RunFilter::parse(QString::fromUtf8(filter));
        EXPECT_TRUE(parsed.isEmpty()) << filter;
        EXPECT_FALSE(parsed.problem().isEmpty()) << filter;
    }
    EXPECT_TRUE(RunFilter::parse(QStringLiteral("speed>3")).problem().contains(QStringLiteral("accuracy")));
    EXPECT_TRUE(RunFilter::parse(QStringLiteral("accuracy>0.9 born")).problem().isEmpty());
}

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

TEST(RunProxy, sortsFiguresByValueWithUnknownOnesLast)
{
    RunModel model;
    RunProxy proxy(model);
    const QAbstractItemModelTester tester(&proxy, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setRows(manyRuns(300), model.beginRequest());
    proxy.sort(RunModel::Best, Qt::DescendingOrder);
    std::vector<double> values;
    for (int i = 0; i < proxy.rowCount(); ++i) {
        const double value = model.row(proxy.mapToSource(proxy.index(i, 0)).row()).figures.bestAccuracy;
        values.push_back(std::isnan(value) ? -1 : value);
    }
    EXPECT_EQ(values.size(), 300U);
    EXPECT_TRUE(std::is_sorted(values.rbegin(), values.rend()));
}

TEST(RunProxy, submissionsNewestFirstAndEachFromItsTeacherOn)
{
    RunModel model;
    RunProxy proxy(model);
    std::vector<RunRow> rows;
    for (const char* group : {"first", "second"}) {
        for (const char* name : {"teacher", "student", "alone"}) {
            rows.insert(rows.begin(), test::run(std::string(group) + ' ' + name, group));
        }
    }
    model.setRows(rows, model.beginRequest());
    const auto names = [&](Qt::SortOrder order) {
        proxy.sort(RunModel::Created, order);
        std::vector<std::string> found;
        for (int i = 0; i < proxy.rowCount(); ++i) {
            found.push_back(proxy.index(i, RunModel::Name).data().toString().toStdString());
        }
        return found;
    };
    EXPECT_THAT(names(Qt::DescendingOrder),
                testing::ElementsAre("second teacher", "second student", "second alone", "first teacher",
                                     "first student", "first alone"));
    EXPECT_THAT(names(Qt::AscendingOrder),
                testing::ElementsAre("first teacher", "first student", "first alone", "second teacher",
                                     "second student", "second alone"));
}

TEST(RunProxy, theOrderStandsStillWhileValuesChange)
{
    RunModel model;
    RunProxy proxy(model);
    const std::vector<RunRow> rows = manyRuns(50);
    model.setRows(rows, model.beginRequest());
    proxy.sort(RunModel::Progress, Qt::DescendingOrder);
    const RunId first = model.row(proxy.mapToSource(proxy.index(0, 0)).row()).id;
    for (const RunRow& row : rows) {
        if (row.id != first) {
            model.apply({statusOf(row, RunState::Running, 90)});
        }
    }
    EXPECT_EQ(model.row(proxy.mapToSource(proxy.index(0, 0)).row()).id, first);
    proxy.sort(RunModel::Progress, Qt::DescendingOrder);
    EXPECT_NE(model.row(proxy.mapToSource(proxy.index(0, 0)).row()).id, first);
}

TEST(RunProxy, tenThousandRunsKeepPace)
{
    RunModel model;
    RunProxy proxy(model);
    QTableView view;
    view.setModel(&proxy);
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
    measure("sort by accuracy", [&] { proxy.sort(RunModel::Best, Qt::DescendingOrder); });
    measure("sort by name", [&] { proxy.sort(RunModel::Name, Qt::AscendingOrder); });
    measure("filter by words", [&] { proxy.setFilter(RunFilter::parse(QStringLiteral("run 12"))); });
    EXPECT_GT(proxy.rowCount(), 0);
    measure("filter by figures",
            [&] { proxy.setFilter(RunFilter::parse(QStringLiteral("accuracy>0.9 seed=3 -state:failed"))); });
    EXPECT_GT(proxy.rowCount(), 0);
    given = rows;
    measure("unchanged rows", [&] { model.setRows(std::move(given), model.beginRequest()); });
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
