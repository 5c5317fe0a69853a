// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runtable.h"

#include "ui/runs/rundelegate.h"
#include "ui/runs/runmodel.h"
#include "ui/theme.h"

#include <QEvent>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>

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

void RunTable::setEmptyText(const QString& sentence)
{
    m_emptyText = sentence;
    viewport()->update();
}

void RunTable::restoreColumns(const QByteArray& state)
{
    QHeaderView* const header = horizontalHeader();
    const int unit = fontMetrics().averageCharWidth();
    const int widths[RunModel::ColumnCount] = {34, 17, 12, 9, 9, 12, 26, 13, 7, 16};
    if (state.isEmpty() || !header->restoreState(state) || header->count() != RunModel::ColumnCount) {
        for (int column = 0; column < RunModel::ColumnCount; ++column) {
            header->resizeSection(column, widths[column] * unit);
        }
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
    menu->popup(horizontalHeader()->mapToGlobal(at));
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
