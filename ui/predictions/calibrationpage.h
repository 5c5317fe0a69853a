// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/latestwork.h"
#include "ui/predictions/predictionset.h"

#include "analysis/calibration.h"

#include <QWidget>

class QGridLayout;
class QLabel;
class QPushButton;

namespace distill::ui {

class Reliability;
class Temperature;

/// Whether confidence comes true: of teacher and student, as they are and with what a temperature would do to them.
class CalibrationPage : public QWidget {
    Q_OBJECT

public:
    explicit CalibrationPage(QWidget* parent = nullptr);

    void setPredictions(std::shared_ptr<const PredictionSet> set);
    Temperature& temperature() { return *m_temperature; }
    const Reliability& student() const { return *m_student; }
    const Reliability& teacher() const { return *m_teacher; }

Q_SIGNALS:
    void measured(); ///< the diagrams show the present temperature

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Measured {
        Calibration student, teacher;
    };
    struct Best {
        double student = 1, teacher = 1;
    };
    struct Row {
        QLabel *name, *accuracy, *error, *signedError, *atOne, *best;
    };
    void measure();
    void findBest();
    void showMeasured();
    void fillRow(const Row& row, const NetworkAnswers& network, const QColor& colour, const Calibration& now,
                 const Calibration& atOne, const QString& best);

    std::shared_ptr<const PredictionSet> m_set;
    bool m_dirty = false;
    Measured m_now, m_atOne;
    std::optional<Best> m_best;
    Reliability* m_student;
    Reliability* m_teacher;
    Temperature* m_temperature;
    QPushButton* m_bestOfStudent;
    QPushButton* m_bestOfTeacher;
    Row m_rowOfTeacher, m_rowOfStudent;
    QLabel* m_note;
    LatestWork<std::pair<Measured, Measured>> m_measuring{this};
    LatestWork<Best> m_finding{this};
};

} // namespace distill::ui
