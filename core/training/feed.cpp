// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/feed.h"

#include <algorithm>
#include <cstdio>

namespace distill {

namespace {

constexpr std::int64_t firstRest = 10; // the first steps allocate memory and compile kernels
constexpr std::size_t stepsToTime = 24;
constexpr double worthATrial = 0.04; // of a step
constexpr double worthIt = 0.97;

/// Not the mean: evaluations and checkpoints fall between some of the steps.
double median(std::vector<double> values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

Feed::Feed(BatchSource& batches, Say say)
    : m_batches(batches), m_say(std::move(say)), m_rest(firstRest), m_nextRest(16 * firstRest)
{
}

void Feed::restart()
{
    m_ahead.reset();
    m_phase = Phase::Resting;
    m_rest = firstRest;
}

Batch Feed::next()
{
    const Clock::time_point asked = Clock::now();
    Batch batch;
    if (m_ahead) {
        batch = m_ahead->next();
        m_batches.skip();
    } else {
        batch = m_batches.next();
    }
    const Clock::time_point handed = Clock::now();
    if (m_phase == Phase::Resting) {
        if (!m_ahead && --m_rest == 0) {
            m_phase = Phase::Watching;
        }
    } else {
        m_makings.push_back(std::chrono::duration<double>(handed - asked).count());
        m_steps.push_back(std::chrono::duration<double>(handed - m_handed).count());
        if (m_steps.size() == stepsToTime) {
            learn();
            m_steps.clear();
            m_makings.clear();
        }
    }
    m_handed = handed;
    return batch;
}

void Feed::learn()
{
    const double step = median(m_steps);
    if (m_phase == Phase::Watching && median(m_makings) > worthATrial * step) {
        m_before = step;
        m_ahead = std::make_unique<LookAhead>(m_batches);
        m_phase = Phase::Trying;
        return;
    }
    if (m_phase == Phase::Trying) {
        char text[120];
        if (step > worthIt * m_before) {
            m_ahead.reset();
        } else if (m_say) {
            std::snprintf(text, sizeof text, "The next batch is made on a thread of its own: %.2f ms a step instead of %.2f",
                          1000 * step, 1000 * m_before);
            m_say(text);
        }
    }
    m_phase = Phase::Resting;
    m_rest = m_nextRest;
    m_nextRest *= 4;
}

} // namespace distill
