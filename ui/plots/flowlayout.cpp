// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/flowlayout.h"

#include <QWidget>
#include <algorithm>
#include <iterator>

namespace distill::ui {

FlowLayout::FlowLayout(QWidget* widget, int spacing)
    : QLayout(widget)
{
    setContentsMargins(0, 0, 0, 0);
    setSpacing(spacing);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    widget->setSizePolicy(policy);
}

FlowLayout::~FlowLayout()
{
    qDeleteAll(m_items);
}

QLayoutItem* FlowLayout::takeAt(int index)
{
    return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
}

void FlowLayout::setGeometry(const QRect& rect)
{
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

QSize FlowLayout::minimumSize() const
{
    QSize size(0, 0);
    for (const QLayoutItem* item : m_items) {
        size = size.expandedTo(item->minimumSize());
    }
    const QMargins margins = contentsMargins();
    return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom());
}

int FlowLayout::arrange(const QRect& rect, bool move) const
{
    const QMargins margins = contentsMargins();
    const QRect area = rect.marginsRemoved(margins);
    const int gap = std::max(0, spacing());
    int y = area.top();
    QVector<QLayoutItem*> items;
    std::copy_if(m_items.begin(), m_items.end(), std::back_inserter(items), [](QLayoutItem* item) {
        // Not isEmpty(): before a window is first shown all that is in it counts as hidden.
        const QWidget* widget = item->widget();
        return !widget || !widget->isHidden() || !widget->testAttribute(Qt::WA_WState_ExplicitShowHide);
    });
    for (qsizetype first = 0; first < items.size();) {
        int height = 0;
        int width = 0;
        qsizetype end = first;
        while (end < items.size()) {
            const QSize size = items[end]->sizeHint();
            if (end > first && width + gap + size.width() > area.width()) {
                break;
            }
            width += (end > first ? gap : 0) + size.width();
            height = std::max(height, size.height());
            ++end;
        }
        int x = area.left();
        for (qsizetype i = first; i < end; ++i) {
            const QSize size = items[i]->sizeHint().boundedTo(QSize(std::max(area.width(), 1), height));
            if (move) {
                items[i]->setGeometry(QRect(QPoint(x, y + (height - size.height()) / 2), size));
            }
            x += size.width() + gap;
        }
        y += height + (end < items.size() ? gap : 0);
        first = end;
    }
    return y - rect.top() + margins.bottom();
}

} // namespace distill::ui
