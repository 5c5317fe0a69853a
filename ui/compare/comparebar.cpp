// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparebar.h"

#include "ui/format.h"
#include "ui/plots/flowlayout.h"

#include <QAction>
#include <QActionGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSignalBlocker>
#include <QToolButton>
#include <algorithm>
#include <array>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QToolButton* menuButton(const QString& icon, const QString& text, const QString& help, QMenu*& menu, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    button->setIcon(QIcon::fromTheme(icon));
    button->setText(text);
    button->setToolTip(help);
    button->setAccessibleName(help);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    button->setPopupMode(QToolButton::InstantPopup);
    menu = new QMenu(button);
    menu->setToolTipsVisible(true);
    button->setMenu(menu);
    return button;
}

} // namespace

CompareBar::CompareBar(QWidget* parent)
    : QWidget(parent)
    , m_name(new QLineEdit)
    , m_save(new QToolButton)
    , m_report(new QToolButton)
    , m_baseline(new QComboBox)
    , m_views(new QActionGroup(this))
{
    m_comparisons = menuButton(u"document-open"_s, tr("Saved"), tr("Saved comparisons"), m_comparisonMenu, this);
    m_runs = menuButton(u"list-add"_s, tr("Runs"), tr("Add runs to the comparison or take them out"), m_runMenu, this);
    connect(m_comparisonMenu, &QMenu::aboutToShow, this, &CompareBar::fillComparisons);
    connect(m_runMenu, &QMenu::aboutToShow, this, &CompareBar::fillRuns);

    m_name->setPlaceholderText(tr("Name it to keep it"));
    m_name->setAccessibleName(tr("Name of the comparison"));
    m_name->setMaxLength(120);
    m_name->setFixedWidth(fontMetrics().averageCharWidth() * 20);
    connect(m_name, &QLineEdit::returnPressed, this, &CompareBar::save);
    const auto set = [](QToolButton* button, const QString& icon, const QString& name, const QString& help) {
        button->setIcon(QIcon::fromTheme(icon));
        button->setToolTip(help);
        button->setAccessibleName(name);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setEnabled(false);
    };
    set(m_save, u"document-save"_s, tr("Save the comparison"), tr("Save the comparison under this name: runs, baseline, axes and layout"));
    set(m_report, u"document-print"_s, tr("Report on the comparison"), tr("Write what is compared as a web page, a PDF or a Markdown text"));
    connect(m_report, &QToolButton::clicked, this, &CompareBar::reportRequested);
    connect(m_save, &QToolButton::clicked, this, &CompareBar::save);
    connect(m_name, &QLineEdit::textChanged, m_save, [this] { m_save->setEnabled(!m_readOnly && !m_name->text().trimmed().isEmpty()); });

    m_baseline->setAccessibleName(tr("Baseline"));
    m_baseline->setToolTip(tr("Differences are to this run"));
    m_baseline->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_baseline->setMinimumContentsLength(24);
    connect(m_baseline, &QComboBox::activated, this, [this] { Q_EMIT baselineChosen(m_baseline->currentData().toString().toStdString()); });
    auto* baseline = new QWidget;
    auto* line = new QHBoxLayout(baseline);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(4);
    auto* label = new QLabel(tr("&Baseline"));
    label->setBuddy(m_baseline);
    line->addWidget(label);
    line->addWidget(m_baseline);

    auto* flow = new FlowLayout(this, 4);
    for (QWidget* each : std::initializer_list<QWidget*>{m_comparisons, m_name, m_save, m_report, m_runs, baseline}) {
        flow->addWidget(each);
    }
    struct Half {
        ComparisonSetup::View view;
        QString text, icon, help;
    };
    const std::array<Half, 3> halves = {{{ComparisonSetup::View::Both, tr("Both"), u"view-split-top-bottom"_s, tr("Curves and details")},
                                         {ComparisonSetup::View::Curves, tr("Curves"), u"office-chart-line"_s, tr("Curves alone")},
                                         {ComparisonSetup::View::Details, tr("Details"), u"view-list-details"_s, tr("Details alone")}}};
    auto* group = new QWidget;
    auto* buttons = new QHBoxLayout(group);
    buttons->setContentsMargins(6, 0, 0, 0);
    buttons->setSpacing(0);
    for (const Half& half : halves) {
        auto* action = m_views->addAction(QIcon::fromTheme(half.icon), half.text);
        action->setCheckable(true);
        action->setToolTip(half.help);
        action->setData(static_cast<int>(half.view));
        auto* button = new QToolButton;
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setAccessibleName(half.help);
        buttons->addWidget(button);
    }
    flow->addWidget(group);
    connect(m_views, &QActionGroup::triggered, this,
            [this](const QAction* action) { Q_EMIT viewChosen(static_cast<ComparisonSetup::View>(action->data().toInt())); });
}

QString CompareBar::name() const
{
    return m_name->text().trimmed();
}

void CompareBar::save()
{
    if (!name().isEmpty() && !m_readOnly) {
        Q_EMIT saveRequested(name());
    }
}

void CompareBar::setComparison(const Comparison* comparison, QVector<Companion> companions)
{
    m_companions = std::move(companions);
    m_compared.clear();
    const QSignalBlocker quiet(m_baseline);
    m_baseline->clear();
    m_baseline->addItem(tr("None"), QString());
    if (comparison) {
        const QStringList names = namesOf(comparison->runs);
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < comparison->runs.size(); ++i) {
            m_compared.emplace_back(comparison->runs[i].row.id, names[static_cast<qsizetype>(i)]);
            order.push_back(i);
        }
        // The student alone and the teacher are what one compares with.
        const auto rank = [&](std::size_t i) {
            const RunRole role = comparison->runs[i].row.role;
            return role == RunRole::Control ? 0 : role == RunRole::Teacher ? 1 : 2;
        };
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
        for (const std::size_t i : order) {
            const QString& name = m_compared[i].second;
            const QString shown = rank(i) == 0 ? tr("Control: %1").arg(name) : rank(i) == 1 ? tr("Teacher: %1").arg(name) : name;
            m_baseline->addItem(shown, QString::fromStdString(m_compared[i].first));
            if (comparison->baseline == i) {
                m_baseline->setCurrentIndex(m_baseline->count() - 1);
            }
        }
    }
    // Not among the runs yet: chosen, they come in.
    if (!m_companions.isEmpty() && m_baseline->count() > 0) {
        m_baseline->insertSeparator(m_baseline->count());
        for (const Companion& companion : m_companions) {
            m_baseline->addItem(tr("Add %1").arg(companion.text), QString::fromStdString(companion.run));
        }
    }
    m_baseline->setEnabled(comparison != nullptr);
    m_report->setEnabled(comparison != nullptr);
    m_runs->setText(m_compared.empty() ? tr("Runs") : plural(static_cast<int>(m_compared.size()), tr("One run"), tr("%1 runs")));
}

void CompareBar::setChosen(const QVector<RunId>& runs)
{
    m_chosen = runs;
}

void CompareBar::setName(const QString& name, bool changed)
{
    m_savedName = name;
    if (!m_name->hasFocus() || m_name->text().isEmpty() || !changed) {
        m_name->setText(name);
    }
    m_save->setEnabled(!m_readOnly && !this->name().isEmpty() && (changed || this->name() != name));
}

void CompareBar::setSaved(const QStringList& names)
{
    m_saved = names;
}

void CompareBar::setView(ComparisonSetup::View view)
{
    for (QAction* action : m_views->actions()) {
        if (action->data().toInt() == static_cast<int>(view)) {
            action->setChecked(true);
        }
    }
}

void CompareBar::setReadOnly(bool readOnly)
{
    m_readOnly = readOnly;
    m_name->setEnabled(!readOnly);
    m_save->setEnabled(!readOnly && !name().isEmpty());
}

void CompareBar::fillComparisons()
{
    m_comparisonMenu->clear();
    for (const QString& name : m_saved) {
        QAction* action = m_comparisonMenu->addAction(QString(name).replace(u'&', u"&&"_s));
        action->setCheckable(true);
        action->setChecked(name == m_savedName);
        connect(action, &QAction::triggered, this, [this, name] { Q_EMIT openRequested(name); });
    }
    if (m_saved.isEmpty()) {
        m_comparisonMenu->addAction(tr("None was saved yet"))->setEnabled(false);
    }
    m_comparisonMenu->addSeparator();
    connect(m_comparisonMenu->addAction(QIcon::fromTheme(u"document-new"_s), tr("New comparison")), &QAction::triggered, this, &CompareBar::clearRequested);
    QAction* remove = m_comparisonMenu->addAction(QIcon::fromTheme(u"edit-delete"_s), tr("Delete this comparison"));
    remove->setToolTip(tr("The runs stay"));
    remove->setEnabled(!m_savedName.isEmpty() && !m_readOnly);
    connect(remove, &QAction::triggered, this, [this] { Q_EMIT removeRequested(m_savedName); });
}

void CompareBar::fillRuns()
{
    m_runMenu->clear();
    const auto isIn = [this](const RunId& run) {
        return std::any_of(m_compared.begin(), m_compared.end(), [&](const auto& each) { return each.first == run; });
    };
    std::vector<RunId> fresh;
    std::copy_if(m_chosen.begin(), m_chosen.end(), std::back_inserter(fresh), [&](const RunId& run) { return !isIn(run); });
    QAction* chosen = m_runMenu->addAction(QIcon::fromTheme(u"list-add"_s),
                                           fresh.empty() ? tr("Add the runs chosen in the table")
                                                         : plural(static_cast<int>(fresh.size()), tr("Add the run chosen in the table"),
                                                                  tr("Add the %1 runs chosen in the table")));
    chosen->setEnabled(!fresh.empty());
    connect(chosen, &QAction::triggered, this, [this, fresh] { Q_EMIT addRequested(fresh); });
    for (const Companion& companion : m_companions) {
        QAction* action = m_runMenu->addAction(QIcon::fromTheme(u"list-add"_s), tr("Add %1").arg(companion.text).replace(u'&', u"&&"_s));
        connect(action, &QAction::triggered, this, [this, run = companion.run] { Q_EMIT addRequested({run}); });
    }
    m_runMenu->addSection(tr("Compared; untick to take out"));
    constexpr std::size_t most = 40;
    for (std::size_t i = 0; i < std::min(most, m_compared.size()); ++i) {
        const auto& [run, name] = m_compared[i];
        QAction* action = m_runMenu->addAction(QString(name).replace(u'&', u"&&"_s));
        action->setCheckable(true);
        action->setChecked(true);
        connect(action, &QAction::triggered, this, [this, run = run] { Q_EMIT takeOutRequested(run); });
    }
    if (m_compared.size() > most) {
        m_runMenu->addAction(tr("and %1 more").arg(m_compared.size() - most))->setEnabled(false);
    }
}

} // namespace distill::ui
