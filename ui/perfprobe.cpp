// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/perfprobe.h"

#include "ui/session.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <cmath>
#include <ctime>
#include <unistd.h>

namespace distill::ui {

namespace {

constexpr int interval = 5;
constexpr std::size_t mostGaps = 120'000; // ten minutes

} // namespace

PerfProbe::PerfProbe(Session& session, std::function<double()> replotMilliseconds, QObject* parent)
    : QObject(parent)
    , m_replot(std::move(replotMilliseconds))
{
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &PerfProbe::tick);
    connect(&session, &Session::updated, this, [this] {
        if (m_timer.isActive()) {
            ++m_updates;
            m_replots.push_back(m_replot());
            m_sums.push_back(m_replots.back() + std::exchange(m_longestGap, 0));
        }
    });
}

void PerfProbe::start()
{
    m_gaps.clear();
    m_replots.clear();
    m_sums.clear();
    m_longestGap = 0;
    m_updates = 0;
    m_since.start();
    m_last.start();
    m_timer.start(interval);
}

void PerfProbe::tick()
{
    const double gap = static_cast<double>(m_last.nsecsElapsed()) * 1e-6;
    m_last.restart();
    m_longestGap = std::max(m_longestGap, gap);
    if (m_gaps.size() < mostGaps) {
        m_gaps.push_back(gap);
    }
}

double PerfProbe::percentile(std::vector<double> values, double share)
{
    if (values.empty()) {
        return 0;
    }
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    const auto place
        = values.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, values.size()) - 1);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

PerfProbe::Figures PerfProbe::figures() const
{
    Figures figures;
    figures.seconds = static_cast<double>(m_since.elapsed()) * 1e-3;
    figures.gapMedian = percentile(m_gaps, 0.5);
    figures.gap95 = percentile(m_gaps, 0.95);
    figures.gapMost = percentile(m_gaps, 1);
    figures.updatesPerSecond = figures.seconds > 0 ? m_updates / figures.seconds : 0;
    figures.replot95 = percentile(m_replots, 0.95);
    figures.sum95 = percentile(m_sums, 0.95);
    return figures;
}

QByteArray PerfProbe::json(const Figures& figures)
{
    const auto rounded = [](double value) { return std::round(value * 100) / 100; };
    QJsonObject object;
    object.insert(QStringLiteral("seconds"), rounded(figures.seconds));
    object.insert(QStringLiteral("event_gap_ms_p50"), rounded(figures.gapMedian));
    object.insert(QStringLiteral("event_gap_ms_p95"), rounded(figures.gap95));
    object.insert(QStringLiteral("event_gap_ms_max"), rounded(figures.gapMost));
    object.insert(QStringLiteral("updates_per_second"), rounded(figures.updatesPerSecond));
    object.insert(QStringLiteral("replot_ms_p95"), rounded(figures.replot95));
    object.insert(QStringLiteral("replot_plus_gap_ms_p95"), rounded(figures.sum95));
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

double secondsSinceProcessStart()
{
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly)) {
        return -1;
    }
    // The 22nd field, in ticks since the machine started; the second field may hold spaces and ends with ')'.
    const QByteArray stat = file.readAll();
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    if (fields.size() < 20) {
        return -1;
    }
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    const double started = fields[19].toDouble() / static_cast<double>(sysconf(_SC_CLK_TCK));
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 - started;
}

} // namespace distill::ui
