// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/images.h"
#include "data/readers.h"
#include "data/samplememory.h"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace fs = std::filesystem;

namespace distill {

namespace {

struct ImageFolderSettings {
    std::string folder;
    std::int64_t size = 0;
    std::int64_t channels = 3;
    double testShare = 0.2;
    void describe(Binder& binder)
    {
        binder.text("folder", folder,
                    {.help = "Folder with a sub-folder of PNG and JPEG images for each class, or with train and test "
                             "folders of such sub-folders.",
                     .minimum = 1});
        binder.integer("size", size,
                       {.help = "Side to which all images are resized; 0 takes them as they are, all of one size.",
                        .unit = "pixels",
                        .minimum = 0,
                        .maximum = 4096});
        binder.integer("channels", channels, {.help = "3 for colour, 1 for grey.", .minimum = 1, .maximum = 3});
        binder.number("test_share", testShare,
                      {.help = "Share of the images that becomes the test set where there is no test folder.",
                       .minimum = 0.01,
                       .maximum = 0.9,
                       .advanced = true});
    }
};

struct Part {
    std::vector<fs::path> files;
    std::vector<std::int64_t> labels;
};

struct Listing {
    fs::path root;
    std::vector<std::string> classes;
    Part train, test;
    bool hasTest = false;
};

/// Visible entries, by name: the order in which a file system lists them is not the same everywhere.
std::set<fs::path> entriesOf(const fs::path& folder)
{
    std::set<fs::path> entries;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        if (!entry.path().filename().string().starts_with('.')) {
            entries.insert(entry.path());
        }
    }
    return entries;
}

std::vector<std::string> classesIn(const fs::path& folder)
{
    std::vector<std::string> classes;
    for (const fs::path& entry : entriesOf(folder)) {
        if (fs::is_directory(entry)) {
            classes.push_back(entry.filename().string());
        }
    }
    return classes;
}

Part filesIn(const fs::path& folder, const std::vector<std::string>& classes)
{
    Part part;
    for (std::size_t c = 0; c < classes.size(); ++c) {
        if (!fs::is_directory(folder / classes[c])) {
            continue;
        }
        for (const fs::path& file : entriesOf(folder / classes[c])) {
            if (isImageFile(file) && fs::is_regular_file(file)) {
                part.files.push_back(file);
                part.labels.push_back(static_cast<std::int64_t>(c));
            }
        }
    }
    return part;
}

Listing list(const fs::path& root)
{
    if (!fs::is_directory(root)) {
        throw InputError(root.string() + " is not a folder.");
    }
    Listing listing;
    listing.root = root;
    const bool hasTrain = fs::is_directory(root / "train");
    listing.hasTest = fs::is_directory(root / "test");
    if (hasTrain != listing.hasTest) {
        throw InputError(root.string() + " has a folder "
                         + (hasTrain ? "train but none named test" : "test but none named train")
                         + "; both are needed, or neither.");
    }
    const fs::path train = hasTrain ? root / "train" : root;
    listing.classes = classesIn(train);
    if (listing.classes.size() < 2) {
        throw InputError(train.string() + " has fewer than two sub-folders; each class needs one.");
    }
    listing.train = filesIn(train, listing.classes);
    if (listing.hasTest) {
        for (const std::string& name : classesIn(root / "test")) {
            if (std::find(listing.classes.begin(), listing.classes.end(), name) == listing.classes.end()) {
                throw InputError((root / "test" / name).string() + ": there is no training class of that name.");
            }
        }
        listing.test = filesIn(root / "test", listing.classes);
    }
    std::vector<std::int64_t> counts(listing.classes.size());
    for (const std::int64_t label : listing.train.labels) {
        ++counts[label];
    }
    for (std::size_t c = 0; c < counts.size(); ++c) {
        if (counts[c] == 0) {
            throw InputError((train / listing.classes[c]).string() + " holds no PNG or JPEG image.");
        }
    }
    if (listing.hasTest && listing.test.files.empty()) {
        throw InputError((root / "test").string() + " holds no PNG or JPEG image.");
    }
    return listing;
}

/// Calls work(0) to work(count - 1) from a few threads; rethrows what the lowest index that failed has thrown, so that
/// the same folder gives the same error each time.
void inParallel(std::size_t count, const std::function<void(std::size_t)>& work)
{
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::exception_ptr failure;
    std::size_t failedAt = count;
    const auto loop = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            try {
                work(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (i < failedAt) {
                    failedAt = i;
                    failure = std::current_exception();
                }
                next = count; // those below i were taken already and will be finished
            }
        }
    };
    {
        const std::size_t threads
            = std::min<std::size_t>({std::max(1U, std::thread::hardware_concurrency()), 8, count});
        std::vector<std::jthread> pool;
        for (std::size_t t = 1; t < threads; ++t) {
            pool.emplace_back(loop);
        }
        loop();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

Samples decode(const Part& part, const ImageFolderSettings& settings, ImageSize size, const fs::path& model)
{
    const auto count = static_cast<std::int64_t>(part.files.size());
    const std::int64_t plane = size.width * size.height;
    Samples samples{sampleMemory({count, settings.channels, size.height, size.width}), toTensor(part.labels)};
    auto* target = samples.inputs.data_ptr<std::uint8_t>();
    const auto channels = static_cast<int>(settings.channels);
    inParallel(part.files.size(), [&](std::size_t i) {
        const auto check = [&](ImageSize own) {
            if (settings.size == 0 && own != size) {
                throw InputError(part.files[i].string() + " has " + std::to_string(own.width) + " x "
                                 + std::to_string(own.height) + " pixels, but " + model.string() + " has "
                                 + std::to_string(size.width) + " x " + std::to_string(size.height)
                                 + "; set size to have all resized.");
            }
        };
        Image image = decodeImage(part.files[i], channels, check);
        if (settings.size > 0) {
            image = resized(image, channels, size);
        }
        std::uint8_t* planes = target + static_cast<std::int64_t>(i) * channels * plane;
        for (int c = 0; c < channels; ++c) {
            for (std::int64_t p = 0; p < plane; ++p) {
                planes[c * plane + p] = image.pixels[p * channels + c];
            }
        }
    });
    return samples;
}

Source openImageFolder(const ImageFolderSettings& settings, const std::string& workspace)
{
    if (settings.channels != 1 && settings.channels != 3) {
        throw InputError("An image folder's channels must be 3 or 1, not " + std::to_string(settings.channels) + ".");
    }
    const Listing listing = list(locateNamed(settings.folder, workspace, "folder"));
    const auto sizeOfAll = [=] {
        return settings.size > 0 ? ImageSize{settings.size, settings.size} : imageSize(listing.train.files.front());
    };
    const std::string name = fs::absolute(listing.root / "").parent_path().filename().string();

    Source source;
    source.files = listing.train.files;
    source.files.insert(source.files.end(), listing.test.files.begin(), listing.test.files.end());
    source.load = [=] {
        const ImageSize size = sizeOfAll();
        Dataset dataset{.name = name,
                        .origin = listing.root.string(),
                        .shape = {settings.channels, size.height, size.width},
                        .classes = listing.classes};
        const fs::path& model = listing.train.files.front();
        const Samples train = decode(listing.train, settings, size, model);
        if (listing.hasTest) {
            dataset.train = train;
            dataset.test = decode(listing.test, settings, size, model);
        } else {
            splitOffTest(dataset, train, settings.testShare);
        }
        return dataset;
    };
    source.outline = [=] {
        const ImageSize size = sizeOfAll();
        DatasetOutline outline{name,
                               {settings.channels, size.height, size.width},
                               static_cast<std::int64_t>(listing.classes.size()),
                               static_cast<std::int64_t>(listing.train.files.size()),
                               static_cast<std::int64_t>(listing.test.files.size())};
        if (!listing.hasTest) {
            outline.test = testCount(toTensor(listing.train.labels), listing.classes.size(), settings.testShare);
            outline.train -= outline.test;
        }
        return outline;
    };
    return source;
}

} // namespace

DatasetReader imageFolderReader()
{
    return makeReader<ImageFolderSettings>(
        datasetKind("image_folder", "Image folder", "PNG and JPEG images of one's own, a sub-folder for each class."),
        openImageFolder);
}

} // namespace distill
