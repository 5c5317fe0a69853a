// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment.h"

namespace distill {

/// none; grid {fields, stopping}; random {runs, seed, fields, stopping}; halving {runs, seed, fields, keep, rungs}.
const std::vector<Kind>& sweepKinds();

} // namespace distill
