// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"

#include "engine/engine.h"

#include <CLI/CLI.hpp>
#include <new>

namespace distill::cli {

std::shared_ptr<History> Context::openHistory() const
{
    auto history = History::open(workspaceFolder(workspace));
    if (const std::string message = history->health().message; !message.empty()) {
        console.err << message << std::endl;
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

int commandLine(int argc, const char* const* argv, Console console)
{
    Context context{console, {}, {}};
    CLI::App app("Knowledge distillation: train teachers and students, watch them, keep every run.", "distill");
    app.require_subcommand(1);
    app.footer("Exit codes: 0 done, 1 failed or diverged, 2 bad input, 130 interrupted after a checkpoint.\n"
               "`distill COMMAND --help` tells more of a command.");
    addRunCommands(app, context);
    addHistoryCommands(app, context);
    addShowCommand(app, context);
    addDescribeCommands(app, context);
    try {
        app.parse(argc, argv);
        const int code = context.command();
        console.out.flush();
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
        console.err << error.what() << std::endl;
        return Failed;
    }
}

} // namespace distill::cli
