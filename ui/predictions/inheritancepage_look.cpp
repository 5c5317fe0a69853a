// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/inheritancepage.h"

#include "ui/format.h"
#include "ui/predictions/figurebars.h"
#include "ui/predictions/look.h"
#include "ui/predictions/matrixview.h"
#include "ui/predictions/picturestrip.h"
#include "ui/predictions/robustness.h"

#include <QCheckBox>
#include <QFrame>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QTreeWidget>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

enum ClassColumn { NameColumn, SamplesColumn, TeacherColumn, StudentColumn, DifferenceColumn, AgreementColumn };

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

QString number(double value, int decimals)
{
    return std::isfinite(value) ? QLocale().toString(value, 'f', decimals) : u"\u2013"_s;
}

/// "+3.1 points"
QString points(double share)
{
    if (!std::isfinite(share)) {
        return u"\u2013"_s;
    }
    return InheritancePage::tr("%1%2 points")
        .arg(share < 0 ? u"\u2212"_s : u"+"_s, QLocale().toString(std::abs(100 * share), 'f', 1));
}

class NumberItem : public QTreeWidgetItem {
public:
    using QTreeWidgetItem::QTreeWidgetItem;
    bool operator<(const QTreeWidgetItem& other) const override
    {
        const int column = treeWidget()->sortColumn();
        return column == NameColumn ? text(column).localeAwareCompare(other.text(column)) < 0
                                    : data(column, Qt::UserRole).toDouble() < other.data(column, Qt::UserRole).toDouble();
    }
};

void fitRows(QTreeWidget& tree, int most)
{
    const int rows = std::clamp(tree.topLevelItemCount(), 1, most);
    const int height = tree.topLevelItemCount() > 0 ? tree.sizeHintForRow(0) : tree.fontMetrics().height();
    tree.setFixedHeight(rows * height + tree.header()->sizeHint().height() + 2 * tree.frameWidth() + 2);
}

} // namespace

void InheritancePage::showInheritance()
{
    const Examination& found = *m_examination;
    QString line = tr("The student chooses as its teacher on <b>%1</b> of the test samples").arg(percentText(found.agreement));
    if (found.twinAgreement) {
        line += tr(", a twin of the teacher that was trained apart from it on %1").arg(percentText(*found.twinAgreement));
    }
    if (found.aloneAgreement) {
        line += tr(", the same student alone on %1").arg(percentText(*found.aloneAgreement));
    }
    line
        += tr(". Accuracy: teacher %1, student %2").arg(percentText(found.teacher.accuracy), percentText(found.student.accuracy));
    m_headline->setText((found.alone ? tr("%1, student alone %2").arg(line, percentText(found.alone->accuracy)) : line) + u'.');

    if (!found.inheritance) {
        m_inheritance->setText(tr("<b>Inheritance cannot be told.</b> %1").arg(text(found.noInheritance).toHtmlEscaped()));
        return;
    }
    const Inheritance& inherited = *found.inheritance;
    m_inheritance->setText(
        tr("%1 Where the teacher errs the student errs %2 times as often as overall, the twin %3 times.")
            .arg(text(found.inherited).toHtmlEscaped(), number(inherited.student.lift(), 2), number(inherited.twin.lift(), 2)));
}

void InheritancePage::showFigures()
{
    const Examination& found = *m_examination;
    const QColor teacher = teacherColour(palette()), student = studentColour(palette()), twin = twinColour(palette()),
                 alone = aloneColour(palette());
    std::vector<FigureGroup> groups;
    const auto add = [&](const QString& title, const QString& help, double most, std::vector<FigureGroup::Bar> bars) {
        for (const FigureGroup::Bar& bar : bars) {
            most = std::isfinite(bar.value) ? std::max(most, bar.value) : most;
        }
        groups.push_back({title, help, most, std::move(bars)});
    };
    const auto share = [](double value) { return percentText(value); };
    const auto fidelity
        = [&](const QString& title, const QString& help, double most, double own, const std::optional<double>& twins,
              const std::optional<double>& alones, const std::function<QString(double)>& say) {
              std::vector<FigureGroup::Bar> bars{{tr("Student"), student, own, say(own)}};
              if (twins) {
                  bars.push_back({tr("Twin"), twin, *twins, say(*twins)});
              }
              if (alones) {
                  bars.push_back({tr("Alone"), alone, *alones, say(*alones)});
              }
              add(title, help, most, std::move(bars));
          };
    fidelity(tr("Agreement with the teacher"),
             tr("Share of test samples on which it chooses the teacher's class. The twin's is the bar to beat."), 1,
             found.agreement, found.twinAgreement, found.aloneAgreement, share);
    fidelity(tr("Divergence from the teacher, nats"), tr("Mean KL(teacher || network) at temperature 1: less is closer."), 0.05,
             found.divergence, found.twinDivergence, found.aloneDivergence, [](double value) { return number(value, 3); });
    if (found.inheritance) {
        const Inheritance& inherited = *found.inheritance;
        const SharedErrors* const alones = found.aloneErrors ? &*found.aloneErrors : nullptr;
        const auto each = [&](const QString& title, const QString& help, const std::function<double(const SharedErrors&)>& of) {
            std::vector<FigureGroup::Bar> bars{{tr("Student"), student, of(inherited.student), share(of(inherited.student))},
                                               {tr("Twin"), twin, of(inherited.twin), share(of(inherited.twin))}};
            if (alones) {
                bars.push_back({tr("Alone"), alone, of(*alones), share(of(*alones))});
            }
            add(title, help, 1, std::move(bars));
        };
        each(tr("Errors shared with the teacher"), tr("Of its own errors, those that the teacher makes, too."),
             &SharedErrors::share);
        each(tr("Same wrong class"), tr("Where it and the teacher err, how often they choose the same class."),
             &SharedErrors::sameLabel);
        each(tr("Risk where the teacher errs"), tr("How often it errs on what the teacher gets wrong."), &SharedErrors::risk);
    }
    const auto networks
        = [&](const QString& title, const QString& help, double most, const std::function<double(const NetworkFigures&)>& of) {
              std::vector<FigureGroup::Bar> bars{{tr("Teacher"), teacher, of(found.teacher), share(of(found.teacher))},
                                                 {tr("Student"), student, of(found.student), share(of(found.student))}};
              if (found.alone) {
                  bars.push_back({tr("Alone"), alone, of(*found.alone), share(of(*found.alone))});
              }
              if (std::any_of(bars.begin(), bars.end(), [](const FigureGroup::Bar& bar) { return std::isfinite(bar.value); })) {
                  add(title, help, most, std::move(bars));
              }
          };
    networks(tr("Accuracy"), tr("On the test set"), 1, [](const NetworkFigures& figures) { return figures.accuracy; });
    networks(tr("Calibration error (ECE)"), tr("Over 15 bins; see Calibration"), 0.05,
             [](const NetworkFigures& figures) { return figures.calibration.error; });
    networks(tr("Confidently wrong"), tr("Share of test samples on which it errs with a confidence above 90 %"), 0.02,
             [](const NetworkFigures& figures) { return figures.confidentlyWrong; });
    networks(tr("Accuracy on rare classes"), tr("Of the classes with fewest training samples"), 1,
             [](const NetworkFigures& figures) { return figures.rareClassAccuracy; });
    m_figures->setGroups(std::move(groups));
}

void InheritancePage::showLost()
{
    const auto count = static_cast<int>(m_examination->lost.size());
    QString sentence = tr("There is no test sample that the teacher knows and its students do not.");
    if (count > 0) {
        sentence = count == 1
            ? tr("The teacher knows one test sample that the students of this experiment have lost.")
            : (m_examination->siblings.size() > 1 ? tr("The teacher knows %1 test samples that most students of this experiment have lost.")
                                                  : tr("The teacher knows %1 test samples that the student has lost."))
                  .arg(stepsText(count));
    }
    m_lostText->setText(sentence);
    m_lostButton->setText(count == 1 ? tr("Show it") : tr("Show them"));
    m_lostButton->setVisible(count > 0);
    m_lost->setSamples(m_set, m_examination->lost);
}

void InheritancePage::showClasses()
{
    const Examination& found = *m_examination;
    m_classes->setSortingEnabled(false);
    m_classes->clear();
    double most = 0.02;
    for (const Slice& slice : found.classes) {
        most = std::isfinite(slice.student - slice.teacher) ? std::max(most, std::abs(slice.student - slice.teacher)) : most;
    }
    QList<QTreeWidgetItem*> items;
    for (std::size_t i = 0; i < found.classes.size(); ++i) {
        const Slice& slice = found.classes[i];
        const double more = slice.student - slice.teacher;
        const QString name = i < found.classNames.size() ? text(found.classNames[i]) : tr("Class %1").arg(i);
        auto* const item = new NumberItem({name, stepsText(slice.samples), percentText(slice.teacher), percentText(slice.student),
                                           points(more), percentText(slice.agreement)});
        item->setData(NameColumn, Qt::UserRole, static_cast<int>(i));
        const double values[] = {double(slice.samples), slice.teacher, slice.student, more, slice.agreement};
        for (int column = SamplesColumn; column <= AgreementColumn; ++column) {
            const double value = values[column - SamplesColumn];
            item->setData(column, Qt::UserRole, std::isfinite(value) ? value : -2);
            item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
        }
        const QColor ground = diverging(more / most * 0.8, palette());
        item->setBackground(DifferenceColumn, ground);
        item->setForeground(DifferenceColumn, textOn(ground));
        items << item;
    }
    m_classes->addTopLevelItems(items);
    m_classes->setSortingEnabled(true);
    m_classes->sortByColumn(DifferenceColumn, Qt::AscendingOrder);
    fitRows(*m_classes, 12);
}

void InheritancePage::showSiblings()
{
    const Examination& found = *m_examination;
    m_siblingsFrame->setVisible(found.siblings.size() > 1 && found.siblingAgreement.size() == found.siblings.size());
    if (found.siblingAgreement.size() < 2) {
        return;
    }
    MatrixCells cells;
    cells.rows = m_siblingNames;
    for (qsizetype i = 0; i < m_siblingNames.size(); ++i) {
        cells.columns << QString::number(i + 1);
        cells.rows[i] = tr("%1  %2").arg(m_siblingNames[i]).arg(i + 1);
    }
    const auto at = [values = found.siblingAgreement](int row, int column) {
        return values[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
    };
    double least = 1;
    for (const auto& row : found.siblingAgreement) {
        least = std::min(least, *std::min_element(row.begin(), row.end()));
    }
    cells.text = [at](int row, int column) { return number(100 * at(row, column), 1); };
    cells.fill = [this, at, least](int row, int column) {
        return row == column
            ? palette().color(QPalette::AlternateBase)
            : tint(0.15 + 0.75 * (at(row, column) - least) / std::max(1e-9, 1 - least), teacherColour(palette()), palette());
    };
    cells.sentence = [this, at](int row, int column) {
        return tr("%1 and %2 agree on %3; churn %4")
            .arg(m_siblingNames[row], m_siblingNames[column], percentText(at(row, column)), percentText(1 - at(row, column)));
    };
    const int rows = std::min<int>(static_cast<int>(cells.rows.size()), 10);
    m_siblings->setFixedHeight(fontMetrics().height() * (3 * rows + 3));
    m_siblings->setCells(std::move(cells));
}

void InheritancePage::showSimilarity()
{
    const std::vector<SimilarityCell>& found = m_examination->similarity;
    m_similarity->setVisible(!found.empty());
    m_similarityText->setVisible(!found.empty());
    if (found.empty()) {
        return;
    }
    MatrixCells cells;
    cells.rowTitle = tr("teacher's layer");
    cells.columnTitle = tr("student's layer");
    for (const SimilarityCell& cell : found) {
        for (auto [names, name] :
             {std::pair(&cells.rows, text(cell.teacherTap)), std::pair(&cells.columns, text(cell.studentTap))}) {
            if (!names->contains(name)) {
                names->append(name);
            }
        }
    }
    const auto width = static_cast<std::size_t>(cells.columns.size());
    std::vector<double> values(static_cast<std::size_t>(cells.rows.size()) * width, std::nan(""));
    for (const SimilarityCell& cell : found) {
        values[static_cast<std::size_t>(cells.rows.indexOf(text(cell.teacherTap))) * width
               + static_cast<std::size_t>(cells.columns.indexOf(text(cell.studentTap)))]
            = cell.cka;
    }
    const auto at = [values, width](int row, int column) {
        return values[static_cast<std::size_t>(row) * width + static_cast<std::size_t>(column)];
    };
    cells.text = [at](int row, int column) { return number(at(row, column), 2); };
    cells.fill = [this, at](int row, int column) { return tint(at(row, column), teacherColour(palette()), palette()); };
    cells.sentence = [rows = cells.rows, columns = cells.columns, at](int row, int column) {
        return tr("Teacher's %1 and student's %2: CKA %3").arg(rows[row], columns[column], number(at(row, column), 3));
    };
    const auto closest
        = std::max_element(found.begin(), found.end(), [](const auto& left, const auto& right) { return left.cka < right.cka; });
    m_similarityText->setText(tr("Closest: the teacher's %1 and the student's %2, %3.")
                                  .arg(text(closest->teacherTap), text(closest->studentTap), number(closest->cka, 3)));
    m_similarity->setFixedHeight(
        std::min(fontMetrics().height() * (3 * static_cast<int>(cells.rows.size()) + 8), fontMetrics().height() * 34));
    m_similarity->setCells(std::move(cells));
}

void InheritancePage::showRobustness()
{
    const Examination& found = *m_examination;
    m_robustness->setVisible(!found.student.corrupted.empty());
    QVector<RobustnessCurve> curves{{tr("Teacher"), teacherColour(palette()), found.teacher.accuracy, found.teacher.corrupted},
                                    {tr("Student"), studentColour(palette()), found.student.accuracy, found.student.corrupted}};
    if (found.alone) {
        curves.append({tr("Alone"), aloneColour(palette()), found.alone->accuracy, found.alone->corrupted});
    }
    m_robustness->setCurves(std::move(curves));
}

void InheritancePage::showCost()
{
    m_cost->setVisible(m_costs.has_value());
    m_costText->setVisible(m_costs.has_value());
    m_costOfTeacher->setVisible(m_costs.has_value());
    m_cost->clear();
    if (!m_costs) {
        return;
    }
    const Cost& student = *m_costs->student;
    const Cost& teacher = *m_costs->teacher;
    const RelativeCost shares = relativeTo(teacher, student, m_costOfTeacher->isChecked());
    const auto coarse = [](double share) { return percentText(share, share < 0.1 ? 1 : 0); };
    QStringList uses = {tr("%1 of its parameters").arg(coarse(shares.parameters)), tr("%1 of its multiply-adds").arg(coarse(shares.multiplyAdds))};
    for (std::size_t i = 0; i < shares.latencies.size(); ++i) {
        uses << tr("%1 of its latency at batch %2").arg(coarse(shares.latencies[i])).arg(student.latencies[i].batch);
    }
    m_costText->setText(tr("<b>%1 of the teacher's accuracy</b> for %2 and %3 of its training time.")
                            .arg(percentText(shares.accuracy), uses.join(u", "_s), coarse(shares.training)));
    const auto add = [this](const QString& what, double ofTeacher, double ofStudent, const std::function<QString(double)>& say) {
        const bool known = ofTeacher > 0 && std::isfinite(ofStudent);
        auto* const item = new QTreeWidgetItem(
            m_cost, {what, say(ofTeacher), say(ofStudent), known ? percentText(ofStudent / ofTeacher) : u"\u2013"_s});
        for (int column = 1; column < 4; ++column) {
            item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
        }
    };
    const auto count = [](double value) { return stepsText(static_cast<qint64>(value)); };
    const auto bytes = [](double value) { return QLocale().formattedDataSize(static_cast<qint64>(value)); };
    const auto milliseconds = [](double seconds) { return tr("%1\u00a0ms").arg(QLocale().toString(1000 * seconds, 'g', 3)); };
    add(tr("Parameters"), double(teacher.parameters), double(student.parameters), count);
    add(tr("Multiply-adds a sample"), double(teacher.multiplyAdds), double(student.multiplyAdds), count);
    add(tr("Weights, fp32"), double(teacher.bytesFloat32), double(student.bytesFloat32), bytes);
    add(tr("Weights, bf16"), double(teacher.bytesBfloat16), double(student.bytesBfloat16), bytes);
    for (std::size_t i = 0; i < std::min(student.latencies.size(), teacher.latencies.size()); ++i) {
        const auto batch = student.latencies[i].batch;
        add(tr("Latency of a batch of %1, median").arg(batch), teacher.latencies[i].median, student.latencies[i].median,
            milliseconds);
        add(tr("Latency of a batch of %1, 95th percentile").arg(batch), teacher.latencies[i].p95, student.latencies[i].p95,
            milliseconds);
    }
    add(tr("Training"), teacher.trainingSeconds, student.trainingSeconds, [](double seconds) { return durationText(seconds); });
    add(tr("Training of what taught it"), teacher.teachersSeconds, student.teachersSeconds,
        [](double seconds) { return durationText(seconds); });
    add(tr("Energy of training, estimate"), teacher.trainingJoules, student.trainingJoules,
        [](double joules) { return tr("%1\u00a0Wh").arg(QLocale().toString(joules / 3600, 'g', 3)); });
    add(tr("Labelled samples"), double(teacher.labels), double(student.labels), count);
    add(tr("Answers asked of the teacher"), double(teacher.queries), double(student.queries), count);
    m_cost->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    fitRows(*m_cost, 20);
}

} // namespace distill::ui
