// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/schema.h"

#include <optional>

namespace distill {

/// A value that is set at a place of a document.
struct Edit {
    std::string pointer; ///< as Schema::with() takes it
    Json value;
};

/// Something in a sound document that hardly does what was meant. It keeps no experiment from running: it may be meant.
struct Advice {
    struct Fix {
        std::string label; ///< for a button: "Scale by T^2"
        std::vector<Edit> edits; ///< one after another
    };

    std::string pointer;
    int line = 0;
    std::string rule; ///< short, and stays what it is: "t2_missing"
    std::string message; ///< what is wrong and why, one or two sentences
    std::string sentence; ///< the same with its place before it, as Problem has it
    std::optional<Fix> fix; ///< where one is certain enough; it leaves the document without a problem and without this advice
};

/// What to think about again, in the order of the text; inline teachers are looked at too. Empty for a document that has a
/// problem. Needs the document alone: neither data nor models.
std::vector<Advice> advise(const Schema& schema, const Document& document);

Document withFix(const Schema& schema, Document document, const Advice::Fix& fix);

struct FixedDocument {
    Document document;
    std::vector<Advice> fixed; ///< in the order in which they were
};
/// One fix after another until none is left: a fix may also mend or bring another advice.
FixedDocument withEveryFix(const Schema& schema, Document document);

} // namespace distill
