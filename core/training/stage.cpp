// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/stage.h"

#include "experiment/error.h"
#include "experiment/series.h"

#include <algorithm>
#include <cmath>
#include <torch/csrc/autograd/autograd.h>

namespace distill {

namespace {

void merge(std::vector<std::string>& into, const std::vector<std::string>& names)
{
    for (const std::string& name : names) {
        if (std::find(into.begin(), into.end(), name) == into.end()) {
            into.push_back(name);
        }
    }
}

at::Tensor norm(const std::vector<at::Tensor>& tensors)
{
    return at::stack(at::_foreach_norm(tensors)).norm();
}

} // namespace

std::int64_t Stage::stepsPerEpoch(const StageSettings& settings, std::int64_t transferSamples)
{
    const std::int64_t batch = std::max<std::int64_t>(1, std::min(settings.batchSize, transferSamples));
    return std::max<std::int64_t>(1, transferSamples / batch);
}

std::int64_t Stage::totalSteps(const StageSettings& settings, std::int64_t transferSamples)
{
    if (settings.steps > 0) {
        return settings.steps;
    }
    const double steps = settings.epochs * static_cast<double>(stepsPerEpoch(settings, transferSamples));
    return std::max<std::int64_t>(1, std::llround(steps));
}

Stage::Stage(const TrainingTask& task, std::size_t index, const Split& split, Networks networks)
    : m_task(task)
    , m_settings(task.experiment.stages.at(index))
    , m_pointer("/stages/" + std::to_string(index))
    , m_networks(networks)
    , m_batches(task.dataset, split, task.experiment.data, m_settings.batchSize,
                deriveSeed(static_cast<std::uint64_t>(task.experiment.seed), "stage " + std::to_string(index)), task.device)
    , m_steps(totalSteps(m_settings, split.transfer.size(0)))
{
    const ObjectiveSetting setting{task.dataset->shape, static_cast<std::int64_t>(task.dataset->classes.size()),
                                   &networks.student, networks.teacher ? networks.teacher->model() : nullptr,
                                   &networks.initialisation};
    for (std::size_t i = 0; i < m_settings.objective.size(); ++i) {
        Term term;
        term.settings = m_settings.objective[i];
        const Selection& selection = term.settings.objective;
        term.objective = makeObjective(selection);
        if (term.objective->needsTeacher() && !networks.teacher) {
            throw InputError(m_pointer + "/objective/" + std::to_string(i) + ": " + selection.kind
                             + " learns from a teacher, and the experiment has none; name one or take the term out");
        }
        term.objective->prepare(setting);
        const std::string name = std::to_string(i) + " " + selection.kind;
        term.lossSeries = series::termPrefix + name;
        term.gradientSeries = series::gradientPrefix + name;
        for (const Kind& kind : objectiveKinds()) {
            if (kind.name == selection.kind) {
                std::copy_if(kind.fields.begin(), kind.fields.end(), std::back_inserter(term.tunableFields),
                             [](const Field& field) { return field.tunable && field.type == Field::Type::Number; });
            }
        }
        merge(m_studentTaps, term.objective->studentTaps());
        merge(m_teacherTaps, term.objective->teacherTaps());
        m_terms.push_back(std::move(term));
    }

    for (const NamedTensor& parameter : networks.student.parameters()) {
        m_studentParameters.push_back(parameter.tensor);
    }
    m_parameters = m_studentParameters;
    for (const Term& term : m_terms) {
        if (Module* learned = term.objective->learned()) {
            learned->to(task.device);
            for (const NamedTensor& parameter : learned->parameters()) {
                m_parameters.push_back(parameter.tensor);
            }
        }
    }
    m_optimiser = makeOptimiser(m_settings.optimiser, m_settings.weightDecay, m_parameters);
}

bool Stage::teacherIsAsked() const
{
    return std::any_of(m_terms.begin(), m_terms.end(), [](const Term& term) { return term.objective->needsTeacher(); });
}

std::optional<Measurements::Bad> Stage::step(std::int64_t step, Measurements& measurements)
{
    const double position = static_cast<double>(step) / static_cast<double>(m_steps);
    const Batch batch = m_batches.next();

    // The teacher goes first: the allocator then reuses its memory for the student's graph (5 to 13 % measured).
    Targets targets;
    if (teacherIsAsked()) {
        targets = m_networks.teacher->targets(batch, m_teacherTaps);
    }

    Taps taps(m_studentTaps);
    Forward pass{.training = true, .dropout = &m_networks.dropout, .taps = &taps};
    const at::Tensor logits = m_networks.student.logits(batch.inputs, pass);

    const StepInputs inputs{logits, targets.logits, batch.labels, taps, targets.taps};
    std::vector<at::Tensor> weighted;
    at::Tensor loss;
    for (Term& term : m_terms) {
        const at::Tensor value = term.objective->loss(inputs);
        measurements.add(term.lossSeries, value);
        const double weight = term.settings.weight * scheduleFactor(term.settings.weightSchedule, position);
        weighted.push_back(value * weight);
        loss = loss.defined() ? loss + weighted.back() : weighted.back();
    }
    measurements.add(series::loss, loss);

    const double learningRate = m_settings.learningRate * scheduleFactor(m_settings.schedule, position);
    measurements.add(series::learningRate, learningRate);
    {
        const at::NoGradGuard noGradients;
        const at::Tensor known = batch.labels >= 0;
        const at::Tensor right = logits.detach().argmax(1) == batch.labels;
        measurements.add(series::accuracyTrain, right.sum().to(at::kFloat) / known.sum().to(at::kFloat), true);
    }
    const std::int64_t every = m_task.experiment.evaluation.gradientNormEvery;
    if (every > 0 && step % every == 0) {
        measureGradients(weighted, measurements);
    }
    if (auto bad = measurements.flush(false)) {
        return bad;
    }

    m_optimiser->zeroGradients();
    loss.backward();
    if (m_settings.clipNorm > 0) {
        m_optimiser->clip(m_settings.clipNorm);
    }
    m_optimiser->step(learningRate);
    return std::nullopt;
}

void Stage::measureGradients(const std::vector<at::Tensor>& weighted, Measurements& measurements)
{
    for (std::size_t i = 0; i < weighted.size(); ++i) {
        const auto gradients = torch::autograd::grad({weighted[i]}, m_studentParameters, {}, /*retain_graph=*/true,
                                                     /*create_graph=*/false, /*allow_unused=*/true);
        std::vector<at::Tensor> used;
        std::copy_if(gradients.begin(), gradients.end(), std::back_inserter(used),
                     [](const at::Tensor& gradient) { return gradient.defined(); });
        if (!used.empty()) {
            measurements.add(m_terms[i].gradientSeries, norm(used), true);
        }
    }
}

std::vector<Tuning> Stage::tunables() const
{
    std::vector<Tuning> found{{m_pointer + "/learning_rate", m_settings.learningRate}};
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        const std::string pointer = m_pointer + "/objective/" + std::to_string(i) + "/";
        found.push_back({pointer + "weight", m_terms[i].settings.weight});
        for (const Field& field : m_terms[i].tunableFields) {
            found.push_back({pointer + field.key, m_terms[i].settings.objective.parameters.at(field.key).get<double>()});
        }
    }
    return found;
}

void Stage::tune(const Tuning& tuning)
{
    if (tuning.pointer == m_pointer + "/learning_rate") {
        m_settings.learningRate = tuning.value;
        return;
    }
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        const std::string pointer = m_pointer + "/objective/" + std::to_string(i) + "/";
        if (!tuning.pointer.starts_with(pointer)) {
            continue;
        }
        Term& term = m_terms[i];
        const std::string key = tuning.pointer.substr(pointer.size());
        if (key == "weight") {
            term.settings.weight = tuning.value;
        } else {
            term.settings.objective.parameters[key] = tuning.value;
            readFieldsInto(Json{{key, tuning.value}}, [&](Binder& binder) { term.objective->describe(binder); });
        }
    }
}

void Stage::save(Checkpoint& into) const
{
    into.add("optimiser/", m_optimiser->state());
    into.add("batches/", m_batches.state());
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        if (Module* learned = m_terms[i].objective->learned()) {
            for (const NamedTensor& part : learned->state()) {
                into.tensors.insert_or_assign("learned/" + std::to_string(i) + "/" + part.name, part.tensor);
            }
        }
    }
    Json tuned = Json::object();
    for (const Tuning& tuning : tunables()) {
        tuned[tuning.pointer] = tuning.value;
    }
    into.values["tuned"] = tuned;
}

void Stage::restore(const Checkpoint& from)
{
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        if (Module* learned = m_terms[i].objective->learned()) {
            loadState(*learned, from.part("learned/" + std::to_string(i) + "/"), "the checkpoint");
        }
    }
    m_optimiser->restore(from.part("optimiser/"));
    m_batches.restore(from.part("batches/"));
    for (const auto& [pointer, value] : from.values.at("tuned").items()) {
        tune({pointer, value.get<double>()});
    }
}

} // namespace distill
