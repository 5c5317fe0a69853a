// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/scatter.h"

#include "ui/compare/quantitybox.h"
#include "ui/theme.h"

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QToolButton>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

ScatterPane::ScatterPane(QWidget* parent)
    : QWidget(parent)
    , m_x(new QComboBox)
    , m_y(new QComboBox)
    , m_logX(new QAction(tr("Log x"), this))
    , m_logY(new QAction(tr("Log y"), this))
    , m_labels(new QAction(tr("Names"), this))
    , m_means(new QAction(tr("Mean of seeds"), this))
    , m_note(new QLabel)
    , m_plot(new ScatterPlot)
{
    m_x->setAccessibleName(tr("Horizontal axis of the scatter plot"));
    m_y->setAccessibleName(tr("Vertical axis of the scatter plot"));
    m_labels->setToolTip(tr("Names beside the points, where there is room"));
    m_means->setToolTip(tr("Runs that differ in the seed alone as one point, with their deviation"));
    QList<QWidget*> tools{labelled(tr("&Up"), m_y), labelled(tr("Alon&g"), m_x)};
    for (QAction* action : {m_logX, m_logY, m_labels, m_means}) {
        action->setCheckable(true);
        auto* button = new QToolButton;
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        tools << button;
    }
    tools << m_note;
    layOut(this, tools, m_plot);

    const auto changed = [this] {
        m_setup.scatterX = keyIn(*m_x);
        m_setup.scatterY = keyIn(*m_y);
        m_setup.scatterLogX = m_logX->isChecked();
        m_setup.scatterLogY = m_logY->isChecked();
        m_setup.scatterLabels = m_labels->isChecked();
        m_setup.scatterMeans = m_means->isChecked();
        showPoints();
        Q_EMIT setupChanged();
    };
    connect(m_x, &QComboBox::activated, this, changed);
    connect(m_y, &QComboBox::activated, this, changed);
    for (QAction* action : {m_logX, m_logY, m_labels, m_means}) {
        connect(action, &QAction::triggered, this, changed);
    }
    connect(m_plot, &ScatterPlot::runHovered, this, &ScatterPane::runHovered);
    connect(m_plot, &ScatterPlot::runActivated, this, &ScatterPane::runActivated);
    setSetup({});
}

void ScatterPane::setComparison(std::shared_ptr<const Comparison> comparison)
{
    m_comparison = std::move(comparison);
    m_quantities = m_comparison ? quantitiesOf(*m_comparison) : std::vector<Quantity>();
    fill();
}

void ScatterPane::setSetup(const ComparisonSetup& setup)
{
    m_setup = setup;
    m_logX->setChecked(setup.scatterLogX);
    m_logY->setChecked(setup.scatterLogY);
    m_labels->setChecked(setup.scatterLabels);
    m_means->setChecked(setup.scatterMeans);
    fill();
}

void ScatterPane::storeIn(ComparisonSetup& setup) const
{
    setup.scatterX = m_setup.scatterX;
    setup.scatterY = m_setup.scatterY;
    setup.scatterLogX = m_setup.scatterLogX;
    setup.scatterLogY = m_setup.scatterLogY;
    setup.scatterLabels = m_setup.scatterLabels;
    setup.scatterMeans = m_setup.scatterMeans;
}

void ScatterPane::fill()
{
    fillWith(*m_x, m_quantities, m_setup.scatterX);
    fillWith(*m_y, m_quantities, m_setup.scatterY);
    showPoints();
}

QVector<ScatterPoint> ScatterPane::pointsOf(const Quantity& x, const Quantity& y) const
{
    QVector<ScatterPoint> points;
    const QStringList names = namesOf(m_comparison->runs);
    const auto add = [&](const std::vector<std::size_t>& runs, const QString& name) {
        const auto over = [&](const std::vector<double>& values) {
            std::vector<double> known;
            double sum = 0, squares = 0;
            for (const std::size_t run : runs) {
                if (std::isfinite(values[run])) {
                    known.push_back(values[run]);
                    sum += values[run];
                }
            }
            const double mean = known.empty() ? std::nan("") : sum / static_cast<double>(known.size());
            for (const double value : known) {
                squares += (value - mean) * (value - mean);
            }
            return std::pair(mean, known.size() > 1 ? std::sqrt(squares / static_cast<double>(known.size() - 1)) : 0);
        };
        const auto [meanX, deviationX] = over(x.values);
        const auto [meanY, deviationY] = over(y.values);
        const bool pinned = std::any_of(runs.begin(), runs.end(), [this](std::size_t run) { return m_comparison->baseline == run; });
        points.append({m_comparison->runs[runs.front()].row.id, name, meanX, meanY, pinned, deviationX, deviationY});
    };
    if (m_setup.scatterMeans) {
        for (const ComparedGroup& group : m_comparison->groups) {
            const bool several = group.runs.size() > 1;
            add(group.runs, several ? tr("%1 (mean of %2)").arg(QString::fromStdString(group.name)).arg(group.runs.size())
                                    : names[static_cast<qsizetype>(group.runs.front())]);
        }
        return points;
    }
    for (std::size_t i = 0; i < m_comparison->runs.size(); ++i) {
        add({i}, names[static_cast<qsizetype>(i)]);
    }
    return points;
}

void ScatterPane::showPoints()
{
    const Quantity* x = quantityOf(m_quantities, keyIn(*m_x));
    const Quantity* y = quantityOf(m_quantities, keyIn(*m_y));
    QVector<ScatterPoint> points;
    if (x && y) {
        points = pointsOf(*x, *y);
        m_plot->setAxes(*x, *y, m_setup.scatterLogX, m_setup.scatterLogY);
    }
    m_plot->setLabelled(m_setup.scatterLabels);
    m_plot->setPoints(points);
    QStringList notes;
    if (points.isEmpty()) {
        notes << tr("Finished runs appear here as points");
    } else if (m_plot->leftOut() > 0) {
        notes << tr("%n run(s) without these values", nullptr, m_plot->leftOut());
    }
    if (x && y && (x->better == ComparedFigure::Better::Neither || y->better == ComparedFigure::Better::Neither)) {
        notes << tr("no Pareto front: a field is neither good nor bad");
    }
    m_note->setText(notes.join(u"; "));
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, Theme::muted(palette()));
    m_note->setPalette(quiet);
}

void ScatterPane::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        showPoints();
    }
}

} // namespace distill::ui
