// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace distill {

/// A text as a cell of a CSV line: in quotes where it holds a comma, a quote or a line's end.
std::string csvQuoted(const std::string& text);
/// A number in the shortest form that reads back the same bits.
void addCsvNumber(std::string& line, double number);

} // namespace distill
