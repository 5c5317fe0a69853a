// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/setup.h"

#include <QAction>
#include <QVector>
#include <QWidget>
#include <memory>

namespace distill::ui {

class Session;

/// Runs beside one another: their curves, and below them columns side by side, the verdict, a scatter plot and parallel coordinates.
/// What is compared and how it is looked at can be saved under a name.
class Compare : public QWidget {
    Q_OBJECT

public:
    explicit Compare(Session& session, QWidget* parent = nullptr);
    ~Compare() override;

    static constexpr std::size_t mostRuns = 500;

    void open(const QVector<RunId>& runs); ///< a comparison of these, looked at as the last one was
    void add(const QVector<RunId>& runs);
    void setChosen(const QVector<RunId>& runs); ///< in the run table: offered to be compared or added
    ComparisonSetup setup() const; ///< as it stands
    void setSetup(const ComparisonSetup& setup);
    QList<QAction*> actions() const; ///< baseline, take out
    double lastReplotMilliseconds() const;
    /// Whether all that can be shown of the runs, verdicts left out, is.
    bool isComplete() const;

Q_SIGNALS:
    /// Of what is compared; the title is the name it was saved under.
    void reportRequested(const QVector<distill::RunId>& runs, const distill::RunId& baseline, const QString& title);
    void runActivated(const distill::RunId& run); ///< chosen with a click or Return

protected:
    void showEvent(QShowEvent* event) override;

private:
    class Private;
    std::unique_ptr<Private> m;
};

} // namespace distill::ui
