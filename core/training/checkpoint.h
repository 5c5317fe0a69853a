// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <ATen/ATen.h>
#include <map>
#include <optional>
#include <string>

namespace distill {

/// All that a run needs to continue bit for bit: named tensors ("student/...", "learned/0/...", "optimiser/...",
/// "batches/...", "dropout", "best/...") and a JSON of plain values.
struct Checkpoint {
    std::map<std::string, at::Tensor> tensors;
    Json values = Json::object();

    /// The tensors whose names start with `prefix`, the prefix taken off.
    std::map<std::string, at::Tensor> part(const std::string& prefix) const;
    void add(const std::string& prefix, const std::map<std::string, at::Tensor>& tensors);
};

/// Writes `folder`/checkpoint-STEP.safetensors, then checkpoint.json that names it with its SHA-256, then removes the one
/// before: at any moment a whole checkpoint is there. Returns the path of the JSON. Throws std::runtime_error.
std::string saveCheckpoint(const std::string& folder, std::int64_t step, const Checkpoint& checkpoint);

/// The last checkpoint of a folder, or nothing where there is none. Throws InputError for a damaged one.
std::optional<Checkpoint> loadCheckpoint(const std::string& folder);

/// A finished run does not continue.
void removeCheckpoints(const std::string& folder);

} // namespace distill
