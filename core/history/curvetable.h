// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"
#include "history/run.h"

namespace distill {

// The statements that read the points of runs; `run` is the run's number in the file.

std::vector<std::string> readSeriesNames(Connection& connection, std::int64_t run); ///< in the order of names
std::vector<Point> readCurve(Connection& connection, std::int64_t run, const std::string& series);
/// As History::coarseCurves().
std::vector<std::vector<Point>> readCoarseCurves(Connection& connection, const std::vector<RunId>& ids, const std::string& series,
                                                 std::size_t points);

} // namespace distill
