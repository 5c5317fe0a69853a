// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPainterPath>
#include <QWidget>
#include <vector>

namespace distill::ui {

/// The space between two lists, with a line for each pair of rows that belong together. Lines may be clicked.
class PairLines : public QWidget {
    Q_OBJECT

public:
    struct Line {
        qreal left = 0, right = 0; ///< heights within this widget
        bool wrong = false;
        qsizetype pair = 0; ///< what the line stands for
    };

    explicit PairLines(QWidget* parent = nullptr);
    void setLines(std::vector<Line> lines);
    const std::vector<Line>& lines() const { return m_lines; }
    /// A layer of one side that waits for one of the other: a mark at this height; negative: none.
    void setWaiting(qreal left, qreal right);
    void setClickable(bool on);
    QSize sizeHint() const override { return {90, 200}; }

Q_SIGNALS:
    void clicked(qsizetype pair);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    QPainterPath path(const Line& line) const;
    int lineAt(const QPointF& place) const; ///< -1: none
    void point(int line);

    std::vector<Line> m_lines;
    qreal m_waitingLeft = -1, m_waitingRight = -1;
    int m_pointed = -1;
    bool m_clickable = true;
};

} // namespace distill::ui
