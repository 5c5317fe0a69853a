// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/columnview.h"

#include "ui/compare/columnheader.h"
#include "ui/theme.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QFocusEvent>
#include <QGuiApplication>
#include <QPainter>
#include <QStyledItemDelegate>
#include <algorithm>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

/// Value, then the mark of the best, then the difference to the baseline: coloured, and signed for those who see no colours.
class ColumnDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyleOptionViewItem cell = option;
        initStyleOption(&cell, index);
        const auto kind = static_cast<ColumnModel::Kind>(index.data(ColumnModel::KindRole).toInt());
        if (kind == ColumnModel::Kind::Section) {
            painter->fillRect(option.rect, cell.palette.color(QPalette::AlternateBase));
            painter->setPen(cell.palette.color(QPalette::Mid));
            painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
            return;
        }
        if (kind != ColumnModel::Kind::Figure) {
            QStyledItemDelegate::paint(painter, option, index);
            return;
        }
        const QString value = std::exchange(cell.text, QString());
        const QStyle* style = cell.widget->style();
        style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
        painter->save();
        const bool selected = cell.state & QStyle::State_Selected;
        const QColor text = cell.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
        const QRect inner = cell.rect.adjusted(6, 0, -6, 0);
        const auto mark = static_cast<ColumnModel::Mark>(index.data(ColumnModel::MarkRole).toInt());
        QFont font = cell.font;
        font.setBold(mark == ColumnModel::Mark::Best);
        painter->setFont(font);
        painter->setPen(text);
        const QFontMetrics metrics(font);
        const int room = std::min(inner.width(), metrics.horizontalAdvance(value) + 2);
        painter->drawText(QRect(inner.topLeft(), QSize(room, inner.height())), Qt::AlignLeft | Qt::AlignVCenter, value);
        int x = inner.left() + room + 4;
        if (mark != ColumnModel::Mark::None) {
            painter->setPen(selected ? text : Theme::muted(cell.palette));
            const QString sign = mark == ColumnModel::Mark::Best ? u"\u2605"_s : u"\u2248"_s;
            painter->drawText(QRect(x, inner.top(), 18, inner.height()), Qt::AlignLeft | Qt::AlignVCenter, sign);
        }
        x += metrics.horizontalAdvance(u"\u2605 "_s);
        painter->setFont(cell.font);
        const QString delta = index.data(ColumnModel::DeltaRole).toString();
        if (!delta.isEmpty()) {
            const int judgement = index.data(ColumnModel::JudgementRole).toInt();
            painter->setPen(selected            ? text
                                : judgement > 0 ? Theme::good(cell.palette)
                                : judgement < 0 ? Theme::bad(cell.palette)
                                                : Theme::muted(cell.palette));
            const QString words = judgement == 0 ? delta : (judgement > 0 ? u"\u25b2 "_s : u"\u25bc "_s) + delta;
            painter->drawText(QRect(x, inner.top(), inner.right() - x, inner.height()), Qt::AlignRight | Qt::AlignVCenter,
                              QFontMetrics(cell.font).elidedText(words, Qt::ElideRight, inner.right() - x));
        }
        painter->restore();
    }

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const int line = option.fontMetrics.height() + 6;
        const auto kind = static_cast<ColumnModel::Kind>(index.data(ColumnModel::KindRole).toInt());
        return {option.fontMetrics.averageCharWidth() * 24, kind == ColumnModel::Kind::Notes ? 6 * line : line};
    }
};

} // namespace

ColumnView::ColumnView(QWidget* parent)
    : QTableView(parent)
{
    setAccessibleName(tr("Runs side by side"));
    setItemDelegate(new ColumnDelegate(this));
    setAlternatingRowColors(false);
    setShowGrid(false);
    setWordWrap(true);
    setTextElideMode(Qt::ElideRight);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    setSelectionMode(ExtendedSelection);
    setFrameShape(QFrame::NoFrame);
    setTabKeyNavigation(false);
    setCornerButtonEnabled(false);
    setHorizontalHeader(new ColumnHeader(Qt::Horizontal, this));
    setVerticalHeader(new ColumnHeader(Qt::Vertical, this));
    horizontalHeader()->setContextMenuPolicy(Qt::CustomContextMenu);
    verticalHeader()->setMinimumWidth(fontMetrics().averageCharWidth() * 20);
    verticalHeader()->setMaximumWidth(fontMetrics().averageCharWidth() * 38);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    verticalHeader()->setMinimumSectionSize(fontMetrics().height() + 4);
    connect(horizontalHeader(), &QHeaderView::customContextMenuRequested, this, [this](const QPoint& at) {
        const int column = horizontalHeader()->logicalIndexAt(at);
        if (m_columns && column >= 0) {
            Q_EMIT menuRequested(m_columns->runOf(column), horizontalHeader()->mapToGlobal(at));
        }
    });
    connect(horizontalHeader(), &QHeaderView::sectionDoubleClicked, this, [this](int column) { Q_EMIT runActivated(m_columns->runOf(column)); });
    connect(this, &QTableView::activated, this, [this](const QModelIndex& index) { Q_EMIT runActivated(m_columns->runOf(index.column())); });
}

void ColumnView::setColumns(ColumnModel* model)
{
    m_columns = model;
    setModel(model);
    connect(model, &ColumnModel::rowsChanged, this, &ColumnView::spanSections);
    connect(model, &QAbstractItemModel::modelReset, this, &ColumnView::fitColumns);
    spanSections();
}

void ColumnView::spanSections()
{
    clearSpans();
    for (int row = 0; row < m_columns->rowCount(); ++row) {
        if (m_columns->kindOf(row) == ColumnModel::Kind::Section && m_columns->columnCount() > 1) {
            setSpan(row, 0, 1, m_columns->columnCount());
        }
        const bool notes = m_columns->kindOf(row) == ColumnModel::Kind::Notes;
        setRowHeight(row, (fontMetrics().height() + 6) * (notes ? 5 : 1));
    }
    fitColumns();
}

void ColumnView::fitColumns()
{
    if (!m_columns || m_columns->columnCount() == 0) {
        return;
    }
    // As wide as there is room, but never so narrow that value and difference do not fit.
    const int least = fontMetrics().averageCharWidth() * 27;
    const int most = fontMetrics().averageCharWidth() * 44;
    const int room = viewport()->width() / m_columns->columnCount();
    horizontalHeader()->setDefaultSectionSize(std::clamp(room, least, most));
    for (int column = 0; column < m_columns->columnCount(); ++column) {
        setColumnWidth(column, std::clamp(room, least, most));
    }
}

RunId ColumnView::currentRun() const
{
    return m_columns ? m_columns->runOf(currentIndex().column()) : RunId();
}

void ColumnView::contextMenuEvent(QContextMenuEvent* event)
{
    const bool mouse = event->reason() == QContextMenuEvent::Mouse;
    const int column = mouse ? columnAt(event->pos().x()) : currentIndex().column();
    if (m_columns && column >= 0) {
        const QPoint at = mouse ? event->globalPos() : viewport()->mapToGlobal(visualRect(currentIndex()).bottomLeft());
        Q_EMIT menuRequested(m_columns->runOf(column), at);
    }
}

void ColumnView::changeEvent(QEvent* event)
{
    QTableView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_columns) {
        m_columns->setPalette(palette());
    }
}

void ColumnView::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QTableView::currentChanged(current, previous);
    if (hasFocus() && current.isValid()) {
        Q_EMIT runPointed(m_columns->runOf(current.column()));
    }
}

void ColumnView::focusInEvent(QFocusEvent* event)
{
    QTableView::focusInEvent(event);
    if (currentIndex().isValid()) {
        Q_EMIT runPointed(currentRun());
    }
}

void ColumnView::focusOutEvent(QFocusEvent* event)
{
    QTableView::focusOutEvent(event);
    Q_EMIT runPointed({});
}

void ColumnView::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    fitColumns();
}

} // namespace distill::ui
