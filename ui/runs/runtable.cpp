// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runtable.h"

#include "ui/runs/rundelegate.h"
#include "ui/runs/runlines.h"
#include "ui/theme.h"

#include <QEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

namespace distill::ui {

RunTable::RunTable(QWidget* parent)
    : QTableView(parent)
{
    setObjectName(QStringLiteral("runs"));
    setAccessibleName(tr("Runs"));
    setItemDelegate(new RunDelegate(this));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(EditKeyPressed | DoubleClicked);
    setShowGrid(false);
    setWordWrap(false);
    setTextElideMode(Qt::ElideMiddle); // names of one ladder differ at their ends
    setTabKeyNavigation(false);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setHorizontalScrollMode(ScrollPerPixel);
    setFrameShape(QFrame::NoFrame);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    QHeaderView* const header = horizontalHeader();
    header->setSectionsMovable(true);
    header->setHighlightSections(false);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QHeaderView::customContextMenuRequested, this, &RunTable::showHeaderMenu);
    fitRows();
}

void RunTable::setLines(RunLines* lines)
{
    m_lines = lines;
    setModel(lines);
}

void RunTable::setEmptyText(const QString& sentence)
{
    m_emptyText = sentence;
    viewport()->update();
}

void RunTable::restoreColumns(const QByteArray& state)
{
    QHeaderView* const header = horizontalHeader();
    const int unit = fontMetrics().averageCharWidth();
    const int widths[RunModel::FixedColumns] = {34, 17, 12, 9, 9, 12, 26, 13, 7, 16, 14};
    const int count = header->count();
    if (state.isEmpty() || !header->restoreState(state) || header->count() != count) {
        for (int column = 0; column < count; ++column) {
            header->resizeSection(column, (column < RunModel::FixedColumns ? widths[column] : 14) * unit);
        }
        header->moveSection(header->visualIndex(RunModel::Curve), header->visualIndex(RunModel::State) + 1);
        sortByColumn(RunModel::Created, Qt::DescendingOrder);
    }
    header->setSortIndicatorShown(true);
    header->setMinimumSectionSize(4 * unit);
}

void RunTable::fitRows()
{
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 11);
}

void RunTable::changeEvent(QEvent* event)
{
    QTableView::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        fitRows();
    }
}

void RunTable::showHeaderMenu(const QPoint& at)
{
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (int column = 0; column < model()->columnCount(); ++column) {
        QAction* const action = menu->addAction(model()->headerData(column, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!isColumnHidden(column));
        action->setEnabled(column != RunModel::Name);
        connect(action, &QAction::toggled, this, [this, column](bool on) { setColumnHidden(column, !on); });
    }
    menu->addSeparator();
    Q_EMIT headerMenuRequested(horizontalHeader()->logicalIndexAt(at), menu);
    menu->popup(horizontalHeader()->mapToGlobal(at));
}

std::pair<int, int> RunTable::linesInSight() const
{
    const int count = model() ? model()->rowCount() : 0;
    if (count == 0) {
        return {-1, -1};
    }
    const int first = rowAt(0);
    const int last = rowAt(viewport()->height() - 1);
    return {std::max(first, 0), last < 0 ? count - 1 : last};
}

void RunTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    Q_EMIT sightChanged();
}

void RunTable::scrollContentsBy(int dx, int dy)
{
    QTableView::scrollContentsBy(dx, dy);
    if (dy != 0) {
        Q_EMIT sightChanged();
    }
}

void RunTable::mousePressEvent(QMouseEvent* event)
{
    const QModelIndex at = indexAt(event->position().toPoint());
    if (m_lines && at.isValid() && at.column() == RunModel::Name && m_lines->isGroup(at.row()) && event->button() == Qt::LeftButton) {
        QStyleOptionViewItem cell;
        cell.rect = visualRect(at);
        if (RunDelegate::arrowRect(cell).contains(event->position().toPoint())) {
            Q_EMIT openRequested(at.row(), !m_lines->isOpen(at.row()));
            return;
        }
    }
    QTableView::mousePressEvent(event);
}

void RunTable::mouseDoubleClickEvent(QMouseEvent* event)
{
    const QModelIndex at = indexAt(event->position().toPoint());
    if (m_lines && at.isValid() && m_lines->isGroup(at.row())) {
        Q_EMIT openRequested(at.row(), !m_lines->isOpen(at.row()));
        return;
    }
    QTableView::mouseDoubleClickEvent(event);
}

/// Right opens a group, left closes it or goes up to it from one of its runs.
void RunTable::keyPressEvent(QKeyEvent* event)
{
    const int line = currentIndex().row();
    const bool plain = event->modifiers() == Qt::NoModifier || event->modifiers() == Qt::KeypadModifier;
    if (m_lines && plain && line >= 0) {
        if (m_lines->isGroup(line)) {
            const bool toggle = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
            if (event->key() == Qt::Key_Right || event->key() == Qt::Key_Left || toggle) {
                Q_EMIT openRequested(line, toggle ? !m_lines->isOpen(line) : event->key() == Qt::Key_Right);
                return;
            }
        } else if (event->key() == Qt::Key_Left && m_lines->groupLineOf(line) >= 0) {
            setCurrentIndex(m_lines->index(m_lines->groupLineOf(line), RunModel::Name));
            return;
        }
    }
    QTableView::keyPressEvent(event);
}

void RunTable::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    if (model() && model()->rowCount() == 0 && !m_emptyText.isEmpty()) {
        QPainter painter(viewport());
        painter.setPen(Theme::muted(palette()));
        painter.drawText(viewport()->rect().adjusted(16, 16, -16, -16),
                         static_cast<int>(Qt::AlignCenter | Qt::TextWordWrap), m_emptyText);
    }
}

} // namespace distill::ui
