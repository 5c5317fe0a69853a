// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/batches.h"
#include "models/model.h"

namespace distill {

/// What a teacher says of a batch.
struct Targets {
    at::Tensor logits; ///< [B, K] float32, no gradient
    Taps taps;
};

/// Where soft targets come from. The student's side sees this and nothing else of the teacher.
class Teacher {
public:
    virtual ~Teacher() = default;
    virtual Targets targets(const Batch& batch, const std::vector<std::string>& taps) = 0;
    /// The network itself where there is one (features, evaluation, cost); null for a teacher behind a wall.
    virtual Model* model() = 0;
    /// How many samples' targets it has computed; those of a store cost nothing and do not count.
    virtual std::int64_t computed() const = 0;
};

/// A network, moved to the device and frozen: its batch norms go into its convolutions.
std::unique_ptr<Teacher> makeModelTeacher(std::unique_ptr<Model> model, at::Device device, const Execution& execution = {});

} // namespace distill
