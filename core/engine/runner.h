// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/liverun.h"

namespace distill {

/// Trains a run on the calling thread, from its last checkpoint where it has one, and leaves its final state in the history.
/// Never throws: what goes wrong becomes the run's state and sentence.
void train(LiveRun& run, History& history);

/// Folder of a run's files, made where it is not there.
std::string runFolder(const History& history, const RunId& id);

/// Folder of the teachers' stored answers, shared by all runs of a workspace.
std::string answersFolder(const History& history);

/// Throws InputError for an imported run.
void requireTrained(const RunRow& run);

/// What a run trains. Throws InputError for an imported run.
Experiment experimentOf(const History& history, const RunId& id);

/// The weights a finished run reports ("last" or "best"), as an absolute path. Throws InputError where it has none.
std::string weightsOf(const History& history, const RunId& id);

/// The run that `part` names as a teacher, at `pointer` of a document. Throws InputError where there is none, or where it has not
/// finished and is not about to.
RunId resolveTeacher(const History& history, const std::string& part, const std::string& pointer);

/// The newest finished run of this content whose weights are there, as long as they were when it wrote them.
std::optional<RunId> finishedRunOf(const History& history, const std::string& contentHash);

} // namespace distill
