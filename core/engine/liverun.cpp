// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/liverun.h"

#include "data/threads.h"
#include "experiment/series.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>

namespace distill {

namespace {

constexpr double secondsBetweenFigures = 0.5; // written
constexpr std::chrono::milliseconds betweenFigures{200}; // told

double wallSeconds()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string plain(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

} // namespace

LiveRun::LiveRun(std::shared_ptr<History> history, RunRow row, Experiment experiment, bool feed)
    : m_history(std::move(history)), m_row(std::move(row)), m_experiment(std::move(experiment)), m_feed(feed)
{
    m_status.id = m_row.id;
    m_status.state = RunState::Queued;
    m_status.figures = m_row.figures;
    m_status.secondsLeft = std::nan("");
    m_pending.run = m_row.id;
}

void LiveRun::pause()
{
    const std::lock_guard lock(m_mutex);
    m_paused = true;
    m_status.message = "Pausing, finishing the step";
    m_statusChanged = true;
    m_attention = true;
}

void LiveRun::unpause()
{
    const std::lock_guard lock(m_mutex);
    m_paused = false;
    m_attention = true;
    m_changed.notify_all();
}

void LiveRun::step()
{
    const std::lock_guard lock(m_mutex);
    if (m_paused) {
        ++m_stepsAllowed;
    }
    m_paused = true;
    m_attention = true;
    m_changed.notify_all();
}

void LiveRun::end(Control::Action action, const std::string& why)
{
    const std::lock_guard lock(m_mutex);
    m_action = action;
    m_why = why;
    m_held = false;
    m_status.message = "Stopping, finishing the step";
    m_statusChanged = true;
    m_attention = true;
    m_changed.notify_all();
}

void LiveRun::hold(const std::string& why)
{
    const std::lock_guard lock(m_mutex);
    if (m_action != Control::Action::Continue) {
        return;
    }
    m_action = Control::Action::Interrupt;
    m_why = why;
    m_held = true;
    m_attention = true;
    m_changed.notify_all();
}

bool LiveRun::isHeld() const
{
    const std::lock_guard lock(m_mutex);
    return m_held;
}

void LiveRun::release()
{
    const std::lock_guard lock(m_mutex);
    m_held = false;
    m_action = Control::Action::Continue;
    m_why.clear();
    m_attention = false;
    m_threadsTaken = 0; // the next thread has none yet
}

std::string LiveRun::whyItEnds() const
{
    const std::lock_guard lock(m_mutex);
    return m_why;
}

void LiveRun::checkpoint()
{
    const std::lock_guard lock(m_mutex);
    m_checkpoint = true;
    m_attention = true;
    m_changed.notify_all();
}

void LiveRun::tune(const Tuning& tuning)
{
    const std::lock_guard lock(m_mutex);
    m_tunings.push_back(tuning);
    m_attention = true;
    m_changed.notify_all();
}

void LiveRun::shareThreads(int threads)
{
    const std::lock_guard lock(m_mutex);
    m_threads = threads;
    m_attention = true;
}

Control::Action LiveRun::wanted() const
{
    const std::lock_guard lock(m_mutex);
    return m_action;
}

RunStatus LiveRun::status() const
{
    const std::lock_guard lock(m_mutex);
    return m_status;
}

void LiveRun::setState(RunState state, const std::string& message)
{
    {
        const std::lock_guard lock(m_mutex);
        m_status.state = state;
        m_status.message = message;
        if (!isLive(state)) {
            m_status.imagesPerSecond = 0;
            m_status.secondsLeft = 0;
        }
        m_statusChanged = true;
    }
    m_history->setState(m_row.id, state, message);
    note("state", message.empty() ? std::string("Run is ") + nameOf(state) : message, {{"state", nameOf(state)}});
}

void LiveRun::setDevice(const std::string& device)
{
    const std::lock_guard lock(m_mutex);
    m_status.device = device;
    m_statusChanged = true;
}

bool LiveRun::drain(Updates::Of& into, std::optional<RunStatus>& status)
{
    const std::lock_guard lock(m_mutex);
    into.run = m_row.id;
    into.points.clear();
    into.events.clear();
    std::swap(into.points, m_pending.points);
    std::swap(into.events, m_pending.events);
    const auto now = std::chrono::steady_clock::now();
    if (m_statusChanged || (m_figuresChanged && now - m_statusDrainedAt >= betweenFigures)) {
        m_statusChanged = m_figuresChanged = false;
        m_statusDrainedAt = now;
        status = m_status;
    }
    return !into.points.empty() || !into.events.empty();
}

std::int32_t LiveRun::seriesId(const std::string& name)
{
    const auto found = m_seriesIds.find(name);
    return found != m_seriesIds.end() ? found->second : m_seriesIds.emplace(name, m_history->seriesId(name)).first->second;
}

void LiveRun::record(const Progress& at, std::span<const Measurement> measurements)
{
    m_points.clear();
    for (const Measurement& each : measurements) {
        m_points.push_back({seriesId(*each.series), at.step, at.epoch, at.seconds, each.value});
    }
    m_history->append(m_row.id, m_points);
    {
        const std::lock_guard lock(m_mutex);
        if (m_feed) {
            m_pending.points.insert(m_pending.points.end(), m_points.begin(), m_points.end());
        }
        follow(at, measurements);
    }
    for (const Measurement& each : measurements) {
        if (m_watcher && *each.series == series::accuracyValidation) {
            m_watcher(*this, at, each.value);
        }
    }
    if (at.seconds - m_figuresWrittenAt > secondsBetweenFigures) {
        m_figuresWrittenAt = at.seconds;
        flushFigures();
    }
}

void LiveRun::follow(const Progress& at, std::span<const Measurement> measurements)
{
    RunFigures& figures = m_status.figures;
    for (const Measurement& each : measurements) {
        if (*each.series == series::accuracyValidation) {
            figures.lastAccuracy = each.value;
            figures.bestAccuracy = std::isnan(figures.bestAccuracy) ? each.value : std::max(figures.bestAccuracy, each.value);
        } else if (*each.series == series::agreementValidation) {
            figures.agreement = each.value;
        } else if (*each.series == series::throughput) {
            m_status.imagesPerSecond = each.value;
        }
    }
    figures.step = at.step;
    figures.totalSteps = at.totalSteps;
    figures.seconds = at.seconds;
    m_status.epoch = at.epoch;
    m_status.epochs = at.totalEpochs;
    m_status.stage = at.stage;
    m_progress = at;
    // The rate of the last seconds says more of the time left than the mean since the start.
    if (at.seconds - m_rateSeconds > 2 || m_rateStep == 0) {
        if (at.step > m_rateStep && at.seconds > m_rateSeconds) {
            const double perStep = (at.seconds - m_rateSeconds) / static_cast<double>(at.step - m_rateStep);
            m_status.secondsLeft = perStep * static_cast<double>(at.totalSteps - at.step);
        }
        m_rateStep = at.step;
        m_rateSeconds = at.seconds;
    }
    m_figuresChanged = true;
}

void LiveRun::flushFigures()
{
    RunFigures figures;
    {
        const std::lock_guard lock(m_mutex);
        figures = m_status.figures;
    }
    m_history->updateFigures(m_row.id, figures);
}

void LiveRun::note(const Progress& at, const std::string& kind, const std::string& text, const Json& data)
{
    RunEvent event{at.step, wallSeconds(), kind, text, data};
    m_history->append(m_row.id, event);
    const std::lock_guard lock(m_mutex);
    m_progress = at;
    if (m_feed) {
        m_pending.events.push_back(std::move(event));
    }
}

void LiveRun::note(const std::string& kind, const std::string& text, const Json& data)
{
    Progress at;
    {
        const std::lock_guard lock(m_mutex);
        at = m_progress;
    }
    note(at, kind, text, data);
}

void LiveRun::settle()
{
    try {
        m_history->flush();
    } catch (const std::runtime_error&) {
        // A full disk: the history keeps the points, tries again, and says so.
    }
}

void LiveRun::saved(const Progress& at, const std::string& kind, const std::string& path)
{
    Artefact artefact;
    artefact.kind = kind;
    artefact.path = std::filesystem::relative(path, m_history->workspace()).string();
    artefact.sha256 = sha256OfFile(path);
    artefact.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
    artefact.step = at.step;
    m_history->addArtefact(m_row.id, artefact);
    if (kind == "checkpoint") {
        note(at, "checkpoint", "Checkpoint at step " + std::to_string(at.step), {});
    }
}

void LiveRun::tunables(const std::vector<Tuning>& values)
{
    const std::lock_guard lock(m_mutex);
    m_status.tunables.clear();
    for (const Tuning& each : values) {
        m_status.tunables[each.pointer] = each.value;
    }
    m_figuresChanged = true;
}

void LiveRun::takeThreads()
{
    int threads = 1;
    {
        const std::lock_guard lock(m_mutex);
        threads = m_threads;
        m_status.threads = threads;
        m_statusChanged = true;
    }
    if (threads == m_threadsTaken) {
        return;
    }
#ifdef __SANITIZE_THREAD__
    computeWith(1); // libgomp's barriers are not seen, so that its threads would be taken for racing
#else
    computeWith(threads);
#endif
    const bool first = m_threadsTaken == 0;
    m_threadsTaken = threads;
    note("threads", (first ? "Trains with " : "Now trains with ") + std::to_string(threads) + (threads == 1 ? " thread" : " threads"),
         {{"threads", threads}});
}

Control LiveRun::control()
{
    Control control;
    if (!m_attention.load(std::memory_order_relaxed)) {
        return control;
    }
    takeThreads();
    bool wasPaused = false;
    {
        std::unique_lock lock(m_mutex);
        m_attention = false;
        const auto wanted = [this] {
            return !m_paused || m_stepsAllowed > 0 || m_action != Control::Action::Continue || m_checkpoint || !m_tunings.empty();
        };
        if (!wanted()) {
            wasPaused = true;
            const bool announced = m_status.state == RunState::Paused;
            lock.unlock();
            if (!announced) {
                flushFigures();
                setState(RunState::Paused, {});
            }
            lock.lock();
            m_changed.wait(lock, wanted);
        }
        control.action = m_action;
        control.checkpoint = std::exchange(m_checkpoint, false);
        control.tunings = std::exchange(m_tunings, {});
        if (m_paused) {
            m_attention = true; // after this step, wait again
            control.again = m_stepsAllowed == 0 && control.action == Control::Action::Continue;
            m_stepsAllowed = std::max(0, m_stepsAllowed - 1);
        }
    }
    const bool goesOn = control.action == Control::Action::Continue;
    bool paused = false;
    RunState state = RunState::Running;
    {
        const std::lock_guard lock(m_mutex);
        paused = m_paused;
        state = m_status.state;
    }
    if (goesOn && !paused && (wasPaused || state == RunState::Paused)) {
        setState(RunState::Running, {});
    }
    for (const Tuning& tuning : control.tunings) {
        note("tuned", tuning.pointer + " is now " + plain(tuning.value), {{"pointer", tuning.pointer}, {"value", tuning.value}});
    }
    return control;
}

bool LiveRun::keepGoing()
{
    return !m_attention.load(std::memory_order_relaxed) || wanted() == Control::Action::Continue;
}

} // namespace distill
