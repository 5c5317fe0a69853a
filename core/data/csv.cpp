// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/readers.h"

#include <charconv>
#include <cmath>
#include <csv.h>
#include <map>

namespace fs = std::filesystem;

namespace distill {

namespace {

struct CsvSettings {
    std::string file;
    std::string label;
    bool header = true;
    std::string separator = "comma";
    double testShare = 0.2;
    void describe(Binder& binder)
    {
        binder.text("file", file,
                    {.help = "Table with one sample a row: numbers, and one column with the class.", .minimum = 1});
        binder.text("label", label,
                    {.help = "Column with the class: its name or its number, counted from 1; empty: the last one."});
        binder.boolean("header", header, {.help = "The first row holds the columns' names."});
        binder.choice(
            "separator", separator,
            {{"comma", "1.5,2,cat"}, {"semicolon", "1.5;2;cat"}, {"tab", "Columns as spreadsheets copy them."}},
            {.help = "What stands between two columns.", .advanced = true});
        binder.number("test_share", testShare,
                      {.help = "Share of the rows that becomes the test set, stratified and always the same.",
                       .minimum = 0.01,
                       .maximum = 0.9});
    }
};

/// The cells of a table, as libcsv hands them over.
struct Table {
    std::vector<std::string> cells;
    std::size_t columns = 0, rows = 0, inRow = 0;
    std::string problem;

    static void cell(void* text, std::size_t length, void* self)
    {
        auto* table = static_cast<Table*>(self);
        table->cells.emplace_back(static_cast<const char*>(text), length);
        ++table->inRow;
    }
    static void row(int, void* self)
    {
        auto* table = static_cast<Table*>(self);
        ++table->rows;
        if (table->rows == 1) {
            table->columns = table->inRow;
        } else if (table->inRow != table->columns && table->problem.empty()) {
            table->problem = "row " + std::to_string(table->rows) + " has " + std::to_string(table->inRow)
                + " columns, but the first row has " + std::to_string(table->columns);
        }
        table->inRow = 0;
    }
    const std::string& at(std::size_t r, std::size_t column) const { return cells[r * columns + column]; }
};

struct Parser {
    csv_parser state;
    explicit Parser(unsigned char delimiter)
    {
        if (csv_init(&state, CSV_STRICT | CSV_STRICT_FINI) != 0) {
            throw std::bad_alloc();
        }
        csv_set_delim(&state, delimiter);
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
    ~Parser() { csv_free(&state); }
};

Table parse(const fs::path& file, const CsvSettings& settings)
{
    const std::string bytes = readBytes(file, std::uint64_t{1} << 31);
    std::string_view text = bytes;
    if (text.starts_with("\xef\xbb\xbf")) {
        text.remove_prefix(3);
    }
    Parser parser(settings.separator == "tab" ? CSV_TAB : settings.separator == "semicolon" ? ';' : CSV_COMMA);
    Table table;
    const std::size_t parsed = csv_parse(&parser.state, text.data(), text.size(), &Table::cell, &Table::row, &table);
    if (parsed != text.size() || csv_fini(&parser.state, &Table::cell, &Table::row, &table) != 0) {
        if (csv_error(&parser.state) == CSV_ENOMEM) {
            throw std::bad_alloc();
        }
        throw InputError(file.string() + ": row " + std::to_string(table.rows + 1)
                         + " has a quotation mark that is not closed or stands inside a cell.");
    }
    if (!table.problem.empty()) {
        throw InputError(file.string() + ": " + table.problem + ".");
    }
    const std::size_t header = settings.header ? 1 : 0;
    if (table.rows <= header) {
        throw InputError(file.string() + " holds no samples.");
    }
    if (table.columns < 2) {
        throw InputError(file.string() + " has one column only; a feature and a label column separated by a "
                         + settings.separator + " are needed.");
    }
    return table;
}

template <class Number> bool parseNumber(std::string_view text, Number& number)
{
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::size_t labelColumn(const Table& table, const fs::path& file, const CsvSettings& settings)
{
    if (settings.label.empty()) {
        return table.columns - 1;
    }
    std::string names;
    if (settings.header) {
        for (std::size_t c = 0; c < table.columns; ++c) {
            if (table.at(0, c) == settings.label) {
                return c;
            }
            if (c < 20) {
                names += (c == 0 ? "" : ", ") + table.at(0, c);
            }
        }
    }
    std::size_t number = 0;
    if (parseNumber(settings.label, number) && number >= 1 && number <= table.columns) {
        return number - 1;
    }
    throw InputError(file.string() + " has no column \"" + settings.label + "\"; "
                     + (settings.header ? "its columns are " + names : "name it by its number") + ", from 1 to "
                     + std::to_string(table.columns) + ".");
}

/// Class names in order: by value where all are integers, else as text.
std::vector<std::string> classNames(const Table& table, std::size_t column, std::size_t firstRow, const fs::path& file)
{
    std::map<std::string, std::int64_t> values;
    bool integers = true;
    for (std::size_t r = firstRow; r < table.rows; ++r) {
        const std::string& text = table.at(r, column);
        if (text.empty()) {
            throw InputError(file.string() + ": row " + std::to_string(r + 1) + " has no label in column "
                             + std::to_string(column + 1) + ".");
        }
        const auto [entry, added] = values.try_emplace(text, 0);
        integers = integers && (!added || parseNumber(text, entry->second));
        if (values.size() > 10'000) {
            throw InputError(file.string() + ": column " + std::to_string(column + 1)
                             + " has more than 10,000 different values, so it does not look like a label.");
        }
    }
    std::vector<std::string> names;
    for (const auto& [name, value] : values) {
        names.push_back(name);
    }
    if (integers) {
        std::stable_sort(names.begin(), names.end(),
                         [&](const std::string& a, const std::string& b) { return values.at(a) < values.at(b); });
    }
    return names;
}

Dataset loadCsv(const fs::path& file, const CsvSettings& settings)
{
    const Table table = parse(file, settings);
    const std::size_t firstRow = settings.header ? 1 : 0;
    const std::size_t column = labelColumn(table, file, settings);
    const auto rows = static_cast<std::int64_t>(table.rows - firstRow);
    const auto features = static_cast<std::int64_t>(table.columns - 1);

    Dataset dataset{.name = file.stem().string(), .origin = file.string(), .shape = {features, 1, 1}};
    dataset.classes = classNames(table, column, firstRow, file);
    std::map<std::string_view, std::int64_t> classOf;
    for (const std::string& name : dataset.classes) {
        classOf.emplace(name, static_cast<std::int64_t>(classOf.size()));
    }
    const Samples all{at::empty({rows, features, 1, 1}, at::kFloat), at::empty({rows}, at::kLong)};
    auto* value = all.inputs.data_ptr<float>();
    auto* label = all.labels.data_ptr<std::int64_t>();
    for (std::size_t r = firstRow; r < table.rows; ++r) {
        for (std::size_t c = 0; c < table.columns; ++c) {
            const std::string& text = table.at(r, c);
            if (c == column) {
                *label++ = classOf.at(text);
                continue;
            }
            double number = 0;
            const bool isNumber = parseNumber(text, number);
            *value = static_cast<float>(number);
            if (!isNumber || !std::isfinite(*value++)) {
                throw InputError(file.string() + ": row " + std::to_string(r + 1) + ", column " + std::to_string(c + 1)
                                 + (settings.header ? " (" + table.at(0, c) + ")" : "") + ": expected a number, got \""
                                 + text.substr(0, 40) + "\".");
            }
        }
    }
    splitOffTest(dataset, all, settings.testShare);
    return dataset;
}

} // namespace

DatasetReader csvReader()
{
    return makeReader<CsvSettings>(datasetKind("csv", "CSV table", "A table of numbers with a label column."),
                                   [](const CsvSettings& settings, const std::string& workspace) {
                                       const fs::path file = locateNamed(settings.file, workspace, "file");
                                       Source source;
                                       source.files = {file};
                                       source.load = [=] { return loadCsv(file, settings); };
                                       return source;
                                   });
}

} // namespace distill
