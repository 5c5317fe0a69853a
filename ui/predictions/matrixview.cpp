// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/matrixview.h"

#include "ui/predictions/look.h"
#include "ui/theme.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double gap = 1;
constexpr QPoint nowhere(-1, -1);

int widest(const QFontMetrics& metrics, const QStringList& texts)
{
    int width = 0;
    for (const QString& text : texts) {
        width = std::max(width, metrics.horizontalAdvance(text));
    }
    return width;
}

} // namespace

MatrixView::MatrixView(const QString& name, QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(name);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void MatrixView::setCells(MatrixCells cells)
{
    const bool sameShape = cells.rows.size() == m_cells.rows.size() && cells.columns.size() == m_cells.columns.size();
    m_cells = std::move(cells);
    m_hovered = nowhere;
    arrange();
    const QPoint before = m_current;
    m_current = nowhere;
    if (!isEmpty()) {
        sameShape&& before != nowhere ? setCurrent(before.y(), before.x()) : setCurrent(0, 0);
    }
    update();
}

void MatrixView::setCurrent(int row, int column)
{
    if (isEmpty()) {
        return;
    }
    m_current = {std::clamp(column, 0, static_cast<int>(m_cells.columns.size()) - 1),
                 std::clamp(row, 0, static_cast<int>(m_cells.rows.size()) - 1)};
    setAccessibleDescription(m_cells.sentence(m_current.y(), m_current.x()));
    if (hasFocus()) {
        QAccessibleEvent event(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&event);
    }
    update();
}

QSize MatrixView::sizeHint() const
{
    const int characters = std::min<int>(static_cast<int>(m_cells.columns.size()) * 6 + 14, 90);
    return {fontMetrics().averageCharWidth() * characters, fontMetrics().averageCharWidth() * characters};
}

QSize MatrixView::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 26, fontMetrics().averageCharWidth() * 26};
}

QFont MatrixView::numberFont() const
{
    QFont number = font();
    number.setPointSizeF(number.pointSizeF() * std::max(0.5, m_numberScale));
    return number;
}

void MatrixView::setRowNames(bool on)
{
    m_rowNames = on;
    arrange();
    update();
}

int MatrixView::rowNamesWidth() const
{
    const int longest = fontMetrics().averageCharWidth() * 22;
    return std::min(widest(fontMetrics(), m_cells.rows), longest) + 8 + (m_cells.rowTitle.isEmpty() ? 0 : fontMetrics().height());
}

/// Square cells as large as there is room; names take at most a third.
void MatrixView::arrange()
{
    if (isEmpty()) {
        return;
    }
    const QFontMetrics metrics = fontMetrics();
    const double line = metrics.height();
    const double left = m_rowNames ? rowNamesWidth() : 2;
    const int names = widest(metrics, m_cells.columns);
    const auto columns = static_cast<double>(m_cells.columns.size());
    const double title = m_cells.columnTitle.isEmpty() ? 0 : line;
    const auto sideBelow = [&](double above) {
        return std::max(
            2.0, std::min((width() - left - 2) / columns, (height() - above - 2) / static_cast<double>(m_cells.rows.size())));
    };
    double top = title + line + 6;
    m_upright = sideBelow(top) < names + 4;
    if (m_upright) {
        top = title + std::min<double>(names, height() * 0.3) + 8;
    }
    const double side = sideBelow(top);
    m_cell = QSizeF(side, side);
    m_corner
        = {left + std::max(0.0, (width() - left - 2 - m_cell.width() * static_cast<double>(m_cells.columns.size())) / 2), top};

    int text = 0;
    for (int row = 0; row < m_cells.rows.size() && m_cell.width() > 8; ++row) {
        for (int column = 0; column < m_cells.columns.size(); ++column) {
            text = std::max(text, metrics.horizontalAdvance(m_cells.text(row, column)));
        }
    }
    const double scale = text == 0 ? 0 : std::min({1.15, (m_cell.width() - 4) / text, (m_cell.height() - 2) / line});
    m_numberScale = scale * font().pointSizeF() >= 5.5 ? scale : 0;
}

QRectF MatrixView::areaOf(int row, int column) const
{
    return {m_corner.x() + column * m_cell.width(), m_corner.y() + row * m_cell.height(), m_cell.width(), m_cell.height()};
}

QPoint MatrixView::cellAt(const QPointF& place) const
{
    if (isEmpty() || place.x() < m_corner.x() || place.y() < m_corner.y()) {
        return nowhere;
    }
    const auto column = static_cast<int>((place.x() - m_corner.x()) / m_cell.width());
    const auto row = static_cast<int>((place.y() - m_corner.y()) / m_cell.height());
    return column < m_cells.columns.size() && row < m_cells.rows.size() ? QPoint(column, row) : nowhere;
}

void MatrixView::paintEvent(QPaintEvent*)
{
    if (isEmpty()) {
        return;
    }
    QPainter painter(this);
    const double spacing = m_cell.width() >= 8 ? gap : 0;
    painter.setFont(numberFont());
    for (int row = 0; row < m_cells.rows.size(); ++row) {
        for (int column = 0; column < m_cells.columns.size(); ++column) {
            const QRectF area = areaOf(row, column).adjusted(0, 0, -spacing, -spacing);
            const QColor fill = m_cells.fill(row, column);
            painter.fillRect(area, fill);
            if (m_numberScale > 0) {
                painter.setPen(textOn(fill));
                painter.drawText(area, Qt::AlignCenter, m_cells.text(row, column));
            }
        }
    }
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    if (m_hovered != nowhere && m_opens) {
        painter.setPen(QPen(palette().color(QPalette::WindowText), 1));
        painter.drawRect(areaOf(m_hovered.y(), m_hovered.x()));
    }
    if (m_current != nowhere && hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::WindowText), 2));
        painter.drawRect(areaOf(m_current.y(), m_current.x()).adjusted(-0.5, -0.5, -0.5, -0.5));
    }

    const QPoint lit = m_hovered != nowhere ? m_hovered : hasFocus() ? m_current : nowhere;
    const QFont plain = font();
    QFont bold = plain;
    bold.setBold(true);
    const double line = fontMetrics().height();
    const double rowNames = m_corner.x() - 6;
    const double columnNames = m_corner.y() - 6;
    const double titleOfRows = m_cells.rowTitle.isEmpty() ? 0 : line;
    const double titleOfColumns = m_cells.columnTitle.isEmpty() ? 0 : line;
    const auto pen = [&](bool on) {
        painter.setFont(on ? bold : plain);
        painter.setPen(on ? palette().color(QPalette::WindowText) : Theme::muted(palette()));
    };
    const int every = std::max(1, static_cast<int>(std::ceil(line * 0.85 / m_cell.height())));
    const double nameRoom = std::min<double>(widest(QFontMetrics(bold), m_cells.rows) + 4, rowNames - titleOfRows);
    for (int row = 0; row < m_cells.rows.size() && m_rowNames; ++row) {
        if (row % every == 0 || row == lit.y()) {
            pen(row == lit.y());
            const QRectF area(rowNames - nameRoom, areaOf(row, 0).center().y() - line / 2, nameRoom, line);
            painter.drawText(area, Qt::AlignRight | Qt::AlignVCenter,
                             painter.fontMetrics().elidedText(m_cells.rows[row], Qt::ElideRight, static_cast<int>(nameRoom)));
        }
    }
    for (int column = 0; column < m_cells.columns.size(); ++column) {
        if (column % every == 0 || column == lit.x()) {
            pen(column == lit.x());
            if (!m_upright) {
                const QRectF area = areaOf(0, column);
                painter.drawText(QRectF(area.left(), columnNames - line + 2, area.width(), line), Qt::AlignCenter,
                                 m_cells.columns[column]);
                continue;
            }
            painter.save();
            painter.translate(areaOf(0, column).center().x(), columnNames);
            painter.rotate(-90);
            const double room = columnNames - titleOfColumns;
            painter.drawText(QRectF(0, -line / 2, room, line), Qt::AlignLeft | Qt::AlignVCenter,
                             painter.fontMetrics().elidedText(m_cells.columns[column], Qt::ElideRight, static_cast<int>(room)));
            painter.restore();
        }
    }
    pen(false);
    const double right = areaOf(0, static_cast<int>(m_cells.columns.size()) - 1).right();
    const double bottom = areaOf(static_cast<int>(m_cells.rows.size()) - 1, 0).bottom();
    painter.drawText(QRectF(m_corner.x(), 0, right - m_corner.x(), line), Qt::AlignCenter, m_cells.columnTitle);
    if (!m_rowNames) {
        return;
    }
    painter.save();
    painter.translate(rowNames - nameRoom - line - 2, bottom);
    painter.rotate(-90);
    painter.drawText(QRectF(0, 0, bottom - m_corner.y(), line), Qt::AlignCenter, m_cells.rowTitle);
    painter.restore();
}

void MatrixView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void MatrixView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        return setCurrent(m_current.y(), m_current.x() - 1);
    case Qt::Key_Right:
        return setCurrent(m_current.y(), m_current.x() + 1);
    case Qt::Key_Up:
        return setCurrent(m_current.y() - 1, m_current.x());
    case Qt::Key_Down:
        return setCurrent(m_current.y() + 1, m_current.x());
    case Qt::Key_Home:
        return setCurrent(m_current.y(), 0);
    case Qt::Key_End:
        return setCurrent(m_current.y(), static_cast<int>(m_cells.columns.size()) - 1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (m_current != nowhere && m_opens) {
            Q_EMIT activated(m_current.y(), m_current.x());
        }
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void MatrixView::mouseReleaseEvent(QMouseEvent* event)
{
    const QPoint cell = cellAt(event->position());
    if (event->button() == Qt::LeftButton && cell != nowhere) {
        setCurrent(cell.y(), cell.x());
        if (m_opens) {
            Q_EMIT activated(cell.y(), cell.x());
        }
    }
}

void MatrixView::mouseMoveEvent(QMouseEvent* event)
{
    if (const QPoint cell = cellAt(event->position()); cell != m_hovered) {
        m_hovered = cell;
        setCursor(cell != nowhere && m_opens ? Qt::PointingHandCursor : Qt::ArrowCursor);
        update();
    }
}

void MatrixView::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    m_hovered = nowhere;
    update();
}

void MatrixView::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void MatrixView::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

void MatrixView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::PaletteChange) {
        arrange();
        update();
    }
}

bool MatrixView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* const help = static_cast<QHelpEvent*>(event);
        const QPoint cell = cellAt(help->pos());
        if (cell == nowhere) {
            QToolTip::hideText();
        } else {
            QToolTip::showText(help->globalPos(), m_cells.sentence(cell.y(), cell.x()), this,
                               areaOf(cell.y(), cell.x()).toRect());
        }
        return true;
    }
    return QWidget::event(event);
}

} // namespace distill::ui
