// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/engine.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <ostream>

namespace distill::cli {

namespace {

struct Options {
    std::string state;
    std::string target;
    bool withDeleted = false;
    bool json = false;
};

int list(const Context& context, const Options& options)
{
    const auto history = context.openHistory();
    std::vector<RunRow> rows = history->runs(options.withDeleted);
    if (!options.state.empty()) {
        const RunState wanted = runStateFrom(options.state);
        std::erase_if(rows, [&](const RunRow& row) { return row.state != wanted; });
    }
    if (options.json) {
        Json runs = Json::array();
        for (const RunRow& row : rows) {
            runs.push_back({{"run", row.id},
                            {"state", nameOf(row.state)},
                            {"role", nameOf(row.role)},
                            {"name", row.name},
                            {"group", row.group},
                            {"seed", row.seed},
                            {"student_model", row.studentModel},
                            {"teacher_model", row.teacherModel},
                            {"teacher", row.firstTeacher()},
                            {"teachers", row.teachers},
                            {"control", row.control},
                            {"tags", row.tags},
                            {"best_accuracy", row.figures.bestAccuracy},
                            {"last_accuracy", row.figures.lastAccuracy},
                            {"agreement", row.figures.agreement},
                            {"seconds", row.figures.seconds},
                            {"step", row.figures.step},
                            {"total_steps", row.figures.totalSteps},
                            {"created_at", row.createdAt},
                            {"deleted", row.deleted}});
        }
        context.console.out << runs.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
        return Done;
    }
    if (rows.empty()) {
        context.console.out << "No runs in " << history->workspace() << ".\n";
        return Done;
    }
    Table table(
        {"run", "state", "name", "teacher -> student", ">best", ">last", ">agreement", ">time", ">steps", "created"});
    for (const RunRow& row : rows) {
        table.add({row.id, std::string(nameOf(row.state)) + (row.deleted ? ", deleted" : ""), cut(row.name, 48),
                   row.teacherModel.empty() ? row.studentModel : row.teacherModel + " -> " + row.studentModel,
                   percent(row.figures.bestAccuracy), percent(row.figures.lastAccuracy), percent(row.figures.agreement),
                   duration(row.figures.seconds), grouped(row.figures.step) + "/" + grouped(row.figures.totalSteps),
                   moment(row.createdAt)});
    }
    table.print(context.console.out);
    return Done;
}

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

} // namespace

void addHistoryCommands(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();

    CLI::App* listing = app.add_subcommand("list", "The runs of the history, newest first");
    listing->add_option("--state", options->state, "Only runs in this state")->type_name("STATE");
    listing->add_flag("--all", options->withDeleted, "Deleted runs too");
    listing->add_flag("--json", options->json, "As a JSON list");
    addWorkspaceOption(*listing, context);
    listing->callback(
        [&context, options] { context.command = [&context, options] { return list(context, *options); }; });

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
}

} // namespace distill::cli
