// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QDoubleSpinBox;
class QSlider;
class QToolButton;

namespace distill::ui {

/// Slider and number of a temperature from 0.25 to 20, even in its logarithm; 1 is easy to hit.
class Temperature : public QWidget {
    Q_OBJECT

public:
    static constexpr double lowest = 0.25, highest = 20;

    enum class Shape { Line, Narrow }; ///< narrow: the slider beneath its number
    explicit Temperature(Shape shape = Shape::Line, QWidget* parent = nullptr);

    double value() const { return m_value; }
    void setValue(double value);

Q_SIGNALS:
    void valueChanged(double value);

private:
    QSlider* m_slider;
    QDoubleSpinBox* m_box;
    QToolButton* m_one;
    double m_value = 1;
};

} // namespace distill::ui
