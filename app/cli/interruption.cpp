// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/interruption.h"

#include <atomic>
#include <iterator>

namespace distill::cli {

namespace {

std::atomic<bool> interrupted = false; // the signal may come to any thread
static_assert(std::atomic<bool>::is_always_lock_free);
constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

void note(int)
{
    interrupted = true;
}

} // namespace

Interruption::Interruption()
{
    interrupted = false;
    for (std::size_t i = 0; i < std::size(signals); ++i) {
        struct sigaction action { };
        action.sa_handler = signals[i] == SIGPIPE ? SIG_IGN : note;
        action.sa_flags = SA_RESTART | int(SA_RESETHAND);
        sigaction(signals[i], nullptr, &m_before[i]);
        if (m_before[i].sa_handler != SIG_IGN) { // as nohup leaves it
            sigaction(signals[i], &action, nullptr);
        }
    }
}

Interruption::~Interruption()
{
    for (std::size_t i = 0; i < std::size(signals); ++i) {
        sigaction(signals[i], &m_before[i], nullptr);
    }
}

bool Interruption::asked() const
{
    return interrupted;
}

} // namespace distill::cli
