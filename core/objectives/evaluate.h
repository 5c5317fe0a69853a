// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "objectives/objective.h"

namespace distill {

using NamedTensors = std::map<std::string, at::Tensor>;

/// An objective computed outside a run, on tensors of any floating-point type.
struct ObjectiveValue {
    double value = 0;
    NamedTensors gradients;  ///< of each student/... tensor and each parameter/...; zeros where it does not depend on it
    NamedTensors parameters; ///< of the learned part, as they were used: parameter/... and memory/...
};

/// What an objective of `selection` (parameters complete) says of tensors named
///   student/logits, student/tap0, student/tap1, ...   what the student answered: [B, K], [B, L, V], [B, C, H, W], [B, F]
///   teacher/logits, teacher/tap0, ...                 the teacher, likewise
///   labels, index                                     int64 [B] (labels of token sequences [B, L])
///   mask                                              [B, L], not 0 where a token counts
///   parameter/NAME, memory/NAME                       the learned part's weights and what it remembers; where none are
///                                                     given, those that a run of seed 0 would begin with
/// Throws InputError for a tensor of another name, type or shape than the objective can take, and for one that it needs and
/// that is not there.
ObjectiveValue evaluateObjective(const Selection& selection, const NamedTensors& tensors);

} // namespace distill
