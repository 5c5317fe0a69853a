// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/lineageboxes.h"
#include "ui/runs/lineagelayout.h"
#include "ui/runs/lineagepaint.h"

#include <QAbstractScrollArea>
#include <functional>

namespace distill::ui {

/// The current run's teachers to the left and students to the right of it, as far as the history knows them.
///
/// Mouse: click chooses a run or takes seeds apart, Ctrl and wheel zooms. Keys: left and right go along the arrows, up and
/// down within a generation, Return chooses, Space takes seeds apart or puts them together, + - zoom, 0 fits.
class LineageView : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit LineageView(QWidget* parent = nullptr);

    /// Rows as they stand now, for runs that train; null where there is none, as for deleted runs.
    using Lookup = std::function<const RunRow*(const RunId&)>;
    void setLookup(Lookup lookup) { m_lookup = std::move(lookup); }
    void setLineage(Lineage lineage);
    void rowsChanged(); ///< states and figures, not who taught whom

    // What stands where, in the coordinates of the graph.
    const Lineage& lineage() const { return m_lineage; }
    const LineageBoxes& boxes() const { return m_boxes; }
    const LineageLayout& arrangement() const { return m_layout; }
    std::size_t focusedBox() const { return m_focused; }
    QRectF placeOf(std::size_t box) const; ///< in pixels of the viewport
    double zoom() const { return m_zoom; }
    QString sentenceOf(std::size_t box) const; ///< for those who hear the window

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void runChosen(const distill::RunId& run);

protected:
    bool viewportEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    void arrange();
    void fit();
    void setZoom(double zoom);
    void placeBars();
    void showBox(std::size_t box, bool inTheMiddle);
    void focusBox(std::size_t box);
    void setFolded(const QString& seeds, bool folded, std::size_t node);
    void activate(std::size_t box);
    std::size_t boxAt(const QPointF& pixel) const;
    std::size_t neighbour(std::size_t box, int key) const;
    QPointF origin() const; ///< of the graph, in the viewport
    const RunRow& rowOf(const LineageNode& node) const;
    LineageCard cardOf(std::size_t box) const;
    QString tooltipOf(std::size_t box) const;
    QString titleOf(const LineageNode& node) const;

    Lookup m_lookup;
    Lineage m_lineage;
    LineageBoxes m_boxes;
    LineageLayout m_layout;
    QSet<QString> m_unfolded;
    double m_zoom = 1;
    bool m_zoomedByHand = false;
    std::size_t m_focused = 0;
    std::size_t m_hovered = none;
};

} // namespace distill::ui
