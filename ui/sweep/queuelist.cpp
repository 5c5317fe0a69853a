// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sweep/queuelist.h"

#include "ui/format.h"
#include "ui/session.h"
#include "ui/sweep/draglist.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>
#include <QTreeWidget>
#include <cmath>
#include <map>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

constexpr int milliseconds = 500;
enum Column { Place, Name, Expected, Waits };
constexpr int idRole = Qt::UserRole;

QToolButton* button(const char* icon, const QString& text, const QString& help, QKeySequence key, QWidget* parent)
{
    auto* const made = new QToolButton(parent);
    made->setIcon(QIcon::fromTheme(QLatin1String(icon)));
    made->setText(text);
    made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    made->setToolTip(key.isEmpty() ? help : help + u" ("_s + key.toString(QKeySequence::NativeText) + u')');
    made->setAccessibleName(text);
    made->setAutoRaise(true);
    return made;
}

} // namespace

QueueList::QueueList(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
{
    build();
    connect(&m_session, &Session::updated, this, [this](const Updates& updates) {
        if (updates.queueChanged) {
            refresh();
        }
    });
    connect(&m_session, &Session::rowsChanged, this, &QueueList::refresh);
    refresh();
}

void QueueList::build()
{
    auto* const list = new DragList;
    connect(list, &DragList::moved, this, [this](int by) { act([by](Engine& engine, const RunId& id) { engine.moveQueued(id, by); }); });
    m_list = list;
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAlternatingRowColors(true);
    m_list->setAccessibleName(tr("Runs that wait"));
    m_list->setHeaderLabels({u"#"_s, tr("Run"), tr("Expected"), tr("Waits for")});
    m_list->header()->setSectionResizeMode(Place, QHeaderView::ResizeToContents);
    m_list->header()->setSectionResizeMode(Name, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(Expected, QHeaderView::ResizeToContents);
    m_list->header()->setStretchLastSection(false);
    m_list->header()->resizeSection(Waits, fontMetrics().averageCharWidth() * 40);

    m_count = new QLabel;
    m_count->setWordWrap(true); // beside its buttons there is little room
    m_first = button("go-top", tr("First"), tr("Start this one next"), QKeySequence(u"Ctrl+Home"_s), this);
    m_up = button("go-up", tr("Earlier"), tr("One place earlier"), QKeySequence(u"Alt+Up"_s), this);
    m_down = button("go-down", tr("Later"), tr("One place later"), QKeySequence(u"Alt+Down"_s), this);
    m_hold = button("media-playback-pause", tr("Hold"), tr("It waits until it is let go"), {}, this);
    m_remove = button("list-remove", tr("Take out"), tr("Stop this run before it starts; it can be resumed"), QKeySequence(Qt::Key_Delete), this);
    m_pause = button("media-playback-pause", tr("Pause the queue"), tr("Nothing more starts; what trains goes on"), {}, this);
    m_pause->setCheckable(true);
    connect(m_first, &QToolButton::clicked, this, [this] { act([](Engine& engine, const RunId& id) { engine.moveQueued(id, -1000000); }); });
    connect(m_up, &QToolButton::clicked, this, [this] { act([](Engine& engine, const RunId& id) { engine.moveQueued(id, -1); }); });
    connect(m_down, &QToolButton::clicked, this, [this] { act([](Engine& engine, const RunId& id) { engine.moveQueued(id, 1); }); });
    connect(m_hold, &QToolButton::clicked, this, [this] {
        const RunId id = chosen();
        bool held = false;
        for (const Row& row : m_state.rows) {
            held = held || (row.run.id == id && row.run.held);
        }
        act([held](Engine& engine, const RunId& run) { engine.holdQueued(run, !held); });
    });
    connect(m_remove, &QToolButton::clicked, this, [this] { act([](Engine& engine, const RunId& id) { engine.stop(id); }); });
    connect(m_pause, &QToolButton::clicked, this, [this](bool on) {
        m_session.perform(this, [on](History&, Engine& engine) { engine.pauseQueue(on); }, [this] { refresh(); });
    });
    m_list->installEventFilter(this);
    connect(m_list, &QTreeWidget::currentItemChanged, this, &QueueList::enableButtons);

    m_leftText = new QLabel;
    m_continue = new QPushButton(tr("Continue them"));
    m_drop = new QPushButton(tr("Leave them"));
    m_drop->setToolTip(tr("Take them out of the queue; each can still be resumed"));
    connect(m_continue, &QPushButton::clicked, this, [this] {
        m_session.perform(this, [left = m_state.left](History&, Engine& engine) { engine.resumeRuns(left); }, [this] { refresh(); });
    });
    connect(m_drop, &QPushButton::clicked, this, [this] {
        m_session.perform(this, [left = m_state.left](History& history, Engine&) { history.leaveQueue(left); }, [this] { refresh(); });
    });
    m_leftLine = new QWidget;
    auto* const left = new QHBoxLayout(m_leftLine);
    left->setContentsMargins(0, 0, 0, 0);
    left->addWidget(m_leftText);
    left->addWidget(m_continue);
    left->addWidget(m_drop);
    left->addStretch(1);
    m_leftLine->hide();

    auto* const buttons = new QHBoxLayout;
    buttons->setSpacing(2);
    buttons->addWidget(m_count, 1);
    for (QToolButton* each : {m_first, m_up, m_down, m_hold, m_remove, m_pause}) {
        buttons->addWidget(each);
    }
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(buttons);
    layout->addWidget(m_leftLine);
    layout->addWidget(m_list, 1);
    enableButtons();
}

/// The list's own keys (Ctrl+Home is one) give way to the queue's.
bool QueueList::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress || event->type() == QEvent::ShortcutOverride) {
        const auto* const key = static_cast<QKeyEvent*>(event);
        const bool control = key->modifiers() == Qt::ControlModifier, alt = key->modifiers() == Qt::AltModifier;
        QToolButton* const meant = control && key->key() == Qt::Key_Home ? m_first
            : alt && key->key() == Qt::Key_Up                             ? m_up
            : alt && key->key() == Qt::Key_Down                           ? m_down
            : key->modifiers() == Qt::NoModifier && key->key() == Qt::Key_Delete ? m_remove
                                                                                 : nullptr;
        if (meant) {
            event->accept();
            if (event->type() == QEvent::KeyPress) {
                meant->click();
            }
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void QueueList::refresh()
{
    if (m_reading) {
        m_again = true;
        return;
    }
    m_reading = true;
    read();
}

void QueueList::read()
{
    m_session.read<State>(
        this,
        [&engine = m_session.engine()](const History& history) {
            State state;
            state.paused = engine.queueIsPaused();
            // At the pace of those of its group that have begun.
            struct Pace {
                double secondsPerStep, steps;
            };
            std::map<std::pair<std::string, RunRole>, Pace> paces;
            const auto paceOf = [&](const RunRow& run) {
                const std::pair key(run.group, run.role);
                if (const auto known = paces.find(key); known != paces.end()) {
                    return known->second;
                }
                double seconds = 0, done = 0, whole = 0, count = 0;
                for (const RunRow& other : history.runsOfGroup(run.group)) {
                    if (other.figures.totalSteps > 0 && other.role == run.role) {
                        seconds += other.figures.seconds;
                        done += static_cast<double>(other.figures.step);
                        whole += static_cast<double>(other.figures.totalSteps);
                        ++count;
                    }
                }
                return paces[key] = done > 0 ? Pace{seconds / done, whole / count} : Pace{std::nan(""), 0};
            };
            for (QueuedRun& waiting : engine.queue()) {
                Row row{std::move(waiting), std::nan("")};
                if (const auto run = history.run(row.run.id)) {
                    const Pace pace = paceOf(*run);
                    const double steps = run->figures.totalSteps > 0 ? static_cast<double>(run->figures.totalSteps) : pace.steps;
                    row.seconds = pace.secondsPerStep * (steps - static_cast<double>(run->figures.step));
                }
                state.secondsLeft += row.seconds;
                state.rows.push_back(std::move(row));
            }
            for (const QueuePlace& place : history.queue()) {
                const auto run = history.run(place.run);
                if (run && run->state == RunState::Interrupted) {
                    state.left.push_back(place.run);
                }
            }
            return state;
        },
        [this](const State& state) {
            display(state);
            QTimer::singleShot(milliseconds, this, [this] {
                m_reading = false;
                if (std::exchange(m_again, false)) {
                    refresh();
                }
            });
        });
}

void QueueList::display(const State& state)
{
    const RunId current = chosen();
    m_state = state;
    const QSignalBlocker quiet(m_list);
    const auto count = static_cast<int>(state.rows.size());
    while (m_list->topLevelItemCount() > count) {
        delete m_list->takeTopLevelItem(m_list->topLevelItemCount() - 1);
    }
    while (m_list->topLevelItemCount() < count) {
        auto* const item = new QTreeWidgetItem(m_list);
        item->setSizeHint(Place, QSize(0, fontMetrics().height() + 6));
        item->setTextAlignment(Place, Qt::AlignRight | Qt::AlignVCenter);
        item->setTextAlignment(Expected, Qt::AlignRight | Qt::AlignVCenter);
        item->setFlags(item->flags() & ~Qt::ItemIsDropEnabled); // between the lines, not onto them
    }
    for (int i = 0; i < count; ++i) {
        const Row& row = state.rows[static_cast<std::size_t>(i)];
        QTreeWidgetItem* const item = m_list->topLevelItem(i);
        item->setText(Place, QString::number(i + 1));
        item->setText(Name, QString::fromStdString(row.run.name));
        item->setToolTip(Name, item->text(Name));
        item->setText(Expected, std::isnan(row.seconds) ? QString() : durationText(row.seconds));
        item->setText(Waits, QString::fromStdString(row.run.waitsFor));
        item->setToolTip(Waits, item->text(Waits));
        item->setData(Place, idRole, QString::fromStdString(row.run.id));
        if (row.run.id == current) {
            m_list->setCurrentItem(item);
        }
    }
    m_count->setText(count == 0 ? (state.paused ? tr("No run waits. The queue is paused.") : tr("No run waits."))
                                : plural(count, tr("1 run waits"), tr("%1 runs wait"))
                             + (std::isnan(state.secondsLeft) ? QString() : tr(", about %1 of training at most").arg(durationText(state.secondsLeft)))
                             + (state.paused ? tr("; the queue is paused") : QString()));
    m_leftLine->setVisible(!state.left.empty());
    m_leftText->setText(plural(static_cast<int>(state.left.size()), tr("A run was interrupted before its end."),
                               tr("%1 runs were interrupted before their end.")));
    m_pause->setChecked(state.paused);
    m_pause->setText(state.paused ? tr("Go on with the queue") : tr("Pause the queue"));
    m_pause->setIcon(QIcon::fromTheme(state.paused ? u"media-playback-start"_s : u"media-playback-pause"_s));
    enableButtons();
}

RunId QueueList::chosen() const
{
    const QTreeWidgetItem* const item = m_list->currentItem();
    return item ? item->data(Place, idRole).toString().toStdString() : RunId();
}

void QueueList::act(std::function<void(Engine&, const RunId&)> action)
{
    const RunId id = chosen();
    if (!id.empty()) {
        m_session.perform(
            this, [id, action = std::move(action)](History&, Engine& engine) { action(engine, id); }, [this] { refresh(); },
            [this] { refresh(); });
    }
}

void QueueList::enableButtons()
{
    const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
    const int last = m_list->topLevelItemCount() - 1;
    m_first->setEnabled(row > 0);
    m_up->setEnabled(row > 0);
    m_down->setEnabled(row >= 0 && row < last);
    m_hold->setEnabled(row >= 0);
    m_remove->setEnabled(row >= 0);
    const bool held = row >= 0 && row < std::ssize(m_state.rows) && m_state.rows[static_cast<std::size_t>(row)].run.held;
    m_hold->setText(held ? tr("Let go") : tr("Hold"));
    m_hold->setIcon(QIcon::fromTheme(held ? u"media-playback-start"_s : u"media-playback-pause"_s));
}

} // namespace distill::ui
