// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/predictions/samplefilter.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QSlider;
class QStackedWidget;

namespace distill::ui {

class FilterPanel;
class SampleDetail;
class SampleGrid;
class SamplePoints;
class SampleView;

/// Filter, samples, and the one that is chosen.
class SamplesPage : public QWidget {
    Q_OBJECT

public:
    explicit SamplesPage(QWidget* parent = nullptr);

    void setPredictions(std::shared_ptr<const PredictionSet> set);
    void setFilter(const SampleFilter& filter);
    FilterPanel& filterPanel() { return *m_filter; }
    SampleView& samples();
    SampleGrid& grid() { return *m_grid; }
    SampleDetail& detail() { return *m_detail; }
    void setEnlarged(bool on);

private:
    void refill();

    std::shared_ptr<const PredictionSet> m_set;
    FilterPanel* m_filter;
    QLabel* m_count;
    QCheckBox* m_captions;
    QSlider* m_size;
    QStackedWidget* m_stack;
    SampleGrid* m_grid;
    SamplePoints* m_points;
    SampleDetail* m_detail;
    QWidget* m_middle;
    QWidget* m_side;
};

} // namespace distill::ui
