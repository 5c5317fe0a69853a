// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <map>
#include <memory>

class QGridLayout;
class QLabel;
class QLineEdit;
class QSlider;

namespace distill::ui {

/// How a slider's places spread over the values of a field.
class SliderScale {
public:
    static constexpr int places = 1000;

    /// Around `value` within the field's range; by powers of ten where the field says so. A range that ends in
    /// infinity, or far away, is cut to where a slider is still fine enough.
    SliderScale(const Field* field, double value);
    double valueAt(int place) const;
    int placeOf(double value) const;
    double least() const { return m_zero ? 0 : m_low; }
    double greatest() const { return m_high; }

private:
    bool m_logarithmic = false;
    bool m_zero = false; ///< the leftmost place is 0, which has no logarithm
    double m_low = 0;
    double m_high = 1;
};

/// "temperature (kd)", "learning rate", "stage 2: weight (ce)": what a pointer into the document means to people.
QString tunableLabel(const Json& document, const std::string& pointer);

/// Sliders over what may be changed while the current run trains; each sends at most ten changes a second.
class Tuning : public QWidget {
    Q_OBJECT

public:
    explicit Tuning(QWidget* parent = nullptr);
    ~Tuning() override;

    void setRun(const RunId& run, const Json& document);
    void setValues(const std::map<std::string, double>& tunables); ///< empty: nothing can be tuned

Q_SIGNALS:
    void tuned(const distill::RunId& run, const QString& pointer, double value);

private:
    struct Row;

    void rebuild(const std::map<std::string, double>& tunables);
    void change(Row& row, double value);
    void send();

    RunId m_run;
    Json m_document;
    std::map<std::string, std::unique_ptr<Row>> m_rows;
    std::map<std::string, double> m_waiting;
    QTimer m_throttle;
    QGridLayout* m_grid;
    QLabel* m_nothing;
};

} // namespace distill::ui
