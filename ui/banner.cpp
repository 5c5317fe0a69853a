// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/banner.h"

#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <utility>

namespace distill::ui {

Banner::Banner(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_label(new QLabel(this))
    , m_more(new QLabel(this))
    , m_action(new QPushButton(this))
    , m_close(new QToolButton(this))
{
    m_label->setWordWrap(true);
    m_label->setTextFormat(Qt::PlainText);
    m_label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_label->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_label->setAccessibleName(tr("Message"));
    m_close->setText(QStringLiteral("\u2715"));
    m_close->setAutoRaise(true);
    m_close->setToolTip(tr("Close this message"));
    m_close->setAccessibleName(tr("Close this message"));

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 6, 6, 6);
    layout->addWidget(m_icon);
    layout->addWidget(m_label, 1);
    layout->addWidget(m_more);
    layout->addWidget(m_action);
    layout->addWidget(m_close);

    connect(m_close, &QToolButton::clicked, this, &Banner::dismiss);
    connect(m_action, &QPushButton::clicked, this, [this] {
        const std::function<void()> action = std::exchange(m_onAction, {});
        dismiss();
        if (action) {
            action();
        }
    });
    hide();
}

void Banner::showSentence(Kind kind, const QString& sentence, const QString& action, std::function<void()> onAction)
{
    if (!isHidden() && m_kind == Kind::Problem && m_sentence != sentence) {
        m_earlier.removeAll(m_sentence);
        m_earlier.append(m_sentence);
        m_earlier.removeAll(sentence);
    }
    m_kind = kind;
    m_sentence = sentence;
    m_onAction = std::move(onAction);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    refresh();
    show();
}

void Banner::dismiss()
{
    m_onAction = {};
    m_earlier.clear();
    hide();
}

void Banner::retract(const QString& sentence)
{
    m_earlier.removeAll(sentence);
    if (!isHidden() && m_sentence == sentence) {
        if (m_earlier.isEmpty()) {
            dismiss();
            return;
        }
        m_kind = Kind::Problem;
        m_sentence = m_earlier.takeLast();
        m_onAction = {};
        m_action->hide();
    }
    refresh();
}

QString Banner::sentence() const
{
    return isHidden() ? QString() : m_sentence;
}

void Banner::refresh()
{
    const QString icon
        = m_kind == Kind::Problem ? QStringLiteral("dialog-warning") : QStringLiteral("dialog-information");
    m_icon->setPixmap(QIcon::fromTheme(icon).pixmap(QSize(16, 16), devicePixelRatioF()));
    m_label->setText(m_sentence);
    m_more->setVisible(!m_earlier.isEmpty());
    m_more->setText(tr("%n earlier", nullptr, waiting()));
    m_more->setToolTip(m_earlier.join(QLatin1Char('\n')));
    setAccessibleName(m_sentence);
}

void Banner::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange) {
        refresh();
    }
    QFrame::changeEvent(event);
}

void Banner::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QColor colour = m_kind == Kind::Problem ? Theme::warning(palette()) : Theme::accent(palette());
    QColor wash = colour;
    wash.setAlphaF(0.13F);
    painter.fillRect(rect(), wash);
    painter.fillRect(QRect(0, 0, 4, height()), colour);
}

} // namespace distill::ui
