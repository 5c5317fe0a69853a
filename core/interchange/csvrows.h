// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace distill {

/// A table in a text file, as its rows come by.
struct CsvRows {
    using Row = std::function<void(std::span<const std::string_view> cells, std::int64_t line)>;

    char separator = ',';
    bool breaksOff = false; ///< the last row has no line end: its writer may not be done with it

    /// Calls `row` for each row of the first `bytes` bytes, blank lines and leading lines that begin with '#' left out. The separator
    /// (tab, semicolon or comma) is the one that the first row has most of. Throws InputError for a file that cannot be read, is
    /// compressed or UTF-16, or has a quotation mark inside a cell; what `row` throws comes out here.
    void read(const std::string& path, std::uint64_t bytes, const Row& row);
};

} // namespace distill
