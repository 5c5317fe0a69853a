// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTreeWidget>

namespace distill::ui {

/// A list whose lines can be dragged. It moves nothing itself: whoever hears of it does, and shows what came of it.
class DragList : public QTreeWidget {
    Q_OBJECT

public:
    explicit DragList(QWidget* parent = nullptr);

    /// The current line was let go above or below this one; null: below all.
    void drop(QTreeWidgetItem* over, bool below);

Q_SIGNALS:
    void moved(int by); ///< so many lines down, of the current one

protected:
    void startDrag(Qt::DropActions actions) override;
    void dropEvent(QDropEvent* event) override;
};

} // namespace distill::ui
