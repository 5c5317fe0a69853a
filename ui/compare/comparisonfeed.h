// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/comparison.h"
#include "ui/compare/comparebar.h"

#include <QObject>
#include <QThreadPool>
#include <QTimer>
#include <atomic>
#include <memory>

namespace distill::ui {

class Session;

/// Keeps the comparison of the chosen runs: first without verdicts, which takes milliseconds, then with them, on a thread of its own
/// since they may have to compute what runs answer. It is made anew when one of the runs has changed.
class ComparisonFeed : public QObject {
    Q_OBJECT

public:
    explicit ComparisonFeed(Session& session, QObject* parent = nullptr);
    ~ComparisonFeed() override;

    /// `chooseBaseline`: where none is given a control among the runs, else the teacher of one of them.
    void setRuns(const std::vector<RunId>& runs, const RunId& baseline, bool chooseBaseline);
    std::shared_ptr<const Comparison> comparison() const { return m_comparison; }
    bool hasVerdicts() const { return m_hasVerdicts; }
    bool isCurrent() const { return m_comparison && m_arrived == m_request; }
    /// Controls, teachers and twins of the runs that are not among them.
    const QVector<CompareBar::Companion>& companions() const { return m_companions; }
    void wake(); ///< looks for what changed while nobody looked

Q_SIGNALS:
    void arrived();
    void verdictsArrived();
    void missing(int count); ///< runs that the history no longer has

private:
    struct Read {
        std::shared_ptr<Comparison> comparison;
        QVector<CompareBar::Companion> companions;
        int missing = 0;
    };
    static Read read(const History& history, std::vector<RunId> runs, RunId baseline, bool chooseBaseline);
    void request(bool chooseBaseline);
    void readVerdicts();
    void cancelVerdicts();
    static std::string stateOf(const Comparison& comparison, const RunId& baseline);

    Session& m_session;
    QThreadPool m_pool;
    QTimer m_again;
    std::shared_ptr<std::atomic<bool>> m_goOn; ///< of the verdicts being worked out
    std::vector<RunId> m_runs;
    RunId m_baseline;
    std::shared_ptr<const Comparison> m_comparison;
    QVector<CompareBar::Companion> m_companions;
    int m_request = 0, m_arrived = 0;
    bool m_hasVerdicts = false;
    std::string m_verdictsOf; ///< runs and states that the verdicts are of
};

} // namespace distill::ui
