// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"

namespace distill {

/// One of the networks of a run that learned from one another, beside the first, which is the run's student.
struct Peer {
    std::string model;
    std::int64_t parameters = 0; ///< 0 where not known
    double validation, test;     ///< accuracy, 0 to 1; NaN where not known
};

struct LineageNode {
    RunRow run;          ///< without its summary; its id is "" where a teacher is no run
    std::string outside; ///< of a teacher that is no run: what its document calls it, "weights" or "random"
    std::string model;   ///< "resnet56"
    std::string file;    ///< of weights
    int generation = 0;  ///< 0: the run asked about; -1: what taught it, or a teacher of a teacher further back; 1: its students
    std::vector<Peer> peers;

    bool isRun() const { return !run.id.empty(); }
};

struct LineageEdge {
    enum class Kind {
        Teaches, ///< from teacher to student, from a lower generation to a higher one
        Alone,   ///< from the control to the student that it is compared with
    };
    std::size_t from = 0, to = 0; ///< places in Lineage::nodes
    Kind kind = Kind::Teaches;
};

/// What a run learned from and what learned from it, as far back and as far on as the history knows, with the other teachers of
/// its students and the control of each. A control learned from labels alone: its teacher, asked for agreement only, taught it nothing.
struct Lineage {
    std::vector<LineageNode> nodes; ///< by generation, then by creation; empty for an unknown run
    std::vector<LineageEdge> edges;
    std::size_t current = 0; ///< place of the run asked about
};

/// What a run's summary and document tell about it, read once for each run of the graph. Document and summary are null where
/// they cannot be read.
struct LineageTexts {
    Json document, summary;
};

/// `rows` are all runs, in any order. Teachers that are no runs are read off the documents; kinds of teachers that are not
/// known here are passed over. Runs that teach themselves in a circle, which cannot be, lose an edge.
Lineage lineageOf(const RunId& run, const std::vector<RunRow>& rows,
                  const std::function<LineageTexts(const RunRow&)>& textsOf);
/// Deleted runs of the graph are in it.
Lineage lineageOf(const History& history, const RunId& run);

} // namespace distill
