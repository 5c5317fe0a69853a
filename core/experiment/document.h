// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <vector>

namespace distill {

/// The text of an experiment, parsed, with the line of each value. Immutable: an edit makes a new one, and a document that
/// was not edited keeps its text byte for byte.
class Document {
public:
    /// Throws InputError (line, column, what was expected) for text that is not a JSON object, has a key twice, is not
    /// UTF-8, is larger than 8 MiB, nests deeper than 64 levels or holds a number that neither int64 nor double can. A byte
    /// order mark is passed over. `source` (a file name) stands at the head of errors.
    static Document parse(std::string text, std::string source = {});
    /// Reads and parses a file; throws InputError also when it cannot be read.
    static Document load(const std::string& path);
    /// Writes it as text of two-space indentation, short lists of plain values on one line. Throws InputError for what JSON
    /// cannot hold (NaN, a root that is no object).
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
    static std::pair<std::string, Json> assignment(const std::string& text);

    /// A value of the text in the order of the text; the values inside it follow it.
    struct Node {
        std::int32_t line = 1;
        std::int32_t nodes = 1; ///< itself and all inside it
    };

private:
    std::string m_text;
    std::string m_source;
    Json m_json;
    std::vector<Node> m_nodes;
};

} // namespace distill
