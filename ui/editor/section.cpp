// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/section.h"

#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

namespace distill::ui {

SectionBox::SectionBox(const QString& title, Look look, QWidget* parent)
    : QWidget(parent)
    , m_title(title)
    , m_look(look)
    , m_head(new QToolButton)
    , m_badge(new QLabel)
    , m_content(new QWidget)
    , m_body(new QVBoxLayout(m_content))
{
    auto* layout = new QVBoxLayout(this);
    const int margin = look == Panel ? 10 : 0;
    layout->setContentsMargins(margin, look == Panel ? 6 : 0, margin, look == Panel ? 10 : 2);
    layout->setSpacing(4);

    m_head->setText(title);
    m_head->setAutoRaise(true);
    m_head->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_head->setArrowType(Qt::DownArrow);
    m_head->setIconSize({10, 10});
    m_head->setFocusPolicy(Qt::TabFocus);
    QFont font = m_head->font();
    font.setBold(true);
    if (look == Panel) {
        font.setPointSizeF(font.pointSizeF() * 1.1);
    }
    m_head->setFont(font);
    m_head->setAccessibleName(title);
    m_head->setAccessibleDescription(tr("Folds this part of the form away and back"));
    connect(m_head, &QToolButton::clicked, this, [this] { setExpanded(!m_expanded); });

    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(m_head);
    head->addStretch(1);
    head->addWidget(m_badge);
    layout->addLayout(head);
    layout->addWidget(m_content);
    m_body->setContentsMargins(0, 0, 0, look == Panel ? 0 : 4);
    m_body->setSpacing(5);
    m_badge->hide();
}

void SectionBox::setExpanded(bool on)
{
    m_expanded = on;
    m_head->setArrowType(on ? Qt::DownArrow : Qt::RightArrow);
    m_content->setVisible(on);
}

void SectionBox::setProblemCount(int count)
{
    if (count != m_problems) {
        m_problems = count;
        showProblemCount();
    }
}

void SectionBox::showProblemCount()
{
    m_badge->setVisible(m_problems > 0);
    m_badge->setText(m_problems == 1 ? tr("1 problem") : tr("%1 problems").arg(m_problems));
    m_head->setAccessibleName(m_problems > 0 ? QStringLiteral("%1, %2").arg(m_title, m_badge->text()) : m_title);
    QPalette colours = m_badge->palette();
    colours.setColor(QPalette::WindowText, Theme::bad(palette()));
    m_badge->setPalette(colours);
}

void SectionBox::paintEvent(QPaintEvent*)
{
    if (m_look != Panel) {
        return;
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool dark = Theme::darkPalette(palette());
    const QColor window = palette().color(QPalette::Window);
    QColor line = palette().color(QPalette::WindowText);
    line.setAlphaF(dark ? 0.22F : 0.18F);
    painter.setPen(line);
    painter.setBrush(dark ? window.lighter(112) : window.lighter(103));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
}

void SectionBox::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        showProblemCount();
    }
}

} // namespace distill::ui
