// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/confusionpage.h"

#include "ui/format.h"
#include "ui/predictions/look.h"
#include "ui/predictions/matrixview.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QToolButton>
#include <QTreeWidget>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostPairs = 100;
enum PairColumn { LabelColumn, ChoiceColumn, TeacherColumn, StudentColumn, DifferenceColumn };

QString signedText(std::int64_t value)
{
    return value > 0 ? u"+"_s + stepsText(value) : value < 0 ? u"\u2212"_s + stepsText(-value) : u"0"_s;
}

std::int64_t countOf(const Confusion& confusion, int label, int choice)
{
    return confusion.counts[static_cast<std::size_t>(label)][static_cast<std::size_t>(choice)];
}

/// Sorts by number where the columns hold numbers.
class PairItem : public QTreeWidgetItem {
public:
    using QTreeWidgetItem::QTreeWidgetItem;
    bool operator<(const QTreeWidgetItem& other) const override
    {
        const int column = treeWidget()->sortColumn();
        return column <= ChoiceColumn ? text(column).localeAwareCompare(other.text(column)) < 0
                                      : data(column, Qt::UserRole).toLongLong() < other.data(column, Qt::UserRole).toLongLong();
    }
};

} // namespace

ConfusionPage::ConfusionPage(QWidget* parent)
    : QWidget(parent)
    , m_modes(new QButtonGroup(this))
    , m_modeRow(new QWidget)
    , m_numbers(new QComboBox)
    , m_matrices(new QHBoxLayout)
    , m_teacher(new MatrixView(tr("Confusion matrix of the teacher")))
    , m_student(new MatrixView(tr("Confusion matrix of the student")))
    , m_difference(new MatrixView(tr("Difference of the confusion matrices")))
    , m_legend(new QLabel)
    , m_pairs(new QTreeWidget)
{
    setObjectName(u"confusionPage"_s);
    m_teacher->setObjectName(u"teacherConfusion"_s);
    m_student->setObjectName(u"studentConfusion"_s);
    m_difference->setObjectName(u"confusionDifference"_s);
    auto* const modes = new QHBoxLayout(m_modeRow);
    modes->setContentsMargins(0, 0, 0, 0);
    modes->setSpacing(2);
    for (int mode = AllThree; mode <= OnlyDifference; ++mode) {
        auto* const button = new QToolButton;
        button->setCheckable(true);
        button->setStyleSheet(u"QToolButton { padding: 3px 8px; border: 1px solid palette(mid); border-radius: 3px; }"
                              "QToolButton:checked { background: palette(highlight); color: palette(highlighted-text); }"
                              "QToolButton:focus { border-color: palette(window-text); }"_s);
        button->setChecked(mode == AllThree);
        m_modes->addButton(button, mode);
        modes->addWidget(button);
    }
    m_numbers->addItem(tr("percent of the label's samples"));
    m_numbers->addItem(tr("numbers of samples"));
    m_numbers->setAccessibleName(tr("What the cells say"));
    auto* const tools = new QHBoxLayout;
    tools->addWidget(m_modeRow);
    tools->addStretch(1);
    auto* const caption = new QLabel(tr("&Cells say"));
    caption->setBuddy(m_numbers);
    tools->addWidget(caption);
    tools->addWidget(m_numbers);

    m_matrices->setSpacing(10);
    MatrixView* const views[] = {m_teacher, m_student, m_difference};
    for (int i = 0; i < 3; ++i) {
        m_titles[i] = new QLabel;
        m_titles[i]->setAlignment(Qt::AlignCenter);
        m_titles[i]->setTextFormat(Qt::RichText);
        auto* const column = new QVBoxLayout;
        column->setSpacing(2);
        column->addWidget(m_titles[i]);
        column->addWidget(views[i], 1);
        m_matrices->addLayout(column, 1);
    }
    m_legend->setTextFormat(Qt::RichText);
    m_legend->setWordWrap(true);

    m_pairs->setObjectName(u"confusedPairs"_s);
    m_pairs->setAccessibleName(tr("Most confused pairs"));
    m_pairs->setRootIsDecorated(false);
    m_pairs->setUniformRowHeights(true);
    m_pairs->setAlternatingRowColors(true);
    m_pairs->setSortingEnabled(true);
    m_pairs->setColumnCount(5);
    m_pairs->header()->setSectionResizeMode(QHeaderView::Stretch);

    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 4);
    layout->addLayout(tools);
    layout->addLayout(m_matrices, 3);
    layout->addWidget(m_legend);
    layout->addWidget(m_pairs, 1);
    m_pairs->setMinimumHeight(fontMetrics().height() * 5);

    connect(m_modes, &QButtonGroup::idClicked, this, &ConfusionPage::choose);
    connect(m_numbers, &QComboBox::currentIndexChanged, this, &ConfusionPage::fill);
    const auto open = [this](std::optional<int> SampleFilter::*choice) {
        return [this, choice](int label, int chosen) {
            SampleFilter filter;
            filter.label = label;
            filter.*choice = chosen;
            Q_EMIT opened(filter);
        };
    };
    connect(m_teacher, &MatrixView::activated, this, open(&SampleFilter::teacherChoice));
    connect(m_student, &MatrixView::activated, this, open(&SampleFilter::studentChoice));
    connect(m_difference, &MatrixView::activated, this, open(&SampleFilter::oneChose));
    connect(m_pairs, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem* item) {
        SampleFilter filter;
        filter.label = item->data(LabelColumn, Qt::UserRole).toInt();
        filter.studentChoice = item->data(ChoiceColumn, Qt::UserRole).toInt();
        if (item->data(StudentColumn, Qt::UserRole).toLongLong() == 0) {
            filter.teacherChoice = std::exchange(filter.studentChoice, std::nullopt);
        }
        Q_EMIT opened(filter);
    });
}

void ConfusionPage::setPredictions(std::shared_ptr<const PredictionSet> set)
{
    for (MatrixView* const view : {m_teacher, m_student, m_difference}) {
        view->setCells({}); // they look into what changes here
    }
    m_set = std::move(set);
    if (!m_set) {
        return;
    }
    m_ofStudent = confusionOf(m_set->student.choices, m_set->test->labels, m_set->classes());
    m_ofTeacher = m_set->teacher ? confusionOf(m_set->teacher->choices, m_set->test->labels, m_set->classes()) : Confusion();
    const bool two = m_set->teacher.has_value();
    m_modeRow->setVisible(two);
    const QString names[] = {tr("All three"), two ? m_set->teacher->title : QString(), m_set->student.title, tr("Difference")};
    for (int mode = AllThree; mode <= OnlyDifference; ++mode) {
        m_modes->button(mode)->setText(names[mode]);
    }
    fill();
    choose(m_modes->checkedId());
    fillPairs();
}

void ConfusionPage::choose(int mode)
{
    const bool two = m_set && m_set->teacher;
    const bool shown[] = {two && (mode == AllThree || mode == OnlyTeacher), !two || mode == AllThree || mode == OnlyStudent,
                          two && (mode == AllThree || mode == OnlyDifference)};
    MatrixView* const views[] = {m_teacher, m_student, m_difference};
    for (int i = 0; i < 3; ++i) {
        views[i]->setVisible(shown[i]);
        m_titles[i]->setVisible(shown[i]);
    }
    shareWidth();
}

/// Side by side one column of names serves all three, and the cells are of one size.
void ConfusionPage::shareWidth()
{
    const bool three = m_set && m_set->teacher && m_modes->checkedId() == AllThree;
    m_student->setRowNames(!three);
    m_difference->setRowNames(!three);
    const int names = three ? m_teacher->rowNamesWidth() : 0;
    const int room = std::max(3, width() - 12 - 2 * m_matrices->spacing() - names);
    m_matrices->setStretch(0, room / 3 + names);
    m_matrices->setStretch(1, room / 3);
    m_matrices->setStretch(2, room / 3);
}

void ConfusionPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    shareWidth();
}

double ConfusionPage::shareOf(const Confusion& confusion, int label, int choice) const
{
    const std::int64_t samples = confusion.samplesOf(static_cast<std::size_t>(label));
    return samples == 0 ? 0 : double(countOf(confusion, label, choice)) / double(samples);
}

QString ConfusionPage::countSentence(int label, int choice) const
{
    const QString pair = label == choice ? tr("%1, recognised").arg(m_set->className(label))
                                         : tr("%1 taken for %2").arg(m_set->className(label), m_set->className(choice));
    const QString student = tr("%1 %2 (%3)")
                                .arg(m_set->student.title, stepsText(countOf(m_ofStudent, label, choice)),
                                     percentText(shareOf(m_ofStudent, label, choice)));
    if (!m_set->teacher) {
        return tr("%1: %2").arg(pair, student);
    }
    const QString teacher = tr("%1 %2 (%3)")
                                .arg(m_set->teacher->title, stepsText(countOf(m_ofTeacher, label, choice)),
                                     percentText(shareOf(m_ofTeacher, label, choice)));
    return tr("%1: %2, %3, difference %4")
        .arg(pair, teacher, student, signedText(countOf(m_ofStudent, label, choice) - countOf(m_ofTeacher, label, choice)));
}

void ConfusionPage::fill()
{
    if (!m_set) {
        return;
    }
    MatrixCells cells;
    cells.rowTitle = tr("label");
    cells.columnTitle = tr("choice");
    for (int number = 0; number < m_set->classes(); ++number) {
        cells.rows << m_set->className(number);
    }
    cells.columns = cells.rows;
    cells.sentence = [this](int label, int choice) { return countSentence(label, choice); };
    const bool shares = m_numbers->currentIndex() == 0;
    const auto ofNetwork = [&](const Confusion& confusion) {
        MatrixCells own = cells;
        own.text = [this, &confusion, shares](int label, int choice) {
            const std::int64_t count = countOf(confusion, label, choice);
            const double share = shareOf(confusion, label, choice);
            return count == 0             ? QString()
                : shares && share < 0.005 ? u"\u00b7"_s // there is some, and it rounds to nothing
                : shares                  ? QLocale().toString(100 * share, 'f', 0)
                                          : stepsText(count);
        };
        own.fill = [this, &confusion](int label, int choice) {
            const double share = shareOf(confusion, label, choice);
            // Errors are rarer than what is right: a root lets a few percent show.
            return diverging(label == choice ? 0.85 * share : -std::sqrt(share), palette());
        };
        return own;
    };
    m_student->setCells(ofNetwork(m_ofStudent));
    if (m_set->teacher) {
        m_teacher->setCells(ofNetwork(m_ofTeacher));
        double most = 0.01;
        for (int label = 0; label < m_set->classes(); ++label) {
            for (int choice = 0; choice < m_set->classes(); ++choice) {
                most = std::max(most, std::abs(shareOf(m_ofStudent, label, choice) - shareOf(m_ofTeacher, label, choice)));
            }
        }
        cells.text = [this, shares](int label, int choice) {
            const std::int64_t count = countOf(m_ofStudent, label, choice) - countOf(m_ofTeacher, label, choice);
            if (!shares) {
                return count == 0 ? QString() : signedText(count);
            }
            const auto points = std::llround(100 * (shareOf(m_ofStudent, label, choice) - shareOf(m_ofTeacher, label, choice)));
            return count == 0 ? QString() : points == 0 ? u"\u00b7"_s : signedText(points);
        };
        cells.fill = [this, most](int label, int choice) {
            const double more = shareOf(m_ofStudent, label, choice) - shareOf(m_ofTeacher, label, choice);
            return diverging((label == choice ? more : -more) / most, palette());
        };
        m_difference->setCells(cells);
    }
    showLegend();
}

void ConfusionPage::showLegend()
{
    const bool two = m_set->teacher.has_value();
    const auto titled = [this](const NetworkAnswers& network, const QColor& colour) {
        return tr("<b style='color:%1'>%2</b> \u00b7 %3 right")
            .arg(colour.name(), network.title.toHtmlEscaped(),
                 percentText(
                     [&] {
                         std::int64_t right = 0, labelled = 0;
                         for (std::size_t i = 0; i < m_set->test->labels.size(); ++i) {
                             right += m_set->isRight(network, i) ? 1 : 0;
                             labelled += m_set->test->labels[i] >= 0 ? 1 : 0;
                         }
                         return labelled == 0 ? std::nan("") : double(right) / double(labelled);
                     }(),
                     2));
    };
    m_titles[0]->setText(two ? titled(*m_set->teacher, teacherColour(palette())) : QString());
    m_titles[1]->setText(titled(m_set->student, studentColour(palette())));
    m_titles[2]->setText(
        two ? tr("<b>%1 \u2212 %2</b>").arg(m_set->student.title.toHtmlEscaped(), m_set->teacher->title.toHtmlEscaped())
            : QString());
    const auto swatch
        = [this](double share) { return u"<span style='color:%1'>\u25a0</span>"_s.arg(diverging(share, palette()).name()); };
    QString text = tr("%1 right  %2 wrong").arg(swatch(0.85), swatch(-0.85));
    if (two) {
        text += tr(" \u00b7 in the difference %1 the %3 does better, %2 worse")
                    .arg(swatch(1), swatch(-1), m_set->student.title.toLower().toHtmlEscaped());
        if (!m_set->taught) {
            text = tr("%1 right  %2 wrong \u00b7 in the difference %3 %5 does better, %4 worse")
                       .arg(swatch(0.85), swatch(-0.85), swatch(1), swatch(-1), m_set->student.title.toHtmlEscaped());
        }
    }
    m_legend->setText(tr("%1. A cell opens its samples.").arg(text));
}

void ConfusionPage::fillPairs()
{
    m_pairs->setSortingEnabled(false);
    m_pairs->clear();
    const bool two = m_set->teacher.has_value();
    m_pairs->setHeaderLabels(
        {tr("Label"), tr("taken for"), two ? m_set->teacher->title : QString(), m_set->student.title, tr("Difference")});
    for (int column = TeacherColumn; column <= DifferenceColumn; ++column) {
        m_pairs->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
    }
    m_pairs->setColumnHidden(TeacherColumn, !two);
    m_pairs->setColumnHidden(DifferenceColumn, !two);
    struct Pair {
        int label, choice;
        std::int64_t teacher, student;
    };
    std::vector<Pair> pairs;
    for (int label = 0; label < m_set->classes(); ++label) {
        for (int choice = 0; choice < m_set->classes(); ++choice) {
            const std::int64_t student = countOf(m_ofStudent, label, choice);
            const std::int64_t teacher = two ? countOf(m_ofTeacher, label, choice) : 0;
            if (label != choice && (student > 0 || teacher > 0)) {
                pairs.push_back({label, choice, teacher, student});
            }
        }
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& left, const Pair& right) {
        return std::max(left.student, left.teacher) > std::max(right.student, right.teacher);
    });
    pairs.resize(std::min<std::size_t>(pairs.size(), mostPairs));
    QList<QTreeWidgetItem*> items;
    for (const Pair& pair : pairs) {
        auto* const item = new PairItem({m_set->className(pair.label), m_set->className(pair.choice), stepsText(pair.teacher),
                                         stepsText(pair.student), signedText(pair.student - pair.teacher)});
        item->setData(LabelColumn, Qt::UserRole, pair.label);
        item->setData(ChoiceColumn, Qt::UserRole, pair.choice);
        item->setData(TeacherColumn, Qt::UserRole, static_cast<qlonglong>(pair.teacher));
        item->setData(StudentColumn, Qt::UserRole, static_cast<qlonglong>(pair.student));
        item->setData(DifferenceColumn, Qt::UserRole, static_cast<qlonglong>(pair.student - pair.teacher));
        for (int column = TeacherColumn; column <= DifferenceColumn; ++column) {
            item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
        }
        items << item;
    }
    m_pairs->addTopLevelItems(items);
    m_pairs->setSortingEnabled(true);
    m_pairs->sortByColumn(StudentColumn, Qt::DescendingOrder);
}

void ConfusionPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_set) {
        showLegend();
    }
}

} // namespace distill::ui
