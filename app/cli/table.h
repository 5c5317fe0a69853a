// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace distill::cli {

/// Rows of text in columns that line up. A column whose head begins with '>' stands to the right.
class Table {
public:
    explicit Table(std::vector<std::string> heads);
    void add(std::vector<std::string> row);
    bool empty() const { return m_rows.empty(); }
    void print(std::ostream& out, const std::string& indent = {}) const;

private:
    std::vector<std::string> m_heads;
    std::vector<bool> m_right;
    std::vector<std::vector<std::string>> m_rows;
};

/// Columns a terminal needs for UTF-8 text.
std::size_t width(const std::string& text);
std::string cut(const std::string& text, std::size_t columns); ///< with an ellipsis where something is left out

// "-" for what is not known (NaN or, of times, 0).
std::string percent(double share); ///< "91.25 %"
std::string decimal(double value, int digits); ///< "0.3462"
std::string grouped(std::int64_t number); ///< "824,458"
std::string duration(double seconds); ///< "0:21", "1:02:03"
std::string moment(double secondsSince1970); ///< "2024-02-29 13:05:00", local time

} // namespace distill::cli
