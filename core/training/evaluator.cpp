// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/evaluator.h"

#include "teachers/ensemble.h"

#include <cmath>

namespace distill {

Evaluator::Evaluator(const TrainingTask& task, const Split& split, const Normaliser& normaliser, Others others,
                     std::function<bool()> keepGoing)
    : m_task(task)
    , m_split(split)
    , m_normaliser(normaliser)
    , m_others(std::move(others))
    , m_ensemble(m_others.learn ? EnsembleSettings{.members = std::vector<TeacherMember>(m_others.networks.size())}
                                : ensembleOf(task.experiment.teacher))
    , m_keepGoing(std::move(keepGoing))
    , m_probeLabels(task.dataset->train.labels.index_select(0, split.probe))
    , m_validationLabels(task.dataset->train.labels.index_select(0, split.validation))
{
}

bool Evaluator::hasProbe() const
{
    return m_split.probe.size(0) > 0;
}

bool Evaluator::hasValidation() const
{
    return m_split.validation.size(0) > 0;
}

at::Tensor Evaluator::logits(Model& model, const Samples& samples, const at::Tensor& indices)
{
    return logitsOf(model, samples, indices, m_normaliser, m_task.experiment.evaluation.batchSize, m_task.device,
                    m_keepGoing);
}

Evaluator::Answers Evaluator::ask(const Samples& samples, const at::Tensor& indices)
{
    Answers answers;
    for (Model* network : m_others.networks) {
        answers.each.push_back(logits(*network, samples, indices));
        if (!answers.each.back().defined()) {
            return {};
        }
    }
    if (!answers.each.empty()) {
        answers.together = combined(answers.each, m_ensemble, nullptr);
    }
    return answers;
}

/// False where it was ended early.
bool Evaluator::refresh(const at::Tensor& indices, Answers& answers)
{
    if (m_others.learn || !answers.together.defined()) {
        answers = ask(m_task.dataset->train, indices);
    }
    return m_others.networks.empty() || answers.together.defined();
}

std::optional<Figures> Evaluator::probe(Model& student)
{
    if (!refresh(m_split.probe, m_onProbe)) {
        return std::nullopt;
    }
    const at::Tensor answers = logits(student, m_task.dataset->train, m_split.probe);
    return answers.defined() ? std::optional(figuresOf(answers, m_probeLabels, m_onProbe.together)) : std::nullopt;
}

std::optional<Figures> Evaluator::validation(Model& student)
{
    if (!refresh(m_split.validation, m_onValidation)) {
        return std::nullopt;
    }
    const at::Tensor answers = logits(student, m_task.dataset->train, m_split.validation);
    if (!answers.defined()) {
        return std::nullopt;
    }
    m_peers.clear();
    if (m_others.learn) {
        for (const at::Tensor& each : m_onValidation.each) {
            m_peers.push_back(figuresOf(each, m_validationLabels));
        }
    }
    return figuresOf(answers, m_validationLabels, m_onValidation.together);
}

std::optional<Json> Evaluator::final(Model& student, const Candidate& last, const Candidate& best)
{
    const Dataset& dataset = *m_task.dataset;
    Json summary = Json::object();

    const Answers others = ask(dataset.test, {});
    if (!m_others.networks.empty()
        && (!others.together.defined() || (hasValidation() && !refresh(m_split.validation, m_onValidation)))) {
        return std::nullopt;
    }
    summary["teacher"] = m_others.networks.empty() || m_others.learn ? Json() : teacherBlock(others);
    if (m_others.learn) {
        summary["peers"] = peersBlock(others);
    }

    const bool reportsBest = m_task.experiment.evaluation.report == "best";
    summary["reported"] = reportsBest ? "best" : "last";
    for (const auto& [name, candidate] : {std::pair("last", &last), std::pair("best", &best)}) {
        if (name == std::string_view("best") && best.step == last.step) {
            summary["best"] = summary["last"];
            continue;
        }
        loadState(student, candidate->state, name);
        const at::Tensor answers = logits(student, dataset.test, {});
        if (!answers.defined()) {
            return std::nullopt;
        }
        summary[name] = {{"step", candidate->step},
                         {"validation", candidate->validation},
                         {"test", figuresOf(answers, dataset.test.labels, others.together).toJson()}};
        if (name == summary["reported"] || best.step == last.step) {
            m_predictions = answers;
        }
    }

    if (!m_task.experiment.data.transfer.leftOutClasses.empty()) {
        loadState(student, (reportsBest ? best : last).state, "the reported weights");
        at::Tensor onValidation;
        if (hasValidation()) {
            onValidation = logits(student, dataset.train, m_split.validation);
        }
        const at::Tensor onTest = logits(student, dataset.test, {});
        if (!onTest.defined() || (hasValidation() && !onValidation.defined())) {
            return std::nullopt;
        }
        summary["left_out"] = leftOut(onValidation, onTest);
        if (others.together.defined()) {
            summary["left_out"]["teacher_accuracy"] = leftOut({}, others.together)["accuracy"];
        }
    }
    loadState(student, last.state, "the last weights");
    return summary;
}

Json Evaluator::teacherBlock(const Answers& onTest) const
{
    const auto block = [&](std::int64_t parameters, std::int64_t cost, const at::Tensor& validation, const at::Tensor& test) {
        Json json = {{"run", nullptr}, {"parameters", parameters}, {"multiply_adds", cost}, {"validation", nullptr},
                     {"test", figuresOf(test, m_task.dataset->test.labels).toJson()}};
        if (hasValidation()) {
            json["validation"] = figuresOf(validation, m_validationLabels).toJson();
        }
        return json;
    };
    std::vector<Json> members;
    std::int64_t parameters = 0, cost = 0;
    for (std::size_t i = 0; i < m_others.networks.size(); ++i) {
        Model& network = *m_others.networks[i];
        const std::int64_t own = multiplyAdds(network, m_task.dataset->shape);
        members.push_back(block(network.parameterCount(), own, hasValidation() ? m_onValidation.each[i] : at::Tensor(), onTest.each[i]));
        if (!m_task.teachers[i].run.empty()) {
            members.back()["run"] = m_task.teachers[i].run;
        }
        members.back()["model"] = network.label();
        parameters += network.parameterCount();
        cost += own;
    }
    if (members.size() == 1) {
        return members.front();
    }
    Json teacher = block(parameters, cost, m_onValidation.together, onTest.together);
    teacher["members"] = members;
    return teacher;
}

Json Evaluator::peersBlock(const Answers& onTest) const
{
    Json peers = Json::array();
    for (std::size_t i = 0; i < m_others.networks.size(); ++i) {
        Model& network = *m_others.networks[i];
        peers.push_back({{"model", network.label()},
                         {"parameters", network.parameterCount()},
                         {"multiply_adds", multiplyAdds(network, m_task.dataset->shape)},
                         {"validation", nullptr},
                         {"test", figuresOf(onTest.each[i], m_task.dataset->test.labels).toJson()}});
        if (hasValidation()) {
            peers.back()["validation"] = figuresOf(m_onValidation.each[i], m_validationLabels).toJson();
        }
    }
    return peers;
}

Json Evaluator::leftOut(const at::Tensor& validation, const at::Tensor& test) const
{
    const auto& classes = m_task.experiment.data.transfer.leftOutClasses;
    const at::Tensor& labels = m_task.dataset->test.labels;
    const auto number = static_cast<std::int64_t>(m_task.dataset->classes.size());
    const auto accuracyOfLeftOut = [&](const at::Tensor& logits) {
        const std::vector<double> byClass = accuracyByClass(logits, labels, number);
        double right = 0, samples = 0;
        for (const std::int64_t each : classes) {
            const double count = (labels == each).sum().item<double>();
            right += count > 0 ? byClass[static_cast<std::size_t>(each)] * count : 0;
            samples += count;
        }
        return samples > 0 ? Json(right / samples) : Json(nullptr);
    };
    Json result = {{"classes", classes}, {"accuracy", accuracyOfLeftOut(test)}};
    if (m_task.experiment.evaluation.biasCorrection && validation.defined()) {
        const double bias = bestBias(validation, m_validationLabels, classes);
        at::Tensor corrected = test.clone();
        for (const std::int64_t each : classes) {
            corrected.select(1, each).add_(bias);
        }
        result["bias"] = bias;
        result["corrected"] = {{"accuracy", figuresOf(corrected, labels).accuracy},
                               {"left_out_accuracy", accuracyOfLeftOut(corrected)}};
    }
    return result;
}

} // namespace distill
