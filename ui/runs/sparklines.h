// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/series.h"
#include "history/run.h"

#include <QElapsedTimer>
#include <QObject>
#include <QPointF>
#include <QTimer>
#include <QVector>
#include <unordered_map>

namespace distill::ui {

class Session;

/// Some thirty points of one curve of the runs that are in sight, read in the background.
class Sparklines : public QObject {
    Q_OBJECT

public:
    explicit Sparklines(Session& session, QObject* parent = nullptr);

    void setSeries(const std::string& series); ///< forgets all
    const std::string& series() const { return m_series; }
    /// Runs in sight, and which of them still train: those are read again every other second.
    void want(const std::vector<RunId>& runs, const std::vector<RunId>& live);
    void forget(const RunId& run); ///< its curve has changed
    /// Points of a run, finite ones, x by step; empty while they are not read.
    const QVector<QPointF>& of(const RunId& run) const;

Q_SIGNALS:
    void arrived();

private:
    void read(bool liveToo = false);

    Session& m_session;
    std::string m_series = series::accuracyValidation;
    std::unordered_map<RunId, QVector<QPointF>> m_curves;
    std::vector<RunId> m_wanted, m_live;
    QTimer m_again;
    bool m_reading = false;
    bool m_readAgain = false;
    int m_generation = 0; ///< of the series: what was asked for before counts no more
};

} // namespace distill::ui
