// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/advice.h"

/// The rules that advice is made of, one function each. Pointers are those of the experiment that is looked at.
namespace distill::advice {

/// An experiment that is looked at, the document's own or that of an inline teacher, and what is said of it.
class Look {
public:
    Look(const Schema& schema, const Document& document, const Experiment& experiment, const SweepSettings& sweep,
         std::string prefix, std::vector<Advice>& into);

    const Experiment& experiment() const { return m_experiment; }
    const Catalogue& catalogue() const { return m_schema.catalogue(); }
    /// True where the sweep moves what the pointer leads to, a part of it, or what it is a part of.
    bool isSwept(const std::string& pointer) const;
    /// What the number at a pointer will be in the runs: `value`, or the numbers or bounds of the sweep.
    std::vector<double> valuesOf(const std::string& pointer, double value) const;
    /// Of the fixes the first that brings no problem goes along.
    void say(const std::string& rule, const std::string& pointer, const std::string& message,
             std::vector<Advice::Fix> fixes = {});

private:
    const Schema& m_schema;
    const Document& m_document;
    const Experiment& m_experiment;
    const SweepSettings& m_sweep;
    std::string m_prefix;
    std::vector<Advice>& m_into;
};

/// A term that is part of the loss.
struct Term {
    std::string place; ///< "/stages/0/objective/1"
    const TermSettings& settings;
    const Kind& kind;
    Traits traits;
    std::size_t stage;

    const Json& parameters() const { return settings.objective.parameters; }
    std::optional<double> number(const std::string& key) const;
    std::string text(const std::string& key) const; ///< empty where it has none
    bool isOff(const std::string& key) const; ///< has the flag, and it is false
    /// " That is the convention of a and b.": of presets with this value at `key` and the same other flags and choices.
    std::string convention(const std::string& key) const;
};

/// Those of a stage that are not muted.
std::vector<Term> termsOf(const Look& look, std::size_t stage);

/// What a stage learns from, and where the document says so: "/data", or "/stages/1/data" for a stage with its own.
std::pair<DataSettings, std::string> dataOf(const Look& look, std::size_t stage);

Advice::Fix fixOf(std::string label, std::vector<Edit> edits);
double lastFactor(const ScheduleSettings& schedule); ///< what a value is multiplied by at the end
bool isZeroThroughout(const ScheduleSettings& schedule);

void ofTerm(Look& look, const Term& term);
void ofStage(Look& look, std::size_t stage, const std::vector<Term>& terms);
void ofExperiment(Look& look);

} // namespace distill::advice
