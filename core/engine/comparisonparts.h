// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/comparison.h"

/// What compareRuns() is made of.
namespace distill::comparison {

/// A run with its document; throws InputError for an unknown one.
Comparison::Run runOf(const History& history, const RunId& id);

/// Of rows and summaries; the means of the groups are not filled in.
std::vector<ComparedFigure> figuresOf(const History& history, const std::vector<Comparison::Run>& runs);

/// Along the schema, every field that one of the documents has.
std::vector<ComparedField> fieldsOf(const Schema& schema, const std::vector<Comparison::Run>& runs);

/// What two runs share that differ in nothing but the seed, and in that of their teachers, whatever of the defaults is written out.
std::string contentWithoutSeed(const History& history, const RunRow& row, const Json& document);
/// "Spirals" of "Spirals (seed 3)".
std::string nameWithoutSeed(const RunRow& row);

/// Sentences on what makes the comparison unfair, verdicts aside.
std::vector<std::string> remarksOn(const History& history, const Comparison& comparison);

/// Verdicts and intervals of the groups, from the answers on the test set; why some could not be had goes to the remarks.
void addVerdicts(const History& history, Comparison& comparison, const std::function<bool()>& keepGoing);

} // namespace distill::comparison
