// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/numbers.h"
#include "ui/plots/qcp.h"

namespace distill::ui {

/// Ticks whose labels stay short: "20k", "85 %", "1:30", and no more digits than the distance of the ticks needs.
class ShortTicker : public QCPAxisTickerLog {
public:
    ShortTicker(Numbers numbers, bool logarithmic);

protected:
    double getTickStep(const QCPRange& range) override;
    int getSubTickCount(double tickStep) override;
    QVector<double> createTickVector(double tickStep, const QCPRange& range) override;
    QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;

private:
    Numbers m_numbers;
    bool m_logarithmic;
    bool m_decades = false; ///< the present ticks are powers of ten
    bool m_byMagnitude = false; ///< each label has the decimals of its own tick
    double m_step = 1;
};

} // namespace distill::ui
