// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/predictions/predictionset.h"

#include <QAbstractButton>

namespace distill::ui {

/// The first of some samples as a row of pictures that opens them all.
class PictureStrip : public QAbstractButton {
    Q_OBJECT

public:
    explicit PictureStrip(QWidget* parent = nullptr);

    void setSamples(std::shared_ptr<const PredictionSet> set, std::vector<std::int64_t> samples);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::shared_ptr<const PredictionSet> m_set;
    std::vector<std::int64_t> m_samples;
};

} // namespace distill::ui
