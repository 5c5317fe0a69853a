// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/curveplot.h"

#include <optional>
#include <string>

namespace distill::ui {

/// Where a series is drawn, and how.
struct SeriesPlace {
    QString plot; ///< key of a plot in panePlan()
    QString group; ///< what the panel's key switches on and off together: "terms"
    QString label; ///< of this series: "kd"
    Look look = Look::Dense;
    bool currentOnly = false; ///< of the current run alone, or the panel drowns in lines
};

/// What a series is called where it stands by itself, and how its values read.
struct SeriesText {
    QString title; ///< "Accuracy, validation"
    Numbers numbers = Numbers::Plain;
    bool mayBeLogarithmic = false;
    Look look = Look::Probe;
    int better = 0; ///< 1: more is better, -1: less is, 0: neither
};
SeriesText textOf(const std::string& series);

/// Empty for a series that no panel shows: shares of time. One of another tool, or a balance's factor, is among the other curves.
std::optional<SeriesPlace> placeOf(const std::string& series);

struct PlannedPlot {
    QString key;
    CurvePlot::Options options;
};
struct PlannedPanel {
    QString key;
    QString title;
    bool shown = true; ///< at first
    QVector<PlannedPlot> plots;
    bool whenAny = false; ///< takes no room while it has no curves
};
QVector<PlannedPanel> panePlan();

} // namespace distill::ui
