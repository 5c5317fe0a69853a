// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluation/evaluation.h"
#include "training/task.h"

namespace distill {

/// A run's figures on its probe, its validation set and, once, on the test set. A teacher's answers on the first two do not
/// change and are asked for once; peers answer anew each time.
class Evaluator {
public:
    /// Whom the student is compared with: its teachers' combined answer, or the mean of its peers' probabilities.
    struct Others {
        std::vector<Model*> networks;
        bool learn = false; ///< peers
    };
    Evaluator(const TrainingTask& task, const Split& split, const Normaliser& normaliser, Others others,
              std::function<bool()> keepGoing);

    bool hasProbe() const;
    bool hasValidation() const;
    // Each is empty when it was ended early.
    std::optional<Figures> probe(Model& student);
    std::optional<Figures> validation(Model& student);
    /// Of the peers, at the last validation.
    const std::vector<Figures>& peers() const { return m_peers; }

    /// The whole last chapter: test figures of `last` and `best` (state dicts of `student`, equal where there is no
    /// validation set) and of the teacher, and what became of the classes left out. See engine/summary.h.
    struct Candidate {
        std::int64_t step = 0;
        std::map<std::string, at::Tensor> state;
        Json validation; ///< as measured then; null without
    };
    std::optional<Json> final(Model& student, const Candidate& last, const Candidate& best);
    /// Logits [N, K] on the test set of the weights that final() reports; undefined before.
    const at::Tensor& predictions() const { return m_predictions; }

private:
    at::Tensor logits(Model& model, const Samples& samples, const at::Tensor& indices);
    /// What the others answer together, and each for itself; undefined and empty where it was ended early or there are none.
    struct Answers {
        at::Tensor together;
        std::vector<at::Tensor> each;
    };
    Answers ask(const Samples& samples, const at::Tensor& indices);
    bool refresh(const at::Tensor& indices, Answers& answers);
    Json teacherBlock(const Answers& onTest) const;
    Json peersBlock(const Answers& onTest) const;
    Json leftOut(const at::Tensor& validation, const at::Tensor& test) const;

    const TrainingTask& m_task;
    const Split& m_split;
    const Normaliser& m_normaliser;
    Others m_others;
    EnsembleSettings m_ensemble;
    std::function<bool()> m_keepGoing;
    at::Tensor m_probeLabels, m_validationLabels;
    Answers m_onProbe, m_onValidation; ///< the others'
    std::vector<Figures> m_peers;
    at::Tensor m_predictions;
};

} // namespace distill
