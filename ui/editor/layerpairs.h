// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/draft.h"

#include <QString>
#include <QStringList>

namespace distill::ui {

/// The layers that a term of the objective pairs, as its document says or leaves to the default.
struct LayerPairs {
    bool several = false; ///< lists of layers, else one of each network
    QStringList student, teacher; ///< the i-th of one with the i-th of the other; the longer one's rest has no partner

    qsizetype size() const { return std::min(student.size(), teacher.size()); }
    qsizetype indexOf(const QString& studentLayer, const QString& teacherLayer) const; ///< -1: not paired
    bool operator==(const LayerPairs&) const = default;

    /// With one pair more, at the place that its student's layer has from input to output (`order`); where there is only one
    /// pair, with this one instead.
    LayerPairs with(const QString& studentLayer, const QString& teacherLayer, const QStringList& order) const;
    LayerPairs without(qsizetype index) const;
};

/// Nothing where the term, a pointer, pairs no layers, or does not exist.
std::optional<LayerPairs> layerPairsOf(const Draft& draft, const std::string& term);
/// Writes them, as one step.
void setLayerPairs(Draft& draft, const std::string& term, const LayerPairs& pairs);

} // namespace distill::ui
