// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/choice.h"
#include "cli/commands.h"
#include "engine/reporting.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

namespace distill::cli {

namespace {

struct Options {
    std::vector<std::string> runs;
    std::string file;
    std::string baseline;
    std::string title;
    std::string question;
    bool groups = false;
};

int report(const Context& context, const Options& options)
{
    checkReportFile(options.file); // before anything is computed
    const auto history = context.openHistory();
    std::vector<RunId> runs = chosenRuns(*history, options.runs, options.groups);
    ReportOptions wanted;
    wanted.baseline = options.baseline.empty() ? RunId() : history->resolve(options.baseline);
    wanted.title = options.title;
    wanted.question = options.question;
    if (!wanted.baseline.empty() && std::find(runs.begin(), runs.end(), wanted.baseline) == runs.end()) {
        runs.push_back(wanted.baseline);
    }
    writeReport(*history, runs, wanted, options.file);
    context.console.out << "The report on " << runs.size() << (runs.size() == 1 ? " run" : " runs") << " is in " << options.file << ".\n";
    return Done;
}

} // namespace

void addReportCommand(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("report", "What runs show, as a web page, a PDF or a Markdown text: verdict, figures with intervals, curves, "
                                                     "what differs, how to make it again");
    command->add_option("RUN", options->runs, std::string(runHelp) + "; several")->required();
    command->add_option("--to", options->file, "The file; its ending tells what it becomes: .html, .pdf or .md")->type_name("FILE")->required();
    command->add_option("--baseline", options->baseline, "The run that the others are measured against; it need not be one of those named")
        ->type_name("RUN");
    command->add_option("--title", options->title, "Else the names of what is compared")->type_name("TEXT");
    command->add_option("--question", options->question, "What was to be found out; else the notes of the experiment")->type_name("TEXT");
    command->add_flag("--group", options->groups, "Each run stands for its whole submission: all seeds, variants and controls");
    addWorkspaceOption(*command, context);
    command->callback([&context, options] { context.command = [&context, options] { return report(context, *options); }; });
}

} // namespace distill::cli
