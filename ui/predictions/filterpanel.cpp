// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/filterpanel.h"

#include "ui/format.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTreeWidget>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QComboBox* classBox(const QString& name)
{
    auto* const box = new QComboBox;
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(9);
    box->setMaxVisibleItems(20);
    box->setAccessibleName(name);
    return box;
}

QSpinBox* percentBox(int value, const QString& name)
{
    auto* const box = new QSpinBox;
    box->setRange(0, 100);
    box->setValue(value);
    box->setSuffix(u"\u00a0%"_s);
    box->setSingleStep(5);
    box->setAccessibleName(name);
    return box;
}

std::optional<int> numberIn(const QComboBox& box)
{
    const QVariant data = box.currentData();
    return data.isValid() ? std::optional(data.toInt()) : std::nullopt;
}

void choose(QComboBox& box, const std::optional<int>& number)
{
    box.setCurrentIndex(number ? std::max(0, box.findData(*number)) : 0);
}

} // namespace

FilterPanel::FilterPanel(QWidget* parent)
    : QWidget(parent)
    , m_subsets(new QTreeWidget)
    , m_chosen(new QPushButton)
    , m_label(classBox(tr("Label")))
    , m_teacherCaption(new QLabel)
    , m_teacher(classBox(tr("Teacher's choice")))
    , m_studentCaption(new QLabel)
    , m_student(classBox(tr("Student's choice")))
    , m_lowest(percentBox(0, tr("Least confidence of the student")))
    , m_highest(percentBox(100, tr("Greatest confidence of the student")))
    , m_order(new QComboBox)
    , m_reset(new QPushButton(tr("Show &all")))
{
    setObjectName(u"filterPanel"_s);
    setAccessibleName(tr("Filter of the samples"));
    m_subsets->setColumnCount(2);
    m_subsets->setMinimumWidth(fontMetrics().averageCharWidth() * 24);
    m_subsets->setHeaderHidden(true);
    m_subsets->setRootIsDecorated(false);
    m_subsets->setUniformRowHeights(true);
    m_subsets->setAccessibleName(tr("Which samples"));
    m_subsets->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_subsets->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_subsets->header()->setStretchLastSection(false);
    m_subsets->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_subsets->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_subsets->header()->setMinimumSectionSize(10);
    m_order->setAccessibleName(tr("Order of the samples"));
    m_order->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_order->setMinimumContentsLength(9);
    m_chosen->setToolTip(tr("Show the others, too"));
    m_chosen->hide();

    auto* const grid = new QGridLayout(this);
    grid->setContentsMargins(4, 4, 4, 4);
    grid->setVerticalSpacing(5);
    grid->addWidget(m_subsets, 0, 0, 1, 2);
    grid->addWidget(m_chosen, 1, 0, 1, 2);
    const auto row = [&](int at, QLabel* caption, QWidget* box) {
        caption->setBuddy(box);
        grid->addWidget(caption, at, 0);
        grid->addWidget(box, at, 1);
    };
    row(2, new QLabel(tr("La&bel")), m_label);
    row(3, m_teacherCaption, m_teacher);
    row(4, m_studentCaption, m_student);
    row(5, new QLabel(tr("C&onfidence")), m_lowest);
    row(6, new QLabel(tr("up to")), m_highest);
    row(7, new QLabel(tr("O&rder")), m_order);
    grid->addWidget(m_reset, 8, 0, 1, 2);
    grid->setRowStretch(9, 1);
    grid->setColumnStretch(1, 1);

    connect(m_subsets, &QTreeWidget::currentItemChanged, this, [this] { edited(); });
    for (QComboBox* box : {m_label, m_teacher, m_student, m_order}) {
        connect(box, &QComboBox::currentIndexChanged, this, [this] { edited(); });
    }
    for (QSpinBox* box : {m_lowest, m_highest}) {
        connect(box, &QSpinBox::valueChanged, this, [this] { edited(); });
    }
    connect(m_reset, &QPushButton::clicked, this, [this] {
        SampleFilter filter;
        filter.order = m_filter.order;
        setFilter(filter);
    });
    connect(m_chosen, &QPushButton::clicked, this, [this] {
        SampleFilter filter = m_filter;
        filter.chosen = nullptr;
        filter.oneChose = std::nullopt;
        filter.chosenTitle.clear();
        setFilter(filter);
    });
}

QString FilterPanel::titleOf(Subset subset) const
{
    const bool kin = m_set && m_set->taught;
    const QString student = m_set ? m_set->student.title : QString();
    const QString teacher = m_set && m_set->teacher ? m_set->teacher->title : QString();
    switch (subset) {
    case Subset::All:
        return tr("All");
    case Subset::Disagree:
        return tr("They disagree");
    case Subset::Lost:
        return kin ? tr("Lost by the student") : tr("Only %1 is right").arg(teacher);
    case Subset::Gained:
        return kin ? tr("Won by the student") : tr("Only %1 is right").arg(student);
    case Subset::SameWrong:
        return tr("Both wrong alike");
    case Subset::DifferentWrong:
        return tr("Both wrong, differently");
    case Subset::StudentWrong:
        return kin ? tr("Student wrong") : m_set && m_set->teacher ? tr("%1 wrong").arg(student) : tr("Wrong");
    case Subset::ConfidentlyWrong:
        return tr("Confidently wrong");
    }
    return {};
}

QString FilterPanel::helpOf(Subset subset) const
{
    const QString student = m_set ? m_set->student.title : QString();
    const QString teacher = m_set && m_set->teacher ? m_set->teacher->title : QString();
    switch (subset) {
    case Subset::All:
        return tr("Every test sample");
    case Subset::Disagree:
        return tr("%1 and %2 choose different classes").arg(teacher, student);
    case Subset::Lost:
        return tr("%1 right, %2 wrong").arg(teacher, student);
    case Subset::Gained:
        return tr("%1 wrong, %2 right").arg(teacher, student);
    case Subset::SameWrong:
        return tr("%1 and %2 choose the same wrong class").arg(teacher, student);
    case Subset::DifferentWrong:
        return tr("Both wrong, each with another class");
    case Subset::StudentWrong:
        return tr("%1 does not choose the label").arg(student);
    case Subset::ConfidentlyWrong:
        return tr("%1 is wrong and gives its choice more than %2").arg(student, percentText(confident, 0));
    }
    return {};
}

void FilterPanel::setPredictions(std::shared_ptr<const PredictionSet> set)
{
    const bool sameClasses = m_set && set && m_set->test->classes == set->test->classes && m_set->classes() == set->classes();
    m_set = std::move(set);
    SampleFilter filter = m_filter;
    if (!sameClasses) {
        filter.label = filter.studentChoice = filter.teacherChoice = filter.oneChose = std::nullopt;
    }
    filter.chosen = nullptr; // samples of another comparison
    filter.chosenTitle.clear();
    if (!m_set || !m_set->teacher) {
        filter.teacherChoice = filter.oneChose = std::nullopt;
        filter.subset = needsTeacher(filter.subset) ? Subset::All : filter.subset;
        filter.order = needsTeacher(filter.order) ? SampleOrder::Dataset : filter.order;
    }
    m_filter = filter;
    fillClasses();
    fillSubsets();
    showFilter();
    Q_EMIT changed();
}

void FilterPanel::setFilter(const SampleFilter& filter)
{
    m_filter = filter;
    showFilter();
    Q_EMIT changed();
}

void FilterPanel::fillClasses()
{
    const QSignalBlocker blocked[]
        = {QSignalBlocker(m_label), QSignalBlocker(m_teacher), QSignalBlocker(m_student), QSignalBlocker(m_order)};
    for (QComboBox* box : {m_label, m_teacher, m_student}) {
        box->clear();
        box->addItem(tr("any"));
        for (int number = 0; m_set && number < m_set->classes(); ++number) {
            box->addItem(m_set->className(number), number);
        }
    }
    const bool two = m_set && m_set->teacher;
    m_teacherCaption->setVisible(two);
    m_teacher->setVisible(two);
    m_studentCaption->setText(m_set ? m_set->student.title : QString());
    m_teacherCaption->setText(two ? m_set->teacher->title : QString());
    m_order->clear();
    const std::pair<SampleOrder, QString> orders[] = {
        {SampleOrder::Dataset, tr("as in the data set")},
        {SampleOrder::LargestDivergence, tr("largest divergence first")},
        {SampleOrder::SmallestDivergence, tr("smallest divergence first")},
        {SampleOrder::LargestLoss, tr("largest loss first")},
        {SampleOrder::SmallestLoss, tr("smallest loss first")},
        {SampleOrder::MostConfident, tr("most confident first")},
        {SampleOrder::LeastConfident, tr("least confident first")},
    };
    for (const auto& [order, title] : orders) {
        if (two || !needsTeacher(order)) {
            m_order->addItem(title, static_cast<int>(order));
        }
    }
}

void FilterPanel::fillSubsets()
{
    const QSignalBlocker blocked(m_subsets);
    m_subsets->clear();
    for (std::size_t i = 0; i < subsetCount; ++i) {
        const auto subset = static_cast<Subset>(i);
        if (needsTeacher(subset) && !(m_set && m_set->teacher)) {
            continue;
        }
        auto* const item = new QTreeWidgetItem(m_subsets, {titleOf(subset)});
        item->setData(0, Qt::UserRole, static_cast<int>(subset));
        item->setToolTip(0, helpOf(subset));
        item->setToolTip(1, helpOf(subset));
        item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
    }
    const int rows = m_subsets->topLevelItemCount();
    m_subsets->setFixedHeight(rows * m_subsets->sizeHintForRow(0) + 2 * m_subsets->frameWidth() + 2);
}

void FilterPanel::showFilter()
{
    m_showing = true;
    m_counts = m_set ? countsOf(*m_set, m_filter) : std::array<std::int64_t, subsetCount>{};
    for (int row = 0; row < m_subsets->topLevelItemCount(); ++row) {
        QTreeWidgetItem* const item = m_subsets->topLevelItem(row);
        const auto subset = item->data(0, Qt::UserRole).toInt();
        item->setText(1, stepsText(m_counts[static_cast<std::size_t>(subset)]));
        item->setData(0, Qt::AccessibleTextRole, tr("%1: %2 samples").arg(item->text(0), item->text(1)));
        if (static_cast<Subset>(subset) == m_filter.subset) {
            m_subsets->setCurrentItem(item);
        }
    }
    choose(*m_label, m_filter.label);
    choose(*m_teacher, m_filter.teacherChoice);
    choose(*m_student, m_filter.studentChoice);
    m_lowest->setValue(static_cast<int>(std::lround(m_filter.lowest * 100)));
    m_highest->setValue(static_cast<int>(std::lround(m_filter.highest * 100)));
    m_order->setCurrentIndex(std::max(0, m_order->findData(static_cast<int>(m_filter.order))));
    QString only = m_filter.chosenTitle;
    if (m_filter.oneChose && m_set) {
        only = tr("Only one chose %1").arg(m_set->className(*m_filter.oneChose));
    }
    m_chosen->setVisible(m_filter.chosen || m_filter.oneChose);
    m_chosen->setText(tr("%1  \u00d7").arg(only));
    m_chosen->setAccessibleName(tr("%1; press to show the others, too").arg(only));
    m_reset->setEnabled(m_filter.isNarrow() || m_filter.subset != Subset::All);
    m_showing = false;
}

void FilterPanel::edited()
{
    if (m_showing) {
        return;
    }
    if (const QTreeWidgetItem* const item = m_subsets->currentItem()) {
        m_filter.subset = static_cast<Subset>(item->data(0, Qt::UserRole).toInt());
    }
    m_filter.label = numberIn(*m_label);
    m_filter.teacherChoice = numberIn(*m_teacher);
    m_filter.studentChoice = numberIn(*m_student);
    m_filter.lowest = m_lowest->value() / 100.0;
    m_filter.highest = m_highest->value() / 100.0;
    m_filter.order = static_cast<SampleOrder>(m_order->currentData().toInt());
    showFilter();
    Q_EMIT changed();
}

} // namespace distill::ui
