// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/engine.h"
#include "interchange/curves.h"
#include "interchange/import.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <ostream>

namespace distill::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> runs, series, files;
    std::string folder, torchScript, tensorBoard, name, format;
    bool csv = false, json = false;
};

std::vector<RunId> resolved(const History& history, const std::vector<std::string>& parts)
{
    std::vector<RunId> runs;
    for (const std::string& part : parts) {
        const RunId run = history.resolve(part);
        if (std::find(runs.begin(), runs.end(), run) == runs.end()) {
            runs.push_back(run);
        }
    }
    return runs;
}

int curves(const Context& context, const Options& options)
{
    const auto history = context.openHistory();
    writeCurves(*history, resolved(*history, options.runs), options.series, context.console.out);
    return Done;
}

int exportRuns(const Context& context, const Options& options)
{
    if (options.folder.empty() && options.torchScript.empty() && options.tensorBoard.empty()) {
        throw InputError("Export to what? Give --to DIR, --torchscript FILE or --tensorboard DIR.");
    }
    const auto history = context.openHistory();
    const std::vector<RunId> runs = resolved(*history, options.runs);
    if (!options.torchScript.empty() && runs.size() > 1) {
        throw InputError("A TorchScript file holds one network; name one run.");
    }
    std::ostream& out = context.console.out;
    for (const RunId& run : runs) {
        const fs::path folder = options.folder;
        if (!folder.empty()) {
            const std::string target = runs.size() == 1 ? options.folder : (folder / folderNameOf(history->run(run).value())).string();
            exportRun(*history, run, target);
            out << "Run " << run << " is exported to " << target << ".\n";
        }
        if (!options.torchScript.empty()) {
            char difference[32];
            std::snprintf(difference, sizeof difference, "%.1e", exportTorchScript(*history, run, options.torchScript));
            out << "Run " << run << " is written as TorchScript to " << options.torchScript << "; read again, its logits differ by at most "
                << difference << " on random inputs.\n";
        }
    }
    if (!options.tensorBoard.empty()) {
        for (const std::string& folder : exportTensorBoard(*history, runs, options.tensorBoard)) {
            out << "Event file written to " << folder << ".\n";
        }
        out << "Show them with: tensorboard --logdir " << options.tensorBoard << '\n';
    }
    return Done;
}

Json jsonOf(const ImportedRun& run)
{
    Json curves = Json::array();
    for (const ImportedCurve& curve : run.curves) {
        curves.push_back({{"name", curve.name}, {"series", curve.series}, {"from_percent", curve.fromPercent}, {"points", curve.points}});
    }
    return {{"run", run.id}, {"name", run.name}, {"was_there", run.wasThere}, {"curves", curves}, {"remarks", run.remarks}};
}

void print(std::ostream& out, const ImportedRun& run)
{
    if (run.wasThere) {
        out << run.name << " is in the history already, as run " << run.id << ": nothing was imported.\n";
        return;
    }
    out << run.name << " is imported as run " << run.id << ".\n";
    Table table({"curve", "kept as", ">points"});
    for (const ImportedCurve& curve : run.curves) {
        table.add({curve.name, curve.series, grouped(curve.points)});
    }
    table.print(out, "  ");
    for (const std::string& remark : run.remarks) {
        out << "  " << remark << '\n';
    }
}

int import(const Context& context, const Options& options)
{
    const ImportFormat format = options.format.empty() ? ImportFormat::Guessed : importFormatFrom(options.format);
    const auto history = context.openHistory();
    Json all = Json::array();
    for (const std::string& file : options.files) {
        const std::string name = options.files.size() > 1 && !options.name.empty()
            ? options.name + ": " + fs::path(file).filename().string()
            : options.name;
        for (const ImportedRun& run : importRuns(*history, file, name, format)) {
            options.json ? all.push_back(jsonOf(run)) : print(context.console.out, run);
        }
    }
    if (options.json) {
        context.console.out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    }
    return Done;
}

} // namespace

void addInterchangeCommands(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();

    CLI::App* curve = app.add_subcommand("curves", "The curves of runs as CSV, at full resolution");
    curve->add_option("RUN", options->runs, runHelp)->required();
    curve->add_option("--series", options->series, "Only this curve; may be repeated. `distill show RUN` names them")
        ->type_name("NAME")
        ->allow_extra_args(false);
    curve->add_flag("--csv", options->csv, "As CSV, which is the default");
    addWorkspaceOption(*curve, context);
    curve->footer("Columns: series,step,epoch,seconds,value; of several runs with run,name in front. `distill import` reads it.");
    curve->callback([&context, options] { context.command = [&context, options] { return curves(context, *options); }; });

    CLI::App* exporting = app.add_subcommand("export", "Weights, network and curves of runs for other programs");
    exporting->add_option("RUN", options->runs, runHelp)->required();
    exporting
        ->add_option("--to", options->folder,
                     "Weights (safetensors), experiment, curves and summary into this folder; made where it is missing")
        ->type_name("DIR");
    exporting
        ->add_option("--torchscript", options->torchScript,
                     "The network with the weights it reports into this file, which PyTorch loads without this program")
        ->type_name("FILE");
    exporting->add_option("--tensorboard", options->tensorBoard, "The curves as TensorBoard's event files, a folder a run")
        ->type_name("DIR");
    addWorkspaceOption(*exporting, context);
    exporting->callback([&context, options] { context.command = [&context, options] { return exportRuns(context, *options); }; });

    CLI::App* importing = app.add_subcommand("import", "Curves of other programs as runs, to lay beside these");
    importing
        ->add_option("FILE", options->files,
                     "TensorBoard's event files or a folder with them, CSV, JSONL, or Hugging Face's trainer_state.json")
        ->required();
    importing->add_option("--name", options->name, "Of the run; of several, in front of their names")->type_name("NAME");
    importing->add_option("--format", options->format, "csv, jsonl or tensorboard; else it is told from the content")
        ->type_name("FORMAT");
    importing->add_flag("--json", options->json, "What became of each curve as a JSON list");
    addWorkspaceOption(*importing, context);
    importing->footer("Curves whose names surely mean one of ours (train_loss, val_accuracy, lr, ...) take its name, accuracies in percent\n"
                      "become shares; the others keep their names. What was taken for what is printed.");
    importing->callback([&context, options] { context.command = [&context, options] { return import(context, *options); }; });
}

} // namespace distill::cli
