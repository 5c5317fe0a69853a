// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/curve.h"

#include <QWidget>

namespace distill::ui {

/// A thin bar of where a run's time went lately: a segment a phase of training, what is left went elsewhere.
class TimeBar : public QWidget {
    Q_OBJECT

public:
    explicit TimeBar(QWidget* parent = nullptr);

    /// Takes the latest shares from these curves; without any, the bar hides.
    void setCurves(const CurveStore::Curves& curves);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    struct Segment {
        QString name;
        double share = 0;
        QColor colour;
    };
    const QVector<Segment>& segments() const { return m_segments; }

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    QRectF placeOf(int segment) const;
    QString sentence() const;

    QVector<Segment> m_segments;
    std::pair<const Curve*, std::uint64_t> m_shown{nullptr, 0};
};

} // namespace distill::ui
