// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace distill::ui {

class Sparklines;

/// Draws what a plain cell cannot: a bar of progress, the role and the marks beside a name, a small curve, the arrow of a group's line,
/// and the bracket at the left that ties the runs of one submission together.
class RunDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void setSparklines(const Sparklines* sparklines) { m_sparklines = sparklines; }
    /// Where a group's line is clicked to open it, of its cell.
    static QRect arrowRect(const QStyleOptionViewItem& option);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;

private:
    void paintProgress(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintName(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    static void paintMarks(QPainter& painter, const QStyleOptionViewItem& option, const QStringList& marks, int right);
    void paintCurve(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintBracket(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;

    const Sparklines* m_sparklines = nullptr;
};

} // namespace distill::ui
