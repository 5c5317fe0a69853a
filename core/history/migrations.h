// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/database.h"

#include <functional>
#include <span>

namespace distill {

/// "DsWb": marks the file as a history of this program (PRAGMA application_id).
inline constexpr std::int64_t applicationId = 0x44735762;

/// One step of the chain: takes a file of the version before to `version`.
struct Migration {
    int version;
    std::function<void(Connection&)> apply;
};

/// All steps this program knows, from an empty file on.
std::span<const Migration> migrations();

/// Takes the file to the version of the last step; does nothing where it is there or beyond. Each step is one
/// transaction and looks at the version again inside it, since another process may have been quicker. A file that holds
/// something is copied first, to "PATH.vN.bak".
void migrate(Connection& connection, std::span<const Migration> chain);

} // namespace distill
