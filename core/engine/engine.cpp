// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/engine.h"

#include "training/device.h"
#include "engine/liverun.h"
#include "engine/ownthread.h"
#include "engine/runner.h"
#include "engine/submission.h"
#include "engine/threadshare.h"

#include <algorithm>
#include <chrono>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace distill {

class Engine::Implementation {
public:
    Implementation(std::shared_ptr<History> history, Options options)
        : m_history(std::move(history)), m_options(options), m_cores(options.cores > 0 ? options.cores : availableCores())
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
        for (const Expansion::Planned& planned : expansion.runs) {
            RunRow row = planned.row;
            row.control = row.twin = row.randomTeacher = {}; // their rows come after the student's
            m_history->addRun(row, planned.text);
            m_history->claim(row.id);
        }
        for (const Expansion::Planned& planned : expansion.runs) {
            const RunRow& row = planned.row;
            if (!row.control.empty()) {
                m_history->setControl(row.id, row.control);
            }
            if (!row.twin.empty()) {
                m_history->setTwin(row.id, row.twin);
            }
            if (!row.randomTeacher.empty()) {
                m_history->setRandomTeacher(row.id, row.randomTeacher);
            }
            enqueue(planned.row, planned.text);
        }
        schedule();
        return expansion.submission;
    }

    void resumeRun(const RunId& part)
    {
        const RunId id = m_history->resolve(part);
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
                resumeRun(above);
            }
        }
        if (!m_history->claim(id)) {
            throw InputError("Run " + id + " (" + row.name + ") belongs to another workbench that is still open");
        }
        m_history->setState(id, RunState::Queued);
        enqueue(row, m_history->experimentText(id));
        schedule();
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
        const auto run = require(id);
        run->end(action);
        {
            const std::lock_guard lock(m_mutex);
            const auto queued = std::find(m_queue.begin(), m_queue.end(), run);
            if (queued == m_queue.end()) {
                return;
            }
            m_queue.erase(queued);
        }
        retire(run, action == Control::Action::Stop ? RunState::Stopped : RunState::Interrupted, {});
        schedule();
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

    void enqueue(const RunRow& row, const std::string& text)
    {
        Experiment experiment = schema().read(Document::parse(text));
        auto run = std::make_shared<LiveRun>(m_history, row, std::move(experiment), m_options.feed);
        const std::lock_guard lock(m_mutex);
        m_live.emplace(row.id, run);
        m_queue.push_back(std::move(run));
        if (m_options.feed) {
            m_added.push_back(row.id);
        }
    }

    /// Starts what can start, in the order of the queue, and shares the cores out anew. A run that is ready and does not fit
    /// holds back those behind it, so that one with many threads is not overtaken for ever.
    void schedule()
    {
        std::vector<std::pair<std::shared_ptr<LiveRun>, std::string>> orphans;
        {
            const std::lock_guard lock(m_mutex);
            if (m_closing) {
                return;
            }
            bool full = false;
            for (auto each = m_queue.begin(); each != m_queue.end();) {
                const std::shared_ptr<LiveRun> run = *each;
                std::string reason;
                const TeacherState teacher = teachersOf(*run, reason);
                if (teacher == TeacherState::Missing) {
                    orphans.emplace_back(run, reason);
                    each = m_queue.erase(each);
                    continue;
                }
                if (full || teacher == TeacherState::Waiting || !fits(m_cores, fixedThreads(), run->fixedThreads())) {
                    full = full || teacher == TeacherState::Ready;
                    ++each;
                    continue;
                }
                each = m_queue.erase(each);
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
            {
                const std::lock_guard lock(m_mutex);
                m_running.erase(std::find(m_running.begin(), m_running.end(), run));
                leave(run);
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
    m->resumeRun(id);
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
