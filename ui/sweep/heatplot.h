// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/sweep.h"
#include "ui/plots/qcp.h"

namespace distill::ui {

/// Validation accuracy over two fields of a sweep: a cell a pair of values, with the figure written in it. The colours (viridis) rise
/// evenly in lightness, so that those who see no colours read the same order.
class HeatPlot : public QCustomPlot {
    Q_OBJECT

public:
    explicit HeatPlot(QWidget* parent = nullptr);

    void setMap(const HeatMap& map, const QString& columnTitle, const QString& rowTitle);
    const QVector<QCPItemText*>& cells() const { return m_cells; } ///< row by row, from below
    static QColor colourAt(double share); ///< of the range of what is shown, 0 to 1
    QSize sizeHint() const override { return {420, 300}; }
    QSize minimumSizeHint() const override { return {220, 160}; }

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

private:
    void applyTheme();
    void fitTexts();

    HeatMap m_map;
    QCPColorMap* m_colours;
    QVector<QCPItemText*> m_cells;
};

} // namespace distill::ui
