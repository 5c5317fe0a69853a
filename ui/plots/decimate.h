// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/pyramid.h"

#include <span>
#include <vector>

namespace distill::ui {

struct PlotPoint {
    double x = 0;
    double y = 0; ///< NaN breaks the line
};

struct Window {
    double low = 0;
    double high = 1;
    int pixels = 1;
    bool logX = false;
    bool logY = false; ///< values of 0 and less are left out
};

/// The points a window needs: of every pixel column the first, the least, the greatest and the last value (and where it
/// breaks off in NaN), at most four, in order; all of them where they are that few. One point beyond each side is kept
/// so that lines leave the window where they should. Infinities are left out. Costs by pixels, not by points.
std::vector<PlotPoint> decimate(std::span<const double> x, std::span<const double> y, const Pyramid& pyramid,
                                const Window& window);

} // namespace distill::ui
