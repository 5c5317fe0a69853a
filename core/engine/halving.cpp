// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/halving.h"

#include <algorithm>
#include <cmath>

namespace distill {

namespace halving {

std::vector<std::optional<double>> accuraciesAt(const std::vector<double>& rungs, const std::vector<Reading>& readings)
{
    std::vector<std::optional<double>> accuracies(rungs.size());
    for (std::size_t rung = 0; rung < rungs.size(); ++rung) {
        const auto first = std::find_if(readings.begin(), readings.end(), [&](const Reading& each) { return each.share >= rungs[rung]; });
        if (first != readings.end()) {
            accuracies[rung] = first->accuracy;
        }
    }
    return accuracies;
}

std::size_t kept(std::size_t count, double keep)
{
    // A third of 24 is 8, though 1/3 is a little less than a third.
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::floor(static_cast<double>(count) * keep + 1e-9)));
}

std::vector<Decision> decide(const SweepSettings& sweep, const std::vector<Standing>& variants)
{
    std::vector<Decision> decisions(variants.size());
    std::vector<std::size_t> cohort; // of the rung that is looked at
    for (std::size_t v = 0; v < variants.size(); ++v) {
        cohort.push_back(v);
    }
    for (std::size_t rung = 0; rung < sweep.rungs.size(); ++rung) {
        const auto accuracy = [&](std::size_t v) { return variants[v].accuracies[rung]; };
        std::vector<std::size_t> ranked;
        bool complete = true;
        for (const std::size_t v : cohort) {
            if (accuracy(v)) {
                ranked.push_back(v);
            } else if (!variants[v].gone) {
                complete = false;
                decisions[v] = {Decision::What::Train, rung};
            }
        }
        std::stable_sort(ranked.begin(), ranked.end(), [&](std::size_t a, std::size_t b) {
            return std::isnan(*accuracy(b)) ? !std::isnan(*accuracy(a)) : *accuracy(a) > *accuracy(b);
        });
        const std::size_t go = kept(ranked.size(), sweep.keep);
        std::vector<std::size_t> next;
        std::size_t taken = 0; // places; one that somebody stopped meanwhile takes none
        for (std::size_t rank = 0; rank < ranked.size(); ++rank) {
            const std::size_t v = ranked[rank];
            const bool passed = variants[v].passed > rung;
            taken += passed || !variants[v].gone;
            if (passed || (complete && taken <= go && !variants[v].gone)) {
                next.push_back(v);
                decisions[v] = {Decision::What::Train, rung + 1};
            } else {
                decisions[v] = complete ? Decision{Decision::What::Stop, rung, rank + 1, ranked.size(), go}
                                        : Decision{Decision::What::Wait, rung};
            }
        }
        std::sort(next.begin(), next.end());
        if (!complete) {
            // Those that are beyond it already go on; who follows them is not known yet.
            std::erase_if(next, [&](std::size_t v) { return variants[v].passed <= rung; });
        }
        cohort = std::move(next);
    }
    return decisions;
}

double shareTrained(const SweepSettings& sweep, std::size_t variants)
{
    if (sweep.kind != "halving" || variants == 0) {
        return 1;
    }
    double share = 0, from = 0;
    std::size_t count = variants;
    for (const double rung : sweep.rungs) {
        share += static_cast<double>(count) * (rung - from);
        count = kept(count, sweep.keep);
        from = rung;
    }
    return (share + static_cast<double>(count) * (1 - from)) / static_cast<double>(variants);
}

} // namespace halving

bool isHopeless(const MedianSettings& settings, const std::vector<halving::Reading>& own,
                const std::vector<std::vector<halving::Reading>>& others)
{
    if (own.empty() || own.back().share < settings.after) {
        return false;
    }
    double best = -std::numeric_limits<double>::infinity();
    for (const halving::Reading& each : own) {
        best = std::max(best, each.accuracy);
    }
    const double share = own.back().share;
    std::vector<double> means;
    for (const auto& other : others) {
        double sum = 0;
        int count = 0;
        for (const halving::Reading& each : other) {
            if (each.share <= share) {
                sum += each.accuracy;
                ++count;
            }
        }
        if (count > 0 && other.back().share >= share) {
            means.push_back(sum / count);
        }
    }
    if (std::ssize(means) < std::max<std::int64_t>(1, settings.among)) {
        return false;
    }
    std::sort(means.begin(), means.end());
    const std::size_t half = means.size() / 2;
    return best < (means.size() % 2 == 1 ? means[half] : (means[half - 1] + means[half]) / 2);
}

} // namespace distill
