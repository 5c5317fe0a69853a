// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/readers.h"

#include <fstream>

namespace fs = std::filesystem;

namespace distill {

void FolderSettings::describe(Binder& binder)
{
    binder.text("folder", folder,
                {.help = "Folder with the files under their published names; empty: the workspace's data folder, then "
                         "the system's."});
}

namespace {

/// A path of the document: as it is, else below the workspace.
fs::path resolved(const std::string& given, const std::string& workspace)
{
    std::error_code ignored;
    const fs::path path(given);
    if (path.is_absolute() || workspace.empty() || fs::exists(path, ignored)) {
        return path;
    }
    return fs::path(workspace) / path;
}

} // namespace

fs::path locate(const Places& places, const std::string& given, const std::string& workspace,
                const std::vector<std::string>& names, fs::path& folder)
{
    std::vector<fs::path> roots;
    if (!folder.empty()) {
        roots.push_back(folder);
    } else if (!given.empty()) {
        roots.push_back(resolved(given, workspace));
    } else {
        if (!workspace.empty()) {
            roots.push_back(fs::path(workspace) / "data" / places.name);
            roots.push_back(fs::path(workspace) / "data");
        }
        roots.push_back(fs::path("/usr/share/datasets") / places.name);
    }
    std::string looked;
    for (const fs::path& root : roots) {
        std::vector<fs::path> folders{root};
        if (folder.empty()) {
            for (const std::string& inner : places.innerFolders) {
                folders.push_back(root / inner);
            }
        }
        for (const fs::path& candidate : folders) {
            for (const std::string& name : names) {
                std::error_code ignored;
                if (fs::is_regular_file(candidate / name, ignored)) {
                    folder = candidate;
                    return candidate / name;
                }
            }
        }
        looked += (looked.empty() ? "" : ", ") + root.string();
    }
    throw InputError(places.title + ": found no file " + names.front() + " in " + looked
                     + (given.empty() ? "; put the files there or name their folder." : "."));
}

fs::path locateNamed(const std::string& given, const std::string& workspace, const std::string& what)
{
    if (given.empty()) {
        throw InputError("The data set's " + what + " is not named.");
    }
    const fs::path path = resolved(given, workspace);
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        throw InputError("There is no " + what + " " + path.string() + ".");
    }
    return path;
}

std::string readBytes(const fs::path& file, std::uint64_t limit)
{
    std::error_code error;
    const std::uint64_t size = fs::file_size(file, error);
    std::ifstream stream(file, std::ios::binary);
    if (error || !stream) {
        throw InputError("Cannot read " + file.string() + ".");
    }
    if (size > limit) {
        throw InputError(file.string() + " is larger than the " + std::to_string(limit >> 20) + " MiB that are read.");
    }
    std::string bytes(size, '\0');
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(size))) {
        throw InputError(file.string() + " changed while it was read.");
    }
    return bytes;
}

std::vector<std::string> readLines(const fs::path& file)
{
    std::ifstream stream(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (!line.empty()) {
            lines.push_back(line);
        }
    }
    return lines;
}

void checkClasses(const Dataset& dataset, const std::string& where)
{
    for (const std::string& name : dataset.classes) {
        try {
            Json(name).dump();
        } catch (const Json::exception&) {
            throw InputError(where + ": the class name "
                             + Json(name).dump(-1, ' ', false, Json::error_handler_t::replace)
                             + " is not UTF-8; save the file, or name the folder, in UTF-8.");
        }
    }
    const auto perClass = indicesByClass(dataset.train.labels, dataset.classes.size());
    for (std::size_t c = 0; c < perClass.size(); ++c) {
        if (perClass[c].empty()) {
            throw InputError(where + ": class " + std::to_string(c) + " (" + dataset.classes[c]
                             + ") has no training samples.");
        }
    }
    if (dataset.classes.size() < 2) {
        throw InputError(where + " has fewer than two classes.");
    }
    if (dataset.test.size() == 0) {
        throw InputError(where + " has no test samples.");
    }
}

} // namespace distill
