// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/cost.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

namespace distill::cli {

namespace {

const char* const costHelp = R"(Teachers that are runs stand beside their students, for comparison. Latency is measured now, after warm-up, on all cores, in
fp32, with batch norms folded into the convolutions: other work on the machine shows. Energy is the training's time times --watts, an
estimate.

With --json the output is a list, one object a run, teachers that were not named last:
  {run, name, model, accuracy, parameters, multiply_adds, bytes_fp32, bytes_bf16, latencies: [{batch, median, p95}, ...] in seconds a
   batch, training_seconds, training_joules, labels, queries, teachers, teachers_seconds, teachers_joules,
   relative: {teacher, accuracy, parameters, multiply_adds, bytes, latencies, training} or null}
labels are those that an objective used; queries the teacher's answers that were learned from, each sample and view once; teachers_... what
all took to train that taught the run, directly or not. relative are shares of the one teacher's; with --with-teacher its training is part of
the student's.)";

struct Options {
    std::vector<std::string> runs;
    std::vector<std::int64_t> batches{1, 64};
    double watts = 30; // what a laptop's processor takes at work, as the window assumes
    bool withTeacher = false;
    bool json = false;
};

struct Relation {
    RunId teacher;
    RelativeCost shares;
};

/// Null for a run that no one run taught.
const Cost* teacherOf(const RunRow& row, const std::vector<Cost>& costs)
{
    if (row.teachers.size() != 1) {
        return nullptr;
    }
    const auto found = std::find_if(costs.begin(), costs.end(), [&](const Cost& cost) { return cost.run == row.teachers.front(); });
    return found == costs.end() ? nullptr : &*found;
}

std::string bytes(std::int64_t count)
{
    const double value = static_cast<double>(count);
    return value < 1e4 ? grouped(count) + " B" : value < 1e6 ? decimal(value / 1e3, 0) + " kB" : decimal(value / 1e6, 2) + " MB";
}

std::string milliseconds(double seconds)
{
    return decimal(1e3 * seconds, seconds < 1e-3 ? 3 : seconds < 0.1 ? 2 : 0) + " ms";
}

std::string energy(double joules)
{
    return joules < 3600 ? decimal(joules, 0) + " J" : decimal(joules / 3600, joules < 36000 ? 2 : 1) + " Wh";
}

std::string seconds(double value)
{
    return decimal(value, 1) + " s";
}

template <class Value> void addRow(Table& table, const std::string& title, const std::vector<Cost>& costs, Value value)
{
    std::vector<std::string> row{title};
    for (const Cost& cost : costs) {
        row.push_back(value(cost));
    }
    table.add(row);
}

void printCosts(std::ostream& out, const std::vector<Cost>& costs, const Options& options)
{
    std::vector<std::string> heads{""};
    for (const Cost& cost : costs) {
        heads.push_back(">" + cut(cost.name, 36));
    }
    Table table(heads);
    addRow(table, "run", costs, [](const Cost& cost) { return cost.run; });
    addRow(table, "model", costs, [](const Cost& cost) { return cost.model; });
    addRow(table, "test accuracy", costs, [](const Cost& cost) { return percent(cost.accuracy); });
    addRow(table, "parameters", costs, [](const Cost& cost) { return grouped(cost.parameters); });
    addRow(table, "weights in fp32", costs, [](const Cost& cost) { return bytes(cost.bytesFloat32); });
    addRow(table, "weights in bf16", costs, [](const Cost& cost) { return bytes(cost.bytesBfloat16); });
    addRow(table, "multiply-adds of a sample", costs, [](const Cost& cost) { return grouped(cost.multiplyAdds); });
    for (std::size_t i = 0; i < options.batches.size(); ++i) {
        addRow(table, "latency at batch " + grouped(options.batches[i]) + ", median", costs,
               [i](const Cost& cost) { return milliseconds(cost.latencies[i].median); });
        addRow(table, "  95th percentile", costs, [i](const Cost& cost) { return milliseconds(cost.latencies[i].p95); });
    }
    addRow(table, "training", costs, [](const Cost& cost) { return seconds(cost.trainingSeconds); });
    addRow(table, "  energy at " + decimal(options.watts, 0) + " W, estimate", costs,
           [](const Cost& cost) { return energy(cost.trainingJoules); });
    addRow(table, "  of its teachers", costs,
           [](const Cost& cost) { return cost.teachers.empty() ? std::string("-") : seconds(cost.teachersSeconds); });
    addRow(table, "labels used", costs, [](const Cost& cost) { return grouped(cost.labels); });
    addRow(table, "teacher's answers used", costs, [](const Cost& cost) { return grouped(cost.queries); });
    table.print(out);
}

/// "97.31 % of the teacher's accuracy for 4.1 % of its parameters, ..."
void printRelation(std::ostream& out, const Cost& student, const RelativeCost& relation, const Options& options)
{
    const auto coarse = [](double value) { return decimal(100 * value, value < 0.1 ? 1 : 0) + " %"; };
    out << '\n' << student.name << ": " << percent(relation.accuracy) << " of the teacher's accuracy for " << coarse(relation.parameters)
        << " of its parameters, " << coarse(relation.multiplyAdds) << " of its multiply-adds";
    for (std::size_t i = 0; i < relation.latencies.size(); ++i) {
        out << ", " << coarse(relation.latencies[i]) << " of its latency at batch " << grouped(options.batches[i]);
    }
    out << " and " << coarse(relation.training) << " of its training time"
        << (options.withTeacher ? ", the teacher's own included.\n" : ", the teacher's own left out.\n");
}

Json jsonOf(const Cost& cost, const std::optional<Relation>& relation)
{
    Json latencies = Json::array();
    for (const Cost::Latency& latency : cost.latencies) {
        latencies.push_back({{"batch", latency.batch}, {"median", latency.median}, {"p95", latency.p95}});
    }
    Json relative;
    if (relation) {
        const RelativeCost& shares = relation->shares;
        relative = {{"teacher", relation->teacher},          {"accuracy", shares.accuracy}, {"parameters", shares.parameters},
                    {"multiply_adds", shares.multiplyAdds}, {"bytes", shares.bytes},       {"latencies", shares.latencies},
                    {"training", shares.training}};
    }
    return {{"run", cost.run},
            {"name", cost.name},
            {"model", cost.model},
            {"accuracy", cost.accuracy},
            {"parameters", cost.parameters},
            {"multiply_adds", cost.multiplyAdds},
            {"bytes_fp32", cost.bytesFloat32},
            {"bytes_bf16", cost.bytesBfloat16},
            {"latencies", latencies},
            {"training_seconds", cost.trainingSeconds},
            {"training_joules", cost.trainingJoules},
            {"labels", cost.labels},
            {"queries", cost.queries},
            {"teachers", cost.teachers},
            {"teachers_seconds", cost.teachersSeconds},
            {"teachers_joules", cost.teachersJoules},
            {"relative", relative}};
}

int showCosts(const Context& context, const Options& options)
{
    const auto history = context.openHistory();
    std::vector<RunRow> rows;
    const auto add = [&](const RunId& id) {
        const auto row = history->run(id);
        if (row && std::none_of(rows.begin(), rows.end(), [&](const RunRow& there) { return there.id == id; })) {
            rows.push_back(*row);
        }
    };
    for (const std::string& part : options.runs) {
        add(history->resolve(part));
    }
    for (std::size_t i = 0, named = rows.size(); i < named; ++i) {
        for (const RunId& teacher : std::vector<RunId>(rows[i].teachers)) {
            add(teacher);
        }
    }
    std::vector<Cost> costs;
    for (const RunRow& row : rows) {
        costs.push_back(costOf(*history, row.id, options.batches, options.watts));
    }
    std::vector<std::optional<Relation>> relations;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Cost* teacher = teacherOf(rows[i], costs);
        relations.emplace_back();
        if (teacher) {
            relations.back() = {teacher->run, relativeTo(*teacher, costs[i], options.withTeacher)};
        }
    }
    std::ostream& out = context.console.out;
    if (options.json) {
        Json all = Json::array();
        for (std::size_t i = 0; i < costs.size(); ++i) {
            all.push_back(jsonOf(costs[i], relations[i]));
        }
        out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
        return Done;
    }
    printCosts(out, costs, options);
    for (std::size_t i = 0; i < costs.size(); ++i) {
        if (relations[i]) {
            printRelation(out, costs[i], relations[i]->shares, options);
        }
    }
    return Done;
}

} // namespace

void addCostCommand(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();
    CLI::App* cost = app.add_subcommand("cost", "What networks cost to use and to train, beside their teachers");
    cost->footer(costHelp);
    cost->add_option("RUN", options->runs, runHelp)->required();
    cost->add_option("--batch", options->batches, "Measure latency at this batch size; may be given several times")
        ->allow_extra_args(false)
        ->type_name("N")
        ->check(CLI::Range(1, 65536))
        ->capture_default_str();
    cost->add_option("--watts", options->watts, "What the machine takes while it trains")
        ->type_name("W")
        ->check(CLI::Range(0.1, 1e6))
        ->capture_default_str();
    cost->add_flag("--with-teacher", options->withTeacher, "Count the teachers' own training as part of the student's");
    cost->add_flag("--json", options->json, "As a JSON list");
    addWorkspaceOption(*cost, context);
    cost->callback([&context, options] { context.command = [&context, options] { return showCosts(context, *options); }; });
}

} // namespace distill::cli
