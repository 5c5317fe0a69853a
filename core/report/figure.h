// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Figures as plain values: what is to be seen, not how.
namespace distill::report {

enum class Scale { Number, Share, Count }; ///< how an axis is labelled: 0.25, 25 %, 25 k

/// Curves, each perhaps with a band around it. Values that are not finite leave a gap.
struct LineChart {
    struct Series {
        std::string name;
        std::vector<double> x, y;
        std::vector<double> low, high; ///< of the band; empty without one
        int colour = 0; ///< a place in the palette
        bool dashed = false;
    };
    struct Level { ///< a horizontal line
        std::string name;
        double y = 0;
    };
    std::string xTitle, yTitle;
    Scale yScale = Scale::Number;
    std::vector<Series> series;
    std::vector<Level> levels;
};

/// How often a network is right at each confidence, beside the diagonal of one that knows how sure it may be.
struct ReliabilityDiagram {
    struct Bin {
        double confidence = 0, accuracy = 0; ///< means; NaN in an empty bin
        double share = 0; ///< of the samples
    };
    struct Network {
        std::string name;
        std::vector<Bin> bins;
        int colour = 0;
    };
    std::vector<Network> networks;
};

/// Points, those on the Pareto front joined by a line.
struct ScatterChart {
    struct Point {
        std::string name;
        double x = 0, y = 0;
        double low = 0, high = 0; ///< of y, drawn as a bar; NaN without one
        int colour = 0;
        bool front = false;
    };
    std::string xTitle, yTitle;
    Scale xScale = Scale::Count, yScale = Scale::Share;
    bool xLogarithmic = false;
    std::vector<Point> points;
};

/// A table of shares as shades, row by row.
struct HeatMap {
    std::string xTitle, yTitle;
    std::vector<std::string> columns, rows;
    std::vector<std::vector<double>> values; ///< 0 to 1; NaN is left empty
};

using Figure = std::variant<LineChart, ReliabilityDiagram, ScatterChart, HeatMap>;

} // namespace distill::report
