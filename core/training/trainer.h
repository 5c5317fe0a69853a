// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "training/evaluator.h"
#include "training/stage.h"

namespace distill {

/// Trains one student from the first step to its test figures, or to wherever its host stops it.
class Trainer {
public:
    struct Outcome {
        enum class End { Finished, Stopped, Interrupted, Diverged };
        End end = End::Finished;
        std::string message; ///< of Diverged: step, term and last good checkpoint
        Json summary;        ///< of Finished
    };

    /// Builds everything: throws InputError for what the document cannot have (a tap that is not there, other classes than
    /// the teacher's, weights that do not fit, ...).
    Trainer(TrainingTask task, TrainerHost& host);
    ~Trainer();

    /// Continues from the folder's checkpoint where there is one, else starts at step 0. Throws InputError for a damaged
    /// checkpoint, std::runtime_error where a file cannot be written.
    Outcome run();

    /// Computes about `samples` of the answers that each stage of this task finds stored anew; empty where none stores any.
    static std::optional<CachedTeacher::Verdict> verifyAnswers(TrainingTask task, std::int64_t samples);

private:
    struct Evaluations {
        std::int64_t probeEvery = 0, validateEvery = 0; ///< steps of the current stage; 0: never
        std::int64_t probedAt = -1, validatedAt = -1;   ///< step of the run
    };
    void enterStage(std::size_t index);
    std::optional<Outcome> trainStage();
    bool askAhead();         ///< false: ended early
    bool evaluateWhereDue(); ///< false: ended early
    bool severalStages() const { return m_stageSteps.size() > 1; }
    std::string stageName() const;
    bool measureStart(); ///< false: ended early
    void closeStage();
    std::optional<Outcome> obey();
    Outcome finish();
    Progress progress() const;
    void recordSpeed(double imagesPerSecond);
    Json speed(double seconds) const; ///< see engine/summary.h
    void saveCheckpointNow();
    void restore(const Checkpoint& checkpoint);
    std::string saveWeights(const std::string& name, const Selection& model, const std::map<std::string, at::Tensor>& state) const;
    std::int64_t computedByTeachers() const; ///< answers that were not stored, of all teachers
    std::map<std::string, at::Tensor> studentState(bool copy) const;
    double secondsNow() const;
    void pauseClock();
    void startClock();

    TrainingTask m_task;
    TrainerHost& m_host;
    Split m_split; ///< of the run, which is evaluated on it; a stage may have data of its own
    std::vector<Split> m_stageSplits;
    std::unique_ptr<Normaliser> m_normaliser;
    at::Generator m_initialisation, m_dropout;
    std::unique_ptr<Model> m_student;
    std::vector<std::unique_ptr<Model>> m_peers;
    std::vector<std::string> m_peerSeries;
    StageAnswers::Sources m_teachers;
    std::unique_ptr<Evaluator> m_evaluator;
    Measurements m_measurements;
    Profile m_profile;

    std::vector<std::int64_t> m_stageSteps, m_stageEpochSteps;
    std::size_t m_stageIndex = 0;
    std::unique_ptr<Stage> m_stage;
    std::int64_t m_stageStep = 0, m_step = 0;
    Evaluations m_due;
    std::int64_t m_withoutImprovement = 0;
    double m_stageBest = -1;
    bool m_stageIsOver = false;
    struct Border {
        std::int64_t step = 0;
        double seconds = 0;
        Json validation; ///< null where there is no validation set, and before it was measured
    };
    Border m_stageBegin;
    Json m_stages = Json::array(); ///< those that ended: see engine/summary.h
    Evaluator::Candidate m_best;
    double m_bestAccuracy = -1;
    Json m_lastValidation;
    double m_seconds = 0, m_clockStart = 0, m_lastCheckpointAt = 0;
    double m_rateStart = 0, m_speedRecordedAt = 0;
    std::int64_t m_rateImages = 0, m_images = 0, m_teacherImages = 0;
    std::int64_t m_learnedParameters = 0; ///< of the stage that has most, so far
    std::int64_t m_checkpointStep = -1; ///< -1: there is none
};

} // namespace distill
