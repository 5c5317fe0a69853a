// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"
#include "history/run.h"

namespace distill {

/// As History::values().
RunValues readValues(Connection& connection, const std::vector<ValueSource>& sources);

} // namespace distill
