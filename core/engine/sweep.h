// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/sweep.h"
#include "history/history.h"

namespace distill {

/// How the message of a run begins that its sweep ended before its time.
inline const std::string stoppedBySweep = "Stopped by its sweep";
bool isStoppedBySweep(const RunRow& row);

/// How the students of a group lie in GroupRecord::students.
struct SweepShape {
    Experiment experiment;
    SweepSettings sweep;
    std::size_t variants = 1, generations = 1, seeds = 1;

    std::size_t variantOf(std::size_t student) const { return student / (generations * seeds); }
    std::size_t generationOf(std::size_t student) const { return student / seeds % generations; }
};
/// Throws InputError where the document of the group is none any more.
SweepShape shapeOf(const GroupRecord& record);

/// A mean over seeds; NaN where it is not known, the deviation (n - 1) also for one value alone.
struct MeanOf {
    double mean;
    double deviation;
};

/// What a sweep came to, or has come to so far. Accuracies are shares.
struct SweepResults {
    struct Row {
        std::size_t variant = 0;
        std::string name;               ///< "temperature 4, model resnet20"
        std::vector<Json> values;       ///< one a field
        std::vector<std::string> shown; ///< the same for people
        std::vector<RunRow> runs;       ///< one a seed, of the last generation
        std::string state;              ///< of all of them: "finished", "2 of 3 finished", "stopped at rung 1 of 2", "running", ...
        double trained = 0;             ///< share of the steps
        std::size_t finished = 0;
        MeanOf validation{}, test{}, agreement{}; ///< of the weights that are reported; while it trains its last figures, and no test
    };
    struct Best {
        std::size_t runs = 0; ///< that had ended by then
        double seconds = 0;   ///< since the first run of the sweep began
        double accuracy = 0;  ///< the best on validation so far
        RunId run;            ///< that reached it
        double own = 0;       ///< of the run that ended
    };
    std::string group, name, kind;
    std::vector<std::string> fields, labels; ///< pointers, and what they are called
    std::vector<bool> logarithmic;           ///< fields whose numbers are drawn in powers of ten
    std::vector<Row> rows;        ///< best first: those that finished, by validation; then those that came farthest, by the same
    std::vector<Best> bestSoFar;  ///< a point for each run that ended with a figure, in their order
    std::size_t runs = 0, finished = 0, stopped = 0, failed = 0, interrupted = 0, waiting = 0, training = 0; ///< students
    std::int64_t stepsTrained = 0, stepsInFull = 0; ///< of all students that began
    double seconds = 0;           ///< that its students trained
};

/// Throws InputError where the group is none that was submitted as a sweep. Reads the history: not on a window's thread.
SweepResults sweepResults(const History& history, const std::string& group);
/// The group of a group's own id, or of the run that `part` names. Throws InputError as History::resolve().
std::string groupOf(const History& history, const std::string& part);

/// Mean validation accuracy over the rows with the same values of two fields. Numbers stand in rising order, more than a dozen of
/// them in eight equal steps, of powers of ten where the field is drawn so.
struct HeatMap {
    std::vector<std::string> columns, rows;      ///< what stands along the two axes
    std::vector<std::vector<double>> accuracies; ///< [row][column]; NaN where there is none
    std::vector<std::vector<int>> counts;
};
HeatMap heatMap(const SweepResults& results, std::size_t columnField, std::size_t rowField);

} // namespace distill
