// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/columnheader.h"

#include "ui/theme.h"

#include <QIcon>
#include <QPainter>
#include <QTextLayout>

namespace distill::ui {

ColumnHeader::ColumnHeader(Qt::Orientation orientation, QWidget* parent)
    : QHeaderView(orientation, parent)
{
    setSectionsClickable(true);
    setHighlightSections(false);
}

QSize ColumnHeader::sizeHint() const
{
    const QSize hint = QHeaderView::sizeHint();
    return orientation() == Qt::Horizontal ? QSize(hint.width(), 2 * fontMetrics().height() + 8) : hint;
}

void ColumnHeader::paintSection(QPainter* painter, const QRect& rect, int section) const
{
    painter->save();
    painter->fillRect(rect, palette().color(QPalette::Window));
    const auto font = model()->headerData(section, orientation(), Qt::FontRole);
    QFont used = this->font();
    used.setBold(orientation() == Qt::Horizontal || (font.isValid() && font.value<QFont>().bold()));
    painter->setFont(used);
    painter->setPen(palette().color(QPalette::WindowText));
    QRect inner = rect.adjusted(8, 1, -6, -1);
    const QString name = model()->headerData(section, orientation(), Qt::DisplayRole).toString();
    const QFontMetrics metrics(used);
    if (orientation() == Qt::Vertical) {
        const auto alignment = model()->headerData(section, orientation(), Qt::TextAlignmentRole).toInt();
        inner.adjust(0, 2, 0, -2);
        painter->drawText(inner, alignment, metrics.elidedText(name, Qt::ElideRight, inner.width()));
        painter->restore();
        return;
    }
    const QIcon icon = model()->headerData(section, orientation(), Qt::DecorationRole).value<QIcon>();
    const QSize size(26, 12);
    icon.paint(painter, QRect(QPoint(inner.left(), inner.top() + 3 + (metrics.height() - size.height()) / 2), size));
    inner.setLeft(inner.left() + size.width() + 6);
    // Names of runs differ at their ends: two lines, and where that is not enough the middle goes.
    QTextLayout layout(name, used);
    layout.beginLayout();
    QTextLine first = layout.createLine();
    first.setLineWidth(inner.width());
    const int split = first.isValid() ? first.textStart() + first.textLength() : static_cast<int>(name.size());
    layout.endLayout();
    const QString rest = name.mid(split);
    painter->drawText(QRect(inner.left(), inner.top() + 3, inner.width(), metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                      metrics.elidedText(name.left(split).trimmed(), Qt::ElideMiddle, inner.width()));
    painter->drawText(QRect(inner.left(), inner.top() + 3 + metrics.height(), inner.width(), metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                      metrics.elidedText(rest, Qt::ElideMiddle, inner.width()));
    painter->setPen(palette().color(QPalette::Mid));
    painter->drawLine(rect.bottomLeft(), rect.bottomRight());
    painter->restore();
}

} // namespace distill::ui
