// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "cli/commands.h"
#include "engine/engine.h"

#include <chrono>

namespace distill::cli {

/// What a run is expected to take; 0 where nobody knows.
struct Forecast {
    double teacherSeconds = 0;
    double studentSeconds = 0; ///< of a student or its control
};

/// Tells how some runs come along: one line that is drawn anew on a terminal, a line every few seconds elsewhere.
class Progress {
public:
    /// `quiet`: says nothing at all.
    Progress(Console console, const History& history, const std::vector<RunId>& runs, const Forecast& forecast,
             bool quiet);

    /// To be called several times a second with where the live runs stand and what happened since.
    void update(const std::vector<RunStatus>& statuses, const Updates& updates);
    void finish(); ///< the last words on the runs, and the bar away
    /// A sentence of its own line, the bar kept below it.
    void say(const std::string& sentence);

private:
    using Clock = std::chrono::steady_clock;
    struct Run {
        RunId id;
        std::string name;
        std::int64_t totalSteps = 0;
        double share = 0; ///< done, 0 to 1
        double forecast = 0; ///< seconds
        bool live = true;
        bool announced = false;
        bool begun = false; ///< it has trained before
        RunState state = RunState::Queued;
    };

    void announceEnd(Run& run);
    double share() const;
    double secondsLeft() const;
    void drawBar(const std::vector<RunStatus>& statuses);
    void clearBar();
    std::string lineOf(const Run& run, const RunStatus& status) const;

    Console m_console;
    const History& m_history;
    const bool m_quiet;
    std::vector<Run> m_runs;
    bool m_barDrawn = false;
    const Clock::time_point m_start = Clock::now();
    double m_shareAtStart = -1;
    Clock::time_point m_lastLines = Clock::now();
    Clock::time_point m_lastBar;
};

} // namespace distill::cli
