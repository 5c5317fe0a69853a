// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/predictions/predictionset.h"

#include <QWidget>

namespace distill::ui {

/// Teacher's and student's probabilities of each class for one sample, softened by a temperature: what a student of soft targets
/// sees beyond the label (Hinton et al. 2015, "dark knowledge"). Of many classes those that either finds likeliest.
class SoftBars : public QWidget {
    Q_OBJECT

public:
    explicit SoftBars(QWidget* parent = nullptr);

    void setSample(std::shared_ptr<const PredictionSet> set, std::optional<std::int32_t> sample);
    void setTemperature(double temperature);
    void setLogarithmic(bool on); ///< from 1e-6 to 1

    struct Bar {
        int number = 0; ///< of the class
        double student = 0; ///< probability
        double teacher = 0; ///< NaN without a teacher
        bool isLabel = false;
    };
    const std::vector<Bar>& bars() const { return m_bars; }
    double shareOf(double probability) const; ///< of the room that a bar takes
    double divergence() const
    {
        return m_divergence;
    } ///< KL(teacher || student) at the temperature, in nats; NaN without a teacher

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void changed();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void choose();
    void soften();
    int rowHeight() const;

    std::shared_ptr<const PredictionSet> m_set;
    std::optional<std::int32_t> m_sample;
    double m_temperature = 1;
    bool m_logarithmic = false;
    std::vector<Bar> m_bars;
    double m_divergence = 0;
};

} // namespace distill::ui
