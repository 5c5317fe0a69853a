// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/calibrationpage.h"

#include "analysis/fidelity.h"
#include "ui/format.h"
#include "ui/predictions/look.h"
#include "ui/predictions/reliability.h"
#include "ui/predictions/temperature.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QString signedPercent(double share)
{
    return (share < 0 ? u"\u2212"_s : u"+"_s) + percentText(std::abs(share), 2);
}

} // namespace

CalibrationPage::CalibrationPage(QWidget* parent)
    : QWidget(parent)
    , m_student(new Reliability)
    , m_teacher(new Reliability)
    , m_temperature(new Temperature)
    , m_bestOfStudent(new QPushButton)
    , m_bestOfTeacher(new QPushButton)
    , m_note(new QLabel)
{
    setObjectName(u"calibrationPage"_s);
    auto* const diagrams = new QHBoxLayout;
    diagrams->setSpacing(16);
    diagrams->addWidget(m_teacher, 1);
    diagrams->addWidget(m_student, 1);

    auto* const table = new QGridLayout;
    table->setHorizontalSpacing(20);
    table->setVerticalSpacing(2);
    const QString heads[] = {QString(),
                             tr("Accuracy"),
                             tr("Calibration error"),
                             tr("Confidence \u2212 accuracy"),
                             tr("At temperature 1"),
                             tr("Best temperature")};
    const QString helps[] = {QString(),
                             tr("A temperature leaves every choice, and so the accuracy"),
                             tr("ECE over 15 bins of confidence, weighted by their samples (Guo et al. 2017)"),
                             tr("Above 0 overconfident, below underconfident"),
                             QString(),
                             tr("At which the cross-entropy with the labels is least")};
    for (int column = 0; column < 6; ++column) {
        auto* const head = new QLabel(heads[column]);
        head->setToolTip(helps[column]);
        head->setForegroundRole(QPalette::PlaceholderText);
        table->addWidget(head, 0, column, column == 0 ? Qt::AlignLeft : Qt::AlignRight);
    }
    Row* const rows[] = {&m_rowOfTeacher, &m_rowOfStudent};
    for (int i = 0; i < 2; ++i) {
        QLabel** const labels[]
            = {&rows[i]->name, &rows[i]->accuracy, &rows[i]->error, &rows[i]->signedError, &rows[i]->atOne, &rows[i]->best};
        for (int column = 0; column < 6; ++column) {
            *labels[column] = new QLabel(u"\u2026"_s);
            (*labels[column])->setTextInteractionFlags(column == 0 ? Qt::NoTextInteraction : Qt::TextSelectableByMouse);
            table->addWidget(*labels[column], i + 1, column, column == 0 ? Qt::AlignLeft : Qt::AlignRight);
        }
    }
    table->setColumnStretch(0, 1);

    auto* const bottom = new QHBoxLayout;
    bottom->addWidget(m_temperature, 1);
    bottom->addWidget(m_bestOfTeacher);
    bottom->addWidget(m_bestOfStudent);
    m_note->setWordWrap(true);
    m_note->setForegroundRole(QPalette::PlaceholderText);
    m_note->setText(tr("Bars: how often an answer of this confidence is right. Hatched: the gap to what it claims."));

    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(10, 6, 10, 6);
    layout->addLayout(diagrams, 1);
    layout->addWidget(m_note);
    layout->addLayout(table);
    layout->addLayout(bottom);

    connect(m_temperature, &Temperature::valueChanged, this, &CalibrationPage::measure);
    connect(m_bestOfStudent, &QPushButton::clicked, this, [this] { m_temperature->setValue(m_best->student); });
    connect(m_bestOfTeacher, &QPushButton::clicked, this, [this] { m_temperature->setValue(m_best->teacher); });
}

void CalibrationPage::setPredictions(std::shared_ptr<const PredictionSet> set)
{
    m_set = std::move(set);
    m_best.reset();
    m_now = m_atOne = {};
    m_measuring.forget();
    m_finding.forget();
    m_dirty = m_set != nullptr;
    if (m_set) {
        m_student->setCalibration(m_set->student.title, studentColour(palette()), {});
        if (m_set->teacher) {
            m_teacher->setCalibration(m_set->teacher->title, teacherColour(palette()), {});
        }
        m_bestOfStudent->setText(tr("&Best of %1").arg(m_set->student.title));
        m_bestOfStudent->setEnabled(false);
        m_bestOfTeacher->setText(m_set->teacher ? tr("Bes&t of %1").arg(m_set->teacher->title) : QString());
        m_bestOfTeacher->setEnabled(false);
        m_bestOfTeacher->setVisible(m_set->teacher.has_value());
    }
    if (isVisible()) {
        measure();
        findBest();
    }
}

void CalibrationPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_dirty) {
        measure();
        findBest();
    }
}

void CalibrationPage::measure()
{
    if (!m_set) {
        return;
    }
    m_dirty = false;
    m_measuring.ask(
        [set = m_set, temperature = m_temperature->value(), known = m_atOne] {
            const auto at = [&](double t) {
                Measured measured;
                measured.student = calibrationOf(*set->student.answers, set->test->labels, t);
                if (set->teacher) {
                    measured.teacher = calibrationOf(*set->teacher->answers, set->test->labels, t);
                }
                return measured;
            };
            return std::pair(at(temperature), known.student.bins.empty() ? at(1) : known);
        },
        [this](const auto& measured, const QString& problem) {
            if (measured) {
                std::tie(m_now, m_atOne) = *measured;
                showMeasured();
                Q_EMIT this->measured();
            } else {
                m_note->setText(problem);
            }
        });
}

void CalibrationPage::findBest()
{
    if (!m_set) {
        return;
    }
    m_finding.ask(
        [set = m_set] {
            return Best{bestTemperature(*set->student.answers, set->test->labels),
                        set->teacher ? bestTemperature(*set->teacher->answers, set->test->labels) : 1};
        },
        [this](const std::optional<Best>& best, const QString&) {
            m_best = best;
            showMeasured();
        });
}

void CalibrationPage::fillRow(const Row& row, const NetworkAnswers& network, const QColor& colour, const Calibration& now,
                              const Calibration& atOne, const QString& best)
{
    row.name->setText(u"<b style='color:%1'>%2</b>"_s.arg(colour.name(), network.title.toHtmlEscaped()));
    row.name->setToolTip(network.name);
    row.accuracy->setText(percentText(accuracy(network.choices, m_set->test->labels), 2));
    row.error->setText(percentText(now.error, 2));
    row.signedError->setText(
        tr("%1, %2").arg(signedPercent(now.signedError), now.signedError >= 0 ? tr("overconfident") : tr("underconfident")));
    row.atOne->setText(percentText(atOne.error, 2));
    row.best->setText(best);
}

void CalibrationPage::showMeasured()
{
    if (!m_set || m_now.student.bins.empty()) {
        return;
    }
    const bool two = m_set->teacher.has_value();
    const auto text = [](double temperature) { return QLocale().toString(temperature, 'f', 2); };
    m_student->setCalibration(m_set->student.title, studentColour(palette()), m_now.student);
    fillRow(m_rowOfStudent, m_set->student, studentColour(palette()), m_now.student, m_atOne.student,
            m_best ? text(m_best->student) : u"\u2026"_s);
    m_bestOfStudent->setEnabled(m_best.has_value());
    m_teacher->setVisible(two);
    m_bestOfTeacher->setVisible(two);
    m_bestOfTeacher->setEnabled(m_best.has_value());
    for (QLabel* label : {m_rowOfTeacher.name, m_rowOfTeacher.accuracy, m_rowOfTeacher.error, m_rowOfTeacher.signedError,
                          m_rowOfTeacher.atOne, m_rowOfTeacher.best}) {
        label->setVisible(two);
    }
    if (two) {
        m_teacher->setCalibration(m_set->teacher->title, teacherColour(palette()), m_now.teacher);
        fillRow(m_rowOfTeacher, *m_set->teacher, teacherColour(palette()), m_now.teacher, m_atOne.teacher,
                m_best ? text(m_best->teacher) : u"\u2026"_s);
    }
}

void CalibrationPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        showMeasured();
    }
}

} // namespace distill::ui
