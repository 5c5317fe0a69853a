// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/document.h"

/// Between JSON values and their text, with the limits that a document has.
namespace distill::jsontext {

inline constexpr std::size_t largestBytes = 8 * 1024 * 1024;
inline constexpr int deepestNesting = 64;

struct Parsed {
    Json json;
    std::vector<Document::Node> nodes; ///< in the order of the text
};

/// Any JSON value. Throws InputError as Document::parse() does.
Parsed parse(const std::string& text, const std::string& source);
/// Throws InputError for what JSON cannot hold.
std::string write(const Json& json);

} // namespace distill::jsontext
