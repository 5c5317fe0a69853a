// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/tablelook.h"

#include "ui/runs/columnchooser.h"
#include "ui/runs/rundelegate.h"
#include "ui/runs/runtable.h"
#include "ui/settings.h"

#include <QActionGroup>
#include <QHeaderView>
#include <QIcon>
#include <QMenu>
#include <algorithm>
#include <iterator>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

constexpr auto headerKey = "runs/columns";
constexpr auto chosenKey = "runs/chosenColumns";
constexpr auto groupingKey = "runs/grouping";
constexpr auto curveKey = "runs/smallCurve";
constexpr auto archivedKey = "runs/showArchived";

/// Curves that are worth a glance; any other is a look at the monitor.
const std::string smallCurves[] = {series::accuracyValidation, series::lossValidation, series::agreementValidation, series::klValidation, series::loss};

} // namespace

TableLook::TableLook(Session& session, RunModel& model, RunLines& lines, RunTable& table, QWidget* panel)
    : QObject(panel)
    , chooseColumns(new QAction(QIcon::fromTheme(u"view-table-of-contents-ltr"_s), tr("Choose col&umns\u2026"), this))
    , showArchived(new QAction(tr("Show a&rchived runs"), this))
    , m_model(model)
    , m_lines(lines)
    , m_table(table)
    , m_panel(panel)
    , m_feed(session, model, this)
    , m_sparklines(session, this)
    , m_groupMenu(new QMenu(tr("&Group runs"), panel))
{
    chooseColumns->setStatusTip(tr("Any figure of the runs and any field of their experiments as a column"));
    showArchived->setCheckable(true);
    connect(chooseColumns, &QAction::triggered, this, &TableLook::openChooser);
    connect(showArchived, &QAction::toggled, &m_lines, &RunLines::setShowArchived);

    if (auto* const delegate = qobject_cast<RunDelegate*>(m_table.itemDelegate())) {
        delegate->setSparklines(&m_sparklines);
    }
    connect(&m_sparklines, &Sparklines::arrived, m_table.viewport(), qOverload<>(&QWidget::update));
    m_look.setSingleShot(true);
    m_look.setInterval(40);
    connect(&m_look, &QTimer::timeout, this, &TableLook::lookAgain);
    connect(&m_table, &RunTable::sightChanged, &m_look, qOverload<>(&QTimer::start));
    connect(&m_lines, &RunLines::arranged, &m_look, qOverload<>(&QTimer::start));
    connect(&m_table, &RunTable::headerMenuRequested, this, &TableLook::fillHeaderMenu);
    connect(&m_feed, &TableFeed::arrived, this, [this] {
        m_lines.arrange();
        Q_EMIT valuesArrived();
    });

    auto* const choices = new QActionGroup(m_groupMenu);
    const std::pair<RunLines::Grouping, QString> groupings[] = {{RunLines::Grouping::None, tr("&Not at all")},
                                                                {RunLines::Grouping::Seeds, tr("By all but the &seed")},
                                                                {RunLines::Grouping::Teacher, tr("By &teacher")},
                                                                {RunLines::Grouping::Dataset, tr("By &data set")},
                                                                {RunLines::Grouping::Submission, tr("By s&ubmission or sweep")}};
    for (const auto& [grouping, name] : groupings) {
        QAction* const action = choices->addAction(name);
        action->setCheckable(true);
        action->setChecked(grouping == RunLines::Grouping::None);
        action->setData(static_cast<int>(grouping));
        connect(action, &QAction::triggered, this, [this, which = grouping] {
            m_lines.setGrouping(which);
            makeRoomForDeviations();
            wantValues();
            Q_EMIT groupingChanged();
        });
    }
    m_groupMenu->addActions(choices->actions());
    m_groupMenu->addSeparator();
    m_groupMenu->addAction(showArchived);
    m_groupMenu->addAction(chooseColumns);
}

void TableLook::restore()
{
    const Settings settings;
    std::vector<RunColumn> chosen;
    for (const QString& key : settings.value(QLatin1String(chosenKey)).toStringList()) {
        if (auto column = RunModel::columns().tryFind(key.toStdString())) { // a field may be gone with a newer version
            chosen.push_back(*column);
        }
    }
    m_model.setChosenColumns(chosen);
    m_table.restoreColumns(settings.value(QLatin1String(headerKey)).toByteArray());
    const int grouping = settings.value(QLatin1String(groupingKey), 0).toInt();
    for (QAction* action : m_groupMenu->actions()) {
        if (action->data().isValid() && action->data().toInt() == grouping) {
            action->setChecked(true);
            m_lines.setGrouping(static_cast<RunLines::Grouping>(grouping));
        }
    }
    const std::string curve = settings.value(QLatin1String(curveKey)).toString().toStdString();
    if (std::find(std::begin(smallCurves), std::end(smallCurves), curve) != std::end(smallCurves)) {
        m_sparklines.setSeries(curve);
    }
    showArchived->setChecked(settings.value(QLatin1String(archivedKey), false).toBool());
    wantValues();
}

void TableLook::store() const
{
    Settings settings;
    settings.setValue(QLatin1String(headerKey), m_table.horizontalHeader()->saveState());
    QStringList keys;
    for (const RunColumn& column : m_model.chosenColumns()) {
        keys << QString::fromStdString(column.key);
    }
    settings.setValue(QLatin1String(chosenKey), keys);
    settings.setValue(QLatin1String(groupingKey), static_cast<int>(m_lines.grouping()));
    settings.setValue(QLatin1String(curveKey), QString::fromStdString(m_sparklines.series()));
    settings.setValue(QLatin1String(archivedKey), m_lines.showsArchived());
}

void TableLook::wantValues()
{
    std::vector<RunColumn> wanted = m_lines.neededColumns();
    wanted.insert(wanted.end(), m_model.chosenColumns().begin(), m_model.chosenColumns().end());
    m_feed.want(std::move(wanted));
}

/// The columns that stay keep their widths and places.
void TableLook::setChosen(const std::vector<RunColumn>& columns)
{
    QHeaderView* const header = m_table.horizontalHeader();
    const int unit = m_table.fontMetrics().averageCharWidth();
    struct Place {
        int width = 0;
        bool hidden = false;
        int visual = 0;
    };
    std::vector<Place> before;
    for (int i = 0; i < header->count(); ++i) {
        before.push_back({header->sectionSize(i), header->isSectionHidden(i), header->visualIndex(i)});
    }
    const std::vector<RunColumn> old = m_model.chosenColumns();
    const int sorted = m_lines.sortColumn();
    const bool sortGone = sorted >= RunModel::FixedColumns
        && std::find(columns.begin(), columns.end(), old[static_cast<std::size_t>(sorted - RunModel::FixedColumns)]) == columns.end();
    const RunColumn sortedBy = sorted >= RunModel::FixedColumns ? old[static_cast<std::size_t>(sorted - RunModel::FixedColumns)] : RunColumn();
    m_model.setChosenColumns(columns);
    for (int i = 0; i < header->count(); ++i) {
        std::size_t place = static_cast<std::size_t>(i);
        if (i >= RunModel::FixedColumns) {
            const auto found = std::find(old.begin(), old.end(), columns[place - RunModel::FixedColumns]);
            place = found == old.end() ? before.size() : static_cast<std::size_t>(found - old.begin()) + RunModel::FixedColumns;
        }
        const bool known = place < before.size();
        header->setSectionHidden(i, known && before[place].hidden);
        if (!known || !before[place].hidden) {
            header->resizeSection(i, known ? before[place].width : std::max(14 * unit, header->sectionSizeHint(i)));
        }
    }
    if (sortGone) {
        m_table.sortByColumn(RunModel::Created, Qt::DescendingOrder);
    } else if (sorted >= RunModel::FixedColumns) {
        const auto found = std::find(columns.begin(), columns.end(), sortedBy);
        m_table.sortByColumn(static_cast<int>(found - columns.begin()) + RunModel::FixedColumns, m_lines.sortOrder());
    }
    wantValues();
}

/// "91.2 \u00b1 0.3 %" is longer than the figure of one run.
void TableLook::makeRoomForDeviations()
{
    if (m_lines.grouping() == RunLines::Grouping::None) {
        return;
    }
    QHeaderView* const header = m_table.horizontalHeader();
    const int unit = m_table.fontMetrics().averageCharWidth();
    const std::pair<int, int> widths[] = {{RunModel::Progress, 15}, {RunModel::Best, 14}, {RunModel::Last, 14}, {RunModel::Agreement, 14},
                                          {RunModel::Time, 24}, {RunModel::Seed, 10}};
    for (const auto& [column, width] : widths) {
        if (!header->isSectionHidden(column)) {
            header->resizeSection(column, std::max(header->sectionSize(column), width * unit));
        }
    }
}

void TableLook::openChooser()
{
    if (m_chooser) {
        m_chooser->raise();
        m_chooser->activateWindow();
        return;
    }
    QStringList there;
    for (int i = 0; i < RunModel::FixedColumns; ++i) {
        there << QString::fromStdString(m_model.columnAt(i).key);
    }
    m_chooser = new ColumnChooser(RunModel::columns(), m_model.chosenColumns(), there, m_panel);
    m_chooser->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_chooser, &ColumnChooser::changed, this, [this] { setChosen(m_chooser->chosen()); });
    m_chooser->show();
}

void TableLook::fillHeaderMenu(int column, QMenu* menu)
{
    menu->addAction(chooseColumns);
    if (column >= RunModel::FixedColumns) {
        QAction* const remove = menu->addAction(tr("&Remove this column"));
        connect(remove, &QAction::triggered, this, [this, column] {
            std::vector<RunColumn> left = m_model.chosenColumns();
            left.erase(left.begin() + (column - RunModel::FixedColumns));
            setChosen(left);
        });
    }
    QMenu* const curves = menu->addMenu(tr("&Small curve"));
    auto* const choices = new QActionGroup(curves);
    for (const std::string& name : smallCurves) {
        QAction* const action = choices->addAction(QString::fromStdString(name));
        action->setCheckable(true);
        action->setChecked(name == m_sparklines.series());
        connect(action, &QAction::triggered, this, [this, name] { m_sparklines.setSeries(name); });
    }
    curves->addActions(choices->actions());
    menu->addMenu(m_groupMenu);
}

void TableLook::lookAgain()
{
    if (m_table.isColumnHidden(RunModel::Curve) || !m_table.isVisible()) {
        return;
    }
    constexpr int mostOfAGroup = 8;
    std::vector<RunId> runs, live;
    const auto [first, last] = m_table.linesInSight();
    for (int line = std::max(first, 0); line <= last; ++line) {
        int taken = 0;
        for (const RunId& run : m_lines.runsOf(line)) {
            if (++taken > mostOfAGroup) {
                break;
            }
            runs.push_back(run);
            if (const int place = m_model.indexOf(run); place >= 0 && isLive(m_model.row(place).state)) {
                live.push_back(run);
            }
        }
    }
    m_sparklines.want(runs, live);
}

} // namespace distill::ui
