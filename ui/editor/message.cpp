// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/message.h"

#include "ui/theme.h"

#include <QEvent>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QTransform>

namespace distill::ui {

namespace {

void setTextColour(QLabel* label, const QColor& colour)
{
    QPalette palette = label->palette();
    if (palette.color(QPalette::WindowText) != colour) {
        palette.setColor(QPalette::WindowText, colour);
        label->setPalette(palette);
    }
}

} // namespace

QPixmap problemMark(const QColor& colour, int size, qreal ratio)
{
    QPixmap pixmap(QSize(size, size) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawEllipse(QRectF(0.5, 0.5, size - 1, size - 1));
    painter.setBrush(colour.lightness() > 128 ? Qt::black : Qt::white);
    painter.drawRoundedRect(QRectF(size * 0.44, size * 0.2, size * 0.12, size * 0.36), 0.7, 0.7);
    painter.drawEllipse(QRectF(size * 0.43, size * 0.65, size * 0.14, size * 0.14));
    return pixmap;
}

QPixmap adviceMark(const QColor& colour, int size, qreal ratio)
{
    QPixmap turned = problemMark(colour, size, ratio).transformed(QTransform().rotate(180));
    turned.setDevicePixelRatio(ratio);
    return turned;
}

InlineMessage::InlineMessage(QWidget* parent, Tone tone)
    : QWidget(parent)
    , m_tone(tone)
    , m_icon(new QLabel)
    , m_text(new QLabel)
    , m_column(new QVBoxLayout)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 3);
    layout->setSpacing(5);
    layout->addWidget(m_icon, 0, Qt::AlignTop);
    layout->addLayout(m_column, 1);
    m_column->addWidget(m_text);
    m_icon->setContentsMargins(0, 1, 0, 0);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    colour();
}

void InlineMessage::setText(const QString& text)
{
    m_text->setText(text);
    setAccessibleName(text);
}

QString InlineMessage::text() const
{
    return m_text->text();
}

void InlineMessage::setIndent(int pixels)
{
    QMargins margins = layout()->contentsMargins();
    margins.setLeft(pixels);
    layout()->setContentsMargins(margins);
}

void InlineMessage::addButton(QPushButton* button)
{
    m_column->addWidget(button, 0, Qt::AlignLeft);
}

void InlineMessage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        colour();
    }
}

void InlineMessage::colour()
{
    const int size = fontMetrics().ascent() + 2;
    if (m_tone == Tone::Problem) {
        setTextColour(m_text, Theme::bad(palette()));
        m_icon->setPixmap(problemMark(Theme::bad(palette()), size, devicePixelRatioF()));
    } else {
        setTextColour(m_text, Theme::muted(palette()));
        m_icon->setPixmap(adviceMark(Theme::accent(palette()), size, devicePixelRatioF()));
    }
}

HelpText::HelpText(int indent, QWidget* parent)
    : QWidget(parent)
    , m_help(new QLabel)
    , m_formula(new QLabel)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(indent, 0, 0, 3);
    layout->setSpacing(2);
    for (QLabel* label : {m_help, m_formula}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(label);
    }
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.92);
    m_help->setFont(small);
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPointSizeF(small.pointSizeF());
    m_formula->setFont(fixed);
    colour();
}

void HelpText::setText(const QString& help, const QString& formula, const QString& paper)
{
    m_help->setText(paper.isEmpty() ? help : help.isEmpty() ? paper : QStringLiteral("%1 %2.").arg(help, paper));
    m_help->setVisible(!m_help->text().isEmpty());
    m_formula->setText(formula);
    m_formula->setVisible(!formula.isEmpty());
}

bool HelpText::hasText() const
{
    return !m_help->text().isEmpty() || !m_formula->text().isEmpty();
}

void HelpText::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        colour();
    }
}

void HelpText::colour()
{
    setTextColour(m_help, Theme::muted(palette()));
    setTextColour(m_formula, Theme::muted(palette()));
}

} // namespace distill::ui
