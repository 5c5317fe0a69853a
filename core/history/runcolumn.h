// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/schema.h"
#include "history/history.h"

#include <optional>
#include <span>
#include <unordered_map>

namespace distill {

/// Something that is known of every run: to show, to sort, to group and to filter by.
struct RunColumn {
    enum class Type {
        Text,
        Number,
        Count,   ///< a whole number that may be large: parameters, steps
        Share,   ///< 0 to 1
        Seconds,
        Moment,  ///< seconds since 1970, UTC
        Flag,
    };
    enum class From { Row, Summary, Document };

    std::string key;   ///< its name in a filter: "accuracy", "test_kl", "temperature", "evaluation.batch_size"
    std::string title; ///< "Test accuracy"
    std::string help;  ///< one sentence
    Type type = Type::Text;
    From from = From::Row;
    std::string pointer; ///< into the summary or the document, as ValueSource's; empty: of the row

    bool operator==(const RunColumn& other) const { return from == other.from && key == other.key && pointer == other.pointer; }
};

/// The values of a column by run; null or missing where a run has none. Numbers, texts, booleans, or a list of these.
using ColumnValues = std::unordered_map<RunId, Json>;

/// All columns: what stands in the row, the summary's figures, and every field of the schema.
class RunColumns {
public:
    explicit RunColumns(const Schema& schema);

    const std::vector<RunColumn>& all() const { return m_columns; }
    /// By key, by the end of its full name ("model.depth", "student/model/depth"), or by a pointer into the document
    /// ("/stages/0/batch_size"). Throws InputError naming the nearest.
    RunColumn find(const std::string& name) const;
    std::optional<RunColumn> tryFind(const std::string& name) const;

    /// Of a column that stands in the row.
    static Json valueOf(const RunRow& row, const RunColumn& column);
    /// Of columns that do not, in their order, for all runs; what a document leaves to its default has the schema's. Reads every document:
    /// a tenth of a second a column for 10,000 runs.
    std::vector<ColumnValues> read(const History& history, std::span<const RunColumn> columns) const;

private:
    void addFields(const Field& parent, const std::string& pointer, int depth);
    void addField(const Field& field, const std::string& pointer, RunColumn::Type type);
    void shortenKeys();
    std::vector<std::string> kindsOf(const std::string& pointer) const;

    const Schema& m_schema;
    std::vector<RunColumn> m_columns;
    std::vector<std::string> m_fullNames; ///< of each column, its parts with '.' between
};

} // namespace distill
