// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/answers.h"

namespace distill {

/// Samples whose confidence (the largest probability) lies in one of equal bins of [0, 1]; a bin holds its upper edge, not its lower.
struct ReliabilityBin {
    std::int64_t samples = 0;
    double confidence = 0; ///< mean; NaN in an empty bin, as is
    double accuracy = 0;
};

/// Guo et al. 2017.
struct Calibration {
    std::vector<ReliabilityBin> bins;
    double error = 0;  ///< ECE: sum over bins of samples/N |accuracy - confidence|
    double signedError = 0; ///< the same of confidence - accuracy: above 0 overconfident, below underconfident
};

/// Of the labelled samples, at a temperature; answers that are no numbers are left out. The errors of no sample are NaN.
Calibration calibrationOf(const Answers& answers, const Choices& labels, double temperature = 1, int bins = 15);

/// The temperature at which the answers' cross-entropy with the labels is least, in [0.05, 20] to three digits. It leaves every choice. 1 without labels.
double bestTemperature(const Answers& answers, const Choices& labels);

} // namespace distill
