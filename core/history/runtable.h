// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"
#include "history/owner.h"
#include "history/run.h"

#include <optional>

namespace distill {

/// Seconds since 1970, UTC.
double secondsNow();

// The statements on the run table. Those that write expect an open transaction; an unknown run is an InputError.
std::vector<RunRow> readRuns(Connection& connection, bool withDeleted);
std::optional<RunRow> readRun(Connection& connection, const RunId& id); ///< with its summary
std::vector<RunRow> readGroup(Connection& connection, const std::string& group); ///< as they were added, deleted ones too
RunId findRun(Connection& connection, const std::string& part); ///< as History::resolve()
/// Returns the run's number.
std::int64_t insertRun(Connection& connection, const RunRow& row, const std::string& experimentText, const Owner& here);
void changeState(Connection& connection, const RunId& id, RunState state, const std::string& message,
                 const Owner& here);
void relateRun(Connection& connection, const RunId& student, const std::string& column, const RunId& other);
void markRuns(Connection& connection, const std::vector<RunId>& ids, RunMark mark, int value);
void changeTagsOfRuns(Connection& connection, const std::vector<RunId>& ids, const std::vector<std::string>& add,
                      const std::vector<std::string>& remove);
std::int64_t numberOfRun(Connection& connection, const RunId& id);

/// Makes `here` the owner unless another live process is.
bool claimRun(Connection& connection, const RunId& id, const Owner& here);
/// A sign of life on the live runs of `here`. Opens its own transaction, where there is something to sign.
void signRuns(Connection& connection, const Owner& here);
/// Live runs whose process is dead become interrupted. Opens its own transaction, where there are any.
void interruptRunsOfTheDead(Connection& connection);

} // namespace distill
