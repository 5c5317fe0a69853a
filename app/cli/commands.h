// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace distill {

class History;

namespace cli {

enum ExitCode : int {
    Done = 0,
    Failed = 1, ///< a run failed, diverged or was stopped; or the history is damaged
    BadInput = 2,
    Interrupted = 130,
};

struct Console {
    std::ostream& out;
    std::ostream& err;
    bool interactive; ///< `out` is a terminal
};

/// The whole program. Never throws.
int commandLine(int argc, const char* const* argv, Console console);

/// What the commands share while the command line is read.
struct Context {
    Console console;
    std::string workspace; ///< as given, or empty
    std::function<int()> command; ///< what was asked for; runs when the line is read to its end
    mutable std::string said; ///< of the history's health, on `console.err`

    std::shared_ptr<History> openHistory() const;
};

/// How a command's RUN may be named, for its help.
inline constexpr const char* runHelp = "The beginning of a run's id, or four or more of its last characters";

void addRunCommands(CLI::App& app, Context& context); ///< run, resume, queue
void addSweepCommand(CLI::App& app, Context& context); ///< sweep
void addListCommand(CLI::App& app, Context& context); ///< list
void addHistoryCommands(CLI::App& app, Context& context); ///< history
void addInterchangeCommands(CLI::App& app, Context& context); ///< curves, export, import
void addShowCommand(CLI::App& app, Context& context); ///< show
void addExamineCommand(CLI::App& app, Context& context); ///< examine
void addCostCommand(CLI::App& app, Context& context); ///< cost
void addLineageCommand(CLI::App& app, Context& context); ///< lineage
void addCompareCommand(CLI::App& app, Context& context); ///< compare
void addReportCommand(CLI::App& app, Context& context); ///< report
void addAnswersCommands(CLI::App& app, Context& context); ///< answers
void addObjectiveCommand(CLI::App& app, Context& context); ///< objective evaluate
void addCheckCommand(CLI::App& app, Context& context); ///< check
void addDescribeCommands(CLI::App& app, Context& context); ///< schema, models, objectives, datasets

void addWorkspaceOption(CLI::App& command, Context& context);

} // namespace cli
} // namespace distill
