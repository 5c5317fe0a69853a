// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/checkpoint.h"

#include "experiment/error.h"
#include "experiment/schema.h"
#include "models/safetensors.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace distill {

std::map<std::string, at::Tensor> Checkpoint::part(const std::string& prefix) const
{
    std::map<std::string, at::Tensor> found;
    for (auto it = tensors.lower_bound(prefix); it != tensors.end() && it->first.starts_with(prefix); ++it) {
        found.emplace(it->first.substr(prefix.size()), it->second);
    }
    return found;
}

void Checkpoint::add(const std::string& prefix, const std::map<std::string, at::Tensor>& named)
{
    for (const auto& [name, tensor] : named) {
        tensors.insert_or_assign(prefix + name, tensor);
    }
}

std::string saveCheckpoint(const std::string& folder, std::int64_t step, const Checkpoint& checkpoint)
{
    const std::string name = "checkpoint-" + std::to_string(step) + ".safetensors";
    const fs::path tensors = fs::path(folder) / name;
    writeSafetensors(tensors.string(), {checkpoint.tensors, {{"format", "pt"}}});

    Json json = {{"tensors", name}, {"sha256", sha256OfFile(tensors.string())}, {"values", checkpoint.values}};
    const fs::path path = fs::path(folder) / "checkpoint.json";
    writeFileAtomically(path.string(), json.dump(2) + "\n");

    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string other = entry.path().filename().string();
        if (other.starts_with("checkpoint-") && other != name) {
            fs::remove(entry.path(), ignored);
        }
    }
    return path.string();
}

std::optional<Checkpoint> loadCheckpoint(const std::string& folder)
{
    const fs::path path = fs::path(folder) / "checkpoint.json";
    std::ifstream file(path);
    if (!file) {
        return std::nullopt;
    }
    std::stringstream text;
    text << file.rdbuf();
    const Json json = Json::parse(text.str(), nullptr, false);
    if (!json.is_object() || !json.contains("tensors") || !json["tensors"].is_string() || !json.contains("values")) {
        throw InputError("The checkpoint " + path.string() + " is damaged: it is not the JSON that was written; delete it"
                         " to start the run anew");
    }
    const fs::path tensors = fs::path(folder) / json["tensors"].get<std::string>();
    if (sha256OfFile(tensors.string()) != json.value("sha256", "")) {
        throw InputError("The checkpoint " + tensors.string() + " is damaged: its SHA-256 is not the one in " + path.string()
                         + "; delete both to start the run anew");
    }
    return Checkpoint{readSafetensors(tensors.string()).tensors, json["values"]};
}

void removeCheckpoints(const std::string& folder)
{
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (entry.path().filename().string().starts_with("checkpoint")) {
            std::filesystem::remove(entry.path(), ignored);
        }
    }
}

} // namespace distill
