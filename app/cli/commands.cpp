// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"

#include "engine/engine.h"

#include <CLI/CLI.hpp>
#include <new>
#include <poll.h>
#include <unistd.h>

namespace distill::cli {

std::shared_ptr<History> Context::openHistory() const
{
    auto history = History::open(workspaceFolder(workspace));
    if (const std::string message = history->health().message; !message.empty()) {
        console.err << message << std::endl;
        said = message;
    }
    return history;
}

void addWorkspaceOption(CLI::App& command, Context& context)
{
    command
        .add_option(
            "--workspace", context.workspace,
            "Folder of the history and the checkpoints; else DISTILL_WORKSPACE, else distill-workbench in the XDG "
            "data home")
        ->type_name("DIR");
}

namespace {

/// Whoever read the standard output, "head" for one, wanted no more: that is no failure.
bool readerIsGone()
{
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

} // namespace

int commandLine(int argc, const char* const* argv, Console console)
{
    Context context{console, {}, {}, {}};
    CLI::App app("Knowledge distillation: train teachers and students, watch them, keep every run.", "distill");
    app.require_subcommand(0, 1); // with 1, an unknown word is said to be a missing command
    app.footer("Exit codes: 0 done, 1 failed or diverged, 2 bad input, 130 interrupted after a checkpoint.\n"
               "`distill COMMAND --help` tells more of a command.");
    addRunCommands(app, context);
    addSweepCommand(app, context);
    addListCommand(app, context);
    addHistoryCommands(app, context);
    addInterchangeCommands(app, context);
    addShowCommand(app, context);
    addExamineCommand(app, context);
    addCostCommand(app, context);
    addLineageCommand(app, context);
    addCompareCommand(app, context);
    addReportCommand(app, context);
    addAnswersCommands(app, context);
    addObjectiveCommand(app, context);
    addCheckCommand(app, context);
    addDescribeCommands(app, context);
    try {
        app.parse(argc, argv);
        if (!context.command) {
            console.err << "Which command? `distill --help` lists them." << std::endl;
            return BadInput;
        }
        const int code = context.command();
        if (!console.out.flush() && !readerIsGone()) {
            console.err << "The output could not be written; is the disk full?" << std::endl;
            return code == Done ? Failed : code;
        }
        return code;
    } catch (const CLI::ParseError& error) {
        return app.exit(error, console.out, console.err) == 0 ? Done : BadInput;
    } catch (const InputError& error) {
        console.err << error.what() << std::endl;
        return BadInput;
    } catch (const std::bad_alloc&) {
        console.err << "There is not enough memory for this; make the batch, the model or the data smaller."
                    << std::endl;
        return Failed;
    } catch (const std::exception& error) {
        if (error.what() != context.said) { // a command that has to write fails for the reason that was given
            console.err << error.what() << std::endl;
        }
        return Failed;
    }
}

} // namespace distill::cli
