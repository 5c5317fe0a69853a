// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/rundelegate.h"

#include "ui/plots/colours.h"
#include "ui/runs/runlines.h"
#include "ui/runs/sparklines.h"
#include "ui/theme.h"

#include <QApplication>
#include <QPainter>
#include <QPainterPath>
#include <QPolygonF>
#include <algorithm>
#include <cmath>

namespace distill::ui {

namespace {

QFont roleFont(const QFont& font)
{
    QFont small = font;
    small.setPointSizeF(font.pointSizeF() * 0.88);
    return small;
}

constexpr int arrowWidth = 16;

int markWidth(const QStyleOptionViewItem& option)
{
    return static_cast<int>(option.fontMetrics.height() * 0.9);
}

/// Five points of a star about a centre.
QPolygonF star(QPointF centre, double radius)
{
    QPolygonF points;
    for (int i = 0; i < 10; ++i) {
        const double length = i % 2 == 0 ? radius : radius * 0.45;
        const double angle = i * M_PI / 5 - M_PI / 2;
        points << centre + QPointF(length * std::cos(angle), length * std::sin(angle));
    }
    return points;
}

QPolygonF pin(QPointF centre, double radius)
{
    return QPolygonF({{-0.5, -1}, {0.5, -1}, {0.35, -0.1}, {0.75, 0.25}, {0.12, 0.25}, {0, 1.1}, {-0.12, 0.25}, {-0.75, 0.25}, {-0.35, -0.1}})
        * QTransform::fromScale(radius, radius) * QTransform::fromTranslate(centre.x(), centre.y());
}

} // namespace

QRect RunDelegate::arrowRect(const QStyleOptionViewItem& option)
{
    return QRect(option.rect.left() + 2, option.rect.top(), arrowWidth, option.rect.height());
}

void RunDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    if (index.column() != RunModel::Name) {
        return;
    }
    if (index.data(RunLines::GroupLineRole).toBool()) {
        option->rect.adjust(arrowWidth, 0, 0, 0);
        option->font.setBold(true);
        option->fontMetrics = QFontMetrics(option->font);
    } else if (index.data(RunLines::MemberRole).toBool()) {
        option->rect.adjust(arrowWidth, 0, 0, 0);
    }
}

void RunDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (index.column() == RunModel::Curve) {
        paintCurve(*painter, option, index);
    } else if (index.column() == RunModel::Progress && !index.data(RunLines::GroupLineRole).toBool()) {
        paintProgress(*painter, option, index);
    } else if (index.column() == RunModel::Name) {
        paintName(*painter, option, index);
        paintBracket(*painter, option, index);
    } else {
        QStyledItemDelegate::paint(painter, option, index);
    }
    painter->restore();
}

/// Marks and role stand at the end of the line where the name leaves room for them.
void RunDelegate::paintName(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const QStyle* const style = cell.widget ? cell.widget->style() : QApplication::style();
    if (cell.rect.left() != option.rect.left()) { // what an indented cell leaves free is the row's all the same
        QStyleOptionViewItem margin = option;
        margin.rect.setRight(cell.rect.left() - 1);
        margin.text.clear();
        margin.features = QStyleOptionViewItem::None;
        margin.icon = {};
        style->drawPrimitive(QStyle::PE_PanelItemViewItem, &margin, &painter, cell.widget);
    }
    const QStringList marks = index.data(RunModel::MarksRole).toStringList();
    if (!marks.isEmpty()) {
        const QRect room = style->subElementRect(QStyle::SE_ItemViewItemText, &cell, cell.widget);
        cell.text = cell.fontMetrics.elidedText(cell.text, Qt::ElideMiddle, room.width() - 12 - markWidth(cell) * static_cast<int>(marks.size()));
    }
    style->drawControl(QStyle::CE_ItemViewItem, &cell, &painter, cell.widget);
    const bool selected = cell.state & QStyle::State_Selected;
    const QColor quiet = selected ? cell.palette.color(QPalette::HighlightedText) : Theme::muted(cell.palette);
    if (index.data(RunLines::GroupLineRole).toBool()) {
        const QPointF centre = QRectF(arrowRect(option)).center();
        QPolygonF arrow({{-2.5, -4}, {2.5, 0}, {-2.5, 4}});
        if (index.data(RunLines::OpenRole).toBool()) {
            arrow = arrow * QTransform().rotate(90);
        }
        painter.setPen(QPen(quiet, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(arrow.translated(centre));
    }
    QRect text = style->subElementRect(QStyle::SE_ItemViewItemText, &cell, cell.widget).adjusted(0, 0, -6, 0);
    const int used = cell.fontMetrics.horizontalAdvance(cell.text) + 18;
    const QString role = index.data(RunModel::RoleNameRole).toString();
    const QFont font = roleFont(option.font);
    const int width = QFontMetrics(font).horizontalAdvance(role);
    if (!role.isEmpty() && width <= text.width() - used - markWidth(cell) * static_cast<int>(marks.size())) {
        painter.setFont(font);
        painter.setPen(quiet);
        painter.drawText(text, static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), role);
        text.adjust(0, 0, -width - 6, 0);
    }
    paintMarks(painter, cell, marks, text.right());
}

void RunDelegate::paintMarks(QPainter& painter, const QStyleOptionViewItem& option, const QStringList& marks, int right)
{
    const bool selected = option.state & QStyle::State_Selected;
    const QColor quiet = selected ? option.palette.color(QPalette::HighlightedText) : Theme::muted(option.palette);
    const double radius = option.fontMetrics.height() * 0.36;
    QPointF centre(right - radius, option.rect.center().y() + 0.5);
    for (const QString& mark : marks) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(quiet);
        if (mark == QLatin1String("starred")) {
            painter.setBrush(selected ? quiet : Theme::warning(option.palette));
            painter.drawPolygon(star(centre, radius * 1.15));
        } else if (mark == QLatin1String("pinned")) {
            painter.drawPolygon(pin(centre, radius));
        } else if (mark == QLatin1String("hidden")) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(quiet, 1.3));
            painter.drawEllipse(centre, radius, radius * 0.6);
            painter.drawLine(centre + QPointF(-radius, radius), centre + QPointF(radius, -radius));
        } else {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(quiet, 1.3));
            painter.drawRect(QRectF(centre.x() - radius * 0.9, centre.y() - radius * 0.5, radius * 1.8, radius * 1.3));
            painter.drawLine(centre + QPointF(-radius, -radius * 0.5), centre + QPointF(radius, -radius * 0.5));
        }
        centre.rx() -= markWidth(option);
    }
}

/// From the smallest to the largest of its own values; of a group up to eight of its runs.
void RunDelegate::paintCurve(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyledItemDelegate::paint(&painter, option, index);
    if (!m_sparklines) {
        return;
    }
    constexpr int mostCurves = 8;
    std::vector<std::pair<RunId, const QVector<QPointF>*>> curves;
    QRectF bounds;
    for (const QString& id : index.data(RunModel::IdsRole).toStringList()) {
        const RunId run = id.toStdString();
        const QVector<QPointF>& points = m_sparklines->of(run);
        if (points.size() < 2 || curves.size() == mostCurves) {
            continue;
        }
        curves.emplace_back(run, &points);
        for (const QPointF& point : points) {
            if (bounds.isNull() && curves.size() == 1 && &point == &points.front()) {
                bounds = QRectF(point, QSizeF(0, 0));
            }
            bounds.setLeft(std::min(bounds.left(), point.x()));
            bounds.setRight(std::max(bounds.right(), point.x()));
            bounds.setTop(std::min(bounds.top(), point.y()));
            bounds.setBottom(std::max(bounds.bottom(), point.y()));
        }
    }
    if (curves.empty() || bounds.width() <= 0) {
        return;
    }
    const QRectF room = QRectF(option.rect).adjusted(6, 4, -6, -4);
    const bool selected = option.state & QStyle::State_Selected;
    const bool shown = index.siblingAtColumn(RunModel::Name).data(Qt::CheckStateRole).toInt() != Qt::Unchecked;
    for (const auto& [run, points] : curves) {
        QPolygonF line;
        for (const QPointF& point : *points) {
            const double height = bounds.height() > 0 ? (point.y() - bounds.top()) / bounds.height() : 0.5;
            line << QPointF(room.left() + room.width() * (point.x() - bounds.left()) / bounds.width(), room.bottom() - room.height() * height);
        }
        // A run gets its colour when it is first drawn in a plot.
        const QColor colour = selected ? option.palette.color(QPalette::HighlightedText)
            : shown                    ? colourOf(run, option.palette)
                                       : Theme::muted(option.palette);
        painter.setPen(QPen(colour, curves.size() > 1 ? 1.0 : 1.4));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(line);
    }
}

void RunDelegate::paintProgress(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const QString text = std::exchange(cell.text, QString());
    const QStyle* const style = cell.widget ? cell.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, &painter, cell.widget);

    const bool selected = cell.state & QStyle::State_Selected;
    const QColor textColour = selected ? cell.palette.color(QPalette::HighlightedText) : Theme::muted(cell.palette);
    const QRect inner = cell.rect.adjusted(6, 0, -6, 0);
    const double fraction = index.data(RunModel::FractionRole).toDouble();
    if (!index.data(RunModel::LiveRole).toBool() || std::isnan(fraction)) {
        painter.setPen(textColour);
        painter.drawText(inner, static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), text);
        return;
    }
    const int textWidth = cell.fontMetrics.horizontalAdvance(QStringLiteral("100\u00a0%")) + 6;
    const double thickness = std::max(4.0, cell.fontMetrics.height() * 0.35);
    QRectF bar(inner.left(), inner.center().y() - thickness / 2 + 0.5, inner.width() - textWidth, thickness);
    QColor colour = selected ? cell.palette.color(QPalette::HighlightedText) : Theme::accent(cell.palette);
    QColor track = selected ? colour : cell.palette.color(QPalette::Text);
    track.setAlphaF(0.16F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(track);
    painter.drawRoundedRect(bar, thickness / 2, thickness / 2);
    bar.setWidth(bar.width() * std::clamp(fraction, 0.0, 1.0));
    if (bar.width() > 0.5) {
        painter.setBrush(colour);
        painter.drawRoundedRect(bar, thickness / 2, thickness / 2);
    }
    painter.setPen(textColour);
    painter.drawText(inner, static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), text);
}

void RunDelegate::paintBracket(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const auto group
        = [](const QModelIndex& of) { return of.isValid() ? of.data(RunModel::GroupRole).toString() : QString(); };
    const QString own = group(index);
    if (own.isEmpty() || index.data(RunLines::MemberRole).toBool()) {
        return;
    }
    const bool above = group(index.siblingAtRow(index.row() - 1)) == own;
    const bool below = group(index.siblingAtRow(index.row() + 1)) == own;
    if (!above && !below) {
        return;
    }
    QColor colour = Theme::muted(option.palette);
    colour.setAlphaF(0.7F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    const int top = option.rect.top() + (above ? 0 : 4);
    const int bottom = option.rect.bottom() - (below ? 0 : 4);
    painter.drawRect(QRect(option.rect.left(), top, 2, bottom - top + 1));
}

} // namespace distill::ui
