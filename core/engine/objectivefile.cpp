// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/objectivefile.h"

#include "engine/engine.h"
#include "models/safetensors.h"
#include "objectives/evaluate.h"

#include <algorithm>

namespace distill {

namespace {

const Kind& kindOf(const std::string& name)
{
    const Kind* kind = findKind(schema().catalogue().objectives, name);
    if (!kind) {
        makeObjective({name}); // says which there are
        throw std::logic_error("an objective without a kind");
    }
    return *kind;
}

const Preset& presetOf(const Kind& kind, const std::string& name)
{
    std::string known;
    for (const Preset& preset : kind.presets) {
        if (preset.name == name) {
            return preset;
        }
        known += (known.empty() ? "" : ", ") + preset.name;
    }
    throw InputError("The objective " + kind.name + " knows no convention \"" + name + "\"; it has "
                     + (known.empty() ? "one way to be computed" : known) + ".");
}

/// Complete parameters, checked as a term of an experiment is.
Json checked(const std::string& kind, const Json& given)
{
    Json term{{"kind", kind}};
    term.update(given);
    const Json document{{"name", "objective"},
                        {"teacher", {{"kind", "weights"}, {"file", "teacher"}, {"model", {{"kind", "mlp"}}}}},
                        {"stages", Json::array({{{"objective", Json::array({term})}}})}};
    const std::string place = "/stages/0/objective/0/";
    for (const Problem& problem : schema().check(Document::fromJson(document))) {
        if (problem.pointer.rfind(place, 0) == 0) {
            throw InputError(kind + ", " + problem.pointer.substr(place.size()) + ": " + problem.message);
        }
    }
    Json complete = schema().resolve(document).at("stages").at(0).at("objective").at(0);
    Json parameters = Json::object();
    for (const Field& field : kindOf(kind).fields) {
        parameters[field.key] = complete.at(field.key);
    }
    return parameters;
}

/// tap0, tap1, ... of one side, as many as there are.
std::vector<std::string> tapsOf(const std::string& side, const NamedTensors& tensors)
{
    std::vector<std::string> taps;
    while (tensors.count(side + "/tap" + std::to_string(taps.size())) > 0) {
        taps.push_back("tap" + std::to_string(taps.size()));
    }
    return taps;
}

/// What no check foresaw is still said in one sentence.
ObjectiveValue evaluated(const Selection& selection, const NamedTensors& tensors)
{
    try {
        return evaluateObjective(selection, tensors);
    } catch (const c10::Error& error) {
        const std::string what = error.what_without_backtrace();
        throw InputError("The tensors do not fit the objective " + selection.kind + ": " + what.substr(0, what.find('\n')));
    }
}

Json nested(const at::Tensor& tensor)
{
    if (tensor.dim() == 0) {
        return tensor.item<double>();
    }
    if (tensor.dim() == 1) {
        return std::vector<double>(tensor.data_ptr<double>(), tensor.data_ptr<double>() + tensor.numel());
    }
    Json rows = Json::array();
    for (std::int64_t i = 0; i < tensor.size(0); ++i) {
        rows.push_back(nested(tensor[i].contiguous()));
    }
    return rows;
}

} // namespace

Json evaluateObjectiveFile(const std::string& kind, const std::string& tensorsFile,
                           const std::vector<ObjectiveParameter>& parameters, const std::string& gradientsFile)
{
    const Kind& described = kindOf(kind);
    const NamedTensors tensors = readSafetensors(tensorsFile).tensors;
    Json given = Json::object();
    for (const Field& field : described.fields) {
        for (const std::string side : {"student", "teacher"}) {
            const std::vector<std::string> taps = tapsOf(side, tensors);
            if (field.key == side + "_taps" && !taps.empty()) {
                given[field.key] = taps;
            } else if (field.key == side + "_tap" && !taps.empty()) {
                given[field.key] = taps.front();
            }
        }
    }
    for (const ObjectiveParameter& parameter : parameters) {
        if (parameter.key == "convention") {
            given.update(presetOf(described, parameter.value).parameters);
        }
    }
    for (const ObjectiveParameter& parameter : parameters) {
        if (parameter.key != "convention") {
            const Json value = Json::parse(parameter.value, nullptr, /*allow_exceptions=*/false);
            given[parameter.key] = value.is_discarded() ? Json(parameter.value) : value;
        }
    }
    const Json complete = checked(kind, given);
    const ObjectiveValue found = evaluated({kind, complete}, tensors);
    if (!gradientsFile.empty()) {
        writeSafetensors(gradientsFile, {found.gradients, {{"objective", kind}, {"parameters", complete.dump()}}});
    }
    Json result{{"objective", kind}, {"parameters", complete}, {"value", found.value}};
    result["gradients"] = Json::object();
    for (const auto& [name, gradient] : found.gradients) {
        result["gradients"][name] = nested(gradient.to(at::kDouble).contiguous());
    }
    result["learned"] = Json::object();
    for (const auto& [name, tensor] : found.parameters) {
        result["learned"][name] = tensor.sizes().vec();
    }
    return result;
}

} // namespace distill
