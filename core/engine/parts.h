// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/dataset.h"
#include "engine/engine.h"
#include "models/model.h"
#include "objectives/objective.h"

namespace distill {

ModelCost costOf(Model& model, const InputShape& shape);

/// What an experiment names, built on the CPU.
struct ExperimentParts {
    DatasetOutline outline;
    std::unique_ptr<Model> student;
    std::vector<std::unique_ptr<Model>> teachers, peers;
    std::vector<Selection> teacherModels;
    std::vector<Document> inner; ///< inline teachers' experiments that the history holds no finished run of
    bool complete = true; ///< false where a teacher is a run of a history that cannot be seen from here
    std::vector<TermOutline> terms; ///< the student's, of all stages, muted ones left out; none where it is not complete

    /// The network whose layers a method may look at: the one teacher, or the first peer; null where there is none.
    Model* shownTeacher() const;
};

/// What the student's objectives may know of these networks before they train; `generator` must outlive it.
ObjectiveSetting settingOf(const ExperimentParts& parts, at::Generator& generator);

/// Builds the networks and prepares the objectives. Throws InputError for what cannot be.
ExperimentParts partsOf(const Experiment& experiment, const History* history);

} // namespace distill
