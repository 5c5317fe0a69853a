// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"
#include "ui/predictions/source.h"

#include <QVector>
#include <QWidget>
#include <memory>

namespace distill::ui {

class CalibrationPage;
class ConfusionPage;
class InheritancePage;
class SamplesPage;
class Session;

/// What the current run answers on its test set, beside its teacher or another run: samples, confusion, calibration, and what it
/// took over. Nothing is read while it is not in sight.
class Predictions : public QWidget {
    Q_OBJECT

public:
    explicit Predictions(Session& session, PredictionSource source = PredictionSource::engine(), QWidget* parent = nullptr);
    ~Predictions() override;

    void setCurrent(const RunId& run);
    void setShown(const QVector<RunId>& runs); ///< offered as whom to lay it against

    SamplesPage& samples() const;
    ConfusionPage& confusion() const;
    CalibrationPage& calibration() const;
    InheritancePage& inheritance() const;

Q_SIGNALS:
    void shownRun(); ///< a run's answers, or the sentence that says why there are none, are in sight

protected:
    void showEvent(QShowEvent* event) override;

private:
    class Private;
    std::unique_ptr<Private> m;
};

} // namespace distill::ui
