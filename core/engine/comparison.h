// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/verdict.h"
#include "experiment/schema.h"
#include "history/history.h"

#include <functional>
#include <optional>

namespace distill {

/// One figure of several runs.
struct ComparedFigure {
    std::string key;   ///< "test/accuracy", "validation/agreement", "parameters", "multiply_adds", "seconds", ...
    std::string title; ///< "Test accuracy"
    enum class Unit { Share, Nats, Count, Bytes, Seconds, Milliseconds, Rate } unit = Unit::Share;
    enum class Better { Higher, Lower, Neither } better = Better::Higher;
    std::vector<double> values; ///< one a run; NaN where not known
    std::vector<double> deltas; ///< to the baseline; NaN where either is not known; empty without a baseline
};

/// One field of several runs' documents, defaults filled in.
struct ComparedField {
    std::string pointer;
    std::string title; ///< "Temperature", from the schema, with its place where the key alone does not tell
    std::vector<Json> values; ///< null where the document has no such field
    /// Between these runs. What names a run (name, notes, tags) or says which runs are made of a document (seeds, sweep, generations,
    /// controls) never counts, in an inline teacher's document likewise.
    bool differs = false;
    /// It differs only in that some runs have it, with its default: it came along with a part or a kind that the others did not choose, and
    /// that choice is a field of its own.
    bool minor = false;
};

/// Runs of one comparison that differ in nothing but the seed.
struct ComparedGroup {
    std::string name;               ///< without the seed
    std::vector<std::size_t> runs;  ///< places in Comparison::runs
    /// Of each figure, over the runs that know it; NaN where none does. The deviation is the sample's (n - 1), NaN for one run.
    std::vector<double> means, deviations;
    // With verdicts, from the answers on the test set, where the runs have them:
    std::optional<Interval> accuracy; ///< mean test accuracy, over seeds and test items
    /// Its difference to the baseline's group: seeds in pairs, or each with the one run that the baseline is; none for the baseline itself,
    /// and where seeds or test sets do not match.
    std::optional<Interval> toBaseline;
};

/// Whether the teacher helped one group's students against the same students alone, as far as the comparison or the history holds them.
struct ComparedVerdict {
    std::size_t group = 0;
    std::string against; ///< "student alone", "random teacher"; what `verdict.effect` is the difference to
    Verdict verdict;
    std::vector<RunId> treated, control; ///< pairs
};

/// Runs side by side, as plain values for a table, a report or the window.
struct Comparison {
    struct Run {
        RunRow row;      ///< with its summary
        Json document;   ///< with every default; as it was stored where this build cannot read it
    };
    std::vector<Run> runs;
    std::optional<std::size_t> baseline; ///< place in runs
    std::vector<ComparedFigure> figures; ///< known of one run at least
    std::vector<ComparedField> fields;   ///< all, in the order of the schema
    std::vector<ComparedGroup> groups;
    std::vector<ComparedVerdict> verdicts; ///< none where there are no controls
    std::vector<std::string> remarks; ///< what makes the comparison unfair, a sentence each: other data, other budgets, best against last, ...
};

/// What to say where no field differs.
std::string nothingDiffers(const Comparison& comparison);

/// `baseline` is one of the runs or empty. Verdicts read the runs' predictions; without `withVerdicts` it takes milliseconds. Throws InputError
/// for an unknown run. Off the window's thread; `keepGoing` may end it early, and then verdicts and intervals are missing.
Comparison compareRuns(const History& history, const std::vector<RunId>& runs, const RunId& baseline, bool withVerdicts,
                       const std::function<bool()>& keepGoing = {});

} // namespace distill
