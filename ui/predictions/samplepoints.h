// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/predictions/sampleview.h"

#include <QPixmap>

namespace distill::ui {

/// Two-dimensional data where they lie: colour by label, a cross where the student errs, a ring where the two disagree. What the
/// filter leaves out stays faint.
class SamplePoints : public SampleView {
    Q_OBJECT

public:
    explicit SamplePoints(QWidget* parent = nullptr);

    int placeAt(const QPoint& inViewport) const override; ///< the nearest that the filter leaves, within reach of the pointer
    QRect areaOf(int place) const override;

protected:
    void arrange() override;
    void paintEvent(QPaintEvent* event) override;

private:
    QPointF at(std::size_t sample) const;
    void paintPoints();

    QRectF m_extent; ///< of the data
    QPixmap m_points; ///< null until painted
};

} // namespace distill::ui
