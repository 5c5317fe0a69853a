// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <csignal>

namespace distill::cli {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP is only noted, so that checkpoints can be saved; a second one of
/// the same kind ends the program at once. A reader of the output that goes away ends no training.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    bool asked() const;

private:
    struct sigaction m_before[4];
};

} // namespace distill::cli
