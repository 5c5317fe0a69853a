// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"
#include "ui/banner.h"
#include "ui/compare/compare.h"
#include "ui/editor/experimenteditor.h"
#include "ui/editor/jsonview.h"
#include "ui/experiments.h"
#include "ui/format.h"
#include "ui/mainwindow.h"
#include "ui/monitor/monitor.h"
#include "ui/perfprobe.h"
#include "ui/predictions/predictions.h"
#include "ui/session.h"
#include "ui/settings.h"
#include "ui/shortcuts.h"
#include "ui/sweep/sweeppanel.h"
#include "ui/theme.h"
#include "ui/welcome.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabBar>
#include <QTabWidget>
#include <QTest>
#include <QToolBar>
#include <cmath>
#include <gmock/gmock.h>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

using test::Workspace;

constexpr const char* moons = R"({
  "name": "Moons",
  "notes": "First paragraph,\nstill the first.\n\nSecond.",
  "data": {"dataset": {"kind": "moons"}},
  "student": {"model": {"kind": "mlp"}},
  "stages": [{"steps": 1000000}]
})";

void write(const QString& path, const QByteArray& bytes)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

TEST(Theme, textIsReadableInBothPalettes)
{
    for (const bool dark : {false, true}) {
        const QPalette palette = Theme::palette(dark);
        EXPECT_EQ(Theme::darkPalette(palette), dark);
        const auto ratio
            = [&](const QColor& colour, QPalette::ColorRole on) { return Theme::contrast(colour, palette.color(on)); };
        for (const QPalette::ColorRole ground :
             {QPalette::Base, QPalette::Window, QPalette::AlternateBase, QPalette::Button}) {
            EXPECT_GE(ratio(palette.color(QPalette::Text), ground), 7) << dark;
            EXPECT_GE(ratio(palette.color(QPalette::PlaceholderText), ground), 4.5) << dark;
            EXPECT_GE(ratio(palette.color(QPalette::Link), ground), 4.5) << dark;
            for (const QColor& colour :
                 {Theme::muted(palette), Theme::good(palette), Theme::warning(palette), Theme::bad(palette)}) {
                EXPECT_GE(ratio(colour, ground), 4.5) << dark << colour.name().toStdString();
            }
        }
        EXPECT_GE(ratio(palette.color(QPalette::HighlightedText), QPalette::Highlight), 4.5);
    }
    EXPECT_NEAR(Theme::contrast(Qt::black, Qt::white), 21, 1e-9); // as WCAG defines it
}

TEST(Theme, tellsOnceOfAChangeAndRemembersIt)
{
    const Workspace workspace;
    const QPalette before = QApplication::palette();
    {
        Theme theme;
        QCoreApplication::processEvents();
        QSignalSpy changes(&theme, &Theme::themeChanged);
        theme.choose(Theme::Choice::Dark);
        EXPECT_TRUE(Theme::darkPalette(QApplication::palette()));
        EXPECT_EQ(QIcon::themeName(), QStringLiteral("breeze-dark"));
        EXPECT_TRUE(changes.wait(1000));
        EXPECT_FALSE(changes.wait(50));
        EXPECT_EQ(changes.count(), 1);
    }
    EXPECT_EQ(Theme().choice(), Theme::Choice::Dark);
    Theme().choose(Theme::Choice::Light);
    EXPECT_FALSE(Theme::darkPalette(QApplication::palette()));
    QApplication::setPalette(before);
}

TEST(Banner, isOneWhateverArrives)
{
    Banner banner;
    for (int i = 0; i < 100; ++i) {
        banner.showSentence(Banner::Kind::Problem, QStringLiteral("The disk is full."));
    }
    EXPECT_EQ(banner.waiting(), 0);
    banner.showSentence(Banner::Kind::Problem, QStringLiteral("A file is missing."));
    EXPECT_EQ(banner.sentence(), QStringLiteral("A file is missing."));
    EXPECT_EQ(banner.waiting(), 1);
    int done = 0;
    banner.showSentence(Banner::Kind::Note, QStringLiteral("Deleted."), QStringLiteral("Undo"), [&] { ++done; });
    QPushButton* const button = banner.findChild<QPushButton*>();
    button->click();
    button->click();
    EXPECT_EQ(done, 1);
    EXPECT_TRUE(banner.isHidden());
    banner.showSentence(Banner::Kind::Problem, QStringLiteral("One."));
    banner.showSentence(Banner::Kind::Problem, QStringLiteral("Two."));
    banner.retract(QStringLiteral("Two."));
    EXPECT_EQ(banner.sentence(), QStringLiteral("One."));
    banner.retract(QStringLiteral("Another."));
    EXPECT_EQ(banner.sentence(), QStringLiteral("One."));
    banner.retract(QStringLiteral("One."));
    EXPECT_EQ(banner.sentence(), QString());
}

TEST(PerfProbe, percentilesAreThoseOfTheNearestRank)
{
    std::vector<double> values;
    for (int i = 1; i <= 100; ++i) {
        values.push_back(101 - i);
    }
    EXPECT_EQ(PerfProbe::percentile(values, 0.95), 95);
    EXPECT_EQ(PerfProbe::percentile(values, 0.5), 50);
    EXPECT_EQ(PerfProbe::percentile(values, 1), 100);
    EXPECT_EQ(PerfProbe::percentile({3}, 0.5), 3);
    EXPECT_EQ(PerfProbe::percentile({}, 0.5), 0);
}

TEST(PerfProbe, seesAStall)
{
    const Workspace workspace;
    Session session(workspace.history, std::make_unique<Engine>(workspace.history));
    PerfProbe probe(session, [] { return 2.0; });
    probe.start();
    QTest::qWait(50);
    QThread::msleep(120);
    QTest::qWait(30);
    EXPECT_GE(probe.figures().gapMost, 115);
    EXPECT_LT(probe.figures().gapMedian, 60);
    EXPECT_GT(secondsSinceProcessStart(), 0.1);
}

TEST(Format, figuresAsPeopleReadThem)
{
    QLocale::setDefault(QLocale::c());
    EXPECT_EQ(withoutCommonParts({u"Ladder, temperature 2, wide"_s, u"Ladder, temperature 4, wide"_s}), (QStringList{u"temperature 2"_s, u"temperature 4"_s}));
    EXPECT_EQ(withoutCommonParts({u"Quick start"_s, u"Quick start, alone"_s}), (QStringList{u"Quick start"_s, u"Quick start, alone"_s}));
    EXPECT_EQ(withoutCommonParts({u"one, two"_s}), QStringList{u"one, two"_s});
    EXPECT_TRUE(withoutCommonParts({}).isEmpty());
    const QStringList natural = {u"run"_s, u"run 2"_s, u"run 2.0"_s, u"run 4.0"_s, u"run 10"_s, u"run 010"_s, u"run 20"_s, u"run a"_s, u"runs"_s};
    for (qsizetype i = 0; i < natural.size(); ++i) {
        for (qsizetype j = 0; j < natural.size(); ++j) {
            const int order = naturalOrder(natural[i], natural[j]);
            if (i == j) {
                EXPECT_EQ(order, 0);
            } else if (natural[i].contains(u"10"_s) && natural[j].contains(u"10"_s)) {
                EXPECT_NE(order, 0) << "the order is total";
            } else {
                EXPECT_EQ(order < 0, i < j) << natural[i].toStdString() << " " << natural[j].toStdString();
            }
        }
    }
    EXPECT_EQ(percentText(0.91449), QStringLiteral("91.4\u00a0%"));
    EXPECT_EQ(percentText(std::nan("")), QStringLiteral("\u2013"));
    EXPECT_EQ(durationText(8.2), QStringLiteral("8\u00a0s"));
    EXPECT_EQ(durationText(59.7), QStringLiteral("1\u00a0min 00\u00a0s"));
    EXPECT_EQ(durationText(185), QStringLiteral("3\u00a0min 05\u00a0s"));
    EXPECT_EQ(durationText(4320), QStringLiteral("1\u00a0h 12\u00a0min"));
    EXPECT_EQ(durationText(INFINITY), QStringLiteral("\u2013"));
    EXPECT_EQ(momentText(0), QStringLiteral("\u2013"));
    EXPECT_EQ(plural(1, QStringLiteral("One run"), QStringLiteral("%1 runs")), QStringLiteral("One run"));
    EXPECT_EQ(plural(3, QStringLiteral("One run"), QStringLiteral("%1 runs")), QStringLiteral("3 runs"));
}

TEST(ReadyExperiments, theQuickStartComesFirstAndABrokenFileNotAtAll)
{
    const Workspace workspace;
    const QString folder = workspace.path(QStringLiteral("experiments"));
    write(folder + QStringLiteral("/alpha.json"), R"({"name": "Alpha"})");
    write(folder + QStringLiteral("/quick-start.json"), moons);
    write(folder + QStringLiteral("/broken.json"), R"({"name": )");
    write(folder + QStringLiteral("/readme.txt"), "no");
    const std::vector<ReadyExperiment> found = readyExperiments(folder);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_TRUE(found[0].quickStart);
    EXPECT_EQ(found[0].title, QStringLiteral("Moons"));
    EXPECT_EQ(found[0].description, QStringLiteral("First paragraph, still the first."));
    EXPECT_EQ(found[0].text, QString::fromUtf8(moons));
    EXPECT_EQ(found[1].title, QStringLiteral("Alpha"));
    EXPECT_TRUE(readyExperiments(workspace.path(QStringLiteral("nowhere"))).empty());
}

class WindowTest : public testing::Test {
protected:
    WindowTest()
    {
        const QString folder = workspace.path(QStringLiteral("experiments"));
        write(folder + QStringLiteral("/quick-start.json"), moons);
        write(folder + QStringLiteral("/other.json"), R"({"name": "Other"})");
        qputenv("DISTILL_EXPERIMENTS", folder.toUtf8());
        session = std::make_unique<Session>(workspace.history, std::make_unique<Engine>(workspace.history));
    }

    void open(const MainWindow::Opening& opening = {})
    {
        window = std::make_unique<MainWindow>(*session, theme);
        QSignalSpy ready(window.get(), &MainWindow::ready);
        window->show();
        window->open(opening);
        ASSERT_TRUE(ready.wait(10000));
    }
    template <class Widget> Widget* part() const { return window->findChild<Widget*>(); }

    Workspace workspace;
    Theme theme;
    std::unique_ptr<Session> session;
    std::unique_ptr<MainWindow> window;
};

TEST_F(WindowTest, aFirstStartGreetsWithTheQuickStartLoaded)
{
    open();
    EXPECT_TRUE(part<Welcome>()->isVisible());
    EXPECT_FALSE(part<QDockWidget>()->isVisible());
    EXPECT_EQ(part<ExperimentEditor>()->text(), QString::fromUtf8(moons));
    window->leaveWelcome();
    EXPECT_FALSE(part<Welcome>()->isVisible());
    EXPECT_TRUE(part<QDockWidget>()->isVisible());
}

TEST_F(WindowTest, aLaterStartGoesStraightToTheWork)
{
    test::add(*workspace.history, test::run("earlier"));
    open();
    EXPECT_FALSE(part<Welcome>()->isVisible());
    EXPECT_TRUE(part<QDockWidget>()->isVisible());
}

TEST_F(WindowTest, interruptedRunsAreOffered)
{
    RunRow row = test::run("cut short");
    row.state = RunState::Interrupted;
    test::add(*workspace.history, row);
    open();
    EXPECT_EQ(window->banner().sentence(), QStringLiteral("A run was interrupted and can be continued."));
    window->showWelcome();
    QStringList names;
    for (const QAbstractButton* button : part<Welcome>()->findChildren<QAbstractButton*>()) {
        names << button->text();
    }
    EXPECT_TRUE(names.contains(QStringLiteral("cut short")));
}

TEST_F(WindowTest, theQueueOfAnEarlierSessionIsContinuedFromTheBanner)
{
    std::vector<RunId> left;
    for (const char* name : {"one", "two"}) {
        RunRow row = test::run(name);
        row.state = RunState::Queued;
        workspace.history->addRun(row, moons);
        workspace.history->setState(row.id, RunState::Interrupted);
        left.push_back(row.id);
    }
    open();
    QPushButton* action = nullptr;
    for (QPushButton* button : window->banner().findChildren<QPushButton*>()) {
        action = button->text().contains(u"Continue the queue (2 runs)"_s) ? button : action;
    }
    ASSERT_TRUE(action);
    action->click();
    ASSERT_TRUE(QTest::qWaitFor([&] { return isLive(workspace.history->run(left[1])->state); }, 10000));
    EXPECT_TRUE(isLive(workspace.history->run(left[0])->state));
    EXPECT_TRUE(QTest::qWaitFor([&] { return part<SweepPanel>()->isVisible(); }, 5000));
    session->engine().interruptAll();
    EXPECT_TRUE(session->engine().wait(left, 20));
}

TEST_F(WindowTest, fitsASmallScreenWithABannerToo)
{
    for (int seed = 1; seed <= 3; ++seed) {
        for (const RunRole role : {RunRole::Student, RunRole::Control}) {
            test::add(*workspace.history, test::run("a run with a name of some length", "group", role));
        }
    }
    open();
    window->showMonitor();
    Q_EMIT session->problem(QStringLiteral("Something is wrong."));
    QTest::qWait(200);
    EXPECT_LE(window->minimumSizeHint().width(), 1024);
    EXPECT_LE(window->minimumSizeHint().height(), 600);
}

TEST_F(WindowTest, comparingIsAPerspectiveOfItsOwn)
{
    const RunId one = test::add(*workspace.history, test::run("one"));
    const RunId other = test::add(*workspace.history, test::run("other"));
    open();
    QAction* compare = nullptr;
    for (QAction* action : window->findChildren<QAction*>()) {
        compare = action->shortcut() == QKeySequence(Qt::CTRL | Qt::Key_2) ? action : compare;
    }
    ASSERT_TRUE(compare);
    EXPECT_FALSE(part<Compare>()->isVisible());
    compare->trigger();
    EXPECT_TRUE(part<Compare>()->isVisible());
    EXPECT_TRUE(compare->isChecked());
    part<Compare>()->open({one, other});
    ASSERT_TRUE(QTest::qWaitFor([&] { return part<Compare>()->isComplete(); }));
    EXPECT_LE(window->minimumSizeHint().width(), 1024);
    EXPECT_LE(window->minimumSizeHint().height(), 600);
    window->showMonitor();
    EXPECT_FALSE(part<Compare>()->isVisible());
    EXPECT_FALSE(compare->isChecked());
}

TEST_F(WindowTest, problemsStandInTheBannerAndNeverInABox)
{
    open();
    for (int i = 0; i < 20; ++i) {
        Q_EMIT session->problem(QStringLiteral("Something is wrong."));
    }
    EXPECT_EQ(window->banner().sentence(), QStringLiteral("Something is wrong."));
    EXPECT_EQ(QApplication::activeModalWidget(), nullptr);
}

TEST_F(WindowTest, anUnsavedDraftThatIsReplacedIsOfferedInBannerAndMenu)
{
    open();
    window->leaveWelcome();
    window->showExperiment();
    auto* const editor = part<ExperimentEditor>();
    editor->findChild<QTabWidget*>()->setCurrentIndex(1);
    editor->findChild<JsonView*>()->setPlainText(QString::fromUtf8(moons).replace(u"Moons"_s, u"Dark moons"_s));
    ASSERT_TRUE(editor->isModified());
    editor->actions().constFirst()->trigger();
    ASSERT_TRUE(QTest::qWaitFor([&] { return window->banner().sentence().contains(u"Dark moons"_s); }, 5000));
    auto* const menu = window->findChild<QMenu*>(u"recoverDraft"_s);
    Q_EMIT menu->aboutToShow();
    ASSERT_EQ(menu->actions().size(), 1);
    EXPECT_TRUE(menu->actions().constFirst()->text().contains(u"Dark moons"_s));
    part<Banner>()->findChild<QPushButton*>()->click();
    EXPECT_TRUE(editor->text().contains(u"Dark moons"_s));
    EXPECT_TRUE(editor->isModified());
}

TEST_F(WindowTest, aBannerGoesWithItsCauseAndLeavesThePageInPlace)
{
    open();
    window->leaveWelcome();
    window->showExperiment();
    auto* const editor = part<ExperimentEditor>();
    editor->openText(u"{\"seeds\": 5.5}"_s, {});
    const QPoint place = editor->mapTo(window.get(), QPoint());
    editor->requestRun();
    ASSERT_FALSE(window->banner().sentence().isEmpty());
    QTest::qWait(50);
    EXPECT_EQ(editor->mapTo(window.get(), QPoint()), place);
    editor->openText(QString::fromUtf8(moons), {});
    EXPECT_TRUE(QTest::qWaitFor([&] { return window->banner().sentence().isEmpty(); }, 2000));
}

TEST_F(WindowTest, aBadDocumentIsOneSentenceAndStartingWorksAgain)
{
    open();
    window->launch(QStringLiteral("{\"name\": "));
    ASSERT_TRUE(QTest::qWaitFor([&] { return !window->banner().sentence().isEmpty(); }, 5000));
    EXPECT_TRUE(window->findChild<QPushButton*>(QStringLiteral("startExperiment"))->isEnabled());
    part<ExperimentEditor>()->openText(QStringLiteral("{}"), {});
    EXPECT_TRUE(QTest::qWaitFor([&] { return window->banner().sentence().isEmpty(); }, 2000));
    EXPECT_TRUE(workspace.history->runs(true).empty());
}

TEST_F(WindowTest, startingRaisesTheMonitorAndClosingAsksThenSaves)
{
    open();
    QSignalSpy launched(window.get(), &MainWindow::launched);
    part<ExperimentEditor>()->requestRun();
    ASSERT_TRUE(launched.wait(20000)) << window->banner().sentence().toStdString();
    EXPECT_TRUE(part<Monitor>()->isVisible());
    EXPECT_FALSE(part<Welcome>()->isVisible());
    ASSERT_FALSE(workspace.history->runs().empty());
    ASSERT_TRUE(QTest::qWaitFor(
        [&] {
            const auto live = session->engine().statuses();
            return !live.empty() && live.front().state == RunState::Running && live.front().figures.step > 0;
        },
        20000));

    EXPECT_FALSE(window->close());
    QMessageBox* const question = part<QMessageBox>();
    ASSERT_NE(question, nullptr);
    EXPECT_TRUE(window->isVisible());
    question->buttons().constFirst()->click();
    ASSERT_TRUE(QTest::qWaitFor([&] { return !window->isVisible(); }, 20000));
    for (const RunRow& row : workspace.history->runs()) {
        EXPECT_EQ(row.state, RunState::Interrupted) << row.name;
    }
}

TEST_F(WindowTest, remembersHowItWasLeft)
{
    test::add(*workspace.history, test::run("earlier"));
    open();
    window->resize(1111, 700);
    window->setSideBySide(true);
    part<QDockWidget>()->hide();
    ASSERT_TRUE(window->close());
    open();
    EXPECT_TRUE(window->isSideBySide());
    EXPECT_TRUE(part<QDockWidget>()->isHidden());
    window->resetLayout();
    EXPECT_FALSE(part<QDockWidget>()->isHidden());
    window->showWelcome();
    ASSERT_TRUE(window->close()) << "the welcome hides the runs for itself only";
    open();
    EXPECT_FALSE(part<QDockWidget>()->isHidden());
}

TEST_F(WindowTest, predictionsStandBesideTheMonitor)
{
    test::add(*workspace.history, test::run("earlier"));
    open();
    QTabWidget* const tabs = part<QTabWidget>();
    window->showPredictions();
    EXPECT_TRUE(part<Predictions>()->isVisible());
    EXPECT_EQ(tabs->currentWidget(), part<Predictions>());
    window->setSideBySide(true);
    EXPECT_TRUE(tabs->tabBar()->isVisible()) << "monitor and predictions still share a place";
    window->showMonitor();
    EXPECT_FALSE(part<Predictions>()->isVisible());
}

TEST_F(WindowTest, noShortcutMeansTwoThings)
{
    open();
    QMultiMap<QString, QString> meanings;
    for (const QAction* action : window->findChildren<QAction*>()) {
        if (action->shortcutContext() == Qt::WindowShortcut || action->shortcutContext() == Qt::ApplicationShortcut) {
            for (const QKeySequence& keys : action->shortcuts()) {
                meanings.insert(keys.toString(), action->text());
            }
        }
    }
    EXPECT_GT(meanings.size(), 15);
    for (const QString& keys : meanings.uniqueKeys()) {
        const QStringList texts = meanings.values(keys);
        EXPECT_EQ(texts.size(), 1) << keys.toStdString() << ": " << texts.join(QStringLiteral(", ")).toStdString();
    }
}

TEST_F(WindowTest, theShortcutSheetHoldsWhatTheMenusHold)
{
    open();
    const ShortcutSheet sheet(*window->menuBar());
    QStringList texts;
    for (const QLabel* label : sheet.findChildren<QLabel*>()) {
        texts << label->text();
    }
    EXPECT_TRUE(texts.contains(QStringLiteral("Start experiment")));
    EXPECT_TRUE(texts.contains(QStringLiteral("Ctrl+R")));
    EXPECT_TRUE(texts.contains(QStringLiteral("Filter runs")));
    EXPECT_TRUE(texts.contains(QStringLiteral("Space"))) << "also while nothing trains";
    EXPECT_EQ(texts.count(QStringLiteral("Resume")), 0) << "that is the transport's, and only where it can";
}

TEST_F(WindowTest, everyControlHasAnAccessibleName)
{
    RunRow row = test::run("cut short");
    row.state = RunState::Interrupted;
    test::add(*workspace.history, row);
    open();
    const auto check = [](const QWidget* root) {
        int controls = 0;
        for (QWidget* widget : root->findChildren<QWidget*>()) {
            if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus || widget->focusProxy()
                || widget->objectName().startsWith(QStringLiteral("qt_"))) {
                continue;
            }
            QAccessibleInterface* const face = QAccessible::queryAccessibleInterface(widget);
            const bool container = widget->inherits("QScrollArea") || widget->inherits("QTabWidget")
                || widget->inherits("QStackedWidget") || widget->inherits("QTabBar") || widget->inherits("QHeaderView");
            if (!container) {
                ++controls;
                EXPECT_FALSE(face->text(QAccessible::Name).isEmpty())
                    << widget->metaObject()->className() << ' ' << widget->objectName().toStdString() << " in "
                    << widget->parentWidget()->metaObject()->className();
            }
        }
        return controls;
    };
    EXPECT_GT(check(part<QDockWidget>()), 3);
    EXPECT_GE(check(part<QToolBar>()), 1);
    window->showExperiment();
    check(part<ExperimentEditor>());
    window->showMonitor();
    check(part<Monitor>());
    window->showCompare();
    part<Compare>()->open({test::add(*workspace.history, test::run("one")), test::add(*workspace.history, test::run("other"))});
    ASSERT_TRUE(QTest::qWaitFor([&] { return part<Compare>()->isComplete(); }));
    for (auto* tabs : part<Compare>()->findChildren<QTabWidget*>()) {
        for (int page = 0; page < tabs->count(); ++page) {
            tabs->setCurrentIndex(page);
            check(part<Compare>());
        }
    }
    window->showWelcome();
    EXPECT_GT(check(part<Welcome>()), 5);
}

} // namespace
} // namespace distill::ui

int main(int argc, char** argv)
{
    return distill::ui::test::runTests(argc, argv);
}
