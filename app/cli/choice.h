// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"

namespace distill::cli {

/// Runs that were named by parts of their ids, each once, in the order in which they were named. With `wholeGroups` each stands for all that
/// was submitted along with it: every seed and variant, and their controls, wherever they were made; a teacher or its twin only where it was named.
/// Throws InputError for a part that names no run.
std::vector<RunId> chosenRuns(const History& history, const std::vector<std::string>& parts, bool wholeGroups);

} // namespace distill::cli
