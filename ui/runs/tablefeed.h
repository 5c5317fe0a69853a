// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/runcolumn.h"

#include <QObject>
#include <QTimer>

namespace distill::ui {

class RunModel;
class Session;

/// Reads the values of columns that do not stand in the rows, in the background, and gives them to the model.
class TableFeed : public QObject {
    Q_OBJECT

public:
    TableFeed(Session& session, RunModel& model, QObject* parent = nullptr);

    /// Columns whose values are wanted from now on; those that are not there yet are read.
    void want(std::vector<RunColumn> columns);
    /// Runs came or ended: values are read anew, a moment later.
    void runsChanged();
    bool isReading() const { return m_reading; }

Q_SIGNALS:
    void arrived();

private:
    void read(bool all);

    Session& m_session;
    RunModel& m_model;
    std::vector<RunColumn> m_wanted;
    QTimer m_later;
    bool m_reading = false;
    bool m_readAgain = false;
    bool m_againAll = false;
};

} // namespace distill::ui
