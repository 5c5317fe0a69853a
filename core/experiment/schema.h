// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/document.h"
#include "experiment/error.h"
#include "experiment/experiment.h"

namespace distill {

/// Something wrong in a document. `sentence` is whole: source, line and pointer stand in it already.
struct Problem {
    std::string pointer;
    int line = 0;
    std::string message;  ///< the sentence without its place: "expected a number from 0 to 1, got \"high\""
    std::string sentence; ///< "quick.json, line 12, /stages/0/epochs: expected ..."
};

/// One field that differs between two documents with their defaults filled in.
struct Difference {
    std::string pointer;
    Json left;  ///< null where it is not there
    Json right;
};

/// The rules of the experiment document, made from the descriptions of its fields.
class Schema {
public:
    explicit Schema(Catalogue catalogue);
    Schema(const Schema&) = delete;
    Schema& operator=(const Schema&) = delete;

    const Catalogue& catalogue() const { return m_catalogue; }
    /// The whole document as one Field of type Object.
    const Field& root() const { return m_root; }
    /// The field that a pointer of this document leads to (through lists, kinds and inline experiments), or null. A
    /// "/kind" leads to the field whose kind it names. What the document leaves out is walked by its defaults.
    const Field* find(const Json& document, const std::string& pointer) const;

    /// `json` with every object, list and kind above `pointer` written out where the document leaves it to its default, so that
    /// the pointer can be set. Throws InputError for one that leads nowhere, Json::exception where another type stands above it.
    Json writtenOut(Json json, const std::string& pointer) const;
    /// Document::with() after writtenOut(); a pointer that leads nowhere is set all the same, for check() to tell of.
    Document with(const Document& document, const std::string& pointer, const Json& value) const;

    /// Every problem, in the order of the document: unknown keys (with the nearest known one), wrong types, out of range,
    /// unknown kinds, and the rules between fields (mean and deviation of equal length, a term that needs a teacher where
    /// there is none, at least one stage, ...). Inline experiments are checked too, four levels deep at most. Stops after
    /// 200 problems.
    std::vector<Problem> check(const Document& document) const;
    /// The experiment, defaults filled in; throws InputError with the first problem's sentence.
    Experiment read(const Document& document) const;
    Experiment read(const Json& json) const;
    /// The document with every default written out, keys in the order of the description. Throws as read().
    Json resolve(const Json& json) const;
    /// JSON Schema, draft 2020-12, with titles, help, ranges, defaults; inline experiments refer to the root.
    Json jsonSchema() const;
    /// 64 hexadecimal digits: SHA-256 of what determines the result (resolved; without name, notes, tags, generations, controls, device
    /// and threads, an inline teacher likewise; `seeds` must have been replaced by one `seed`). Equal hashes mean the same
    /// work. Throws as read(), and for several seeds.
    std::string contentHash(const Json& json) const;
    /// Fields that differ, in the order of the description; both are resolved first.
    std::vector<Difference> difference(const Json& left, const Json& right) const;

private:
    Json checked(const Json& json) const;

    Catalogue m_catalogue;
    Field m_root;
};

/// SHA-256 of bytes or of a file, as 64 hexadecimal digits. The second throws InputError when the file cannot be read.
std::string sha256(std::string_view bytes);
std::string sha256OfFile(const std::string& path);

} // namespace distill
