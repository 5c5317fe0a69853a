// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"
#include "training/host.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace distill {

/// A run that this process trains or will train: what was asked of it, where it stands, and what it measured since the last
/// drain. Whoever commands and the training thread meet here.
class LiveRun : public TrainerHost {
public:
    LiveRun(std::shared_ptr<History> history, RunRow row, Experiment experiment, bool feed);

    const RunId& id() const { return m_row.id; }
    const RunRow& row() const { return m_row; }
    const Experiment& experiment() const { return m_experiment; }
    int fixedThreads() const { return static_cast<int>(m_experiment.compute.threads); }

    // Commands; any thread ---------------------------------------------------------------------------------------------
    void pause();
    void unpause();
    void step();
    void end(Control::Action action, const std::string& why = {}); ///< Stop or Interrupt; `why` becomes the run's message
    /// Ends as if interrupted and stays in the queue, unless it is to end anyway.
    void hold(const std::string& why);
    bool isHeld() const;
    void release(); ///< may train again after isHeld()
    std::string whyItEnds() const;
    void checkpoint();
    void tune(const Tuning& tuning);
    void shareThreads(int threads);
    Control::Action wanted() const; ///< Stop or Interrupt once end() was called, else Continue

    RunStatus status() const;
    void setState(RunState state, const std::string& message);
    void setDevice(const std::string& device);
    /// Moves what was measured since the last call; true when there was anything. `status` is filled when it
    /// changed: at once for its state and message, five times a second for its figures.
    bool drain(Updates::Of& into, std::optional<RunStatus>& status);

    // TrainerHost; the training thread ---------------------------------------------------------------------------------
    void record(const Progress& at, std::span<const Measurement> measurements) override;
    void note(const Progress& at, const std::string& kind, const std::string& text, const Json& data) override;
    void saved(const Progress& at, const std::string& kind, const std::string& path) override;
    void settle() override;
    void tunables(const std::vector<Tuning>& values) override;
    Control control() override;
    bool keepGoing() override;

    /// Called on the training thread with each evaluation of the whole validation set; may end or hold the run.
    void watchValidation(std::function<void(LiveRun&, const Progress&, double accuracy)> watcher) { m_watcher = std::move(watcher); }

    /// An event without a trainer: a state change, a thread share.
    void note(const std::string& kind, const std::string& text, const Json& data = {});
    /// Applies the present share of threads to the calling (training) thread and notes it.
    void takeThreads();
    void flushFigures();

private:
    std::int32_t seriesId(const std::string& name);
    void follow(const Progress& at, std::span<const Measurement> measurements);

    std::shared_ptr<History> m_history;
    const RunRow m_row;
    const Experiment m_experiment;
    const bool m_feed;
    std::unordered_map<std::string, std::int32_t> m_seriesIds; ///< training thread alone
    std::vector<Point> m_points;                               ///< training thread alone: reused for each record
    std::function<void(LiveRun&, const Progress&, double)> m_watcher;
    double m_figuresWrittenAt = 0;
    int m_threadsTaken = 0;
    std::int64_t m_rateStep = 0;
    double m_rateSeconds = 0;

    std::atomic<bool> m_attention{false}; ///< something below wants the training thread
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    Control::Action m_action = Control::Action::Continue;
    std::string m_why;
    bool m_held = false, m_paused = false, m_checkpoint = false;
    int m_stepsAllowed = 0, m_threads = 1;
    std::vector<Tuning> m_tunings;
    RunStatus m_status;
    Progress m_progress;
    bool m_statusChanged = true;   ///< its state or message: told at the next drain
    bool m_figuresChanged = false; ///< told a few times a second: nobody reads faster, and each telling redraws texts
    std::chrono::steady_clock::time_point m_statusDrainedAt;
    Updates::Of m_pending;
};

} // namespace distill
