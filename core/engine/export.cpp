// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/engine.h"
#include "engine/readme.h"
#include "engine/runner.h"
#include "data/batches.h"
#include "interchange/curves.h"
#include "models/atomicfile.h"
#include "models/safetensors.h"
#include "models/torchscript.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace fs = std::filesystem;

namespace distill {

namespace {

/// "loss/0 kd" -> "loss-0-kd.csv"
std::string fileName(std::string series)
{
    for (char& c : series) {
        c = c == '/' || c == ' ' ? '-' : c;
    }
    return series + ".csv";
}

/// What weights say of themselves beside the tensors.
template <class Value> Value described(const TensorFile& file, const std::string& path, const char* key)
{
    const auto found = file.metadata.find(key);
    const Json json = found == file.metadata.end() ? Json() : Json::parse(found->second, nullptr, false);
    if (json.is_null() || json.is_discarded()) {
        throw InputError(path + " does not say its " + key + "; it was not written by this program, or is damaged");
    }
    return json.get<Value>();
}

void makeFolder(const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        throw InputError("The folder " + folder.string() + " cannot be made: " + error.message());
    }
}

} // namespace

void exportRun(const History& history, const RunId& id, const std::string& folder)
{
    const RunRow row = history.run(id).value();
    requireTrained(row);
    std::vector<std::pair<fs::path, fs::path>> copies;
    for (const Artefact& artefact : history.artefacts(id)) {
        if (artefact.kind == "last" || artefact.kind == "best") {
            copies.emplace_back(fs::path(history.workspace()) / artefact.path,
                                fs::path(folder) / ("student-" + artefact.kind + ".safetensors"));
        }
    }
    if (copies.empty()) {
        throw InputError("Run " + id + " (" + row.name + ") is " + nameOf(row.state) + " and has no final weights to export");
    }
    makeFolder(fs::path(folder) / "curves");
    for (const auto& [source, target] : copies) {
        std::error_code error;
        fs::copy_file(source, target, fs::copy_options::overwrite_existing, error);
        if (error) {
            throw InputError("The weights cannot be copied to " + target.string() + ": " + error.message());
        }
    }
    try {
        const TensorFile weights = readSafetensors(copies.front().first.string());
        writeFileAtomically((fs::path(folder) / "experiment.json").string(), history.experimentText(id));
        writeFileAtomically((fs::path(folder) / "summary.json").string(), row.summary.dump(2) + "\n");
        for (const std::string& series : history.seriesOf(id)) {
            std::ostringstream text;
            writeCurves(history, {id}, {series}, text);
            writeFileAtomically((fs::path(folder) / "curves" / fileName(series)).string(), text.str());
        }
        writeFileAtomically((fs::path(folder) / "README.txt").string(), readmeOfFolder(row, weights.metadata));
    } catch (const std::runtime_error& failure) {
        throw InputError(failure.what());
    }
}

double exportTorchScript(const History& history, const RunId& id, const std::string& file)
{
    const RunRow row = history.run(id).value();
    const std::string path = weightsOf(history, id);
    const TensorFile weights = readSafetensors(path);
    const auto input = described<Json>(weights, path, "input");
    const auto model = described<Json>(weights, path, "model");
    const auto classes = described<std::vector<std::string>>(weights, path, "classes");
    const InputShape shape{input.at("channels").get<std::int64_t>(), input.at("height").get<std::int64_t>(),
                           input.at("width").get<std::int64_t>()};
    at::Generator generator = makeGenerator(at::kCPU, 0);
    const auto network
        = makeModel(Selection{model.at("kind").get<std::string>(), model}, shape, static_cast<std::int64_t>(classes.size()), generator);
    loadState(*network, weights.tensors, path);
    const std::string document = history.experimentText(id);
    TorchScriptContent content{input.at("mean").get<std::vector<double>>(), input.at("deviation").get<std::vector<double>>(), classes,
                               {{"experiment.json", document}, {"run.txt", row.id}}};
    const fs::path target(file);
    makeFolder(fs::absolute(target).parent_path());
    try {
        const double difference = writeTorchScript(file, *network, shape, content);
        writeFileAtomically(fs::path(target).replace_extension(".json").string(), document);
        writeFileAtomically(fs::path(target).replace_extension(".txt").string(),
                            readmeOfTorchScript(row, weights.metadata, target.filename().string()));
        return difference;
    } catch (const InputError&) {
        throw;
    } catch (const std::runtime_error& failure) {
        throw InputError(failure.what());
    }
}

} // namespace distill
