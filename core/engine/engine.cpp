// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/engine.h"

#include "training/device.h"
#include "engine/liverun.h"
#include "engine/ownthread.h"
#include "engine/runner.h"
#include "engine/submission.h"
#include "engine/sweeps.h"
#include "engine/threadshare.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace distill {

class Engine::Implementation {
public:
    Implementation(std::shared_ptr<History> history, Options options)
        : m_history(std::move(history)), m_options(options), m_cores(options.cores > 0 ? options.cores : availableCores()), m_sweeps(*m_history)
    {
    }

    ~Implementation()
    {
        interruptAll();
        std::vector<Worker> workers;
        {
            const std::lock_guard lock(m_mutex);
            m_closing = true;
            workers.swap(m_workers);
        }
        for (Worker& worker : workers) {
            worker.thread.join();
        }
    }

    Submission submit(const Document& document)
    {
        checkBuildable(document, m_history.get());
        const Expansion expansion = onItsOwnThread([&] {
            return expand(document, schema(), *m_history, [this](const std::string& hash) { return liveByContent(hash); });
        });
        const Experiment experiment = schema().read(document);
        m_history->addGroup({expansion.submission.group, experiment.name, experiment.sweep.kind, document.text(), expansion.submission.students},
                            expansion.runs);
        for (const PlannedRun& planned : expansion.runs) {
            enqueue(planned.row, planned.text, false);
        }
        schedule();
        return expansion.submission;
    }

    void resumeRuns(const std::vector<RunId>& parts)
    {
        std::vector<RunRow> rows;
        for (const RunId& part : parts) {
            collect(m_history->resolve(part), rows);
        }
        std::map<RunId, bool> held;
        for (const QueuePlace& place : m_history->queue()) {
            held[place.run] = place.held;
        }
        for (const RunRow& row : rows) {
            if (!m_history->claim(row.id)) {
                throw InputError("Run " + row.id + " (" + row.name + ") belongs to another workbench that is still open");
            }
        }
        for (const RunRow& row : rows) {
            m_history->setState(row.id, RunState::Queued);
            enqueue(row, m_history->experimentText(row.id), held[row.id]);
        }
        schedule();
    }

    std::vector<QueuedRun> queue() const
    {
        std::vector<QueuedRun> all;
        const std::lock_guard lock(m_mutex);
        for (const auto& run : m_queue) {
            QueuedRun queued{run->id(), run->row().name, m_held.contains(run->id()), {}};
            const auto& teachers = run->row().teachers;
            const Sweeps::Gate gate = m_sweeps.gate(run->id());
            if (queued.held) {
                queued.waitsFor = "Held";
            } else if (!gate.open) {
                queued.waitsFor = gate.waitsFor;
            } else if (std::any_of(teachers.begin(), teachers.end(), [&](const RunId& id) { return m_live.contains(id); })) {
                queued.waitsFor = "Waits for its teacher";
            } else {
                queued.waitsFor = m_queuePaused ? "The queue is paused" : "Waits for free cores";
            }
            all.push_back(std::move(queued));
        }
        return all;
    }

    void moveQueued(const RunId& id, int places)
    {
        std::vector<RunId> order;
        {
            const std::lock_guard lock(m_mutex);
            const auto at = queued(id);
            const auto from = at - m_queue.begin();
            const auto to = std::clamp<std::ptrdiff_t>(from + places, 0, std::ssize(m_queue) - 1);
            const std::shared_ptr<LiveRun> run = *at;
            m_queue.erase(at);
            m_queue.insert(m_queue.begin() + to, run);
            m_queueChanged = true;
            for (const auto& each : m_queue) {
                order.push_back(each->id());
            }
        }
        m_history->orderQueue(order);
        schedule();
    }

    void holdQueued(const RunId& id, bool hold)
    {
        {
            const std::lock_guard lock(m_mutex);
            queued(id);
            hold ? (void)m_held.insert(id) : (void)m_held.erase(id);
            m_queueChanged = true;
        }
        m_history->holdQueued(id, hold);
        schedule();
    }

    void pauseQueue(bool pause)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_queuePaused = pause;
            m_queueChanged = true;
        }
        schedule();
    }

    bool queueIsPaused() const
    {
        const std::lock_guard lock(m_mutex);
        return m_queuePaused;
    }

    std::shared_ptr<LiveRun> require(const RunId& id)
    {
        if (auto run = find(id)) {
            return run;
        }
        throw InputError("Run " + id + " is not live in this workbench");
    }

    void stop(const RunId& id, Control::Action action)
    {
        if (end(require(id), action, {})) {
            schedule();
        }
    }

    void tune(const RunId& id, const std::string& pointer, double value)
    {
        const auto run = require(id);
        const Json document = schema().resolve(Document::parse(m_history->experimentText(id)).json());
        const Field* field = schema().find(document, pointer);
        if (!field || !field->tunable) {
            throw InputError(pointer + " cannot be changed while a run trains");
        }
        if (!(value >= field->minimum && value <= field->maximum)) {
            throw InputError(pointer + ": " + Json(value).dump() + " is out of range; expected " + Json(field->minimum).dump()
                             + " to " + Json(field->maximum).dump());
        }
        run->tune({pointer, value});
    }

    void interruptAll()
    {
        for (const auto& run : live()) {
            try {
                stop(run->id(), Control::Action::Interrupt);
            } catch (const InputError&) {
                // It ended meanwhile.
            }
        }
    }

    std::shared_ptr<LiveRun> find(const RunId& id) const
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_live.find(id);
        return found != m_live.end() ? found->second : nullptr;
    }

    std::vector<std::shared_ptr<LiveRun>> live() const
    {
        const std::lock_guard lock(m_mutex);
        std::vector<std::shared_ptr<LiveRun>> runs;
        for (const auto& [id, run] : m_live) {
            runs.push_back(run);
        }
        return runs;
    }

    void drain(Updates& into)
    {
        std::vector<std::shared_ptr<LiveRun>> sources;
        {
            const std::lock_guard lock(m_mutex);
            for (const auto& [id, run] : m_live) {
                sources.push_back(run);
            }
            // Runs that ended have one last thing to tell.
            sources.insert(sources.end(), m_ended.begin(), m_ended.end());
            m_ended.clear();
            into.added.clear();
            std::swap(into.added, m_added);
            into.queueChanged = std::exchange(m_queueChanged, false);
        }
        into.statuses.clear();
        std::size_t used = 0;
        for (const auto& source : sources) {
            if (used == into.runs.size()) {
                into.runs.emplace_back();
            }
            std::optional<RunStatus> status;
            if (source->drain(into.runs[used], status)) {
                ++used;
            }
            if (status) {
                into.statuses.push_back(std::move(*status));
            }
        }
        into.runs.resize(used);
    }

    bool wait(const std::vector<RunId>& runs, double seconds) const
    {
        std::unique_lock lock(m_mutex);
        return m_ending.wait_for(lock, std::chrono::duration<double>(seconds), [&] {
            return std::none_of(runs.begin(), runs.end(), [&](const RunId& id) { return m_live.contains(id); });
        });
    }

private:
    /// What has to be queued so that a run can go on: itself, and before it its teachers that are not finished.
    void collect(const RunId& id, std::vector<RunRow>& into) const
    {
        if (std::any_of(into.begin(), into.end(), [&](const RunRow& row) { return row.id == id; })) {
            return;
        }
        if (find(id)) {
            throw InputError("Run " + id + " is live already");
        }
        const RunRow row = m_history->run(id).value();
        if (!canResume(row.state)) {
            throw InputError("Run " + id + " (" + row.name + ") is " + nameOf(row.state) + "; only a run that was stopped,"
                             " interrupted, failed or diverged can be resumed");
        }
        for (const RunId& above : row.teachers) {
            const auto teacher = find(above) ? std::nullopt : m_history->run(above);
            if (teacher && teacher->state != RunState::Finished) {
                collect(above, into);
            }
        }
        into.push_back(row);
    }

    /// True where the run was waiting and is gone now; one that trains goes at the end of its step.
    bool end(const std::shared_ptr<LiveRun>& run, Control::Action action, const std::string& why)
    {
        run->end(action, why);
        {
            const std::lock_guard lock(m_mutex);
            const auto queued = std::find(m_queue.begin(), m_queue.end(), run);
            if (queued == m_queue.end()) {
                return false;
            }
            m_queue.erase(queued);
        }
        retire(run, action == Control::Action::Stop ? RunState::Stopped : RunState::Interrupted, why);
        return true;
    }

    std::vector<std::shared_ptr<LiveRun>>::iterator queued(const RunId& id)
    {
        const auto at = std::find_if(m_queue.begin(), m_queue.end(), [&](const auto& run) { return run->id() == id; });
        if (at == m_queue.end()) {
            throw InputError("Run " + id + " does not wait in the queue of this workbench");
        }
        return at;
    }

    void validated(LiveRun& run, const Progress& at, double accuracy)
    {
        const Sweeps::Verdict verdict = m_sweeps.validated(run.id(), at.step, at.totalSteps, accuracy);
        if (verdict.what == Sweeps::Verdict::What::Hold) {
            run.hold(verdict.message);
        } else if (verdict.what == Sweeps::Verdict::What::Stop) {
            run.end(Control::Action::Stop, verdict.message);
        }
    }

    /// Ends what its sweep ends.
    void settleSweeps()
    {
        for (const Sweeps::Ending& ending : m_sweeps.settle()) {
            if (const auto run = find(ending.id)) {
                end(run, ending.state == RunState::Stopped ? Control::Action::Stop : Control::Action::Interrupt, ending.message);
            }
        }
    }

    std::optional<RunId> liveByContent(const std::string& hash) const
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& [id, run] : m_live) {
            if (run->row().contentHash == hash) {
                return id;
            }
        }
        return std::nullopt;
    }

    void enqueue(const RunRow& row, const std::string& text, bool held)
    {
        Experiment experiment = schema().read(Document::parse(text));
        auto run = std::make_shared<LiveRun>(m_history, row, std::move(experiment), m_options.feed);
        run->watchValidation([this](LiveRun& live, const Progress& at, double accuracy) { validated(live, at, accuracy); });
        m_sweeps.enter(row);
        const std::lock_guard lock(m_mutex);
        m_live.emplace(row.id, run);
        m_queue.push_back(std::move(run));
        if (held) {
            m_held.insert(row.id);
        }
        m_queueChanged = true;
        if (m_options.feed) {
            m_added.push_back(row.id);
        }
    }

    /// Starts what can start, in the order of the queue, and shares the cores out anew. A run that is ready and does not fit
    /// holds back those behind it, so that one with many threads is not overtaken for ever.
    void schedule()
    {
        settleSweeps();
        std::vector<std::pair<std::shared_ptr<LiveRun>, std::string>> orphans;
        {
            const std::lock_guard lock(m_mutex);
            if (m_closing) {
                return;
            }
            bool full = false;
            for (auto each = m_queue.begin(); each != m_queue.end();) {
                const std::shared_ptr<LiveRun> run = *each;
                if (full || m_queuePaused || m_held.contains(run->id()) || !m_sweeps.gate(run->id()).open) {
                    ++each;
                    continue;
                }
                std::string reason;
                const TeacherState teacher = teachersOf(*run, reason);
                if (teacher == TeacherState::Missing) {
                    orphans.emplace_back(run, reason);
                    each = m_queue.erase(each);
                    continue;
                }
                if (teacher == TeacherState::Waiting || !fits(m_cores, fixedThreads(), run->fixedThreads())) {
                    full = teacher == TeacherState::Ready;
                    ++each;
                    continue;
                }
                each = m_queue.erase(each);
                m_queueChanged = true;
                m_running.push_back(run);
                share();
                start(run);
            }
            share();
        }
        for (const auto& [run, reason] : orphans) {
            retire(run, RunState::Interrupted, reason);
        }
        if (!orphans.empty()) {
            schedule();
        }
    }

    enum class TeacherState { Ready, Waiting, Missing };
    /// A run waits for all of its teachers, and for none once one of them cannot teach any more.
    TeacherState teachersOf(const LiveRun& run, std::string& reason) const
    {
        TeacherState state = TeacherState::Ready;
        for (const RunId& teacher : run.row().teachers) {
            if (m_live.contains(teacher)) {
                state = TeacherState::Waiting;
                continue;
            }
            const auto row = m_history->run(teacher);
            if (!row || row->state != RunState::Finished) {
                reason = row ? "Its teacher, run " + teacher + " (" + row->name + "), is " + nameOf(row->state)
                                   + (row->message.empty() ? "" : ": " + row->message)
                             : "Its teacher, run " + teacher + ", is not in the history";
                return TeacherState::Missing;
            }
        }
        return state;
    }

    std::vector<int> fixedThreads() const
    {
        std::vector<int> fixed;
        for (const auto& run : m_running) {
            fixed.push_back(run->fixedThreads());
        }
        return fixed;
    }

    void share()
    {
        const std::vector<int> shares = shareThreads(m_cores, fixedThreads());
        for (std::size_t i = 0; i < m_running.size(); ++i) {
            m_running[i]->shareThreads(shares[i]);
        }
    }

    struct Worker {
        std::thread thread;
        std::shared_ptr<std::atomic<bool>> done = std::make_shared<std::atomic<bool>>(false);
    };

    void start(const std::shared_ptr<LiveRun>& run)
    {
        std::erase_if(m_workers, [](Worker& worker) {
            const bool done = *worker.done;
            if (done) {
                worker.thread.join();
            }
            return done;
        });
        Worker& worker = m_workers.emplace_back();
        worker.thread = std::thread([this, run, done = worker.done] {
            // Only on Linux does a thread have a niceness of its own; the OpenMP threads it starts inherit it.
            setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), m_options.niceness);
            train(*run, *m_history);
            bool dropped = false; // ended by a person just when its sweep held it
            {
                const std::lock_guard lock(m_mutex);
                m_running.erase(std::find(m_running.begin(), m_running.end(), run));
                const bool held = run->status().state == RunState::Queued;
                dropped = held && (m_closing || !run->isHeld());
                if (held && !dropped) {
                    run->release();
                    m_queue.push_back(run);
                    m_queueChanged = true;
                } else if (!dropped) {
                    leave(run);
                }
            }
            if (dropped) {
                retire(run, run->wanted() == Control::Action::Stop ? RunState::Stopped : RunState::Interrupted, run->whyItEnds());
            }
            schedule();
            *done = true;
        });
    }

    void retire(const std::shared_ptr<LiveRun>& run, RunState state, const std::string& message)
    {
        run->setState(state, message);
        const std::lock_guard lock(m_mutex);
        leave(run);
    }

    void leave(const std::shared_ptr<LiveRun>& run)
    {
        m_live.erase(run->id());
        m_held.erase(run->id());
        m_sweeps.leave(run->id(), run->status().state);
        m_queueChanged = true;
        if (m_options.feed) {
            m_ended.push_back(run);
        }
        m_ending.notify_all();
    }

    std::shared_ptr<History> m_history;
    const Options m_options;
    const int m_cores;
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_ending;
    std::map<RunId, std::shared_ptr<LiveRun>> m_live; ///< queued and running
    std::vector<std::shared_ptr<LiveRun>> m_queue, m_running, m_ended;
    std::vector<RunId> m_added;
    std::vector<Worker> m_workers;
    Sweeps m_sweeps;
    std::set<RunId> m_held; ///< of the queue
    bool m_queuePaused = false;
    bool m_queueChanged = false; ///< since the last drain
    bool m_closing = false;
};

Engine::Engine(std::shared_ptr<History> history, Options options)
    : m(std::make_unique<Implementation>(std::move(history), options))
{
}

Engine::~Engine() = default;

Engine::Submission Engine::submit(const Document& document)
{
    return m->submit(document);
}

void Engine::resumeRun(const RunId& id)
{
    m->resumeRuns({id});
}

void Engine::resumeRuns(const std::vector<RunId>& ids)
{
    m->resumeRuns(ids);
}

std::vector<QueuedRun> Engine::queue() const
{
    return m->queue();
}

void Engine::moveQueued(const RunId& id, int places)
{
    m->moveQueued(id, places);
}

void Engine::holdQueued(const RunId& id, bool hold)
{
    m->holdQueued(id, hold);
}

void Engine::pauseQueue(bool pause)
{
    m->pauseQueue(pause);
}

bool Engine::queueIsPaused() const
{
    return m->queueIsPaused();
}

void Engine::pause(const RunId& id)
{
    m->require(id)->pause();
}

void Engine::unpause(const RunId& id)
{
    m->require(id)->unpause();
}

void Engine::step(const RunId& id)
{
    m->require(id)->step();
}

void Engine::stop(const RunId& id)
{
    m->stop(id, Control::Action::Stop);
}

void Engine::checkpoint(const RunId& id)
{
    m->require(id)->checkpoint();
}

void Engine::tune(const RunId& id, const std::string& pointer, double value)
{
    m->tune(id, pointer, value);
}

void Engine::interruptAll()
{
    m->interruptAll();
}

std::vector<RunStatus> Engine::statuses() const
{
    std::vector<RunStatus> statuses;
    for (const auto& run : m->live()) {
        statuses.push_back(run->status());
    }
    return statuses;
}

std::optional<RunStatus> Engine::status(const RunId& id) const
{
    const auto run = m->find(id);
    return run ? std::optional(run->status()) : std::nullopt;
}

void Engine::drain(Updates& into)
{
    m->drain(into);
}

bool Engine::wait(const std::vector<RunId>& runs, double seconds) const
{
    return m->wait(runs, seconds);
}

} // namespace distill
