// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace distill {

/// What a network answers on a set of samples.
struct Answers {
    std::int64_t classes = 0;
    std::vector<float> logits; ///< sample by sample, `classes` each

    std::int64_t samples() const { return classes == 0 ? 0 : static_cast<std::int64_t>(logits.size()) / classes; }
    std::span<const float> of(std::int64_t sample) const;
};

using Choices = std::vector<std::int32_t>; ///< a class for each sample; of labels -1 where it is not known

/// The class chosen for each sample: the first of the largest logits. What is no number counts as the largest, as Torch has it.
Choices choicesOf(const Answers& answers);

/// Probabilities of one sample's logits at a temperature above 0: softmax(logits / temperature). All NaN where a logit is.
std::vector<double> softened(std::span<const float> logits, double temperature = 1);

} // namespace distill
