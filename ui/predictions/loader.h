// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/latestwork.h"
#include "ui/predictions/predictionset.h"
#include "ui/predictions/source.h"

#include <QObject>
#include <QVector>
#include <map>

namespace distill::ui {

/// A run that another may be laid against.
struct Partner {
    RunId run;
    QString label;
};

/// What there is to show of a run.
struct LoadedPredictions {
    std::optional<RunRow> row;
    QVector<Partner> partners; ///< its teachers first, then its control, siblings, students, and other runs that are shown
    RunId against; ///< whom it is laid against, "" for nobody
    bool taught = false; ///< `against` is its teacher
    std::shared_ptr<const PredictionSet> set; ///< null where `problem` says why
    QString problem;
    QString note; ///< what is to be known about the set: still training, a teacher without answers
};

/// Reads and keeps the answers of the runs that are looked at, on a thread of its own: answers that are not stored take seconds,
/// and the thread that reads for the rest of the window must not wait for them.
class PredictionLoader : public QObject {
    Q_OBJECT

public:
    PredictionLoader(std::shared_ptr<History> history, PredictionSource source, QObject* parent = nullptr);
    ~PredictionLoader() override;

    struct Request {
        RunId run;
        std::optional<RunId> against; ///< "" for nobody; none for its teacher where it has one
        QVector<RunId> shown;
        bool anew = false; ///< the run has trained meanwhile: what is kept of it is stale
    };
    void load(const Request& request);
    void forget(); ///< no answer is wanted any more

Q_SIGNALS:
    void loaded(const std::shared_ptr<const distill::ui::LoadedPredictions>& loaded);

private:
    class Store;
    std::shared_ptr<Store> m_store; ///< touched by the loading thread alone
    Wanted m_wanted;
    LatestWork<std::shared_ptr<const LoadedPredictions>> m_work{this};
};

} // namespace distill::ui
