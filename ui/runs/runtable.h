// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

namespace distill::ui {

class RunLines;

/// The view of the run table: whole rows, columns a person can move and hide, and a sentence where there are no rows. The line of a group
/// opens and closes by its arrow, a double click, and the arrow keys.
class RunTable : public QTableView {
    Q_OBJECT

public:
    explicit RunTable(QWidget* parent = nullptr);

    void setLines(RunLines* lines);
    void setEmptyText(const QString& sentence);
    /// Widths, order, hidden columns and the sort.
    void restoreColumns(const QByteArray& state);
    std::pair<int, int> linesInSight() const; ///< first and last; -1 where there is none

Q_SIGNALS:
    void openRequested(int line, bool open);
    void sightChanged(); ///< other lines may be seen now
    void headerMenuRequested(int column, QMenu* menu); ///< to put more into it

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void fitRows();
    void showHeaderMenu(const QPoint& at);

    RunLines* m_lines = nullptr;
    QString m_emptyText;
};

} // namespace distill::ui
