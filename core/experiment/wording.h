// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

/// The words that errors of the document are made of.
namespace distill::wording {

/// "expected a number of epochs from 0 to 100000"
std::string expected(const Field& field);
/// "got \"high\"", long values cut.
std::string got(const Json& value);
/// In quotation marks, control characters escaped, cut after `length` characters.
std::string quoted(const std::string& text, std::size_t length = 40);
/// "\"a\", \"b\" or \"c\""
std::string alternatives(const std::vector<std::string>& names);
/// As people write it: 100000, 0.001, 1e-08.
std::string number(double value);
/// The candidate a person who wrote `name` meant most likely, or empty.
std::string nearest(const std::string& name, const std::vector<std::string>& candidates);
/// "; did you mean \"seed\"?", or empty.
std::string didYouMean(const std::string& name, const std::vector<std::string>& candidates);
/// Unicode characters of a UTF-8 text.
std::size_t characters(const std::string& text);
/// The first `length` characters of a UTF-8 text, with "..." where something was cut; other bytes become U+FFFD.
std::string cut(const std::string& text, std::size_t length);
/// "quick.json, line 12, /stages/0/epochs: expected ..."; what is empty or 0 is left out.
std::string placed(const std::string& source, int line, const std::string& pointer, const std::string& message);
/// One part of a JSON pointer, "~" and "/" escaped.
std::string escaped(const std::string& key);

} // namespace distill::wording
