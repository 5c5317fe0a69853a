// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/comparison.h"
#include "experiment/wording.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <ostream>

namespace distill::cli {

namespace {

struct Options {
    std::vector<std::string> runs;
    std::string baseline;
    bool groups = false;
    bool allFields = false;
    bool json = false;
};

const char* nameOf(ComparedFigure::Unit unit)
{
    switch (unit) {
    case ComparedFigure::Unit::Share:
        return "share";
    case ComparedFigure::Unit::Nats:
        return "nats";
    case ComparedFigure::Unit::Count:
        return "count";
    case ComparedFigure::Unit::Bytes:
        return "bytes";
    case ComparedFigure::Unit::Seconds:
        return "seconds";
    case ComparedFigure::Unit::Milliseconds:
        return "milliseconds";
    case ComparedFigure::Unit::Rate:
        break;
    }
    return "per second";
}

const char* nameOf(ComparedFigure::Better better)
{
    return better == ComparedFigure::Better::Higher ? "higher" : better == ComparedFigure::Better::Lower ? "lower" : "neither";
}

Json jsonOf(const Interval& interval)
{
    return {{"estimate", interval.estimate}, {"low", interval.low}, {"high", interval.high}};
}

Json jsonOf(const std::optional<Interval>& interval)
{
    return interval ? jsonOf(*interval) : Json();
}

Json jsonOf(const Comparison& comparison, bool allFields)
{
    Json runs = Json::array(), figures = Json::array(), fields = Json::array(), groups = Json::array(), verdicts = Json::array();
    for (const Comparison::Run& run : comparison.runs) {
        runs.push_back({{"run", run.row.id},
                        {"name", run.row.name},
                        {"role", distill::nameOf(run.row.role)},
                        {"state", distill::nameOf(run.row.state)},
                        {"seed", run.row.seed},
                        {"student_model", run.row.studentModel},
                        {"teacher_model", run.row.teacherModel},
                        {"content_hash", run.row.contentHash}});
    }
    for (const ComparedFigure& figure : comparison.figures) {
        figures.push_back({{"key", figure.key},
                           {"title", figure.title},
                           {"unit", nameOf(figure.unit)},
                           {"better", nameOf(figure.better)},
                           {"values", figure.values},
                           {"deltas", figure.deltas}});
    }
    for (const ComparedField& field : comparison.fields) {
        if ((field.differs && !field.minor) || allFields) {
            fields.push_back({{"pointer", field.pointer}, {"title", field.title}, {"differs", field.differs}, {"values", field.values}});
        }
    }
    for (const ComparedGroup& group : comparison.groups) {
        Json members = Json::array(), means = Json::object(), deviations = Json::object();
        for (const std::size_t run : group.runs) {
            members.push_back(comparison.runs[run].row.id);
        }
        for (std::size_t i = 0; i < comparison.figures.size(); ++i) {
            means[comparison.figures[i].key] = group.means[i];
            deviations[comparison.figures[i].key] = group.deviations[i];
        }
        groups.push_back({{"name", group.name},
                          {"runs", members},
                          {"mean", means},
                          {"sd", deviations},
                          {"accuracy", jsonOf(group.accuracy)},
                          {"to_baseline", jsonOf(group.toBaseline)}});
    }
    for (const ComparedVerdict& found : comparison.verdicts) {
        verdicts.push_back({{"group", found.group},
                            {"against", found.against},
                            {"verdict", distill::nameOf(found.verdict.kind)},
                            {"sentence", found.verdict.sentence},
                            {"settle", found.verdict.settle},
                            {"effect", jsonOf(found.verdict.effect)},
                            {"seeds", found.verdict.seeds},
                            {"items", found.verdict.items},
                            {"treated", found.treated},
                            {"control", found.control}});
    }
    return {{"baseline", comparison.baseline ? Json(comparison.runs[*comparison.baseline].row.id) : Json()},
            {"runs", runs},
            {"figures", figures},
            {"fields", fields},
            {"groups", groups},
            {"verdicts", verdicts},
            {"remarks", comparison.remarks}};
}

std::string points(double share, int digits = 2)
{
    return std::isnan(share) ? "-" : (share >= 0 ? "+" : "") + decimal(100 * share, digits);
}

/// Prints what the comparison holds, as text.
class Printer {
public:
    Printer(std::ostream& out, const Comparison& comparison)
        : m_out(out), m_comparison(comparison)
    {
    }

    void print(bool allFields) const
    {
        printRuns();
        printGroups();
        printFields(allFields);
        printVerdicts();
        if (!m_comparison.remarks.empty()) {
            m_out << "\nMind\n";
            for (const std::string& remark : m_comparison.remarks) {
                m_out << "  - " << remark << '\n';
            }
        }
    }

private:
    const ComparedFigure* figure(const char* key) const
    {
        const auto found = std::find_if(m_comparison.figures.begin(), m_comparison.figures.end(),
                                        [&](const ComparedFigure& each) { return each.key == key; });
        return found == m_comparison.figures.end() ? nullptr : &*found;
    }

    double value(const char* key, std::size_t run) const
    {
        const ComparedFigure* found = figure(key);
        return found ? found->values[run] : std::nan("");
    }

    void printRuns() const
    {
        Table table({"run", "name", ">seed", "state", ">test", ">to baseline", "weights", ">best", ">last", ">loss", ">agreement", ">KL",
                     ">parameters", ">multiply-adds", ">seconds"});
        for (std::size_t i = 0; i < m_comparison.runs.size(); ++i) {
            const RunRow& row = m_comparison.runs[i].row;
            const ComparedFigure* test = figure("test/accuracy");
            const bool isBaseline = m_comparison.baseline == i;
            const auto count = [&](const char* key) {
                const double number = value(key, i);
                return std::isnan(number) ? std::string("-") : grouped(std::llround(number));
            };
            table.add({row.id, cut(row.name, 48), std::to_string(row.seed), distill::nameOf(row.state), percent(value("test/accuracy", i)),
                       isBaseline ? "baseline" : test && !test->deltas.empty() ? points(test->deltas[i]) : "",
                       row.summary.is_object() ? row.summary.value("reported", "last") : "", percent(value("best/validation/accuracy", i)),
                       percent(value("last/validation/accuracy", i)), decimal(value("test/loss", i), 4),
                       percent(value("test/agreement", i)), decimal(value("test/kl", i), 4), count("parameters"), count("multiply_adds"),
                       decimal(value("seconds", i), 1)});
        }
        table.print(m_out);
    }

    static std::string between(const std::optional<Interval>& interval, bool difference)
    {
        if (!interval || std::isnan(interval->estimate)) {
            return "-";
        }
        return difference ? points(interval->estimate) + " (" + points(interval->low) + " to " + points(interval->high) + ")"
                          : decimal(100 * interval->low, 2) + " to " + decimal(100 * interval->high, 2);
    }

    void printGroups() const
    {
        if (m_comparison.groups.size() < 2 && m_comparison.runs.size() < 2) {
            return;
        }
        m_out << "\nTest accuracy (95 % intervals; in points)\n";
        Table table({"", ">runs", ">mean", ">sd", ">interval", ">to baseline"});
        for (const ComparedGroup& group : m_comparison.groups) {
            const ComparedFigure* test = figure("test/accuracy");
            const std::size_t place = test ? std::size_t(test - m_comparison.figures.data()) : 0;
            const bool isBaseline
                = m_comparison.baseline && std::find(group.runs.begin(), group.runs.end(), *m_comparison.baseline) != group.runs.end();
            table.add({cut(group.name, 60), std::to_string(group.runs.size()), test ? percent(group.means[place]) : "-",
                       test ? decimal(100 * group.deviations[place], 2) : "-", between(group.accuracy, false),
                       isBaseline ? "baseline" : m_comparison.baseline ? between(group.toBaseline, true) : ""});
        }
        table.print(m_out, "  ");
    }

    static std::string textOf(const Json& value)
    {
        constexpr std::size_t longest = 40;
        return cut(value.is_null()           ? "-"
                       : value.is_string()   ? value.get<std::string>()
                       : value.is_number()   ? wording::number(value.get<double>())
                                             : value.dump(-1, ' ', false, Json::error_handler_t::replace),
                   longest);
    }

    /// The values of a group's runs, each once.
    static std::string textOf(const ComparedField& field, const ComparedGroup& group)
    {
        std::vector<std::string> values;
        for (const std::size_t run : group.runs) {
            const std::string text = textOf(field.values[run]);
            if (std::find(values.begin(), values.end(), text) == values.end()) {
                values.push_back(text);
            }
        }
        std::string text;
        for (const std::string& value : values) {
            text += (text.empty() ? "" : ", ") + value;
        }
        return text;
    }

    /// Fields in rows and groups beside one another, or the other way round where there are many.
    void printFields(bool all) const
    {
        std::vector<const ComparedField*> fields;
        for (const ComparedField& field : m_comparison.fields) {
            if ((field.differs && !field.minor) || all) {
                fields.push_back(&field);
            }
        }
        m_out << (all ? "\nConfiguration\n" : "\nWhat differs\n");
        if (fields.empty()) {
            m_out << "  " << nothingDiffers(m_comparison) << '\n';
            return;
        }
        constexpr std::size_t mostBeside = 6;
        const bool beside = m_comparison.groups.size() <= mostBeside || all;
        std::vector<std::string> heads = {""};
        if (beside) {
            for (const ComparedGroup& group : m_comparison.groups) {
                heads.push_back(cut(group.name, 40));
            }
        } else {
            for (const ComparedField* field : fields) {
                heads.push_back(field->title);
            }
        }
        Table table(heads);
        if (beside) {
            for (const ComparedField* field : fields) {
                std::vector<std::string> row = {field->title};
                for (const ComparedGroup& group : m_comparison.groups) {
                    row.push_back(textOf(*field, group));
                }
                table.add(row);
            }
        } else {
            for (const ComparedGroup& group : m_comparison.groups) {
                std::vector<std::string> row = {cut(group.name, 60)};
                for (const ComparedField* field : fields) {
                    row.push_back(textOf(*field, group));
                }
                table.add(row);
            }
        }
        table.print(m_out, "  ");
    }

    void printVerdicts() const
    {
        m_out << "\nVerdict\n";
        if (m_comparison.verdicts.empty()) {
            m_out << "  None: no finished student here has finished controls. Controls are added with /controls in the experiment.\n";
        }
        for (const ComparedVerdict& found : m_comparison.verdicts) {
            m_out << "  " << m_comparison.groups[found.group].name << ", against the " << found.against << ": "
                  << distill::nameOf(found.verdict.kind) << '\n'
                  << "    " << found.verdict.sentence << '\n';
            if (!found.verdict.settle.empty()) {
                m_out << "    " << found.verdict.settle << '\n';
            }
        }
    }

    std::ostream& m_out;
    const Comparison& m_comparison;
};

int compare(const Context& context, const Options& options)
{
    const auto history = context.openHistory();
    std::vector<RunId> runs = chosenRuns(*history, options.runs, options.groups);
    const RunId baseline = options.baseline.empty() ? RunId() : history->resolve(options.baseline);
    if (!baseline.empty() && std::find(runs.begin(), runs.end(), baseline) == runs.end()) {
        runs.push_back(baseline);
    }
    const Comparison comparison = compareRuns(*history, runs, baseline, true);
    if (options.json) {
        context.console.out << jsonOf(comparison, options.allFields).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    } else {
        Printer(context.console.out, comparison).print(options.allFields);
    }
    return Done;
}

} // namespace

void addCompareCommand(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "compare", "Runs side by side: figures with intervals, what differs in their configuration, a verdict on the teacher, and what is unfair");
    command->add_option("RUN", options->runs, std::string(runHelp) + "; several")->required();
    command->add_option("--baseline", options->baseline, "The run that the others are measured against; it need not be one of those named")
        ->type_name("RUN");
    command->add_flag("--group", options->groups, "Each run stands for its whole submission: all seeds, variants and controls");
    command->add_flag("--all-fields", options->allFields, "The whole configuration instead of what differs, and what differs only in that it came along with another choice");
    command->add_flag("--json", options->json,
                      "As one JSON object: baseline, runs, figures (a value a run, and the difference to the baseline), fields, groups (runs that "
                      "differ in nothing but the seed), verdicts, remarks; what is not known is null");
    addWorkspaceOption(*command, context);
    command->callback([&context, options] { context.command = [&context, options] { return compare(context, *options); }; });
}

} // namespace distill::cli
