// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/dataset.h"

namespace distill {

/// Which training samples serve for what. All are indices into Dataset::train.
struct Split {
    at::Tensor validation; ///< int64 [V], stratified by class
    at::Tensor transfer;   ///< int64 [M]: what the student is shown, classes left out removed
    at::Tensor labels;     ///< int64 [M]: label of each transfer sample, -1 where the student may not know it
    at::Tensor probe;      ///< int64 [P]: the first `probeSize` of a shuffled validation set
    std::int64_t labelled = 0; ///< how many of `labels` are known
    std::vector<double> mean, deviation; ///< per channel, of the training samples without validation, inputs in [0, 1]
};

/// The same dataset and settings give the same split, whatever the run's seed. Throws InputError: a share or subset that
/// leaves a class without training samples or nothing to train on, a class to leave out that does not exist.
Split makeSplit(const Dataset& dataset, const DataSettings& settings, std::int64_t probeSize);

} // namespace distill
