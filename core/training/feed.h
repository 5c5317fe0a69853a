// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/lookahead.h"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace distill {

/// Hands a stage its batches and finds out, by timing a few steps of either, whether the next one is better made on a thread of
/// its own while the present one is trained on. It is where making a batch takes long and a core has time for it; beside a
/// network whose threads keep every core busy it only gets in the way. Now and then it looks again: teachers whose answers are
/// stored become cheap after the first epoch. The batches are the same either way.
class Feed {
public:
    using Say = std::function<void(const std::string&)>;

    Feed(BatchSource& batches, Say say);

    Batch next();
    bool looksAhead() const { return m_ahead != nullptr; }
    void restart(); ///< the batches were moved

private:
    using Clock = std::chrono::steady_clock;
    enum class Phase { Resting, Watching, Trying };

    void learn();

    BatchSource& m_batches;
    Say m_say;
    std::unique_ptr<LookAhead> m_ahead;
    Phase m_phase = Phase::Resting;
    std::int64_t m_rest;
    std::int64_t m_nextRest;
    double m_before = 0; ///< seconds a step without
    std::vector<double> m_steps, m_makings; ///< seconds, of this phase
    Clock::time_point m_handed;
};

} // namespace distill
