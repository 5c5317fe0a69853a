// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace distill {

/// The process that trains a run, so named that no later process is taken for it.
struct Owner {
    std::int64_t pid = 0;
    std::string boot; ///< boot id and, since a container counts its own processes, process-number space
    std::int64_t start = 0; ///< when the process started, in clock ticks since the boot: numbers are used again
    std::string host;

    static Owner thisProcess();
    bool operator==(const Owner&) const = default;
};

/// How often an owner signs its runs, in seconds, and after how long without a sign it counts as dead where nothing
/// else can be asked: on another machine or in another container.
inline constexpr double ownerSignsEvery = 15;
inline constexpr double ownerSilentAfter = 60;

/// Whether that process runs still; `silent` is how many seconds ago it last signed.
bool isAlive(const Owner& owner, double silent);

} // namespace distill
