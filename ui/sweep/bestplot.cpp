// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sweep/bestplot.h"

#include "ui/format.h"
#include "ui/plots/axislook.h"
#include "ui/theme.h"

namespace distill::ui {

namespace {

/// 0.85 as "85 %".
class PercentTicker : public QCPAxisTicker {
protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return locale.toString(tick * 100, 'g', 4) + QStringLiteral("\u00a0%");
    }
};

/// Whole numbers alone: there is no half a run.
class CountTicker : public QCPAxisTicker {
protected:
    double getTickStep(const QCPRange& range) override { return std::max(1.0, std::round(QCPAxisTicker::getTickStep(range))); }
    int getSubTickCount(double) override { return 0; }
};

} // namespace

BestPlot::BestPlot(QWidget* parent)
    : QCustomPlot(parent)
    , m_best(addGraph())
    , m_each(addGraph())
{
    setAccessibleName(tr("Best validation accuracy so far"));
    m_best->setLineStyle(QCPGraph::lsStepLeft);
    m_each->setLineStyle(QCPGraph::lsNone);
    yAxis->setTicker(QSharedPointer<PercentTicker>::create());
    xAxis->setTicker(QSharedPointer<CountTicker>::create());
    xAxis->setLabel(tr("Runs that ended"));
    yAxis->setLabel(tr("Validation accuracy"));
    applyTheme();
}

void BestPlot::setResults(const SweepResults& results)
{
    QVector<double> counts, best, each;
    double least = 1, most = 0;
    for (const SweepResults::Best& point : results.bestSoFar) {
        counts << static_cast<double>(point.runs);
        best << point.accuracy;
        each << point.own;
        least = std::min(least, point.own);
        most = std::max(most, point.accuracy);
    }
    m_each->setData(counts, each, true);
    if (!counts.isEmpty()) { // to the end of the last run's column
        counts << counts.last() + 0.5;
        best << best.last();
    }
    m_best->setData(counts, best, true);
    xAxis->setRange(0.5, std::max(2.0, static_cast<double>(results.runs) + 0.5));
    const double margin = std::max(0.01, (most - least) * 0.08);
    yAxis->setRange(counts.isEmpty() ? QCPRange(0, 1) : QCPRange(std::max(0.0, least - margin), std::min(1.0, most + margin)));
    setAccessibleDescription(counts.isEmpty() ? tr("No run has ended yet")
                                              : tr("%1 after %2 runs").arg(percentText(best.last(), 2)).arg(results.bestSoFar.size()));
    replot(QCustomPlot::rpQueuedReplot);
}

void BestPlot::applyTheme()
{
    colourAxes(*this, palette());
    const QColor accent = Theme::accent(palette());
    m_best->setPen(QPen(accent, 2));
    const QColor quiet = mixed(palette().color(QPalette::Base), palette().color(QPalette::Text), 0.6);
    m_each->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(quiet, 1.5), Qt::NoBrush, 6));
    replot(QCustomPlot::rpQueuedReplot);
}

void BestPlot::changeEvent(QEvent* event)
{
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        applyTheme();
    }
}

} // namespace distill::ui
