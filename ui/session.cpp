// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session.h"

#include "experiment/error.h"
#include "history/owner.h"

#include <QMetaObject>
#include <QPointer>
#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

namespace distill::ui {

namespace {

constexpr int liveInterval = 33;
constexpr int idleInterval = 100;
constexpr int ticksUntilIdle = 60;
constexpr int lookInterval = 1000;
constexpr int lookIntervalWhileTraining = 3000;

class Digest {
public:
    void add(std::uint64_t value) { m_value = (m_value ^ value) * 0x9E3779B97F4A7C15ULL + (m_value >> 29); }
    void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
    void add(const std::string& value) { add(std::hash<std::string>{}(value)); }
    std::uint64_t value() const { return m_value; }

private:
    std::uint64_t m_value = 1;
};

/// What a table of runs shows, without the figures of those that train here: they come from the engine.
std::uint64_t digestOf(const std::vector<RunRow>& rows)
{
    Digest digest;
    for (const RunRow& row : rows) {
        digest.add(row.id);
        digest.add(static_cast<std::uint64_t>(row.state) * 2 + (row.deleted ? 1 : 0));
        digest.add(row.name);
        digest.add(row.notes);
        digest.add(row.message);
        for (const RunId& compared : {row.control, row.twin, row.randomTeacher}) {
            digest.add(compared);
        }
        const RunMarks& marks = row.marks;
        digest.add(static_cast<std::uint64_t>(marks.starred + 2 * marks.pinned + 4 * marks.hidden + 8 * marks.archived + 16 * (marks.colour + 1)));
        digest.add(row.startedAt);
        digest.add(row.endedAt);
        for (const std::string& tag : row.tags) {
            digest.add(tag);
        }
        if (!isLive(row.state) || trainsElsewhere(row)) {
            digest.add(row.figures.bestAccuracy);
            digest.add(row.figures.lastAccuracy);
            digest.add(static_cast<std::uint64_t>(row.figures.step));
        }
    }
    return digest.value();
}

struct Glance {
    std::int64_t revision = -1;
    std::uint64_t digest = 0;
    QString failure;
};

QString sentenceOf(const std::exception& exception)
{
    // A library's message may be followed by a backtrace: the first line is the sentence.
    return QString::fromUtf8(exception.what()).section(QLatin1Char('\n'), 0, 0);
}

} // namespace

bool trainsElsewhere(const RunRow& row)
{
    static const Owner here = Owner::thisProcess();
    return isLive(row.state) && (row.ownerPid != here.pid || row.ownerBoot != here.boot);
}

Session::Session(std::shared_ptr<History> history, std::unique_ptr<Engine> engine, QObject* parent)
    : QObject(parent)
    , m_history(std::move(history))
    , m_engine(std::move(engine))
    , m_reader(new QObject)
    , m_actions(new QObject)
{
    m_readerThread.setObjectName(QStringLiteral("reader"));
    m_actionsThread.setObjectName(QStringLiteral("actions"));
    m_reader->moveToThread(&m_readerThread);
    m_actions->moveToThread(&m_actionsThread);
    m_readerThread.start();
    m_actionsThread.start();

    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &Session::drain);
    m_timer.start(liveInterval);
    connect(&m_lookTimer, &QTimer::timeout, this, &Session::lookForChanges);
    m_lookTimer.start(lookInterval);
    lookForChanges();
}

Session::~Session()
{
    m_timer.stop();
    m_lookTimer.stop();
    // Reads are dropped; what a person asked for is still carried out.
    m_readerThread.quit();
    QMetaObject::invokeMethod(
        m_actions, [this] { m_actionsThread.quit(); }, Qt::QueuedConnection);
    m_readerThread.wait();
    m_actionsThread.wait();
    delete m_reader;
    delete m_actions;
    m_engine.reset();
}

void Session::runOn(QObject* worker, QObject* context, std::function<std::function<void()>()> job,
                    std::function<void()> failed)
{
    // The guard travels through the worker, but only the window's thread ever looks into it.
    const QPointer<QObject> guard(context ? context : this);
    QMetaObject::invokeMethod(
        worker,
        [this, guard, job = std::move(job), failed = std::move(failed)] {
            std::function<void()> done;
            std::optional<QString> failure;
            try {
                done = job();
            } catch (const std::exception& exception) {
                failure = sentenceOf(exception);
            }
            QMetaObject::invokeMethod(
                this,
                [this, guard, done = std::move(done), failed, failure] {
                    if (failure) {
                        Q_EMIT problem(*failure);
                    }
                    const std::function<void()>& next = failure ? failed : done;
                    if (guard && next) {
                        attempt(next);
                    }
                },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void Session::readLater(QObject* context, std::function<std::function<void()>()> job)
{
    runOn(m_reader, context, std::move(job), {});
}

void Session::perform(QObject* context, std::function<void(History&, Engine&)> job, std::function<void()> done,
                      std::function<void()> failed)
{
    runOn(
        m_actions, context,
        [this, job = std::move(job), done = std::move(done)]() -> std::function<void()> {
            job(*m_history, *m_engine);
            QMetaObject::invokeMethod(this, &Session::lookForChanges, Qt::QueuedConnection);
            return done;
        },
        std::move(failed));
}

bool Session::attempt(const std::function<void()>& action)
{
    try {
        action();
        return true;
    } catch (const std::exception& exception) {
        Q_EMIT problem(sentenceOf(exception));
    }
    return false;
}

void Session::drain()
{
    attempt([this] { m_engine->drain(m_updates); });
    if (m_updates.empty()) {
        if (++m_idleTicks == ticksUntilIdle) {
            m_timer.setInterval(idleInterval);
            m_lookTimer.setInterval(lookInterval);
        }
        return;
    }
    if (m_idleTicks >= ticksUntilIdle) {
        m_timer.setInterval(liveInterval);
        m_lookTimer.setInterval(lookIntervalWhileTraining);
    }
    m_idleTicks = 0;
    attempt([this] { Q_EMIT updated(m_updates); });
    const bool ended = std::any_of(m_updates.statuses.begin(), m_updates.statuses.end(),
                                   [](const RunStatus& status) { return !isLive(status.state); });
    if (!m_updates.added.empty() || ended) {
        lookForChanges();
    }
}

void Session::lookForChanges()
{
    if (m_looking) {
        m_lookAgain = true;
        return;
    }
    m_looking = true;
    read<Glance>(
        this,
        [known = m_revision, digest = m_digest](const History& history) {
            Glance glance{known, digest, {}};
            try {
                const std::int64_t revision = history.revision();
                if (revision != known) {
                    glance.digest = digestOf(history.runs(true));
                    glance.revision = revision;
                }
            } catch (const std::exception& exception) {
                glance.failure = sentenceOf(exception);
            }
            return glance;
        },
        [this](const Glance& glance) {
            m_looking = false;
            // Said once, not every second.
            if (!glance.failure.isEmpty() && !m_lookFailed) {
                Q_EMIT problem(glance.failure);
            }
            m_lookFailed = !glance.failure.isEmpty();
            const bool changed = m_revision >= 0 && glance.digest != m_digest;
            m_revision = glance.revision;
            m_digest = glance.digest;
            if (std::exchange(m_lookAgain, false)) {
                lookForChanges();
            }
            if (changed) {
                Q_EMIT rowsChanged();
            }
        });
}

} // namespace distill::ui
