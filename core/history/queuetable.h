// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"
#include "history/run.h"

namespace distill {

// The queue, and the documents that groups of runs were made of. Those that write expect an open transaction.
void insertGroup(Connection& connection, const GroupRecord& record);
std::vector<GroupRecord> readSweeps(Connection& connection);
GroupRecord readGroupRecord(Connection& connection, const std::string& group);
std::vector<QueuePlace> readQueue(Connection& connection);
/// A run that was queued takes a place at the end, one that ended gives its own up; an interrupted one keeps it.
void followState(Connection& connection, std::int64_t run, RunState state);
void orderQueue(Connection& connection, const std::vector<RunId>& ids);
void holdQueued(Connection& connection, const RunId& id, bool held);
void leaveQueue(Connection& connection, const std::vector<RunId>& ids);

} // namespace distill
