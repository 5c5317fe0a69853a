// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/model.h"

namespace distill {

/// What is known of a batch's classes.
struct HardLabels {
    at::Tensor labels; ///< int64 [B], -1 where unknown
    /// Of mixed samples (mixup, CutMix): the class of what joined, and the share of the sample itself, float32 [B]. Undefined
    /// without.
    at::Tensor others = {}, share = {};

    at::Tensor known() const; ///< bool [B]: both labels where there are two
};

/// What a term is computed from in one step. Logits are float32 whatever the precision of the networks.
struct StepInputs {
    const at::Tensor& studentLogits;  ///< [B, K], with gradient
    const at::Tensor& teacherLogits;  ///< [B, K], without; undefined where the run has no teacher
    const HardLabels& labels;
    const Taps& studentTaps;
    const Taps& teacherTaps;
};

/// Shapes an objective may need when it makes its learned parts.
struct ObjectiveSetting {
    InputShape input;
    std::int64_t classes = 0;
    Model* student = nullptr;
    Model* teacher = nullptr; ///< null without one
    at::Generator* generator = nullptr;
};

/// One term of a run's loss. A method is one file in core/objectives: its parameters are members bound in describe(), its
/// header comment gives paper, formula, shapes, defaults, convention.
class Objective {
public:
    virtual ~Objective() = default;
    virtual void describe(Binder& binder) = 0;
    /// Called once, after the parameters are read. May register learned parts (regressors) that train with the student and
    /// stay out of its exported weights. Throws InputError where the method cannot serve this pair of models.
    virtual void prepare(const ObjectiveSetting& setting);
    virtual bool needsTeacher() const = 0;
    virtual std::vector<std::string> studentTaps() const { return {}; }
    virtual std::vector<std::string> teacherTaps() const { return {}; }
    /// Scalar float32 with gradient. Without a single sample that it applies to (no label known, say) it is 0 and still has
    /// a gradient function.
    virtual at::Tensor loss(const StepInputs& inputs) = 0;
    Module* learned() { return m_learned.get(); } ///< null where there is none

protected:
    std::unique_ptr<Module> m_learned;
};

/// The objectives this build has, with their parameters.
const std::vector<Kind>& objectiveKinds();
/// Throws InputError for an unknown kind.
std::unique_ptr<Objective> makeObjective(const Selection& selection);
/// The same, prepared. What cannot be is an InputError that begins with `pointer`, the term's place in the document.
std::unique_ptr<Objective> prepareObjective(const Selection& selection, const ObjectiveSetting& setting, bool hasTeacher,
                                            const std::string& pointer);
bool objectiveNeedsTeacher(const std::string& kind);

} // namespace distill
