// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/reliability.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

Reliability::Reliability(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void Reliability::setCalibration(const QString& title, const QColor& colour, Calibration calibration)
{
    m_title = title;
    m_colour = colour;
    m_calibration = std::move(calibration);
    if (m_bin >= binCount()) {
        m_bin = -1;
    }
    setAccessibleName(tr("Reliability diagram of %1").arg(title));
    choose(m_bin);
}

QString Reliability::sentenceOf(int number) const
{
    const ReliabilityBin& bin = m_calibration.bins[static_cast<std::size_t>(number)];
    const QString range = tr("Confidence %1 to %2")
                              .arg(percentText(double(number) / binCount(), 0), percentText(double(number + 1) / binCount(), 0));
    if (bin.samples == 0) {
        return tr("%1: no samples").arg(range);
    }
    const double points = 100 * (bin.confidence - bin.accuracy);
    const QString gap = QLocale().toString(std::abs(points), 'f', 1);
    return tr("%1: %2 samples, accuracy %3, mean confidence %4: %5")
        .arg(range, stepsText(bin.samples), percentText(bin.accuracy), percentText(bin.confidence),
             points >= 0 ? tr("%1 points overconfident").arg(gap) : tr("%1 points underconfident").arg(gap));
}

void Reliability::choose(int bin)
{
    m_bin = bin;
    setAccessibleDescription(binCount() == 0 ? tr("Not measured yet")
                                 : bin >= 0  ? sentenceOf(bin)
                                             : tr("Calibration error %1, signed %2. The arrows read the bins.")
                                                  .arg(percentText(m_calibration.error), percentText(m_calibration.signedError)));
    if (hasFocus()) {
        QAccessibleEvent event(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&event);
    }
    update();
}

QSize Reliability::sizeHint() const
{
    const int side = fontMetrics().averageCharWidth() * 50;
    return {side, side * 5 / 4};
}

QSize Reliability::minimumSizeHint() const
{
    const int side = fontMetrics().averageCharWidth() * 26;
    return {side, side * 5 / 4};
}

QRectF Reliability::plot() const
{
    const double line = fontMetrics().height();
    const double left = fontMetrics().horizontalAdvance(u"100 %"_s) + line + 8;
    const double right = fontMetrics().horizontalAdvance(u"100 %"_s) / 2.0 + 4; // half of the axis's last number
    const double under = line * 2.4 + std::max(34.0, height() * 0.14);
    const double side = std::max(20.0, std::min(width() - left - right, height() - line - 6 - under));
    return {left + (width() - left - right - side) / 2, line + 6, side, side};
}

QRectF Reliability::counts() const
{
    const QRectF square = plot();
    const double line = fontMetrics().height();
    return {square.left(), square.bottom() + line + 4, square.width(),
            std::max(10.0, height() - square.bottom() - 2.4 * line - 8)};
}

void Reliability::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF square = plot();
    const double line = fontMetrics().height();
    const QColor text = palette().color(QPalette::WindowText);
    const QColor muted = Theme::muted(palette());

    QFont bold = font();
    bold.setBold(true);
    painter.setFont(bold);
    painter.setPen(m_colour);
    painter.drawText(QRectF(square.left(), 0, square.width(), line + 2), Qt::AlignCenter, m_title);
    painter.setFont(font());

    painter.fillRect(square, palette().color(QPalette::Base));
    painter.setPen(QPen(palette().color(QPalette::Midlight), 1));
    for (int tick = 0; tick <= 4; ++tick) {
        const double y = square.bottom() - square.height() * tick / 4;
        painter.drawLine(QPointF(square.left(), y), QPointF(square.right(), y));
    }
    painter.setPen(muted);
    for (int tick = 0; tick <= 4; tick += 2) {
        const double y = square.bottom() - square.height() * tick / 4;
        const double x = square.left() + square.width() * tick / 4;
        painter.drawText(QRectF(0, y - line / 2, square.left() - 5, line), Qt::AlignRight | Qt::AlignVCenter,
                         percentText(tick / 4.0, 0));
        painter.drawText(QRectF(x - 40, square.bottom() + 2, 80, line), Qt::AlignHCenter | Qt::AlignTop,
                         percentText(tick / 4.0, 0));
    }
    painter.save();
    painter.translate(square.left() - fontMetrics().horizontalAdvance(u"100 %"_s) - line - 6, square.bottom());
    painter.rotate(-90);
    painter.drawText(QRectF(0, 0, square.height(), line), Qt::AlignCenter, tr("accuracy"));
    painter.restore();
    painter.drawText(QRectF(square.left() - 40, height() - line - 2, square.width() + 80, line), Qt::AlignCenter,
                     tr("confidence, and how many samples have it"));

    const QRectF strip = counts();
    std::int64_t most = 1;
    for (const ReliabilityBin& bin : m_calibration.bins) {
        most = std::max(most, bin.samples);
    }
    QColor soft = m_colour;
    soft.setAlphaF(0.35F);
    for (int number = 0; number < binCount(); ++number) {
        const ReliabilityBin& bin = m_calibration.bins[static_cast<std::size_t>(number)];
        const double left = square.left() + square.width() * number / binCount();
        const double width = square.width() / binCount() - 1.5;
        if (bin.samples > 0) {
            const double right = square.bottom() - square.height() * bin.accuracy;
            const double ideal = square.bottom() - square.height() * bin.confidence;
            painter.setPen(Qt::NoPen);
            painter.setBrush(m_colour);
            painter.drawRect(QRectF(left, right, width, square.bottom() - right));
            // The gap, from what came true to what was claimed.
            painter.setBrush(QBrush(text, Qt::BDiagPattern));
            painter.setPen(QPen(text, 1));
            painter.drawRect(QRectF(QPointF(left, std::min(right, ideal)), QPointF(left + width, std::max(right, ideal))));
            painter.setPen(Qt::NoPen);
            painter.setBrush(soft);
            const double high = strip.height() * double(bin.samples) / double(most);
            painter.drawRect(QRectF(left, strip.bottom() - std::max(1.0, high), width, std::max(1.0, high)));
        }
        if (number == m_bin && hasFocus()) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(Theme::accent(palette()), 2));
            painter.drawRect(QRectF(left - 1, square.top(), width + 2, strip.bottom() - square.top()));
        }
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(muted, 1.5, Qt::DashLine));
    painter.drawLine(square.bottomLeft(), square.topRight());
    painter.setPen(QPen(palette().color(QPalette::Mid), 1));
    painter.drawRect(square);
    painter.drawLine(strip.bottomLeft(), strip.bottomRight());
}

void Reliability::keyPressEvent(QKeyEvent* event)
{
    const int last = binCount() - 1;
    switch (last < 0 ? Qt::Key_unknown : event->key()) {
    case Qt::Key_Left:
        return choose(std::max(0, m_bin - 1));
    case Qt::Key_Right:
        return choose(std::min(last, m_bin + 1));
    case Qt::Key_Home:
        return choose(std::min(0, last));
    case Qt::Key_End:
        return choose(last);
    default:
        QWidget::keyPressEvent(event);
    }
}

void Reliability::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void Reliability::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

bool Reliability::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && binCount() > 0) {
        const auto* const help = static_cast<QHelpEvent*>(event);
        const QRectF square = plot();
        const auto bin = static_cast<int>(std::floor((help->pos().x() - square.left()) / square.width() * binCount()));
        if (bin >= 0 && bin < binCount()) {
            QToolTip::showText(help->globalPos(), sentenceOf(bin), this);
        } else {
            QToolTip::hideText();
        }
        return true;
    }
    return QWidget::event(event);
}

} // namespace distill::ui
