// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QAction>
#include <QVector>
#include <QWidget>
#include <memory>

namespace distill::ui {

class Session;

/// Curves of the runs shown, live: panels for loss and its terms, accuracy, agreement and KL, learning rate, throughput;
/// transport (start, pause, step, stop, checkpoint), sliders over what may be tuned, progress and log of the current run.
class Monitor : public QWidget {
    Q_OBJECT

public:
    explicit Monitor(Session& session, QWidget* parent = nullptr);
    ~Monitor() override;

    void setShown(const QVector<RunId>& runs); ///< whose curves are drawn
    void setCurrent(const RunId& run);         ///< whom transport, sliders, progress and log belong to; "" for none
    QList<QAction*> actions() const;           ///< start, pause, step, stop, checkpoint, fit, log axes, outliers, export
    /// For tests and diagnostics: milliseconds that the last replots took.
    double lastReplotMilliseconds() const;

Q_SIGNALS:
    void startRequested(); ///< Start pressed with no run to unpause or resume: launch the editor's experiment

private:
    class Private;
    std::unique_ptr<Private> m;
};

} // namespace distill::ui
