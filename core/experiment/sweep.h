// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/schema.h"

namespace distill {

/// A sweep may not become more runs than this, seeds and generations counted.
constexpr std::size_t mostSweptRuns = 1000;

/// One experiment of a sweep.
struct Variant {
    struct Value {
        std::string field; ///< pointer
        Json value;        ///< as it stands in `document`: every default written out
        std::string label; ///< for people: "temperature"
        std::string shown; ///< "4", "resnet20"
    };
    std::vector<Value> values; ///< in the order of the sweep's fields
    std::string name;          ///< "temperature 4, model resnet20"; empty where there is no sweep
    Json document;             ///< resolved, with "sweep" none
};

/// What a document's sweep becomes: a grid the last field fastest; of random and halving as many different draws as asked for, in
/// the order of drawing, the same for the same seed. Drawn numbers have three significant digits. Without a sweep the document
/// alone. Throws InputError as Schema::read().
std::vector<Variant> variantsOf(const Schema& schema, const Json& document);
/// How many variantsOf() would give.
std::size_t countVariants(const SweepSettings& sweep);

/// The swept fields as they are called in names and columns: as much of the end of each pointer as tells them apart, "temperature",
/// "objective/1/weight".
std::vector<std::string> labelsOf(const std::vector<SweptField>& fields);

/// Pointers of all that a sweep of this document can move, in the order of the document: plain values, lists of plain values, and
/// kinds as a whole. `document` is resolved.
std::vector<std::string> sweepableFields(const Schema& schema, const Json& document);

/// What is to be checked of the sweep of a resolved document whose fields are right by themselves.
struct SweepCheck {
    struct Value {
        const Field* field;
        Json value;
        std::string pointer; ///< where it stands in the sweep
    };
    std::vector<std::pair<std::string, std::string>> findings; ///< pointer and message
    std::vector<Value> values; ///< each has to be right for its field
};
SweepCheck checkSweep(const Schema& schema, const Json& resolved);
/// A variant that is no sound experiment though each of its values is: pointer and message. Looks at a hundred of them, evenly spaced;
/// variantsOf() at all.
std::optional<std::pair<std::string, std::string>> brokenVariant(const Schema& schema, const Json& resolved);

} // namespace distill
