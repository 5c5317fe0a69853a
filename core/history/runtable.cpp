// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/runtable.h"

#include "experiment/error.h"
#include "history/queuetable.h"
#include "history/seedless.h"

#include <algorithm>
#include <cctype>
#include <chrono>

namespace distill {

namespace {

const std::string columns
    = "SELECT id, group_id, role, state, name, notes, tags, seed, content_hash, student_model, teacher_model, teacher, "
      "more_teachers, control, created_at, started_at, ended_at, message, best_accuracy, last_accuracy, agreement, seconds, step, "
      "total_steps, deleted, owner_pid, owner_boot, twin, random_teacher, seedless_hash, starred, pinned, hidden, archived, colour "
      "FROM runs ";

std::vector<std::string> listFrom(const std::string& text)
{
    if (text == "[]") {
        return {};
    }
    const Json json = Json::parse(text, nullptr, false);
    std::vector<std::string> list;
    if (json.is_array()) {
        for (const Json& item : json) {
            if (item.is_string()) {
                list.push_back(item.get<std::string>());
            }
        }
    }
    return list;
}

std::vector<RunId> teachersFrom(const RunId& first, const std::string& more)
{
    std::vector<RunId> teachers;
    if (!first.empty()) {
        teachers = listFrom(more);
        teachers.insert(teachers.begin(), first);
    }
    return teachers;
}

RunRow rowFrom(const Statement& row)
{
    int column = -1;
    RunRow run;
    run.id = row.text(++column);
    run.group = row.text(++column);
    run.role = runRoleFrom(row.text(++column));
    run.state = runStateFrom(row.text(++column));
    run.name = row.text(++column);
    run.notes = row.text(++column);
    run.tags = listFrom(row.text(++column));
    run.seed = row.integer(++column);
    run.contentHash = row.text(++column);
    run.studentModel = row.text(++column);
    run.teacherModel = row.text(++column);
    run.teachers = teachersFrom(row.text(column + 1), row.text(column + 2));
    column += 2;
    run.control = row.text(++column);
    run.createdAt = row.real(++column);
    run.startedAt = row.real(++column);
    run.endedAt = row.real(++column);
    run.message = row.text(++column);
    run.figures.bestAccuracy = row.real(++column);
    run.figures.lastAccuracy = row.real(++column);
    run.figures.agreement = row.real(++column);
    run.figures.seconds = row.real(++column);
    run.figures.step = row.integer(++column);
    run.figures.totalSteps = row.integer(++column);
    run.deleted = row.integer(++column) != 0;
    run.ownerPid = row.integer(++column);
    run.ownerBoot = row.text(++column);
    run.twin = row.text(++column);
    run.randomTeacher = row.text(++column);
    run.seedlessHash = row.text(++column);
    run.marks.starred = row.integer(++column) != 0;
    run.marks.pinned = row.integer(++column) != 0;
    run.marks.hidden = row.integer(++column) != 0;
    run.marks.archived = row.integer(++column) != 0;
    run.marks.colour = int(row.integer(++column));
    return run;
}

void setOwner(Connection& connection, std::int64_t number, const Owner& owner)
{
    Statement(connection,
              "UPDATE runs SET owner_pid = ?, owner_boot = ?, owner_start = ?, owner_host = ?, owner_seen = ? "
              "WHERE number = ?")
        .bind(owner.pid, owner.boot, owner.start, owner.host, owner.pid ? secondsNow() : 0.0, number)
        .run();
}

/// Reads the owner from columns first, first + 1, ... of a row: pid, boot, start, host, seen.
bool ownerLives(const Statement& row, int first)
{
    const Owner owner{row.integer(first), row.text(first + 1), row.integer(first + 2), row.text(first + 3)};
    return isAlive(owner, secondsNow() - row.real(first + 4));
}

} // namespace

double secondsNow()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::vector<RunRow> readRuns(Connection& connection, bool withDeleted)
{
    static const std::string all = columns + "ORDER BY created_at DESC, number DESC";
    static const std::string shown = columns + "WHERE deleted = 0 ORDER BY created_at DESC, number DESC";
    std::vector<RunRow> runs;
    Statement select(connection, withDeleted ? all : shown);
    while (select.step()) {
        runs.push_back(rowFrom(select));
    }
    return runs;
}

std::optional<RunRow> readRun(Connection& connection, const RunId& id)
{
    static const std::string one = columns + "WHERE id = ?";
    Statement select(connection, one);
    if (!select.bind(id).step()) {
        return std::nullopt;
    }
    RunRow run = rowFrom(select);
    Statement summary(connection, "SELECT text FROM summaries WHERE run = (SELECT number FROM runs WHERE id = ?)");
    if (summary.bind(id).step()) {
        run.summary = Json::parse(summary.text(0), nullptr, false);
        if (run.summary.is_discarded()) {
            run.summary = nullptr;
        }
    }
    return run;
}

std::vector<RunRow> readGroup(Connection& connection, const std::string& group)
{
    static const std::string some = columns + "WHERE group_id = ? ORDER BY number";
    std::vector<RunRow> runs;
    Statement select(connection, some);
    select.bind(group);
    while (select.step()) {
        runs.push_back(rowFrom(select));
    }
    return runs;
}

std::int64_t numberOfRun(Connection& connection, const RunId& id)
{
    Statement select(connection, "SELECT number FROM runs WHERE id = ?");
    if (!select.bind(id).step()) {
        throw InputError("The history holds no run \"" + id + "\".");
    }
    return select.integer(0);
}

RunId findRun(Connection& connection, const std::string& part)
{
    std::string wanted = part;
    std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](unsigned char c) { return char(std::toupper(c)); });
    if (wanted.empty()) {
        throw InputError("A run is named by the beginning of its id, or by four or more of its last characters.");
    }
    std::vector<std::pair<RunId, std::string>> found;
    for (const bool deleted : {false, true}) { // a deleted run is found where no other answers
        Statement select(
            connection,
            "SELECT id, name FROM runs WHERE deleted = ?1 AND (substr(upper(id), 1, length(?2)) = ?2 "
            "OR (length(?2) >= 4 AND substr(upper(id), -length(?2)) = ?2)) ORDER BY id = ?3 DESC, number DESC");
        select.bind(deleted, wanted, part);
        while (found.size() < 6 && select.step()) {
            found.emplace_back(select.text(0), select.text(1));
        }
        if (!found.empty()) {
            break;
        }
    }
    if (found.empty()) {
        throw InputError("The history " + connection.path() + " holds no run whose id begins with \"" + part
                         + (part.size() < 4 ? "\"." : "\" or ends with it."));
    }
    if (found.size() > 1 && found.front().first != part) {
        std::string sentence = "\"" + part + "\" names several runs: ";
        for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 5); ++i) {
            sentence += (i ? ", " : "") + found[i].first + " (" + found[i].second + ")";
        }
        throw InputError(sentence + (found.size() > 5 ? " and more." : "."));
    }
    return found.front().first;
}

std::int64_t insertRun(Connection& connection, const RunRow& row, const std::string& experimentText, const Owner& here)
{
    if (Statement taken(connection, "SELECT 1 FROM runs WHERE id = ?"); taken.bind(row.id).step()) {
        throw InputError("The history holds a run \"" + row.id + "\" already.");
    }
    for (const RunId& teacher : row.teachers) {
        numberOfRun(connection, teacher);
    }
    for (const RunId& compared : {row.control, row.twin, row.randomTeacher}) {
        if (!compared.empty()) {
            numberOfRun(connection, compared);
        }
    }
    const Json more(row.teachers.empty() ? row.teachers : std::vector(row.teachers.begin() + 1, row.teachers.end()));
    Statement insert(
        connection,
        "INSERT INTO runs (id, group_id, role, state, name, notes, tags, seed, content_hash, student_model, "
        "teacher_model, teacher, more_teachers, control, created_at, started_at, ended_at, message, best_accuracy, "
        "last_accuracy, agreement, seconds, step, total_steps, deleted, twin, random_teacher, seedless_hash, starred, pinned, "
        "hidden, archived, colour) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), "
        "nullif(?, ''), ?, ?, ?, ?, ?, ?) "
        "RETURNING number");
    insert.bind(row.id, row.group, nameOf(row.role), nameOf(row.state), row.name, row.notes, Json(row.tags).dump(),
                row.seed, row.contentHash, row.studentModel, row.teacherModel, row.firstTeacher(), more.dump(),
                row.control, row.createdAt > 0 ? row.createdAt : secondsNow(), row.startedAt, row.endedAt, row.message,
                row.figures.bestAccuracy, row.figures.lastAccuracy, row.figures.agreement, row.figures.seconds,
                row.figures.step, row.figures.totalSteps, row.deleted, row.twin, row.randomTeacher,
                seedlessHash(connection, experimentText), row.marks.starred, row.marks.pinned, row.marks.hidden, row.marks.archived,
                row.marks.colour);
    insert.step();
    const std::int64_t number = insert.integer(0);
    Statement(connection, "INSERT INTO experiments (run, text) VALUES (?, ?)").bind(number, experimentText).run();
    if (!row.summary.is_null()) {
        Statement(connection, "INSERT INTO summaries (run, text) VALUES (?, ?)")
            .bind(number, row.summary.dump(-1, ' ', false, Json::error_handler_t::replace))
            .run();
    }
    if (isLive(row.state)) {
        setOwner(connection, number, here);
    }
    followState(connection, number, row.state);
    return number;
}

void changeState(Connection& connection, const RunId& id, RunState state, const std::string& message, const Owner& here)
{
    const std::int64_t number = numberOfRun(connection, id);
    const double now = secondsNow();
    Statement(connection,
              "UPDATE runs SET state = ?1, message = ?2, "
              "started_at = CASE WHEN ?3 AND started_at = 0 THEN ?4 ELSE started_at END, "
              "ended_at = CASE WHEN ?5 THEN 0 ELSE ?4 END WHERE number = ?6")
        .bind(nameOf(state), message, state == RunState::Running, now, isLive(state), number)
        .run();
    setOwner(connection, number, isLive(state) ? here : Owner{});
    followState(connection, number, state);
}

void relateRun(Connection& connection, const RunId& student, const std::string& column, const RunId& other)
{
    numberOfRun(connection, other);
    Statement(connection, "UPDATE runs SET " + column + " = ? WHERE number = ?")
        .bind(other, numberOfRun(connection, student))
        .run();
}

void markRuns(Connection& connection, const std::vector<RunId>& ids, RunMark mark, int value)
{
    static const char* const columnNames[] = {"starred", "pinned", "hidden", "archived", "colour"};
    const std::string sql = std::string("UPDATE runs SET ") + columnNames[std::size_t(mark)] + " = ? WHERE number = ?";
    Statement update(connection, sql);
    for (const RunId& id : ids) {
        update.bind(value, numberOfRun(connection, id)).run();
    }
}

void changeTagsOfRuns(Connection& connection, const std::vector<RunId>& ids, const std::vector<std::string>& add,
                      const std::vector<std::string>& remove)
{
    const auto holds = [](const std::vector<std::string>& list, const std::string& tag) {
        return std::find(list.begin(), list.end(), tag) != list.end();
    };
    Statement update(connection, "UPDATE runs SET tags = ? WHERE number = ?");
    for (const RunId& id : ids) {
        const std::int64_t number = numberOfRun(connection, id);
        Statement select(connection, "SELECT tags FROM runs WHERE number = ?");
        select.bind(number).step();
        std::vector<std::string> tags = listFrom(select.text(0));
        std::erase_if(tags, [&](const std::string& tag) { return holds(remove, tag); });
        for (const std::string& tag : add) {
            if (!holds(tags, tag)) {
                tags.push_back(tag);
            }
        }
        update.bind(Json(tags).dump(-1, ' ', false, Json::error_handler_t::replace), number).run();
    }
}

bool claimRun(Connection& connection, const RunId& id, const Owner& here)
{
    const std::int64_t number = numberOfRun(connection, id);
    {
        Statement owner(connection,
                        "SELECT owner_pid, owner_boot, owner_start, owner_host, owner_seen FROM runs WHERE number = ?");
        owner.bind(number).step();
        const bool mine = owner.integer(0) == here.pid && owner.text(1) == here.boot && owner.integer(2) == here.start
            && owner.text(3) == here.host;
        if (!mine && ownerLives(owner, 0)) {
            return false;
        }
    }
    setOwner(connection, number, here);
    return true;
}

void signRuns(Connection& connection, const Owner& here)
{
    static const std::string mine = "state IN ('queued', 'running', 'paused') AND owner_pid = ? AND owner_start = ? "
                                    "AND owner_boot = ?";
    static const std::string any = "SELECT 1 FROM runs WHERE " + mine;
    static const std::string sign = "UPDATE runs SET owner_seen = ? WHERE " + mine;
    if (Statement select(connection, any); !select.bind(here.pid, here.start, here.boot).step()) {
        return;
    }
    Transaction transaction(connection);
    Statement(connection, sign).bind(secondsNow(), here.pid, here.start, here.boot).run();
    transaction.commit();
}

void interruptRunsOfTheDead(Connection& connection)
{
    const auto find = [&] {
        std::vector<std::pair<RunId, std::int64_t>> dead;
        Statement live(connection,
                       "SELECT id, step, owner_pid, owner_boot, owner_start, owner_host, owner_seen FROM runs "
                       "WHERE state IN ('queued', 'running', 'paused')");
        while (live.step()) {
            if (!ownerLives(live, 2)) {
                dead.emplace_back(live.text(0), live.integer(1));
            }
        }
        return dead;
    };
    if (find().empty()) {
        return;
    }
    const std::string why = "Its program ended without a word; the run can be resumed from its last checkpoint.";
    Transaction transaction(connection);
    for (const auto& [id, step] : find()) { // again: another process may have been quicker
        changeState(connection, id, RunState::Interrupted, why, {});
        Statement(connection, "INSERT INTO events (run, step, at, kind, text) VALUES (?, ?, ?, 'state', ?)")
            .bind(numberOfRun(connection, id), step, secondsNow(), why)
            .run();
    }
    transaction.commit();
}

} // namespace distill
