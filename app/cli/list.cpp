// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/engine.h"
#include "history/runquery.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <ostream>

namespace distill::cli {

namespace {

struct Options {
    std::string filter;
    std::string state;
    std::string sort;
    std::vector<std::string> columns;
    bool reverse = false;
    bool all = false;
    bool json = false;
};

/// The chosen rows with the values of the columns that do not stand in the row.
class Listing {
public:
    Listing(const History& history, const RunColumns& columns, const Options& options)
    {
        for (const std::string& name : options.columns) {
            m_shown.push_back(columns.find(name));
        }
        std::optional<RunColumn> sortedBy;
        if (!options.sort.empty()) {
            sortedBy = columns.find(options.sort);
        }
        const RunQuery query = RunQuery::parse(options.filter, columns);
        if (!query.problem().empty()) {
            throw InputError("--filter: " + query.problem());
        }
        std::vector<RunColumn> read = query.columns();
        for (const RunColumn& column : m_shown) {
            remember(read, column);
        }
        if (sortedBy) {
            remember(read, *sortedBy);
        }
        if (!read.empty()) {
            m_values = columns.read(history, read);
        }
        m_read = std::move(read);
        choose(history, query, options);
        if (sortedBy) {
            sort(*sortedBy);
        }
        if (options.reverse) {
            std::reverse(m_rows.begin(), m_rows.end());
        }
    }

    const std::vector<RunRow>& rows() const { return m_rows; }
    const std::vector<RunColumn>& shown() const { return m_shown; }

    Json value(const RunRow& row, const RunColumn& column) const
    {
        if (column.from == RunColumn::From::Row) {
            return RunColumns::valueOf(row, column);
        }
        const Json* const found = lookUp(std::size_t(std::find(m_read.begin(), m_read.end(), column) - m_read.begin()), row.id);
        return found ? *found : Json();
    }

private:
    static void remember(std::vector<RunColumn>& columns, const RunColumn& column)
    {
        if (column.from != RunColumn::From::Row && std::find(columns.begin(), columns.end(), column) == columns.end()) {
            columns.push_back(column);
        }
    }

    const Json* lookUp(std::size_t column, const RunId& run) const
    {
        const auto found = m_values[column].find(run);
        return found == m_values[column].end() ? nullptr : &found->second;
    }

    void choose(const History& history, const RunQuery& query, const Options& options)
    {
        const bool archived = options.all || query.mentions("archived");
        const std::optional<RunState> state = options.state.empty() ? std::nullopt : std::optional(runStateFrom(options.state));
        std::vector<const Json*> values(query.columns().size());
        for (RunRow& row : history.runs(options.all || query.mentions("deleted"))) {
            if ((state && row.state != *state) || (row.marks.archived && !archived)) {
                continue;
            }
            for (std::size_t i = 0; i < values.size(); ++i) { // the query's columns are the first that were read
                values[i] = lookUp(i, row.id);
            }
            if (query.accepts(row, RunQuery::searchText(row), values)) {
                m_rows.push_back(std::move(row));
            }
        }
    }

    /// What a person looks for first: large figures, late times, texts from A on; what is not known last.
    void sort(const RunColumn& column)
    {
        struct Item {
            double number;
            std::string text;
            RunRow* row;
        };
        std::vector<Item> items;
        for (RunRow& row : m_rows) {
            Json of = value(row, column);
            while (of.is_array()) {
                of = of.empty() ? Json() : of.front();
            }
            const bool number = of.is_number() || of.is_boolean();
            items.push_back({number ? (of.is_boolean() ? double(of.get<bool>()) : of.get<double>()) : -HUGE_VAL,
                             of.is_string() ? foldedCase(of.get<std::string>()) : std::string(), &row});
        }
        std::stable_sort(items.begin(), items.end(), [](const Item& one, const Item& other) {
            if (one.text.empty() != other.text.empty()) {
                return other.text.empty();
            }
            return one.number != other.number ? one.number > other.number : one.text < other.text;
        });
        std::vector<RunRow> sorted;
        for (const Item& item : items) {
            sorted.push_back(std::move(*item.row));
        }
        m_rows = std::move(sorted);
    }

    std::vector<RunColumn> m_shown, m_read;
    std::vector<ColumnValues> m_values;
    std::vector<RunRow> m_rows;
};

std::string textOf(const Json& value, RunColumn::Type type)
{
    if (value.is_array()) {
        std::string text;
        for (const Json& each : value) {
            text += (text.empty() ? "" : ", ") + textOf(each, type);
        }
        return text.empty() ? "-" : text;
    }
    if (value.is_number()) {
        switch (type) {
        case RunColumn::Type::Share:
            return percent(value.get<double>());
        case RunColumn::Type::Seconds:
            return duration(value.get<double>());
        case RunColumn::Type::Moment:
            return moment(value.get<double>());
        case RunColumn::Type::Count:
            return grouped(value.get<std::int64_t>());
        default:
            break;
        }
        if (value.is_number_float()) {
            char text[32];
            std::snprintf(text, sizeof text, "%.6g", value.get<double>());
            return text;
        }
    }
    if (value.is_boolean()) {
        return value.get<bool>() ? "yes" : "no";
    }
    if (value.is_string()) {
        return value.get<std::string>().empty() ? "-" : cut(value.get<std::string>(), 48);
    }
    return value.is_null() ? "-" : value.dump();
}

Json asJson(const RunRow& row)
{
    return {{"run", row.id},
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
            {"twin", row.twin},
            {"random_teacher", row.randomTeacher},
            {"tags", row.tags},
            {"starred", row.marks.starred},
            {"archived", row.marks.archived},
            {"best_accuracy", row.figures.bestAccuracy},
            {"last_accuracy", row.figures.lastAccuracy},
            {"agreement", row.figures.agreement},
            {"seconds", row.figures.seconds},
            {"step", row.figures.step},
            {"total_steps", row.figures.totalSteps},
            {"created_at", row.createdAt},
            {"deleted", row.deleted}};
}

void printJson(const Listing& listing, std::ostream& out)
{
    Json runs = Json::array();
    for (const RunRow& row : listing.rows()) {
        if (listing.shown().empty()) {
            runs.push_back(asJson(row));
            continue;
        }
        Json object = {{"run", row.id}};
        for (const RunColumn& column : listing.shown()) {
            object[column.key] = listing.value(row, column);
        }
        runs.push_back(std::move(object));
    }
    out << runs.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void printColumns(const Listing& listing, std::ostream& out)
{
    std::vector<std::string> heads = {"run"};
    for (const RunColumn& column : listing.shown()) {
        const bool figure = column.type != RunColumn::Type::Text && column.type != RunColumn::Type::Flag;
        heads.push_back((figure ? ">" : "") + column.key);
    }
    Table table(heads);
    for (const RunRow& row : listing.rows()) {
        std::vector<std::string> cells = {row.id};
        for (const RunColumn& column : listing.shown()) {
            cells.push_back(textOf(listing.value(row, column), column.type));
        }
        table.add(cells);
    }
    table.print(out);
}

void printUsual(const Listing& listing, std::ostream& out)
{
    Table table({"run", "state", "name", "teacher -> student", ">best", ">last", ">agreement", ">time", ">steps", "created"});
    for (const RunRow& row : listing.rows()) {
        std::string state = nameOf(row.state);
        for (const auto& [mark, word] : {std::pair(row.marks.archived, ", archived"), {row.deleted, ", deleted"}}) {
            state += mark ? word : "";
        }
        table.add({row.id, state, cut(row.name, 48),
                   row.teacherModel.empty() ? row.studentModel : row.teacherModel + " -> " + row.studentModel,
                   percent(row.figures.bestAccuracy), percent(row.figures.lastAccuracy), percent(row.figures.agreement),
                   duration(row.figures.seconds), grouped(row.figures.step) + "/" + grouped(row.figures.totalSteps), moment(row.createdAt)});
    }
    table.print(out);
}

int list(const Context& context, const Options& options)
{
    const RunColumns columns(schema());
    const auto history = context.openHistory();
    const Listing listing(*history, columns, options);
    std::ostream& out = context.console.out;
    if (options.json) {
        printJson(listing, out);
    } else if (listing.rows().empty()) {
        const bool chosen = !options.filter.empty() || !options.state.empty();
        out << (chosen ? "No run meets the filter in " : "No runs in ") << history->workspace() << ".\n";
    } else if (!options.columns.empty()) {
        printColumns(listing, out);
    } else {
        printUsual(listing, out);
    }
    return Done;
}

} // namespace

void addListCommand(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();
    CLI::App* listing = app.add_subcommand("list", "The runs of the history, newest first");
    listing
        ->add_option("--filter", options->filter,
                     "Words and conditions, as in the window: accuracy>0.9 temperature:4 tag:seed* state:failed|diverged created<7d -is:starred")
        ->type_name("TEXT");
    listing
        ->add_option("--sort", options->sort,
                     "By this column: accuracy, time, test_kl, learning_rate, ...; large figures first, texts from A on")
        ->type_name("COLUMN");
    listing->add_flag("--reverse", options->reverse, "The other way round");
    listing->add_option("--columns", options->columns, "These columns: figures of the run and of its summary, fields of its experiment")
        ->type_name("A,B,...")
        ->delimiter(',');
    listing->add_option("--state", options->state, "Only runs in this state")->type_name("STATE");
    listing->add_flag("--all", options->all, "Deleted and archived runs too");
    listing->add_flag("--json", options->json, "As a JSON list");
    addWorkspaceOption(*listing, context);
    listing->callback([&context, options] { context.command = [&context, options] { return list(context, *options); }; });
}

} // namespace distill::cli
