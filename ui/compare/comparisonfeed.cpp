// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparisonfeed.h"

#include "ui/session.h"

#include <QCoreApplication>
#include <algorithm>
#include <set>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace distill::ui {

namespace {

constexpr int whileLive = 3000; ///< milliseconds between two looks at runs that train

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

} // namespace

ComparisonFeed::ComparisonFeed(Session& session, QObject* parent)
    : QObject(parent)
    , m_session(session)
{
    m_pool.setMaxThreadCount(1);
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, [this] { request(false); });
    connect(&session, &Session::rowsChanged, this, &ComparisonFeed::wake);
}

ComparisonFeed::~ComparisonFeed()
{
    cancelVerdicts();
    m_pool.waitForDone();
}

void ComparisonFeed::setRuns(const std::vector<RunId>& runs, const RunId& baseline, bool chooseBaseline)
{
    m_runs = runs;
    m_baseline = baseline;
    m_again.stop();
    if (runs.empty()) {
        ++m_request; // what is on the way is of no use any more
        cancelVerdicts();
        m_comparison.reset();
        m_companions.clear();
        return;
    }
    request(chooseBaseline);
}

void ComparisonFeed::wake()
{
    if (!m_runs.empty() && !m_again.isActive()) {
        m_again.start(0);
    }
}

ComparisonFeed::Read ComparisonFeed::read(const History& history, std::vector<RunId> runs, RunId baseline, bool chooseBaseline)
{
    Read result;
    std::map<RunId, RunRow> rows;
    std::erase_if(runs, [&](const RunId& run) {
        auto row = history.run(run);
        result.missing += row ? 0 : 1;
        if (row) {
            rows[run] = std::move(*row);
        }
        return !row;
    });
    const auto among = [&](const RunId& run) { return rows.contains(run); };
    if (!baseline.empty() && !among(baseline)) {
        baseline.clear();
    }
    if (baseline.empty() && chooseBaseline && runs.size() > 1) {
        for (const RunId& run : runs) {
            if (baseline.empty() && rows[run].role == RunRole::Control) {
                baseline = run;
            }
        }
        for (const RunId& run : runs) {
            for (const RunId& teacher : rows[run].teachers) {
                if (baseline.empty() && among(teacher)) {
                    baseline = teacher;
                }
            }
        }
    }
    result.comparison = std::make_shared<Comparison>(compareRuns(history, runs, baseline, false));
    std::set<RunId> offered;
    const auto offer = [&](const RunId& run, const char* kind) {
        if (run.empty() || among(run) || offered.contains(run)) {
            return;
        }
        if (const auto row = history.run(run); row && !row->deleted) {
            offered.insert(run);
            result.companions.append({run, QCoreApplication::translate("ComparisonFeed", kind).arg(text(row->name))});
        }
    };
    constexpr std::size_t looked = 24; // of hundreds of runs nobody wants hundreds of offers
    for (std::size_t i = 0; i < std::min(looked, runs.size()); ++i) {
        offer(rows[runs[i]].control, QT_TRANSLATE_NOOP("ComparisonFeed", "the student alone: %1"));
    }
    for (std::size_t i = 0; i < std::min(looked, runs.size()); ++i) {
        for (const RunId& teacher : rows[runs[i]].teachers) {
            offer(teacher, QT_TRANSLATE_NOOP("ComparisonFeed", "the teacher: %1"));
        }
        offer(rows[runs[i]].twin, QT_TRANSLATE_NOOP("ComparisonFeed", "the teacher's twin: %1"));
        offer(rows[runs[i]].randomTeacher, QT_TRANSLATE_NOOP("ComparisonFeed", "the student of a random teacher: %1"));
    }
    return result;
}

void ComparisonFeed::request(bool chooseBaseline)
{
    const int number = ++m_request;
    m_session.read<Read>(
        this,
        [runs = m_runs, baseline = m_baseline, chooseBaseline](const History& history) { return read(history, runs, baseline, chooseBaseline); },
        [this, number](Read result) {
            if (number != m_request) {
                return; // other runs were chosen since
            }
            m_arrived = number;
            if (m_hasVerdicts && stateOf(*result.comparison, m_baseline) == m_verdictsOf) { // they hold still
                result.comparison->verdicts = m_comparison->verdicts;
                for (std::size_t i = 0; i < result.comparison->groups.size() && i < m_comparison->groups.size(); ++i) {
                    result.comparison->groups[i].accuracy = m_comparison->groups[i].accuracy;
                    result.comparison->groups[i].toBaseline = m_comparison->groups[i].toBaseline;
                }
            }
            m_comparison = result.comparison;
            m_companions = std::move(result.companions);
            m_runs.clear();
            bool live = false;
            for (const Comparison::Run& run : m_comparison->runs) {
                m_runs.push_back(run.row.id);
                live = live || isLive(run.row.state);
            }
            m_baseline = m_comparison->baseline ? m_runs[*m_comparison->baseline] : RunId();
            if (live) {
                m_again.start(whileLive);
            }
            if (result.missing > 0) {
                Q_EMIT missing(result.missing);
            }
            readVerdicts();
            Q_EMIT arrived();
        });
}

std::string ComparisonFeed::stateOf(const Comparison& comparison, const RunId& baseline)
{
    std::string state = baseline;
    for (const Comparison::Run& run : comparison.runs) {
        state += '\n' + run.row.id + nameOf(run.row.state);
    }
    return state;
}

void ComparisonFeed::cancelVerdicts()
{
    if (m_goOn) {
        *m_goOn = false;
        m_goOn.reset();
    }
}

void ComparisonFeed::readVerdicts()
{
    const std::string state = stateOf(*m_comparison, m_baseline);
    if (state == m_verdictsOf && (m_goOn || m_hasVerdicts)) {
        return; // on the way, or there
    }
    m_hasVerdicts = false;
    cancelVerdicts();
    m_goOn = std::make_shared<std::atomic<bool>>(true);
    m_verdictsOf = state;
    m_pool.start([this, goOn = m_goOn, history = m_session.history(), runs = m_runs, baseline = m_baseline] {
        setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10); // as trainers: the window goes first
        std::shared_ptr<const Comparison> result;
        QString failure;
        try {
            result = std::make_shared<Comparison>(compareRuns(*history, runs, baseline, true, [goOn] { return goOn->load(); }));
        } catch (const std::exception& exception) {
            failure = QString::fromUtf8(exception.what()).section(QLatin1Char('\n'), 0, 0);
        }
        QMetaObject::invokeMethod(
            this,
            [this, goOn, result, failure] {
                if (!*goOn || goOn != m_goOn) {
                    return;
                }
                m_goOn.reset();
                m_hasVerdicts = true;
                if (result) {
                    m_comparison = result;
                } else {
                    Q_EMIT m_session.problem(failure);
                }
                Q_EMIT verdictsArrived();
            },
            Qt::QueuedConnection);
    });
}

} // namespace distill::ui
