// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/lookahead.h"

#include "data/threads.h"

#include <ATen/core/grad_mode.h>
#include <utility>

namespace distill {

LookAhead::LookAhead(const BatchSource& from) : m_source(from), m_thread([this] { work(); }) {}

LookAhead::~LookAhead()
{
    {
        const std::lock_guard lock(m_mutex);
        m_ending = true;
    }
    m_changed.notify_all();
    m_thread.join();
}

Batch LookAhead::next()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_ready || m_failure; });
    if (m_failure) {
        std::rethrow_exception(m_failure);
    }
    Batch batch = std::move(*m_ready);
    m_ready.reset();
    lock.unlock();
    m_changed.notify_all();
    return batch;
}

void LookAhead::work()
{
    // One thread: a second pool of OpenMP's beside the trainer's would take its cores, and its barriers their spinning.
    computeWith(1);
    const at::NoGradGuard noGradients;
    while (true) {
        std::optional<Batch> made;
        std::exception_ptr failure;
        try {
            made = m_source.next();
        } catch (...) {
            failure = std::current_exception();
        }
        std::unique_lock lock(m_mutex);
        m_ready = std::move(made);
        m_failure = failure;
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_ending || (!m_ready && !m_failure); });
        if (m_ending) {
            return;
        }
    }
}

} // namespace distill
