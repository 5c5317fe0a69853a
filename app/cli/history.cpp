// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "engine/engine.h"

#include <CLI/CLI.hpp>
#include <ctime>
#include <filesystem>
#include <ostream>

namespace distill::cli {

namespace {

struct Options {
    std::string target;
    std::vector<std::string> runs;
};

int check(const Context& context)
{
    const std::string workspace = workspaceFolder(context.workspace);
    const auto problems = checkHistory(workspace);
    for (const std::string& problem : problems) {
        context.console.out << problem << '\n';
    }
    if (!problems.empty()) {
        context.console.err
            << "The history in " << workspace
            << " is damaged. Keep a copy of history.sqlite, then put a backup in its place or save what is left "
               "with `sqlite3 history.sqlite .recover | sqlite3 recovered.sqlite`."
            << std::endl;
        return Failed;
    }
    context.console.out << "The history in " << workspace << " is sound.\n";
    return Done;
}

int backup(const Context& context, const Options& options)
{
    const auto history = context.openHistory();
    std::string target = options.target;
    if (target.empty()) {
        const std::time_t now = std::time(nullptr);
        std::tm local{};
        localtime_r(&now, &local);
        char name[64];
        std::strftime(name, sizeof name, "history.%Y%m%d-%H%M%S.bak.sqlite", &local);
        target = (std::filesystem::path(history->workspace()) / name).string();
    }
    history->backup(target);
    context.console.out << "The history is copied to " << target << ".\n";
    return Done;
}

int restore(const Context& context, const Options& options)
{
    const auto history = context.openHistory();
    std::vector<RunId> runs;
    for (const std::string& part : options.runs) {
        runs.push_back(history->resolve(part));
        const RunRow row = history->run(runs.back()).value();
        if (!row.deleted) {
            throw InputError("Run " + row.id + " (" + row.name + ") is not deleted.");
        }
    }
    history->setDeleted(runs, false);
    context.console.out << (runs.size() == 1 ? "The run is" : std::to_string(runs.size()) + " runs are") << " in the list again.\n";
    return Done;
}

} // namespace

void addHistoryCommands(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();

    CLI::App* history = app.add_subcommand("history", "Care for the history");
    history->require_subcommand(1);
    CLI::App* checking = history->add_subcommand("check", "Look for damage, every page of the file");
    addWorkspaceOption(*checking, context);
    checking->callback([&context] { context.command = [&context] { return check(context); }; });
    CLI::App* copying = history->add_subcommand("backup", "A consistent copy, also while runs are written");
    copying->add_option("FILE", options->target, "The copy; else history.DATE.bak.sqlite in the workspace");
    addWorkspaceOption(*copying, context);
    copying->callback(
        [&context, options] { context.command = [&context, options] { return backup(context, *options); }; });
    CLI::App* restoring = history->add_subcommand("restore", "Bring deleted runs back; \"list --all --filter is:deleted\" shows them");
    restoring->add_option("RUN", options->runs, runHelp)->required();
    addWorkspaceOption(*restoring, context);
    restoring->callback([&context, options] { context.command = [&context, options] { return restore(context, *options); }; });
}

} // namespace distill::cli
