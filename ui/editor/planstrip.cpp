// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/planstrip.h"

#include "ui/editor/message.h"
#include "ui/editor/text.h"
#include "ui/format.h"
#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <numeric>

namespace distill::ui {

namespace {

constexpr int planPause = 400; ///< milliseconds

enum CellIndex { TeacherCell, StudentCell, DataCell, StepsCell, RunsCell, TimeCell };

} // namespace

PlanStrip::PlanStrip(Planner planner, QWidget* parent)
    : QFrame(parent)
    , m_planner(std::move(planner))
    , m_figures(new QWidget)
    , m_message(new InlineMessage)
    , m_note(new QLabel(tr("Counting …")))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &PlanStrip::start);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 6, 12, 6);
    layout->setSpacing(0);
    layout->addWidget(m_figures);
    layout->addWidget(m_message);
    layout->addWidget(m_note);
    auto* cells = new QHBoxLayout(m_figures);
    cells->setContentsMargins(0, 0, 0, 0);
    cells->setSpacing(20);
    for (const QString& caption :
         {tr("Teacher"), tr("Student"), tr("Data"), tr("Steps"), tr("Runs"), tr("Expected time")}) {
        m_cells.push_back(addCell(caption));
    }
    cells->addStretch(1);
    m_figures->hide();
    m_message->hide();
    setAccessibleName(tr("What this experiment would do"));
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    setDimmed(false);
}

PlanStrip::Cell PlanStrip::addCell(const QString& caption)
{
    Cell cell{new QLabel(caption), new QLabel, new QLabel, new QLabel};
    auto* column = new QVBoxLayout;
    column->setSpacing(0);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.88);
    cell.caption->setFont(small);
    for (QLabel* label : {cell.caption, cell.first, cell.second, cell.third}) {
        column->addWidget(label);
    }
    cell.third->hide();
    column->addStretch(1);
    qobject_cast<QHBoxLayout*>(m_figures->layout())->addLayout(column);
    return cell;
}

void PlanStrip::setCell(const Cell& cell, const QString& first, const QString& second, const QString& third)
{
    cell.first->setText(first);
    cell.second->setText(second);
    cell.third->setText(third);
    cell.third->setVisible(!third.isEmpty());
    cell.first->setAccessibleName(QStringLiteral("%1: %2 %3 %4").arg(cell.caption->text(), first, second, third).simplified());
}

void PlanStrip::setDocument(const Document& document, int problems)
{
    m_counting.forget();
    if (problems > 0) {
        m_timer.stop();
        m_document.reset();
        m_figures->hide();
        m_message->hide();
        m_note->setText(tr("Sizes, steps and time are counted once the document has no problem."));
        m_note->show();
        return;
    }
    m_document = document;
    setDimmed(true);
    m_timer.start(planPause);
}

void PlanStrip::recount()
{
    if (m_document && !m_timer.isActive()) {
        m_timer.start(planPause);
    }
}

void PlanStrip::start()
{
    if (m_document && m_planner) {
        m_counting.ask([document = *m_document, planner = m_planner] { return planner(document); },
                       [this](const std::optional<Plan>& plan, const QString& problem) { finish(plan, problem); });
    }
}

void PlanStrip::finish(const std::optional<Plan>& plan, const QString& problem)
{
    m_note->hide();
    m_figures->setVisible(plan.has_value());
    m_message->setVisible(!plan);
    if (plan) {
        show(*plan);
    } else {
        m_message->setText(problem);
    }
    setDimmed(false);
}

void PlanStrip::show(const Plan& plan)
{
    const QLocale locale;
    const auto model = [&](const ModelCost& cost) {
        return std::pair(tr("%1 parameters").arg(countText(static_cast<double>(cost.parameters))),
                         tr("%1 multiply-adds").arg(countText(static_cast<double>(cost.multiplyAdds))));
    };
    if (plan.teacher) {
        const auto [parameters, work] = model(*plan.teacher);
        setCell(m_cells[TeacherCell], parameters, work);
    } else {
        setCell(m_cells[TeacherCell], tr("none"), {});
    }
    const auto [parameters, work] = model(plan.student);
    QStringList beside;
    if (!plan.peers.empty()) {
        const double all = std::accumulate(plan.peers.begin(), plan.peers.end(), 0.0, [](double sum, const ModelCost& peer) {
            return sum + static_cast<double>(peer.parameters);
        });
        beside << tr("+ %1 in %n peer(s)", nullptr, static_cast<int>(plan.peers.size())).arg(countText(all));
    }
    if (plan.learnedParameters > 0) {
        beside << tr("+ %1 in regressors").arg(countText(static_cast<double>(plan.learnedParameters)));
    }
    setCell(m_cells[StudentCell], parameters, work, beside.join(QStringLiteral(", ")));
    m_cells[StudentCell].third->setToolTip(
        tr("The objective's learned parts (regressors, embeddings) train beside the student and are no part of its weights."));
    setCell(m_cells[DataCell], tr("%1 to learn from").arg(locale.toString(qlonglong(plan.transferSamples))),
            tr("%1 to validate").arg(locale.toString(qlonglong(plan.validationSamples))));
    m_cells[DataCell].first->setToolTip(
        tr("%1: %2 classes, %3 training samples, %4 test samples")
            .arg(QString::fromStdString(plan.dataset), locale.toString(qlonglong(plan.classes)),
                 locale.toString(qlonglong(plan.trainSamples)), locale.toString(qlonglong(plan.testSamples))));
    QString ratio;
    if (plan.teacher && plan.student.parameters > 0) {
        const double factor
            = static_cast<double>(plan.teacher->parameters) / static_cast<double>(plan.student.parameters);
        ratio = tr("student %1 × smaller").arg(locale.toString(factor, 'g', 3));
    }
    m_cells[StudentCell].first->setToolTip(ratio);
    setCell(m_cells[StepsCell], locale.toString(qlonglong(plan.steps)), {});
    setCell(m_cells[RunsCell], locale.toString(plan.runs), plan.variants > 1 ? tr("%1 variants").arg(locale.toString(plan.variants)) : QString());
    const bool halved = plan.secondsInFull > plan.secondsEstimate * 1.001;
    setCell(m_cells[TimeCell], tr("about %1").arg(durationText(plan.secondsEstimate)),
            halved ? tr("in full %1").arg(durationText(plan.secondsInFull)) : QString());
    m_cells[TimeCell].second->setToolTip(halved ? tr("What all variants would take without successive halving") : QString());
}

void PlanStrip::setDimmed(bool dimmed)
{
    m_dimmed = dimmed;
    const QColor muted = Theme::muted(palette());
    const auto colour = [](QLabel* label, const QColor& text) {
        QPalette colours = label->palette();
        if (colours.color(QPalette::WindowText) != text) {
            colours.setColor(QPalette::WindowText, text);
            label->setPalette(colours);
        }
    };
    colour(m_note, muted);
    for (const Cell& cell : m_cells) {
        colour(cell.caption, muted);
        colour(cell.first, dimmed ? muted : palette().color(QPalette::WindowText));
        colour(cell.second, dimmed ? muted : palette().color(QPalette::WindowText));
        colour(cell.third, dimmed ? muted : palette().color(QPalette::WindowText));
    }
}

void PlanStrip::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        setDimmed(m_dimmed);
    }
}

} // namespace distill::ui
