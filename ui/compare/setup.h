// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"
#include "ui/plots/curve.h"
#include "ui/plots/outliers.h"

#include <map>
#include <string>
#include <vector>

namespace distill::ui {

/// What is compared and how it is looked at: all that a saved comparison reopens.
struct ComparisonSetup {
    enum class Layout { ByMetric, ByRun }; ///< a plot a metric with all runs in it, or a plot a run
    enum class Band { None, Deviation, Extremes };
    enum class View { Both, Curves, Details };

    std::vector<RunId> runs; ///< in the order of the columns
    RunId baseline; ///< one of the runs, or ""
    View view = View::Both;
    int page = 0; ///< of the details

    XAxis axis = XAxis::Step;
    std::string metric; ///< series that runs along, of XAxis::Metric
    std::vector<std::string> series; ///< drawn; empty: those that most people look at
    Layout layout = Layout::ByMetric;
    bool grouped = true; ///< seeds as their mean
    Band band = Band::Deviation;
    bool members = false; ///< the runs of a group, too
    double smoothing = 0.97;
    bool logX = false, logY = false, clipsOutliers = true;

    bool differencesOnly = true;

    std::string scatterX = "parameters", scatterY = "test/accuracy"; ///< keys of quantities
    bool scatterLogX = false, scatterLogY = false, scatterLabels = true, scatterMeans = false;

    std::vector<std::string> axes; ///< of the parallel coordinates; empty: the fields that differ and the chief figures
    std::string colouredBy = "test/accuracy"; ///< "": each run in its own colour
    std::map<std::string, Range> brushes;

    bool operator==(const ComparisonSetup&) const = default;

    Json toJson() const;
    /// What is missing or of another type keeps its default: a later program may have written it.
    static ComparisonSetup fromJson(const Json& json);
};

} // namespace distill::ui
