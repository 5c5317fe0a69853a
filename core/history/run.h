// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <cstdint>
#include <string>
#include <vector>

namespace distill {

/// 26 characters, sortable by creation time, unique between machines (ULID). A person names a run by any unique prefix or,
/// since the head is time, by any unique part from the end.
using RunId = std::string;

enum class RunState {
    Queued,      ///< waits for its teacher or for free cores
    Running,
    Paused,
    Finished,
    Stopped,     ///< by a person, after a checkpoint; can be resumed
    Interrupted, ///< its process died or was told to end; can be resumed
    Diverged,    ///< a loss was not finite
    Failed,
};
const char* nameOf(RunState state);          ///< "queued", "running", ...
RunState runStateFrom(std::string_view name); ///< throws InputError
bool isLive(RunState state);                 ///< queued, running or paused
bool canResume(RunState state);              ///< stopped, interrupted, failed or diverged (from its last checkpoint)

enum class RunRole { Teacher, Student, Control };
const char* nameOf(RunRole role);
RunRole runRoleFrom(std::string_view name);

/// The figures of a run that its row shows; NaN where not known (yet).
struct RunFigures {
    double bestAccuracy;  ///< on validation, 0 to 1
    double lastAccuracy;
    double agreement;     ///< with the teacher, on validation, last
    double seconds = 0;   ///< spent training, pauses left out
    std::int64_t step = 0;
    std::int64_t totalSteps = 0;
    RunFigures();
};

/// What people put on a run, one of it at a time.
enum class RunMark { Starred, Pinned, Hidden, Archived, Colour };

struct RunMarks {
    bool starred = false;
    bool pinned = false;   ///< stays at the top of the table
    bool hidden = false;   ///< its curves are not drawn; its row stays
    bool archived = false; ///< left out of the table unless asked for
    int colour = -1;       ///< of its curves: a place in the palette; -1: automatic

    bool operator==(const RunMarks&) const = default;
};

/// What the content hash of an imported run begins with.
inline constexpr const char* importedPrefix = "imported:";

struct RunRow {
    RunId id;
    std::string group; ///< runs that were submitted together: seeds, controls, an inline teacher
    RunRole role = RunRole::Student;
    RunState state = RunState::Queued;
    std::string name;
    std::string notes;
    std::vector<std::string> tags;
    std::int64_t seed = 0;
    std::string contentHash;
    std::string seedlessHash; ///< equal for runs whose documents differ in nothing but the seed; the history's own work, from addRun() on
    std::string studentModel; ///< "resnet20", for the table
    std::string teacherModel; ///< "" without a teacher
    std::vector<RunId> teachers; ///< the runs that teach, in the order of the document; not a weights file or a random network
    // Of a student, to compare it with; "" where there is none.
    RunId control;       ///< the run of the same student alone
    RunId twin;          ///< a run like its teacher's, trained apart from it
    RunId randomTeacher; ///< the run of the same student taught by a random network
    double createdAt = 0;     ///< seconds since 1970, UTC; 0 where it has not happened
    double startedAt = 0;
    double endedAt = 0;
    std::string message;      ///< why it failed, diverged, was interrupted; one sentence
    RunFigures figures;
    Json summary;             ///< null until the end: see engine/summary.h
    RunMarks marks;
    bool deleted = false;     ///< out of sight, can be restored
    std::int64_t ownerPid = 0;
    std::string ownerBoot;

    /// Read from another program's files: curves without weights and without an experiment. See interchange/import.h.
    bool isImported() const { return contentHash.starts_with(importedPrefix); }
    RunId firstTeacher() const { return teachers.empty() ? RunId() : teachers.front(); }
};

/// A run before it is written.
struct PlannedRun {
    RunRow row;
    std::string text; ///< its own, immutable document
};

/// What a group of runs was made of.
struct GroupRecord {
    std::string group;
    std::string name;            ///< of the experiment
    std::string sweep;           ///< kind of its sweep: "none", "grid", ...
    std::string text;            ///< the document that was submitted; empty where none was kept
    std::vector<RunId> students; ///< of each variant of a sweep, of each generation, of each seed: the last fastest
};

/// One recorded value. `series` is an id of History::seriesId.
struct Point {
    std::int32_t series = 0;
    std::int64_t step = 0;
    double epoch = 0;
    double seconds = 0; ///< of training, pauses left out
    double value = 0;   ///< may be NaN or infinite
};

/// Where a value of every run is read from: a place in its document or in its summary (engine/summary.h).
struct ValueSource {
    enum class In { Document, Summary };
    In in = In::Document;
    /// JSON pointer. "/reported/..." leads into the block of a summary that the run reports; "*" for an index makes a list of all items' values.
    std::string pointer;

    bool operator==(const ValueSource&) const = default;
};

/// Values of all runs, deleted ones too.
struct RunValues {
    std::vector<RunId> runs;                ///< newest first
    std::vector<std::vector<Json>> columns; ///< columns[source][run]; null where there is none: a document may leave a default out
};

/// A run that waits or trains, or whose process died meanwhile.
struct QueuePlace {
    RunId run;
    bool held = false; ///< waits until it is let go
};

/// A comparison that a person keeps: what the window needs to show it again.
struct SavedComparison {
    std::string name;
    Json content;
    double savedAt = 0; ///< seconds since 1970, UTC
};

struct RunEvent {
    std::int64_t step = 0;
    double at = 0; ///< seconds since 1970, UTC
    std::string kind; ///< "log", "state", "checkpoint", "tuned", "threads", "stage", "nan", "warning"
    std::string text; ///< one sentence for people
    Json data;
};

struct Artefact {
    std::string kind; ///< "checkpoint", "best", "last", "peer1", "predictions"
    std::string path; ///< relative to the workspace
    std::string sha256;
    std::int64_t bytes = 0;
    std::int64_t step = 0;
};

} // namespace distill
