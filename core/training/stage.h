// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/batches.h"
#include "objectives/objective.h"
#include "teachers/teacher.h"
#include "training/checkpoint.h"
#include "training/feed.h"
#include "training/measurements.h"
#include "training/optimiser.h"
#include "training/profile.h"
#include "training/task.h"

namespace distill {

/// One stage of a run: its batches, the terms of its objective, its optimiser, and the step.
class Stage {
public:
    /// Where `steps` is 0 in the settings, epochs over this many transfer samples count.
    static std::int64_t stepsPerEpoch(const StageSettings& settings, std::int64_t transferSamples);
    static std::int64_t totalSteps(const StageSettings& settings, std::int64_t transferSamples);

    struct Networks {
        Model& student;
        Teacher* teacher; ///< null without one
        at::Generator& initialisation; ///< on the CPU; the learned parts of the objective draw from it
        at::Generator& dropout;
    };
    using Say = std::function<void(const std::string& kind, const std::string& text)>; ///< an event's
    Stage(const TrainingTask& task, std::size_t index, const Split& split, Networks networks, Say say = {});

    /// Where the document wants the teacher asked before the training: asks for all that is not stored yet. False where
    /// `keepGoing` ended it early; what was stored stays.
    bool askAhead(const std::function<bool()>& keepGoing);

    /// Computes about `samples` of the stored answers anew and compares; empty where this stage stores none.
    std::optional<CachedTeacher::Verdict> verifyAnswers(std::int64_t samples);

    /// One training step; `step` counts from 0 within the stage. Its measurements are added to `measurements`, which has
    /// begun. Where the loss is seen not to be finite before the update (on the CPU), nothing is updated.
    std::optional<Measurements::Bad> step(std::int64_t step, Measurements& measurements, Profile& profile);

    std::int64_t steps() const { return m_steps; }
    std::int64_t batchSize() const { return m_batches.batchSize(); }
    std::vector<Tuning> tunables() const;
    void tune(const Tuning& tuning); ///< one of tunables(), for its next step on

    void save(Checkpoint& into) const;
    void restore(const Checkpoint& from);

private:
    struct Term {
        std::unique_ptr<Objective> objective;
        TermSettings settings;
        std::size_t place = 0; ///< in the document, muted terms included
        double coldest = 0;    ///< least temperature it may have
        std::string lossSeries, gradientSeries, cosineSeries;
        std::vector<Field> tunableFields;
    };
    at::Tensor lossOf(const std::vector<at::Tensor>& weighted, bool fromTeacher) const;
    static void setTemperature(Term& term, double position); ///< where it has a schedule
    void measureGradients(const std::vector<at::Tensor>& weighted, Measurements& measurements);
    bool teacherIsAsked() const;
    void storeAnswers(const Split& split);
    bool answersDependOnPlace() const;
    std::int64_t percentStored(const at::Tensor& samples) const;
    void say(const std::string& kind, const std::string& text) const;

    const TrainingTask& m_task;
    StageSettings m_settings;
    std::string m_pointer; ///< "/stages/0"
    Networks m_networks;
    Say m_say;
    BatchSource m_batches;
    Feed m_feed;
    std::int64_t m_steps;
    std::vector<Term> m_terms;
    std::vector<std::string> m_studentTaps, m_teacherTaps;
    std::vector<at::Tensor> m_parameters; ///< of the student and of the learned parts
    std::vector<at::Tensor> m_studentParameters;
    std::unique_ptr<Optimiser> m_optimiser;
    std::unique_ptr<CachedTeacher> m_cache; ///< null where answers are not stored
    std::int64_t m_views = 0;               ///< of each sample that the stage asks the teacher about
};

} // namespace distill
