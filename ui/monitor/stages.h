// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <QString>
#include <QTableWidget>
#include <QVector>

namespace distill::ui {

struct WatchedRun;

struct StageBorder {
    std::int64_t step = 0; ///< after which the stage begins
    QString name;
};

/// Where the stages of a run begin, the first included; empty where it has one stage only or has not left the first.
QVector<StageBorder> stageBordersOf(const WatchedRun& run);

/// What each stage of a finished run changed: its length and the validation figures before and after it.
class StageTable : public QTableWidget {
    Q_OBJECT

public:
    enum Column { Name, Steps, Time, Before, After, Change, LossBefore, LossAfter, AgreementBefore, AgreementAfter, ColumnCount };

    explicit StageTable(QWidget* parent = nullptr);
    void setStages(const Json& summary); ///< of engine/summary.h; null while there is none

private:
    Json m_stages;
};

} // namespace distill::ui
