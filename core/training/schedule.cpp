// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "training/optimiser.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace distill {

double scheduleFactor(const ScheduleSettings& settings, double position)
{
    position = std::clamp(position, 0.0, 1.0);
    if (position < settings.warmUp) {
        return position / settings.warmUp;
    }
    const double p = settings.warmUp < 1 ? (position - settings.warmUp) / (1 - settings.warmUp) : 0;
    if (settings.kind == "constant") {
        return 1;
    }
    if (settings.kind == "linear") {
        return 1 + (settings.final - 1) * p;
    }
    if (settings.kind == "cosine") {
        return settings.final + (1 - settings.final) * (1 + std::cos(std::numbers::pi * p)) / 2;
    }
    if (settings.kind == "step") {
        // A milestone reached by rounding is reached.
        const auto passed = std::count_if(settings.milestones.begin(), settings.milestones.end(),
                                          [&](double milestone) { return p >= milestone - 1e-12; });
        return std::pow(settings.factor, static_cast<double>(passed));
    }
    throw InputError("There is no schedule \"" + settings.kind + "\"; known are constant, linear, cosine, step");
}

} // namespace distill
