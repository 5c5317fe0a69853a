// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/answers.h"
#include "history/history.h"

#include <functional>
#include <memory>

namespace distill {

/// What the reported weights of a finished run answer on the test set, in the order of the data set. Stored when the run ends; where they are
/// not there, computed from its weights (seconds) and stored. Throws InputError where the run has no weights, its data cannot be had, or the
/// data have another number of test samples by now. Call it off the window's thread. `keepGoing` may end a computation early: then the
/// answers are empty.
Answers predictionsOf(const History& history, const RunId& run, const std::function<bool()>& keepGoing = {});

/// The test set that a run is evaluated on, for looking at.
struct TestSet {
    std::string dataset;
    std::vector<std::string> classes; ///< their names
    Choices labels;
    std::vector<std::int64_t> trainingSamples; ///< of each class, in the whole training set
    std::int64_t channels = 0, height = 0, width = 0;
    /// Sample by sample channels x height x width bytes, 0 to 255; empty for data that are no images. Lies in the data set's own memory,
    /// which may be a file's.
    std::span<const std::uint8_t> images;
    std::vector<float> rows; ///< of data that are no images: `channels` values of each sample; else empty
    std::shared_ptr<const void> owner; ///< of the images
};
/// Throws InputError where the data cannot be had. Off the window's thread.
std::shared_ptr<const TestSet> testSetOf(const History& history, const RunId& run);

} // namespace distill
