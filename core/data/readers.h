// SPDX-License-Identifier: GPL-3.0-or-later
// What the readers of the data set kinds share; private to this folder.
#pragma once

#include "data/dataset.h"
#include "experiment/error.h"

#include <filesystem>
#include <functional>
#include <span>

namespace distill {

/// A data set that was found but not read yet.
struct Source {
    std::vector<std::filesystem::path>
        files; ///< what it will be read from: their sizes and times tell whether it changed
    std::function<Dataset()> load; ///< everything but `sha256`
    std::function<DatasetOutline()> outline;
};

Kind datasetKind(std::string name, std::string title, std::string help, std::string paper = {});

struct DatasetReader {
    Kind kind;
    /// Finds the files, with the parameters of `kind` all filled in.
    std::function<Source(const Json& parameters, const std::string& workspace)> open;
};

template <class Settings>
DatasetReader makeReader(Kind kind, std::function<Source(const Settings&, const std::string& workspace)> open)
{
    kind.fields = fieldsOf<Settings>();
    return {std::move(kind), [open = std::move(open)](const Json& parameters, const std::string& workspace) {
                Settings settings;
                readFields(parameters, settings);
                return open(settings, workspace);
            }};
}

DatasetReader fashionMnistReader();
DatasetReader mnistReader();
DatasetReader cifar10Reader();
DatasetReader cifar100Reader();
DatasetReader imageFolderReader();
DatasetReader csvReader();
std::vector<DatasetReader> generatedReaders();

/// The settings of the kinds that are read from a folder of well-known file names.
struct FolderSettings {
    std::string folder;
    void describe(Binder& binder);
};

/// Where a set of well-known files may lie. A folder that was named is the only place that is looked in: taking the
/// files from elsewhere would train on other data than was asked for.
struct Places {
    std::string title; ///< "Fashion-MNIST"
    std::string name; ///< its folder's name below the workspace's data/
    std::vector<std::string> innerFolders; ///< how archives and other tools nest it
};
/// The first file of `names` that lies in one of the folders; throws InputError with every folder that was looked in.
/// `folder` is where the previous file was found, so that all files come from one place, or empty.
std::filesystem::path locate(const Places& places, const std::string& given, const std::string& workspace,
                             const std::vector<std::string>& names, std::filesystem::path& folder);
/// A file or folder that was named in the document: as it is, else below the workspace. Throws InputError.
std::filesystem::path locateNamed(const std::string& given, const std::string& workspace, const std::string& what);

/// The whole file; throws InputError when it cannot be read or is larger than `limit` bytes.
std::string readBytes(const std::filesystem::path& file, std::uint64_t limit);
/// Lines that are not empty, without line ends.
std::vector<std::string> readLines(const std::filesystem::path& file);

/// Throws InputError unless there are training samples of every class and test samples; `where` names the source.
void checkClasses(const Dataset& dataset, const std::string& where);

/// Moves a stratified `share` of the samples to the test part: always the same one for the same labels.
void splitOffTest(Dataset& dataset, const Samples& all, double share);
/// How many samples that moves.
std::int64_t testCount(const at::Tensor& labels, std::size_t classes, double share);

/// Row indices of each class, ascending.
std::vector<std::vector<std::int64_t>> indicesByClass(const at::Tensor& labels, std::size_t classes);
/// Shares `total` out in proportion to `sizes`, by largest remainders: each part at least `minimum`, and `keep` of each
/// size left over, as far as the size allows. Asks for no more than there is beside what is kept.
std::vector<std::int64_t> shareOut(std::span<const std::int64_t> sizes, std::int64_t total, std::int64_t minimum,
                                   std::int64_t keep);
std::int64_t totalBeside(std::span<const std::int64_t> sizes, std::int64_t keep);
at::Tensor toTensor(const std::vector<std::int64_t>& values);

} // namespace distill
