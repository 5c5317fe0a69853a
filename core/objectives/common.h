// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "objectives/objective.h"

namespace distill {

/// Mean cross-entropy over the samples whose label is known; without one, 0 with a gradient function. The mean is taken
/// without reading the count from the device. `labelSmoothing` is PyTorch's: that share of the target is spread evenly over
/// all K classes, the right one included. A mixed sample counts for both of its classes, each by its share, as mixup's and
/// CutMix's codes have it.
at::Tensor labelledCrossEntropy(const at::Tensor& logits, const HardLabels& labels, double labelSmoothing = 0);

/// Throws InputError where the teacher is a network here and chooses among another number of classes.
void requireSameClasses(const ObjectiveSetting& setting, const std::string& objective);

/// Shape of a tap for one sample. Throws InputError, naming the taps there are, where the model has no such tap; `key`
/// is the parameter it was given in.
std::vector<std::int64_t> shapeOfTap(Model& model, const InputShape& input, const std::string& tap,
                                     const std::string& key);

} // namespace distill
