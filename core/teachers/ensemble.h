// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/batches.h"
#include "experiment/experiment.h"

namespace distill {

/// One answer [B, K] from the logits [B, K] of each member, in their type. With w_m the members' weights, normalised for each
/// sample, and T the temperature:
///     probabilities:      z = T log sum_m w_m softmax(z_m / T), whose softmax at T is the mean of theirs (Hinton, Vinyals, Dean
///                         2015, section 1: the arithmetic mean of an ensemble's predictions)
///     log_probabilities:  z = sum_m w_m log softmax(z_m), the geometric mean once it is normalised
///     logits:             z = sum_m w_m z_m
/// The last two differ by a number for each sample, which no softmax sees and a regression of logits does. Weighting
///     fixed:       w_m as in the document
///     confidence:  times max_k softmax(z_m)_k
///     loss:        times softmax(z_m)_y, with labels of a mixed sample each by its share; where no label is known as fixed
/// `batch` holds the labels; null where none may be used (evaluation): then as fixed. A single member is handed through.
at::Tensor combined(const std::vector<at::Tensor>& logits, const EnsembleSettings& settings, const Batch* batch);

} // namespace distill
