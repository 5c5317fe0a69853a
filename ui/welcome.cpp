// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/welcome.h"

#include "ui/card.h"
#include "ui/format.h"
#include "ui/session.h"
#include "ui/theme.h"

#include <QApplication>
#include <QEvent>
#include <QGridLayout>
#include <QIcon>
#include <QLabel>
#include <QPointer>
#include <QPushButton>
#include <QScrollArea>
#include <QThreadPool>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <iterator>
#include <utility>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

constexpr int columns = 2;
constexpr std::size_t mostInterrupted = 4;

QLabel* heading(const QString& text, double scale, QWidget* parent)
{
    auto* const label = new QLabel(text, parent);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setBold(true);
    label->setFont(font);
    return label;
}

} // namespace

Welcome::Welcome(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_quick(new QVBoxLayout)
    , m_others(new QGridLayout)
    , m_continue(new QGridLayout)
{
    auto* const area = new QScrollArea(this);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    auto* const page = new QWidget(area);
    area->setWidget(page);
    auto* const outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(area);

    const int unit = fontMetrics().height();
    auto* const column = new QWidget(page);
    column->setMaximumWidth(fontMetrics().averageCharWidth() * 130);
    auto* const centred = new QHBoxLayout(page);
    centred->addStretch(1);
    centred->addWidget(column, 12);
    centred->addStretch(1);

    auto* const icon = new QLabel(column);
    icon->setPixmap(QIcon(u":/distill-workbench.svg"_s).pixmap(QSize(3 * unit, 3 * unit), devicePixelRatioF()));
    m_lead
        = new QLabel(tr("Teach a small network what a large one knows, watch it learn, and keep every run."), column);
    m_lead->setWordWrap(true);
    auto* const words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(heading(tr("Distill Workbench"), 1.8, column));
    words->addWidget(m_lead);
    auto* const head = new QHBoxLayout;
    head->setSpacing(unit);
    head->addWidget(icon);
    head->addLayout(words, 1);

    m_continueTitle = heading(tr("Continue where it stopped"), 1.1, column);
    m_continueAll = new QPushButton(column);
    connect(m_continueAll, &QPushButton::clicked, this, [this] {
        for (const RunId& run : std::exchange(m_interrupted, {})) {
            Q_EMIT resumeRequested(run);
        }
    });
    auto* const continueHead = new QHBoxLayout;
    continueHead->addWidget(m_continueTitle, 1);
    continueHead->addWidget(m_continueAll);
    m_othersTitle = heading(tr("More to try"), 1.1, column);
    m_others->setSpacing(unit * 3 / 4);
    m_continue->setSpacing(unit * 3 / 4);

    auto* const links = new QHBoxLayout;
    const auto link = [&](const QString& text, const QString& iconName, void (Welcome::*signal)()) {
        auto* const button = new QPushButton(QIcon::fromTheme(iconName), text, column);
        button->setFlat(true);
        connect(button, &QPushButton::clicked, this, signal);
        links->addWidget(button);
    };
    link(tr("&New experiment"), u"document-new"_s, &Welcome::newRequested);
    link(tr("&Open a file\u2026"), u"document-open"_s, &Welcome::fileRequested);
    link(tr("&Go to the workbench"), u"go-next"_s, &Welcome::leaveRequested);
    links->addStretch(1);

    auto* const layout = new QVBoxLayout(column);
    layout->setContentsMargins(unit, unit * 3 / 2, unit, unit);
    layout->setSpacing(unit * 3 / 4);
    layout->addLayout(head);
    layout->addSpacing(unit / 2);
    layout->addLayout(continueHead);
    layout->addLayout(m_continue);
    layout->addLayout(m_quick);
    layout->addWidget(m_othersTitle);
    layout->addLayout(m_others);
    layout->addLayout(links);
    layout->addStretch(1);
    setInterrupted({});
    setExperiments({});
    colour();
}

Welcome::~Welcome()
{
    if (m_stopEstimating) {
        *m_stopEstimating = true;
    }
}

void Welcome::clear(QLayout* layout)
{
    while (QLayoutItem* const item = layout->takeAt(0)) {
        if (QWidget* const widget = item->widget()) {
            std::erase_if(m_toEstimate, [widget](const auto& each) { return each.first == widget; });
            widget->deleteLater();
        }
        delete item;
    }
}

void Welcome::setExperiments(const std::vector<ReadyExperiment>& experiments)
{
    clear(m_quick);
    clear(m_others);
    int place = 0;
    for (const ReadyExperiment& experiment : experiments) {
        const bool large = experiment.quickStart;
        auto* const card = new Card(large ? Card::Size::Large : Card::Size::Normal, experiment.title,
                                    experiment.description, tr("Start"), this);
        connect(card, &Card::clicked, this, [this, text = experiment.text] {
            if (m_stopEstimating) {
                *m_stopEstimating = true; // the run needs the cores now
            }
            Q_EMIT startRequested(text);
        });
        connect(card->addAlternative(tr("Open"), tr("Open in the editor without starting")), &QToolButton::clicked,
                this, [this, text = experiment.text] { Q_EMIT openRequested(text); });
        if (large) {
            m_quick->addWidget(card);
        } else {
            m_others->addWidget(card, place / columns, place % columns);
            ++place;
        }
        m_toEstimate.emplace_back(card, experiment.text);
    }
    m_othersTitle->setVisible(place > 0);
}

void Welcome::setInterrupted(const std::vector<RunRow>& runs)
{
    clear(m_continue);
    std::vector<RunRow> interrupted;
    std::copy_if(runs.begin(), runs.end(), std::back_inserter(interrupted),
                 [](const RunRow& run) { return run.state == RunState::Interrupted; });
    // As they were submitted: a teacher comes before its students.
    std::sort(interrupted.begin(), interrupted.end(),
              [](const RunRow& one, const RunRow& other) { return one.id < other.id; });
    m_interrupted.clear();
    int place = 0;
    for (const RunRow& run : interrupted) {
        m_interrupted.push_back(run.id);
        if (m_interrupted.size() > mostInterrupted) {
            continue;
        }
        const QString model = QString::fromStdString(run.studentModel);
        const QString description = run.figures.totalSteps > 0
            ? tr("%1, interrupted at step %2 of %3.")
                  .arg(model, stepsText(run.figures.step), stepsText(run.figures.totalSteps))
            : tr("%1, interrupted.").arg(model);
        auto* const card
            = new Card(Card::Size::Small, QString::fromStdString(run.name), description, tr("Resume"), this);
        card->setFooter(tr("started %1").arg(momentText(run.createdAt)));
        connect(card, &Card::clicked, this, [this, id = run.id, card] {
            card->setEnabled(false);
            Q_EMIT resumeRequested(id);
        });
        m_continue->addWidget(card, place / columns, place % columns);
        ++place;
    }
    m_continueTitle->setVisible(place > 0);
    m_continueAll->setVisible(place > 1);
    m_continueAll->setText(tr("Resume all %n", nullptr, static_cast<int>(m_interrupted.size())));
}

void Welcome::estimate()
{
    if (m_stopEstimating) {
        return;
    }
    m_stopEstimating = std::make_shared<std::atomic<bool>>(false);
    std::vector<std::pair<QPointer<Card>, std::string>> cards;
    for (const auto& [card, text] : m_toEstimate) {
        cards.emplace_back(card, text.toStdString());
    }
    // Models are built for it, so it has a thread of its own: reads and submissions do not wait.
    QThreadPool::globalInstance()->start(
        [stop = m_stopEstimating, cards = std::move(cards), history = m_session.history()] {
            for (const auto& [card, text] : cards) {
                if (*stop) {
                    return;
                }
                double seconds = 0;
                try {
                    seconds = plan(Document::parse(text), history.get()).secondsEstimate;
                } catch (const std::exception&) {
                    continue; // starting it will say what is missing
                }
                QMetaObject::invokeMethod(
                    qApp,
                    [card = card, seconds] {
                        if (card && seconds > 0) {
                            card->setFooter(seconds < 2 ? tr("a second or two on this machine")
                                                        : tr("about %1 on this machine").arg(durationText(seconds)));
                        }
                    },
                    Qt::QueuedConnection);
            }
        });
}

void Welcome::colour()
{
    QPalette lead = palette();
    lead.setColor(QPalette::WindowText, Theme::muted(lead));
    m_lead->setPalette(lead);
}

void Welcome::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        colour();
    }
}

} // namespace distill::ui
