// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "training/feed.h"
#include "training/optimiser.h"
#include "training/profile.h"
#include "training/stageanswers.h"
#include "training/terms.h"

namespace distill {

/// One stage of a run: its batches, the objective of each network that learns, their optimisers, and the step.
///
/// With peers, every network learns by the same terms. All look at the same batch; a term that asks a teacher takes each other
/// network's present answer in turn, without gradient, and the mean over them (Zhang et al. 2018, "Deep Mutual Learning",
/// arXiv:1706.00384, equation 9). All are updated at once, as torchdistill and KD_Lib do; the paper updates one after the other.
class Stage {
public:
    /// Where `steps` is 0 in the settings, epochs over this many transfer samples count.
    static std::int64_t stepsPerEpoch(const StageSettings& settings, std::int64_t transferSamples);
    static std::int64_t totalSteps(const StageSettings& settings, std::int64_t transferSamples);
    /// The network's parameters that a stage moves; `pointer` of the stage. Throws InputError for a part that is not there, for a
    /// stage in which nothing is left to learn, and for a method that cannot learn from peers.
    static std::vector<at::Tensor> moved(const StageSettings& settings, const Model& network, const Terms& terms, bool hasPeers,
                                         const std::string& pointer);

    /// What an objective may know when `network` learns, one of those that learn together (the student alone, or with its peers):
    /// the outlines of the network and of its teacher, where one can be told.
    static ObjectiveSetting settingOf(const std::vector<Model*>& together, Model& network,
                                      const std::vector<Model*>& teachers, const InputShape& shape);

    struct Networks {
        Model& student;
        const std::vector<std::unique_ptr<Model>>& peers;
        const StageAnswers::Sources& teachers;
        at::Generator& initialisation; ///< on the CPU; the learned parts of the objective draw from it
        at::Generator& dropout;
    };
    using Say = StageAnswers::Say;
    /// `before` is the stage before, or null: what its terms learned beside the student goes on where a term's method is the same.
    Stage(const TrainingTask& task, std::size_t index, const Split& split, Networks networks, const Stage* before = nullptr,
          Say say = {});

    bool askAhead(const std::function<bool()>& keepGoing) { return !m_answers || m_answers->askAhead(keepGoing); }
    std::optional<CachedTeacher::Verdict> verifyAnswers(std::int64_t samples)
    {
        return m_answers ? m_answers->verify(samples) : std::nullopt;
    }

    /// One training step; `step` counts from 0 within the stage. Its measurements are added to `measurements`, which has
    /// begun. Where a loss is seen not to be finite before the update (on the CPU), nothing is updated.
    std::optional<Measurements::Bad> step(std::int64_t step, Measurements& measurements, Profile& profile);

    std::int64_t steps() const { return m_steps; }
    std::int64_t batchSize() const { return m_batches.batchSize(); }
    /// Of the objectives' learned parts.
    std::int64_t learnedParameters() const;
    /// Says what the objectives put between student and teacher.
    void sayRemarks() const;
    std::vector<Tuning> tunables() const;
    void tune(const Tuning& tuning); ///< one of tunables(), for its next step on

    void save(Checkpoint& into) const;
    void restore(const Checkpoint& from);

private:
    /// A network that learns, the student or a peer.
    struct Learner {
        Model* network;
        Terms terms;
        std::vector<at::Tensor> moved; ///< of the network's own
        std::unique_ptr<Optimiser> optimiser;
        std::vector<std::string> taps;
        std::string lossSeries, prefix; ///< of its curve, and of its part of a checkpoint
    };
    struct Answer {
        at::Tensor logits;
        Taps taps;
    };
    void addLearner(Model& network, const ObjectiveSetting& setting, const Stage* before);
    Answer forward(Learner& learner, const at::Tensor& inputs);

    const TrainingTask& m_task;
    StageSettings m_settings;
    std::string m_pointer; ///< "/stages/0"
    Networks m_networks;
    Say m_say;
    BatchSource m_batches;
    Feed m_feed;
    std::int64_t m_steps;
    std::vector<Learner> m_learners; ///< the student first
    std::unique_ptr<StageAnswers> m_answers; ///< null without a teacher that is asked
};

} // namespace distill
