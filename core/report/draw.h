// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "report/canvas.h"
#include "report/figure.h"

namespace distill::report {

/// Draws a figure from (0, 0) to the right and down, `width` wide, and returns how high it became. `em` is the size of its text.
double draw(Canvas& canvas, const Figure& figure, double width, double em, const Look& look);

/// As draw(), nowhere.
double heightOf(const Figure& figure, double width, double em);

} // namespace distill::report
