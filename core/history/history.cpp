// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/history.h"

#include "experiment/error.h"
#include "history/comparisontable.h"
#include "history/curvetable.h"
#include "history/historyfile.h"
#include "history/queuetable.h"
#include "history/runtable.h"
#include "history/valuetable.h"
#include "history/writer.h"

#include <algorithm>
#include <filesystem>
#include <shared_mutex>
#include <unordered_map>

namespace distill {

namespace fs = std::filesystem;

namespace {

class SqliteHistory : public History {
public:
    SqliteHistory(std::string workspace, HistoryFile file);

    const std::string& workspace() const override { return m_workspace; }
    Health health() const override;

    std::vector<RunRow> runs(bool withDeleted) const override;
    std::optional<RunRow> run(const RunId& id) const override;
    RunId resolve(const std::string& part) const override;
    std::string experimentText(const RunId& id) const override;
    std::optional<RunId> findByContent(const std::string& contentHash, RunState state) const override;
    std::int32_t seriesId(const std::string& name) override;
    std::string seriesName(std::int32_t id) const override;
    std::vector<std::string> seriesOf(const RunId& id) const override;
    std::vector<Point> curve(const RunId& id, const std::string& series) const override;
    std::vector<std::vector<Point>> coarseCurves(const std::vector<RunId>& ids, const std::string& series, std::size_t points) const override;
    RunValues values(const std::vector<ValueSource>& sources) const override;
    std::vector<RunEvent> events(const RunId& id) const override;
    std::vector<Artefact> artefacts(const RunId& id) const override;
    std::vector<SavedComparison> comparisons() const override;
    GroupRecord group(const std::string& group) const override;
    std::vector<GroupRecord> sweeps() const override;
    std::vector<RunRow> runsOfGroup(const std::string& group) const override;
    std::vector<QueuePlace> queue() const override;

    void addRun(const RunRow& row, const std::string& experimentText) override;
    void addGroup(const GroupRecord& record, std::span<const PlannedRun> runs) override;
    void setState(const RunId& id, RunState state, const std::string& message) override;
    void setSummary(const RunId& id, const Json& summary) override;
    void setControl(const RunId& student, const RunId& control) override { relate(student, "control", control); }
    void setTwin(const RunId& student, const RunId& twin) override { relate(student, "twin", twin); }
    void setRandomTeacher(const RunId& student, const RunId& control) override { relate(student, "random_teacher", control); }
    bool claim(const RunId& id) override;
    void setName(const RunId& id, const std::string& name) override { setText(id, "name", name); }
    void setNotes(const RunId& id, const std::string& notes) override { setText(id, "notes", notes); }
    void setTags(const RunId& id, const std::vector<std::string>& tags) override
    {
        setText(id, "tags", Json(tags).dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    void changeTags(const std::vector<RunId>& ids, const std::vector<std::string>& add, const std::vector<std::string>& remove) override;
    void setMark(const std::vector<RunId>& ids, RunMark mark, int value) override;
    void setDeleted(const std::vector<RunId>& ids, bool deleted) override;
    void orderQueue(const std::vector<RunId>& ids) override;
    void holdQueued(const RunId& id, bool held) override;
    void leaveQueue(const std::vector<RunId>& ids) override;
    void saveComparison(const std::string& name, const Json& content) override;
    void renameComparison(const std::string& name, const std::string& newName) override;
    void removeComparison(const std::string& name) override;
    void addArtefact(const RunId& id, const Artefact& artefact) override;

    void append(const RunId& id, std::span<const Point> points) override;
    void append(const RunId& id, const RunEvent& event) override { writer().append(numberOf(id), event); }
    void updateFigures(const RunId& id, const RunFigures& figures) override { writer().update(numberOf(id), figures); }
    void flush() override;

    std::vector<std::string> check() const override;
    void backup(const std::string& path) const override;
    std::int64_t revision() const override;

private:
    Writer& writer() const;
    void setText(const RunId& id, const std::string& column, const std::string& text);
    void relate(const RunId& student, const std::string& column, const RunId& other);
    std::int64_t numberOf(const RunId& id) const;
    void remember(const std::string& series, std::int32_t id) const;
    std::optional<std::string> findSeriesName(std::int32_t id) const;

    /// First, so that it is closed last: only a connection that may write empties the log into the file on closing.
    const std::unique_ptr<Connection> m_connection;
    const std::string m_workspace;
    const std::string m_path;
    const std::string m_message;
    const bool m_writeAheadLog;
    const Owner m_owner = Owner::thisProcess();
    const Readers m_readers;

    mutable std::shared_mutex m_namesMutex; ///< runs and series are never taken out again, so what is known stays true
    mutable std::unordered_map<RunId, std::int64_t> m_numbers;
    mutable std::unordered_map<std::string, std::int32_t> m_seriesIds;
    mutable std::unordered_map<std::int32_t, std::string> m_seriesNames;

    mutable std::mutex m_revisionMutex;
    mutable std::unique_ptr<Connection> m_revisionReader;
    mutable std::int64_t m_dataVersion = 0;
    mutable std::int64_t m_stamp = 0;
    mutable std::int64_t m_revision = 0;

    std::unique_ptr<Writer> m_writer; ///< last, so that it ends first
};

SqliteHistory::SqliteHistory(std::string workspace, HistoryFile file)
    : m_connection(std::move(file.writer))
    , m_workspace(std::move(workspace))
    , m_path(file.path)
    , m_message(file.message)
    , m_writeAheadLog(file.writeAheadLog)
    , m_readers(file.path, m_connection != nullptr)
{
    if (m_connection) {
        const auto upkeep = [owner = m_owner](Connection& connection) {
            signRuns(connection, owner);
            interruptRunsOfTheDead(connection);
        };
        m_writer = std::make_unique<Writer>(*m_connection, m_writeAheadLog, upkeep, ownerSignsEvery);
    }
}

Writer& SqliteHistory::writer() const
{
    if (!m_writer) {
        throw std::runtime_error(m_message);
    }
    return *m_writer;
}

History::Health SqliteHistory::health() const
{
    Health health;
    health.readOnly = !m_writer;
    health.writeAheadLog = m_writeAheadLog;
    health.message = m_message;
    if (m_writer) {
        if (const std::string trouble = m_writer->trouble(); !trouble.empty()) {
            health.message = "Metrics are kept in memory until the history can be written again. " + trouble;
        }
    }
    return health;
}

// Reading
// --------------------------------------------------------------------------------------------------------------------

std::vector<RunRow> SqliteHistory::runs(bool withDeleted) const
{
    auto reader = m_readers.borrow();
    return readRuns(*reader, withDeleted);
}

std::optional<RunRow> SqliteHistory::run(const RunId& id) const
{
    auto reader = m_readers.borrow();
    return readRun(*reader, id);
}

RunId SqliteHistory::resolve(const std::string& part) const
{
    auto reader = m_readers.borrow();
    return findRun(*reader, part);
}

std::string SqliteHistory::experimentText(const RunId& id) const
{
    auto reader = m_readers.borrow();
    Statement select(*reader, "SELECT text FROM experiments WHERE run = ?");
    select.bind(numberOfRun(*reader, id));
    return select.step() ? select.text(0) : std::string();
}

std::optional<RunId> SqliteHistory::findByContent(const std::string& contentHash, RunState state) const
{
    auto reader = m_readers.borrow();
    Statement select(*reader,
                     "SELECT id FROM runs WHERE content_hash = ? AND state = ? AND deleted = 0 "
                     "ORDER BY created_at DESC, number DESC LIMIT 1");
    return select.bind(contentHash, nameOf(state)).step() ? std::optional(select.text(0)) : std::nullopt;
}

void SqliteHistory::remember(const std::string& series, std::int32_t id) const
{
    const std::unique_lock lock(m_namesMutex);
    m_seriesIds[series] = id;
    m_seriesNames[id] = series;
}

std::int32_t SqliteHistory::seriesId(const std::string& name)
{
    {
        const std::shared_lock lock(m_namesMutex);
        if (const auto known = m_seriesIds.find(name); known != m_seriesIds.end()) {
            return known->second;
        }
    }
    std::int32_t id = 0;
    const auto find = [&](Connection& connection) {
        Statement select(connection, "SELECT id FROM series WHERE name = ?");
        id = select.bind(name).step() ? std::int32_t(select.integer(0)) : 0;
    };
    {
        auto reader = m_readers.borrow();
        find(*reader);
    }
    if (id == 0) {
        writer().write([&](Connection& connection) {
            Statement(connection, "INSERT INTO series (name) VALUES (?) ON CONFLICT DO NOTHING").bind(name).run();
            find(connection);
        });
    }
    remember(name, id);
    return id;
}

std::optional<std::string> SqliteHistory::findSeriesName(std::int32_t id) const
{
    {
        const std::shared_lock lock(m_namesMutex);
        if (const auto known = m_seriesNames.find(id); known != m_seriesNames.end()) {
            return known->second;
        }
    }
    auto reader = m_readers.borrow();
    Statement select(*reader, "SELECT name FROM series WHERE id = ?");
    if (!select.bind(id).step()) {
        return std::nullopt;
    }
    remember(select.text(0), id);
    return select.text(0);
}

std::string SqliteHistory::seriesName(std::int32_t id) const
{
    if (auto name = findSeriesName(id)) {
        return *name;
    }
    throw InputError("The history has no series of number " + std::to_string(id) + ".");
}

std::vector<std::string> SqliteHistory::seriesOf(const RunId& id) const
{
    auto reader = m_readers.borrow();
    return readSeriesNames(*reader, numberOfRun(*reader, id));
}

std::vector<Point> SqliteHistory::curve(const RunId& id, const std::string& series) const
{
    auto reader = m_readers.borrow();
    return readCurve(*reader, numberOfRun(*reader, id), series);
}

std::vector<std::vector<Point>> SqliteHistory::coarseCurves(const std::vector<RunId>& ids, const std::string& series, std::size_t points) const
{
    auto reader = m_readers.borrow();
    return readCoarseCurves(*reader, ids, series, points);
}

RunValues SqliteHistory::values(const std::vector<ValueSource>& sources) const
{
    auto reader = m_readers.borrow();
    return readValues(*reader, sources);
}

std::vector<SavedComparison> SqliteHistory::comparisons() const
{
    auto reader = m_readers.borrow();
    return readComparisons(*reader);
}

GroupRecord SqliteHistory::group(const std::string& group) const
{
    auto reader = m_readers.borrow();
    return readGroupRecord(*reader, group);
}

std::vector<GroupRecord> SqliteHistory::sweeps() const
{
    auto reader = m_readers.borrow();
    return readSweeps(*reader);
}

std::vector<RunRow> SqliteHistory::runsOfGroup(const std::string& group) const
{
    auto reader = m_readers.borrow();
    return readGroup(*reader, group);
}

std::vector<QueuePlace> SqliteHistory::queue() const
{
    auto reader = m_readers.borrow();
    return readQueue(*reader);
}

std::vector<RunEvent> SqliteHistory::events(const RunId& id) const
{
    auto reader = m_readers.borrow();
    Statement select(*reader, "SELECT step, at, kind, text, data FROM events WHERE run = ? ORDER BY number");
    select.bind(numberOfRun(*reader, id));
    std::vector<RunEvent> events;
    while (select.step()) {
        RunEvent event{select.integer(0), select.real(1), select.text(2), select.text(3), nullptr};
        if (!select.isNull(4)) {
            event.data = Json::parse(select.text(4), nullptr, false);
        }
        events.push_back(std::move(event));
    }
    return events;
}

std::vector<Artefact> SqliteHistory::artefacts(const RunId& id) const
{
    auto reader = m_readers.borrow();
    Statement select(*reader, "SELECT kind, path, sha256, bytes, step FROM artefacts WHERE run = ? ORDER BY number");
    select.bind(numberOfRun(*reader, id));
    std::vector<Artefact> artefacts;
    while (select.step()) {
        artefacts.push_back({select.text(0), select.text(1), select.text(2), select.integer(3), select.integer(4)});
    }
    return artefacts;
}

// Writing
// --------------------------------------------------------------------------------------------------------------------

std::int64_t SqliteHistory::numberOf(const RunId& id) const
{
    {
        const std::shared_lock lock(m_namesMutex);
        if (const auto known = m_numbers.find(id); known != m_numbers.end()) {
            return known->second;
        }
    }
    auto reader = m_readers.borrow();
    const std::int64_t number = numberOfRun(*reader, id);
    const std::unique_lock lock(m_namesMutex);
    return m_numbers[id] = number;
}

void SqliteHistory::addRun(const RunRow& row, const std::string& experimentText)
{
    std::int64_t number = 0;
    writer().write([&](Connection& connection) { number = insertRun(connection, row, experimentText, m_owner); });
    const std::unique_lock lock(m_namesMutex);
    m_numbers[row.id] = number;
}

void SqliteHistory::addGroup(const GroupRecord& record, std::span<const PlannedRun> runs)
{
    writer().write([&](Connection& connection) {
        insertGroup(connection, record);
        for (const PlannedRun& planned : runs) {
            RunRow row = planned.row;
            row.control = row.twin = row.randomTeacher = {};
            insertRun(connection, row, planned.text, m_owner);
        }
        for (const auto& [row, ignored] : runs) {
            for (const auto& [column, other] :
                 {std::pair("control", row.control), std::pair("twin", row.twin), std::pair("random_teacher", row.randomTeacher)}) {
                if (!other.empty()) {
                    relateRun(connection, row.id, column, other);
                }
            }
        }
    });
}

void SqliteHistory::setState(const RunId& id, RunState state, const std::string& message)
{
    writer().write([&](Connection& connection) { changeState(connection, id, state, message, m_owner); });
}

void SqliteHistory::setSummary(const RunId& id, const Json& summary)
{
    writer().write([&](Connection& connection) {
        Statement(connection, "INSERT OR REPLACE INTO summaries (run, text) VALUES (?, ?)")
            .bind(numberOfRun(connection, id), summary.dump(-1, ' ', false, Json::error_handler_t::replace))
            .run();
    });
}

void SqliteHistory::relate(const RunId& student, const std::string& column, const RunId& other)
{
    writer().write([&](Connection& connection) { relateRun(connection, student, column, other); });
}

bool SqliteHistory::claim(const RunId& id)
{
    bool claimed = false;
    writer().write([&](Connection& connection) { claimed = claimRun(connection, id, m_owner); });
    return claimed;
}

void SqliteHistory::setText(const RunId& id, const std::string& column, const std::string& text)
{
    writer().write([&](Connection& connection) {
        Statement(connection, "UPDATE runs SET " + column + " = ? WHERE number = ?")
            .bind(text, numberOfRun(connection, id))
            .run();
    });
}

void SqliteHistory::changeTags(const std::vector<RunId>& ids, const std::vector<std::string>& add, const std::vector<std::string>& remove)
{
    writer().write([&](Connection& connection) { changeTagsOfRuns(connection, ids, add, remove); });
}

void SqliteHistory::setMark(const std::vector<RunId>& ids, RunMark mark, int value)
{
    writer().write([&](Connection& connection) { markRuns(connection, ids, mark, value); });
}

void SqliteHistory::orderQueue(const std::vector<RunId>& ids)
{
    writer().write([&](Connection& connection) { distill::orderQueue(connection, ids); });
}

void SqliteHistory::holdQueued(const RunId& id, bool held)
{
    writer().write([&](Connection& connection) { distill::holdQueued(connection, id, held); });
}

void SqliteHistory::leaveQueue(const std::vector<RunId>& ids)
{
    writer().write([&](Connection& connection) { distill::leaveQueue(connection, ids); });
}

void SqliteHistory::saveComparison(const std::string& name, const Json& content)
{
    writer().write([&](Connection& connection) { distill::saveComparison(connection, name, content); });
}

void SqliteHistory::renameComparison(const std::string& name, const std::string& newName)
{
    writer().write([&](Connection& connection) { distill::renameComparison(connection, name, newName); });
}

void SqliteHistory::removeComparison(const std::string& name)
{
    writer().write([&](Connection& connection) { distill::removeComparison(connection, name); });
}

void SqliteHistory::setDeleted(const std::vector<RunId>& ids, bool deleted)
{
    writer().write([&](Connection& connection) {
        Statement update(connection, "UPDATE runs SET deleted = ? WHERE number = ?");
        for (const RunId& id : ids) {
            update.bind(deleted, numberOfRun(connection, id)).run();
        }
    });
}

void SqliteHistory::addArtefact(const RunId& id, const Artefact& artefact)
{
    writer().write([&](Connection& connection) {
        Statement(connection,
                  "INSERT OR REPLACE INTO artefacts (run, kind, path, sha256, bytes, step) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(numberOfRun(connection, id), artefact.kind, artefact.path, artefact.sha256, artefact.bytes,
                  artefact.step)
            .run();
    });
}

void SqliteHistory::append(const RunId& id, std::span<const Point> points)
{
    // An unknown series would make the whole batch fail, over and over.
    std::int32_t known = 0;
    for (const Point& point : points) {
        if (point.series != known) {
            seriesName(point.series);
            known = point.series;
        }
    }
    writer().append(numberOf(id), points);
}

void SqliteHistory::flush()
{
    if (m_writer) {
        m_writer->flush();
    }
}

// Care
// -----------------------------------------------------------------------------------------------------------------------

std::vector<std::string> SqliteHistory::check() const
{
    auto reader = m_readers.borrow();
    return problemsIn(*reader);
}

void SqliteHistory::backup(const std::string& path) const
{
    if (std::error_code error; fs::exists(path, error)) {
        throw InputError("The backup " + path + " is there already; name a new file.");
    }
    auto reader = m_readers.borrow();
    try {
        copyDatabase(*reader, path);
    } catch (const DatabaseError& error) {
        throw InputError("The backup " + path + " cannot be written: " + error.reason() + ".");
    } catch (const fs::filesystem_error& error) {
        throw InputError("The backup " + path + " cannot be written: " + error.code().message() + ".");
    }
}

std::int64_t SqliteHistory::revision() const
{
    const std::scoped_lock lock(m_revisionMutex);
    try {
        if (const std::int64_t stamp = m_readers.stamp(); !m_revisionReader || stamp != m_stamp) {
            m_revisionReader = m_writer ? std::make_unique<Connection>(m_path, Connection::Access::ReadOnly)
                                        : openForReading(m_path);
            m_revisionReader->setBusyTimeout(0); // whoever asks is drawing a window
            m_stamp = stamp;
            m_dataVersion = 0;
        }
        const std::int64_t version = m_revisionReader->integer("PRAGMA data_version");
        if (version != m_dataVersion) {
            m_dataVersion = version;
            ++m_revision;
        }
    } catch (const DatabaseError&) { // locked for the moment: the next question answers
    }
    return m_revision;
}

} // namespace

std::shared_ptr<History> History::open(const std::string& workspace)
{
    HistoryFile file = HistoryFile::open(workspace);
    if (file.writer) {
        try {
            interruptRunsOfTheDead(*file.writer);
        } catch (const DatabaseError&) { // a full disk: the upkeep tries again
        }
    }
    return std::make_shared<SqliteHistory>(workspace, std::move(file));
}

std::vector<std::string> checkHistory(const std::string& workspace)
{
    const std::string path = (fs::path(workspace) / "history.sqlite").string();
    if (std::error_code error; !fs::exists(path, error)) {
        throw InputError("There is no history in the workspace folder " + workspace + ".");
    }
    try {
        return problemsIn(*openForReading(path));
    } catch (const DatabaseError& error) {
        return {error.what()};
    }
}

} // namespace distill
