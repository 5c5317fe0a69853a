// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/batches.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace distill {

/// Makes a stream's batches on a thread of its own, one ahead of whoever takes them. They are the stream's own, to the last
/// bit: a batch follows from its place alone.
class LookAhead {
public:
    explicit LookAhead(const BatchSource& from); ///< goes on from where `from` stands, which stays there
    ~LookAhead();
    LookAhead(const LookAhead&) = delete;
    LookAhead& operator=(const LookAhead&) = delete;

    Batch next(); ///< throws what making the batch threw

private:
    void work();

    BatchSource m_source; ///< the thread's
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::optional<Batch> m_ready;
    std::exception_ptr m_failure;
    bool m_ending = false;
    std::thread m_thread; ///< last: it uses all of the above
};

} // namespace distill
