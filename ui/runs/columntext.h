// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/runcolumn.h"

#include <QString>

namespace distill::ui {

class RunModel;

/// A value as a cell shows it; "" where there is none.
QString valueText(const Json& value, RunColumn::Type type);

/// Of the members of a group whose value is known.
struct Statistics {
    int count = 0;
    double mean;          ///< NaN where none is known
    double deviation = 0; ///< of the sample, n - 1
    Statistics();
};
Statistics statisticsOf(const RunModel& runs, const std::vector<int>& members, int column);
/// "91.2 ± 0.3 %"; one value by itself has no deviation.
QString spreadText(const Statistics& statistics, RunColumn::Type type);

/// A run's name without the " (seed 3)" at its end.
std::string withoutSeed(const std::string& name);

} // namespace distill::ui
