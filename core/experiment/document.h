// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <map>

namespace distill {

/// The text of an experiment, parsed, with the line of each value. Immutable: an edit makes a new one, and a document that
/// was not edited keeps its text byte for byte.
class Document {
public:
    /// Throws InputError (line, column, what was expected) for text that is not a JSON object, has a key twice, is not
    /// UTF-8, is larger than 8 MiB or nests deeper than 64 levels. `source` (a file name) stands at the head of errors.
    static Document parse(std::string text, std::string source = {});
    /// Reads and parses a file; throws InputError also when it cannot be read.
    static Document load(const std::string& path);
    /// Writes it as text of two-space indentation.
    static Document fromJson(const Json& json);

    const std::string& text() const { return m_text; }
    const std::string& source() const { return m_source; }
    const Json& json() const { return m_json; }
    /// 1-based line of the value at a JSON pointer, or of its nearest ancestor that is there.
    int lineOf(const std::string& pointer) const;

    /// The value at a JSON pointer replaced or, where its parent exists or can be made as an object, added ("/a/-" appends
    /// to a list). Throws InputError when the pointer cannot be followed.
    Document with(const std::string& pointer, const Json& value) const;
    Document without(const std::string& pointer) const;
    /// "/stages/0/epochs=3": the right side is JSON, or a plain string where it is not. Throws InputError.
    Document withAssignment(const std::string& assignment) const;

private:
    std::string m_text;
    std::string m_source;
    Json m_json;
    std::map<std::string, int> m_lines;
};

} // namespace distill
