// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/calibration.h"

#include <QColor>
#include <QWidget>

namespace distill::ui {

/// Accuracy over confidence, bin by bin, with the line of perfect calibration, the gap to it, and how many samples lie in each
/// bin. The arrows go from bin to bin.
class Reliability : public QWidget {
    Q_OBJECT

public:
    explicit Reliability(QWidget* parent = nullptr);

    void setCalibration(const QString& title, const QColor& colour, Calibration calibration);
    const Calibration& calibration() const { return m_calibration; }
    QString sentenceOf(int bin) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    QRectF plot() const; ///< the square of accuracy and confidence
    QRectF counts() const; ///< the strip of samples beneath
    int binCount() const { return static_cast<int>(m_calibration.bins.size()); }
    void choose(int bin);

    QString m_title;
    QColor m_colour;
    Calibration m_calibration;
    int m_bin = -1;
};

} // namespace distill::ui
