// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace distill {

/// The parts of a JSON pointer (RFC 6901), "~0" and "~1" undone: "/stages/0" gives "stages", "0".
std::vector<std::string> splitPointer(const std::string& pointer);
/// The index that a part means in a list, where it means one: digits without a leading zero.
std::optional<std::size_t> listIndex(const std::string& part);
/// True where one pointer is the other, or leads to a value inside it.
bool isWithin(const std::string& inner, const std::string& outer);

} // namespace distill
