// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/lineage.h"

#include <QSet>
#include <QString>
#include <vector>

namespace distill::ui {

/// What the lineage is drawn as: a box for each run, or for all seeds of an experiment together where a generation has more
/// boxes than fit beside one another.
struct LineageBoxes {
    struct Box {
        std::vector<std::size_t> nodes; ///< places in Lineage::nodes; several: folded
        QString seeds;                  ///< names the runs that differ by their seed alone; "" where there is but one
        int generation = 0;
    };
    struct Edge {
        std::size_t from = 0, to = 0; ///< places of boxes
        bool alone = false;
    };

    /// Generations of more boxes than this are folded, the current run and `unfolded` left out.
    static constexpr std::size_t mostInGeneration = 6;

    static LineageBoxes of(const Lineage& lineage, const QSet<QString>& unfolded);

    std::vector<Box> boxes;
    std::vector<Edge> edges; ///< each pair once
    std::size_t current = 0; ///< the box of the run asked about
};

/// "Student" of "Student (seed 3)".
QString nameWithoutSeed(const RunRow& row);

} // namespace distill::ui
