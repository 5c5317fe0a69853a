// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/progress.h"

#include "cli/table.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace distill::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto linesEvery = 5s;
constexpr auto barEvery = 100ms;

std::size_t terminalColumns()
{
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

double shareOf(const RunFigures& figures)
{
    return figures.totalSteps > 0 ? std::min(1.0, double(figures.step) / double(figures.totalSteps)) : 0;
}

} // namespace

Progress::Progress(Console console, const History& history, const std::vector<RunId>& runs, bool quiet)
    : m_console(console)
    , m_history(history)
    , m_quiet(quiet)
{
    for (const RunId& id : runs) {
        const RunRow row = history.run(id).value();
        m_runs.push_back({id, row.name, row.figures.totalSteps, shareOf(row.figures)});
    }
}

double Progress::share() const
{
    // Steps weigh runs against one another where all are known.
    double done = 0, all = 0;
    const bool known = std::all_of(m_runs.begin(), m_runs.end(), [](const Run& run) { return run.totalSteps > 0; });
    for (const Run& run : m_runs) {
        const double weight = known ? double(run.totalSteps) : 1;
        done += weight * run.share;
        all += weight;
    }
    return all > 0 ? done / all : 0;
}

double Progress::secondsLeft() const
{
    const double gained = share() - m_shareAtStart;
    const double passed = std::chrono::duration<double>(Clock::now() - m_start).count();
    return gained > 0.002 ? passed * (1 - share()) / gained : std::nan("");
}

std::string Progress::lineOf(const Run& run, const RunStatus& status) const
{
    if (status.state != RunState::Running) {
        return run.name + ": " + nameOf(status.state) + (status.message.empty() ? "" : ", " + status.message);
    }
    std::string line = run.name + ": step " + grouped(status.figures.step) + " of " + grouped(status.figures.totalSteps)
        + ", epoch " + decimal(status.epoch, 1) + " of " + decimal(status.epochs, 1);
    if (!std::isnan(status.figures.lastAccuracy)) {
        line += ", accuracy " + percent(status.figures.lastAccuracy);
    }
    line += ", " + grouped(std::int64_t(status.imagesPerSecond)) + " images/s";
    if (!std::isnan(status.secondsLeft)) {
        line += ", " + duration(status.secondsLeft) + " left";
    }
    return line;
}

void Progress::clearBar()
{
    if (m_barDrawn) {
        m_console.out << "\r\033[K";
        m_barDrawn = false;
    }
}

void Progress::say(const std::string& sentence)
{
    if (!m_quiet) {
        clearBar();
        m_console.out << sentence << std::endl;
    }
}

void Progress::drawBar(const std::vector<RunStatus>& statuses)
{
    double rate = 0;
    std::string names;
    for (const RunStatus& status : statuses) {
        const auto run
            = std::find_if(m_runs.begin(), m_runs.end(), [&](const Run& one) { return one.id == status.id; });
        if (run != m_runs.end() && status.state == RunState::Running) {
            rate += status.imagesPerSecond;
            names += (names.empty() ? "" : " | ") + run->name;
            if (!std::isnan(status.figures.lastAccuracy)) {
                names += " " + percent(status.figures.lastAccuracy);
            }
        }
    }
    constexpr int length = 24;
    const double done = share();
    const int filled = std::clamp(int(done * length), 0, length);
    const std::size_t ended
        = std::size_t(std::count_if(m_runs.begin(), m_runs.end(), [](const Run& run) { return !run.live; }));
    const std::string line = "[" + std::string(std::size_t(filled), '#')
        + std::string(std::size_t(length - filled), '.') + "] " + decimal(100 * done, 0) + " %  "
        + std::to_string(ended) + "/" + std::to_string(m_runs.size()) + " runs  " + grouped(std::int64_t(rate))
        + " images/s  " + duration(secondsLeft()) + " left  " + names;
    m_console.out << "\r\033[K" << cut(line, terminalColumns() - 1) << std::flush;
    m_barDrawn = true;
}

void Progress::announceEnd(Run& run)
{
    run.live = false;
    const RunRow row = m_history.run(run.id).value();
    if (isLive(row.state) || run.announced) {
        return;
    }
    run.announced = true;
    run.share = row.state == RunState::Finished ? 1 : shareOf(row.figures);
    std::string line = run.name + ": " + nameOf(row.state) + " after " + duration(row.figures.seconds);
    if (!std::isnan(row.figures.lastAccuracy)) {
        line += ", validation accuracy " + percent(row.figures.lastAccuracy);
    }
    if (row.state != RunState::Finished && !row.message.empty()) {
        line += ": " + row.message;
    }
    say(line);
}

void Progress::update(const std::vector<RunStatus>& statuses, const Updates& updates)
{
    for (const Updates::Of& of : updates.runs) {
        for (const RunEvent& event : of.events) {
            if (event.kind == "warning") {
                say(event.text);
            }
        }
    }
    const bool lines = !m_console.interactive && Clock::now() - m_lastLines >= linesEvery;
    for (Run& run : m_runs) {
        const auto status
            = std::find_if(statuses.begin(), statuses.end(), [&](const RunStatus& one) { return one.id == run.id; });
        if (status == statuses.end()) {
            if (run.live) {
                announceEnd(run);
            }
            continue;
        }
        run.totalSteps = status->figures.totalSteps > 0 ? status->figures.totalSteps : run.totalSteps;
        run.share = shareOf(status->figures);
        const bool started = run.state != RunState::Running && status->state == RunState::Running;
        run.state = status->state;
        if (!m_console.interactive && started) {
            say(run.name + ": started, " + status->device + ", run " + run.id);
        } else if (lines && status->state == RunState::Running) {
            say(lineOf(run, *status));
        }
    }
    if (lines) {
        m_lastLines = Clock::now();
    }
    if (m_shareAtStart < 0) {
        m_shareAtStart = share();
    }
    if (m_console.interactive && !m_quiet && Clock::now() - m_lastBar >= barEvery) {
        m_lastBar = Clock::now();
        drawBar(statuses);
    }
}

void Progress::finish()
{
    for (Run& run : m_runs) {
        if (!run.announced) {
            announceEnd(run);
        }
    }
    clearBar();
}

} // namespace distill::cli
