// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QSet>

namespace distill::ui {

class RunModel;

/// The runs whose curves explain a run: those of its submission (of a large one, those of its seed), their teachers and
/// their controls. Empty for a run that is not in the table.
QSet<RunId> familyOf(const RunId& run, const RunModel& runs);

} // namespace distill::ui
