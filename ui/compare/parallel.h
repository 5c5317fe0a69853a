// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/quantities.h"
#include "ui/compare/setup.h"

#include <QWidget>
#include <map>
#include <memory>
#include <optional>

class QComboBox;
class QLabel;
class QMenu;
class QPushButton;
class QToolButton;

namespace distill::ui {

/// Parallel coordinates: an axis a quantity, a line a run. A range brushed on an axis leaves the runs within it and fades the others.
///
/// Mouse: drag on an axis brushes, drag a brush moves it, click on the axis beside it clears it, hover names a run, click chooses it.
/// Keys: left and right choose the axis, with Ctrl move it; Page Up and Page Down raise and lower the lower end of its brush, with
/// Shift the upper one; Delete clears it, Escape all; up and down walk through the runs that are left, Return chooses.
class ParallelPlot : public QWidget {
    Q_OBJECT

public:
    explicit ParallelPlot(QWidget* parent = nullptr);

    void setRuns(std::vector<RunId> runs, QStringList names);
    /// With one value a run each. Brushes of other axes are forgotten.
    void setAxes(std::vector<Quantity> axes);
    const std::vector<Quantity>& axes() const { return m_axes; }
    void setColouredBy(std::optional<Quantity> quantity); ///< none: each run in its own colour
    void setBrushes(std::map<std::string, Range> brushes);
    const std::map<std::string, Range>& brushes() const { return m_brushes; }
    void setHighlighted(const RunId& run);
    bool isLeft(std::size_t run) const; ///< within every brush
    std::vector<RunId> left() const;
    QColor colourOf(std::size_t run) const;
    QPointF placeOf(std::size_t axis, double value) const; ///< in pixels
    QString summary() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void brushed();
    void axesMoved();
    void runHovered(const distill::RunId& run); ///< "" for none
    void runActivated(const distill::RunId& run);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Scale {
        Range range;
        bool logarithmic = false;
    };
    QRectF area() const;
    double x(std::size_t axis) const;
    double y(std::size_t axis, double value) const;
    double valueAt(std::size_t axis, double y) const;
    std::optional<std::size_t> axisAt(const QPointF& at) const;
    std::optional<std::size_t> runAt(const QPointF& at) const;
    void paintAxis(QPainter& painter, std::size_t axis) const;
    void paintRun(QPainter& painter, std::size_t run, const QPen& pen) const;
    void paintScale(QPainter& painter) const;
    void setCurrent(std::optional<std::size_t> run, bool tell);
    void setBrush(std::size_t axis, std::optional<Range> range);
    void moveAxis(int by);
    void stretchBrush(double share, bool upper);
    void walk(int by);
    void describe();

    std::vector<RunId> m_runs;
    QStringList m_names;
    std::vector<Quantity> m_axes;
    std::vector<Scale> m_scales;
    std::optional<Quantity> m_colouredBy;
    std::map<std::string, Range> m_brushes;
    std::optional<std::size_t> m_current; ///< run under the pointer or chosen by keys
    std::size_t m_axis = 0; ///< that the keys work on
    struct Drag {
        std::size_t axis;
        double from; ///< pixels
        std::optional<Range> moved; ///< the brush as it was, where it is moved as a whole
    };
    std::optional<Drag> m_drag;
    std::optional<QPoint> m_pressed;
};

/// The plot with what chooses its axes and colours.
class ParallelPane : public QWidget {
    Q_OBJECT

public:
    explicit ParallelPane(QWidget* parent = nullptr);

    void setComparison(std::shared_ptr<const Comparison> comparison);
    void setSetup(const ComparisonSetup& setup);
    void storeIn(ComparisonSetup& setup) const;
    void setHighlighted(const RunId& run) { m_plot->setHighlighted(run); }
    ParallelPlot& plot() { return *m_plot; }

Q_SIGNALS:
    void setupChanged();
    void runHovered(const distill::RunId& run);
    void runActivated(const distill::RunId& run);
    void keepRequested(const std::vector<distill::RunId>& runs); ///< the brushed out ones are to leave the comparison

protected:
    void changeEvent(QEvent* event) override;

private:
    void fill();
    void fillMenu();
    void count();
    std::vector<std::string> shownAxes() const;

    std::vector<Quantity> m_quantities;
    std::shared_ptr<const Comparison> m_comparison;
    ComparisonSetup m_setup;
    QToolButton* m_axes;
    QMenu* m_menu;
    QComboBox* m_colour;
    QLabel* m_count;
    QPushButton* m_clear;
    QPushButton* m_keep;
    ParallelPlot* m_plot;
};

} // namespace distill::ui
