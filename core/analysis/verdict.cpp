// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/verdict.h"

#include "analysis/counting.h"
#include "analysis/student.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace distill {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// The mean difference, and the two parts of its variance.
struct Effect {
    int seeds = 0;
    std::int64_t items = 0;
    double mean = none;
    double seedVariance = 0; ///< of the mean: what the seeds differ, on these items; falls as 1/seeds. 0 of one seed
    double itemVariance = 0; ///< of the mean: what the items differ, whatever the seed; falls as 1/items

    /// The same with more seeds.
    double seedVarianceOf(int more) const { return seedVariance * seeds / more; }

    double halfWidth(double confidence) const
    {
        const double above = (1 + confidence) / 2;
        const double z = normalQuantile(above), t = seeds > 1 ? studentQuantile(above, seeds - 1) : 0;
        return std::sqrt(t * t * seedVariance + z * z * itemVariance);
    }
};

Effect effectOf(const Outcomes& treated, const Outcomes& control)
{
    requireSameSize(treated.size(), control.size());
    Effect effect;
    effect.seeds = static_cast<int>(treated.size());
    effect.items = treated.empty() ? 0 : static_cast<std::int64_t>(treated.front().size());
    const auto items = static_cast<std::size_t>(effect.items);
    const double seedCount = effect.seeds, itemCount = static_cast<double>(items);
    std::vector<std::int64_t> ofSeed(treated.size(), 0), ofItem(items, 0);
    std::int64_t sum = 0, squares = 0;
    for (std::size_t s = 0; s < treated.size(); ++s) {
        requireSameSize(treated[s].size(), items);
        requireSameSize(control[s].size(), items);
        for (std::size_t i = 0; i < items; ++i) {
            const int difference = (treated[s][i] != 0 ? 1 : 0) - (control[s][i] != 0 ? 1 : 0);
            ofSeed[s] += difference;
            ofItem[i] += difference;
            squares += difference * difference;
        }
        sum += ofSeed[s];
    }
    if (effect.seeds == 0 || effect.items == 0) {
        return effect;
    }
    effect.mean = static_cast<double>(sum) / (seedCount * itemCount);

    // Sums of squares of the analysis of variance: seeds, items, rest.
    double seedSquares = 0, itemSquares = 0;
    for (const std::int64_t total : ofSeed) {
        seedSquares += itemCount * std::pow(static_cast<double>(total) / itemCount - effect.mean, 2);
    }
    for (const std::int64_t total : ofItem) {
        itemSquares += seedCount * std::pow(static_cast<double>(total) / seedCount - effect.mean, 2);
    }
    const double all = static_cast<double>(squares) - seedCount * itemCount * effect.mean * effect.mean;
    const double rest = std::max(0.0, all - seedSquares - itemSquares);
    // The pseudo-items +1 and -1 add `seeds` each.
    const double itemMean = (itemSquares + 2 * seedCount) / (itemCount + 1);
    const double total = seedCount * itemCount;
    if (effect.seeds == 1) {
        effect.itemVariance = itemMean / total;
        return effect;
    }
    const double restMean = effect.items > 1 ? rest / ((seedCount - 1) * (itemCount - 1)) : 0;
    effect.seedVariance = seedSquares / (seedCount - 1) / total;
    effect.itemVariance = std::max(0.0, itemMean - restMean) / total;
    return effect;
}

Interval intervalOf(const Effect& effect, double confidence)
{
    if (std::isnan(effect.mean)) {
        return {none, none, none};
    }
    const double half = effect.halfWidth(confidence);
    return {effect.mean, std::max(-1.0, effect.mean - half), std::min(1.0, effect.mean + half)};
}

/// "10,000"
std::string grouped(std::int64_t number)
{
    std::string text = std::to_string(number);
    for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3) {
        text.insert(static_cast<std::size_t>(place), ",");
    }
    return text;
}

std::string counted(std::int64_t number, const char* thing)
{
    return grouped(number) + " " + thing + (number == 1 ? "" : "s");
}

/// A share in points, with as many decimals as the interval is sure of.
std::string points(double share, int decimals, bool sign = false)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), sign ? "%+.*f" : "%.*f", decimals, 100 * share + 0.0);
    return text.data();
}

int decimalsFor(const Interval& effect)
{
    const double half = 100 * (effect.high - effect.low) / 2;
    const double nearest = 100 * std::min(std::abs(effect.low), std::abs(effect.high));
    return half < 0.3 || nearest < 0.05 ? 2 : 1;
}

std::string figures(const Verdict& verdict)
{
    const int decimals = decimalsFor(verdict.effect);
    return points(verdict.effect.estimate, decimals, true) + " points of accuracy (95 % interval "
        + (verdict.seeds == 1 ? "over test items alone " : "") + points(verdict.effect.low, decimals) + " to "
        + points(verdict.effect.high, decimals) + "; " + counted(verdict.seeds, "seed") + ", " + counted(verdict.items, "item") + ")";
}

/// How many seeds, or items, would show a difference of the observed size four times in five.
std::string settling(const Effect& effect)
{
    constexpr double confidence = 0.95;
    constexpr int mostSeeds = 100;
    const double power = normalQuantile(0.8), z = normalQuantile((1 + confidence) / 2);
    const auto shows = [&](double seedVariance, double itemVariance, double quantile) {
        const double half = std::sqrt(quantile * quantile * seedVariance + z * z * itemVariance);
        return half + power * std::sqrt(seedVariance + itemVariance) <= std::abs(effect.mean);
    };
    const int decimals = std::abs(effect.mean) < 0.001 ? 2 : 1;
    const std::string size = "a difference of this size (" + points(std::abs(effect.mean), decimals) + " points)";
    for (int more = effect.seeds + 1; more <= mostSeeds; ++more) {
        const double quantile = studentQuantile((1 + confidence) / 2, more - 1);
        if (shows(effect.seedVarianceOf(more), effect.itemVariance, quantile)) {
            return "About " + std::to_string(more) + " seeds would show " + size + ", as far as " + counted(effect.seeds, "seed")
                + " can tell how much seeds differ.";
        }
    }
    if (std::abs(effect.mean) > 0.001 && !shows(0, effect.itemVariance, z)) {
        const double items
            = static_cast<double>(effect.items) * std::pow((z + power) / effect.mean, 2) * effect.itemVariance;
        const double magnitude = std::pow(10, std::floor(std::log10(items)));
        return "More seeds alone would not show " + size + ": what test items differ hides it. It takes about "
            + grouped(static_cast<std::int64_t>(std::ceil(items / magnitude) * magnitude)) + " test items, and seeds as well.";
    }
    const double largest = std::abs(effect.mean) + effect.halfWidth(confidence);
    return "Nothing within reach: it would take more than " + std::to_string(mostSeeds) + " seeds to show " + size
        + ". If there is a difference, it is most likely below " + points(largest, 1) + " points.";
}

} // namespace

std::vector<std::uint8_t> outcomesOf(const Choices& choices, const Choices& labels)
{
    requireSameSize(choices.size(), labels.size());
    std::vector<std::uint8_t> right;
    right.reserve(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] >= 0) {
            right.push_back(choices[i] == labels[i] ? 1 : 0);
        }
    }
    return right;
}

Interval pairedDifference(const Outcomes& treated, const Outcomes& control, double confidence)
{
    if (!(confidence > 0 && confidence < 1)) {
        throw std::invalid_argument("The confidence of an interval lies between 0 and 1");
    }
    return intervalOf(effectOf(treated, control), confidence);
}

const char* nameOf(Verdict::Kind kind)
{
    switch (kind) {
    case Verdict::Kind::Helps:
        return "helps";
    case Verdict::Kind::Hurts:
        return "hurts";
    case Verdict::Kind::NoEvidence:
        break;
    }
    return "no evidence";
}

Verdict judge(const Outcomes& treated, const Outcomes& control)
{
    const Effect effect = effectOf(treated, control);
    Verdict verdict;
    verdict.seeds = effect.seeds;
    verdict.items = effect.items;
    verdict.effect = intervalOf(effect, 0.95);
    if (std::isnan(effect.mean)) {
        verdict.sentence = "No verdict: there are no answers to compare.";
        verdict.settle = "Runs with and without the teacher, at three seeds each.";
    } else if (effect.seeds == 1) {
        verdict.sentence = "No verdict from one seed: " + figures(verdict) + ".";
        verdict.settle = "Two more seeds at least: one cannot tell what the teacher changes from what another seed would.";
    } else if (verdict.effect.low > 0) {
        verdict.kind = Verdict::Kind::Helps;
        verdict.sentence = "The teacher helps: " + figures(verdict) + ".";
    } else if (verdict.effect.high < 0) {
        verdict.kind = Verdict::Kind::Hurts;
        verdict.sentence = "The teacher hurts: " + figures(verdict) + ".";
    } else {
        verdict.sentence = "No evidence that the teacher helps or hurts: " + figures(verdict) + ".";
        verdict.settle = settling(effect);
    }
    return verdict;
}

} // namespace distill
