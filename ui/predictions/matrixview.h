// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QStringList>
#include <QWidget>
#include <functional>

namespace distill::ui {

/// What a matrix shows; `text` may be empty where a cell is too unimportant for one.
struct MatrixCells {
    QString rowTitle, columnTitle;
    QStringList rows, columns;
    std::function<QString(int row, int column)> text;
    std::function<QColor(int row, int column)> fill;
    std::function<QString(int row, int column)> sentence; ///< for the pointer and for who cannot see it
};

/// Coloured cells with numbers where they fit, names at the edges, and a cell that the arrows move; Enter or a click opens it.
class MatrixView : public QWidget {
    Q_OBJECT

public:
    explicit MatrixView(const QString& name, QWidget* parent = nullptr);

    void setCells(MatrixCells cells);
    void setCurrent(int row, int column);
    QPoint current() const { return m_current; } ///< x is the column; (-1, -1) without cells
    QPoint cellAt(const QPointF& place) const; ///< (-1, -1) outside
    QRectF areaOf(int row, int column) const;
    void setOpens(bool on) { m_opens = on; } ///< whether a cell leads anywhere
    void setRowNames(bool on); ///< none beside a matrix that has the same
    int rowNamesWidth() const; ///< what they take

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void activated(int row, int column);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    bool isEmpty() const { return m_cells.rows.isEmpty() || m_cells.columns.isEmpty(); }
    void arrange();
    QFont numberFont() const;

    MatrixCells m_cells;
    QPoint m_current{-1, -1};
    QPoint m_hovered{-1, -1};
    bool m_opens = true;
    bool m_rowNames = true;
    bool m_upright = true; ///< names of columns, as they are wider than a cell
    QPointF m_corner; ///< of the first cell
    QSizeF m_cell;
    double m_numberScale = 0; ///< 0: numbers do not fit
};

} // namespace distill::ui
