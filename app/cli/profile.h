// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <iosfwd>

namespace distill::cli {

/// Where the time of a finished run went, and how near it came to what the machine can: `time` and `speed` of its summary. Prints
/// nothing for a run that was trained before these were kept.
void printProfile(std::ostream& out, const Json& summary);

} // namespace distill::cli
