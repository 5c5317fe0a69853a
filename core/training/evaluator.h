// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluation/evaluation.h"
#include "training/task.h"

namespace distill {

/// A run's figures on its probe, its validation set and, once, on the test set. The teacher's answers on the first two do not
/// change and are asked for once.
class Evaluator {
public:
    Evaluator(const TrainingTask& task, const Split& split, const Normaliser& normaliser, Model* teacher,
              std::function<bool()> keepGoing);

    bool hasProbe() const;
    bool hasValidation() const;
    // Each is empty when it was ended early.
    std::optional<Figures> probe(Model& student);
    std::optional<Figures> validation(Model& student);

    /// The whole last chapter: test figures of `last` and `best` (state dicts of `student`, equal where there is no
    /// validation set) and of the teacher, and what became of the classes left out. See engine/summary.h.
    struct Candidate {
        std::int64_t step = 0;
        std::map<std::string, at::Tensor> state;
        Json validation; ///< as measured then; null without
    };
    std::optional<Json> final(Model& student, const Candidate& last, const Candidate& best);

private:
    at::Tensor logits(Model& model, const Samples& samples, const at::Tensor& indices);
    bool teacherAnswers(const at::Tensor& indices, at::Tensor& answers);
    Json leftOut(const at::Tensor& validation, const at::Tensor& test) const;

    const TrainingTask& m_task;
    const Split& m_split;
    const Normaliser& m_normaliser;
    Model* m_teacher;
    std::function<bool()> m_keepGoing;
    at::Tensor m_probeLabels, m_validationLabels;
    at::Tensor m_teacherOnProbe, m_teacherOnValidation;
};

} // namespace distill
