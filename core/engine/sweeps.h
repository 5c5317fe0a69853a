// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/halving.h"
#include "history/history.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace distill {

/// The sweeps that the runs of this process belong to: which run may train, how far, and which one ends before its time. All it
/// knows is read off the history when the first run of a group comes, so that a sweep goes on after a crash as if there had been
/// none. Thread-safe.
class Sweeps {
public:
    explicit Sweeps(const History& history);
    ~Sweeps();

    /// A run is about to be queued; `row` as it stood before, a run that its sweep had stopped among them: that one trains freely.
    void enter(const RunRow& row);
    /// It left this process.
    void leave(const RunId& id, RunState state);

    struct Gate {
        bool open = true;
        std::string waitsFor; ///< one sentence where it is shut
    };
    Gate gate(const RunId& id) const;

    /// What becomes of a run with this accuracy on the whole validation set at `step` of `totalSteps`.
    struct Verdict {
        enum class What { GoOn, Hold, Stop };
        What what = What::GoOn;
        std::string message;
    };
    Verdict validated(const RunId& id, std::int64_t step, std::int64_t totalSteps, double accuracy);

    /// Decides anew, after runs came, were held or left; gives the runs of this process that are to end.
    struct Ending {
        RunId id;
        RunState state; ///< Stopped, or Interrupted where those that it would wait for do not train
        std::string message;
    };
    std::vector<Ending> settle();

private:
    struct Group;
    Group* load(const std::string& id);

    const History& m_history;
    mutable std::mutex m_mutex;
    std::map<std::string, std::unique_ptr<Group>> m_groups; ///< null for a group whose runs are let be
    std::map<RunId, Group*> m_groupOf;
};

} // namespace distill
