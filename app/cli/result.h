// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "cli/commands.h"
#include "engine/engine.h"

namespace distill::cli {

/// What a submission came to, as `--json` prints it; `resultHelp` describes it to people.
///
/// `students` of the submission may be several variants (of a sweep) times several seeds: the seeds of one variant
/// follow one another. `seconds` is what the whole took on the clock.
Json resultOf(const History& history, const Engine::Submission& submission, std::size_t variants, double seconds);
extern const char* const resultHelp;

/// The same as a table for people.
void printResult(std::ostream& out, const Json& result);

/// The state that tells most of what went wrong, or Finished.
RunState worstOf(const std::vector<RunState>& states);
int exitCodeOf(RunState state);

/// NaN where the object has no number of that name.
double numberOf(const Json& object, const char* key);

/// {"mean": M, "sd": S} of equally shaped objects of numbers; what is not a number in one of them is null. The
/// deviation is the sample's (n - 1).
Json statisticsOf(const std::vector<Json>& objects);

} // namespace distill::cli
