// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"
#include "ui/plots/curve.h"

#include <QObject>
#include <QVector>
#include <deque>
#include <unordered_map>

namespace distill::ui {

class Session;

/// What is known of a run that is looked at.
struct WatchedRun {
    QString name;
    std::optional<RunRow> row;
    std::optional<RunStatus> status; ///< the last one, while it trains in this process
    Json document;
    std::vector<RunEvent> events;
    bool unreadable = false; ///< the history holds it and it cannot be read
    RunState state() const;
    /// How many samples a batch of each of its stages holds.
    std::vector<BatchSize> batchSizes() const;
};

/// Brings the curves of the runs that are looked at together: what the history holds is read on the reader thread, what
/// trains comes in live, and the two meet without a gap or a double. Of a long run some points are there first, until all
/// are read. Finished runs stay in memory for a while, so that switching one off and on again reads nothing.
class CurveFeed : public QObject {
    Q_OBJECT

public:
    explicit CurveFeed(Session& session, QObject* parent = nullptr);

    void watch(const QVector<RunId>& runs);
    const CurveStore& store() const { return m_store; }
    void restartSmoothing(const RunId& run, const std::vector<std::int64_t>& steps); ///< of all of a run's curves
    const WatchedRun* find(const RunId& run) const;
    bool isLoaded(const RunId& run) const;

    /// Live samples, events and states; called for each of the session's updates.
    void take(const Updates& updates);

Q_SIGNALS:
    void seriesChanged(const distill::RunId& run); ///< a series is new, or the run was loaded
    void eventsChanged(const distill::RunId& run);
    void statusChanged(const distill::RunId& run);
    void pointsArrived();

private:
    struct Loaded;
    enum class Stage { Unknown, Loading, Loaded, Unreadable };
    struct Entry {
        Stage stage = Stage::Unknown;
        bool watched = false;
        std::uint64_t used = 0;
        std::int64_t asked = 0; ///< milliseconds, when it was last read
        std::int64_t next = 0; ///< not to be read again before
        bool stale = false; ///< it ended elsewhere while it was being read
        WatchedRun run;
        /// Live samples of a run nobody looks at: those of the last seconds, which the history may not hold yet.
        std::deque<std::pair<std::int64_t, Point>> tail;
    };

    void load(const RunId& run, bool mayBePart = false);
    void arrived(const RunId& run, Loaded loaded);
    bool append(const RunId& run, const Point& point);
    void countSamples(const RunId& run, const WatchedRun& watched);
    void checkRows();
    void forgetOld();
    const std::string& seriesName(std::int32_t id);

    Session& m_session;
    CurveStore m_store;
    std::map<RunId, Entry> m_entries;
    std::unordered_map<std::int32_t, std::string> m_names;
    std::uint64_t m_clock = 0;
};

} // namespace distill::ui
