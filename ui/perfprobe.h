// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <functional>
#include <vector>

namespace distill::ui {

class Session;

/// How fluent the window is: gaps of its event loop beyond a timer of 5 ms, updates a second, milliseconds of
/// replotting.
class PerfProbe : public QObject {
    Q_OBJECT

public:
    PerfProbe(Session& session, std::function<double()> replotMilliseconds, QObject* parent = nullptr);

    struct Figures {
        double seconds = 0;
        double gapMedian = 0; ///< milliseconds between two turns of the event loop
        double gap95 = 0;
        double gapMost = 0;
        double updatesPerSecond = 0;
        double replot95 = 0; ///< milliseconds
        double sum95 = 0; ///< 95th percentile of replot plus event gap
    };
    void start(); ///< forgets what was measured
    void stop() { m_timer.stop(); }
    Figures figures() const;
    static QByteArray json(const Figures& figures);

    /// The value that a share of the values does not exceed; 0 where there are none.
    static double percentile(std::vector<double> values, double share);

private:
    void tick();

    std::function<double()> m_replot;
    QTimer m_timer;
    QElapsedTimer m_since;
    QElapsedTimer m_last;
    std::vector<double> m_gaps;
    std::vector<double> m_replots;
    std::vector<double> m_sums;
    double m_longestGap = 0; ///< since the last update
    int m_updates = 0;
};

/// Seconds since this process was started, by the kernel's record; -1 where it cannot be read.
double secondsSinceProcessStart();

} // namespace distill::ui
