// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/schema.h"

namespace distill {

/// Something wrong at a place of a document.
struct Finding {
    std::string pointer;
    std::string message;
};

/// Walks a document beside the description of its fields. Gives the document back with every default written out, keys
/// in the order of the description; what is wrong is noted and replaced by its default, so that the walk always ends.
class Checker {
public:
    static constexpr std::size_t mostFindings = 200;
    static constexpr int deepestExperiment = 4;

    explicit Checker(const Schema& schema);

    Json check(const Json& document);
    /// In the order of the document.
    const std::vector<Finding>& findings() const { return m_findings; }

private:
    Json experiment(const Json& json, const std::string& pointer, int level);
    Json value(const Field& field, const Json& json, const std::string& pointer);
    Json number(const Field& field, const Json& json, const std::string& pointer);
    Json list(const Field& field, const Json& json, const std::string& pointer);
    Json kind(const Field& field, const Json& json, const std::string& pointer);
    /// The keys of `fields` from an object, into `into`. `kind` is the kind that they belong to, or null.
    void members(const std::vector<const Field*>& fields, const Json& json, const std::string& pointer,
                 const Kind* kind, Json& into);
    void sweep(const std::string& kind, const Json& resolved, const std::string& pointer, int level);
    Json wrong(const Field& field, const std::string& pointer, const std::string& message);
    void note(const std::string& pointer, const std::string& message);

    const Schema& m_schema;
    int m_level = 0;
    std::vector<Finding> m_findings;
};

/// What is wrong between the fields of an experiment each of which is right by itself.
struct BrokenRule {
    Finding finding; ///< pointer within this experiment
    std::vector<std::string> depends; ///< values the rule looked at
};
std::vector<BrokenRule> brokenRules(const Experiment& experiment, const Catalogue& catalogue, bool isTeacher);

} // namespace distill
