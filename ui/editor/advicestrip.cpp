// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/advicestrip.h"

#include "ui/editor/message.h"
#include "ui/settings.h"
#include "ui/theme.h"

#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <algorithm>

namespace distill::ui {

namespace {

constexpr int highestList = 132; ///< pixels: on a small screen the room is the form's
const QString unfoldedKey = QStringLiteral("editor/adviceUnfolded");

bool isSame(const Advice& a, const Advice& b)
{
    return a.rule == b.rule && a.sentence == b.sentence;
}

} // namespace

AdviceStrip::AdviceStrip(Draft& draft, QWidget* parent)
    : QFrame(parent)
    , m_draft(draft)
    , m_unfolded(Settings().value(unfoldedKey, false).toBool())
    , m_line(new QHBoxLayout)
    , m_head(new QToolButton)
    , m_first(new QLabel)
    , m_all(new QPushButton(tr("Fix all")))
    , m_scroll(new QScrollArea)
{
    setObjectName(QStringLiteral("adviceStrip"));
    setAccessibleName(tr("Advice"));
    m_head->setObjectName(QStringLiteral("adviceHead"));
    m_head->setAutoRaise(true);
    m_head->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_head->setIconSize({10, 10});
    m_head->setFocusPolicy(Qt::TabFocus);
    m_head->setAccessibleDescription(tr("Unfolds the list of advice and folds it away"));
    connect(m_head, &QToolButton::clicked, this, [this] {
        m_unfolded = !m_unfolded;
        Settings().setValue(unfoldedKey, m_unfolded);
        arrange();
    });
    m_first->setTextFormat(Qt::PlainText);
    m_first->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_all->setObjectName(QStringLiteral("fixAll"));
    m_all->setToolTip(tr("Every fix, as one step that can be undone"));
    // Queued, here and below: a fix makes the list and its buttons anew.
    connect(m_all, &QPushButton::clicked, this, &AdviceStrip::fixAll, Qt::QueuedConnection);

    m_line->setSpacing(8);
    m_line->addWidget(m_head);
    m_line->addWidget(m_first, 1);
    m_line->addWidget(m_all);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 3, 12, 3);
    column->setSpacing(2);
    column->addLayout(m_line);
    column->addWidget(m_scroll);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&m_draft, &Draft::adviceChanged, this, &AdviceStrip::follow);
    hide();
    follow();
}

void AdviceStrip::follow()
{
    const std::vector<Advice>& advice = m_draft.advice();
    if (std::equal(advice.begin(), advice.end(), m_advice.begin(), m_advice.end(), isSame)) {
        return; // the buttons stay, and with them the focus
    }
    m_advice = advice;
    const QString title
        = m_advice.size() == 1 ? tr("1 piece of advice") : tr("%1 pieces of advice").arg(static_cast<int>(m_advice.size()));
    m_head->setText(title);
    m_head->setAccessibleName(title);

    auto* list = new QWidget;
    auto* rows = new QGridLayout(list);
    rows->setContentsMargins(20, 0, 4, 2);
    rows->setVerticalSpacing(3);
    rows->setHorizontalSpacing(6);
    rows->setColumnStretch(0, 1);
    for (const Advice& each : m_advice) {
        addRow(*rows, each);
    }
    m_scroll->setWidget(list); // the one before is deleted
    m_scroll->viewport()->setAutoFillBackground(false);
    list->setAutoFillBackground(false);

    delete std::exchange(m_onlyFix, nullptr);
    if (m_advice.size() == 1 && m_advice.front().fix) {
        m_onlyFix = makeFixButton(m_advice.front());
        m_line->insertWidget(2, m_onlyFix);
    }
    const auto fixes = std::count_if(m_advice.begin(), m_advice.end(), [](const Advice& each) { return each.fix.has_value(); });
    m_all->setVisible(fixes > 1);
    setVisible(!m_advice.empty());
    arrange();
}

void AdviceStrip::addRow(QGridLayout& rows, const Advice& advice)
{
    auto* message = new InlineMessage(nullptr, InlineMessage::Tone::Advice);
    message->setText(QString::fromStdString(advice.message));
    auto* show = new QPushButton(tr("Show"));
    show->setToolTip(QString::fromStdString(advice.pointer));
    show->setAccessibleDescription(tr("Goes to %1").arg(QString::fromStdString(advice.pointer)));
    connect(show, &QPushButton::clicked, this, [this, advice] { Q_EMIT placeWanted(advice.pointer, advice.line); });
    const int row = rows.rowCount();
    rows.addWidget(message, row, 0);
    rows.addWidget(show, row, 1, Qt::AlignTop);
    if (advice.fix) {
        rows.addWidget(makeFixButton(advice), row, 2, Qt::AlignTop);
    }
}

QPushButton* AdviceStrip::makeFixButton(const Advice& advice)
{
    auto* button = new QPushButton(QString::fromStdString(advice.fix->label));
    button->setToolTip(tr("Changes the document; can be undone"));
    button->setAccessibleDescription(QString::fromStdString(advice.message));
    connect(
        button, &QPushButton::clicked, this, [this, advice] { fix(advice); }, Qt::QueuedConnection);
    return button;
}

void AdviceStrip::fix(const Advice& advice)
{
    Q_EMIT aboutToFix();
    m_draft.checkNow();
    const std::vector<Advice>& present = m_draft.advice();
    if (std::any_of(present.begin(), present.end(), [&](const Advice& each) { return isSame(each, advice); })) {
        apply(advice.fix->edits, QString::fromStdString(advice.fix->label));
    }
}

void AdviceStrip::fixAll()
{
    Q_EMIT aboutToFix();
    std::vector<Edit> edits;
    for (const Advice& each : withEveryFix(m_draft.schema(), m_draft.document()).fixed) {
        edits.insert(edits.end(), each.fix->edits.begin(), each.fix->edits.end());
    }
    apply(edits, tr("Fix all"));
}

void AdviceStrip::apply(const std::vector<Edit>& edits, const QString& what)
{
    try {
        m_draft.setValues(edits, what);
        m_draft.checkNow();
        Q_EMIT applied();
    } catch (const std::exception& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
    }
}

void AdviceStrip::arrange()
{
    m_head->setArrowType(m_unfolded ? Qt::DownArrow : Qt::RightArrow);
    if (m_onlyFix) {
        m_onlyFix->setVisible(!m_unfolded);
    }
    const bool shows = m_unfolded && !m_advice.empty();
    m_scroll->setVisible(shows);
    if (shows) {
        const QLayout* rows = m_scroll->widget()->layout();
        const int width
            = std::max(1, contentsRect().width() - layout()->contentsMargins().left() - layout()->contentsMargins().right());
        const int most = parentWidget() ? std::min(highestList, parentWidget()->height() / 4) : highestList;
        m_scroll->setFixedHeight(std::min(most, rows->heightForWidth(width)));
    }
    const QString message = m_advice.empty() || m_unfolded ? QString() : QString::fromStdString(m_advice.front().message);
    m_first->setText(m_first->fontMetrics().elidedText(message, Qt::ElideRight, m_first->width()));
    m_first->setToolTip(message.toHtmlEscaped());
    m_first->setAccessibleName(message);
    QPalette colours = m_first->palette();
    if (colours.color(QPalette::WindowText) != Theme::muted(palette())) {
        colours.setColor(QPalette::WindowText, Theme::muted(palette()));
        m_first->setPalette(colours);
    }
}

void AdviceStrip::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    arrange();
}

void AdviceStrip::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        arrange();
    }
}

} // namespace distill::ui
