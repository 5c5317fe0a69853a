// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/valuetable.h"

#include "experiment/pointer.h"

#include <algorithm>
#include <charconv>

namespace distill {

namespace {

const std::string reportedHead = "reported";

/// The part of an SQLite JSON path that a pointer's parts from `first` on are: `."stages"[0]`. A key with a quotation mark cannot be
/// written in one and leads nowhere.
std::string pathOf(const std::vector<std::string>& parts, std::size_t first)
{
    std::string path;
    for (std::size_t i = first; i < parts.size(); ++i) {
        if (listIndex(parts[i])) {
            path += "[" + parts[i] + "]";
        } else {
            path += ".\"" + (parts[i].find('"') == std::string::npos ? parts[i] : "\x01") + "\"";
        }
    }
    return path;
}

/// An SQL text in single quotes.
std::string literal(const std::string& text)
{
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? "''" : std::string(1, c);
    }
    return quoted + "'";
}

/// The SQL of a list of the values at each index that the stars of a pointer stand for.
std::string listExpressionOf(const std::string& table, const std::vector<std::string>& parts)
{
    std::string tables;
    std::string value = table;
    int depth = 0;
    auto begin = parts.begin();
    for (auto star = std::find(begin, parts.end(), "*"); star != parts.end(); star = std::find(begin, parts.end(), "*")) {
        const std::string name = "each" + std::to_string(++depth);
        tables += (tables.empty() ? "json_each(" : ", json_each(") + value + ", " + literal("$" + pathOf({begin, star}, 0)) + ") AS " + name;
        value = "(CASE WHEN " + name + ".type IN ('object', 'array') THEN " + name + ".value END)"; // a plain text is no JSON
        begin = star + 1;
    }
    const std::string last = "each" + std::to_string(depth);
    if (begin == parts.end()) {
        return "(SELECT json_group_array(" + last + ".value) FROM " + tables + ")";
    }
    return "(SELECT json_group_array(json(" + value + " -> " + literal("$" + pathOf({begin, parts.end()}, 0)) + ")) FROM " + tables + ")";
}

/// The SQL of one value as JSON text, NULL where there is none. SQLite keeps the last texts it has parsed: several values of one cost
/// little more than the first.
std::string expressionOf(const ValueSource& source)
{
    const std::vector<std::string> parts = splitPointer(source.pointer);
    const std::string table = source.in == ValueSource::In::Document ? "experiments.text" : "summaries.text";
    std::string path = literal("$" + pathOf(parts, 0));
    if (source.in == ValueSource::In::Summary && parts.size() > 1 && parts.front() == reportedHead) {
        path = "'$.' || coalesce(summaries.text ->> '$.reported', 'last') || " + literal(pathOf(parts, 1));
    }
    const bool list = std::find(parts.begin(), parts.end(), "*") != parts.end();
    // A text that is no JSON, of a damaged file, must not take the others' values along.
    return "CASE WHEN json_valid(" + table + ") THEN " + (list ? listExpressionOf(table, parts) : table + " -> (" + path + ")") + " END";
}

Json valueFrom(const std::string& text)
{
    if (text.empty()) {
        return nullptr;
    }
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && text.find_first_of(".eE") != std::string::npos) {
        return number;
    }
    Json value = Json::parse(text, nullptr, false);
    return value.is_discarded() ? Json(nullptr) : value;
}

} // namespace

RunValues readValues(Connection& connection, const std::vector<ValueSource>& sources)
{
    std::string sql = "SELECT runs.id";
    for (const ValueSource& source : sources) {
        sql += ", " + expressionOf(source);
    }
    sql += " FROM runs LEFT JOIN experiments ON experiments.run = runs.number LEFT JOIN summaries ON summaries.run = runs.number "
           "ORDER BY runs.created_at DESC, runs.number DESC";
    RunValues values;
    values.columns.resize(sources.size());
    Statement select(connection, sql);
    while (select.step()) {
        values.runs.push_back(select.text(0));
        for (std::size_t i = 0; i < sources.size(); ++i) {
            values.columns[i].push_back(valueFrom(select.text(int(i) + 1)));
        }
    }
    return values;
}

} // namespace distill
