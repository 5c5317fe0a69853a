// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <QVector>
#include <QWidget>
#include <string>
#include <utility>
#include <vector>

namespace distill::ui {

/// Accuracy of one network on the spoilt test set.
struct RobustnessCurve {
    QString who;
    QColor colour;
    double clean = 0; ///< accuracy on the test set as it is
    std::vector<std::pair<std::string, double>> corrupted; ///< "noise 0.1" and the accuracy there
};

/// A small diagram for each way of spoiling: accuracy over strength, a line a network.
class Robustness : public QWidget {
    Q_OBJECT

public:
    explicit Robustness(QWidget* parent = nullptr);

    void setCurves(QVector<RobustnessCurve> curves);

    struct Diagram {
        QString kind;
        QStringList strengths;
        std::vector<std::vector<double>> accuracy; ///< by curve and strength, the clean one first; NaN where not measured
    };
    const std::vector<Diagram>& diagrams() const { return m_diagrams; }

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int columnsFor(int width) const;

    QVector<RobustnessCurve> m_curves;
    std::vector<Diagram> m_diagrams;
};

} // namespace distill::ui
