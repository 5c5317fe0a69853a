// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <string>
#include <vector>

namespace distill {

/// One "key=value" of a command line: the value as JSON where it reads as such, else as text.
struct ObjectiveParameter {
    std::string key, value;
};

/// Computes an objective on the tensors of a safetensors file (named as core/objectives/evaluate.h says). The parameter
/// "convention" stands for those of a published code's preset, which others then override; taps that no parameter names are
/// tap0, tap1, ... as the file has them. The result: {"objective", "parameters", "value", "gradients": {name: nested lists},
/// "learned": {name: sizes}}. Gradients are also written to `gradientsFile` unless that is empty. Throws InputError for an
/// unknown objective, preset, parameter or tensor and for what the objective cannot take.
Json evaluateObjectiveFile(const std::string& kind, const std::string& tensorsFile,
                           const std::vector<ObjectiveParameter>& parameters, const std::string& gradientsFile = {});

} // namespace distill
