// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/cursor.h"
#include "ui/plots/decimate.h"
#include "ui/plots/ticker.h"
#include "ui/plots/view.h"

#include <QElapsedTimer>

class QLabel;
class QRubberBand;

namespace distill::ui {

/// How a curve is drawn. Colour says which run it is; width, dash and markers say what was measured.
enum class Look {
    Dense, ///< a value a step: smoothed, with the raw values faint behind
    Faint, ///< a value a step that matters less: smoothed alone, thin and faint
    Thin, ///< a part of a whole: smoothed alone, thin and dotted
    Measured, ///< a measurement now and then: a line through markers, never smoothed
    Probe, ///< a measurement on a sample: a dashed line, never smoothed
    Exact, ///< a setting: a plain line, never smoothed
};

struct PlotCurve {
    RunId run;
    QString runName;
    QString label; ///< what was measured: "validation"
    std::shared_ptr<const Curve> curve;
    Look look = Look::Dense;
    std::shared_ptr<const Curve> along = nullptr; ///< where each sample lies on the view's metric, sample by sample
    std::shared_ptr<const Curve> low = nullptr, high = nullptr; ///< edges of a band around the curve, of the same steps
    RunId paintedAs = {}; ///< the run whose colour it has, where that is another one
    bool exact = false; ///< never smoothed, whatever its look
};

struct PlotEvent {
    RunId run;
    double x = 0; ///< on the view's axis
    bool major = true;
    QString text;
    QString stage; ///< name of the stage that begins here: drawn beside its line
};

/// Curves of several runs over steps, epochs or time. What is drawn costs by pixels: each curve is thinned to the
/// extremes of every pixel column before QCustomPlot sees it.
///
/// Mouse: wheel zooms the axis under it (in the middle: along), drag pans, Shift or Ctrl and drag zooms to a rectangle,
/// double click fits. Keys: left and right move the cursor, + and - zoom, Page Up and Page Down pan, Home and End, F
/// fits, Escape.
class CurvePlot : public QCustomPlot {
    Q_OBJECT

public:
    static constexpr int longestWait = 1000; ///< milliseconds

    struct Options {
        QString title;
        Numbers numbers = Numbers::Plain;
        bool mayBeLogarithmic = false; ///< obeys the view's logY
        QString empty; ///< said while there is nothing to draw
        bool captioned = false; ///< shows the title inside, for a plot that shares its panel
    };

    CurvePlot(PlotView& view, Options options, QWidget* parent = nullptr);
    ~CurvePlot() override;

    void setCurves(QVector<PlotCurve> curves);
    const QVector<PlotCurve>& curves() const;
    void setEvents(const QVector<PlotEvent>& events);
    void setHighlighted(const RunId& run); ///< "" for none
    void setAxisLabelsVisible(bool visible); ///< off where a plot below shows the same axis
    const Options& options() const;

    /// The curves have new samples: drawn at the next refresh().
    void markChanged();
    /// Draws where something changed and the plot can be seen. Where it may wait, new samples are drawn once they move a
    /// curve by two pixels, or `longestWait` after the last picture: trainers lose more than the time a picture takes.
    /// Returns the milliseconds it took, 0 where it drew nothing.
    double refresh(bool mayWait = false);
    bool waits() const { return m_waits; } ///< the last refresh() left samples for later
    double lastReplotMilliseconds() const;

    Range verticalRange() const;
    /// How many samples of the drawn curves lie above or below what is shown, within the horizontal range.
    std::size_t outside() const;
    /// The points handed to QCustomPlot, of all curves.
    std::size_t drawnPoints() const;
    const QVector<CursorItem::Row>& readOut() const;
    QVector<EventItem::Label> stageLabels() const; ///< as drawn
    /// "run a, validation: 91.20 % at step 1200; ..." of the last values.
    QString summary() const;

    /// Draws title-less curves and axes for a picture of this size, in the colours of `palette`. `hairline` is how wide
    /// the noise of raw values is drawn.
    void paintInto(QCPPainter& painter, const QSize& size, const QPalette& palette, double hairline);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void outsideChanged(std::size_t above);

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

private:
    /// A curve with its graphs, and what the graphs were made from.
    struct Entry {
        PlotCurve curve;
        QCPGraph* raw = nullptr; ///< the samples as they are
        QCPGraph* line = nullptr; ///< smoothed
        QCPGraph* breaks = nullptr; ///< where NaN begins
        QCPGraph* low = nullptr; ///< edges of the band
        QCPGraph* high = nullptr;
        QCPCurve* trace = nullptr; ///< over a metric, in the order of steps
        std::vector<std::size_t> kept; ///< samples that the trace is drawn through
        std::uint64_t version = 0;
        double smoothing = -1;
        XAxis axis = XAxis::Step;
        Window window;
        double newest = 0; ///< where the last sample lay
        bool filled = false;
        bool moves = false; ///< has grown since it was first drawn
        bool any = false;
        Range whole; ///< of the points drawn
    };

    void invalidate();
    void placeLabels();
    void prepare(int width);
    static void fill(QCPGraph* graph, const std::vector<PlotPoint>& points);
    void prepareEntry(Entry& entry, const Window& window);
    void prepareTrace(Entry& entry, const Window& window);
    void prepareBand(Entry& entry, const Window& window);
    void include(Entry& entry, const std::vector<PlotPoint>& points) const;
    std::optional<std::size_t> sampleAt(const Entry& entry, double x) const;
    double growth() const;
    QColor colourOf(const Entry& entry, const QPalette& theme) const;
    void placeVertically(const Window& window);
    void setUpAxes();
    void setUpPens(const QPalette& palette);
    void applyTheme(const QPalette& palette);
    void updateCursor();
    void drawCursor();
    Window window(int width) const;
    Range zoomed(const QCPAxis& axis, double pixel, double factor) const;
    Range panned(const QCPAxis& axis, double pixels) const;
    void setVerticalRange(const Range& range);
    void moveCursor(double pixels);

    PlotView& m_view;
    Options m_options;
    QVector<PlotCurve> m_curves;
    std::vector<std::unique_ptr<Entry>> m_entries;
    RunId m_highlighted;
    CursorItem* m_cursor = nullptr;
    EventItem* m_events = nullptr;
    QVector<PlotEvent> m_eventData;
    QLabel* m_empty = nullptr;
    QLabel* m_badge = nullptr;
    QLabel* m_caption = nullptr;
    QTimer m_soon;
    QPalette m_theme;
    bool m_dirty = true;
    bool m_waits = false;
    bool m_all = true; ///< more than new samples of curves that move
    bool m_logarithmic = false;
    bool m_smooths = false;
    bool m_verticalByHand = false;
    bool m_axisLabels = true;
    bool m_painting = false;
    double m_hairline = 1;
    double m_milliseconds = 0;
    QElapsedTimer m_drawn;
    std::size_t m_outside = 0;
    std::size_t m_dropped = 0; ///< not positive, on a logarithmic axis
    QRubberBand* m_band = nullptr;
    std::optional<QPoint> m_pressed;
    Range m_pressedX, m_pressedY;
    bool m_dragging = false;
};

} // namespace distill::ui
