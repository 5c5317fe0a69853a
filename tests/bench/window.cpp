// SPDX-License-Identifier: GPL-3.0-or-later
// Drives the real window over a large history while one experiment trains, and prints how long each interaction took beside its budget.
#include "history/history.h"
#include "ui/mainwindow.h"
#include "ui/perfprobe.h"
#include "ui/plots/curveplot.h"
#include "ui/runs/runmodel.h"
#include "ui/runs/runspanel.h"
#include "ui/session.h"
#include "ui/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QTableView>
#include <cmath>
#include <cstdio>
#include <functional>

using namespace distill;
using namespace distill::ui;

namespace {

constexpr double filterPause = 120; // the box waits so long for the next key

class Bench : public QObject {
public:
    Bench(MainWindow& window) : m_window(window)
    {
        m_table = window.findChild<QTableView*>(QStringLiteral("runs"));
        m_filter = window.findChild<RunsPanel*>()->findChild<QLineEdit*>();
        m_table->viewport()->installEventFilter(this);
    }

    void run()
    {
        const auto rows = [this] { return m_table->model()->rowCount(); };
        wait([&] { return rows() > 1000; });
        std::printf("%-44s %8.0f ms                 budget   3000 ms\n", "process start to all rows in the table", secondsSinceProcessStart() * 1000);
        pause(3000); // the training starts, first curves arrive

        const int all = rows();
        measure("select another run (row, until painted)", 50, 40, [&](int i) {
            const int line = (i * 797 + 13) % all;
            m_table->setCurrentIndex(m_table->model()->index(line, 0));
            painted();
        });
        selectLongest();
        const char* const filters[] = {"resnet20", "accuracy>0.9", "state:failed|diverged", "tag:paper", "ladder -alone", "test_accuracy>0.85",
                                       "temperature:4 batch_size:64"};
        for (const char* filter : {"test_accuracy>0.1", "temperature:4 batch_size:64"}) { // their values are read the first time
            QElapsedTimer timer;
            timer.start();
            const int before = rows();
            m_filter->setText(QString::fromLatin1(filter));
            wait([&] { return rows() != before && rows() > 0; });
            std::printf("%-44s %8.0f ms                 (read in the background)\n", filter, static_cast<double>(timer.elapsed()) - filterPause);
            m_filter->clear();
            wait([&] { return rows() == all; });
        }
        measure("filter (after the pause of 120 ms)", 50, 42, [&](int i) {
            const int before = rows();
            m_filter->setText(i % 2 ? QString() : QString::fromLatin1(filters[i / 2 % 7]));
            wait([&] { return rows() != before && m_painted; });
        }, filterPause);
        m_filter->clear();
        wait([&] { return rows() == all; });
        const int columns[] = {RunModel::Best, RunModel::Name, RunModel::Time, RunModel::Models, RunModel::State, RunModel::Created};
        measure("sort by a column", 50, 36, [&](int i) {
            m_table->sortByColumn(columns[i / 2 % 6], i % 2 ? Qt::AscendingOrder : Qt::DescendingOrder);
            painted();
        });
        QMenu* groups = nullptr;
        for (QMenu* menu : m_window.findChildren<QMenu*>()) {
            groups = menu->title() == QStringLiteral("&Group runs") ? menu : groups;
        }
        measure("group, and back", 50, 40, [&](int i) {
            const int order[] = {1, 0, 2, 0, 4, 0, 3, 0};
            groups->actions()[order[i % 8]]->trigger();
            painted();
        });
        groups->actions()[0]->trigger();
        pause(500);
        measure("scroll by a page", 33, 60, [&](int i) {
            m_table->scrollTo(m_table->model()->index((i * 331) % all, 0), QAbstractItemView::PositionAtTop);
            painted();
        });
        const RunsPanel* const panel = m_window.findChild<RunsPanel*>();
        const QAction* star = nullptr;
        for (const QAction* action : panel->QWidget::actions()) {
            star = action->text() == QStringLiteral("&Star") ? action : star;
        }
        m_table->selectionModel()->select(QItemSelection(m_table->model()->index(0, 0), m_table->model()->index(999, 0)),
                                          QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        pause(1000);
        measure("star 1,000 runs", 100, 10, [&](int) {
            const_cast<QAction*>(star)->trigger();
            painted();
        });
    }

private:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Paint) {
            QTimer::singleShot(0, this, [this] { m_painted = true; });
        }
        return QObject::eventFilter(watched, event);
    }

    void wait(const std::function<bool()>& so)
    {
        QElapsedTimer timer;
        timer.start();
        while (!so() && timer.elapsed() < 20'000) {
            QApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
        }
        if (timer.elapsed() >= 20'000) {
            std::printf("(waited in vain)\n");
        }
    }
    void painted()
    {
        m_table->viewport()->update();
        wait([this] { return m_painted; });
    }
    void selectLongest()
    {
        const QModelIndexList found = m_table->model()->match(m_table->model()->index(0, RunModel::Name), Qt::DisplayRole, QStringLiteral("A million"));
        if (found.isEmpty()) {
            return;
        }
        QElapsedTimer timer;
        m_window.probe().start();
        timer.start();
        m_painted = false;
        m_table->setCurrentIndex(found.front());
        painted();
        told("select the run of 1,000,000 points (row)", timer.elapsed(), 50);
        wait([&] { return longestDrawn(found.front()) >= 900; });
        told("... until its curves are there in outline", timer.elapsed(), 100);
        wait([&] { return longestDrawn(found.front()) >= 1'000'000; });
        told("... until all points are", timer.elapsed(), 300);
        m_window.probe().stop();
        std::printf("window blocked at most %.0f ms meanwhile\n", m_window.probe().figures().gapMost);
    }
    std::size_t longestDrawn(const QModelIndex& row) const
    {
        std::size_t longest = 0;
        for (const CurvePlot* plot : m_window.findChildren<CurvePlot*>()) {
            for (const PlotCurve& curve : plot->curves()) {
                if (plot->drawnPoints() > 0 && curve.runName == row.data().toString()) {
                    longest = std::max(longest, curve.curve->size());
                }
            }
        }
        return longest;
    }
    void pause(int milliseconds)
    {
        QEventLoop loop;
        QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
        loop.exec();
    }

    static void told(const char* what, qint64 milliseconds, int budget)
    {
        std::printf("%-44s %8lld ms %27s budget %6d ms%s\n", what, static_cast<long long>(milliseconds), "", budget, milliseconds > budget ? "  MISSED" : "");
    }

    /// `less` milliseconds of each are a wait that is meant to be.
    void measure(const char* what, double budget, int times, const std::function<void(int)>& action, double less = 0)
    {
        std::vector<double> taken;
        m_window.probe().start();
        for (int i = 0; i < times; ++i) {
            m_painted = false;
            QElapsedTimer timer;
            timer.start();
            action(i);
            taken.push_back(static_cast<double>(timer.nsecsElapsed()) * 1e-6 - less);
            pause(60);
        }
        m_window.probe().stop();
        const double p95 = PerfProbe::percentile(taken, 0.95);
        std::printf("%-44s %8.1f ms p95 %7.1f median budget %6.0f ms, window blocked at most %.0f ms%s\n", what, p95, PerfProbe::percentile(taken, 0.5),
                    budget, m_window.probe().figures().gapMost, p95 > budget ? "  MISSED" : "");
        std::fflush(stdout);
    }

    MainWindow& m_window;
    QTableView* m_table;
    QLineEdit* m_filter;
    bool m_painted = false;
};

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication::setApplicationName(QStringLiteral("distill-workbench"));
    QApplication application(argc, argv);
    QCommandLineParser parser;
    const QCommandLineOption train(QStringLiteral("train"), QStringLiteral("Experiment to start and leave training."), QStringLiteral("FILE"));
    parser.addOption(train);
    parser.addPositionalArgument(QStringLiteral("workspace"), QStringLiteral("A copy: it is written to."));
    parser.process(application);
    const QString workspace = parser.positionalArguments().value(0);
    if (workspace.isEmpty()) {
        std::fprintf(stderr, "Which workspace?\n");
        return 2;
    }
    Theme theme;
    const auto history = History::open(workspace.toStdString());
    Session session(history, std::make_unique<Engine>(history));
    MainWindow window(session, theme);
    window.resize(1366, 768);
    QObject::connect(&window, &MainWindow::ready, &application, [&] {
        std::printf("%-44s %8.0f ms                 budget   1500 ms\n", "process start to usable window", secondsSinceProcessStart() * 1000);
        QTimer::singleShot(0, &application, [&] {
            Bench(window).run();
            QCoreApplication::exit();
        });
    });
    window.show();
    window.open({parser.value(train), parser.isSet(train)});
    return QApplication::exec();
}
