// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"

namespace distill {

/// RunRow::seedlessHash: 32 hexadecimal digits of what a document says without its seed and what does not change the result (name, notes,
/// tags, device, threads). A run that teaches counts by its own seedless hash, so that the students of each seed's own teacher belong
/// together; `connection` is asked for it.
std::string seedlessHash(Connection& connection, const std::string& experimentText);

} // namespace distill
