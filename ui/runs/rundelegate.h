// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace distill::ui {

/// Draws what a plain cell cannot: a bar of progress, the role beside a name, and the bracket at the left that ties the
/// runs of one submission together.
class RunDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    void paintProgress(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintName(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintBracket(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
};

} // namespace distill::ui
