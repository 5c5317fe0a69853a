// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/predictions/predictionset.h"

#include <QWidget>

class QBoxLayout;
class QCheckBox;
class QLabel;
class QToolButton;

namespace distill::ui {

class SoftBars;
class Temperature;

/// One sample large, with what each network makes of it and its soft labels at a temperature.
class SampleDetail : public QWidget {
    Q_OBJECT

public:
    explicit SampleDetail(QWidget* parent = nullptr);

    void setSample(std::shared_ptr<const PredictionSet> set, std::optional<std::int32_t> sample);
    /// Over the whole page, picture and bars beside each other.
    void setEnlarged(bool on);
    bool isEnlarged() const { return m_enlarged; }
    SoftBars& bars() { return *m_bars; }
    Temperature& temperature() { return *m_temperature; }

Q_SIGNALS:
    void enlargeRequested(bool on);
    void moveRequested(int places); ///< to another sample, as the arrows ask for while it is enlarged

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    class Picture;
    void describe();
    void describeBars();

    std::shared_ptr<const PredictionSet> m_set;
    std::optional<std::int32_t> m_sample;
    bool m_enlarged = false;
    QBoxLayout* m_layout;
    QBoxLayout* m_left;
    QLabel* m_title;
    QToolButton* m_enlarge;
    Picture* m_picture;
    QLabel* m_values;
    QLabel* m_choices;
    SoftBars* m_bars;
    QLabel* m_distance;
    Temperature* m_temperature;
    QCheckBox* m_logarithmic;
};

} // namespace distill::ui
