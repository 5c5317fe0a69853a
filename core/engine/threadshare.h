// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace distill {

/// How the cores are shared out. A run that fixes its threads gets exactly those; the others share what is left evenly, the
/// first ones taking the remainder, one each at the least. Three runs of two threads on two cores are ten times slower than
/// three of one.
std::vector<int> shareThreads(int cores, const std::vector<int>& fixed); ///< `fixed` has 0 for a run that leaves it open

/// Whether one more run, with this fixed number (0: open), fits beside the running ones without oversubscribing.
bool fits(int cores, const std::vector<int>& runningFixed, int fixed);

} // namespace distill
