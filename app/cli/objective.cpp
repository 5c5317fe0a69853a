// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/objectivefile.h"
#include "experiment/error.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <ostream>

namespace distill::cli {

namespace {

struct Options {
    std::string name, tensors, gradients;
    std::vector<std::string> parameters;
    bool json = false;
};

std::vector<ObjectiveParameter> split(const std::vector<std::string>& parameters)
{
    std::vector<ObjectiveParameter> all;
    for (const std::string& text : parameters) {
        const std::size_t sign = text.find('=');
        if (sign == std::string::npos || sign == 0) {
            throw InputError("--param " + text + ": expected key=value.");
        }
        all.push_back({text.substr(0, sign), text.substr(sign + 1)});
    }
    return all;
}

/// Sizes and Euclidean norm of nested lists of numbers.
void measure(const Json& lists, std::string& sizes, double& squares, bool first = true)
{
    if (!lists.is_array()) {
        squares += lists.is_number() ? lists.get<double>() * lists.get<double>() : NAN; // null: not finite
        return;
    }
    if (first) {
        sizes += (sizes.empty() ? "" : " x ") + std::to_string(lists.size());
    }
    for (std::size_t i = 0; i < lists.size(); ++i) {
        measure(lists[i], sizes, squares, first && i == 0);
    }
}

int evaluate(const Context& context, const Options& options)
{
    const Json result = evaluateObjectiveFile(options.name, options.tensors, split(options.parameters), options.gradients);
    if (options.json) {
        context.console.out << result.dump(2) << '\n';
        return Done;
    }
    context.console.out << options.name << ' ' << result.at("value").dump() << '\n';
    Table table({"gradient of", "sizes", ">norm"});
    for (const auto& [name, gradient] : result.at("gradients").items()) {
        std::string sizes;
        double squares = 0;
        measure(gradient, sizes, squares);
        table.add({name, sizes, Json(std::sqrt(squares)).dump()});
    }
    table.print(context.console.out, "  ");
    return Done;
}

} // namespace

void addObjectiveCommand(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();
    CLI::App* objective = app.add_subcommand("objective", "Compute an objective outside a run");
    objective->require_subcommand(1);
    CLI::App* evaluating = objective->add_subcommand("evaluate", "Its value and gradients on saved tensors");
    evaluating->add_option("NAME", options->name, "As `distill objectives` lists them")->required();
    evaluating
        ->add_option("--tensors", options->tensors,
                     "A safetensors file with student/logits, student/tap0, ..., teacher/logits, teacher/tap0, ..., labels, mask, "
                     "index, parameter/NAME, memory/NAME")
        ->required();
    evaluating->add_option("--param", options->parameters, "key=value; convention=NAME for all those of a published code")
        ->allow_extra_args(false);
    evaluating->add_option("--gradients", options->gradients, "Write the gradients to this safetensors file");
    evaluating->add_flag("--json", options->json, "Value and gradients as JSON");
    evaluating->callback(
        [&context, options] { context.command = [&context, options] { return evaluate(context, *options); }; });
}

} // namespace distill::cli
