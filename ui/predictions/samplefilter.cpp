// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/samplefilter.h"

#include <algorithm>
#include <cmath>

namespace distill::ui {

namespace {

/// All of a filter but its subset.
bool passes(const PredictionSet& set, const SampleFilter& filter, std::size_t i)
{
    const bool studentChose = filter.oneChose && set.student.choices[i] == *filter.oneChose;
    const bool teacherChose = filter.oneChose && set.teacher && set.teacher->choices[i] == *filter.oneChose;
    return (!filter.label || set.test->labels[i] == *filter.label)
        && (!filter.studentChoice || set.student.choices[i] == *filter.studentChoice)
        && (!filter.teacherChoice || (set.teacher && set.teacher->choices[i] == *filter.teacherChoice))
        && (!filter.oneChose || studentChose != teacherChose) && set.student.confidence[i] >= static_cast<float>(filter.lowest)
        && set.student.confidence[i] <= static_cast<float>(filter.highest);
}

template <class Visit> void visitPassing(const PredictionSet& set, const SampleFilter& filter, Visit visit)
{
    const auto samples = static_cast<std::size_t>(set.samples());
    if (filter.chosen) {
        for (const std::int64_t sample : *filter.chosen) {
            const auto i = static_cast<std::size_t>(sample);
            if (i < samples && passes(set, filter, i)) {
                visit(i);
            }
        }
        return;
    }
    for (std::size_t i = 0; i < samples; ++i) {
        if (passes(set, filter, i)) {
            visit(i);
        }
    }
}

/// By `keys`, those without one last.
void sortBy(const std::vector<float>& keys, bool descending, std::vector<std::int32_t>& samples)
{
    const auto keyOf = [&](std::int32_t sample) { return keys[static_cast<std::size_t>(sample)]; };
    const auto known
        = std::stable_partition(samples.begin(), samples.end(), [&](std::int32_t sample) { return !std::isnan(keyOf(sample)); });
    std::stable_sort(samples.begin(), known, [&](std::int32_t left, std::int32_t right) {
        return descending ? keyOf(left) > keyOf(right) : keyOf(left) < keyOf(right);
    });
}

} // namespace

bool needsTeacher(Subset subset)
{
    return subset != Subset::All && subset != Subset::StudentWrong && subset != Subset::ConfidentlyWrong;
}

bool needsTeacher(SampleOrder order)
{
    return order == SampleOrder::LargestDivergence || order == SampleOrder::SmallestDivergence;
}

bool belongs(const PredictionSet& set, Subset subset, std::size_t i)
{
    if (needsTeacher(subset) && !set.teacher) {
        return false;
    }
    switch (subset) {
    case Subset::All:
        return true;
    case Subset::Disagree:
        return set.teacher->choices[i] != set.student.choices[i];
    case Subset::Lost:
        return set.isRight(*set.teacher, i) && set.isWrong(set.student, i);
    case Subset::Gained:
        return set.isWrong(*set.teacher, i) && set.isRight(set.student, i);
    case Subset::SameWrong:
        return set.isWrong(set.student, i) && set.teacher->choices[i] == set.student.choices[i];
    case Subset::DifferentWrong:
        return set.isWrong(set.student, i) && set.isWrong(*set.teacher, i) && set.teacher->choices[i] != set.student.choices[i];
    case Subset::StudentWrong:
        return set.isWrong(set.student, i);
    case Subset::ConfidentlyWrong:
        return set.isWrong(set.student, i) && set.student.confidence[i] > confident;
    }
    return false;
}

std::vector<std::int32_t> samplesOf(const PredictionSet& set, const SampleFilter& filter)
{
    std::vector<std::int32_t> samples;
    visitPassing(set, filter, [&](std::size_t i) {
        if (belongs(set, filter.subset, i)) {
            samples.push_back(static_cast<std::int32_t>(i));
        }
    });
    switch (filter.order) {
    case SampleOrder::Dataset:
        break;
    case SampleOrder::MostConfident:
    case SampleOrder::LeastConfident:
        sortBy(set.student.confidence, filter.order == SampleOrder::MostConfident, samples);
        break;
    case SampleOrder::LargestDivergence:
    case SampleOrder::SmallestDivergence:
        if (set.teacher) {
            sortBy(set.divergence, filter.order == SampleOrder::LargestDivergence, samples);
        }
        break;
    case SampleOrder::LargestLoss:
    case SampleOrder::SmallestLoss:
        sortBy(set.student.loss, filter.order == SampleOrder::LargestLoss, samples);
        break;
    }
    return samples;
}

std::array<std::int64_t, subsetCount> countsOf(const PredictionSet& set, const SampleFilter& filter)
{
    std::array<std::int64_t, subsetCount> counts{};
    visitPassing(set, filter, [&](std::size_t i) {
        for (std::size_t subset = 0; subset < subsetCount; ++subset) {
            counts[subset] += belongs(set, static_cast<Subset>(subset), i) ? 1 : 0;
        }
    });
    return counts;
}

} // namespace distill::ui
