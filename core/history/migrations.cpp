// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/migrations.h"

#include "experiment/document.h"
#include "history/seedless.h"

#include <algorithm>
#include <array>
#include <vector>

namespace distill {

namespace {

// A run is named by its id outside and by its number inside: curves are keyed by (run, series, step), and a number is a
// fifth of an id's size. What the run table shows stands in `runs`; long texts have tables of their own, so that
// listing ten thousand runs does not page through them. SQLite stores NaN as NULL: a value that is not finite is NULL
// and a flag.
const char* const version1 = R"(
CREATE TABLE runs (
    number        INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    group_id      TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('teacher', 'student', 'control')),
    state         TEXT NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'finished', 'stopped', 'interrupted',
                                                 'diverged', 'failed')),
    name          TEXT NOT NULL,
    tags          TEXT NOT NULL,
    seed          INTEGER NOT NULL,
    content_hash  TEXT NOT NULL,
    student_model TEXT NOT NULL,
    teacher_model TEXT NOT NULL,
    teacher       TEXT REFERENCES runs (id),
    control       TEXT REFERENCES runs (id),
    created_at    REAL NOT NULL,
    started_at    REAL NOT NULL DEFAULT 0,
    ended_at      REAL NOT NULL DEFAULT 0,
    message       TEXT NOT NULL DEFAULT '',
    best_accuracy REAL,
    last_accuracy REAL,
    agreement     REAL,
    seconds       REAL,
    step          INTEGER NOT NULL DEFAULT 0,
    total_steps   INTEGER NOT NULL DEFAULT 0,
    deleted       INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    owner_pid     INTEGER NOT NULL DEFAULT 0,
    owner_boot    TEXT NOT NULL DEFAULT '',
    owner_start   INTEGER NOT NULL DEFAULT 0,
    owner_host    TEXT NOT NULL DEFAULT '',
    owner_seen    REAL NOT NULL DEFAULT 0,
    notes         TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX runs_by_content ON runs (content_hash, state);
CREATE INDEX runs_live ON runs (number) WHERE state IN ('queued', 'running', 'paused');

CREATE TABLE experiments (
    run  INTEGER PRIMARY KEY REFERENCES runs (number),
    text TEXT NOT NULL
) STRICT;
CREATE TABLE summaries (
    run  INTEGER PRIMARY KEY REFERENCES runs (number),
    text TEXT NOT NULL
) STRICT;

CREATE TABLE series (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE points (
    run     INTEGER NOT NULL REFERENCES runs (number),
    series  INTEGER NOT NULL REFERENCES series (id),
    step    INTEGER NOT NULL,
    epoch   REAL,
    seconds REAL,
    value   REAL,
    flag    INTEGER NOT NULL CHECK (flag BETWEEN 0 AND 3 AND (flag = 0) = (value IS NOT NULL)), -- 1 NaN, 2 +Inf, 3 -Inf
    PRIMARY KEY (run, series, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    run    INTEGER NOT NULL REFERENCES runs (number),
    step   INTEGER NOT NULL,
    at     REAL,
    kind   TEXT NOT NULL,
    text   TEXT NOT NULL,
    data   TEXT
) STRICT;
CREATE INDEX events_by_run ON events (run, number);

CREATE TABLE artefacts (
    number INTEGER PRIMARY KEY,
    run    INTEGER NOT NULL REFERENCES runs (number),
    kind   TEXT NOT NULL,
    path   TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes  INTEGER NOT NULL,
    step   INTEGER NOT NULL,
    UNIQUE (run, kind, path)
) STRICT;
)";

const char* const immutableExperiments = R"(
CREATE TRIGGER experiments_are_immutable BEFORE UPDATE ON experiments
BEGIN
    SELECT RAISE(ABORT, 'the experiment of a run is immutable');
END;
)";

// A run learned from one run at most. Those after the first stand as a list in the row, so that listing stays one query.
const char* const version2 = "ALTER TABLE runs ADD COLUMN more_teachers TEXT NOT NULL DEFAULT '[]'";

// Controls beside the student alone, what people put on runs, and the comparisons they keep.
const char* const version3 = R"(
ALTER TABLE runs ADD COLUMN twin TEXT REFERENCES runs (id);
ALTER TABLE runs ADD COLUMN random_teacher TEXT REFERENCES runs (id);
ALTER TABLE runs ADD COLUMN seedless_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0 CHECK (starred IN (0, 1));
ALTER TABLE runs ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
ALTER TABLE runs ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1));
ALTER TABLE runs ADD COLUMN archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1));
ALTER TABLE runs ADD COLUMN colour INTEGER NOT NULL DEFAULT -1 CHECK (colour >= -1);

CREATE TABLE comparisons (
    name     TEXT PRIMARY KEY,
    content  TEXT NOT NULL,
    saved_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
)";

// What a group of runs was made of, and the runs that wait or train in their order: one whose process died keeps its place.
const char* const version4 = R"(
CREATE TABLE groups (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    sweep    TEXT NOT NULL,
    text     TEXT NOT NULL,
    students TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE queue (
    run   INTEGER PRIMARY KEY REFERENCES runs (number),
    place INTEGER NOT NULL,
    held  INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1))
) STRICT;

CREATE INDEX runs_by_group ON runs (group_id);
)";

/// A document that was written before a sweep had a kind. A run's own sweeps nothing: leaving it out says the same.
Json withoutOldSweeps(Json document)
{
    if (const auto sweep = document.find("sweep"); sweep != document.end() && sweep->is_object() && !sweep->contains("kind")) {
        document.erase("sweep");
    }
    const auto teacher = document.find("teacher");
    if (teacher == document.end() || !teacher->is_object()) {
        return document;
    }
    const auto mend = [](Json& one) {
        if (one.is_object() && one.contains("experiment") && one["experiment"].is_object()) {
            one["experiment"] = withoutOldSweeps(one["experiment"]);
        }
    };
    mend(*teacher);
    if (const auto members = teacher->find("members"); members != teacher->end() && members->is_array()) {
        std::for_each(members->begin(), members->end(), mend);
    }
    return document;
}

/// The one change of a run's document there ever was: without it this version could not read it. The file before stays as a backup.
void forgetOldSweeps(Connection& connection)
{
    std::vector<std::pair<std::int64_t, std::string>> mended;
    {
        Statement select(connection, "SELECT run, text FROM experiments WHERE text LIKE '%\"sweep\"%'");
        while (select.step()) {
            const Json before = Json::parse(select.text(1), nullptr, false);
            const Json after = before.is_object() ? withoutOldSweeps(before) : before;
            if (before != after) {
                mended.emplace_back(select.integer(0), Document::fromJson(after).text());
            }
        }
    }
    connection.execute("DROP TRIGGER experiments_are_immutable");
    for (const auto& [run, text] : mended) {
        Statement(connection, "UPDATE experiments SET text = ? WHERE run = ?").bind(text, run).run();
    }
    connection.execute(immutableExperiments);
}

/// Teachers stand before their students, as they were added.
void hashWithoutSeeds(Connection& connection)
{
    std::vector<std::int64_t> numbers;
    {
        Statement select(connection, "SELECT number FROM runs ORDER BY number");
        while (select.step()) {
            numbers.push_back(select.integer(0));
        }
    }
    for (const std::int64_t number : numbers) {
        std::string text;
        {
            Statement select(connection, "SELECT text FROM experiments WHERE run = ?");
            text = select.bind(number).step() ? select.text(0) : std::string();
        }
        Statement(connection, "UPDATE runs SET seedless_hash = ? WHERE number = ?").bind(seedlessHash(connection, text), number).run();
    }
}

} // namespace

std::span<const Migration> migrations()
{
    static const std::array<Migration, 4> chain = {
        Migration{1, [](Connection& connection) { connection.execute(version1); connection.execute(immutableExperiments); }},
        Migration{2, [](Connection& connection) { connection.execute(version2); }},
        Migration{3, [](Connection& connection) { connection.execute(version3); hashWithoutSeeds(connection); }},
        Migration{4, [](Connection& connection) { connection.execute(version4); forgetOldSweeps(connection); }},
    };
    return chain;
}

void migrate(Connection& connection, std::span<const Migration> chain)
{
    bool copied = connection.integer("PRAGMA user_version") == 0; // nothing in it to lose
    for (const Migration& step : chain) {
        if (connection.integer("PRAGMA user_version") >= step.version) {
            continue;
        }
        Transaction transaction(connection);
        const std::int64_t version = connection.integer("PRAGMA user_version");
        if (version >= step.version) {
            continue;
        }
        if (!copied) {
            // The lock is held: the copy is of this version, whatever other processes are about.
            Connection reader(connection.path(), Connection::Access::ReadOnly);
            copyDatabase(reader, connection.path() + ".v" + std::to_string(version) + ".bak");
            copied = true;
        }
        step.apply(connection);
        connection.execute("PRAGMA application_id = " + std::to_string(applicationId)
                           + "; PRAGMA user_version = " + std::to_string(step.version));
        transaction.commit();
    }
}

} // namespace distill
