// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/confusion.h"

#include "analysis/counting.h"

#include <algorithm>
#include <numeric>

namespace distill {

std::int64_t Confusion::samplesOf(std::size_t label) const
{
    return std::accumulate(counts[label].begin(), counts[label].end(), std::int64_t{0});
}

double Confusion::accuracyOf(std::size_t label) const
{
    return ratio(counts[label][label], samplesOf(label));
}

Confusion confusionOf(const Choices& choices, const Choices& labels, std::int64_t classes)
{
    requireSameSize(choices.size(), labels.size());
    Confusion confusion;
    confusion.counts.assign(static_cast<std::size_t>(classes), std::vector<std::int64_t>(static_cast<std::size_t>(classes), 0));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0) {
            continue;
        }
        if (labels[i] >= classes || choices[i] < 0 || choices[i] >= classes) {
            throw std::invalid_argument("Sample " + std::to_string(i) + " names class " + std::to_string(std::max(labels[i], choices[i]))
                                        + ", but there are " + std::to_string(classes));
        }
        ++confusion.counts[static_cast<std::size_t>(labels[i])][static_cast<std::size_t>(choices[i])];
    }
    return confusion;
}

std::vector<Slice> slicesOf(const Choices& teacher, const Choices& student, const Choices& labels, const std::vector<std::int32_t>& groups,
                            std::int64_t count)
{
    requireSameSize(teacher.size(), labels.size());
    requireSameSize(student.size(), labels.size());
    requireSameSize(groups.size(), labels.size());
    std::vector<Slice> slices(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (groups[i] < 0 || groups[i] >= count) {
            continue;
        }
        Slice& slice = slices[static_cast<std::size_t>(groups[i])];
        ++slice.samples;
        slice.agreement += teacher[i] == student[i] ? 1 : 0;
        if (labels[i] >= 0) {
            ++slice.labelled;
            slice.teacher += teacher[i] == labels[i] ? 1 : 0;
            slice.student += student[i] == labels[i] ? 1 : 0;
        }
    }
    for (Slice& slice : slices) {
        slice.teacher = ratio(slice.teacher, slice.labelled);
        slice.student = ratio(slice.student, slice.labelled);
        slice.agreement = ratio(slice.agreement, slice.samples);
    }
    return slices;
}

double rareClassAccuracy(const Choices& choices, const Choices& labels, const std::vector<std::int64_t>& trainingSamples, double share)
{
    const Confusion confusion = confusionOf(choices, labels, static_cast<std::int64_t>(trainingSamples.size()));
    const double none = std::numeric_limits<double>::quiet_NaN();
    std::vector<std::int64_t> sorted = trainingSamples;
    std::sort(sorted.begin(), sorted.end());
    if (sorted.empty() || sorted.front() == sorted.back()) {
        return none;
    }
    // Which of several equally frequent classes counts as rare would be chance: at the edge all of them are left out, or all taken where
    // nothing would be left.
    const auto wanted = static_cast<std::size_t>(share * static_cast<double>(sorted.size()) + 1e-9);
    const std::size_t rare = std::clamp<std::size_t>(wanted, 1, sorted.size());
    const std::int64_t edge = sorted[rare - 1];
    const bool edgeIsTied = rare < sorted.size() && sorted[rare] == edge && sorted.front() < edge;
    double sum = 0;
    std::int64_t classes = 0;
    for (std::size_t label = 0; label < trainingSamples.size(); ++label) {
        const bool isRare = edgeIsTied ? trainingSamples[label] < edge : trainingSamples[label] <= edge;
        if (isRare && confusion.samplesOf(label) > 0) {
            sum += confusion.accuracyOf(label);
            ++classes;
        }
    }
    return ratio(sum, classes);
}

} // namespace distill
