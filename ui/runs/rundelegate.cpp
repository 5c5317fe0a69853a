// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/rundelegate.h"

#include "ui/runs/runmodel.h"
#include "ui/theme.h"

#include <QApplication>
#include <QPainter>
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

} // namespace

void RunDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (index.column() == RunModel::Progress) {
        paintProgress(*painter, option, index);
    } else if (index.column() == RunModel::Name) {
        paintName(*painter, option, index);
        paintBracket(*painter, option, index);
    } else {
        QStyledItemDelegate::paint(painter, option, index);
    }
    painter->restore();
}

/// The role stands at the end of the line where the name leaves room for it.
void RunDelegate::paintName(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyledItemDelegate::paint(&painter, option, index);
    const QString role = index.data(RunModel::RoleNameRole).toString();
    if (role.isEmpty()) {
        return;
    }
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const QStyle* const style = cell.widget ? cell.widget->style() : QApplication::style();
    const QRect text = style->subElementRect(QStyle::SE_ItemViewItemText, &cell, cell.widget).adjusted(0, 0, -6, 0);
    const QFont font = roleFont(cell.font);
    const int room = text.width() - cell.fontMetrics.horizontalAdvance(cell.text) - 18;
    if (QFontMetrics(font).horizontalAdvance(role) > room) {
        return;
    }
    painter.setFont(font);
    painter.setPen(cell.state & QStyle::State_Selected ? cell.palette.color(QPalette::HighlightedText)
                                                       : Theme::muted(cell.palette));
    painter.drawText(text, static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), role);
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
    if (own.isEmpty()) {
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
