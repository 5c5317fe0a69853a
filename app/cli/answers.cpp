// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/answers.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>

namespace distill::cli {

namespace {

struct Options {
    std::string run;
    std::int64_t samples = 512;
    double gigabytes = 0;
};

std::string megabytes(std::int64_t bytes)
{
    return decimal(static_cast<double>(bytes) / 1e6, 1) + " MB";
}

int list(const Context& context)
{
    const auto history = context.openHistory();
    Table table({"file", "teacher", ">stored", ">of", ">damaged", ">size", "last used"});
    for (const StoredAnswers& each : storedAnswers(*history)) {
        const bool known = each.description.is_object();
        const Json teacher = known ? each.description.value("teacher", Json::object()) : Json::object();
        table.add({std::filesystem::path(each.path).stem().string().substr(0, 12),
                   known ? teacher.value("model", "") + ", " + teacher.value("precision", "") : "the file's head is damaged",
                   grouped(each.whole),
                   grouped(each.records), grouped(each.damaged), megabytes(each.bytes), moment(each.usedAt)});
    }
    if (table.empty()) {
        context.console.out << "No teacher's answers are stored in " << history->workspace() << ".\n";
    } else {
        table.print(context.console.out);
    }
    return Done;
}

int verify(const Context& context, const Options& options)
{
    const auto history = context.openHistory();
    const AnswerCheck check = verifyAnswers(*history, history->resolve(options.run), options.samples);
    context.console.out << grouped(check.compared) << " stored answers were computed anew: " << grouped(check.wrong)
                        << " differ, and " << grouped(check.damaged)
                        << " more are damaged on the disk; those are computed again when they are needed.\n";
    return check.wrong + check.damaged > 0 ? Failed : Done;
}

int trim(const Context& context, const Options& options)
{
    const auto history = context.openHistory();
    const std::int64_t freed = trimStoredAnswers(*history, static_cast<std::int64_t>(options.gigabytes * 1e9));
    context.console.out << megabytes(freed) << " were freed.\n";
    return Done;
}

} // namespace

void addAnswersCommands(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();
    CLI::App* answers = app.add_subcommand("answers", "The teachers' answers that are stored for further runs");
    answers->require_subcommand(1);
    CLI::App* listing = answers->add_subcommand("list", "What is stored, every answer checked for damage");
    addWorkspaceOption(*listing, context);
    listing->callback([&context] { context.command = [&context] { return list(context); }; });

    CLI::App* verifying = answers->add_subcommand("verify", "Ask a run's teacher anew and compare with what is stored");
    verifying->add_option("RUN", options->run, runHelp)
        ->required();
    verifying->add_option("--samples", options->samples, "About this many, chosen at random")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t(1), std::int64_t(1'000'000'000)));
    addWorkspaceOption(*verifying, context);
    verifying->callback(
        [&context, options] { context.command = [&context, options] { return verify(context, *options); }; });

    CLI::App* trimming = answers->add_subcommand("trim", "Remove those used longest ago; runs compute them again when needed");
    trimming->add_option("--keep", options->gigabytes, "Until the rest takes at most this many GB; 0 removes all")
        ->type_name("GB")
        ->check(CLI::NonNegativeNumber);
    addWorkspaceOption(*trimming, context);
    trimming->callback([&context, options] { context.command = [&context, options] { return trim(context, *options); }; });
}

} // namespace distill::cli
