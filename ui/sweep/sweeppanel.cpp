// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sweep/sweeppanel.h"

#include "ui/format.h"
#include "ui/session.h"
#include "ui/sweep/bestplot.h"
#include "ui/sweep/heatplot.h"
#include "ui/sweep/queuelist.h"
#include "ui/sweep/resulttable.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <cmath>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

constexpr int milliseconds = 500; // between two readings

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

} // namespace

SweepPanel::SweepPanel(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
{
    build();
    connect(&m_session, &Session::updated, this, [this](const Updates& updates) {
        if (!updates.added.empty()) {
            readSweeps();
        }
        if (!updates.statuses.empty()) {
            refresh();
        }
    });
    connect(&m_session, &Session::rowsChanged, this, [this] {
        readSweeps();
        refresh();
    });
    readSweeps();
}

void SweepPanel::build()
{
    m_choice = new QComboBox;
    m_choice->setAccessibleName(tr("Sweep"));
    m_choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_choice->setMinimumContentsLength(24);
    connect(m_choice, &QComboBox::activated, this, [this](int index) { showGroup(m_choice->itemData(index).toString().toStdString()); });
    m_summary = new QLabel;
    m_summary->setWordWrap(true);
    auto* const head = new QHBoxLayout;
    head->addWidget(m_choice);
    head->addWidget(m_summary, 1);

    m_table = new ResultTable;
    connect(m_table, &ResultTable::runsChosen, this, &SweepPanel::runsChosen);
    connect(m_table, &ResultTable::runsOpened, this, &SweepPanel::runsOpened);

    m_columns = new QComboBox;
    m_rows = new QComboBox;
    m_columns->setAccessibleName(tr("Field along the heat map"));
    m_rows->setAccessibleName(tr("Field up the heat map"));
    for (QComboBox* box : {m_columns, m_rows}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(10);
        connect(box, &QComboBox::activated, this, &SweepPanel::showMap);
    }
    m_heat = new HeatPlot;
    m_fieldLine = new QWidget;
    auto* const fields = new QHBoxLayout(m_fieldLine);
    fields->setContentsMargins(0, 0, 0, 0);
    fields->addWidget(new QLabel(tr("Along")));
    fields->addWidget(m_columns, 1);
    fields->addWidget(new QLabel(tr("up")));
    fields->addWidget(m_rows, 1);
    auto* const map = new QWidget;
    auto* const mapLayout = new QVBoxLayout(map);
    mapLayout->setContentsMargins(4, 4, 4, 4);
    mapLayout->addWidget(m_fieldLine);
    mapLayout->addWidget(m_heat, 1);
    m_best = new BestPlot;
    m_plots = new QTabWidget;
    m_plots->setDocumentMode(true);
    m_plots->addTab(map, tr("Heat map"));
    m_plots->addTab(m_best, tr("Best so far"));

    auto* const results = new QSplitter(Qt::Horizontal);
    results->setChildrenCollapsible(false);
    results->addWidget(m_table);
    results->addWidget(m_plots);
    results->setStretchFactor(0, 3);
    results->setStretchFactor(1, 2);

    auto* const nothing = new QLabel(tr("No sweep yet. In the experiment, choose \u201cSweep this field\u201d at any field, or fill in \u201cSweep\u201d."));
    nothing->setAlignment(Qt::AlignCenter);
    nothing->setWordWrap(true);
    m_pages = new QStackedWidget;
    m_pages->addWidget(nothing);
    m_pages->addWidget(results);

    m_queue = new QueueList(m_session);
    auto* const queuePart = new QWidget;
    auto* const queueLayout = new QVBoxLayout(queuePart);
    queueLayout->setContentsMargins(0, 4, 0, 0);
    queueLayout->addWidget(m_queue);

    auto* const parts = new QSplitter(Qt::Vertical);
    parts->setChildrenCollapsible(false);
    parts->addWidget(m_pages);
    parts->addWidget(queuePart);
    parts->setStretchFactor(0, 3);
    parts->setStretchFactor(1, 1);

    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addLayout(head);
    layout->addWidget(parts, 1);
}

void SweepPanel::setCurrent(const RunId& run)
{
    if (run.empty()) {
        return;
    }
    m_session.read<std::string>(
        this,
        [run](const History& history) {
            const auto row = history.run(run);
            const std::string sweep = row ? history.group(row->group).sweep : "none";
            return sweep.empty() || sweep == "none" ? std::string() : row->group;
        },
        [this](const std::string& group) {
            if (!group.empty()) {
                showGroup(group);
            }
        });
}

void SweepPanel::showGroup(const std::string& group)
{
    if (group == m_group) {
        return;
    }
    m_group = group;
    m_choice->setCurrentIndex(m_choice->findData(text(group)));
    refresh();
}

void SweepPanel::readSweeps()
{
    m_session.read<std::vector<GroupRecord>>(
        this, [](const History& history) { return history.sweeps(); },
        [this](const std::vector<GroupRecord>& sweeps) { setSweeps(sweeps); });
}

void SweepPanel::setSweeps(const std::vector<GroupRecord>& sweeps)
{
    const bool first = m_choice->count() == 0;
    m_choice->clear();
    for (const GroupRecord& sweep : sweeps) {
        m_choice->addItem(tr("%1 (%2)").arg(text(sweep.name), text(sweep.sweep)), text(sweep.group));
    }
    m_choice->setEnabled(!sweeps.empty());
    if (first && m_group.empty() && !sweeps.empty()) {
        showGroup(sweeps.front().group);
    }
    m_choice->setCurrentIndex(m_choice->findData(text(m_group)));
}

void SweepPanel::refresh()
{
    if (m_group.empty() || !isVisible()) {
        return;
    }
    if (m_reading) {
        m_again = true;
        return;
    }
    m_reading = true;
    read();
}

void SweepPanel::read()
{
    m_session.read<std::optional<SweepResults>>(
        this,
        [group = m_group](const History& history) -> std::optional<SweepResults> {
            try {
                return sweepResults(history, group);
            } catch (const InputError&) {
                return std::nullopt; // of another version's document
            }
        },
        [this](const std::optional<SweepResults>& results) {
            if (results && results->group == m_group) {
                display(*results);
            }
            QTimer::singleShot(milliseconds, this, [this] {
                m_reading = false;
                if (std::exchange(m_again, false)) {
                    refresh();
                }
            });
            m_again = m_again || (results && results->group != m_group);
        });
}

void SweepPanel::display(const SweepResults& results)
{
    const bool another = results.group != m_results.group;
    m_results = results;
    m_pages->setCurrentIndex(1);
    m_table->setResults(results);
    m_best->setResults(results);
    if (another) {
        for (QComboBox* box : {m_columns, m_rows}) {
            box->clear();
            for (const std::string& label : results.labels) {
                box->addItem(text(label).replace(u'_', u' '));
            }
        }
        m_rows->setCurrentIndex(results.labels.size() > 1 ? 1 : 0);
        m_fieldLine->setVisible(results.labels.size() > 2);
        m_plots->setTabEnabled(0, results.labels.size() > 1);
        m_plots->setCurrentIndex(results.labels.size() > 1 ? 0 : 1);
        m_plots->setTabToolTip(0, results.labels.size() > 1 ? QString() : tr("A heat map needs two fields"));
    }
    showMap();
    const QLocale locale;
    const auto count = [&](std::size_t number, const QString& what) {
        return number == 0 ? QString() : u", "_s + what.arg(locale.toString(static_cast<qulonglong>(number)));
    };
    QString sentence = tr("%1 variants, %2 runs").arg(results.rows.size()).arg(results.runs) + count(results.finished, tr("%1 finished"))
        + count(results.training, tr("%1 training")) + count(results.waiting, tr("%1 waiting"))
        + count(results.stopped, tr("%1 stopped")) + count(results.interrupted, tr("%1 interrupted"))
        + count(results.failed, tr("%1 failed"));
    double best = std::nan(""); // of those that are still on their way too
    for (const SweepResults::Row& row : results.rows) {
        best = std::fmax(best, row.validation.mean);
    }
    if (!std::isnan(best)) {
        sentence += tr(". Best so far: %1").arg(percentText(best, 2));
    }
    if (results.stepsInFull > 0 && results.stopped > 0) {
        sentence += tr(". Trained %1 of all steps")
                        .arg(percentText(static_cast<double>(results.stepsTrained) / static_cast<double>(results.stepsInFull), 0));
    }
    m_summary->setText(sentence + u'.');
}

void SweepPanel::showMap()
{
    const int column = m_columns->currentIndex(), row = m_rows->currentIndex();
    if (m_results.labels.size() < 2 || column < 0 || row < 0) {
        return;
    }
    if (column == row) { // the other of the two gives way
        m_rows->setCurrentIndex(column == 0 ? 1 : 0);
    }
    m_heat->setMap(heatMap(m_results, static_cast<std::size_t>(m_columns->currentIndex()), static_cast<std::size_t>(m_rows->currentIndex())),
                   m_columns->currentText(), m_rows->currentText());
}

void SweepPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

} // namespace distill::ui
