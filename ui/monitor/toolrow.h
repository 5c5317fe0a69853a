// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;
class QComboBox;
class QLabel;
class QSlider;
class QToolButton;

namespace distill::ui {

class PlotView;

/// How the curves are looked at: smoothing, what runs along, logarithmic axes, outliers, events, fit. Remembered.
class ToolRow : public QWidget {
    Q_OBJECT

public:
    explicit ToolRow(PlotView& view, QWidget* parent = nullptr);

    QAction* fit() const { return m_fit; }
    QAction* logY() const { return m_logY; }
    QAction* logX() const { return m_logX; }
    QAction* outliers() const { return m_outliers; }
    QAction* events() const { return m_events; }
    void setPanelsMenu(class QMenu* menu);

    /// Places of the slider, 0 to 100, spread so that the useful weights near 1 have room.
    static double weightAt(int place);
    static int placeOf(double weight);

private:
    void remember();

    PlotView& m_view;
    QSlider* m_smoothing;
    QLabel* m_weight;
    QComboBox* m_axis;
    QToolButton* m_panels;
    QAction *m_fit, *m_logY, *m_logX, *m_outliers, *m_events;
};

} // namespace distill::ui
