// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/random.h"
#include "data/readers.h"

#include <cmath>
#include <numeric>

namespace distill {

std::vector<std::vector<std::int64_t>> indicesByClass(const at::Tensor& labels, std::size_t classes)
{
    std::vector<std::vector<std::int64_t>> indices(classes);
    const at::Tensor contiguous = labels.contiguous();
    const auto* label = contiguous.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < contiguous.numel(); ++i) {
        indices.at(label[i]).push_back(i);
    }
    return indices;
}

std::int64_t totalBeside(std::span<const std::int64_t> sizes, std::int64_t keep)
{
    return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}, [&](std::int64_t sum, std::int64_t size) {
        return sum + std::max<std::int64_t>(size - keep, 0);
    });
}

std::vector<std::int64_t> shareOut(std::span<const std::int64_t> sizes, std::int64_t total, std::int64_t minimum,
                                   std::int64_t keep)
{
    const auto all = static_cast<double>(totalBeside(sizes, 0));
    std::vector<std::int64_t> parts(sizes.size()), least(sizes.size()), most(sizes.size());
    std::vector<double> quota(sizes.size());
    std::int64_t missing = total;
    for (std::size_t c = 0; c < sizes.size(); ++c) {
        most[c] = std::max<std::int64_t>(sizes[c] - keep, 0);
        least[c] = std::min(minimum, most[c]);
        quota[c] = all > 0 ? static_cast<double>(total) * static_cast<double>(sizes[c]) / all : 0;
        parts[c] = std::clamp(static_cast<std::int64_t>(quota[c]), least[c], most[c]);
        missing -= parts[c];
    }
    // One at a time to (or from) the class that is furthest below (or above) its quota; the first of equals.
    while (missing != 0) {
        const std::int64_t step = missing > 0 ? 1 : -1;
        std::size_t chosen = sizes.size();
        double largest = -std::numeric_limits<double>::infinity();
        for (std::size_t c = 0; c < sizes.size(); ++c) {
            const double lack = static_cast<double>(step) * (quota[c] - static_cast<double>(parts[c]));
            if (parts[c] != (step > 0 ? most[c] : least[c]) && lack > largest) {
                largest = lack;
                chosen = c;
            }
        }
        if (chosen == sizes.size()) {
            break;
        }
        parts[chosen] += step;
        missing -= step;
    }
    return parts;
}

at::Tensor toTensor(const std::vector<std::int64_t>& values)
{
    at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
    std::copy(values.begin(), values.end(), tensor.data_ptr<std::int64_t>());
    return tensor;
}

namespace {

std::vector<std::int64_t> testParts(const std::vector<std::vector<std::int64_t>>& perClass, double share)
{
    std::vector<std::int64_t> sizes;
    for (const auto& indices : perClass) {
        sizes.push_back(static_cast<std::int64_t>(indices.size()));
    }
    const auto wanted = std::llround(share * static_cast<double>(totalBeside(sizes, 0)));
    return shareOut(sizes, std::min<std::int64_t>(std::max(wanted, 1LL), totalBeside(sizes, 1)), 0, 1);
}

} // namespace

std::int64_t testCount(const at::Tensor& labels, std::size_t classes, double share)
{
    return totalBeside(testParts(indicesByClass(labels, classes), share), 0);
}

void splitOffTest(Dataset& dataset, const Samples& all, double share)
{
    auto perClass = indicesByClass(all.labels, dataset.classes.size());
    const std::vector<std::int64_t> parts = testParts(perClass, share);
    PortableRandom random(0, "test part");
    std::vector<std::int64_t> train, test;
    for (std::size_t c = 0; c < perClass.size(); ++c) {
        random.shuffle(perClass[c]);
        const auto border = perClass[c].begin() + parts[c];
        test.insert(test.end(), perClass[c].begin(), border);
        train.insert(train.end(), border, perClass[c].end());
    }
    const auto take = [&](std::vector<std::int64_t>& indices) {
        std::sort(indices.begin(), indices.end());
        const at::Tensor rows = toTensor(indices);
        return Samples{all.inputs.index_select(0, rows), all.labels.index_select(0, rows)};
    };
    dataset.train = take(train);
    dataset.test = take(test);
}

} // namespace distill
