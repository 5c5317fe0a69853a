// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/card.h"

#include "ui/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QTextLayout>
#include <QToolButton>

namespace distill::ui {

namespace {

/// Wrapped text, its last line elided where there is more.
void drawParagraph(QPainter& painter, const QRect& rect, int lines, const QString& text)
{
    QTextLayout layout(text, painter.font());
    layout.beginLayout();
    const int spacing = painter.fontMetrics().lineSpacing();
    for (int i = 0; i < lines; ++i) {
        QTextLine line = layout.createLine();
        if (!line.isValid()) {
            break;
        }
        line.setLineWidth(rect.width());
        const QPoint at(rect.left(), rect.top() + i * spacing);
        const bool more = line.textStart() + line.textLength() < text.size();
        if (i == lines - 1 && more) {
            painter.drawText(
                QRect(at, QSize(rect.width(), spacing)), static_cast<int>(Qt::AlignLeft | Qt::AlignTop),
                painter.fontMetrics().elidedText(text.mid(line.textStart()), Qt::ElideRight, rect.width()));
        } else {
            line.draw(&painter, at);
        }
    }
    layout.endLayout();
}

} // namespace

Card::Card(Size size, const QString& title, const QString& description, const QString& call, QWidget* parent)
    : QAbstractButton(parent)
    , m_size(size)
    , m_description(description)
    , m_call(call)
{
    setText(title);
    setAccessibleName(tr("%1: %2").arg(call, title));
    setAccessibleDescription(description);
    setToolTip(description);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void Card::setFooter(const QString& footer)
{
    m_footer = footer;
    update();
}

QToolButton* Card::addAlternative(const QString& text, const QString& help)
{
    m_alternative = new QToolButton(this);
    m_alternative->setText(text);
    m_alternative->setToolTip(help);
    m_alternative->setAccessibleName(tr("%1: %2").arg(help, this->text()));
    m_alternative->setAutoRaise(true);
    m_alternative->setCursor(Qt::ArrowCursor);
    placeAlternative();
    return m_alternative;
}

int Card::padding() const
{
    return fontMetrics().height();
}

int Card::lines() const
{
    switch (m_size) {
    case Size::Large:
        return 3;
    case Size::Normal:
        return 4;
    case Size::Small:
        break;
    }
    return 1;
}

QFont Card::titleFont() const
{
    QFont title = font();
    title.setBold(true);
    title.setPointSizeF(title.pointSizeF() * (m_size == Size::Large ? 1.5 : 1.1));
    return title;
}

int Card::callHeight() const
{
    return fontMetrics().height() + 10;
}

QSize Card::sizeHint() const
{
    const int height = 2 * padding() + QFontMetrics(titleFont()).height() + 6 + lines() * fontMetrics().lineSpacing()
        + 12 + callHeight();
    return {fontMetrics().averageCharWidth() * (m_size == Size::Large ? 60 : 34), height};
}

void Card::placeAlternative()
{
    if (m_alternative) {
        const QSize size = m_alternative->sizeHint();
        m_alternative->setGeometry(width() - padding() - size.width(), height() - padding() - size.height(),
                                   size.width(), size.height());
    }
}

void Card::resizeEvent(QResizeEvent* event)
{
    QAbstractButton::resizeEvent(event);
    placeAlternative();
}

void Card::enterEvent(QEnterEvent* event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void Card::leaveEvent(QEvent* event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

void Card::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        click();
        return;
    }
    QAbstractButton::keyPressEvent(event);
}

void Card::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor accent = Theme::accent(palette());
    const bool lit = underMouse() || hasFocus();
    QColor fill = palette().color(QPalette::Base);
    if (isDown()) {
        fill = palette().color(QPalette::AlternateBase);
    }
    painter.setPen(QPen(lit ? accent : palette().color(QPalette::Mid), hasFocus() ? 2 : 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);

    const int margin = padding();
    QRect inner = rect().adjusted(margin, margin, -margin, -margin);
    painter.setFont(titleFont());
    painter.setPen(palette().color(QPalette::Text));
    const int titleHeight = painter.fontMetrics().height();
    painter.drawText(QRect(inner.topLeft(), QSize(inner.width(), titleHeight)),
                     static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter),
                     painter.fontMetrics().elidedText(text(), Qt::ElideRight, inner.width()));
    painter.setFont(font());
    painter.setPen(Theme::muted(palette()));
    drawParagraph(painter, inner.adjusted(0, titleHeight + 6, 0, 0), lines(), m_description);

    QRect call(inner.left(), inner.bottom() - callHeight() + 1,
               fontMetrics().horizontalAdvance(m_call) + 2 * fontMetrics().height(), callHeight());
    const bool filled = m_size == Size::Large || lit;
    painter.setPen(filled ? QPen(Qt::NoPen) : QPen(palette().color(QPalette::Mid)));
    painter.setBrush(filled ? QBrush(accent) : QBrush(Qt::NoBrush));
    painter.drawRoundedRect(QRectF(call).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    painter.setPen(filled ? palette().color(QPalette::HighlightedText) : palette().color(QPalette::Text));
    painter.drawText(call, Qt::AlignCenter, m_call);
    if (!m_footer.isEmpty()) {
        painter.setPen(Theme::muted(palette()));
        const int right = m_alternative ? m_alternative->geometry().left() - 6 : inner.right();
        const QRect footer(call.right() + 10, call.top(), right - call.right() - 10, call.height());
        painter.drawText(footer, static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter),
                         painter.fontMetrics().elidedText(m_footer, Qt::ElideRight, footer.width()));
    }
}

} // namespace distill::ui
