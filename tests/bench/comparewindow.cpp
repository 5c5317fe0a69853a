// SPDX-License-Identifier: GPL-3.0-or-later
// What a person waits for in Compare: opening a comparison, the cursor, the wheel. Run it beside a training.
#include "history/history.h"
#include "ui/compare/compare.h"
#include "ui/compare/curvespane.h"
#include "ui/session.h"

#include <CLI/CLI.hpp>
#include <QApplication>
#include <QElapsedTimer>
#include <QMouseEvent>
#include <QTemporaryDir>
#include <QTimer>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <cstdio>

namespace distill::ui {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point since)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

void report(const char* what, std::vector<double> taken, double budget)
{
    std::sort(taken.begin(), taken.end());
    const auto rank = static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(taken.size()))) - 1;
    std::printf("%-52s %8.2f ms p95  %8.2f ms median  budget %6.0f ms%s\n", what, taken[rank], taken[taken.size() / 2], budget,
                taken[rank] > budget ? "  MISSED" : "");
}

/// The longest turn of the event loop, by a timer of 2 ms.
class Gaps {
public:
    Gaps()
    {
        m_timer.setTimerType(Qt::PreciseTimer);
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] {
            m_most = std::max(m_most, static_cast<double>(m_since.nsecsElapsed()) * 1e-6);
            m_since.restart();
        });
        m_since.start();
        m_timer.start(2);
    }
    double take() { return std::exchange(m_most, 0); }

private:
    QTimer m_timer;
    QElapsedTimer m_since;
    double m_most = 0;
};

/// Something in each panel, and curves of `run` among it.
bool isDrawn(const CurvesPane& curves, const RunId& run)
{
    return !curves.panels().empty() && std::all_of(curves.panels().begin(), curves.panels().end(), [&](const Panel* panel) {
        const CurvePlot* plot = panel->plots().first();
        return plot->drawnPoints() > 0
            && std::any_of(plot->curves().begin(), plot->curves().end(), [&](const PlotCurve& curve) { return curve.run == run; });
    });
}

struct Opening {
    double drawn = 0, complete = 0; ///< milliseconds
};

Opening openAndWait(Compare& compare, const CurvesPane& curves, const QVector<RunId>& runs)
{
    Opening taken;
    const auto start = Clock::now();
    compare.open(runs);
    while (taken.complete == 0 && milliseconds(start) < 20'000) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
        if (taken.drawn == 0 && isDrawn(curves, runs.front())) {
            taken.drawn = milliseconds(start);
        }
        if (taken.drawn > 0 && compare.isComplete()) {
            QCoreApplication::processEvents();
            taken.complete = milliseconds(start);
        }
    }
    return taken;
}

std::vector<double> sweep(const std::vector<Panel*>& panels, const std::function<QEvent*(const QPointF&, const QPointF&)>& eventAt)
{
    std::vector<double> taken;
    for (int i = 0; i < 400; ++i) {
        CurvePlot* plot = panels[static_cast<std::size_t>(i) / 100 % panels.size()]->plots().first();
        const QPointF at(80 + (plot->width() - 100) * (i % 100) / 100.0, plot->height() / 2.0);
        const std::unique_ptr<QEvent> event(eventAt(at, plot->mapToGlobal(at)));
        const auto start = Clock::now();
        QCoreApplication::sendEvent(plot, event.get());
        QCoreApplication::processEvents(); // what it asked for is painted
        taken.push_back(milliseconds(start));
    }
    return taken;
}

void measure(const std::shared_ptr<History>& history, int width, int height)
{
    Session session(history, std::make_unique<Engine>(history));
    Compare compare(session);
    compare.resize(width, height);
    compare.show();
    auto* curves = compare.findChild<CurvesPane*>();
    std::vector<RunRow> rows = history->runs();
    std::erase_if(rows, [](const RunRow& row) { return row.state != RunState::Finished; });
    if (rows.size() < 12) {
        throw std::runtime_error("The workspace has too few finished runs: distill_bench_history make WORKSPACE");
    }
    std::int64_t longest = 0;
    RunId longRun;
    std::vector<RunId> usual;
    for (const RunRow& row : rows) {
        if (row.figures.step > longest) {
            longest = row.figures.step;
            longRun = row.id;
        }
    }
    for (const RunRow& row : rows) {
        if (row.id != longRun) {
            usual.push_back(row.id);
        }
    }
    Gaps gaps;
    QCoreApplication::processEvents();
    std::vector<double> taken, most;
    for (std::size_t round = 0; round < 20; ++round) {
        QVector<RunId> six;
        for (std::size_t i = 0; i < 6; ++i) {
            six.append(usual[(round * 431 + i * 37) % usual.size()]);
        }
        gaps.take();
        taken.push_back(openAndWait(compare, *curves, six).complete);
        most.push_back(gaps.take());
    }
    report("open a comparison of six", taken, 300);
    report("longest turn of the event loop meanwhile", most, 100);

    const auto move = [](const QPointF& at, const QPointF& global) -> QEvent* {
        return new QMouseEvent(QEvent::MouseMove, at, global, Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    };
    int turn = 0;
    const auto wheel = [&turn](const QPointF& at, const QPointF& global) -> QEvent* {
        const int by = turn++ % 20 < 10 ? 120 : -120;
        return new QWheelEvent(at, global, {}, {0, by}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    };
    std::printf("%zu plots of six runs\n", curves->panels().size());
    report("cursor over all plots", sweep(curves->panels(), move), 8);
    report("wheel, all plots", sweep(curves->panels(), wheel), curves->panels().size() > 1 ? 33 : 16);

    gaps.take();
    std::printf("%-52s %8.2f ms\n", "open all that can be compared at once",
                openAndWait(compare, *curves, QVector<RunId>(usual.begin(), usual.begin() + std::min(usual.size(), Compare::mostRuns))).complete);
    report("longest turn of the event loop meanwhile", {gaps.take()}, 100);

    QVector<RunId> six = {longRun};
    for (std::size_t i = 0; i < 5; ++i) {
        six.append(usual[i * 91 % usual.size()]);
    }
    gaps.take();
    const Opening opening = openAndWait(compare, *curves, six);
    std::printf("%-52s %8.2f ms, all points after %.2f ms  budget    300 ms%s\n", ("open six, one of " + std::to_string(longest) + " points").c_str(),
                opening.drawn, opening.complete, opening.drawn > 300 ? "  MISSED" : "");
    std::printf("%-52s %8.2f ms\n", "longest turn of the event loop meanwhile", gaps.take());
    report("cursor, one run of them long", sweep(curves->panels(), move), 8);
    report("wheel, one run of them long", sweep(curves->panels(), wheel), 33);
}

} // namespace

} // namespace distill::ui

int main(int argc, char** argv)
{
    CLI::App app("Times of the Compare perspective, beside their budgets.");
    std::string workspace;
    int width = 1366, height = 700;
    app.add_option("WORKSPACE", workspace, "Of distill_bench_history make")->required();
    app.add_option("--width", width)->capture_default_str();
    app.add_option("--height", height)->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    const QTemporaryDir settings;
    qputenv("DISTILL_CONFIG", settings.path().toUtf8());
    QApplication application(argc, argv);
    try {
        distill::ui::measure(distill::History::open(workspace), width, height);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
