// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/setup.h"

#include <memory>

namespace distill::ui {

/// Two series of one run at the steps that both have, sample by sample.
struct Joined {
    std::shared_ptr<const Curve> along, values;
};
/// Each smoothed before by its own weight (0: as it is).
Joined joined(const Curve& along, double alongSmoothing, const Curve& values, double valuesSmoothing);

/// Runs that differ in the seed alone, as one curve.
struct SeedMean {
    std::shared_ptr<const Curve> mean;
    std::shared_ptr<const Curve> low, high; ///< mean less and plus the sample's deviation, or minimum and maximum; null without a band
};
/// At every step that one of the members has: of those whose samples reach that far, between two samples interpolated. Epoch
/// and time are means as well.
SeedMean meanOf(const std::vector<std::shared_ptr<const Curve>>& members, ComparisonSetup::Band band);

} // namespace distill::ui
