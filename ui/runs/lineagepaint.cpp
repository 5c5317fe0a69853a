// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/lineagepaint.h"

#include "ui/theme.h"

#include <QFontMetricsF>
#include <QPainter>

namespace distill::ui {

namespace {

constexpr double padding = 7;
constexpr double iconSide = 14;
constexpr double stackStep = 3;
constexpr double radius = 6;
constexpr double arrowLength = 8;
constexpr double peerSide = 16;
constexpr int characters = 21;

/// Two heads: the networks teach each other.
void paintDoubleArrow(QPainter& painter, const QRectF& place, const QColor& colour)
{
    const double y = place.center().y();
    const double head = 3;
    painter.setPen(QPen(colour, 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y));
    painter.drawPolyline(QPolygonF({{place.left() + head, y - head}, {place.left(), y}, {place.left() + head, y + head}}));
    painter.drawPolyline(QPolygonF({{place.right() - head, y - head}, {place.right(), y}, {place.right() - head, y + head}}));
}

QColor mixed(const QColor& one, const QColor& other, double share)
{
    const auto part = [share](float a, float b) { return static_cast<float>(a + share * (b - a)); };
    return QColor::fromRgbF(part(one.redF(), other.redF()), part(one.greenF(), other.greenF()), part(one.blueF(), other.blueF()));
}

} // namespace

QSizeF LineageCard::sizeFor(const QFont& font, qsizetype peers)
{
    const QFontMetricsF metrics(font);
    return {metrics.averageCharWidth() * characters + iconSide + 2 * padding,
            metrics.height() * static_cast<double>(2 + peers) + 2 * padding};
}

QRectF LineageCard::foldMark(const QRectF& box)
{
    return {box.right() - iconSide - 3, box.top() + 3, iconSide, iconSide};
}

void LineageCard::paint(QPainter& painter, const QRectF& box, const QPalette& palette) const
{
    const QColor base = palette.color(QPalette::Base);
    const QColor accent = Theme::accent(palette);
    const QColor muted = Theme::muted(palette);
    const QColor fill = current ? mixed(base, accent, Theme::darkPalette(palette) ? 0.28 : 0.12) : palette.color(QPalette::Button);
    const QColor border = current ? accent : hovered ? palette.color(QPalette::Text) : mixed(base, muted, 0.7);
    const QPen pen(border, current ? 2 : 1, dashed ? Qt::DashLine : Qt::SolidLine);
    painter.save();
    painter.setOpacity(faded ? 0.6 : 1);
    painter.setPen(pen);
    painter.setBrush(fill);
    for (int sheet = stacked ? 2 : 0; sheet >= 0; --sheet) {
        painter.drawRoundedRect(box.translated(sheet * stackStep, sheet * stackStep), radius, radius);
    }
    if (focused) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette.color(QPalette::Text), 1, Qt::DotLine));
        painter.drawRoundedRect(box.adjusted(3, 3, -3, -3), radius - 2, radius - 2);
    }

    const QRectF inner = box.adjusted(padding, padding, -padding, -padding);
    const QFontMetricsF metrics(painter.font());
    QRectF line(inner.left(), inner.top(), inner.width(), metrics.height());
    double left = line.left();
    if (!icon.isNull()) {
        icon.paint(&painter, QRectF(left, line.center().y() - iconSide / 2, iconSide, iconSide).toRect());
        left += iconSide + 4;
    }
    const double right = foldable ? foldMark(box).left() - 2 : line.right();
    const int from = Qt::AlignLeft | Qt::AlignVCenter;
    const int to = Qt::AlignRight | Qt::AlignVCenter;
    painter.setPen(palette.color(QPalette::Text));
    painter.drawText(QRectF(left, line.top(), right - left, line.height()), from,
                     metrics.elidedText(title, Qt::ElideMiddle, right - left));
    if (foldable) {
        const QRectF mark = foldMark(box);
        painter.setPen(QPen(muted, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(mark.adjusted(2, 2, -2, -2), 2, 2);
        painter.drawLine(mark.center() - QPointF(2.5, 0), mark.center() + QPointF(2.5, 0));
    }

    const auto pair = [&](const QString& words, const QString& number, double indent) {
        const double width = number.isEmpty() ? 0 : metrics.horizontalAdvance(number) + 6;
        painter.setPen(muted);
        painter.drawText(line.adjusted(indent, 0, 0, 0), from,
                         metrics.elidedText(words, Qt::ElideMiddle, line.width() - indent - width));
        painter.setPen(palette.color(QPalette::Text));
        painter.drawText(line, to, number);
    };
    line.translate(0, metrics.height());
    pair(model, figure, 0);
    for (const Line& peer : peers) {
        line.translate(0, metrics.height());
        paintDoubleArrow(painter, QRectF(line.left(), line.top(), peerSide - 4, line.height()), muted);
        pair(peer.model, peer.figure, peerSide);
    }
    painter.restore();
}

void paintLineageEdge(QPainter& painter, const QPainterPath& path, bool alone, bool lit, const QPalette& palette)
{
    const QColor colour = lit ? Theme::accent(palette) : mixed(palette.color(QPalette::Base), Theme::muted(palette), alone ? 0.8 : 0.9);
    painter.setPen(QPen(colour, lit ? 1.8 : 1.2, alone ? Qt::DashLine : Qt::SolidLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
    if (!alone) { // every way ends to the right
        const QPointF tip = path.currentPosition();
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawPolygon(
            QPolygonF({tip, tip + QPointF(-arrowLength, -arrowLength / 2), tip + QPointF(-arrowLength, arrowLength / 2)}));
    }
}

} // namespace distill::ui
