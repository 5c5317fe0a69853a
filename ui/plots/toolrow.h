// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/numbers.h"

#include <QVector>
#include <QWidget>

class QAction;
class QComboBox;
class QLabel;
class QSlider;
class QToolButton;

namespace distill::ui {

class PlotView;

/// How the curves are looked at: smoothing, what runs along, logarithmic axes, outliers, events, fit. Remembered under a
/// name, and shown as the view has it when that is changed elsewhere.
class ToolRow : public QWidget {
    Q_OBJECT

public:
    ToolRow(PlotView& view, const QString& settings, QWidget* parent = nullptr);

    struct Metric {
        std::string series;
        QString title;
        Numbers numbers = Numbers::Plain;
        bool operator==(const Metric&) const = default;
    };
    /// Series that may run along, below steps, epochs, time and samples.
    void setMetrics(const QVector<Metric>& metrics);
    /// Further controls at the end of the row, with a label before it where there is one.
    void addWidget(QWidget* widget, const QString& label = {});

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
    void showView();
    void chooseAxis(int index);
    void fillAxis();

    PlotView& m_view;
    QString m_settings;
    QVector<Metric> m_metrics;
    QSlider* m_smoothing;
    QLabel* m_weight;
    QComboBox* m_axis;
    QToolButton* m_panels;
    QAction *m_fit, *m_logY, *m_logX, *m_outliers, *m_events;
};

} // namespace distill::ui
