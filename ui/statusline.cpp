// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/statusline.h"

#include "ui/perfprobe.h"
#include "ui/session.h"
#include "ui/theme.h"

#include <QEvent>
#include <QLabel>
#include <algorithm>

namespace distill::ui {

namespace {

constexpr int healthInterval = 10'000;

struct MachineLine {
    QString sentence;
    bool slow = false;
};

} // namespace

StatusLine::StatusLine(Session& session, PerfProbe& probe, QWidget* parent)
    : QStatusBar(parent)
    , m_session(session)
    , m_probe(probe)
    , m_liveLabel(new QLabel(this))
    , m_health(new QLabel(this))
    , m_machine(new QLabel(tr("Looking at the machine\u2026"), this))
    , m_performance(new QLabel(this))
{
    m_liveLabel->setAccessibleName(tr("Live runs"));
    m_health->setAccessibleName(tr("Workspace"));
    m_machine->setAccessibleName(tr("Machine"));
    m_performance->setAccessibleName(tr("Fluency of the window"));
    for (QLabel* label : {m_liveLabel, m_health, m_machine, m_performance}) {
        label->setTextFormat(Qt::PlainText);
        label->setContentsMargins(6, 0, 6, 0);
    }
    addWidget(m_liveLabel);
    addWidget(m_health);
    addPermanentWidget(m_performance);
    addPermanentWidget(m_machine);
    m_health->hide();
    m_performance->hide();

    connect(&session, &Session::updated, this, [this](const Updates& updates) {
        if (updates.statuses.empty()) {
            return;
        }
        const std::map<RunId, RunState> before = m_live;
        for (const RunStatus& status : updates.statuses) {
            if (isLive(status.state)) {
                m_live[status.id] = status.state;
            } else {
                m_live.erase(status.id);
            }
        }
        if (m_live != before) {
            showLive();
            Q_EMIT liveRunsChanged(liveRuns());
        }
    });
    connect(&session, &Session::rowsChanged, this, &StatusLine::askHealth);
    connect(&m_healthTimer, &QTimer::timeout, this, &StatusLine::askHealth);
    connect(&m_performanceTimer, &QTimer::timeout, this, [this] {
        const PerfProbe::Figures figures = m_probe.figures();
        m_performance->setText(tr("event gap p50 %1, p95 %2 ms \u00b7 replot p95 %3 ms \u00b7 %4 updates/s")
                                   .arg(figures.gapMedian, 0, 'f', 1)
                                   .arg(figures.gap95, 0, 'f', 1)
                                   .arg(figures.replot95, 0, 'f', 1)
                                   .arg(figures.updatesPerSecond, 0, 'f', 1));
        m_probe.start();
    });
    m_healthTimer.start(healthInterval);
    showLive();
    colour();
    askHealth();
    askMachine();
}

void StatusLine::askMachine()
{
    m_session.read<MachineLine>(
        this,
        [](const History&) {
            return MachineLine{QString::fromStdString(machine().sentence()), !machine().fastBlas};
        },
        [this](const MachineLine& line) {
            m_machine->setText(line.sentence);
            m_machine->setToolTip(line.slow ? tr("The linear algebra library is slow: install libopenblas0-openmp.")
                                            : tr("What the runs compute on"));
        });
}

void StatusLine::askHealth()
{
    m_session.read<QString>(
        this, [](const History& history) { return QString::fromStdString(history.health().message); },
        [this](const QString& message) {
            m_health->setText(message);
            m_health->setVisible(!message.isEmpty());
        });
}

void StatusLine::showLive()
{
    const auto count = [this](RunState state) {
        return static_cast<int>(
            std::count_if(m_live.begin(), m_live.end(), [state](const auto& run) { return run.second == state; }));
    };
    QStringList parts;
    if (const int running = count(RunState::Running)) {
        parts << tr("%n running", nullptr, running);
    }
    if (const int paused = count(RunState::Paused)) {
        parts << tr("%n paused", nullptr, paused);
    }
    if (const int queued = count(RunState::Queued)) {
        parts << tr("%n queued", nullptr, queued);
    }
    m_liveLabel->setText(parts.isEmpty() ? tr("No run is training") : parts.join(QStringLiteral(", ")));
}

void StatusLine::showPerformance(bool on)
{
    m_performance->setVisible(on);
    if (on) {
        m_probe.start();
        m_performanceTimer.start(1000);
    } else {
        m_probe.stop();
        m_performanceTimer.stop();
    }
}

void StatusLine::colour()
{
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, Theme::muted(quiet));
    QPalette warning = palette();
    warning.setColor(QPalette::WindowText, Theme::warning(warning));
    m_machine->setPalette(quiet);
    m_performance->setPalette(quiet);
    m_health->setPalette(warning);
}

void StatusLine::changeEvent(QEvent* event)
{
    QStatusBar::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        colour();
    }
}

} // namespace distill::ui
