// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/sources.h"

#include "experiment/error.h"
#include "interchange/eventfile.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace fs = std::filesystem;

namespace distill {

namespace {

std::pair<std::string, std::uint64_t> withLength(const fs::path& file)
{
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    if (error) {
        throw InputError(file.string() + " cannot be read: " + error.message() + ".");
    }
    if (bytes == 0) {
        throw InputError(file.string() + " is empty.");
    }
    return {file.string(), bytes};
}

ImportFormat guessed(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string head(4096, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(file.gcount()));
    if (isEventFile(head) || path.find("tfevents") != std::string::npos) {
        return ImportFormat::TensorBoard;
    }
    std::string_view text = head;
    if (text.starts_with("\xef\xbb\xbf")) {
        text.remove_prefix(3);
    }
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (text[first] == '{' || text[first] == '[') ? ImportFormat::Jsonl : ImportFormat::Csv;
}

/// What a file is called among others: many programs give all their files one name, and tell them apart by the folder.
std::string nameFrom(const fs::path& file)
{
    static const std::set<std::string> common{"metrics", "history", "log", "logs", "progress", "results", "trainer_state", "train", "curves",
                                              "wandb-history", "wandb_history", "output"};
    const std::string stem = file.stem().string();
    const std::string folder = fs::absolute(file).lexically_normal().parent_path().filename().string();
    return common.contains(stem) && !folder.empty() ? folder + '/' + stem : stem;
}

} // namespace

const char* nameOf(ImportFormat format)
{
    switch (format) {
    case ImportFormat::Csv: return "csv";
    case ImportFormat::Jsonl: return "jsonl";
    case ImportFormat::TensorBoard: return "tensorboard";
    case ImportFormat::Guessed: break;
    }
    return "guessed";
}

ImportFormat importFormatFrom(std::string_view name)
{
    for (const ImportFormat format : {ImportFormat::Csv, ImportFormat::Jsonl, ImportFormat::TensorBoard}) {
        if (name == nameOf(format)) {
            return format;
        }
    }
    throw InputError('"' + std::string(name) + "\" is no format to import; expected csv, jsonl or tensorboard.");
}

std::vector<Source> sourcesAt(const std::string& path, ImportFormat format)
{
    std::error_code error;
    if (!fs::exists(path, error)) {
        throw InputError("There is no file or folder " + path + ".");
    }
    if (!fs::is_directory(path, error)) {
        Source source{format == ImportFormat::Guessed ? guessed(path) : format, nameFrom(path), {withLength(path)}};
        if (source.format == ImportFormat::TensorBoard) {
            source.name = fs::absolute(path).lexically_normal().parent_path().filename().string();
        }
        return {source};
    }
    if (format != ImportFormat::Guessed && format != ImportFormat::TensorBoard) {
        throw InputError(path + " is a folder; name the files in it.");
    }
    std::map<fs::path, std::vector<fs::path>> folders;
    try {
        for (const auto& entry : fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied)) {
            if (entry.is_regular_file() && entry.path().filename().string().find("tfevents") != std::string::npos
                && !entry.path().filename().string().starts_with('.')) {
                folders[entry.path().parent_path()].push_back(entry.path());
            }
        }
    } catch (const fs::filesystem_error& failure) {
        throw InputError(path + " cannot be read: " + failure.code().message() + ".");
    }
    if (folders.empty()) {
        throw InputError(path + " holds no TensorBoard event files (*tfevents*), nor do the folders in it; name CSV and JSONL files themselves.");
    }
    const fs::path whole = fs::absolute(path).lexically_normal();
    const std::string top = (whole.has_filename() ? whole : whole.parent_path()).filename().string();
    std::vector<Source> sources;
    for (auto& [folder, files] : folders) {
        std::sort(files.begin(), files.end());
        const std::string relative = folder.lexically_relative(path).string();
        Source source{ImportFormat::TensorBoard, relative == "." || relative.empty() ? top : relative, {}};
        for (const fs::path& file : files) {
            if (fs::file_size(file) > 0) { // a writer that has nothing to say yet
                source.files.push_back(withLength(file));
            }
        }
        if (!source.files.empty()) {
            sources.push_back(std::move(source));
        }
    }
    if (sources.empty()) {
        throw InputError("The event files in " + path + " are empty.");
    }
    return sources;
}

void read(const Source& source, CurveSink& sink)
{
    for (const auto& [path, bytes] : source.files) {
        switch (source.format) {
        case ImportFormat::TensorBoard: readEventCurves(path, bytes, sink); break;
        case ImportFormat::Jsonl: readJsonCurves(path, bytes, sink); break;
        default: readCsvCurves(path, bytes, sink);
        }
    }
}

} // namespace distill
