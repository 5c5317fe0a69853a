// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/examination.h"
#include "engine/predictions.h"

#include <atomic>
#include <functional>
#include <memory>

namespace distill::ui {

/// Where answers and what is measured of them come from: the engine, or a test. Each is called off the window's thread and may
/// throw InputError.
struct PredictionSource {
    using KeepGoing = std::function<bool()>;
    std::function<Answers(const History&, const RunId&, const KeepGoing&)> answers;
    std::function<std::shared_ptr<const TestSet>(const History&, const RunId&)> testSet;
    std::function<Examination(const History&, const RunId&, const ExaminationOptions&, const KeepGoing&)> examine;
    std::function<Cost(const History&, const RunId&)> cost;

    static PredictionSource engine();
};

/// Whether work that began with it is still wanted.
class Wanted {
public:
    PredictionSource::KeepGoing begin(); ///< a new piece of work; what began before is not wanted any more
    void end();

private:
    std::shared_ptr<std::atomic<bool>> m_flag;
};

} // namespace distill::ui
