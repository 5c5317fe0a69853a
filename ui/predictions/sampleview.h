// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/predictions/predictionset.h"

#include <QAbstractScrollArea>

namespace distill::ui {

/// Samples of a test set in an order, one of them chosen: what grid and points have in common. A place is a number in the order.
class SampleView : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit SampleView(QWidget* parent = nullptr);

    void setPredictions(std::shared_ptr<const PredictionSet> set);
    /// The chosen sample stays chosen where it is among them, else the first is.
    void setSamples(std::vector<std::int32_t> samples);
    const std::vector<std::int32_t>& samples() const { return m_samples; }

    int current() const { return m_current; } ///< place, -1 without samples
    std::optional<std::int32_t> currentSample() const;
    void setCurrent(int place); ///< cut to the places there are

    virtual int placeAt(const QPoint& inViewport) const = 0; ///< -1 where there is none
    virtual QRect areaOf(int place) const = 0; ///< in the viewport, which it may lie outside of

Q_SIGNALS:
    void currentChanged(int sample); ///< -1 without samples
    void activated(int sample);

protected:
    const std::shared_ptr<const PredictionSet>& set() const { return m_set; }
    int hovered() const { return m_hovered; }
    virtual int columns() const { return 1; }
    virtual int rowsOfPage() const { return 10; }
    virtual void arrange() { } ///< samples, size or look have changed
    virtual void reveal(int) { } ///< scrolls to a place

    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool viewportEvent(QEvent* event) override;

private:
    void describe();

    std::shared_ptr<const PredictionSet> m_set;
    std::vector<std::int32_t> m_samples;
    int m_current = -1;
    int m_hovered = -1;
};

} // namespace distill::ui
