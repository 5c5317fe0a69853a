// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QColor>

class QPalette;

namespace distill::ui {

/// The colour of a run's curves: Okabe and Ito's colours, safe for the colour-blind, the same for a run wherever and
/// whenever it is shown. Runs made one after another get different ones. Lightened on a dark palette to keep contrast.
QColor colourOf(const RunId& run, const QPalette& palette);
/// A second channel beside colour: line style number 0 to 3, changes when the colours begin anew.
int lineStyleOf(const RunId& run);

bool isDark(const QPalette& palette);

} // namespace distill::ui
