// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/csvrows.h"
#include "interchange/readers.h"

#include "experiment/error.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>

namespace distill {

namespace {

constexpr std::size_t nowhere = std::size_t(-1);
using Cells = std::span<const std::string_view>;

std::string lineOf(const std::string& path, std::int64_t line)
{
    return path + ", line " + std::to_string(line) + ": ";
}

std::string shown(std::string_view cell)
{
    return '"' + std::string(cell.substr(0, 40)) + (cell.size() > 40 ? "..." : "") + '"';
}

/// The columns that say where a row stands.
class PlaceColumns {
public:
    PlaceColumns() { m_columns.fill(nowhere); }

    void choose(Cells names)
    {
        std::array<int, 4> ranks{};
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto named = placeNamed(names[i]);
            if (!named) {
                continue;
            }
            const auto role = static_cast<std::size_t>(named->role);
            if (m_columns[role] == nowhere || named->rank < ranks[role]) {
                m_columns[role] = i;
                ranks[role] = named->rank;
            }
        }
    }
    void set(PlaceRole role, std::size_t column) { m_columns[static_cast<std::size_t>(role)] = column; }
    bool has(PlaceRole role) const { return m_columns[static_cast<std::size_t>(role)] != nowhere; }
    bool holds(std::size_t column) const { return std::find(m_columns.begin(), m_columns.end(), column) != m_columns.end(); }

    Place at(Cells cells, std::int64_t line, bool decimalComma, const std::string& path, CurveSink& sink)
    {
        Place place;
        place.line = line;
        const std::pair<PlaceRole, double*> parts[] = {{PlaceRole::Step, &place.step},
                                                       {PlaceRole::Epoch, &place.epoch},
                                                       {PlaceRole::Seconds, &place.seconds},
                                                       {PlaceRole::WallTime, &place.wallTime}};
        for (const auto& [role, number] : parts) {
            std::size_t& column = m_columns[static_cast<std::size_t>(role)];
            if (column == nowhere || isMissing(cells[column])) {
                continue;
            }
            if (const auto found = numberFrom(cells[column], decimalComma)) {
                *number = *found;
            } else if (role == PlaceRole::Step || role == PlaceRole::Epoch) {
                throw InputError(lineOf(path, line) + "the " + (role == PlaceRole::Step ? "step " : "epoch ") + shown(cells[column])
                                 + " is no number.");
            } else {
                sink.remark("The times are left out, for they are no numbers of seconds: " + shown(cells[column]) + ", line "
                            + std::to_string(line) + ".");
                column = nowhere;
            }
        }
        return place;
    }

private:
    std::array<std::size_t, 4> m_columns; ///< by role
};

/// Rows of one table become values.
class Table {
public:
    virtual ~Table() = default;
    virtual void row(Cells cells, std::int64_t line) = 0;
};

/// A column a metric; the names of W&B's charts, "RUN - METRIC", say which run as well.
class WideTable : public Table {
public:
    WideTable(Cells names, const std::string& path, bool decimalComma, CurveSink& sink)
        : m_path(path)
        , m_decimalComma(decimalComma)
        , m_sink(sink)
    {
        m_places.choose(names);
        const bool ofCharts = names.size() > 1 && std::all_of(names.begin() + 1, names.end(), [](std::string_view name) {
            return name.find(" - ") != std::string_view::npos;
        });
        if (ofCharts && !m_places.holds(0)) {
            m_places.set(PlaceRole::Step, 0);
            sink.remark("The column " + shown(names[0]) + " is taken for the steps.");
        }
        std::size_t metrics = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            Column column{std::string(names[i]), {}, {}};
            column.isValue = !m_places.holds(i) && !names[i].starts_with('_');
            if (const std::size_t dash = column.title.rfind(" - "); ofCharts && i > 0) {
                column.run = column.title.substr(0, dash);
                column.metric = column.title.substr(dash + 3);
                if (column.metric.starts_with('_') || column.metric.ends_with("__MIN") || column.metric.ends_with("__MAX")) {
                    column.isValue = false;
                    sink.remark("The columns of W&B's own counters and of what its chart spans (_step, __MIN, __MAX) are left out.");
                }
            } else {
                column.metric = column.title;
            }
            if (column.title.empty() && i == 0) { // an index, as pandas writes it
                column.isValue = false;
                if (!m_places.has(PlaceRole::Step)) {
                    m_places.set(PlaceRole::Step, 0);
                    sink.remark("The first column has no name and is taken for the steps.");
                }
            } else if (column.title.empty()) {
                column.metric = "column " + std::to_string(i + 1);
            }
            metrics += column.isValue ? 1 : 0;
            m_columns.push_back(std::move(column));
        }
        if (metrics == 0) {
            throw InputError(path + " has no column of values: its columns are " + list(names) + ".");
        }
        const auto value = std::find_if(m_columns.begin(), m_columns.end(), [](const Column& column) { return column.isValue; });
        if (metrics == 1 && wordsOf(value->metric) == "value") { // TensorBoard's download of one curve: run-NAME-tag-TAG.csv
            const std::string stem = std::filesystem::path(path).stem().string();
            const std::size_t tag = stem.find("-tag-");
            value->metric = stem.starts_with("run-") && tag != std::string::npos ? stem.substr(tag + 5) : stem;
        }
    }

    void row(Cells cells, std::int64_t line) override
    {
        Place place = m_places.at(cells, line, m_decimalComma, m_path, m_sink);
        place.row = m_row++;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            Column& column = m_columns[i];
            if (!column.isValue) {
                continue;
            }
            const auto number = numberFrom(cells[i], m_decimalComma);
            if (!number && isMissing(cells[i])) {
                continue;
            }
            if (!number && column.curve == nowhere) {
                column.isValue = false;
                m_sink.remark("The column " + shown(column.title) + " holds text (" + shown(cells[i]) + ", line " + std::to_string(line)
                              + ") and is left out.");
                continue;
            }
            if (!number) {
                throw InputError(lineOf(m_path, line) + shown(cells[i]) + " in the column " + shown(column.title) + " is no number.");
            }
            if (column.curve == nowhere) {
                column.curve = m_sink.curve(column.run, column.metric);
            }
            m_sink.value(column.curve, place, *number);
        }
    }

private:
    struct Column {
        std::string title, run, metric;
        bool isValue = true;
        std::size_t curve = nowhere;
    };

    static std::string list(Cells names)
    {
        std::string text;
        for (const std::string_view name : names) {
            text += (text.empty() ? "" : ", ") + shown(name);
        }
        return text;
    }

    const std::string& m_path;
    const bool m_decimalComma;
    CurveSink& m_sink;
    PlaceColumns m_places;
    std::vector<Column> m_columns;
    std::int64_t m_row = 0;
};

/// A value a row, beside the name of its series and, in our own export of several runs, its run.
class LongTable : public Table {
public:
    struct Shape {
        std::size_t series = nowhere, value = nowhere, run = nowhere, name = nowhere;
    };

    static std::optional<Shape> shapeOf(Cells names)
    {
        Shape shape;
        const auto take = [&](std::size_t& column, std::size_t i, std::string_view name, std::initializer_list<std::string_view> words) {
            if (column == nowhere && std::find(words.begin(), words.end(), name) != words.end()) {
                column = i;
            }
        };
        for (std::size_t i = 0; i < names.size(); ++i) {
            const std::string name = wordsOf(names[i]);
            take(shape.series, i, name, {"series", "metric", "tag", "variable", "key"});
            take(shape.value, i, name, {"value"});
            take(shape.run, i, name, {"run", "run id", "experiment"});
            take(shape.name, i, name, {"name", "run name"});
        }
        return shape.series != nowhere && shape.value != nowhere ? std::optional(shape) : std::nullopt;
    }

    LongTable(const Shape& shape, Cells names, const std::string& path, bool decimalComma, CurveSink& sink)
        : m_shape(shape)
        , m_path(path)
        , m_decimalComma(decimalComma)
        , m_sink(sink)
    {
        m_places.choose(names);
    }

    void row(Cells cells, std::int64_t line) override
    {
        const std::string_view series = cells[m_shape.series], text = cells[m_shape.value];
        if (isMissing(text)) {
            return;
        }
        const auto value = numberFrom(text, m_decimalComma);
        if (!value) {
            throw InputError(lineOf(m_path, line) + "the value " + shown(text) + " is no number.");
        }
        if (series.empty()) {
            throw InputError(lineOf(m_path, line) + "the name of the series is missing.");
        }
        const std::string_view run = m_shape.run == nowhere ? std::string_view() : cells[m_shape.run];
        const std::string_view name = m_shape.name == nowhere ? std::string_view() : cells[m_shape.name];
        if (m_curve == nowhere || series != m_series || run != m_run || name != m_name) {
            m_series = series;
            m_run = run;
            m_name = name;
            m_curve = m_sink.curve(labelOf(run, name), series);
        }
        m_sink.value(m_curve, m_places.at(cells, line, m_decimalComma, m_path, m_sink), *value);
    }

private:
    /// The run's name; where two runs have one name, with the end of its id.
    std::string labelOf(std::string_view run, std::string_view name)
    {
        if (run.empty() || name.empty()) {
            return std::string(run.empty() ? name : run);
        }
        const auto [entry, isNew] = m_labels.try_emplace(std::string(run), name);
        if (isNew) {
            const bool taken = std::any_of(m_labels.begin(), m_labels.end(), [&](const auto& other) {
                return other.first != run && other.second == name;
            });
            entry->second += taken ? " " + std::string(run.substr(run.size() - std::min<std::size_t>(6, run.size()))) : "";
        }
        return entry->second;
    }

    const Shape m_shape;
    const std::string& m_path;
    const bool m_decimalComma;
    CurveSink& m_sink;
    PlaceColumns m_places;
    std::string m_series, m_run, m_name; ///< of the curve below
    std::size_t m_curve = nowhere;
    std::map<std::string, std::string> m_labels;
};

/// Whether a row is names rather than values.
bool isHeader(Cells cells, bool decimalComma)
{
    return std::any_of(cells.begin(), cells.end(), [&](std::string_view cell) { return !numberFrom(cell, decimalComma) && !isMissing(cell); });
}

} // namespace

void readCsvCurves(const std::string& path, std::uint64_t bytes, CurveSink& sink)
{
    CsvRows rows;
    std::unique_ptr<Table> table;
    std::size_t columns = 0;
    std::vector<std::string> heads;
    struct Short {
        std::size_t cells;
        std::int64_t line;
    };
    std::optional<Short> pending; // an odd row is a fault unless it is the last and breaks off
    const auto refuse = [&](const Short& odd) {
        throw InputError(lineOf(path, odd.line) + "this row has " + std::to_string(odd.cells) + " cells, and the first one has "
                         + std::to_string(columns) + ".");
    };
    std::int64_t values = 0;
    rows.read(path, bytes, [&](Cells cells, std::int64_t line) {
        const bool decimalComma = rows.separator != ',';
        if (pending) {
            refuse(*pending);
        }
        if (!table) {
            columns = cells.size();
            const bool named = isHeader(cells, decimalComma);
            std::vector<std::string_view> names(cells.begin(), cells.end());
            if (!named) {
                for (std::size_t i = 0; i < columns; ++i) {
                    heads.push_back(columns == 1 ? "value" : i == 0 ? "step" : "column " + std::to_string(i + 1));
                }
                names.assign(heads.begin(), heads.end());
                sink.remark(columns == 1 ? "The file has no header: each line is a value."
                                         : "The file has no header: the first column is taken for the steps, the others are named by their place.");
            }
            if (const auto shape = LongTable::shapeOf(names)) {
                table = std::make_unique<LongTable>(*shape, names, path, decimalComma, sink);
            } else {
                table = std::make_unique<WideTable>(names, path, decimalComma, sink);
            }
            if (named) {
                return;
            }
        }
        if (cells.size() != columns) {
            pending = Short{cells.size(), line};
            return;
        }
        ++values;
        table->row(cells, line);
    });
    if (pending) {
        if (!rows.breaksOff || pending->cells > columns) {
            refuse(*pending);
        }
        sink.remark("Line " + std::to_string(pending->line) + " breaks off and is left out.");
    }
    if (!table || values == 0) {
        throw InputError(path + (table ? " holds a header and no rows." : " is empty."));
    }
}

} // namespace distill
