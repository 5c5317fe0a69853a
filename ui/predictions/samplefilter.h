// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/predictions/predictionset.h"

#include <array>

namespace distill::ui {

/// Samples that share how the two networks fare on them. Of a sample without a known label nobody is right or wrong.
enum class Subset {
    All,
    Disagree,
    Lost, ///< the teacher is right, the student wrong: what the small model lost
    Gained, ///< the other way round
    SameWrong, ///< both wrong, with the same choice
    DifferentWrong, ///< both wrong, each in its own way
    StudentWrong,
    ConfidentlyWrong, ///< the student is wrong with a confidence above `confident`
};
constexpr std::size_t subsetCount = 8;
constexpr double confident = 0.9;

enum class SampleOrder {
    Dataset, ///< as in the data set; of chosen samples, as they were chosen
    MostConfident,
    LeastConfident,
    LargestDivergence,
    SmallestDivergence,
    LargestLoss,
    SmallestLoss,
};

struct SampleFilter {
    Subset subset = Subset::All;
    std::optional<int> label, studentChoice, teacherChoice;
    std::optional<int>
        oneChose; ///< exactly one of the two chose this class: what the difference of two confusion matrices counts
    double lowest = 0, highest = 1; ///< of the student's confidence
    std::shared_ptr<const std::vector<std::int64_t>> chosen; ///< these samples only
    QString chosenTitle; ///< what they are
    SampleOrder order = SampleOrder::Dataset;

    /// Whether more than the subset narrows.
    bool isNarrow() const { return label || studentChoice || teacherChoice || oneChose || chosen || lowest > 0 || highest < 1; }
};

bool needsTeacher(Subset subset);
bool needsTeacher(SampleOrder order);
bool belongs(const PredictionSet& set, Subset subset, std::size_t sample);

/// In the filter's order. Some milliseconds for 60,000 samples.
std::vector<std::int32_t> samplesOf(const PredictionSet& set, const SampleFilter& filter);
/// How many there would be in each subset, everything else of the filter as it is.
std::array<std::int64_t, subsetCount> countsOf(const PredictionSet& set, const SampleFilter& filter);

} // namespace distill::ui
