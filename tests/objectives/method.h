// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "objectives/evaluate.h"
#include "support.h"

#include <functional>

namespace distill::test {

/// An objective beside a reference written from its formula in double.
struct MethodCase {
    std::string what; ///< "two pairs, other channels"
    std::string kind;
    Json parameters = Json::object();
    NamedTensors tensors = {}; ///< double; as evaluateObjective() names them
    /// The loss from double tensors, the student's and the learned part's with gradients.
    std::function<at::Tensor(const NamedTensors&)> reference;
    bool differences = true; ///< also against finite differences of the reference
};

/// Value and gradients to 1e-6 in double and 1e-4 in float, relative to the largest number of each tensor; gradients also
/// against central differences of the reference at some entries. Adds to the table that is printed at the end.
void expectMethod(const MethodCase& each);

/// [sizes] of normal numbers, double, the same for the same seed.
at::Tensor randomTensor(at::IntArrayRef sizes, std::uint64_t seed, double deviation = 1);

/// The parameters of an objective, defaults filled in.
Json parametersOf(const std::string& kind, const Json& given);

} // namespace distill::test
