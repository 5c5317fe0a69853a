// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"

#include <iosfwd>

namespace distill {

/// The named series (all where empty) of runs as CSV, a row a point, at full resolution: series,step,epoch,seconds,value, and of
/// several runs run,name in front, the run's id and its name. Throws InputError for a series that none of the runs has.
void writeCurves(const History& history, const std::vector<RunId>& runs, const std::vector<std::string>& series, std::ostream& out);

/// The same into a file that appears whole or not at all. Throws InputError where it cannot be written.
void writeCurvesFile(const History& history, const std::vector<RunId>& runs, const std::string& file);

/// Each run's curves as an event file of TensorBoard in a folder of its own inside `folder`, so that it shows them beside each other;
/// tags are our names of series. Beside them what its table of hyperparameters needs: the document's values. A run that is exported
/// again replaces what it wrote before. The format knows float32 values, steps and wall times, and no epochs. Returns the folders.
/// Throws InputError where they cannot be written or a run has no curves.
std::vector<std::string> exportTensorBoard(const History& history, const std::vector<RunId>& runs, const std::string& folder);

/// A name for a run's folder on any file system: its own, and the end of its id. "KD-seed-1-8Q2F7A"
std::string folderNameOf(const RunRow& run);

} // namespace distill
