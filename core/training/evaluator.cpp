// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/evaluator.h"

#include <cmath>

namespace distill {

Evaluator::Evaluator(const TrainingTask& task, const Split& split, const Normaliser& normaliser, Model* teacher,
                     std::function<bool()> keepGoing)
    : m_task(task)
    , m_split(split)
    , m_normaliser(normaliser)
    , m_teacher(teacher)
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

bool Evaluator::teacherAnswers(const at::Tensor& indices, at::Tensor& answers)
{
    if (m_teacher && !answers.defined()) {
        answers = logits(*m_teacher, m_task.dataset->train, indices);
        return answers.defined();
    }
    return true;
}

std::optional<Figures> Evaluator::probe(Model& student)
{
    if (!teacherAnswers(m_split.probe, m_teacherOnProbe)) {
        return std::nullopt;
    }
    const at::Tensor answers = logits(student, m_task.dataset->train, m_split.probe);
    return answers.defined() ? std::optional(figuresOf(answers, m_probeLabels, m_teacherOnProbe)) : std::nullopt;
}

std::optional<Figures> Evaluator::validation(Model& student)
{
    if (!teacherAnswers(m_split.validation, m_teacherOnValidation)) {
        return std::nullopt;
    }
    const at::Tensor answers = logits(student, m_task.dataset->train, m_split.validation);
    return answers.defined() ? std::optional(figuresOf(answers, m_validationLabels, m_teacherOnValidation)) : std::nullopt;
}

std::optional<Json> Evaluator::final(Model& student, const Candidate& last, const Candidate& best)
{
    const Dataset& dataset = *m_task.dataset;
    Json summary = Json::object();

    at::Tensor teacherOnTest;
    summary["teacher"] = nullptr;
    if (m_teacher) {
        teacherOnTest = logits(*m_teacher, dataset.test, {});
        if (!teacherOnTest.defined() || (hasValidation() && !teacherAnswers(m_split.validation, m_teacherOnValidation))) {
            return std::nullopt;
        }
        Json teacher = {{"run", nullptr},
                        {"parameters", m_teacher->parameterCount()},
                        {"multiply_adds", multiplyAdds(*m_teacher, dataset.shape)},
                        {"validation", nullptr},
                        {"test", figuresOf(teacherOnTest, dataset.test.labels).toJson()}};
        if (m_task.teacher && !m_task.teacher->run.empty()) {
            teacher["run"] = m_task.teacher->run;
        }
        if (hasValidation()) {
            teacher["validation"] = figuresOf(m_teacherOnValidation, m_validationLabels).toJson();
        }
        summary["teacher"] = teacher;
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
                         {"test", figuresOf(answers, dataset.test.labels, teacherOnTest).toJson()}};
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
        if (m_teacher) {
            summary["left_out"]["teacher_accuracy"] = leftOut({}, teacherOnTest)["accuracy"];
        }
    }
    loadState(student, last.state, "the last weights");
    return summary;
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
