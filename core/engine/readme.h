// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <map>

namespace distill {

// Plain texts that lie beside exported files, for someone who has never seen this program. `metadata` is the weights': model, input,
// classes. `row` has its summary.
std::string readmeOfFolder(const RunRow& row, const std::map<std::string, std::string>& metadata);
std::string readmeOfTorchScript(const RunRow& row, const std::map<std::string, std::string>& metadata, const std::string& file);

} // namespace distill
