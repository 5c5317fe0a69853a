// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "teachers/ensemble.h"
#include "training/task.h"

#include <functional>

namespace distill {

/// What a stage's teachers say of its batches: each is asked, or its stored answer is read; several answers become one.
class StageAnswers {
public:
    using Say = std::function<void(const std::string& kind, const std::string& text)>; ///< an event's
    using Sources = std::vector<std::unique_ptr<Teacher>>; ///< in the order of TrainingTask::teachers

    /// `batches` as the stage begins, `steps` of them to come; `taps` of a single teacher. With `stores`, answers are stored where
    /// the task says so and it is worth it; `say` tells.
    StageAnswers(const TrainingTask& task, const Sources& teachers, const Split& split, const BatchSource& batches,
                 std::int64_t steps, std::vector<std::string> taps, bool stores, Say say);

    Targets of(const Batch& batch);

    /// Where the document wants the teachers asked before the training: asks for all that is not stored yet. False where
    /// `keepGoing` ended it early; what was stored stays.
    bool askAhead(const std::function<bool()>& keepGoing);

    /// Computes about `samples` of the stored answers anew and compares; empty where none is stored.
    std::optional<CachedTeacher::Verdict> verify(std::int64_t samples);

private:
    struct Source {
        Teacher* teacher;
        std::unique_ptr<CachedTeacher> cache; ///< null where its answers are not stored
    };
    void store(Source& source, const AnswerCache& cache, const Split& split);
    bool dependsOnPlace(Teacher& teacher) const;
    std::int64_t percentStored(const CachedTeacher& cache, const at::Tensor& samples) const;
    void say(const std::string& text, const std::string& kind = "log") const;

    const TrainingTask& m_task;
    const EnsembleSettings m_ensemble;
    const BatchSource m_batches;
    std::vector<std::string> m_taps;
    Say m_say;
    std::int64_t m_views = 0; ///< of each sample that the stage asks about
    std::vector<Source> m_sources;
};

} // namespace distill
