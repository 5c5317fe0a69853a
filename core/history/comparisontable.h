// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"
#include "history/run.h"

namespace distill {

// The statements on the comparisons that people keep. Those that write expect an open transaction.

std::vector<SavedComparison> readComparisons(Connection& connection); ///< saved last, first
void saveComparison(Connection& connection, const std::string& name, const Json& content);
void renameComparison(Connection& connection, const std::string& name, const std::string& newName);
void removeComparison(Connection& connection, const std::string& name);

} // namespace distill
