// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/curve.h"

#include <iosfwd>

namespace distill::ui {

/// Curves as they stood when they were taken, to be written on another thread.
struct CurveCopy {
    RunId run;
    std::string series;
    std::vector<Sample> samples;
};
CurveCopy copyOf(const RunId& run, const std::string& series, const Curve& curve);

/// run,series,step,epoch,seconds,value: every sample, numbers in the shortest form that reads back the same bits.
void writeCsv(const std::vector<CurveCopy>& curves, std::ostream& out);

} // namespace distill::ui
