// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPainterPath>
#include <QRectF>
#include <vector>

namespace distill::ui {

/// Where the boxes of a graph stand that is read from left to right, one column a generation, and how its edges run.
struct LineageLayout {
    struct Box {
        int generation = 0;
        QSizeF size;
    };
    struct Edge {
        std::size_t from = 0, to = 0; ///< places of boxes
        bool alone = false;           ///< from a control to its student, in any column; else from a lower generation to a higher
    };

    /// Boxes of a column stand in an order that keeps edges short, without touching; a control stands beneath its student
    /// where both are of one generation. An edge over several generations goes between the boxes of those it passes.
    static LineageLayout of(const std::vector<Box>& boxes, const std::vector<Edge>& edges, double columnGap, double rowGap);

    std::vector<QRectF> boxes;        ///< from (0, 0) on
    std::vector<QPainterPath> edges;  ///< from the one box's border to the other's
    QSizeF size;
};

} // namespace distill::ui
