// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/model.h"

#include <optional>

namespace distill {

/// What is known of a batch's classes.
struct HardLabels {
    at::Tensor labels; ///< int64 [B], -1 where unknown
    /// Of mixed samples (mixup, CutMix): the class of what joined, and the share of the sample itself, float32 [B]. Undefined
    /// without.
    at::Tensor others = {}, share = {};

    at::Tensor known() const; ///< bool [B]: both labels where there are two
};

/// What a term is computed from in one step. Logits and taps are float32 whatever the precision of the networks; an objective
/// computes in the type that it is given, so that it can be checked in float64. Of token sequences logits are [B, L, V] and
/// labels [B, L].
struct StepInputs {
    const at::Tensor& studentLogits;  ///< [B, K], with gradient
    const at::Tensor& teacherLogits;  ///< [B, K], without; undefined where the run has no teacher
    const HardLabels& labels;
    const Taps& studentTaps;
    const Taps& teacherTaps;
    at::Tensor indices = {}; ///< int64 [B]: each sample's place in the training set
    at::Tensor mask = {};    ///< bool [B, L]: the tokens that count; undefined: those whose label is not negative, else all
};

using Shape = std::vector<std::int64_t>;

/// What an objective may know of a network before it trains.
struct NetworkOutline {
    std::string label; ///< "resnet20"
    std::int64_t classes = 0;
    std::vector<std::pair<std::string, Shape>> taps = {}; ///< shape of each for one sample, in the network's order
    /// Weight and bias [C] of the batch norm whose output a tap is (with what was added to it), where there is one.
    std::map<std::string, std::pair<at::Tensor, at::Tensor>> norms = {};

    /// Shape of a tap. Throws InputError, naming the taps there are, where there is none of that name; `key` is the parameter
    /// it was given in.
    const Shape& shapeOf(const std::string& tap, const std::string& key) const;
};

NetworkOutline outlineOf(Model& model, const InputShape& input);

/// What an objective may need when it makes its learned parts.
struct ObjectiveSetting {
    NetworkOutline student;
    std::optional<NetworkOutline> teacher = {}; ///< none where the teacher shows no inside, or where there is no teacher
    at::Generator* generator = nullptr;    ///< one of the CPU's
    std::int64_t samples = 0;              ///< of the training set, whose places StepInputs::indices name
    at::Tensor trainingLabels = {};        ///< int64 [samples], -1 where unknown; undefined where no objective may ask
};

/// One term of a run's loss. A method is one file in core/objectives: its parameters are members bound in describe(), the comment
/// above it gives paper, formula, shapes, defaults, convention.
class Objective {
public:
    virtual ~Objective() = default;
    virtual void describe(Binder& binder) = 0;
    /// Called once, after the parameters are read. May register learned parts (regressors) that train with the student and
    /// stay out of its exported weights. Throws InputError where the method cannot serve this pair of models.
    virtual void prepare(const ObjectiveSetting& setting);
    virtual bool needsTeacher() const = 0;
    virtual bool needsLabels() const { return false; } ///< hard labels; samples without one are no part of the term
    virtual bool needsOneClass() const { return false; } ///< takes a sample for its own label's class alone, which mixing spoils
    virtual bool relatesSamples() const { return false; } ///< compares the samples of a batch with one another
    virtual bool needsIndices() const { return false; } ///< StepInputs::indices
    virtual bool takesSequences() const { return false; } ///< logits [B, L, V], as well as [B, K]
    virtual std::vector<std::string> studentTaps() const { return {}; }
    virtual std::vector<std::string> teacherTaps() const { return {}; }
    /// Scalar of the logits' type with gradient. Without a single sample that it applies to (no label known, say) it is 0 and still has
    /// a gradient function.
    virtual at::Tensor loss(const StepInputs& inputs) = 0;
    Module* learned() { return m_learned.get(); } ///< null where there is none
    std::int64_t learnedParameters() const { return m_learned ? m_learned->parameterCount() : 0; }
    /// What prepare() put between student and teacher so that they fit, one each: "a linear layer brings the student's penultimate
    /// (64) to the teacher's penultimate (256): 16,640 parameters", "the teacher's stage1 (16 x 28 x 28) is pooled to 14 x 14 ...".
    const std::vector<std::string>& remarks() const { return m_remarks; }
    /// What loss() computes with the present parameters, as plain text without "L ="; empty where the Kind's formula holds whatever
    /// the parameters. Where `temperatureMoves` a schedule moves the temperature, and T stands for it. Needs no prepare().
    virtual std::string formula(bool temperatureMoves) const;

protected:
    void remark(const std::vector<std::string>& remarks) { m_remarks.insert(m_remarks.end(), remarks.begin(), remarks.end()); }

    std::unique_ptr<Module> m_learned;

private:
    std::vector<std::string> m_remarks;
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
