// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/interruption.h"

namespace distill::cli {

namespace {

volatile std::sig_atomic_t interrupted = 0;
constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP};

void note(int) { interrupted = 1; }

} // namespace

Interruption::Interruption()
{
    interrupted = 0;
    struct sigaction action { };
    action.sa_handler = note;
    action.sa_flags = SA_RESTART | int(SA_RESETHAND);
    for (int i = 0; i < 3; ++i) {
        sigaction(signals[i], nullptr, &m_before[i]);
        if (m_before[i].sa_handler != SIG_IGN) { // nohup
            sigaction(signals[i], &action, nullptr);
        }
    }
}

Interruption::~Interruption()
{
    for (int i = 0; i < 3; ++i) {
        sigaction(signals[i], &m_before[i], nullptr);
    }
}

bool Interruption::asked() const { return interrupted != 0; }

} // namespace distill::cli
