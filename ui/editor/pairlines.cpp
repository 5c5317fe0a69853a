// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/pairlines.h"

#include "ui/theme.h"

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPathStroker>

namespace distill::ui {

namespace {

constexpr qreal inset = 6; ///< from the lists to a line's ends

} // namespace

PairLines::PairLines(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setMinimumWidth(60);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
}

void PairLines::setLines(std::vector<Line> lines)
{
    m_lines = std::move(lines);
    point(-1);
    update();
}

void PairLines::setWaiting(qreal left, qreal right)
{
    m_waitingLeft = left;
    m_waitingRight = right;
    update();
}

void PairLines::setClickable(bool on)
{
    m_clickable = on;
    setToolTip(on ? tr("Click a line to part its two layers") : QString());
}

QPainterPath PairLines::path(const Line& line) const
{
    QPainterPath path({inset, line.left});
    const qreal middle = width() / 2.0;
    path.cubicTo({middle, line.left}, {middle, line.right}, {width() - inset, line.right});
    return path;
}

int PairLines::lineAt(const QPointF& place) const
{
    QPainterPathStroker stroker;
    stroker.setWidth(12);
    for (int i = static_cast<int>(m_lines.size()) - 1; i >= 0; --i) {
        if (stroker.createStroke(path(m_lines[static_cast<std::size_t>(i)])).contains(place)) {
            return i;
        }
    }
    return -1;
}

void PairLines::point(int line)
{
    if (line != m_pointed) {
        m_pointed = line;
        setCursor(line >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
        update();
    }
}

void PairLines::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        const Line& line = m_lines[i];
        const QColor colour = line.wrong ? Theme::bad(palette()) : Theme::accent(palette());
        const qreal width = static_cast<int>(i) == m_pointed ? 3.5 : 2;
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, width, line.wrong ? Qt::DashLine : Qt::SolidLine, Qt::RoundCap));
        painter.drawPath(path(line));
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawEllipse(QPointF(inset, line.left), 3.5, 3.5);
        painter.drawEllipse(QPointF(this->width() - inset, line.right), 3.5, 3.5);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(Theme::accent(palette()), 2));
    for (const auto& [x, y] : {std::pair(inset, m_waitingLeft), std::pair(width() - inset, m_waitingRight)}) {
        if (y >= 0) {
            painter.drawEllipse(QPointF(x, y), 5, 5);
        }
    }
}

void PairLines::mouseMoveEvent(QMouseEvent* event)
{
    point(m_clickable ? lineAt(event->position()) : -1);
}

void PairLines::mouseReleaseEvent(QMouseEvent* event)
{
    const int line = m_clickable && event->button() == Qt::LeftButton ? lineAt(event->position()) : -1;
    if (line >= 0) {
        Q_EMIT clicked(m_lines[static_cast<std::size_t>(line)].pair);
    }
}

void PairLines::leaveEvent(QEvent*)
{
    point(-1);
}

} // namespace distill::ui
