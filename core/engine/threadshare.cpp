// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/threadshare.h"

#include <algorithm>

namespace distill {

std::vector<int> shareThreads(int cores, const std::vector<int>& fixed)
{
    int left = cores;
    int open = 0;
    for (const int each : fixed) {
        left -= each;
        open += each == 0 ? 1 : 0;
    }
    std::vector<int> shares;
    for (const int each : fixed) {
        if (each > 0) {
            shares.push_back(each);
            continue;
        }
        const int share = std::max(1, (left + open - 1) / open);
        shares.push_back(share);
        left -= share;
        --open;
    }
    return shares;
}

bool fits(int cores, const std::vector<int>& runningFixed, int fixed)
{
    int used = 0;
    for (const int each : runningFixed) {
        used += std::max(1, each);
    }
    return used + std::max(1, fixed) <= cores;
}

} // namespace distill
