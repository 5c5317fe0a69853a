// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QIcon>
#include <QPalette>

namespace distill::ui {

/// A state as shape and colour, so that neither carries it alone.
QIcon stateIcon(RunState state, const QPalette& palette);
QString stateText(RunState state);
/// The colour and line style of a run's curves; hollow while they are not shown.
QIcon swatchIcon(const RunId& run, bool shown, const QPalette& palette);

} // namespace distill::ui
