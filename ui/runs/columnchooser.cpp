// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/columnchooser.h"

#include <QDialogButtonBox>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace distill::ui {

namespace {

constexpr int columnRole = Qt::UserRole; ///< place among the columns; -1 a heading
constexpr int wordsRole = Qt::UserRole + 1;

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

} // namespace

ColumnChooser::ColumnChooser(const RunColumns& columns, const std::vector<RunColumn>& chosen, const QStringList& leftOut, QWidget* parent)
    : QDialog(parent)
    , m_search(new QLineEdit(this))
    , m_list(new QListWidget(this))
    , m_columns(columns.all())
    , m_chosen(chosen)
{
    setWindowTitle(tr("Columns of the run table"));
    m_search->setPlaceholderText(tr("Search: temperature, test, parameters\u2026"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Search columns"));
    m_search->installEventFilter(this);
    m_list->setAccessibleName(tr("Columns"));
    m_list->setUniformItemSizes(true);

    for (const RunColumn& column : chosen) { // one place in the document, which is none of the list's own
        if (std::find(m_columns.begin(), m_columns.end(), column) == m_columns.end()) {
            m_columns.push_back(column);
        }
    }
    const std::pair<RunColumn::From, QString> parts[] = {{RunColumn::From::Row, tr("Run")},
                                                         {RunColumn::From::Summary, tr("Results")},
                                                         {RunColumn::From::Document, tr("Experiment")}};
    for (const auto& [from, title] : parts) {
        auto* const heading = new QListWidgetItem(title, m_list);
        heading->setFlags(Qt::NoItemFlags);
        heading->setData(columnRole, -1);
        QFont bold = heading->font();
        bold.setBold(true);
        heading->setFont(bold);
        for (std::size_t i = 0; i < m_columns.size(); ++i) {
            const RunColumn& column = m_columns[i];
            if (column.from != from || leftOut.contains(text(column.key))) {
                continue;
            }
            auto* const item = new QListWidgetItem(QStringLiteral("%1   %2").arg(text(column.title), text(column.key)), m_list);
            item->setToolTip(text(column.help));
            item->setData(columnRole, static_cast<int>(i));
            item->setData(wordsRole, (text(column.title) + u' ' + text(column.key) + u' ' + text(column.pointer) + u' ' + text(column.help)).toCaseFolded());
            item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
            const bool ticked = std::find(chosen.begin(), chosen.end(), column) != chosen.end();
            item->setCheckState(ticked ? Qt::Checked : Qt::Unchecked);
        }
    }
    connect(m_search, &QLineEdit::textChanged, this, &ColumnChooser::search);
    connect(m_list, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
        const RunColumn& column = m_columns[static_cast<std::size_t>(item->data(columnRole).toInt())];
        const auto place = std::find(m_chosen.begin(), m_chosen.end(), column);
        if (item->checkState() == Qt::Checked && place == m_chosen.end()) {
            m_chosen.push_back(column);
        } else if (item->checkState() != Qt::Checked && place != m_chosen.end()) {
            m_chosen.erase(place);
        } else {
            return;
        }
        Q_EMIT changed();
    });

    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* const layout = new QVBoxLayout(this);
    layout->addWidget(m_search);
    layout->addWidget(m_list, 1);
    layout->addWidget(buttons);
    const int unit = fontMetrics().averageCharWidth();
    resize(64 * unit, 34 * fontMetrics().height());
}

std::vector<RunColumn> ColumnChooser::chosen() const
{
    return m_chosen;
}

void ColumnChooser::search(const QString& words)
{
    const QStringList parts = words.toCaseFolded().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    QListWidgetItem* heading = nullptr;
    bool any = false;
    const auto finish = [&] {
        if (heading) {
            heading->setHidden(!any);
        }
    };
    for (int i = 0; i < m_list->count(); ++i) {
        QListWidgetItem* const item = m_list->item(i);
        if (item->data(columnRole).toInt() < 0) {
            finish();
            heading = item;
            any = false;
            continue;
        }
        const QString own = item->data(wordsRole).toString();
        const bool found = std::all_of(parts.begin(), parts.end(), [&own](const QString& part) { return own.contains(part); });
        item->setHidden(!found);
        any = any || found;
    }
    finish();
}

/// Down leads from the search into the list.
bool ColumnChooser::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_search && event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Down) {
        m_list->setFocus();
        for (int i = 0; i < m_list->count(); ++i) {
            if (!m_list->item(i)->isHidden() && m_list->item(i)->data(columnRole).toInt() >= 0) {
                m_list->setCurrentRow(i);
                break;
            }
        }
        return true;
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace distill::ui
