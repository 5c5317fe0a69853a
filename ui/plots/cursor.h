// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/qcp.h"

namespace distill::ui {

/// The linked cursor of one plot: a vertical line, a dot on each curve, and a table of the values there. It lives on a
/// buffered layer, so that moving it draws no curve.
class CursorItem : public QCPAbstractItem {
public:
    struct Row {
        QColor colour;
        Qt::PenStyle line = Qt::SolidLine;
        QString name;
        QString value;
        QPointF at; ///< in pixels
    };

    explicit CursorItem(QCustomPlot* plot);

    void show(double x, const QString& place, QVector<Row> rows); ///< x in pixels; rows from the top down
    void clear();
    void setColours(const QColor& text, const QColor& box, const QColor& line);
    const QVector<Row>& rows() const { return m_rows; }

    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    bool m_shown = false;
    double m_x = 0;
    QString m_place;
    QVector<Row> m_rows;
    QColor m_text, m_box, m_line;
};

/// Events of the runs as vertical marks.
class EventItem : public QCPAbstractItem {
public:
    struct Mark {
        double x = 0; ///< on the axis
        QColor colour;
        bool major = true; ///< a line through the plot; else a tick at its top
        QString text;
        QString label; ///< of the stage that begins here, written beside the line
    };

    explicit EventItem(QCustomPlot* plot);

    void setMarks(QVector<Mark> marks) { m_marks = std::move(marks); } ///< in the order of x
    void setLabelColour(const QColor& colour) { m_labelColour = colour; }
    /// The stages' names as they are drawn, each in its place; those without room are left out.
    struct Label {
        QRect place;
        QString text;
    };
    QVector<Label> labels(const QFont& font) const;
    /// What the marks near a place say, one line each.
    QString textAt(const QPointF& pixel) const;

    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    QVector<Mark> m_marks;
    QColor m_labelColour;
};

} // namespace distill::ui
