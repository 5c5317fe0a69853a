// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/comparison.h"
#include "engine/reporting.h"
#include "report/report.h"

#include <functional>

/// What makeReport() is made of.
namespace distill::reporting {

/// The figure of a key, or null.
const ComparedFigure* figureOf(const Comparison& comparison, const std::string& key);
/// Mean of a figure over a group's runs; NaN where it is not known.
double meanOf(const Comparison& comparison, const ComparedGroup& group, const std::string& key);
const Comparison::Run& firstOf(const Comparison& comparison, const ComparedGroup& group);
/// Teachers of others in the comparison, and twins of these: references, not what is compared.
bool isReference(const Comparison& comparison, const ComparedGroup& group);

std::vector<report::Block> verdicts(const Comparison& comparison);
std::vector<report::Block> setUp(const Comparison& comparison);
std::vector<report::Block> figures(const Comparison& comparison);
std::vector<report::Block> differences(const Comparison& comparison);

/// Loss, accuracy and agreement over the steps: means over the seeds, with bands.
std::vector<report::Block> curves(const History& history, const Comparison& comparison);
/// Accuracy against cost, where the students differ in it.
std::vector<report::Block> trade(const Comparison& comparison);

/// Of the students whose teachers are runs; empty where there are none.
std::vector<report::Block> takenOver(const History& history, const Comparison& comparison, const std::function<bool()>& keepGoing);

/// The line that writes such a report.
std::string commandOf(const std::vector<RunId>& runs, const ReportOptions& options, const std::string& file);
std::vector<report::Block> reproduction(const History& history, const Comparison& comparison, const std::string& command);

} // namespace distill::reporting
