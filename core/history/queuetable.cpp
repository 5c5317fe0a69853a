// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/queuetable.h"

#include "history/runtable.h"

namespace distill {

void insertGroup(Connection& connection, const GroupRecord& record)
{
    Statement(connection, "INSERT INTO groups (id, name, sweep, text, students) VALUES (?, ?, ?, ?, ?)")
        .bind(record.group, record.name, record.sweep, record.text, Json(record.students).dump())
        .run();
}

GroupRecord readGroupRecord(Connection& connection, const std::string& group)
{
    Statement select(connection, "SELECT name, sweep, text, students FROM groups WHERE id = ?");
    if (!select.bind(group).step()) {
        return {};
    }
    GroupRecord record{group, select.text(0), select.text(1), select.text(2), {}};
    const Json students = Json::parse(select.text(3), nullptr, false);
    if (students.is_array()) {
        record.students = students.get<std::vector<RunId>>();
    }
    return record;
}

std::vector<GroupRecord> readSweeps(Connection& connection)
{
    Statement select(connection, "SELECT id, name, sweep FROM groups WHERE sweep <> 'none' ORDER BY id DESC");
    std::vector<GroupRecord> sweeps;
    while (select.step()) {
        sweeps.push_back({select.text(0), select.text(1), select.text(2), {}, {}});
    }
    return sweeps;
}

std::vector<QueuePlace> readQueue(Connection& connection)
{
    Statement select(connection,
                     "SELECT runs.id, queue.held FROM queue JOIN runs ON runs.number = queue.run WHERE runs.deleted = 0 "
                     "ORDER BY queue.place, queue.run");
    std::vector<QueuePlace> places;
    while (select.step()) {
        places.push_back({select.text(0), select.integer(1) != 0});
    }
    return places;
}

void followState(Connection& connection, std::int64_t run, RunState state)
{
    if (state == RunState::Queued) {
        Statement(connection,
                  "INSERT OR IGNORE INTO queue (run, place) SELECT ?, coalesce(max(place), 0) + 1 FROM queue")
            .bind(run)
            .run();
    } else if (!isLive(state) && state != RunState::Interrupted) {
        Statement(connection, "DELETE FROM queue WHERE run = ?").bind(run).run();
    }
}

void orderQueue(Connection& connection, const std::vector<RunId>& ids)
{
    Statement update(connection, "UPDATE queue SET place = (SELECT max(place) + 1 FROM queue) WHERE run = ?");
    for (const RunId& id : ids) {
        update.bind(numberOfRun(connection, id)).run();
    }
}

void holdQueued(Connection& connection, const RunId& id, bool held)
{
    Statement(connection, "UPDATE queue SET held = ? WHERE run = ?").bind(held, numberOfRun(connection, id)).run();
}

void leaveQueue(Connection& connection, const std::vector<RunId>& ids)
{
    Statement remove(connection, "DELETE FROM queue WHERE run = ?");
    for (const RunId& id : ids) {
        remove.bind(numberOfRun(connection, id)).run();
    }
}

} // namespace distill
