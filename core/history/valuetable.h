// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"
#include "history/run.h"

namespace distill {

/// As History::values(). A pointer with "*" ("/stages/*/objective/*/temperature") gives the value or null of each item in turn, [] where
/// there is none.
RunValues readValues(Connection& connection, const std::vector<ValueSource>& sources);

} // namespace distill
