// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sweep/heatplot.h"

#include "ui/format.h"
#include "ui/plots/axislook.h"
#include "ui/theme.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace distill::ui {

namespace {

// Viridis (van der Walt and Smith 2015, in the public domain), eight of its colours.
constexpr std::array<QRgb, 8> viridis = {0xff440154, 0xff46327e, 0xff365c8d, 0xff277f8e, 0xff1fa187, 0xff4ac16d, 0xffa0da39, 0xfffde725};

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

QSharedPointer<QCPAxisTickerText> ticker(const std::vector<std::string>& labels, int longest)
{
    auto result = QSharedPointer<QCPAxisTickerText>::create();
    for (std::size_t i = 0; i < labels.size(); ++i) {
        QString label = text(labels[i]);
        if (label.size() > longest) {
            label = label.left(longest - 1) + QChar(0x2026);
        }
        result->addTick(static_cast<double>(i), label);
    }
    return result;
}

} // namespace

HeatPlot::HeatPlot(QWidget* parent)
    : QCustomPlot(parent)
    , m_colours(new QCPColorMap(xAxis, yAxis))
{
    setMouseTracking(true);
    setAccessibleName(tr("Heat map of two swept fields"));
    QCPColorGradient gradient;
    gradient.clearColorStops();
    for (std::size_t i = 0; i < viridis.size(); ++i) {
        gradient.setColorStopAt(static_cast<double>(i) / (viridis.size() - 1), QColor::fromRgb(viridis[i]));
    }
    gradient.setNanHandling(QCPColorGradient::nhTransparent);
    m_colours->setGradient(gradient);
    m_colours->setInterpolate(false);
    m_colours->setTightBoundary(false);
    xAxis->grid()->setVisible(false);
    yAxis->grid()->setVisible(false);
    applyTheme();
}

QColor HeatPlot::colourAt(double share)
{
    const double at = std::clamp(share, 0.0, 1.0) * (viridis.size() - 1);
    const auto low = std::min(static_cast<std::size_t>(at), viridis.size() - 2);
    return mixed(QColor::fromRgb(viridis[low]), QColor::fromRgb(viridis[low + 1]), at - static_cast<double>(low));
}

void HeatPlot::setMap(const HeatMap& map, const QString& columnTitle, const QString& rowTitle)
{
    m_map = map;
    for (QCPItemText* cell : std::as_const(m_cells)) {
        removeItem(cell);
    }
    m_cells.clear();
    const auto columns = static_cast<int>(map.columns.size()), rows = static_cast<int>(map.rows.size());
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const auto& row : map.accuracies) {
        for (const double value : row) {
            if (!std::isnan(value)) {
                least = std::min(least, value);
                most = std::max(most, value);
            }
        }
    }
    m_colours->data()->setSize(std::max(1, columns), std::max(1, rows));
    m_colours->data()->setRange(QCPRange(0, std::max(1, columns) - 1), QCPRange(0, std::max(1, rows) - 1));
    m_colours->data()->fill(std::nan(""));
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < columns; ++c) {
            const double value = map.accuracies[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)];
            m_colours->data()->setCell(c, r, value);
            auto* const cell = new QCPItemText(this);
            cell->position->setCoords(c, r);
            cell->setPositionAlignment(Qt::AlignCenter);
            cell->setText(std::isnan(value) ? QStringLiteral("\u2013") : percentText(value));
            // The one that reads better on its colour.
            const QColor back = most > least ? colourAt((value - least) / (most - least)) : colourAt(1);
            cell->setColor(std::isnan(value) ? palette().color(QPalette::Text)
                               : Theme::contrast(back, Qt::black) > Theme::contrast(back, Qt::white) ? QColor(Qt::black)
                                                                                                      : QColor(Qt::white));
            m_cells.push_back(cell);
        }
    }
    m_colours->setDataRange(most > least ? QCPRange(least, most) : QCPRange(most - 1, most));
    xAxis->setTicker(ticker(map.columns, 16));
    yAxis->setTicker(ticker(map.rows, 20));
    xAxis->setLabel(columnTitle);
    yAxis->setLabel(rowTitle);
    xAxis->setRange(-0.5, columns - 0.5);
    yAxis->setRange(-0.5, rows - 0.5);
    setAccessibleDescription(tr("%1 by %2 cells from %3 to %4").arg(columns).arg(rows).arg(percentText(least), percentText(most)));
    fitTexts();
    replot(QCustomPlot::rpQueuedReplot);
}

/// Long labels stand aslant, and figures go where the cells are too small for them.
void HeatPlot::fitTexts()
{
    const auto columns = static_cast<double>(std::max<std::size_t>(1, m_map.columns.size()));
    const auto rows = static_cast<double>(std::max<std::size_t>(1, m_map.rows.size()));
    const QFontMetrics metrics(xAxis->tickLabelFont());
    const double width = 0.8 * this->width() / columns, height = 0.8 * this->height() / rows;
    int widest = 0;
    for (const std::string& column : m_map.columns) {
        widest = std::max(widest, metrics.horizontalAdvance(text(column).left(16)));
    }
    xAxis->setTickLabelRotation(widest + 8 > width ? -35 : 0);
    const bool room = metrics.horizontalAdvance(QStringLiteral("99.9 %")) < width && metrics.height() < height;
    for (QCPItemText* cell : std::as_const(m_cells)) {
        cell->setVisible(room);
        cell->setFont(xAxis->tickLabelFont());
    }
}

void HeatPlot::applyTheme()
{
    colourAxes(*this, palette());
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setTickLengthIn(0);
        axis->setSubTicks(false);
    }
    for (QCPItemText* cell : std::as_const(m_cells)) {
        if (cell->text() == QStringLiteral("\u2013")) {
            cell->setColor(palette().color(QPalette::Text));
        }
    }
    replot(QCustomPlot::rpQueuedReplot);
}

void HeatPlot::changeEvent(QEvent* event)
{
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        applyTheme();
    }
}

void HeatPlot::resizeEvent(QResizeEvent* event)
{
    fitTexts();
    QCustomPlot::resizeEvent(event);
}

void HeatPlot::mouseMoveEvent(QMouseEvent* event)
{
    const auto column = static_cast<std::ptrdiff_t>(std::llround(xAxis->pixelToCoord(event->position().x())));
    const auto row = static_cast<std::ptrdiff_t>(std::llround(yAxis->pixelToCoord(event->position().y())));
    const bool inside = column >= 0 && row >= 0 && column < std::ssize(m_map.columns) && row < std::ssize(m_map.rows);
    if (inside) {
        const auto c = static_cast<std::size_t>(column), r = static_cast<std::size_t>(row);
        setToolTip(tr("%1 %2, %3 %4: %5, mean of %6")
                       .arg(xAxis->label(), text(m_map.columns[c]), yAxis->label(), text(m_map.rows[r]), percentText(m_map.accuracies[r][c], 2))
                       .arg(m_map.counts[r][c]));
    } else {
        setToolTip({});
    }
    QCustomPlot::mouseMoveEvent(event);
}

} // namespace distill::ui
