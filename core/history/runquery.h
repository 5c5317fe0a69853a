// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/runcolumn.h"

namespace distill {

/// What a person types to find runs. Words, all of which must be found (in name, tags, models, state, role, id), and conditions:
///
///     accuracy>0.9  last>=90%  time<10m  parameters<1M     shares also in percent, times in s, m, h or d, counts in k, M or G
///     state:running  tag:seed*  name:"two words"           `*` and `?` stand for any letters and for one; else a part will do
///     state:failed|diverged  temperature:2|4               one of these
///     temperature:4  evaluation.batch_size=512             any field of the document, by key or pointer, and any figure of the summary
///     created>2026-11-01  created<7d  created:today        days and ages, local time
///     is:starred  -is:archived                             marks, states and roles
///
/// A minus before a part turns it round. A part that is not whole yet filters nothing. Case does not matter.
class RunQuery {
public:
    /// `now` is in seconds since 1970; 0 asks the clock.
    static RunQuery parse(const std::string& text, const RunColumns& columns, double now = 0);
    /// All of a run's text that words are looked for in, folded in case. Made once a row.
    static std::string searchText(const RunRow& row);

    bool empty() const { return m_parts.empty(); }
    /// One sentence on what could not be understood, or empty.
    const std::string& problem() const { return m_problem; }
    /// Columns whose values accepts() needs beside the row, each once.
    const std::vector<RunColumn>& columns() const { return m_columns; }
    /// True where a part speaks of the column, so that what is left out otherwise (archived, deleted) is asked for.
    bool mentions(const std::string& key) const;

    /// `values` are those of columns(). A run whose value is not known meets no condition.
    bool accepts(const RunRow& row, const std::string& searchText, std::span<const Json* const> values = {}) const;

private:
    enum class Comparison { Contains, Less, LessOrEqual, Equal, GreaterOrEqual, Greater };
    struct Alternative {
        std::string text; ///< folded in case
        bool pattern = false;
        double low = 0, high = 0; ///< a number, or from where to where it reaches: a day
    };
    struct Part {
        RunColumn column; ///< without a key: any of the row's text
        int place = -1;   ///< among the values
        Comparison comparison = Comparison::Contains;
        bool negated = false;
        bool different = false; ///< "!=": a run whose value is not known does not meet it
        bool whole = false; ///< a text that has to begin with the alternative or, with a pattern, to be it
        std::vector<Alternative> alternatives;
    };

    class Reader;
    static bool holds(const Part& part, const Json& value);

    std::vector<Part> m_parts;
    std::vector<RunColumn> m_columns;
    std::string m_problem;
};

/// UTF-8 in lower case, letter by letter; bytes that are no UTF-8 stay.
std::string foldedCase(const std::string& text);
/// Where `*` in `pattern` stands for any characters and `?` for one.
bool matchesPattern(std::string_view pattern, std::string_view text);

} // namespace distill
