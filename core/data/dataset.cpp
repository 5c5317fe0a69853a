// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/dataset.h"
#include "data/readers.h"
#include "experiment/schema.h"

#include <map>
#include <mutex>

namespace fs = std::filesystem;

namespace distill {

namespace {

const std::vector<DatasetReader>& readers()
{
    static const std::vector<DatasetReader> all = [] {
        std::vector<DatasetReader> list{fashionMnistReader(), mnistReader(),       cifar10Reader(),
                                        cifar100Reader(),     imageFolderReader(), csvReader()};
        for (DatasetReader& reader : generatedReaders()) {
            list.push_back(std::move(reader));
        }
        return list;
    }();
    return all;
}

const DatasetReader& readerOf(const std::string& kind)
{
    std::string known;
    for (const DatasetReader& reader : readers()) {
        if (reader.kind.name == kind) {
            return reader;
        }
        known += (known.empty() ? "" : ", ") + reader.kind.name;
    }
    throw InputError("There is no data set \"" + kind + "\"; known are " + known + ".");
}

Json withDefaults(const DatasetReader& reader, const Selection& selection)
{
    Json filled = Json::object();
    for (const Field& field : reader.kind.fields) {
        const auto given = selection.parameters.find(field.key);
        filled[field.key] = given == selection.parameters.end() ? field.defaultValue : *given;
    }
    return filled;
}

/// Errors of the file system and of allocation, said as the readers say theirs.
template <class Work> auto asInputErrors(const std::string& kind, const Work& work)
{
    const std::string tooLarge = "The data set \"" + kind + "\" does not fit into this machine's memory.";
    try {
        return work();
    } catch (const fs::filesystem_error& error) {
        throw InputError("Cannot read " + error.path1().string() + ": " + error.code().message() + ".");
    } catch (const std::bad_alloc&) {
        throw InputError(tooLarge);
    } catch (const c10::Error& error) {
        const std::string what = error.what_without_backtrace();
        throw InputError(what.find("memory") != std::string::npos
                             ? tooLarge
                             : "The data set \"" + kind + "\" cannot be used: " + what.substr(0, what.find('\n')));
    }
}

std::string sha256Of(const at::Tensor& tensor)
{
    const at::Tensor bytes = tensor.contiguous();
    return sha256({static_cast<const char*>(bytes.data_ptr()), bytes.nbytes()});
}

/// The hash of a listing of the four tensors' shapes and hashes.
std::string contentHash(const Dataset& dataset)
{
    std::string listing;
    const auto add = [&](const char* part, const at::Tensor& tensor) {
        listing += part;
        for (const std::int64_t size : tensor.sizes()) {
            listing += ' ' + std::to_string(size);
        }
        listing += ' ' + sha256Of(tensor) + '\n';
    };
    add("train inputs", dataset.train.inputs);
    add("train labels", dataset.train.labels);
    add("test inputs", dataset.test.inputs);
    add("test labels", dataset.test.labels);
    return sha256(listing);
}

/// One data set in memory, or being read into it.
struct Slot {
    std::mutex mutex;
    std::weak_ptr<const Dataset> dataset;
};

std::shared_ptr<Slot> slotOf(const std::string& key)
{
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<Slot>> slots;
    const std::lock_guard lock(mutex);
    auto& slot = slots[key]; // kept for good: a slot without its data is a few hundred bytes
    if (!slot) {
        slot = std::make_shared<Slot>();
    }
    return slot;
}

std::string keyOf(const std::string& kind, const Json& parameters, const std::vector<fs::path>& files)
{
    std::string key = kind + parameters.dump(-1, ' ', false, Json::error_handler_t::replace);
    for (const fs::path& file : files) {
        key += '\n' + fs::absolute(file).string() + ' ' + std::to_string(fs::file_size(file)) + ' '
            + std::to_string(fs::last_write_time(file).time_since_epoch().count());
    }
    return key;
}

} // namespace

Kind datasetKind(std::string name, std::string title, std::string help, std::string paper)
{
    Kind kind;
    kind.name = std::move(name);
    kind.title = std::move(title);
    kind.help = std::move(help);
    kind.paper = std::move(paper);
    return kind;
}

const std::vector<Kind>& datasetKinds()
{
    static const std::vector<Kind> kinds = [] {
        std::vector<Kind> list;
        for (const DatasetReader& reader : readers()) {
            list.push_back(reader.kind);
        }
        return list;
    }();
    return kinds;
}

std::shared_ptr<const Dataset> loadDataset(const Selection& selection, const std::string& workspace)
{
    const DatasetReader& reader = readerOf(selection.kind);
    return asInputErrors(selection.kind, [&]() -> std::shared_ptr<const Dataset> {
        const Json parameters = withDefaults(reader, selection);
        const Source source = reader.open(parameters, workspace);
        const auto slot = slotOf(keyOf(selection.kind, parameters, source.files));
        const std::lock_guard lock(slot->mutex);
        if (auto dataset = slot->dataset.lock()) {
            return dataset;
        }
        auto dataset = std::make_shared<Dataset>(source.load());
        checkClasses(*dataset, dataset->origin);
        dataset->sha256 = contentHash(*dataset);
        slot->dataset = dataset;
        return dataset;
    });
}

DatasetOutline outlineDataset(const Selection& selection, const std::string& workspace)
{
    const DatasetReader& reader = readerOf(selection.kind);
    return asInputErrors(selection.kind, [&]() -> DatasetOutline {
        const Source source = reader.open(withDefaults(reader, selection), workspace);
        if (source.outline) {
            return source.outline();
        }
        const auto dataset = loadDataset(selection, workspace);
        return {dataset->name, dataset->shape, static_cast<std::int64_t>(dataset->classes.size()),
                dataset->train.size(), dataset->test.size()};
    });
}

} // namespace distill
