// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/answers.h"
#include "history/history.h"

#include <functional>
#include <memory>

namespace distill {

/// What the reported weights of a finished run answer on the test set, in the order of the data set. Stored when the run ends; of a run
/// from before that, computed from its weights (seconds) and stored. Throws InputError where the run has no weights or its data cannot be had.
/// Call it off the window's thread. `keepGoing` may end a computation early: then the answers are empty.
Answers predictionsOf(const History& history, const RunId& run, const std::function<bool()>& keepGoing = {});

/// The test set that a run is evaluated on, for looking at.
struct TestSet {
    std::string dataset;
    std::vector<std::string> classes; ///< their names
    Choices labels;
    std::vector<std::int64_t> trainingSamples; ///< of each class, in the training set that the run's labels come from
    std::int64_t channels = 0, height = 0, width = 0;
    /// Samples by sample: channels x height x width bytes, 0 to 255; empty for data that are no images.
    std::vector<std::uint8_t> images;
    std::vector<float> points; ///< of two-dimensional data: x and y of each sample; else empty
};
/// Throws InputError where the data cannot be had. Off the window's thread.
std::shared_ptr<const TestSet> testSetOf(const History& history, const RunId& run);

} // namespace distill
