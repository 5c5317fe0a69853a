// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <ostream>

namespace distill::cli {

int execute(int count, char** arguments, std::ostream& out, std::ostream& err)
{
    Context context{out, err, {}, {}};
    CLI::App app("Distill Workbench: train teachers, distil students, keep every run.", "distill");
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--workspace", context.workspace,
                   "Folder of history and runs; else $DISTILL_WORKSPACE, else distill-workbench in the XDG data home")
        ->type_name("DIR");
    addRunCommands(app, context);
    addHistoryCommands(app, context);
    addDescribeCommands(app, context);
    try {
        app.parse(count, arguments);
        return context.action ? context.action() : Exit::Done;
    } catch (const CLI::ParseError& error) {
        // CLI11 answers --help this way too.
        return app.exit(error, out, err) == 0 ? Exit::Done : Exit::BadInput;
    } catch (const InputError& error) {
        err << "distill: " << error.what() << '\n';
        return Exit::BadInput;
    } catch (const std::exception& error) {
        err << "distill: " << error.what() << '\n';
        return Exit::FailedOrDiverged;
    }
}

} // namespace distill::cli
