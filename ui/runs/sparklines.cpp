// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/sparklines.h"

#include "ui/session.h"

#include <algorithm>
#include <cmath>

namespace distill::ui {

namespace {

constexpr std::size_t points = 30;
constexpr std::size_t mostKept = 4000;
constexpr int liveInterval = 2000;

} // namespace

Sparklines::Sparklines(Session& session, QObject* parent)
    : QObject(parent), m_session(session)
{
    m_again.setSingleShot(true);
    m_again.setInterval(liveInterval);
    connect(&m_again, &QTimer::timeout, this, [this] { read(true); });
}

void Sparklines::setSeries(const std::string& series)
{
    if (series != m_series) {
        m_series = series;
        m_curves.clear();
        ++m_generation;
        read();
        Q_EMIT arrived();
    }
}

void Sparklines::want(const std::vector<RunId>& runs, const std::vector<RunId>& live)
{
    m_wanted = runs;
    m_live = live;
    if (!live.empty() && !m_again.isActive()) {
        m_again.start();
    }
    read();
}

void Sparklines::forget(const RunId& run)
{
    m_curves.erase(run);
}

const QVector<QPointF>& Sparklines::of(const RunId& run) const
{
    static const QVector<QPointF> none;
    const auto found = m_curves.find(run);
    return found == m_curves.end() ? none : found->second;
}

void Sparklines::read(bool liveToo)
{
    if (m_reading) {
        m_readAgain = true;
        return;
    }
    std::vector<RunId> missing;
    std::copy_if(m_wanted.begin(), m_wanted.end(), std::back_inserter(missing), [&](const RunId& run) {
        return !m_curves.contains(run) || (liveToo && std::find(m_live.begin(), m_live.end(), run) != m_live.end());
    });
    if (missing.empty()) {
        return;
    }
    if (m_curves.size() > mostKept) {
        m_curves.clear();
        missing = m_wanted;
    }
    using Curves = std::vector<std::vector<Point>>;
    m_reading = true;
    m_session.read<Curves>(
        this,
        [missing, series = m_series](const History& history) {
            try {
                return history.coarseCurves(missing, series, points);
            } catch (const std::exception&) { // the session says why the history cannot be read
                return Curves(missing.size());
            }
        },
        [this, missing, generation = m_generation](Curves curves) {
            m_reading = false;
            for (std::size_t i = 0; i < missing.size() && generation == m_generation; ++i) {
                QVector<QPointF>& kept = m_curves[missing[i]];
                kept.clear();
                for (const Point& point : curves[i]) {
                    if (std::isfinite(point.value)) {
                        kept.append({static_cast<double>(point.step), point.value});
                    }
                }
            }
            if (std::exchange(m_readAgain, false) || generation != m_generation) {
                read();
            }
            if (!m_live.empty() && !m_again.isActive()) {
                m_again.start();
            }
            Q_EMIT arrived();
        });
}

} // namespace distill::ui
