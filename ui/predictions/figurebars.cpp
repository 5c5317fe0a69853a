// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/figurebars.h"

#include "ui/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int between = 24;
constexpr int below = 12;

} // namespace

FigureBars::FigureBars(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(u"figureBars"_s);
    setAccessibleName(tr("Figures of the networks"));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void FigureBars::setGroups(std::vector<FigureGroup> groups)
{
    m_groups = std::move(groups);
    QStringList spoken;
    for (const FigureGroup& group : m_groups) {
        QStringList figures;
        for (const FigureGroup::Bar& bar : group.bars) {
            figures << tr("%1 %2").arg(bar.who, bar.text);
        }
        spoken << tr("%1: %2").arg(group.title, figures.join(u", "_s));
    }
    setAccessibleDescription(spoken.join(u". "_s));
    updateGeometry();
    update();
}

int FigureBars::columnsFor(int width) const
{
    return std::clamp(width / (fontMetrics().averageCharWidth() * 48), 1, 3);
}

int FigureBars::heightOf(const FigureGroup& group) const
{
    const int line = fontMetrics().height();
    return line + 3 + static_cast<int>(group.bars.size()) * (line + 1) + below;
}

/// Row by row: groups of a row begin at one height.
std::vector<QRect> FigureBars::areas(int width) const
{
    const int columns = columnsFor(width);
    const int each = (width - (columns - 1) * between) / columns;
    std::vector<QRect> places;
    int top = 0;
    for (std::size_t first = 0; first < m_groups.size(); first += static_cast<std::size_t>(columns)) {
        const std::size_t end = std::min(m_groups.size(), first + static_cast<std::size_t>(columns));
        int high = 0;
        for (std::size_t i = first; i < end; ++i) {
            high = std::max(high, heightOf(m_groups[i]));
            places.emplace_back(static_cast<int>(i - first) * (each + between), top, each, heightOf(m_groups[i]));
        }
        top += high;
    }
    return places;
}

int FigureBars::heightForWidth(int width) const
{
    int height = 0;
    for (const QRect& area : areas(width)) {
        height = std::max(height, area.bottom() + 1);
    }
    return height;
}

QSize FigureBars::sizeHint() const
{
    const int width = fontMetrics().averageCharWidth() * 100;
    return {width, heightForWidth(width)};
}

QSize FigureBars::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 40, heightForWidth(std::max(width(), fontMetrics().averageCharWidth() * 40))};
}

void FigureBars::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont bold = font();
    bold.setBold(true);
    const int line = fontMetrics().height();
    const std::vector<QRect> places = areas(width());
    for (std::size_t i = 0; i < m_groups.size(); ++i) {
        const FigureGroup& group = m_groups[i];
        const QRect& area = places[i];
        painter.setFont(bold);
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(QRect(area.left(), area.top(), area.width(), line), Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(group.title, Qt::ElideRight, area.width()));
        painter.setFont(font());
        int names = 0, figures = 0;
        for (const FigureGroup::Bar& bar : group.bars) {
            names = std::max(names, fontMetrics().horizontalAdvance(bar.who));
            figures = std::max(figures, fontMetrics().horizontalAdvance(bar.text));
        }
        names = std::min(names + 8, area.width() / 3);
        const int room = area.width() - names - figures - 10;
        int top = area.top() + line + 3;
        for (const FigureGroup::Bar& bar : group.bars) {
            painter.setPen(Theme::muted(palette()));
            painter.drawText(QRect(area.left(), top, names, line), Qt::AlignLeft | Qt::AlignVCenter,
                             fontMetrics().elidedText(bar.who, Qt::ElideRight, names - 4));
            const double share = std::isfinite(bar.value) && group.most > 0 ? std::clamp(bar.value / group.most, 0.0, 1.0) : 0;
            painter.setPen(Qt::NoPen);
            painter.setBrush(palette().color(QPalette::Midlight));
            painter.drawRect(QRectF(area.left() + names, top + line / 2.0 - 1, room, 2));
            painter.setBrush(bar.colour);
            painter.drawRect(QRectF(area.left() + names, top + 2, std::max(share > 0 ? 1.5 : 0.0, share * room), line - 4));
            painter.setPen(palette().color(QPalette::WindowText));
            painter.drawText(QRect(area.right() - figures, top, figures + 1, line), Qt::AlignRight | Qt::AlignVCenter, bar.text);
            top += line + 1;
        }
    }
}

bool FigureBars::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* const help = static_cast<QHelpEvent*>(event);
        const std::vector<QRect> places = areas(width());
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (places[i].contains(help->pos())) {
                QToolTip::showText(help->globalPos(), m_groups[i].help, this, places[i]);
                return true;
            }
        }
        QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

} // namespace distill::ui
