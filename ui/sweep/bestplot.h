// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/sweep.h"
#include "ui/plots/qcp.h"

namespace distill::ui {

/// How the best validation accuracy of a sweep rose with the runs that ended: what more runs would still bring.
class BestPlot : public QCustomPlot {
    Q_OBJECT

public:
    explicit BestPlot(QWidget* parent = nullptr);

    void setResults(const SweepResults& results);
    QSize sizeHint() const override { return {420, 300}; }
    QSize minimumSizeHint() const override { return {220, 160}; }

protected:
    void changeEvent(QEvent* event) override;

private:
    void applyTheme();

    QCPGraph* m_best; ///< steps from one ended run to the next
    QCPGraph* m_each; ///< the run that ended
};

} // namespace distill::ui
