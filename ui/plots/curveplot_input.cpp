// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/curveplot.h"

#include <QLabel>
#include <QRubberBand>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace distill::ui {

// Through pixels, so that linear and logarithmic axes are the same.
Range CurvePlot::zoomed(const QCPAxis& axis, double pixel, double factor) const
{
    const double low = axis.coordToPixel(axis.range().lower);
    const double high = axis.coordToPixel(axis.range().upper);
    return {axis.pixelToCoord(pixel + (low - pixel) * factor), axis.pixelToCoord(pixel + (high - pixel) * factor)};
}

Range CurvePlot::panned(const QCPAxis& axis, double pixels) const
{
    return {axis.pixelToCoord(axis.coordToPixel(axis.range().lower) + pixels),
            axis.pixelToCoord(axis.coordToPixel(axis.range().upper) + pixels)};
}

void CurvePlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) {
        event->ignore();
        return;
    }
    m_pressed = event->pos();
    m_dragging = false;
    if (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier)) {
        if (!m_band) {
            m_band = new QRubberBand(QRubberBand::Rectangle, this);
        }
        m_band->setGeometry(QRect(*m_pressed, QSize()));
        m_band->show();
    }
}

void CurvePlot::mouseMoveEvent(QMouseEvent* event)
{
    const QRect area = axisRect()->rect();
    if (m_pressed && m_band && m_band->isVisible()) {
        m_band->setGeometry(QRect(*m_pressed, event->pos()).normalized().intersected(area));
        return;
    }
    if (m_pressed && (m_dragging || (event->pos() - *m_pressed).manhattanLength() > 3)) {
        const QPoint moved = event->pos() - *m_pressed;
        m_pressed = event->pos();
        m_dragging = true;
        setCursor(Qt::ClosedHandCursor);
        const bool onVertical = event->pos().x() < area.left();
        const Range along = panned(*xAxis, -moved.x());
        const Range up = panned(*yAxis, -moved.y());
        if (moved.x() != 0 && !onVertical) {
            m_view.setRange(along);
            xAxis->setRange(along.low, along.high);
        }
        // Vertically only once that range was chosen by hand: otherwise a pan along it keeps fitting itself.
        if (moved.y() != 0 && (m_verticalByHand || onVertical)) {
            setVerticalRange(up);
        }
        return;
    }
    if (area.contains(event->pos())) {
        m_view.setCursor(xAxis->pixelToCoord(event->pos().x()));
    } else {
        m_view.setCursor(std::nullopt);
    }
}

void CurvePlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) {
        return;
    }
    if (m_band && m_band->isVisible()) {
        const QRect chosen = m_band->geometry();
        m_band->hide();
        if (chosen.width() > 4 && chosen.height() > 4) {
            setVerticalRange({yAxis->pixelToCoord(chosen.bottom()), yAxis->pixelToCoord(chosen.top())});
            m_view.setRange({xAxis->pixelToCoord(chosen.left()), xAxis->pixelToCoord(chosen.right())});
        }
    }
    m_pressed.reset();
    m_dragging = false;
    unsetCursor();
}

void CurvePlot::mouseDoubleClickEvent(QMouseEvent*)
{
    m_pressed.reset();
    m_verticalByHand = false;
    m_view.fit();
}

void CurvePlot::wheelEvent(QWheelEvent* event)
{
    const QRect area = axisRect()->rect();
    const QPointF at = event->position();
    const QPoint angle = event->angleDelta();
    const double factor = std::pow(0.85, (angle.y() != 0 ? angle.y() : angle.x()) / 120.0);
    const bool vertical = at.x() < area.left() || event->modifiers() & Qt::ShiftModifier;
    if (vertical) {
        setVerticalRange(zoomed(*yAxis, at.y(), factor));
    } else if (std::abs(angle.x()) > std::abs(angle.y())) {
        m_view.setRange(panned(*xAxis, -angle.x() * 0.25)); // a touch pad's sideways stroke
    } else {
        m_view.setRange(zoomed(*xAxis, std::clamp(at.x(), double(area.left()), double(area.right())), factor));
    }
    event->accept();
}

void CurvePlot::moveCursor(double pixels)
{
    const QRect area = axisRect()->rect();
    const double now = m_view.cursor() ? xAxis->coordToPixel(*m_view.cursor()) : area.right();
    m_view.setCursor(xAxis->pixelToCoord(std::clamp(now + pixels, double(area.left()), double(area.right()))));
}

void CurvePlot::keyPressEvent(QKeyEvent* event)
{
    const QRect area = axisRect()->rect();
    const double step = event->modifiers() & Qt::ShiftModifier ? 1 : std::max(1.0, area.width() / 50.0);
    const double centre = m_view.cursor() ? xAxis->coordToPixel(*m_view.cursor()) : area.center().x();
    switch (event->key()) {
    case Qt::Key_Left:
        moveCursor(-step);
        break;
    case Qt::Key_Right:
        moveCursor(step);
        break;
    case Qt::Key_Home:
        moveCursor(-area.width());
        break;
    case Qt::Key_End:
        moveCursor(area.width());
        break;
    case Qt::Key_PageUp:
        m_view.setRange(panned(*xAxis, -area.width() / 2.0));
        break;
    case Qt::Key_PageDown:
        m_view.setRange(panned(*xAxis, area.width() / 2.0));
        break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        m_view.setRange(zoomed(*xAxis, centre, 0.8));
        break;
    case Qt::Key_Minus:
        m_view.setRange(zoomed(*xAxis, centre, 1.25));
        break;
    case Qt::Key_F:
        m_view.fit();
        break;
    case Qt::Key_Escape:
        m_view.setCursor(std::nullopt);
        break;
    default:
        QCustomPlot::keyPressEvent(event);
    }
}

void CurvePlot::leaveEvent(QEvent* event)
{
    m_view.setCursor(std::nullopt);
    QCustomPlot::leaveEvent(event);
}

void CurvePlot::focusInEvent(QFocusEvent* event)
{
    QCustomPlot::focusInEvent(event);
    setAccessibleDescription(summary());
    yAxis->setBasePen(QPen(palette().color(QPalette::Highlight), 2)); // shows where the keys go
    invalidate();
}

void CurvePlot::focusOutEvent(QFocusEvent* event)
{
    QCustomPlot::focusOutEvent(event);
    yAxis->setBasePen(xAxis->basePen());
    invalidate();
}

void CurvePlot::changeEvent(QEvent* event)
{
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        applyTheme(palette());
        invalidate();
    }
}

void CurvePlot::showEvent(QShowEvent* event)
{
    QCustomPlot::showEvent(event);
    invalidate();
}

void CurvePlot::resizeEvent(QResizeEvent* event)
{
    QCustomPlot::resizeEvent(event);
    m_empty->setGeometry(rect().adjusted(24, 4, -12, -4));
    invalidate(); // the axis rectangle has its new width only after the first replot
}

bool CurvePlot::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString text = m_events->textAt(help->pos());
        if (text.isEmpty()) {
            QToolTip::hideText();
        } else {
            QToolTip::showText(help->globalPos(), text, this);
        }
        return true;
    }
    return QCustomPlot::event(event);
}

} // namespace distill::ui
