// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/split.h"
#include "data/random.h"
#include "data/readers.h"

#include <array>
#include <cmath>
#include <set>

namespace distill {

namespace {

using Indices = std::vector<std::int64_t>;

std::vector<std::int64_t> sizesOf(const std::vector<Indices>& perClass)
{
    std::vector<std::int64_t> sizes;
    for (const Indices& indices : perClass) {
        sizes.push_back(static_cast<std::int64_t>(indices.size()));
    }
    return sizes;
}

/// Takes the first parts[c] indices of each class out of `perClass`.
Indices takeFirst(std::vector<Indices>& perClass, const std::vector<std::int64_t>& parts)
{
    Indices taken;
    for (std::size_t c = 0; c < perClass.size(); ++c) {
        const auto border = perClass[c].begin() + parts[c];
        taken.insert(taken.end(), perClass[c].begin(), border);
        perClass[c].erase(perClass[c].begin(), border);
    }
    return taken;
}

std::vector<std::int64_t> validationParts(const std::vector<std::int64_t>& sizes, double share)
{
    const auto total = static_cast<std::int64_t>(std::llround(share * static_cast<double>(totalBeside(sizes, 0))));
    if (total > totalBeside(sizes, 1)) {
        throw InputError("A validation share of " + Json(share).dump() + " would take " + std::to_string(total) + " of "
                         + std::to_string(totalBeside(sizes, 0))
                         + " training samples and leave a class without any; make it smaller.");
    }
    return shareOut(sizes, total, 0, 1);
}

std::vector<std::int64_t> labelledParts(const std::vector<std::int64_t>& sizes, std::int64_t labelled)
{
    const std::int64_t available = totalBeside(sizes, 0);
    const auto classes = static_cast<std::int64_t>(sizes.size());
    if (labelled > available) {
        throw InputError("A labelled subset of " + std::to_string(labelled) + " is more than the "
                         + std::to_string(available) + " training samples beside validation.");
    }
    if (labelled < classes) {
        throw InputError("A labelled subset of " + std::to_string(labelled) + " leaves some of the "
                         + std::to_string(classes) + " classes without a labelled sample.");
    }
    return shareOut(sizes, labelled, 1, 0);
}

std::set<std::int64_t> leftOut(const Dataset& dataset, const std::vector<std::int64_t>& listed)
{
    const auto classes = static_cast<std::int64_t>(dataset.classes.size());
    const std::set<std::int64_t> result(listed.begin(), listed.end());
    for (const std::int64_t c : result) {
        if (c < 0 || c >= classes) {
            throw InputError("Class " + std::to_string(c) + " cannot be left out: " + dataset.name
                             + " has the classes 0 to " + std::to_string(classes - 1) + ".");
        }
    }
    if (static_cast<std::int64_t>(result.size()) == classes) {
        throw InputError("All classes are left out of the transfer set, so nothing remains to train on.");
    }
    return result;
}

struct Moments {
    std::vector<double> mean, deviation;
};

/// Exact for bytes: the sums are integers.
Moments momentsOfBytes(const at::Tensor& inputs, const Indices& rows)
{
    const std::int64_t channels = inputs.size(1), plane = inputs.size(2) * inputs.size(3);
    const auto* pixels = inputs.data_ptr<std::uint8_t>();
    std::vector<std::uint64_t> sums(channels), squares(channels);
    // 65,536 squares of at most 255 fit into 32 bits, in which the inner loop is vectorised.
    constexpr std::int64_t block = 65'536;
    for (const std::int64_t row : rows) {
        for (std::int64_t c = 0; c < channels; ++c) {
            const std::uint8_t* values = pixels + (row * channels + c) * plane;
            for (std::int64_t start = 0; start < plane; start += block) {
                const std::int64_t end = std::min(start + block, plane);
                std::uint32_t sum = 0, square = 0;
                for (std::int64_t i = start; i < end; ++i) {
                    const std::uint32_t value = values[i];
                    sum += value;
                    square += value * value;
                }
                sums[c] += sum;
                squares[c] += square;
            }
        }
    }
    Moments moments;
    const auto count = static_cast<double>(static_cast<std::int64_t>(rows.size()) * plane);
    for (std::int64_t c = 0; c < channels; ++c) {
        const double mean = static_cast<double>(sums[c]) / count;
        const double variance = static_cast<double>(squares[c]) / count - mean * mean;
        moments.mean.push_back(mean / 255);
        moments.deviation.push_back(std::sqrt(std::max(variance, 0.0)) / 255);
    }
    return moments;
}

Moments momentsOfNumbers(const at::Tensor& inputs, const Indices& rows)
{
    Moments moments;
    const at::Tensor values = inputs.index_select(0, toTensor(rows)).to(at::kDouble);
    for (std::int64_t c = 0; c < inputs.size(1); ++c) {
        const at::Tensor channel = values.select(1, c);
        const double mean = channel.mean().item<double>();
        const double deviation = (channel - mean).square().mean().sqrt().item<double>();
        moments.mean.push_back(mean);
        // What is below the resolution of the stored float32 is rounding, not spread.
        moments.deviation.push_back(deviation > 1e-7 * std::abs(mean) ? deviation : 0);
    }
    return moments;
}

void setMoments(Split& split, const Dataset& dataset, const DataSettings& settings, const Indices& rows)
{
    const auto channels = static_cast<std::size_t>(dataset.shape.channels);
    const auto check = [&](const std::vector<double>& given, const char* what) {
        if (!given.empty() && given.size() != channels) {
            throw InputError("The data's " + std::string(what) + " has " + std::to_string(given.size())
                             + " values, but " + dataset.name + " has " + std::to_string(channels) + " channels.");
        }
    };
    check(settings.mean, "mean");
    check(settings.deviation, "deviation");
    split.mean = settings.mean;
    split.deviation = settings.deviation;
    if (split.mean.empty() || split.deviation.empty()) {
        const at::Tensor& inputs = dataset.train.inputs;
        const Moments moments = inputs.scalar_type() == at::kByte ? momentsOfBytes(inputs.contiguous(), rows)
                                                                  : momentsOfNumbers(inputs, rows);
        split.mean = split.mean.empty() ? moments.mean : split.mean;
        split.deviation = split.deviation.empty() ? moments.deviation : split.deviation;
    }
    for (double& deviation : split.deviation) {
        if (deviation < 0 || !std::isfinite(deviation)) {
            throw InputError("The data's deviation must be positive numbers, not " + Json(deviation).dump() + ".");
        }
        deviation = deviation == 0 ? 1 : deviation;
    }
}

} // namespace

Split makeSplit(const Dataset& dataset, const DataSettings& settings, std::int64_t probeSize)
{
    PortableRandom random(static_cast<std::uint64_t>(settings.splitSeed), "split");
    auto perClass = indicesByClass(dataset.train.labels, dataset.classes.size());
    for (Indices& indices : perClass) {
        random.shuffle(indices);
    }
    Split split;
    Indices validation = takeFirst(perClass, validationParts(sizesOf(perClass), settings.validationShare));
    std::sort(validation.begin(), validation.end());
    split.validation = toTensor(validation);
    PortableRandom(static_cast<std::uint64_t>(settings.splitSeed), "probe").shuffle(validation);
    split.probe = toTensor(validation).slice(0, 0, std::clamp<std::int64_t>(probeSize, 0, validation.size())).clone();

    Indices training;
    for (const Indices& indices : perClass) {
        training.insert(training.end(), indices.begin(), indices.end());
    }
    std::sort(training.begin(), training.end());
    setMoments(split, dataset, settings, training);

    // The first of each class's fixed order, so that a smaller subset lies within a larger one.
    Indices labelled
        = settings.labelled == 0 ? training : takeFirst(perClass, labelledParts(sizesOf(perClass), settings.labelled));
    std::sort(labelled.begin(), labelled.end());

    const std::set<std::int64_t> without = leftOut(dataset, settings.transfer.leftOutClasses);
    const at::Tensor allLabels = dataset.train.labels.contiguous();
    const auto* label = allLabels.data_ptr<std::int64_t>();
    Indices transfer, labels;
    for (const std::int64_t index : settings.transfer.samples == "all" ? training : labelled) {
        if (without.contains(label[index])) {
            continue;
        }
        const bool known = settings.transfer.labels && std::binary_search(labelled.begin(), labelled.end(), index);
        transfer.push_back(index);
        labels.push_back(known ? label[index] : -1);
        split.labelled += known ? 1 : 0;
    }
    split.transfer = toTensor(transfer);
    split.labels = toTensor(labels);
    return split;
}

} // namespace distill
