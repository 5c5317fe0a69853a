// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/source.h"

namespace distill::ui {

namespace {

constexpr double watts = 30; ///< what a laptop's processor takes at work, for the estimate of energy
const std::vector<std::int64_t> batches = {1, 64};

} // namespace

PredictionSource PredictionSource::engine()
{
    return {predictionsOf, testSetOf, distill::examine,
            [](const History& history, const RunId& run) { return costOf(history, run, batches, watts); }};
}

} // namespace distill::ui
