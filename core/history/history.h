// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace distill {

/// Where a workspace lies: the given folder, else DISTILL_WORKSPACE, else distill-workbench in the XDG data home.
std::string workspaceFolder(const std::string& given = {});

/// The record of every run: one SQLite file, history.sqlite, in a workspace folder.
///
/// Thread-safe. Reads run on the calling thread over a read-only connection of their own; a window calls them from a reader
/// thread, key look-ups (run, seriesNames) aside. Writes are handed to one writer thread, which owns the only write
/// connection: append() returns at once and is committed within 250 ms or 2,000 rows, every other write waits for its
/// commit. Journal is WAL where a probe with real writes succeeds in this folder, else a rollback journal.
/// Two processes may have one file open.
class History {
public:
    struct Health {
        bool readOnly = false;   ///< the file is newer than this program, or the folder cannot be written
        bool writeAheadLog = false;
        std::string message;     ///< one sentence for the status bar when something is out of the ordinary, else empty
    };

    /// Opens or creates. Migrates an older file after a backup (history.sqlite.v3.bak). Throws InputError for a damaged file
    /// (what was found, and what to do) or a folder that can be neither written nor read. Runs whose process is dead become
    /// Interrupted.
    static std::shared_ptr<History> open(const std::string& workspace);
    virtual ~History() = default;

    virtual const std::string& workspace() const = 0;
    virtual Health health() const = 0;

    // Reading -----------------------------------------------------------------------------------------------------------
    virtual std::vector<RunRow> runs(bool withDeleted = false) const = 0; ///< newest first, without summaries' details
    virtual std::optional<RunRow> run(const RunId& id) const = 0;
    /// The run that a unique prefix (or end, four characters or more) of an id names; throws InputError naming the
    /// candidates when there are none or several.
    virtual RunId resolve(const std::string& part) const = 0;
    virtual std::string experimentText(const RunId& id) const = 0; ///< the immutable document; throws InputError if unknown
    /// Newest run of this content hash in a given state, deleted ones left out.
    virtual std::optional<RunId> findByContent(const std::string& contentHash, RunState state) const = 0;
    /// Id of a series name ("loss", "accuracy/validation", ...), made when new.
    virtual std::int32_t seriesId(const std::string& name) = 0;
    virtual std::string seriesName(std::int32_t id) const = 0;
    virtual std::vector<std::string> seriesOf(const RunId& id) const = 0;
    /// Points of one series in the order of steps, all of them, committed ones only.
    virtual std::vector<Point> curve(const RunId& id, const std::string& series) const = 0;
    /// About `points` points of one series of each of the runs, in their order: the first, the last and those that stand evenly between them;
    /// all where there are few. Takes some dozen look-ups a run, however long its curve. Unknown runs have none.
    virtual std::vector<std::vector<Point>> coarseCurves(const std::vector<RunId>& ids, const std::string& series,
                                                         std::size_t points) const = 0;
    /// One value from each source for every run: tens of milliseconds for 10,000 runs and some columns.
    virtual RunValues values(const std::vector<ValueSource>& sources) const = 0;
    virtual std::vector<RunEvent> events(const RunId& id) const = 0;
    virtual std::vector<Artefact> artefacts(const RunId& id) const = 0;
    virtual std::vector<SavedComparison> comparisons() const = 0; ///< saved last, first

    virtual GroupRecord group(const std::string& group) const = 0;
    virtual std::vector<GroupRecord> sweeps() const = 0; ///< the groups whose sweep is not "none", newest first, without texts and students
    /// As they were added, deleted ones too, without summaries' details.
    virtual std::vector<RunRow> runsOfGroup(const std::string& group) const = 0;
    /// Of all processes, in order. A run is in it from being queued until it ends otherwise than by an interruption.
    virtual std::vector<QueuePlace> queue() const = 0;

    // Writing; each throws std::runtime_error with one sentence where the file cannot be written --------------------------
    /// The run's row and its immutable experiment in one transaction.
    virtual void addRun(const RunRow& row, const std::string& experimentText) = 0;
    /// All runs of a group and the document that they were made of, or after a crash none of them. What they are compared with may
    /// stand after them; their teachers stand before.
    virtual void addGroup(const GroupRecord& record, std::span<const PlannedRun> runs) = 0;
    /// State, times, message and owner, and the run's place in the queue; synced to disk.
    virtual void setState(const RunId& id, RunState state, const std::string& message = {}) = 0;
    virtual void setSummary(const RunId& id, const Json& summary) = 0;
    virtual void setControl(const RunId& student, const RunId& control) = 0;
    virtual void setTwin(const RunId& student, const RunId& twin) = 0;
    virtual void setRandomTeacher(const RunId& student, const RunId& control) = 0;
    /// Takes a live or dead run for this process (sets the owner); false where another live process owns it.
    virtual bool claim(const RunId& id) = 0;
    virtual void setName(const RunId& id, const std::string& name) = 0;
    virtual void setNotes(const RunId& id, const std::string& notes) = 0;
    virtual void setTags(const RunId& id, const std::vector<std::string>& tags) = 0;
    /// Takes tags from many runs and puts others on them, in one transaction.
    virtual void changeTags(const std::vector<RunId>& ids, const std::vector<std::string>& add, const std::vector<std::string>& remove) = 0;
    /// One transaction. `value` is 0 or 1, or a colour (RunMarks::colour).
    virtual void setMark(const std::vector<RunId>& ids, RunMark mark, int value) = 0;
    virtual void setDeleted(const std::vector<RunId>& ids, bool deleted) = 0;
    virtual void addArtefact(const RunId& id, const Artefact& artefact) = 0;

    /// Puts runs of the queue into this order, behind all others. Those that are not in it are left out.
    virtual void orderQueue(const std::vector<RunId>& ids) = 0;
    virtual void holdQueued(const RunId& id, bool held) = 0;
    virtual void leaveQueue(const std::vector<RunId>& ids) = 0; ///< of interrupted runs that are not to be continued

    virtual void saveComparison(const std::string& name, const Json& content) = 0; ///< in the place of one of this name
    /// Throws InputError where there is none of this name, or one of the other already.
    virtual void renameComparison(const std::string& name, const std::string& newName) = 0;
    virtual void removeComparison(const std::string& name) = 0;

    /// Queued, never blocks on the disk. A point of a step that is there already replaces it.
    virtual void append(const RunId& id, std::span<const Point> points) = 0;
    virtual void append(const RunId& id, const RunEvent& event) = 0;
    virtual void updateFigures(const RunId& id, const RunFigures& figures) = 0;
    /// Returns when all that was appended before is committed; throws where that failed. What could not be committed (a
    /// full disk) is kept in memory and tried again; health() says so meanwhile.
    virtual void flush() = 0;

    // Care --------------------------------------------------------------------------------------------------------------
    /// integrity_check and foreign_key_check; empty when sound, else one sentence each.
    virtual std::vector<std::string> check() const = 0;
    /// A consistent copy, while others write. Throws InputError where the target cannot be written.
    virtual void backup(const std::string& path) const = 0;
    /// Increases with every committed change by this process or another; cheap to ask.
    virtual std::int64_t revision() const = 0;
};

/// History::check() for a file that open() may refuse: every problem found, one sentence each; empty when sound. Throws
/// InputError where the workspace holds no history.
std::vector<std::string> checkHistory(const std::string& workspace);

RunId newRunId();

} // namespace distill
