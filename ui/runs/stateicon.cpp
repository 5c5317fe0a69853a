// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/stateicon.h"

#include "ui/plots/colours.h"
#include "ui/theme.h"

#include <QCoreApplication>
#include <QPainter>
#include <QPixmapCache>
#include <QPolygonF>
#include <functional>

namespace distill::ui {

namespace {

constexpr int side = 16;
constexpr int scale = 3;

QPixmap drawn(QSize size, const std::function<void(QPainter&)>& draw)
{
    QPixmap pixmap(size * scale);
    pixmap.setDevicePixelRatio(scale);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    draw(painter);
    return pixmap;
}

QPixmap cached(const QString& key, QSize size, const std::function<void(QPainter&)>& draw)
{
    QPixmap pixmap;
    if (!QPixmapCache::find(key, &pixmap)) {
        pixmap = drawn(size, draw);
        QPixmapCache::insert(key, pixmap);
    }
    return pixmap;
}

QColor stateColour(RunState state, const QPalette& palette)
{
    switch (state) {
    case RunState::Running:
        return Theme::darkPalette(palette) ? QColor(0x79, 0xb0, 0xff) : Theme::accent(palette);
    case RunState::Finished:
        return Theme::good(palette);
    case RunState::Paused:
    case RunState::Interrupted:
        return Theme::warning(palette);
    case RunState::Diverged:
    case RunState::Failed:
        return Theme::bad(palette);
    case RunState::Queued:
    case RunState::Stopped:
        break;
    }
    return Theme::muted(palette);
}

void drawState(QPainter& painter, RunState state, const QColor& colour)
{
    QPen pen(colour, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    switch (state) {
    case RunState::Running:
        painter.drawPolygon(QPolygonF({{4.5, 2.5}, {13.5, 8}, {4.5, 13.5}}));
        return;
    case RunState::Paused:
        painter.drawRoundedRect(QRectF(3.5, 3, 3.2, 10), 1, 1);
        painter.drawRoundedRect(QRectF(9.3, 3, 3.2, 10), 1, 1);
        return;
    case RunState::Stopped:
        painter.drawRoundedRect(QRectF(3.5, 3.5, 9, 9), 1.5, 1.5);
        return;
    default:
        break;
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(pen);
    switch (state) {
    case RunState::Queued:
        painter.drawEllipse(QPointF(8, 8), 5.5, 5.5);
        painter.drawPolyline(QPolygonF({{8, 5}, {8, 8.2}, {10.2, 9.6}}));
        break;
    case RunState::Finished:
        painter.drawPolyline(QPolygonF({{3, 8.5}, {6.5, 12}, {13, 4.5}}));
        break;
    case RunState::Interrupted:
        painter.drawPolygon(QPolygonF({{9.5, 2}, {4, 9}, {7.5, 9}, {6.5, 14}, {12, 7}, {8.5, 7}}));
        break;
    case RunState::Diverged:
        painter.drawPolyline(QPolygonF({{2.5, 12.5}, {7, 11}, {10, 8}, {11.5, 2.5}}));
        painter.drawPolyline(QPolygonF({{8.7, 4.7}, {11.5, 2.2}, {13.7, 5.2}}));
        break;
    case RunState::Failed:
        painter.drawLine(QPointF(4, 4), QPointF(12, 12));
        painter.drawLine(QPointF(12, 4), QPointF(4, 12));
        break;
    default:
        break;
    }
}

} // namespace

QIcon stateIcon(RunState state, const QPalette& palette)
{
    const QColor colour = stateColour(state, palette);
    const QString key = QStringLiteral("state/%1/%2").arg(static_cast<int>(state)).arg(colour.rgba());
    QIcon icon(cached(key, {side, side}, [&](QPainter& painter) { drawState(painter, state, colour); }));
    // White on the selection, where a state's colour would lose its contrast.
    const QString selected = QStringLiteral("state/%1/selected").arg(static_cast<int>(state));
    icon.addPixmap(cached(selected, {side, side}, [&](QPainter& painter) { drawState(painter, state, Qt::white); }),
                   QIcon::Selected);
    return icon;
}

QString stateText(RunState state)
{
    switch (state) {
    case RunState::Queued:
        return QCoreApplication::translate("RunState", "Queued");
    case RunState::Running:
        return QCoreApplication::translate("RunState", "Running");
    case RunState::Paused:
        return QCoreApplication::translate("RunState", "Paused");
    case RunState::Finished:
        return QCoreApplication::translate("RunState", "Finished");
    case RunState::Stopped:
        return QCoreApplication::translate("RunState", "Stopped");
    case RunState::Interrupted:
        return QCoreApplication::translate("RunState", "Interrupted");
    case RunState::Diverged:
        return QCoreApplication::translate("RunState", "Diverged");
    case RunState::Failed:
        return QCoreApplication::translate("RunState", "Failed");
    }
    return {};
}

QIcon swatchIcon(const RunId& run, bool shown, const QPalette& palette)
{
    static constexpr Qt::PenStyle styles[] = {Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
    if (!shown) {
        // A run gets its colour when it is first drawn, so a hidden one is not asked for it.
        const QColor outline = Theme::muted(palette);
        const QPixmap hollow
            = cached(QStringLiteral("swatch/%1").arg(outline.rgba()), {side, side}, [&](QPainter& painter) {
                  painter.setPen(QPen(outline, 1));
                  painter.setOpacity(0.5);
                  painter.drawRoundedRect(QRectF(1.5, 4.5, 13, 7), 2.5, 2.5);
              });
        QIcon icon(hollow);
        icon.addPixmap(hollow, QIcon::Selected);
        return icon;
    }
    const QColor colour = colourOf(run, palette);
    const int style = lineStyleOf(run) & 3;
    const auto draw = [&](QPainter& painter, const QPen& border) {
        QColor wash = colour;
        wash.setAlphaF(style == 0 ? 1 : 0.3F);
        painter.setPen(border);
        painter.setBrush(wash);
        painter.drawRoundedRect(QRectF(1, 4, 14, 8), 2.5, 2.5);
        if (style != 0) {
            painter.setPen(QPen(colour, 2.4, styles[style], Qt::FlatCap));
            painter.drawLine(QPointF(1.5, 8), QPointF(14.5, 8));
        }
    };
    const QString key = QStringLiteral("swatch/%1/%2").arg(colour.rgba()).arg(style);
    QIcon icon(cached(key, {side, side}, [&](QPainter& painter) { draw(painter, Qt::NoPen); }));
    // On the selection's own blue a blue swatch needs an edge.
    icon.addPixmap(cached(key + QStringLiteral("/selected"), {side, side},
                          [&](QPainter& painter) {
                              painter.setPen(Qt::NoPen);
                              painter.setBrush(Qt::white);
                              painter.drawRoundedRect(QRectF(0, 3, 16, 10), 3, 3);
                              draw(painter, Qt::NoPen);
                          }),
                   QIcon::Selected);
    return icon;
}

} // namespace distill::ui
