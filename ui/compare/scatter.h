// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/quantities.h"
#include "ui/compare/setup.h"
#include "ui/plots/qcp.h"

#include <memory>
#include <optional>

class QComboBox;
class QLabel;

namespace distill::ui {

struct ScatterPoint {
    RunId run;
    QString name;
    double x = 0, y = 0;
    bool baseline = false;
    double deviationX = 0, deviationY = 0; ///< of seeds that are drawn as their mean
    bool operator==(const ScatterPoint&) const = default;
};

/// Runs as points over two quantities. Those that no other beats in both are joined by the Pareto front, where it is known of both
/// which direction is better.
///
/// Mouse: hover names a run, click chooses it, wheel zooms, drag pans, double click fits. Keys: left and right walk through the
/// runs, Return chooses, + and - zoom, F fits.
class ScatterPlot : public QCustomPlot {
    Q_OBJECT

public:
    explicit ScatterPlot(QWidget* parent = nullptr);

    /// To be called before setPoints().
    void setAxes(const Quantity& x, const Quantity& y, bool logX, bool logY);
    /// Those that cannot be placed are left out and counted.
    void setPoints(QVector<ScatterPoint> points);
    void setLabelled(bool on);
    void setHighlighted(const RunId& run);
    const QVector<ScatterPoint>& points() const { return m_points; }
    const std::vector<std::size_t>& front() const { return m_front; } ///< places in points()
    int leftOut() const { return m_leftOut; }
    QPointF placeOf(const RunId& run) const; ///< in pixels
    const RunId& current() const { return m_current; }
    void fit();
    QString summary() const;

    QSize sizeHint() const override { return {420, 240}; }
    QSize minimumSizeHint() const override { return {200, 120}; }

Q_SIGNALS:
    void runHovered(const distill::RunId& run); ///< "" for none
    void runActivated(const distill::RunId& run);

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    friend class ScatterItem;
    friend class HoverItem;

    const ScatterPoint* nearest(const QPointF& at) const;
    void setCurrent(const RunId& run, bool tell);
    void applyTheme();
    void findFront();
    QPointF pixelOf(const ScatterPoint& point) const;
    QPointF pixelOf(double x, double y) const;
    void zoom(double factor);

    Quantity m_x, m_y;
    QVector<ScatterPoint> m_points;
    std::vector<std::size_t> m_front;
    RunId m_current;
    int m_leftOut = 0;
    bool m_moved = false; ///< other axes than the points were placed on
    bool m_labelled = true;
    std::optional<QPoint> m_pressed;
    QCPLayerable* m_hover = nullptr;
};

/// The plot with what chooses its axes.
class ScatterPane : public QWidget {
    Q_OBJECT

public:
    explicit ScatterPane(QWidget* parent = nullptr);

    void setComparison(std::shared_ptr<const Comparison> comparison);
    void setSetup(const ComparisonSetup& setup);
    void storeIn(ComparisonSetup& setup) const;
    void setHighlighted(const RunId& run) { m_plot->setHighlighted(run); }
    ScatterPlot& plot() { return *m_plot; }

Q_SIGNALS:
    void setupChanged();
    void runHovered(const distill::RunId& run);
    void runActivated(const distill::RunId& run);

protected:
    void changeEvent(QEvent* event) override;

private:
    void fill();
    QVector<ScatterPoint> pointsOf(const Quantity& x, const Quantity& y) const;
    void showPoints();

    std::shared_ptr<const Comparison> m_comparison;
    std::vector<Quantity> m_quantities;
    ComparisonSetup m_setup;
    QComboBox* m_x;
    QComboBox* m_y;
    QAction* m_logX;
    QAction* m_logY;
    QAction* m_labels;
    QAction* m_means;
    QLabel* m_note;
    ScatterPlot* m_plot;
};

} // namespace distill::ui
