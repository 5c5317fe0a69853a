// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/transport.h"

#include "ui/format.h"
#include "ui/monitor/progressline.h"
#include "ui/session.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QApplication>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

Transport::Transport(QWidget* parent)
    : QWidget(parent)
    , m_progress(new ProgressLine)
    , m_message(new QLabel)
    , m_factsLabel(new QLabel)
{
    const auto make = [this](const char* name, const char* icon, const QString& text, const QKeySequence& key,
                             Qt::ShortcutContext context) {
        auto* action = new QAction(QIcon::fromTheme(QString::fromLatin1(icon)), text, this);
        action->setObjectName(QString::fromLatin1(name));
        action->setShortcut(key);
        action->setShortcutContext(context);
        return action;
    };
    m_start = make("start", "media-playback-start", tr("Start"), {}, Qt::WidgetWithChildrenShortcut);
    m_pause = make("pause", "media-playback-pause", tr("Pause"), {}, Qt::WidgetWithChildrenShortcut);
    m_step = make("step", "media-skip-forward", tr("Step"), QKeySequence(Qt::Key_S), Qt::WidgetWithChildrenShortcut);
    m_stop
        = make("stop", "media-playback-stop", tr("Stop"), QKeySequence(Qt::CTRL | Qt::Key_Period), Qt::WindowShortcut);
    m_checkpoint = make("checkpoint", "document-save", tr("Checkpoint"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S),
                        Qt::WindowShortcut);

    connect(m_start, &QAction::triggered, this, &Transport::start);
    connect(m_pause, &QAction::triggered, this,
            [this] { acknowledge(tr("Pausing, finishing the step"), Command::Pause); });
    connect(m_step, &QAction::triggered, this, [this] { Q_EMIT commanded(m_id, Command::Step); });
    connect(m_stop, &QAction::triggered, this,
            [this] { acknowledge(tr("Stopping, finishing the step"), Command::Stop); });
    connect(m_checkpoint, &QAction::triggered, this, [this] { Q_EMIT commanded(m_id, Command::Checkpoint); });

    auto* line = new QHBoxLayout;
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(2);
    for (QAction* action : actions()) {
        auto* button = new QToolButton(this);
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        button->setIconSize(QSize(22, 22));
        button->setFocusPolicy(Qt::TabFocus);
        button->setToolButtonStyle(action == m_start ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
        button->setAccessibleName(action->text());
        connect(action, &QAction::changed, button, [button, action] { button->setAccessibleName(action->text()); });
        if (action == m_start) {
            // As wide as its widest caption, or the buttons beside it would move under the mouse.
            int widest = 0;
            for (const QString& caption : {tr("Continue"), tr("Resume"), tr("Start")}) {
                action->setText(caption);
                widest = std::max(widest, button->sizeHint().width());
            }
            button->setFixedWidth(widest);
        }
        line->addWidget(button);
    }
    line->addSpacing(6);
    auto* facts = new QVBoxLayout;
    facts->setSpacing(1);
    m_progress->setAccessibleName(tr("Progress of the current run"));
    m_progress->setMinimumWidth(120);
    m_progress->setFixedHeight(fontMetrics().height() + 4);
    m_message->setAccessibleName(tr("State of the current run"));
    m_factsLabel->setAccessibleName(tr("Figures of the current run"));
    m_factsLabel->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_message->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    auto* upper = new QHBoxLayout;
    upper->setSpacing(8);
    upper->addWidget(m_progress, 1);
    upper->addWidget(m_message);
    facts->addLayout(upper);
    facts->addWidget(m_factsLabel);
    line->addLayout(facts, 1);
    setLayout(line);
    qApp->installEventFilter(this);
    showState();
}

// A shortcut comes before the focused widget: without this, Space would pause instead of pressing the button under
// focus.
bool Transport::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Space
        && (qobject_cast<QAbstractButton*>(watched) || qobject_cast<QAbstractItemView*>(watched)
            || qobject_cast<QComboBox*>(watched))) {
        event->accept();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void Transport::setRun(const RunId& id, const WatchedRun* run)
{
    if (id != m_id) {
        m_pending.clear();
    }
    m_id = id;
    m_run.reset();
    m_unreadable = run && run->unreadable;
    // Neither a row nor a state: nothing is known of it yet, or nothing can be.
    if (run && (run->row || run->status)) {
        m_hasCheckpoint = std::any_of(run->events.begin(), run->events.end(),
                                      [](const RunEvent& event) { return event.kind == "checkpoint"; });
        m_run = WatchedRun{run->name, run->row, run->status, {}, {}, run->unreadable};
        if (!m_pending.isEmpty() && (run->state() != m_pendingFrom || !isLive(run->state()))) {
            m_pending.clear();
        }
    }
    showState();
}

void Transport::start()
{
    if (!m_run) {
        Q_EMIT startRequested();
        return;
    }
    const RunState state = m_run->state();
    if (state == RunState::Paused) {
        acknowledge(tr("Continuing"), Command::Unpause);
    } else if (canResumeNow()) {
        acknowledge(tr("Resuming from the last checkpoint"), Command::Resume);
    } else if (!isLive(state)) {
        Q_EMIT startRequested();
    }
}

/// A run that diverged would only do so again from its beginning.
bool Transport::canResumeNow() const
{
    return m_run && canResume(m_run->state()) && (m_run->state() != RunState::Diverged || m_hasCheckpoint);
}

void Transport::acknowledge(const QString& text, Command command)
{
    m_pending = text;
    m_pendingFrom = m_run ? std::optional(m_run->state()) : std::nullopt;
    showState();
    Q_EMIT commanded(m_id, command);
}

void Transport::refused()
{
    m_pending.clear();
    showState();
}

void Transport::showState()
{
    const RunState state = m_run ? m_run->state() : RunState::Finished; // nothing to steer either way
    // A live run of another process can be watched, not steered.
    const bool ours = m_run && m_run->status.has_value();
    const bool live = ours && isLive(state);
    const bool running = live && state == RunState::Running;
    const bool paused = live && state == RunState::Paused;
    m_start->setEnabled((m_run || m_id.empty()) && (paused || !isLive(state)));
    m_start->setText(paused ? tr("Continue") : canResumeNow() ? tr("Resume") : tr("Start"));
    m_pause->setEnabled(running);
    m_step->setEnabled(running || paused);
    m_stop->setEnabled(live);
    m_checkpoint->setEnabled(running || paused);
    const QKeySequence space(Qt::Key_Space);
    m_pause->setShortcut(paused ? QKeySequence() : space);
    m_start->setShortcut(paused ? space : QKeySequence());
    const auto tip = [](QAction* action, const QString& text) {
        const QString key = action->shortcut().toString(QKeySequence::NativeText);
        action->setToolTip(key.isEmpty() ? text : u"%1 (%2)"_s.arg(text, key));
    };
    tip(m_start,
        paused               ? tr("Continue training")
            : canResumeNow() ? tr("Resume training from the last checkpoint")
                             : tr("Start the experiment in the editor"));
    tip(m_pause, tr("Pause at the end of the step"));
    tip(m_step, tr("Train one step, then pause"));
    tip(m_stop, tr("Save a checkpoint and stop"));
    tip(m_checkpoint, tr("Save a checkpoint now"));
    showFacts();
}

QString Transport::message() const
{
    return m_message->text();
}

void Transport::showFacts()
{
    QString said;
    RunFigures figures;
    if (!m_run) {
        said = m_id.empty() ? tr("No run") : m_unreadable ? tr("Cannot be read") : tr("Loading");
    } else {
        said = QString::fromLatin1(nameOf(m_run->state()));
        said[0] = said[0].toUpper();
        if (m_run->status && isLive(m_run->state()) && !m_run->status->message.empty()) {
            said = QString::fromStdString(m_run->status->message);
        }
        figures = m_run->status ? m_run->status->figures : m_run->row->figures;
    }
    const auto total = std::max<std::int64_t>(figures.totalSteps, 1);
    m_progress->setRange(0, 1000);
    m_progress->setValue(static_cast<int>(1000.0 * static_cast<double>(figures.step) / static_cast<double>(total)));
    m_progress->setFormat(figures.totalSteps > 0
                              ? tr("step %1 of %2").arg(stepsText(figures.step), stepsText(figures.totalSteps))
                              : QString());
    m_message->setText(m_run && !m_pending.isEmpty() ? m_pending : said);
    m_facts = facts();
    fitFacts();
}

QVector<Transport::Fact> Transport::facts() const
{
    if (!m_run) {
        return m_id.empty() ? QVector<Fact>{{tr("Start runs the experiment in the editor"), 1}} : QVector<Fact>{};
    }
    QVector<Fact> facts{{m_run->name, 7}};
    if (m_run->status && isLive(m_run->state())) {
        const RunStatus& status = *m_run->status;
        if (!status.stage.empty()) {
            facts.append({tr("stage %1").arg(QString::fromStdString(status.stage)), 4});
        }
        if (status.epochs > 0) {
            const int decimals = status.epochs == std::floor(status.epochs) ? 0 : 2;
            facts.append(
                {tr("epoch %1 of %2")
                     .arg(QLocale().toString(status.epoch, 'f', 2), QLocale().toString(status.epochs, 'f', decimals)),
                 8});
        }
        facts.append({tr("%1 elapsed").arg(durationText(status.figures.seconds)), 5});
        if (m_run->state() != RunState::Queued && std::isfinite(status.secondsLeft)) {
            facts.append({tr("%1 left").arg(durationText(status.secondsLeft)), 9});
        }
        if (status.imagesPerSecond > 0) {
            facts.append({tr("%1 images/s").arg(stepsText(std::llround(status.imagesPerSecond))), 6});
        }
        if (status.threads > 0) {
            facts.append({status.threads == 1 ? tr("1 thread") : tr("%1 threads").arg(status.threads), 2});
        }
        if (!status.device.empty()) {
            facts.append({QString::fromStdString(status.device), 3});
        }
        return facts;
    }
    const RunFigures& figures = m_run->status ? m_run->status->figures : m_run->row->figures;
    if (m_run->row && trainsElsewhere(*m_run->row)) {
        facts.append({tr("trained by another window or program"), 9});
    }
    if (m_run->row && !m_run->row->message.empty()) {
        facts.append({QString::fromStdString(m_run->row->message), 9});
    }
    if (figures.seconds > 0 || !m_run->row || !m_run->row->isImported()) { // another program may have told no times
        facts.append({tr("%1 of training").arg(durationText(figures.seconds)), 5});
    }
    if (std::isfinite(figures.bestAccuracy)) {
        facts.append({tr("best validation accuracy %1").arg(percentText(figures.bestAccuracy, 2)), 6});
    }
    return facts;
}

void Transport::fitFacts()
{
    const auto line = [](const QVector<Fact>& facts) {
        QStringList texts;
        for (const Fact& fact : facts) {
            texts << fact.text;
        }
        return texts.join(u"  ·  "_s);
    };
    m_factsLabel->setToolTip(line(m_facts));
    QVector<Fact> fitting = m_facts;
    while (fitting.size() > 1 && fontMetrics().horizontalAdvance(line(fitting)) > m_factsLabel->width()) {
        fitting.erase(std::min_element(fitting.begin(), fitting.end(), [](const Fact& one, const Fact& other) {
            return one.importance < other.importance;
        }));
    }
    m_factsLabel->setText(fontMetrics().elidedText(line(fitting), Qt::ElideRight, m_factsLabel->width()));
}

void Transport::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitFacts();
}

} // namespace distill::ui
