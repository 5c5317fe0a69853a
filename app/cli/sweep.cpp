// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/sweep.h"

#include "cli/table.h"
#include "engine/engine.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <ostream>

namespace distill::cli {

const char* const sweepHelp = R"(With --json the output is one object and nothing else:
  group      what "distill resume" takes to go on with all of it
  name, kind of the experiment and its sweep: grid, random or halving
  fields     a list of {field, label}
  rows       a list, the best first: those that finished by validation accuracy, then those that came farthest. Each is {name,
             values, state, trained, finished, runs, validation, test, agreement}; values are one a field, trained is a share of
             the steps, runs are one a seed, and each figure is {mean, sd} over the seeds, a share from 0 to 1
  heat_map   with two fields or more: {columns, rows, validation} of the first two, validation[row][column]
  best       how the best rose: a list of {runs, seconds, validation, run}, one for each run that ended
  counts     {runs, finished, stopped, failed, interrupted, waiting, training} of the students
  steps      {trained, in_full}
  seconds    that the students trained, all together
A figure that is not known is null.)";

namespace {

Json numberOrNull(double value)
{
    return std::isnan(value) ? Json() : Json(value);
}

Json meanJson(const MeanOf& of)
{
    return {{"mean", numberOrNull(of.mean)}, {"sd", numberOrNull(of.deviation)}};
}

std::string meanText(const MeanOf& of)
{
    if (std::isnan(of.mean)) {
        return "-";
    }
    return std::isnan(of.deviation) ? percent(of.mean) : decimal(100 * of.mean, 2) + " ± " + decimal(100 * of.deviation, 2) + " %";
}

void printHeatMap(std::ostream& out, const SweepResults& results)
{
    const HeatMap map = heatMap(results, 0, 1);
    std::vector<std::string> heads{results.labels[1] + " \\ " + results.labels[0]};
    for (const std::string& column : map.columns) {
        heads.push_back(">" + column);
    }
    Table table(heads);
    for (std::size_t r = 0; r < map.rows.size(); ++r) {
        std::vector<std::string> cells{map.rows[r]};
        for (const double accuracy : map.accuracies[r]) {
            cells.push_back(percent(accuracy));
        }
        table.add(std::move(cells));
    }
    out << "\nValidation accuracy by " << results.labels[0] << " and " << results.labels[1]
        << (results.fields.size() > 2 ? ", mean over the rest" : "") << ":\n";
    table.print(out);
}

struct Options {
    std::string which;
    bool json = false;
};

int sweep(const Context& context, const Options& options)
{
    const auto history = context.openHistory();
    const SweepResults results = sweepResults(*history, groupOf(*history, options.which));
    if (options.json) {
        context.console.out << toJson(results).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    } else {
        printSweep(context.console.out, results);
    }
    return Done;
}

} // namespace

Json toJson(const SweepResults& results)
{
    Json json = {{"group", results.group}, {"name", results.name}, {"kind", results.kind}, {"fields", Json::array()}, {"rows", Json::array()}};
    for (std::size_t f = 0; f < results.fields.size(); ++f) {
        json["fields"].push_back({{"field", results.fields[f]}, {"label", results.labels[f]}});
    }
    for (const SweepResults::Row& row : results.rows) {
        Json runs = Json::array();
        for (const RunRow& run : row.runs) {
            runs.push_back({{"run", run.id}, {"seed", run.seed}, {"state", nameOf(run.state)}, {"message", run.message}});
        }
        json["rows"].push_back({{"name", row.name},
                                {"values", row.values},
                                {"state", row.state},
                                {"trained", row.trained},
                                {"finished", row.finished},
                                {"runs", runs},
                                {"validation", meanJson(row.validation)},
                                {"test", meanJson(row.test)},
                                {"agreement", meanJson(row.agreement)}});
    }
    if (results.fields.size() > 1) {
        const HeatMap map = heatMap(results, 0, 1);
        Json accuracies = Json::array();
        for (const auto& row : map.accuracies) {
            Json cells = Json::array();
            for (const double accuracy : row) {
                cells.push_back(numberOrNull(accuracy));
            }
            accuracies.push_back(cells);
        }
        json["heat_map"] = {{"columns", map.columns}, {"rows", map.rows}, {"validation", accuracies}};
    }
    json["best"] = Json::array();
    for (const SweepResults::Best& best : results.bestSoFar) {
        json["best"].push_back({{"runs", best.runs}, {"seconds", best.seconds}, {"validation", best.accuracy}, {"run", best.run}});
    }
    json["counts"] = {{"runs", results.runs},     {"finished", results.finished},       {"stopped", results.stopped},
                      {"failed", results.failed}, {"interrupted", results.interrupted}, {"waiting", results.waiting},
                      {"training", results.training}};
    json["steps"] = {{"trained", results.stepsTrained}, {"in_full", results.stepsInFull}};
    json["seconds"] = results.seconds;
    return json;
}

void printSweep(std::ostream& out, const SweepResults& results)
{
    std::vector<std::string> heads{">"};
    for (const std::string& label : results.labels) {
        heads.push_back(">" + label);
    }
    for (const char* head : {">validation", ">test", ">agreement", ">trained", "state"}) {
        heads.emplace_back(head);
    }
    Table table(heads);
    for (std::size_t i = 0; i < results.rows.size(); ++i) {
        const SweepResults::Row& row = results.rows[i];
        std::vector<std::string> cells{std::to_string(i + 1)};
        cells.insert(cells.end(), row.shown.begin(), row.shown.end());
        cells.push_back(meanText(row.validation));
        cells.push_back(meanText(row.test));
        cells.push_back(meanText(row.agreement));
        cells.push_back(decimal(100 * row.trained, 0) + " %");
        cells.push_back(row.state);
        table.add(std::move(cells));
    }
    out << results.name << ": " << results.rows.size() << " variants, " << results.runs << " runs, " << results.finished << " finished";
    for (const auto& [count, what] : {std::pair(results.stopped, "stopped"), std::pair(results.failed, "failed"),
                                      std::pair(results.interrupted, "interrupted"), std::pair(results.training, "training"),
                                      std::pair(results.waiting, "waiting")}) {
        if (count > 0) {
            out << ", " << count << " " << what;
        }
    }
    out << '\n';
    table.print(out);
    if (results.fields.size() > 1) {
        printHeatMap(out, results);
    }
    out << '\n';
    if (!results.bestSoFar.empty()) {
        const SweepResults::Best& last = results.bestSoFar.back();
        const auto found = std::find_if(results.bestSoFar.begin(), results.bestSoFar.end(),
                                        [&](const SweepResults::Best& each) { return each.run == last.run; });
        out << "The best was found with the " << found->runs << ". run that ended, after " << duration(found->seconds) << ".\n";
    }
    if (results.stepsInFull > 0) {
        out << "Trained " << grouped(results.stepsTrained) << " of " << grouped(results.stepsInFull) << " steps ("
            << percent(static_cast<double>(results.stepsTrained) / static_cast<double>(results.stepsInFull)) << ") in "
            << duration(results.seconds) << ".\n";
    }
    if (results.interrupted > 0) {
        out << "To go on: distill resume " << results.group << '\n';
    }
}

void addSweepCommand(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("sweep", "What a sweep came to: its variants, the best first");
    command->add_option("GROUP", options->which, "The group of the sweep, or any of its runs")->required()->type_name("GROUP|RUN");
    command->add_flag("--json", options->json, "Print one JSON object and nothing else");
    addWorkspaceOption(*command, context);
    command->footer(sweepHelp);
    command->callback([&context, options] { context.command = [&context, options] { return sweep(context, *options); }; });
}

} // namespace distill::cli
