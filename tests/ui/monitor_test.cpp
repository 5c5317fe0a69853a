// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/monitor.h"

#include "memoryhistory.h"
#include "ui/plots/curvefeed.h"
#include "ui/monitor/eventlog.h"
#include "ui/plots/export.h"
#include "ui/plots/flowlayout.h"
#include "ui/plots/legend.h"
#include "ui/plots/pacer.h"
#include "ui/plots/panel.h"
#include "ui/monitor/stages.h"
#include "ui/monitor/timebar.h"
#include "ui/plots/toolrow.h"
#include "ui/monitor/transport.h"
#include "ui/monitor/tuning.h"
#include "ui/session.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSlider>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ostream>
#include <thread>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr const char* runA = "01ARZ3NDEKTSV4RRFFQ69G5FAA";
constexpr const char* runB = "01ARZ3NDEKTSV4RRFFQ69G5FAB";

RunRow rowOf(const RunId& id, const std::string& name, RunState state)
{
    RunRow row;
    row.id = id;
    row.name = name;
    row.state = state;
    row.studentModel = "mlp";
    row.seed = 1;
    return row;
}

RunStatus statusOf(const RunId& id, RunState state)
{
    RunStatus status;
    status.id = id;
    status.state = state;
    status.figures.step = 50;
    status.figures.totalSteps = 200;
    status.figures.seconds = 12;
    status.epoch = 1.5;
    status.epochs = 6;
    status.secondsLeft = 36;
    status.imagesPerSecond = 1234;
    status.threads = 2;
    status.device = "cpu";
    return status;
}

struct Desk {
    std::shared_ptr<MemoryHistory> history = std::make_shared<MemoryHistory>();
    Session session{history, std::make_unique<Engine>(history)};

    Updates::Of points(const RunId& run, const std::string& series, std::int64_t first, std::int64_t last)
    {
        Updates::Of of;
        of.run = run;
        for (std::int64_t step = first; step <= last; ++step) {
            of.points.push_back(
                {history->seriesId(series), step, 0.01 * double(step), 0.1 * double(step), double(step)});
        }
        return of;
    }
    void send(Updates::Of of)
    {
        Updates updates;
        updates.runs.push_back(std::move(of));
        Q_EMIT session.updated(updates);
    }
    void send(const RunStatus& status)
    {
        Updates updates;
        updates.statuses.push_back(status);
        Q_EMIT session.updated(updates);
    }
};

void expectSteps(const CurveStore& store, const RunId& run, const std::string& series, std::int64_t last)
{
    const auto curve = store.find(run, series);
    ASSERT_TRUE(curve);
    ASSERT_EQ(curve->size(), static_cast<std::size_t>(last));
    for (std::size_t i = 0; i < curve->size(); ++i) {
        ASSERT_EQ(curve->at(i).step, static_cast<std::int64_t>(i + 1));
        ASSERT_EQ(curve->values()[i], static_cast<double>(i + 1));
    }
}

TEST(CurveFeed, JoinsHistoryAndLiveSamplesWithoutGapsOrDoubles)
{
    Desk desk;
    desk.history->set(rowOf(runA, "a", RunState::Running));
    for (int step = 1; step <= 500; ++step) {
        desk.history->addPoint(runA, "loss", step, step);
    }
    CurveFeed feed(desk.session);
    // Nobody looks yet: 480..540 come in, of which the history holds only those up to 500.
    desk.send(desk.points(runA, "loss", 480, 540));
    feed.watch({runA});
    desk.send(desk.points(runA, "loss", 541, 560)); // while it is being read
    ASSERT_TRUE(QTest::qWaitFor([&] { return feed.isLoaded(runA); }));
    desk.send(desk.points(runA, "loss", 561, 600));
    expectSteps(feed.store(), runA, "loss", 600);
    // Looked away from and back at: still whole.
    feed.watch({});
    desk.send(desk.points(runA, "loss", 601, 650));
    feed.watch({runA});
    expectSteps(feed.store(), runA, "loss", 650);
}

TEST(CurveFeed, JoinsEventsAndTellsOfNewSeries)
{
    Desk desk;
    desk.history->set(rowOf(runA, "a", RunState::Running), R"({"name": "a"})");
    desk.history->append(runA, RunEvent{1, 100.0, "log", "first", {}});
    desk.history->append(runA, RunEvent{2, 101.0, "log", "second", {}});
    CurveFeed feed(desk.session);
    QSignalSpy series(&feed, &CurveFeed::seriesChanged);
    feed.watch({runA});
    Updates::Of of;
    of.run = runA;
    of.events = {RunEvent{2, 101.0, "log", "second", {}}, RunEvent{3, 102.0, "tuned", "third", {}}};
    desk.send(of);
    ASSERT_TRUE(QTest::qWaitFor([&] { return feed.isLoaded(runA); }));
    const auto& events = feed.find(runA)->events;
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[1].text, "second");
    EXPECT_EQ(events[2].text, "third");
    EXPECT_EQ(feed.find(runA)->document.at("name"), "a");
    const auto before = series.count();
    desk.send(desk.points(runA, "accuracy/probe", 1, 1));
    EXPECT_EQ(series.count(), before + 1);
    desk.send(desk.points(runA, "accuracy/probe", 2, 2));
    EXPECT_EQ(series.count(), before + 1);
}

TEST(CurveFeed, ALongRunIsThereInOutlineUntilAllOfItIsRead)
{
    constexpr std::int64_t last = 60'000;
    Desk desk;
    RunRow row = rowOf(runA, "a", RunState::Finished);
    row.figures.step = last;
    desk.history->set(row);
    for (std::int64_t step = 1; step <= last; ++step) {
        desk.history->addPoint(runA, "loss", step, static_cast<double>(step));
    }
    CurveFeed feed(desk.session);
    std::vector<std::pair<std::size_t, bool>> seen;
    const auto look = [&] {
        const auto curve = feed.store().find(runA, "loss");
        seen.emplace_back(curve->size(), feed.isLoaded(runA));
        EXPECT_EQ(curve->at(0).step, 1);
        EXPECT_EQ(curve->at(curve->size() - 1).step, last);
    };
    QObject::connect(&feed, &CurveFeed::pointsArrived, look);
    feed.watch({runA});
    ASSERT_TRUE(QTest::qWaitFor([&] { return feed.isLoaded(runA); }));
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0], std::make_pair(std::size_t(1000), false));
    EXPECT_EQ(seen[1], std::make_pair(std::size_t(last), true));
    expectSteps(feed.store(), runA, "loss", last);
}

TEST(CurveFeed, FollowsARunOfAnotherProcess)
{
    Desk desk;
    desk.history->set(rowOf(runA, "a", RunState::Running));
    desk.history->addPoint(runA, "loss", 1, 1);
    CurveFeed feed(desk.session);
    feed.watch({runA});
    ASSERT_TRUE(QTest::qWaitFor([&] { return feed.isLoaded(runA); }));
    QSignalSpy series(&feed, &CurveFeed::seriesChanged);
    desk.history->addPoint(runA, "loss", 2, 2);
    EXPECT_TRUE(QTest::qWaitFor([&] {
        Q_EMIT desk.session.rowsChanged(); // as the session does each second
        return feed.store().find(runA, "loss")->size() == 2;
    }));
    EXPECT_TRUE(series.isEmpty()); // only grown: nothing is to be built anew
    desk.history->addPoint(runA, "loss", 3, 3);
    desk.history->setState(runA, RunState::Finished, {});
    Q_EMIT desk.session.rowsChanged();
    EXPECT_TRUE(QTest::qWaitFor([&] { return feed.store().find(runA, "loss")->size() == 3; }));
}

TEST(CurveFeed, ARunThatCannotBeReadIsSaid)
{
    struct Damaged : MemoryHistory {
        std::vector<RunEvent> events(const RunId&) const override { throw std::runtime_error("It is damaged."); }
    };
    const auto history = std::make_shared<Damaged>();
    history->set(rowOf(runA, "a", RunState::Finished));
    Session session(history, std::make_unique<Engine>(history));
    QSignalSpy problems(&session, &Session::problem);
    CurveFeed feed(session);
    feed.watch({runA});
    ASSERT_TRUE(QTest::qWaitFor([&] { return problems.count() == 1; }));
    EXPECT_TRUE(feed.find(runA)->unreadable);
}

TEST(Pacer, SlowsDownUnderLoadAndComesBack)
{
    Pacer pacer(33);
    EXPECT_EQ(pacer.wait(1000), 0);
    pacer.drawn(1000, 5);
    EXPECT_EQ(pacer.wait(1010), 23);
    pacer.drawn(1033, 20); // more than half of 33
    EXPECT_EQ(pacer.interval(), 66);
    for (int i = 0; i < 10; ++i) {
        pacer.drawn(2000 + i, 1000);
    }
    EXPECT_EQ(pacer.interval(), 500);
    for (int i = 0; i < 100; ++i) {
        pacer.drawn(4000 + i, 1);
    }
    EXPECT_EQ(pacer.interval(), 33);
}

TEST(PanePlan, EverySeriesFindsItsPanel)
{
    QSet<QString> plots;
    for (const PlannedPanel& panel : panePlan()) {
        for (const PlannedPlot& plot : panel.plots) {
            plots.insert(plot.key);
        }
    }
    for (const char* name : {"loss", "loss/0 kd", "loss/validation", "gradient/0 kd", "learning rate",
                             "images per second", "accuracy/batch", "accuracy/probe", "accuracy/validation",
                             "agreement/probe", "agreement/validation", "kl/probe", "kl/validation"}) {
        const auto place = placeOf(name);
        ASSERT_TRUE(place) << name;
        EXPECT_TRUE(plots.contains(place->plot)) << name;
    }
    EXPECT_FALSE(placeOf("loss/0 kd")->label.isEmpty());
    EXPECT_TRUE(placeOf("loss/0 kd")->currentOnly);
    EXPECT_EQ(placeOf("memory")->plot, u"other"_s);
    EXPECT_EQ(placeOf("balance/1 kd")->plot, u"other"_s);
    EXPECT_FALSE(placeOf("time/data")) << "the time bar shows it";
}

TEST(TimeBar, ShowsTheLatestSharesAndWhatIsLeft)
{
    CurveStore store;
    TimeBar bar;
    bar.setCurves(store.of(runA));
    EXPECT_TRUE(bar.isHidden());
    store.curve(runA, "time/data")->append({1, 0, 0, 0.5});
    store.curve(runA, "time/backward")->append({2, 0, 0, 0.6});
    bar.setCurves(store.of(runA));
    store.curve(runA, "time/data")->append({2, 0, 0, 0.1});
    bar.setCurves(store.of(runA));
    EXPECT_FALSE(bar.isHidden());
    ASSERT_EQ(bar.segments().size(), 3);
    EXPECT_EQ(bar.segments()[0].name, QStringLiteral("data"));
    EXPECT_DOUBLE_EQ(bar.segments()[0].share, 0.1);
    EXPECT_DOUBLE_EQ(bar.segments()[1].share, 0.6);
    EXPECT_NEAR(bar.segments()[2].share, 0.3, 1e-12);
    EXPECT_TRUE(bar.accessibleDescription().contains(QStringLiteral("backward")));
    bar.resize(300, bar.sizeHint().height());
    const QImage picture = bar.grab().toImage();
    EXPECT_EQ(picture.pixelColor(2, 2), bar.segments()[0].colour);
    EXPECT_EQ(picture.pixelColor(picture.width() / 2, 2), bar.segments()[1].colour);
}

TEST(SliderScale, SpreadsAsTheFieldSays)
{
    Field field;
    field.minimum = 0;
    field.maximum = 10;
    field.logarithmic = true;
    const SliderScale rate(&field, 0.1);
    EXPECT_EQ(rate.valueAt(0), 0); // 0 has no logarithm and is at the left end
    EXPECT_NEAR(rate.valueAt(SliderScale::places), 10, 1e-9);
    EXPECT_NEAR(rate.valueAt(500) / rate.valueAt(250), rate.valueAt(750) / rate.valueAt(500), 1e-6);
    for (const int place : {0, 1, 250, 999, 1000}) {
        EXPECT_EQ(rate.placeOf(rate.valueAt(place)), place);
    }
    field.logarithmic = false;
    field.maximum = std::numeric_limits<double>::infinity();
    const SliderScale weight(&field, 0.5);
    EXPECT_EQ(weight.valueAt(0), 0);
    EXPECT_NEAR(weight.valueAt(1000), 2.5, 1e-9);
    EXPECT_NEAR(weight.valueAt(weight.placeOf(0.5)), 0.5, 0.002);
}

TEST(Tuning, NamesWhatAPointerMeans)
{
    const Json one = Json::parse(R"({"stages": [{"learning_rate": 1, "objective": [{"kind": "cross_entropy"},
        {"kind": "kd", "weight": 1, "temperature": 4}]}]})");
    EXPECT_EQ(tunableLabel(one, "/stages/0/learning_rate").toStdString(), "learning rate");
    EXPECT_EQ(tunableLabel(one, "/stages/0/objective/1/temperature").toStdString(), "temperature (kd)");
    EXPECT_EQ(tunableLabel(one, "/stages/0/objective/0/weight").toStdString(), "weight (cross entropy)");
    const Json two = Json::parse(R"({"stages": [{"name": "warm"}, {"learning_rate": 1}]})");
    EXPECT_EQ(tunableLabel(two, "/stages/0/learning_rate").toStdString(), "warm: learning rate");
    EXPECT_EQ(tunableLabel(two, "/stages/1/learning_rate").toStdString(), "stage 2: learning rate");
}

TEST(Tuning, SendsAtMostTenChangesASecondAndAlwaysTheLast)
{
    Tuning tuning;
    tuning.setRun(runA, Json::object());
    tuning.setValues({{"/x", 1.0}});
    auto* slider = tuning.findChild<QSlider*>();
    auto* edit = tuning.findChild<QLineEdit*>();
    ASSERT_TRUE(slider && edit);
    std::vector<double> sent;
    QObject::connect(&tuning, &Tuning::tuned, &tuning, [&](const RunId& run, const QString& pointer, double value) {
        EXPECT_EQ(run, runA);
        EXPECT_EQ(pointer.toStdString(), "/x");
        sent.push_back(value);
    });
    for (int place = 500; place < 700; ++place) {
        slider->setValue(place);
    }
    EXPECT_LE(sent.size(), 1U);
    ASSERT_TRUE(QTest::qWaitFor([&] { return sent.size() == 2; }, 1000));
    EXPECT_EQ(sent.back(), SliderScale(nullptr, 1.0).valueAt(699));
    // The run still reports the old value: the slider must not jump back at once.
    tuning.setValues({{"/x", 1.0}});
    EXPECT_EQ(slider->value(), 699);
    QTest::qWait(150);
    edit->setFocus();
    edit->selectAll();
    QTest::keyClicks(edit, QStringLiteral("0.25"));
    QTest::keyClick(edit, Qt::Key_Return);
    ASSERT_TRUE(QTest::qWaitFor([&] { return sent.size() == 3; }, 1000));
    EXPECT_EQ(sent.back(), 0.25);
    tuning.setValues({});
    EXPECT_TRUE(tuning.findChild<QSlider*>() == nullptr || !tuning.findChild<QSlider*>()->isVisibleTo(&tuning));
}

TEST(ToolRow, SliderPlacesAndWeightsAgree)
{
    EXPECT_EQ(ToolRow::weightAt(0), 0);
    EXPECT_DOUBLE_EQ(ToolRow::weightAt(100), 0.999);
    for (int place = 0; place <= 100; ++place) {
        EXPECT_EQ(ToolRow::placeOf(ToolRow::weightAt(place)), place);
    }
}

TEST(EventLog, IsAProperModelAndFollowsOnlyItsEnd)
{
    EventModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    std::vector<RunEvent> events;
    for (int i = 0; i < 40; ++i) {
        events.push_back({i, 1000.0 + i, i % 10 == 0 ? "warning" : "log", "event " + std::to_string(i), {}});
    }
    model.setEvents({events.begin(), events.begin() + 20});
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    model.setEvents(events);
    EXPECT_EQ(model.rowCount(), 40);
    EXPECT_EQ(resets.count(), 0); // appended, not built anew
    EXPECT_EQ(model.index(20, EventModel::Kind).data().toString(), QStringLiteral("warning"));

    EventLog log;
    log.resize(500, 150);
    log.show();
    log.setEvents(events);
    auto* table = log.findChild<QTableView*>();
    QScrollBar* bar = table->verticalScrollBar();
    ASSERT_TRUE(QTest::qWaitFor([&] { return bar->maximum() > 0; }));
    table->scrollToBottom();
    events.push_back({40, 1040, "log", "the last", {}});
    log.setEvents(events);
    EXPECT_EQ(bar->value(), bar->maximum());
    bar->setValue(0);
    events.push_back({41, 1041, "log", "after", {}});
    log.setEvents(events);
    EXPECT_EQ(bar->value(), 0);

    log.findChild<QComboBox*>()->setCurrentIndex(2);
    EXPECT_EQ(table->model()->rowCount(), 4); // of 0, 10, 20, 30
    log.findChild<QComboBox*>()->setCurrentIndex(0);
    log.findChild<QLineEdit*>()->setText(QStringLiteral("THE LAST"));
    EXPECT_EQ(table->model()->rowCount(), 1);
}

QAction* actionOf(const QList<QAction*>& actions, const char* name)
{
    for (QAction* action : actions) {
        if (action->objectName() == QLatin1String(name)) {
            return action;
        }
    }
    return nullptr;
}

TEST(Transport, OffersWhatTheStateAllowsAndAcknowledgesAtOnce)
{
    Transport transport;
    const auto enabled = [&](const char* name) { return actionOf(transport.actions(), name)->isEnabled(); };
    QSignalSpy starts(&transport, &Transport::startRequested);
    std::vector<Transport::Command> commands;
    QObject::connect(&transport, &Transport::commanded, &transport,
                     [&](const RunId&, Transport::Command command) { commands.push_back(command); });
    transport.setRun({}, nullptr);
    EXPECT_TRUE(enabled("start"));
    EXPECT_FALSE(enabled("pause") || enabled("step") || enabled("stop") || enabled("checkpoint"));
    actionOf(transport.actions(), "start")->trigger();
    EXPECT_EQ(starts.count(), 1);

    WatchedRun run;
    run.name = QStringLiteral("a");
    run.status = statusOf(runA, RunState::Running);
    transport.setRun(runA, &run);
    EXPECT_FALSE(enabled("start"));
    EXPECT_TRUE(enabled("pause") && enabled("step") && enabled("stop") && enabled("checkpoint"));
    EXPECT_EQ(actionOf(transport.actions(), "pause")->shortcut(), QKeySequence(Qt::Key_Space));
    actionOf(transport.actions(), "pause")->trigger();
    EXPECT_EQ(transport.message().toStdString(), "Pausing, finishing the step");
    transport.setRun(runA, &run); // the run has not noticed yet
    EXPECT_EQ(transport.message().toStdString(), "Pausing, finishing the step");
    run.status = statusOf(runA, RunState::Paused);
    transport.setRun(runA, &run);
    EXPECT_EQ(transport.message().toStdString(), "Paused");
    EXPECT_EQ(actionOf(transport.actions(), "start")->shortcut(), QKeySequence(Qt::Key_Space));
    actionOf(transport.actions(), "start")->trigger();
    actionOf(transport.actions(), "stop")->trigger();
    EXPECT_EQ(transport.message().toStdString(), "Stopping, finishing the step");
    transport.refused();
    EXPECT_EQ(transport.message().toStdString(), "Paused");

    run.status = statusOf(runA, RunState::Stopped);
    transport.setRun(runA, &run);
    EXPECT_FALSE(enabled("stop"));
    EXPECT_EQ(actionOf(transport.actions(), "start")->text().toStdString(), "Resume");
    actionOf(transport.actions(), "start")->trigger();
    EXPECT_THAT(commands,
                testing::ElementsAre(Transport::Command::Pause, Transport::Command::Unpause, Transport::Command::Stop,
                                     Transport::Command::Resume));
    run.status = statusOf(runA, RunState::Finished);
    transport.setRun(runA, &run);
    actionOf(transport.actions(), "start")->trigger();
    EXPECT_EQ(starts.count(), 2);

    run.status = statusOf(runA, RunState::Diverged);
    transport.setRun(runA, &run);
    EXPECT_EQ(actionOf(transport.actions(), "start")->text().toStdString(), "Start"); // it would diverge again
    run.events.push_back({10, 1, "checkpoint", "Checkpoint at step 10", {}});
    transport.setRun(runA, &run);
    EXPECT_EQ(actionOf(transport.actions(), "start")->text().toStdString(), "Resume");

    WatchedRun unknown; // neither row nor state: the history is damaged there
    unknown.unreadable = true;
    transport.setRun(runB, &unknown);
    EXPECT_EQ(transport.message().toStdString(), "Cannot be read");
    for (const QAction* action : transport.actions()) {
        EXPECT_FALSE(action->isEnabled()) << action->objectName().toStdString();
    }

    // Live in another process: to be watched only.
    WatchedRun foreign;
    foreign.row = rowOf(runB, "b", RunState::Running);
    transport.setRun(runB, &foreign);
    for (const QAction* action : transport.actions()) {
        EXPECT_FALSE(action->isEnabled()) << action->objectName().toStdString();
    }
}

TEST(Transport, TheButtonsStayWhereTheyAreAndTheFactsFit)
{
    Transport transport;
    transport.resize(500, 60);
    transport.show();
    WatchedRun run;
    run.name = QStringLiteral("a name of some length, as they are given by people who care");
    run.status = statusOf(runA, RunState::Running);
    transport.setRun(runA, &run);
    QCoreApplication::processEvents();
    const auto place = [&] {
        QCoreApplication::processEvents();
        for (const QToolButton* button : transport.findChildren<QToolButton*>()) {
            if (button->defaultAction()->objectName() == "pause"_L1) {
                return button->x();
            }
        }
        return -1;
    };
    const int before = place();
    run.status = statusOf(runA, RunState::Paused);
    transport.setRun(runA, &run);
    EXPECT_EQ(place(), before);

    run.status->epochs = 20000;
    transport.setRun(runA, &run);
    QString shown, whole;
    for (const QLabel* label : transport.findChildren<QLabel*>()) {
        if (label->toolTip().contains(u"epoch"_s)) {
            shown = label->text();
            whole = label->toolTip();
        }
    }
    EXPECT_TRUE(shown.contains(u"left"_s)) << shown.toStdString();
    EXPECT_FALSE(shown.contains(u"2 threads"_s)) << shown.toStdString();
    EXPECT_TRUE(whole.contains(u"2 threads"_s));
    EXPECT_FALSE(whole.contains(u"2e"_s)) << whole.toStdString();
}

TEST(Transport, LeavesSpaceToTheButtonUnderFocus)
{
    QWidget window;
    QVBoxLayout layout(&window);
    Transport transport;
    QPushButton button;
    layout.addWidget(&transport);
    layout.addWidget(&button);
    window.addActions(transport.actions());
    WatchedRun run;
    run.status = statusOf(runA, RunState::Running);
    transport.setRun(runA, &run);
    QSignalSpy clicked(&button, &QPushButton::clicked);
    QSignalSpy paused(actionOf(transport.actions(), "pause"), &QAction::triggered);
    window.show();
    ASSERT_TRUE(QTest::qWaitForWindowActive(&window));
    button.setFocus();
    QTest::keyClick(&button, Qt::Key_Space);
    EXPECT_EQ(clicked.count(), 1);
    EXPECT_EQ(paused.count(), 0);
    window.setFocus();
    QTest::keyClick(&window, Qt::Key_Space);
    EXPECT_EQ(paused.count(), 1);
}

TEST(FlowLayout, BreaksLinesAsWidthDemands)
{
    QWidget box;
    FlowLayout flow(&box, 0);
    for (int i = 0; i < 4; ++i) {
        auto* each = new QWidget;
        each->setFixedSize(100, 20);
        flow.addWidget(each);
    }
    EXPECT_EQ(flow.heightForWidth(400), 20);
    EXPECT_EQ(flow.heightForWidth(399), 40);
    EXPECT_EQ(flow.heightForWidth(100), 80);
}

TEST(Export, ReplacesTheFileOnlyWhenAllIsWritten)
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("a.csv"));
    writeFile(path, [](std::ostream& out) { out << "old"; });
    EXPECT_THROW(writeFile(path, [](std::ostream& out) { out.setstate(std::ios::badbit); }), InputError);
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    EXPECT_EQ(file.readAll(), QByteArray("old"));
    EXPECT_EQ(QDir(folder.path()).entryList(QDir::Files).size(), 1);
    EXPECT_THROW(writeFile(folder.filePath(QStringLiteral("none/a.csv")), [](std::ostream&) {}), InputError);
    EXPECT_EQ(formatOf(QStringLiteral("a.SVG")), PictureFormat::Svg);
    EXPECT_EQ(formatOf(QStringLiteral("a.b.pdf")), PictureFormat::Pdf);
    EXPECT_EQ(formatOf(QStringLiteral("a")), PictureFormat::Png);
}

TEST(Monitor, ShowsRunsAsTheyTrain)
{
    Desk desk;
    desk.history->set(rowOf(runA, "teacher", RunState::Finished));
    desk.history->set(rowOf(runB, "student", RunState::Running));
    for (int step = 1; step <= 300; ++step) {
        for (const RunId& run : {RunId(runA), RunId(runB)}) {
            desk.history->addPoint(run, "loss", step, 3.0 / step);
            desk.history->addPoint(run, "loss/0 kd", step, 1.0 / step);
        }
        if (step % 100 == 0) {
            desk.history->addPoint(runB, "accuracy/validation", step, 0.5 + step / 1000.0);
        }
    }
    Monitor monitor(desk.session);
    monitor.resize(1000, 700);
    monitor.show();
    monitor.setShown({runA, runB});
    monitor.setCurrent(runB);
    auto* loss = monitor.findChild<CurvePlot*>(QStringLiteral("loss"));
    auto* accuracy = monitor.findChild<CurvePlot*>(QStringLiteral("accuracy"));
    ASSERT_TRUE(loss && accuracy);
    ASSERT_TRUE(QTest::qWaitFor([&] { return loss->curves().size() == 3; })); // two losses, and the current run's term
    EXPECT_EQ(loss->curves().last().run, runB);
    desk.send(statusOf(runB, RunState::Running));
    desk.send(desk.points(runB, "loss", 301, 400));
    ASSERT_TRUE(QTest::qWaitFor([&] { return monitor.lastReplotMilliseconds() > 0; }));
    const auto& curves = loss->curves();
    const auto live = std::find_if(curves.begin(), curves.end(),
                                   [](const PlotCurve& c) { return c.run == runB && c.look == Look::Dense; });
    ASSERT_NE(live, curves.end());
    EXPECT_EQ(live->curve->size(), 400U);
    EXPECT_TRUE(QTest::qWaitFor([&] { return loss->drawnPoints() > 800; }));
    EXPECT_THAT(accuracy->summary().toStdString(), testing::HasSubstr("80.00 % at step 300"));
    QTest::qWait(50);
    const auto accuracyDescription = [&] { return accuracy->accessibleDescription().toStdString(); };
    EXPECT_TRUE(QTest::qWaitFor([&] { return accuracyDescription().find("80.00") != std::string::npos; }));
    EXPECT_TRUE(actionOf(monitor.actions(), "pause")->isEnabled());

    // One large panel, and back.
    auto* panel = monitor.findChild<Panel*>(QStringLiteral("loss"));
    Q_EMIT panel->maximiseRequested();
    EXPECT_FALSE(accuracy->isVisible());
    EXPECT_TRUE(loss->isVisible());
    Q_EMIT panel->maximiseRequested();
    EXPECT_TRUE(accuracy->isVisible());

    // The linked cursor reads every plot.
    monitor.findChild<CurvePlot*>(QStringLiteral("accuracy"))->setFocus();
    QTest::keyClick(accuracy, Qt::Key_Home);
    for (int i = 0; i < 20; ++i) {
        QTest::keyClick(accuracy, Qt::Key_Right);
    }
    EXPECT_EQ(loss->readOut().size(), 3);
}

TEST(Monitor, MarksTheBordersOfStagesAndSaysWhatEachChanged)
{
    Desk desk;
    RunRow row = rowOf(runA, "two stages", RunState::Finished);
    const auto split = [](double accuracy, double loss) { return Json{{"accuracy", accuracy}, {"loss", loss}}; };
    const Json stages = Json::array({{{"name", "hint"}, {"steps", 100}, {"seconds", 5}, {"begin", split(0.1, 2.3)}, {"end", split(0.25, 2)}},
                                     {{"name", "stage 2"}, {"steps", 200}, {"seconds", 61}, {"begin", split(0.25, 2)}, {"end", nullptr}}});
    row.summary = {{"stages", stages}};
    desk.history->set(row, R"({"stages": [{"name": "hint"}, {"epochs": 2}]})");
    desk.history->set(rowOf(runB, "one stage", RunState::Finished), R"({"stages": [{"epochs": 2}]})");
    for (int step = 1; step <= 300; ++step) {
        for (const RunId& run : {RunId(runA), RunId(runB)}) {
            desk.history->addPoint(run, "loss", step, 3.0 / step);
        }
    }
    // Continued from a checkpoint before the border, so that it was passed twice.
    for (const double at : {1.0, 2.0}) {
        desk.history->append(runA, RunEvent{100, at, "stage", "Stage 2 begins", {{"stage", 1}}});
    }
    Monitor monitor(desk.session);
    monitor.resize(1000, 700);
    monitor.show();
    monitor.setShown({runA, runB});
    monitor.setCurrent(runA);
    auto* const loss = monitor.findChild<CurvePlot*>(QStringLiteral("loss"));
    auto* const table = monitor.findChild<StageTable*>();
    auto* const tabs = monitor.findChild<QTabWidget*>();
    const auto names = [&] {
        QStringList found;
        for (const auto& label : loss->stageLabels()) {
            found << label.text;
        }
        return found;
    };
    ASSERT_TRUE(QTest::qWaitFor([&] { return names() == QStringList{u"hint"_s, u"stage 2"_s}; }));
    EXPECT_NEAR(loss->stageLabels()[1].place.left(), loss->xAxis->coordToPixel(100), 10);
    ASSERT_EQ(table->rowCount(), 2);
    EXPECT_TRUE(tabs->isTabVisible(tabs->indexOf(table)));
    const auto cell = [&](int line, int column) { return table->item(line, column)->text(); };
    EXPECT_EQ(cell(0, StageTable::Name), u"hint"_s);
    EXPECT_EQ(cell(0, StageTable::Steps), u"100"_s);
    EXPECT_EQ(cell(0, StageTable::Change), u"+15.00 points"_s);
    EXPECT_EQ(cell(0, StageTable::LossAfter), u"2.0000"_s);
    EXPECT_EQ(cell(1, StageTable::Time), u"1\u00a0min 01\u00a0s"_s);
    EXPECT_EQ(cell(1, StageTable::After), u"\u2013"_s);

    // The run that the legend brings out has its own borders: none.
    auto* const legend = monitor.findChild<Legend*>();
    Q_EMIT legend->highlighted(runB);
    EXPECT_TRUE(names().isEmpty());
    Q_EMIT legend->highlighted({});
    EXPECT_EQ(names().size(), 2);
    monitor.setCurrent(runB);
    EXPECT_FALSE(tabs->isTabVisible(tabs->indexOf(table)));
}

TEST(Monitor, CurvesOfOtherToolsHaveAPanelWhileThereAreAny)
{
    Desk desk;
    desk.history->set(rowOf(runA, "imported", RunState::Finished));
    desk.history->set(rowOf(runB, "ours", RunState::Finished));
    for (int step = 1; step <= 10; ++step) {
        desk.history->addPoint(runA, "eval/f1", step, 0.1 * step);
        desk.history->addPoint(runB, "loss", step, 3.0 / step);
        desk.history->addPoint(runB, "time/data", step, 0.1);
    }
    Monitor monitor(desk.session);
    monitor.resize(1000, 700);
    monitor.show();
    monitor.setShown({runB});
    monitor.setCurrent(runB);
    const auto* const loss = monitor.findChild<CurvePlot*>(u"loss"_s);
    const auto* const other = monitor.findChild<CurvePlot*>(u"other"_s);
    ASSERT_TRUE(loss && other);
    ASSERT_TRUE(QTest::qWaitFor([&] { return loss->curves().size() == 1; }));
    EXPECT_FALSE(other->isVisible());
    monitor.setShown({runA, runB});
    ASSERT_TRUE(QTest::qWaitFor([&] { return other->curves().size() == 1; }));
    EXPECT_TRUE(other->isVisible());
    EXPECT_EQ(other->curves().first().label, u"eval/f1"_s);
    monitor.setShown({runB});
    ASSERT_TRUE(QTest::qWaitFor([&] { return !other->isVisible(); }));
}

TEST(Legend, StaysRightWhenOtherRunsAreShown)
{
    Legend legend;
    legend.show();
    QStringList told;
    QObject::connect(&legend, &Legend::highlighted, [&](const RunId& run) { told << QString::fromStdString(run); });
    const auto button = [&](int index) { return qobject_cast<QAbstractButton*>(legend.layout()->itemAt(index)->widget()); };
    const auto enter = [&](int index) {
        QEnterEvent event({1, 1}, {1, 1}, {1, 1});
        QApplication::sendEvent(button(index), &event);
    };
    legend.setItems({{"A", u"a"_s, {}}, {"B", u"b"_s, {}}, {"C", u"c"_s, {}}});
    button(1)->click();
    EXPECT_TRUE(legend.isHidden("B"));
    enter(2);
    EXPECT_EQ(told, QStringList{u"C"_s});

    legend.setItems({{"B", u"b"_s, {}}, {"D", u"d"_s, {}}}); // C is gone, and with it what was brought out
    ASSERT_EQ(legend.layout()->count(), 2);
    EXPECT_EQ(told.last(), QString());
    EXPECT_EQ(button(0)->text(), u"b"_s);
    EXPECT_FALSE(button(0)->isChecked());
    EXPECT_TRUE(button(1)->isChecked());
    enter(1);
    EXPECT_EQ(told.last(), u"D"_s);
    button(1)->click();
    EXPECT_TRUE(legend.isHidden("D"));
    button(0)->click();
    EXPECT_FALSE(legend.isHidden("B"));
    EXPECT_FALSE(legend.isHidden("A"));

    // The keyboard is on the last of many when all but one go: each takes the focus from the one before.
    legend.setItems({{"A", u"a"_s, {}}, {"B", u"b"_s, {}}, {"C", u"c"_s, {}}, {"D", u"d"_s, {}}});
    legend.activateWindow();
    button(3)->setFocus();
    legend.setItems({{"D", u"d"_s, {}}});
    EXPECT_EQ(legend.layout()->count(), 1);
    EXPECT_EQ(told.last(), QString());
}

TEST(Monitor, EveryWidgetThatTakesTheFocusHasAName)
{
    Desk desk;
    desk.history->set(rowOf(runA, "a", RunState::Running));
    desk.history->addPoint(runA, "loss", 1, 1);
    desk.history->addPoint(runA, "loss/validation", 1, 1);
    Monitor monitor(desk.session);
    monitor.resize(1000, 700);
    monitor.show();
    monitor.setShown({runA});
    monitor.setCurrent(runA);
    RunStatus status = statusOf(runA, RunState::Running);
    status.tunables = {{"/stages/0/learning_rate", 0.1}};
    desk.send(status);
    QTest::qWait(100);
    int checked = 0;
    for (const QWidget* widget : monitor.findChildren<QWidget*>()) {
        if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() || widget->inherits("QTabBar")
            || widget->inherits("QAbstractScrollArea") || widget->objectName().startsWith(QStringLiteral("qt_"))) {
            continue;
        }
        ++checked;
        EXPECT_FALSE(widget->accessibleName().isEmpty()) << widget->metaObject()->className();
        EXPECT_NE(widget->focusPolicy() & Qt::TabFocus, 0) << widget->metaObject()->className();
    }
    EXPECT_GT(checked, 25);
}

} // namespace
} // namespace distill::ui

int main(int argc, char** argv)
{
    QTemporaryDir configuration;
    qputenv("DISTILL_CONFIG", configuration.path().toUtf8());
    QApplication application(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
