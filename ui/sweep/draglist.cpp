// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sweep/draglist.h"

#include <QDropEvent>

namespace distill::ui {

DragList::DragList(QWidget* parent)
    : QTreeWidget(parent)
{
    setDragDropMode(InternalMove);
}

void DragList::drop(QTreeWidgetItem* over, bool below)
{
    const int from = indexOfTopLevelItem(currentItem());
    const int line = over ? indexOfTopLevelItem(over) + (below ? 1 : 0) : topLevelItemCount();
    const int to = line > from ? line - 1 : line; // its own line is gone from above
    if (from >= 0 && to != from) {
        Q_EMIT moved(to - from);
    }
}

void DragList::startDrag(Qt::DropActions actions)
{
    QTreeWidget::startDrag(actions);
    viewport()->update(); // the mark of where it would have come stays otherwise
}

void DragList::dropEvent(QDropEvent* event)
{
    event->setDropAction(Qt::IgnoreAction); // else the view takes the line out
    event->ignore();
    drop(itemAt(event->position().toPoint()), dropIndicatorPosition() == BelowItem);
}

} // namespace distill::ui
