// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment.h"

#include <optional>

namespace distill {

/// Successive halving (Jamieson and Talwalkar, AISTATS 2016) as decisions over what the history says, and nothing remembered: asked
/// again after a crash it decides the same.
namespace halving {

/// A validation accuracy, at a share of the run's steps.
struct Reading {
    double share = 0;
    double accuracy = 0;
};

/// Where one variant stands: the mean over its seeds at each rung that all of its runs have reached.
struct Standing {
    std::vector<std::optional<double>> accuracies; ///< one a rung
    std::size_t passed = 0; ///< rungs that it has trained beyond already: no decision takes that back
    bool gone = false;      ///< stopped, failed or diverged, or dropped before: it takes no further part
};

struct Decision {
    enum class What {
        Train, ///< until rung `rung`, to its end where that is the count of rungs
        Wait,  ///< at rung `rung`, for the others
        Stop,  ///< at rung `rung`: `rank` of `among`, `kept` go on
    };
    What what = What::Train;
    std::size_t rung = 0;
    std::size_t rank = 0, among = 0, kept = 0;
};

/// The first reading at or after each rung, as far as they go.
std::vector<std::optional<double>> accuraciesAt(const std::vector<double>& rungs, const std::vector<Reading>& readings);
/// How many of `count` go on: the share, rounded down, and one at least.
std::size_t kept(std::size_t count, double keep);
/// For each variant what is to be done with it. Of equal accuracies the earlier variant is the better.
std::vector<Decision> decide(const SweepSettings& sweep, const std::vector<Standing>& variants);
/// What share of the steps of all variants is trained if every one comes as far as it is let.
double shareTrained(const SweepSettings& sweep, std::size_t variants);

} // namespace halving

/// True where a run is ended by the median rule (Golovin et al. 2017, section 3.2.1): its best accuracy is below the median of the
/// others' running means up to the same share of their steps, of those that came so far.
bool isHopeless(const MedianSettings& settings, const std::vector<halving::Reading>& own,
                const std::vector<std::vector<halving::Reading>>& others);

} // namespace distill
