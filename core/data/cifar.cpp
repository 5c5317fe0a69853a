// SPDX-License-Identifier: GPL-3.0-or-later
// The binary version of CIFAR (https://www.cs.toronto.edu/~kriz/cifar.html): records of labels, then 3 x 32 x 32 bytes.
#include "data/readers.h"
#include "data/samplememory.h"

#include <future>

namespace fs = std::filesystem;

namespace distill {

namespace {

constexpr std::int64_t imageBytes = 3 * 32 * 32;

/// What tells CIFAR-10 and CIFAR-100 apart.
struct Variant {
    Places places;
    std::vector<std::string> train, test;
    std::string namesFile;
    std::vector<std::string> names = {}; ///< where that file is not there
    std::vector<int> labelRanges = {}; ///< of the label bytes of a record; the last one is the class
    std::int64_t recordBytes() const { return static_cast<std::int64_t>(labelRanges.size()) + imageBytes; }
};

std::int64_t recordsIn(const Variant& variant, const fs::path& file)
{
    const auto size = static_cast<std::int64_t>(fs::file_size(file));
    if (size == 0 || size % variant.recordBytes() != 0) {
        throw InputError(file.string() + " is truncated or not " + variant.places.title + ": its "
                         + std::to_string(size) + " bytes are no multiple of a record's "
                         + std::to_string(variant.recordBytes()) + ".");
    }
    return size / variant.recordBytes();
}

Samples readPart(const Variant& variant, const std::vector<fs::path>& files)
{
    std::int64_t total = 0;
    for (const fs::path& file : files) {
        total += recordsIn(variant, file);
    }
    Samples samples{sampleMemory({total, 3, 32, 32}), at::empty({total}, at::kLong)};
    auto* pixels = samples.inputs.data_ptr<std::uint8_t>();
    auto* label = samples.labels.data_ptr<std::int64_t>();
    const auto* end = label + total;
    for (const fs::path& file : files) {
        const std::string bytes = readBytes(file, std::uint64_t{1} << 32);
        const std::int64_t records = std::min<std::int64_t>(bytes.size() / variant.recordBytes(), end - label);
        for (std::int64_t r = 0; r < records; ++r) {
            const auto* record = reinterpret_cast<const std::uint8_t*>(bytes.data()) + r * variant.recordBytes();
            for (std::size_t l = 0; l < variant.labelRanges.size(); ++l) {
                if (record[l] >= variant.labelRanges[l]) {
                    throw InputError(file.string() + ": label " + std::to_string(record[l]) + " of record "
                                     + std::to_string(r) + " is not one of 0 to "
                                     + std::to_string(variant.labelRanges[l] - 1) + ".");
                }
            }
            const std::uint8_t* image = record + variant.labelRanges.size();
            *label++ = image[-1];
            pixels = std::copy(image, image + imageBytes, pixels);
        }
    }
    if (label != end) {
        throw InputError(files.front().string() + " or a file beside it changed while it was read.");
    }
    return samples;
}

Source openCifar(const Variant& variant, const FolderSettings& settings, const std::string& workspace)
{
    fs::path folder;
    const auto find = [&](const std::vector<std::string>& names) {
        std::vector<fs::path> files;
        for (const std::string& name : names) {
            files.push_back(locate(variant.places, settings.folder, workspace, {name}, folder));
        }
        return files;
    };
    const std::vector<fs::path> train = find(variant.train), test = find(variant.test);
    const fs::path namesFile = folder / variant.namesFile;

    Source source;
    source.files = train;
    source.files.insert(source.files.end(), test.begin(), test.end());
    if (fs::exists(namesFile)) {
        source.files.push_back(namesFile);
    }
    source.load = [=] {
        auto testPart = std::async(std::launch::async, [&] { return readPart(variant, test); });
        Dataset dataset{.name = variant.places.title, .origin = folder.string(), .shape = {3, 32, 32}};
        dataset.classes = fs::exists(namesFile) ? readLines(namesFile) : variant.names;
        dataset.train = readPart(variant, train);
        dataset.test = testPart.get();
        if (dataset.classes.size() != variant.names.size()) {
            throw InputError(namesFile.string() + " names " + std::to_string(dataset.classes.size())
                             + " classes instead of " + std::to_string(variant.names.size()) + ".");
        }
        return dataset;
    };
    source.outline = [=] {
        DatasetOutline outline{variant.places.title, {3, 32, 32}, static_cast<std::int64_t>(variant.names.size())};
        for (const fs::path& file : train) {
            outline.train += recordsIn(variant, file);
        }
        for (const fs::path& file : test) {
            outline.test += recordsIn(variant, file);
        }
        return outline;
    };
    return source;
}

DatasetReader cifarReader(Kind kind, const Variant& variant)
{
    kind.paper = "Krizhevsky: Learning multiple layers of features from tiny images, 2009";
    return makeReader<FolderSettings>(std::move(kind),
                                      [=](const FolderSettings& settings, const std::string& workspace) {
                                          return openCifar(variant, settings, workspace);
                                      });
}

} // namespace

DatasetReader cifar10Reader()
{
    return cifarReader(
        datasetKind("cifar10", "CIFAR-10",
                    "60,000 colour photographs, 32 x 32, in ten classes; the binary version's files."),
        {.places = {"CIFAR-10", "cifar10", {"cifar-10-batches-bin"}},
         .train = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
         .test = {"test_batch.bin"},
         .namesFile = "batches.meta.txt",
         .names = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
         .labelRanges = {10}});
}

DatasetReader cifar100Reader()
{
    Variant variant{.places = {"CIFAR-100", "cifar100", {"cifar-100-binary"}},
                    .train = {"train.bin"},
                    .test = {"test.bin"},
                    .namesFile = "fine_label_names.txt",
                    .labelRanges = {20, 100}};
    for (int c = 0; c < 100; ++c) {
        variant.names.push_back("class " + std::to_string(c));
    }
    return cifarReader(
        datasetKind("cifar100", "CIFAR-100",
                    "60,000 colour photographs, 32 x 32, in a hundred classes; the binary version's files."),
        variant);
}

} // namespace distill
