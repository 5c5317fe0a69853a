// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/engine.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace distill::cli {

namespace {

struct Options {
    std::string kind;
    std::string dataset = "fashion-mnist";
    bool json = false;
};

const char* typeOf(const Field& field)
{
    switch (field.type) {
    case Field::Type::Boolean:
        return "boolean";
    case Field::Type::Integer:
        return "integer";
    case Field::Type::Number:
        return "number";
    case Field::Type::Text:
        return "text";
    case Field::Type::Choice:
        return "choice";
    case Field::Type::List:
        return "list";
    case Field::Type::Object:
        return "object";
    case Field::Type::Kind:
        return "kind";
    case Field::Type::Experiment:
        return "experiment";
    case Field::Type::Any:
        return "any value";
    }
    return "";
}

std::string rangeOf(const Field& field)
{
    std::string range = typeOf(field);
    if (field.type == Field::Type::Choice || field.type == Field::Type::Kind) {
        range.clear();
        for (const Field::Option& option : field.options) {
            range += (range.empty() ? "" : ", ") + option.name;
        }
        for (const Kind& kind : field.kinds) {
            range += (range.empty() ? "" : ", ") + kind.name;
        }
        return range;
    }
    const auto number = [](double value) {
        std::ostringstream text;
        text << std::setprecision(9) << value;
        return text.str();
    };
    if (std::isfinite(field.minimum) && std::isfinite(field.maximum)) {
        range += " " + number(field.minimum) + " to " + number(field.maximum);
    } else if (std::isfinite(field.minimum)) {
        range += " >= " + number(field.minimum);
    } else if (std::isfinite(field.maximum)) {
        range += " <= " + number(field.maximum);
    }
    return range + (field.unit.empty() ? "" : " " + field.unit);
}

Json jsonOf(const Kind& kind)
{
    Json fields = Json::array();
    for (const Field& field : kind.fields) {
        fields.push_back({{"key", field.key},
                          {"type", typeOf(field)},
                          {"values", rangeOf(field)},
                          {"default", field.defaultValue},
                          {"help", field.help},
                          {"tunable", field.tunable}});
    }
    Json json{{"name", kind.name},       {"title", kind.title}, {"help", kind.help},
              {"formula", kind.formula}, {"paper", kind.paper}, {"fields", fields}};
    if (!kind.presets.empty()) {
        json["conventions"] = Json::array();
        for (const Preset& preset : kind.presets) {
            json["conventions"].push_back({{"name", preset.name},
                                           {"help", preset.help},
                                           {"parameters", preset.parameters},
                                           {"formula", objectiveFormula(kind.name, preset.parameters)}});
        }
    }
    return json;
}

std::string sizeOf(const LayerOutline& layer)
{
    std::string text;
    for (const std::int64_t side : layer.shape) {
        text += (text.empty() ? "" : " x ") + std::to_string(side);
    }
    return text;
}

void printLayers(std::ostream& out, const ModelCost& cost)
{
    Table table({"tap", "gives", ">multiply-adds up to here", ">", ">parameters"});
    for (const LayerOutline& layer : cost.layers) {
        const auto all = static_cast<double>(std::max<std::int64_t>(1, cost.multiplyAdds));
        table.add({layer.name, sizeOf(layer), grouped(layer.multiplyAdds),
                   decimal(100 * static_cast<double>(layer.multiplyAdds) / all, 1) + " %", grouped(layer.parameters)});
    }
    table.print(out, "    ");
}

void print(std::ostream& out, const Kind& kind, const std::string& remark)
{
    out << kind.name << "  " << kind.title << '\n';
    for (const std::string& text : {kind.help, kind.formula, kind.paper, remark}) {
        if (!text.empty()) {
            out << "  " << text << '\n';
        }
    }
    if (!kind.fields.empty()) {
        Table table({"field", "values", "default", ""});
        for (const Field& field : kind.fields) {
            table.add({field.key, rangeOf(field), field.defaultValue.dump(), field.help});
        }
        table.print(out, "    ");
    }
    if (!kind.presets.empty()) {
        Table table({"convention", "parameters", ""});
        for (const Preset& preset : kind.presets) {
            std::string parameters;
            for (const auto& [key, value] : preset.parameters.items()) {
                parameters += (parameters.empty() ? "" : ", ") + key + " " + value.dump();
            }
            table.add({preset.name, parameters, preset.help});
        }
        table.print(out, "    ");
    }
    out << '\n';
}

/// What each model costs at its defaults on a data set's inputs; nothing where that data set is not there.
std::optional<ModelCost> costOf(const std::string& model, const std::string& dataset)
{
    // Two images, one step: a plan also measures a step, and this one is short.
    const Json json = {{"data", {{"dataset", {{"kind", dataset}}}}},
                       {"student", {{"model", {{"kind", model}}}}},
                       {"stages", Json::array({{{"steps", 1}, {"batch_size", 2}}})}};
    try {
        return plan(Document::fromJson(json), nullptr).student;
    } catch (const InputError&) {
        return std::nullopt;
    }
}

int describe(const Context& context, const Options& options, const std::vector<Kind>& kinds, bool models)
{
    std::vector<const Kind*> shown;
    std::string names;
    for (const Kind& kind : kinds) {
        names += (names.empty() ? "" : ", ") + kind.name;
        if (options.kind.empty() || options.kind == kind.name) {
            shown.push_back(&kind);
        }
    }
    if (shown.empty()) {
        throw InputError("There is no \"" + options.kind + "\"; known are " + names + ".");
    }
    const std::vector<Kind>& datasets = schema().catalogue().datasets;
    if (models && std::none_of(datasets.begin(), datasets.end(), [&](const Kind& kind) { return kind.name == options.dataset; })) {
        throw InputError("There is no data set \"" + options.dataset + "\"; `distill datasets` lists them.");
    }
    Json all = Json::array();
    for (const Kind* kind : shown) {
        const auto cost = models ? costOf(kind->name, options.dataset) : std::nullopt;
        if (options.json) {
            all.push_back(jsonOf(*kind));
            if (cost) {
                all.back()["parameters"] = cost->parameters;
                all.back()["multiply_adds"] = cost->multiplyAdds;
                all.back()["taps"] = Json::array();
                for (const LayerOutline& layer : cost->layers) {
                    all.back()["taps"].push_back({{"name", layer.name},
                                                  {"shape", layer.shape},
                                                  {"multiply_adds", layer.multiplyAdds},
                                                  {"parameters", layer.parameters}});
                }
            }
            continue;
        }
        std::string remark;
        if (cost) {
            remark = grouped(cost->parameters) + " parameters, " + grouped(cost->multiplyAdds) + " multiply-adds on "
                + options.dataset;
            for (const LayerOutline& layer : cost->layers) {
                remark += (&layer == &cost->layers.front() ? "; taps " : ", ") + layer.name;
            }
        }
        print(context.console.out, *kind, remark);
        if (cost && !options.kind.empty()) {
            printLayers(context.console.out, *cost);
        }
    }
    if (options.json) {
        context.console.out << all.dump(2) << '\n';
    }
    return Done;
}

} // namespace

void addDescribeCommands(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();

    CLI::App* writing = app.add_subcommand("schema", "The JSON Schema of experiments, for editors");
    writing->callback([&context] {
        context.command = [&context] {
            context.console.out << schema().jsonSchema().dump(2) << '\n';
            return int(Done);
        };
    });

    struct Shelf {
        const char* name;
        const char* help;
        const std::vector<Kind> Catalogue::*kinds;
    };
    for (const Shelf& shelf : {Shelf{"models", "Architectures, with their sizes", &Catalogue::models},
                               Shelf{"objectives", "Distillation methods and losses", &Catalogue::objectives},
                               Shelf{"datasets", "Data sets", &Catalogue::datasets}}) {
        CLI::App* command = app.add_subcommand(shelf.name, shelf.help);
        command->add_option("NAME", options->kind, "Only this one");
        command->add_flag("--json", options->json, "As a JSON list");
        const bool models = shelf.kinds == &Catalogue::models;
        if (models) {
            command->add_option("--dataset", options->dataset, "Whose inputs the sizes are given for")
                ->type_name("KIND")
                ->capture_default_str();
        }
        command->callback([&context, options, kinds = shelf.kinds, models] {
            context.command = [&context, options, kinds, models] {
                return describe(context, *options, schema().catalogue().*kinds, models);
            };
        });
    }
}

} // namespace distill::cli
