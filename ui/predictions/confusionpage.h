// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/confusion.h"
#include "ui/predictions/samplefilter.h"

#include <QWidget>

class QButtonGroup;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QTreeWidget;

namespace distill::ui {

class MatrixView;

/// Which label is taken for which class: by the teacher, by the student, and the difference; each cell opens its samples.
class ConfusionPage : public QWidget {
    Q_OBJECT

public:
    explicit ConfusionPage(QWidget* parent = nullptr);

    void setPredictions(std::shared_ptr<const PredictionSet> set);
    MatrixView& teacher() { return *m_teacher; }
    MatrixView& student() { return *m_student; }
    MatrixView& difference() { return *m_difference; }

Q_SIGNALS:
    void opened(const distill::ui::SampleFilter& filter);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    enum Mode { AllThree, OnlyTeacher, OnlyStudent, OnlyDifference };
    void fill();
    void fillPairs();
    void choose(int mode);
    void showLegend();
    void shareWidth();
    double shareOf(const Confusion& confusion, int label, int choice) const;
    QString countSentence(int label, int choice) const;

    std::shared_ptr<const PredictionSet> m_set;
    Confusion m_ofStudent, m_ofTeacher;
    QButtonGroup* m_modes;
    QWidget* m_modeRow;
    QComboBox* m_numbers;
    QHBoxLayout* m_matrices;
    MatrixView* m_teacher;
    MatrixView* m_student;
    MatrixView* m_difference;
    QLabel* m_titles[3];
    QLabel* m_legend;
    QTreeWidget* m_pairs;
};

} // namespace distill::ui
