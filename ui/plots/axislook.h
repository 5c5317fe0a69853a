// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/qcp.h"

namespace distill::ui {

/// Between a background (0) and the text on it (1).
QColor mixed(const QColor& base, const QColor& text, double share);
/// Axes, grid and background in the colours of a palette, as in all plots of the window. Returns the font of the tick labels.
QFont colourAxes(QCustomPlot& plot, const QPalette& theme);

} // namespace distill::ui
