// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "cli/commands.h"
#include "engine/sweep.h"

namespace distill::cli {

/// What a sweep came to, as `--json` prints it; `sweepHelp` describes it to people.
Json toJson(const SweepResults& results);
extern const char* const sweepHelp;

/// The same as tables for people: one row a variant, the best first; a heat map of two fields; how the best rose.
void printSweep(std::ostream& out, const SweepResults& results);

} // namespace distill::cli
