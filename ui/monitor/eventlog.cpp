// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/eventlog.h"

#include <QComboBox>
#include <QDateTime>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QIcon>
#include <QLineEdit>
#include <QLocale>
#include <QScrollBar>
#include <QTableView>
#include <QVBoxLayout>

namespace distill::ui {

namespace {

bool equal(const RunEvent& a, const RunEvent& b)
{
    return a.at == b.at && a.step == b.step && a.kind == b.kind && a.text == b.text;
}

class LogFilter : public QSortFilterProxyModel {
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setLevel(int level)
    {
        m_level = level;
        invalidateFilter();
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override
    {
        return sourceModel()->index(row, 0, parent).data(EventModel::levelRole).toInt() >= m_level
            && QSortFilterProxyModel::filterAcceptsRow(row, parent);
    }

private:
    int m_level = EventModel::Detail;
};

} // namespace

EventModel::Level EventModel::levelOf(const RunEvent& event)
{
    if (event.kind == "warning" || event.kind == "nan" || event.kind == "error") {
        return Warning;
    }
    return event.kind == "log" || event.kind == "checkpoint" || event.kind == "threads" ? Detail : Note;
}

void EventModel::setEvents(const std::vector<RunEvent>& events)
{
    bool continues = events.size() >= m_events.size();
    for (std::size_t i = 0; continues && i < m_events.size(); ++i) {
        continues = equal(m_events[i], events[i]);
    }
    if (!continues) {
        beginResetModel();
        m_events = events;
        endResetModel();
    } else if (events.size() > m_events.size()) {
        beginInsertRows({}, static_cast<int>(m_events.size()), static_cast<int>(events.size()) - 1);
        m_events = events;
        endInsertRows();
    }
}

int EventModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_events.size());
}

int EventModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant EventModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount()) {
        return {};
    }
    const RunEvent& event = m_events[static_cast<std::size_t>(index.row())];
    if (role == levelRole) {
        return levelOf(event);
    }
    if (role == Qt::DecorationRole && index.column() == Kind && levelOf(event) == Warning) {
        return QIcon::fromTheme(QStringLiteral("dialog-warning"));
    }
    if (role == Qt::TextAlignmentRole && index.column() == Step) {
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    }
    if (role == Qt::ToolTipRole && index.column() == Text) {
        return QString::fromStdString(event.text);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (index.column()) {
    case Time: {
        const auto at = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(event.at * 1000));
        return at.toString(at.date() == QDate::currentDate() ? QStringLiteral("HH:mm:ss")
                                                             : QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    }
    case Step:
        return QLocale().toString(static_cast<qlonglong>(event.step));
    case Kind:
        return QString::fromStdString(event.kind);
    case Text:
        return QString::fromStdString(event.text);
    }
    return {};
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case Time:
        return tr("Time");
    case Step:
        return tr("Step");
    case Kind:
        return tr("Kind");
    case Text:
        return tr("What happened");
    }
    return {};
}

EventLog::EventLog(QWidget* parent)
    : QWidget(parent)
    , m_model(new EventModel(this))
    , m_filter(new QLineEdit)
    , m_level(new QComboBox)
    , m_table(new QTableView)
{
    auto* filtered = new LogFilter(this);
    m_filtered = filtered;
    filtered->setSourceModel(m_model);
    filtered->setFilterKeyColumn(-1);
    filtered->setFilterCaseSensitivity(Qt::CaseInsensitive);

    m_filter->setPlaceholderText(tr("Filter the log"));
    m_filter->setAccessibleName(tr("Filter the log"));
    m_filter->setClearButtonEnabled(true);
    m_level->addItems({tr("Everything"), tr("Notes and warnings"), tr("Warnings")});
    m_level->setAccessibleName(tr("Which entries the log shows"));
    m_table->setModel(filtered);
    m_table->setAccessibleName(tr("Log of the current run"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 4);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->setColumnWidth(EventModel::Time,
                            fontMetrics().horizontalAdvance(QStringLiteral("0000-00-00 00:00:00")) + 16);
    m_table->setColumnWidth(EventModel::Step, fontMetrics().horizontalAdvance(QStringLiteral("0,000,000")) + 16);
    m_table->setColumnWidth(EventModel::Kind, fontMetrics().horizontalAdvance(QStringLiteral("checkpoint00")) + 16);

    auto* head = new QHBoxLayout;
    head->setContentsMargins(4, 4, 4, 0);
    head->addWidget(m_filter, 1);
    head->addWidget(m_level);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addLayout(head);
    layout->addWidget(m_table, 1);

    connect(m_filter, &QLineEdit::textChanged, filtered, &QSortFilterProxyModel::setFilterFixedString);
    connect(m_level, &QComboBox::currentIndexChanged, filtered, &LogFilter::setLevel);
}

void EventLog::setEvents(const std::vector<RunEvent>& events)
{
    const QScrollBar* bar = m_table->verticalScrollBar();
    const bool atEnd = bar->value() >= bar->maximum();
    m_model->setEvents(events);
    if (atEnd) {
        m_table->scrollToBottom();
    }
}

} // namespace distill::ui
