// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/model.h"

namespace distill {

/// What goes into a TorchScript file beside the network.
struct TorchScriptContent {
    std::vector<double> mean, deviation; ///< of inputs from 0 to 1, one a channel
    std::vector<std::string> classes;    ///< the module's attribute `classes`
    std::map<std::string, std::string> texts; ///< name -> text, which torch.jit.load's _extra_files reads
};

/// Writes a network that PyTorch loads without this program: forward(inputs) takes [B, channels, height, width], uint8 from 0 to 255
/// or floating-point from 0 to 1, of any B, normalises them and gives logits [B, classes], as the network does while evaluating. The
/// names in its state dict are network.NAME with the names of ours. Inputs of another size raise an exception that says what is wanted.
///
/// The network's own forward pass is recorded, so what is written cannot differ from what was trained; what was written is then read
/// again and compared with it on random inputs. Returns the largest difference of a logit. The network must not be frozen. Throws
/// std::runtime_error where the file cannot be written or answers otherwise.
double writeTorchScript(const std::string& path, Model& model, const InputShape& shape, const TorchScriptContent& content);

} // namespace distill
