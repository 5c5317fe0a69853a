// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/curvefeed.h"

#include "experiment/experiment.h"
#include "ui/session.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace distill::ui {

namespace {

/// Longer than the writer of the history takes to commit, also under load.
constexpr std::int64_t tailMilliseconds = 10'000;
/// Samples of runs no longer looked at that are kept; about 160 MB.
constexpr std::size_t keptSamples = 4'000'000;
/// A run of more steps shows points of its curves before all of them are read.
constexpr std::int64_t longRun = 50'000;
constexpr std::size_t firstPoints = 1000;
/// Reading a run of another process again and again takes at most this part of the reader's time.
constexpr std::int64_t restForReading = 9;

std::int64_t nowMilliseconds()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

} // namespace

struct CurveFeed::Loaded {
    std::optional<RunRow> row;
    Json document;
    std::vector<RunEvent> events;
    std::vector<std::pair<std::string, std::shared_ptr<Curve>>> curves;
    bool whole = true; ///< else some points of each curve
    QString failure;
};

RunState WatchedRun::state() const
{
    return status ? status->state : row ? row->state : RunState::Queued;
}

std::vector<BatchSize> WatchedRun::batchSizes() const
{
    if (!document.is_object()) {
        return {};
    }
    const auto stages = document.find("stages");
    // A batch holds no more samples than there are.
    const bool known = row && row->summary.is_object();
    const std::int64_t most = known ? row->summary.value("train_samples", std::int64_t{0}) : 0;
    const auto sizeOf = [&](std::size_t index) {
        std::int64_t size = StageSettings{}.batchSize;
        if (stages != document.end() && stages->is_array() && index < stages->size() && (*stages)[index].is_object()) {
            size = (*stages)[index].value("batch_size", size);
        }
        return most > 0 ? std::min(size, most) : size;
    };
    std::map<std::int64_t, std::int64_t> begins = {{0, sizeOf(0)}};
    for (const RunEvent& event : events) {
        if (event.kind == "stage" && event.data.is_object() && event.data.contains("stage")) {
            begins[event.step] = sizeOf(event.data["stage"].get<std::size_t>());
        }
    }
    std::vector<BatchSize> sizes;
    for (const auto& [step, size] : begins) {
        sizes.push_back({step, size});
    }
    return sizes;
}

CurveFeed::CurveFeed(Session& session, QObject* parent)
    : QObject(parent)
    , m_session(session)
{
    connect(&session, &Session::updated, this, &CurveFeed::take);
    connect(&session, &Session::rowsChanged, this, &CurveFeed::checkRows);
}

void CurveFeed::watch(const QVector<RunId>& runs)
{
    const std::set<RunId> wanted(runs.begin(), runs.end());
    for (auto& [id, entry] : m_entries) {
        entry.watched = wanted.contains(id);
    }
    for (const RunId& id : wanted) {
        if (id.empty()) {
            continue;
        }
        Entry& entry = m_entries[id];
        entry.watched = true;
        entry.used = ++m_clock;
        if (entry.stage == Stage::Loading || entry.stage == Stage::Loaded) {
            continue;
        }
        if (const auto status = m_session.engine().status(id)) {
            entry.run.status = status;
        }
        for (const auto& [at, point] : entry.tail) {
            append(id, point);
        }
        entry.tail.clear();
        load(id, entry.run.document.is_null());
    }
    forgetOld();
}

void CurveFeed::load(const RunId& run, bool mayBePart)
{
    Entry& entry = m_entries[run];
    entry.stage = Stage::Loading;
    entry.asked = nowMilliseconds();
    const auto read = [run, mayBePart](const History& history) {
        Loaded loaded;
        loaded.row = history.run(run);
        if (!loaded.row) {
            return loaded;
        }
        loaded.whole = !mayBePart || loaded.row->figures.step <= longRun;
        loaded.document = Json::parse(history.experimentText(run), nullptr, false);
        loaded.events = history.events(run);
        for (const std::string& name : history.seriesOf(run)) {
            auto curve = std::make_shared<Curve>();
            for (const Point& point : loaded.whole ? history.curve(run, name) : history.coarseCurves({run}, name, firstPoints).front()) {
                curve->append({point.step, point.epoch, point.seconds, point.value});
            }
            curve->pyramid(); // here rather than in the window's thread
            loaded.curves.emplace_back(name, std::move(curve));
        }
        return loaded;
    };
    m_session.read<Loaded>(
        this,
        [read](const History& history) {
            try {
                return read(history);
            } catch (const std::exception& exception) {
                Loaded nothing;
                nothing.failure = QString::fromUtf8(exception.what());
                return nothing;
            }
        },
        [this, run](Loaded loaded) { arrived(run, std::move(loaded)); });
}

void CurveFeed::arrived(const RunId& run, Loaded loaded)
{
    Entry& entry = m_entries[run];
    entry.run.unreadable = !loaded.failure.isEmpty();
    if (entry.run.unreadable) {
        entry.stage = Stage::Unreadable;
        Q_EMIT m_session.problem(loaded.failure);
        Q_EMIT statusChanged(run);
        return;
    }
    if (!loaded.row) {
        entry.stage = Stage::Unknown;
        return;
    }
    const bool whole = loaded.whole;
    entry.stage = whole ? Stage::Loaded : Stage::Loading;
    const std::int64_t now = nowMilliseconds();
    entry.next = now + restForReading * (now - entry.asked);
    const bool first = entry.run.document.is_null();
    const std::size_t seriesBefore = m_store.of(run).size();
    const std::size_t eventsBefore = entry.run.events.size();
    entry.run.name = QString::fromStdString(loaded.row->name);
    entry.run.row = std::move(loaded.row);
    entry.run.document = std::move(loaded.document);
    for (const auto& [name, curve] : loaded.curves) {
        m_store.curve(run, name)->splice(std::move(*curve));
    }
    countSamples(run, entry.run);
    // As with samples: what came in live after the last one loaded stays.
    auto& events = entry.run.events;
    if (!loaded.events.empty()) {
        const double last = loaded.events.back().at;
        std::erase_if(events, [&](const RunEvent& event) { return event.at <= last; });
        loaded.events.insert(loaded.events.end(), events.begin(), events.end());
        events = std::move(loaded.events);
    }
    if (first || m_store.of(run).size() != seriesBefore) {
        Q_EMIT seriesChanged(run);
    }
    if (first || entry.run.events.size() != eventsBefore) {
        Q_EMIT eventsChanged(run);
    }
    Q_EMIT statusChanged(run);
    Q_EMIT pointsArrived();
    if (!whole || std::exchange(entry.stale, false)) {
        load(run);
    }
}

const WatchedRun* CurveFeed::find(const RunId& run) const
{
    const auto found = m_entries.find(run);
    return found == m_entries.end() || found->second.stage == Stage::Unknown ? nullptr : &found->second.run;
}

bool CurveFeed::isLoaded(const RunId& run) const
{
    const auto found = m_entries.find(run);
    return found != m_entries.end() && found->second.stage == Stage::Loaded;
}

const std::string& CurveFeed::seriesName(std::int32_t id)
{
    const auto found = m_names.find(id);
    return found != m_names.end() ? found->second
                                  : m_names.emplace(id, m_session.history()->seriesName(id)).first->second;
}

void CurveFeed::restartSmoothing(const RunId& run, const std::vector<std::int64_t>& steps)
{
    for (const auto& [name, curve] : m_store.of(run)) {
        curve->restartSmoothingAt(steps);
    }
}

void CurveFeed::countSamples(const RunId& run, const WatchedRun& watched)
{
    const std::vector<BatchSize> sizes = watched.batchSizes();
    for (const auto& [name, curve] : m_store.of(run)) {
        curve->setBatchSizes(sizes);
    }
}

bool CurveFeed::append(const RunId& run, const Point& point)
{
    const auto curve = m_store.curve(run, seriesName(point.series));
    const bool fresh = curve->empty();
    curve->append({point.step, point.epoch, point.seconds, point.value});
    return fresh;
}

void CurveFeed::take(const Updates& updates)
{
    const std::int64_t now = nowMilliseconds();
    bool points = false;
    for (const Updates::Of& of : updates.runs) {
        Entry& entry = m_entries[of.run];
        if (entry.stage == Stage::Unknown) {
            for (const Point& point : of.points) {
                entry.tail.emplace_back(now, point);
            }
            while (!entry.tail.empty() && entry.tail.front().first < now - tailMilliseconds) {
                entry.tail.pop_front();
            }
            continue;
        }
        bool fresh = false;
        for (const Point& point : of.points) {
            fresh = append(of.run, point) || fresh;
        }
        points = points || (entry.watched && !of.points.empty());
        entry.run.events.insert(entry.run.events.end(), of.events.begin(), of.events.end());
        if (fresh || !of.events.empty()) {
            countSamples(of.run, entry.run);
        }
        if (entry.watched && fresh) {
            Q_EMIT seriesChanged(of.run);
        }
        if (entry.watched && !of.events.empty()) {
            Q_EMIT eventsChanged(of.run);
        }
    }
    for (const RunStatus& status : updates.statuses) {
        Entry& entry = m_entries[status.id];
        entry.run.status = status;
        if (entry.watched) {
            Q_EMIT statusChanged(status.id);
        }
    }
    if (points) {
        Q_EMIT pointsArrived();
    }
}

void CurveFeed::checkRows()
{
    for (auto& [id, entry] : m_entries) {
        if (!entry.watched) {
            continue;
        }
        auto row = m_session.history()->run(id);
        if (!row) {
            continue;
        }
        if (entry.stage == Stage::Unknown) {
            load(id);
            continue;
        }
        // A run of another process sends nothing here: read it again, at its end in any case.
        const bool changed = !entry.run.row || row->state != entry.run.row->state;
        const bool foreign = !entry.run.status && (isLive(row->state) || changed);
        const bool renamed = !entry.run.row || entry.run.row->name != row->name;
        entry.run.name = QString::fromStdString(row->name);
        entry.run.row = std::move(row);
        if (foreign && entry.stage == Stage::Loaded && (changed || nowMilliseconds() >= entry.next)) {
            load(id);
        } else if (foreign && changed && entry.stage == Stage::Loading) {
            entry.stale = true;
        }
        if (renamed) {
            Q_EMIT seriesChanged(id);
        }
        Q_EMIT statusChanged(id);
    }
}

void CurveFeed::forgetOld()
{
    std::vector<std::pair<std::uint64_t, RunId>> candidates;
    std::size_t samples = 0;
    for (const auto& [id, entry] : m_entries) {
        if (entry.stage == Stage::Loaded && !entry.watched && !(entry.run.status && isLive(entry.run.status->state))) {
            candidates.emplace_back(entry.used, id);
            samples += m_store.samples(id);
        }
    }
    std::sort(candidates.begin(), candidates.end());
    for (const auto& [used, id] : candidates) {
        if (samples <= keptSamples) {
            break;
        }
        samples -= m_store.samples(id);
        m_store.remove(id);
        m_entries.erase(id);
    }
}

} // namespace distill::ui
