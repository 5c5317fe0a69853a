// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/runchoices.h"

#include "ui/editor/text.h"

#include <QComboBox>
#include <QLocale>
#include <cmath>

namespace distill::ui {

RunChoices::RunChoices(Source source, QObject* parent)
    : QObject(parent)
    , m_source(std::move(source))
{
}

void RunChoices::refresh()
{
    if (!m_source) {
        return;
    }
    if (m_reading) {
        m_again = true;
        return;
    }
    m_reading = true;
    m_source(this, [this](QVector<RunChoice> runs) {
        m_reading = false;
        m_runs = std::move(runs);
        Q_EMIT changed();
        if (std::exchange(m_again, false)) {
            refresh();
        }
    });
}

RunEditor::RunEditor(const Field& field, RunChoices& runs, QWidget* parent)
    : FieldEditor(parent)
    , m_runs(runs)
    , m_box(new QComboBox)
{
    m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_box->setMinimumContentsLength(14);
    m_box->setMaxVisibleItems(20);
    adopt(field, m_box);
    connect(m_box, &QComboBox::activated, this, [this](int index) {
        m_value = m_box->itemData(index).toString();
        Q_EMIT edited(m_value.toStdString());
    });
    connect(&m_runs, &RunChoices::changed, this, &RunEditor::fill);
    fill();
}

void RunEditor::setValue(const Json& value)
{
    if (m_value != shortText(value)) {
        m_value = shortText(value);
        fill();
    }
}

void RunEditor::fill()
{
    m_box->clear();
    int current = -1;
    int matches = 0;
    for (const RunChoice& run : m_runs.runs()) {
        const QString id = QString::fromStdString(run.id);
        QString label = QStringLiteral("%1 · %2").arg(run.name, run.model);
        if (std::isfinite(run.accuracy)) {
            label += QStringLiteral(" · %1 %").arg(QLocale().toString(100 * run.accuracy, 'f', 2));
        }
        label += QStringLiteral(" · …%1").arg(id.right(6));
        m_box->addItem(label, id);
        m_box->setItemData(m_box->count() - 1, id, Qt::ToolTipRole);
        if (!m_value.isEmpty()
            && (id == m_value || id.startsWith(m_value) || (m_value.size() >= 4 && id.endsWith(m_value)))) {
            current = m_box->count() - 1;
            ++matches;
        }
    }
    if (matches != 1) {
        const QString label = !m_value.isEmpty() ? tr("%1 (no finished run here)").arg(m_value)
            : m_runs.runs().isEmpty()            ? tr("No finished run yet")
                                                 : tr("Choose a finished run");
        m_box->insertItem(0, label, m_value);
        current = 0;
    }
    m_box->setCurrentIndex(current);
    m_box->setToolTip(m_box->currentText());
}

} // namespace distill::ui
