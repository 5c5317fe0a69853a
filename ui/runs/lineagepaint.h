// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QPainterPath>
#include <QPalette>
#include <QVector>

class QFont;
class QPainter;

namespace distill::ui {

/// What a box of the lineage says and how it is marked.
struct LineageCard {
    QIcon icon;
    QString title;
    QString model;  ///< on the second line
    QString figure; ///< at its end
    struct Line {
        QString model, figure;
    };
    QVector<Line> peers; ///< the networks that learned beside the first
    bool dashed = false;  ///< no run: a weights file, a random network
    bool stacked = false; ///< several seeds in one
    bool foldable = false; ///< one of several seeds that can be put together
    bool faded = false;   ///< deleted
    bool current = false;
    bool hovered = false;
    bool focused = false;

    static QSizeF sizeFor(const QFont& font, qsizetype peers);
    /// Where a click puts seeds together again.
    static QRectF foldMark(const QRectF& box);

    void paint(QPainter& painter, const QRectF& box, const QPalette& palette) const;
};

/// An arrow from teacher to student; between a control and its student a dashed line.
void paintLineageEdge(QPainter& painter, const QPainterPath& path, bool alone, bool lit, const QPalette& palette);

} // namespace distill::ui
