// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/progress.h"

#include "cli/table.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <sstream>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

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

Progress::Progress(Console console, const History& history, const std::vector<RunId>& runs, const Forecast& forecast,
                   bool quiet)
    : m_console(console)
    , m_history(history)
    , m_quiet(quiet)
{
    for (const RunId& id : runs) {
        const RunRow row = history.run(id).value();
        m_runs.push_back({id, row.name, row.figures.totalSteps, shareOf(row.figures)});
        m_runs.back().begun = row.figures.step > 0;
        m_runs.back().forecast = row.role == RunRole::Teacher ? forecast.teacherSeconds : forecast.studentSeconds;
    }
}

double Progress::share() const
{
    // Runs weigh what they are expected to take, else their steps, else the same.
    const auto all = [&](auto member) {
        return std::all_of(m_runs.begin(), m_runs.end(), [=](const Run& run) { return run.*member > 0; });
    };
    const bool expected = all(&Run::forecast), counted = all(&Run::totalSteps);
    double done = 0, whole = 0;
    for (const Run& run : m_runs) {
        const double weight = expected ? run.forecast : counted ? double(run.totalSteps) : 1;
        done += weight * run.share;
        whole += weight;
    }
    return whole > 0 ? done / whole : 0;
}

double Progress::secondsLeft() const
{
    const double done = share(), gained = done - m_shareAtStart;
    if (gained > 0.05) {
        const double passed = std::chrono::duration<double>(Clock::now() - m_start).count();
        return passed * (1 - done) / gained;
    }
    double forecast = 0;
    for (const Run& run : m_runs) {
        forecast += run.forecast * (1 - run.share);
    }
    return forecast > 0 ? forecast : std::nan("");
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
            names.append(names.empty() ? "" : " | ").append(run->name);
            if (!std::isnan(status.figures.lastAccuracy)) {
                names.append(" ").append(percent(status.figures.lastAccuracy));
            }
        }
    }
    constexpr std::size_t length = 24;
    const double done = share();
    std::string bar(length, '.');
    std::fill_n(bar.begin(), std::clamp<std::size_t>(std::size_t(done * length), 0, length), '#');
    const auto ended = std::count_if(m_runs.begin(), m_runs.end(), [](const Run& run) { return !run.live; });
    std::ostringstream line;
    line << '[' << bar << "] " << decimal(100 * done, 0) << " %  " << ended << '/' << m_runs.size() << " runs  "
         << grouped(std::int64_t(rate)) << " images/s  " << duration(secondsLeft()) << " left  " << names;
    m_console.out << "\r\033[K" << cut(line.str(), terminalColumns() - 1) << std::flush;
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
            // A quick run is a few hundred steps along before it is first looked at.
            const std::string how = std::exchange(run.begun, true) ? ": goes on at step " + grouped(status->figures.step) : ": started";
            say(run.name + how + ", " + (status->device.empty() ? "" : status->device + ", ") + "run " + run.id);
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
