// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/keybutton.h"

#include <QIcon>
#include <QPainter>
#include <QStyleOptionToolButton>

namespace distill::ui {

KeyButton::KeyButton(const QString& text, Sample sample, QWidget* parent)
    : QToolButton(parent)
    , m_sample(std::move(sample))
{
    setText(text);
    setCheckable(true);
    setChecked(true);
    setAutoRaise(true);
    setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    setIconSize(QSize(18, fontMetrics().height() - 2));
    setIcon(QIcon(QPixmap(1, 1))); // makes room; what is painted comes from the sample
    setFocusPolicy(Qt::TabFocus);
}

void KeyButton::setSample(Sample sample)
{
    m_sample = std::move(sample);
    update();
}

void KeyButton::initStyleOption(QStyleOptionToolButton* option) const
{
    QToolButton::initStyleOption(option);
    // A row of pressed buttons would shout louder than the curves.
    option->state &= ~(QStyle::State_On | QStyle::State_Sunken);
    if (!(option->state & (QStyle::State_MouseOver | QStyle::State_HasFocus))) {
        option->state &= ~QStyle::State_Raised;
    }
    const double ratio = devicePixelRatioF();
    QPixmap pixmap(iconSize() * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setOpacity(isChecked() ? 1 : 0.3);
    if (m_sample) {
        m_sample(painter, QSizeF(iconSize()));
    }
    painter.end();
    option->icon = QIcon(pixmap);
    if (!isChecked()) {
        const QColor faint = palette().color(QPalette::Disabled, QPalette::ButtonText);
        option->palette.setColor(QPalette::ButtonText, faint);
        option->palette.setColor(QPalette::WindowText, faint);
    }
}

} // namespace distill::ui
