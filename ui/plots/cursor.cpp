// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/cursor.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace distill::ui {

CursorItem::CursorItem(QCustomPlot* plot)
    : QCPAbstractItem(plot)
{
    setClipToAxisRect(true);
    setClipAxisRect(plot->axisRect());
}

void CursorItem::show(double x, const QString& place, QVector<Row> rows)
{
    m_shown = true;
    m_x = x;
    m_place = place;
    m_rows = std::move(rows);
}

void CursorItem::clear()
{
    m_shown = false;
    m_rows.clear();
}

void CursorItem::setColours(const QColor& text, const QColor& box, const QColor& line)
{
    m_text = text;
    m_box = box;
    m_line = line;
}

void CursorItem::draw(QCPPainter* painter)
{
    if (!m_shown) {
        return;
    }
    const QRect area = clipRect();
    painter->setAntialiasing(false);
    painter->setPen(QPen(m_line, 1));
    painter->drawLine(QPointF(m_x, area.top()), QPointF(m_x, area.bottom()));
    painter->setAntialiasing(true);
    for (const Row& row : m_rows) {
        painter->setPen(QPen(m_box, 1));
        painter->setBrush(row.colour);
        painter->drawEllipse(row.at, 3.5, 3.5);
    }

    painter->setFont(mParentPlot->font());
    const QFontMetrics metrics(painter->font());
    const int line = metrics.height();
    const int gap = metrics.horizontalAdvance(u' ');
    const int swatch = 3 * gap + 4;
    const int pad = gap + 2;
    const int fitting = std::max(0, (area.height() - 2 * pad - 8) / line - 1);
    // One row is given up to say how many do not fit.
    const auto shown = m_rows.size() <= fitting ? m_rows.size() : std::max<qsizetype>(0, fitting - 1);
    const qsizetype hidden = m_rows.size() - shown;
    const QString more = QCoreApplication::translate("CursorItem", "and %n more", nullptr, static_cast<int>(hidden));
    int names = 0;
    int values = 0;
    for (qsizetype i = 0; i < shown; ++i) {
        names = std::max(names, metrics.horizontalAdvance(m_rows[i].name));
        values = std::max(values, metrics.horizontalAdvance(m_rows[i].value));
    }
    values = std::max(values, metrics.horizontalAdvance(m_place) - swatch - names - gap);
    const bool left = m_x > area.center().x();
    const double beside = left ? m_x - area.left() : area.right() - m_x;
    const int room = std::max(area.width() * 6 / 10, static_cast<int>(beside) - 12);
    names = std::min(names, std::max(6 * gap, room - 2 * pad - swatch - 2 * gap - values));
    // Three letters of each name tell nobody apart: the swatch does.
    const bool unreadable = names < 8 * metrics.averageCharWidth()
        && std::any_of(m_rows.begin(), m_rows.begin() + shown, [&](const Row& row) { return metrics.horizontalAdvance(row.name) > names; });
    names = unreadable ? 0 : names;
    const int width = 2 * pad + swatch + names + 2 * gap + values;
    const auto height = 2 * pad + line * static_cast<int>(1 + shown + (hidden > 0 ? 1 : 0));
    if (shown < 1 || width > area.width()) {
        return;
    }
    const QRect box(left ? area.left() + 6 : area.right() - 6 - width, area.top() + 4, width, height);
    QColor back = m_box;
    back.setAlpha(235);
    painter->setPen(QPen(m_line, 1));
    painter->setBrush(back);
    painter->drawRoundedRect(box, 4, 4);

    int y = box.top() + pad;
    painter->setPen(m_text);
    painter->drawText(QRect(box.left() + pad, y, width - 2 * pad, line), Qt::AlignLeft | Qt::AlignVCenter, m_place);
    for (qsizetype i = 0; i < shown; ++i) {
        y += line;
        const Row& row = m_rows[i];
        painter->setPen(QPen(row.colour, 2, row.line));
        painter->drawLine(QPointF(box.left() + pad, y + line / 2.0),
                          QPointF(box.left() + pad + swatch - 4, y + line / 2.0));
        painter->setPen(m_text);
        painter->drawText(QRect(box.left() + pad + swatch, y, names, line), Qt::AlignLeft | Qt::AlignVCenter,
                          names > 0 ? metrics.elidedText(row.name, Qt::ElideMiddle, names) : QString());
        painter->drawText(QRect(box.right() - pad - values, y, values, line), Qt::AlignRight | Qt::AlignVCenter,
                          row.value);
    }
    if (hidden > 0) {
        painter->drawText(QRect(box.left() + pad, y + line, width - 2 * pad, line), Qt::AlignLeft | Qt::AlignVCenter,
                          more);
    }
}

EventItem::EventItem(QCustomPlot* plot)
    : QCPAbstractItem(plot)
{
    setClipToAxisRect(true);
    setClipAxisRect(plot->axisRect());
}

QString EventItem::textAt(const QPointF& pixel) const
{
    QStringList lines;
    for (const Mark& mark : m_marks) {
        if (std::abs(mParentPlot->xAxis->coordToPixel(mark.x) - pixel.x()) <= 4 && !lines.contains(mark.text)) {
            lines << mark.text;
        }
    }
    if (lines.size() > 12) {
        const int left = static_cast<int>(lines.size()) - 11;
        lines = lines.mid(0, 11);
        lines << QCoreApplication::translate("EventItem", "and %n more", nullptr, left);
    }
    return lines.join(u'\n');
}

QVector<EventItem::Label> EventItem::labels(const QFont& font) const
{
    const QRect area = clipRect();
    const QFontMetrics metrics(font);
    QVector<Label> result;
    int end = area.right();
    // From the right: each has the room up to the next border.
    for (auto mark = m_marks.rbegin(); mark != m_marks.rend(); ++mark) {
        const double x = mParentPlot->xAxis->coordToPixel(mark->x);
        if (mark->label.isEmpty() || !(x >= area.left() - 1 && x <= area.right())) { // 0 lies nowhere on a log axis
            continue;
        }
        const int left = static_cast<int>(x) + 6;
        const QString shown = metrics.elidedText(mark->label, Qt::ElideRight, end - left - 2);
        if (shown.size() > 2 || shown == mark->label) {
            result.prepend({QRect(left, area.top() + 1, metrics.horizontalAdvance(shown), metrics.height()), shown});
        }
        end = static_cast<int>(x);
    }
    return result;
}

void EventItem::draw(QCPPainter* painter)
{
    const QRect area = clipRect();
    painter->setAntialiasing(false);
    double last = -1e9;
    for (const Mark& mark : m_marks) {
        const double x = mParentPlot->xAxis->coordToPixel(mark.x);
        if (!(x >= area.left() - 1 && x <= area.right() + 1) || (!mark.major && std::abs(x - last) < 2)) {
            continue;
        }
        last = x;
        QColor colour = mark.colour;
        if (mark.major) {
            const bool border = !mark.label.isEmpty();
            colour.setAlpha(border ? 200 : 130);
            painter->setPen(QPen(border ? m_labelColour : colour, 1, border ? Qt::SolidLine : Qt::DashLine));
            painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
            if (border) {
                continue; // its name says what the tick would
            }
        }
        painter->setPen(Qt::NoPen);
        painter->setBrush(mark.colour);
        const double size = mark.major ? 4 : 2.5;
        painter->setAntialiasing(true);
        painter->drawPolygon(QPolygonF(
            {QPointF(x - size, area.top()), QPointF(x + size, area.top()), QPointF(x, area.top() + 1.5 * size)}));
        painter->setAntialiasing(false);
    }
    painter->setFont(mParentPlot->xAxis->tickLabelFont());
    painter->setPen(m_labelColour);
    for (const Label& label : labels(painter->font())) {
        painter->drawText(label.place, Qt::AlignLeft | Qt::AlignTop | Qt::TextDontClip, label.text);
    }
}

} // namespace distill::ui
