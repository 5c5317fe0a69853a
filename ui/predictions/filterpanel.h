// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/predictions/samplefilter.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QTreeWidget;

namespace distill::ui {

/// Which samples are shown, in which order: subsets with how many there are, classes, confidence.
class FilterPanel : public QWidget {
    Q_OBJECT

public:
    explicit FilterPanel(QWidget* parent = nullptr);

    /// Keeps of the filter what still has a meaning.
    void setPredictions(std::shared_ptr<const PredictionSet> set);
    const SampleFilter& filter() const { return m_filter; }
    void setFilter(const SampleFilter& filter);
    std::array<std::int64_t, subsetCount> counts() const { return m_counts; }

Q_SIGNALS:
    void changed();

private:
    void fillClasses();
    void fillSubsets();
    void showFilter();
    void edited();
    QString titleOf(Subset subset) const;
    QString helpOf(Subset subset) const;

    std::shared_ptr<const PredictionSet> m_set;
    SampleFilter m_filter;
    std::array<std::int64_t, subsetCount> m_counts{};
    bool m_showing = false;
    QTreeWidget* m_subsets;
    QPushButton* m_chosen;
    QComboBox* m_label;
    QLabel* m_teacherCaption;
    QComboBox* m_teacher;
    QLabel* m_studentCaption;
    QComboBox* m_student;
    QSpinBox* m_lowest;
    QSpinBox* m_highest;
    QComboBox* m_order;
    QPushButton* m_reset;
};

} // namespace distill::ui
