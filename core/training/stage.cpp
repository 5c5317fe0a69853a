// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/stage.h"

#include "experiment/error.h"
#include "experiment/series.h"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <cmath>

namespace distill {

namespace {

/// What the other networks show, where all of them show the same; else nothing that a method could rely on.
std::optional<NetworkOutline> commonOutline(const std::vector<Model*>& networks, const InputShape& shape)
{
    std::optional<NetworkOutline> common;
    for (Model* network : networks) {
        NetworkOutline outline = outlineOf(*network, shape);
        if (common && common->taps != outline.taps) {
            return std::nullopt;
        }
        common = std::move(outline);
    }
    return common;
}

/// The accuracy on the batch's known labels; of mixed samples each label by its share.
at::Tensor accuracyOf(const at::Tensor& logits, const HardLabels& labels)
{
    const at::NoGradGuard noGradients;
    const at::Tensor answers = logits.detach().argmax(1), known = labels.known();
    at::Tensor right = (answers == labels.labels).to(at::kFloat);
    if (labels.others.defined()) {
        right = right * labels.share + (answers == labels.others).to(at::kFloat) * (1 - labels.share);
    }
    return (right * known).sum() / known.sum().to(at::kFloat);
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

std::vector<at::Tensor> Stage::moved(const StageSettings& settings, const Model& student, const Terms& terms, bool hasPeers,
                                     const std::string& pointer)
{
    if (hasPeers && terms.asksIndices()) {
        throw InputError(pointer + "/objective: a method that keeps a memory of its teacher's features cannot learn from peers,"
                                   " which change; take the term out or name a teacher");
    }
    std::vector<std::string> parts;
    if (settings.trainable.kind == "parts") {
        settings.trainable.parameters.at("parts").get_to(parts);
    }
    std::vector<std::string> known;
    std::vector<bool> found(parts.size());
    std::vector<at::Tensor> moved;
    for (const NamedTensor& parameter : student.parameters()) {
        const std::string head = parameter.name.substr(0, parameter.name.find('.'));
        if (known.empty() || known.back() != head) {
            known.push_back(head);
        }
        bool moves = settings.trainable.kind == "all";
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (parameter.name == parts[i] || parameter.name.starts_with(parts[i] + ".")) {
                moves = found[i] = true;
            }
        }
        if (moves) {
            moved.push_back(parameter.tensor);
        }
    }
    const auto missing = std::find(found.begin(), found.end(), false);
    if (missing != found.end()) {
        std::string names;
        for (const std::string& name : known) {
            names += (names.empty() ? "" : ", ") + name;
        }
        const auto place = static_cast<std::size_t>(missing - found.begin());
        throw InputError(pointer + "/trainable/parts/" + std::to_string(place) + ": " + student.label() + " has no weights \""
                         + parts[place] + "\"; its parts are " + names);
    }
    if (moved.empty() && terms.learnedParameters().empty()) {
        throw InputError(pointer + "/trainable: nothing is left to learn, since no term of the objective has learned parts; let the"
                                   " student move, or add such a term");
    }
    return moved;
}

Stage::Stage(const TrainingTask& task, std::size_t index, const Split& split, Networks networks, const Stage* before, Say say)
    : m_task(task)
    , m_settings(task.experiment.stages.at(index))
    , m_pointer("/stages/" + std::to_string(index))
    , m_networks(networks)
    , m_say(std::move(say))
    , m_batches(task.dataset, split, dataOf(task.experiment.data, m_settings), m_settings.batchSize,
                deriveSeed(static_cast<std::uint64_t>(task.experiment.seed), "stage " + std::to_string(index)), task.device)
    , m_feed(m_batches,
             [this](const std::string& text) {
                 if (m_say) {
                     m_say("log", text);
                 }
             })
    , m_steps(totalSteps(m_settings, split.transfer.size(0)))
{
    std::vector<Model*> together{&networks.student}, teachers;
    for (const auto& peer : networks.peers) {
        together.push_back(peer.get());
    }
    for (const auto& teacher : networks.teachers) {
        teachers.push_back(teacher->model());
    }
    const Dataset& dataset = *task.dataset;
    at::Tensor labels = at::full({dataset.train.size()}, -1, at::kLong);
    labels.index_copy_(0, split.transfer, split.labels); // the rest is not the student's to know
    for (Model* network : together) {
        ObjectiveSetting setting = settingOf(together, *network, teachers, dataset.shape);
        setting.generator = &networks.initialisation;
        setting.samples = dataset.train.size();
        setting.trainingLabels = labels;
        addLearner(*network, setting, before);
    }
    const Terms& terms = m_learners.front().terms;
    if (!networks.teachers.empty()) {
        m_answers = std::make_unique<StageAnswers>(task, networks.teachers, split, m_batches, m_steps, terms.teacherTaps(),
                                                   terms.asksTeacher(), m_say);
    }
}

ObjectiveSetting Stage::settingOf(const std::vector<Model*>& together, Model& network, const std::vector<Model*>& teachers,
                                  const InputShape& shape)
{
    ObjectiveSetting setting{.student = outlineOf(network, shape)};
    if (together.size() > 1) {
        std::vector<Model*> others = together;
        std::erase(others, &network);
        setting.teacher = commonOutline(others, shape);
    } else if (teachers.size() == 1) { // several together show no inside
        setting.teacher = outlineOf(*teachers.front(), shape);
    }
    return setting;
}

void Stage::addLearner(Model& network, const ObjectiveSetting& setting, const Stage* before)
{
    const bool hasPeers = !m_networks.peers.empty();
    const std::size_t place = m_learners.size(); // 0 is the student, whose names stand without a prefix
    const std::string name = place > 0 ? series::peerPrefix + std::to_string(place) : "";
    Learner learner{&network,
                    Terms(m_settings, m_pointer, setting, hasPeers || !m_networks.teachers.empty(), m_task.device),
                    {},
                    nullptr,
                    {},
                    place > 0 ? series::termPrefix + name : series::loss,
                    place > 0 ? "peer" + std::to_string(place) + "/" : ""};
    Terms& terms = learner.terms;
    if (before && terms.takeOver(before->m_learners.at(place).terms) > 0 && place == 0 && m_say) {
        m_say("log", "What the objective learned beside the student in the stage before goes on");
    }
    learner.taps = terms.studentTaps();
    if (hasPeers) { // it is its peers' teacher as well
        for (const std::string& tap : terms.teacherTaps()) {
            if (std::find(learner.taps.begin(), learner.taps.end(), tap) == learner.taps.end()) {
                learner.taps.push_back(tap);
            }
        }
    }
    learner.moved = moved(m_settings, network, terms, hasPeers, m_pointer);
    network.requireGradients(false);
    for (at::Tensor& parameter : learner.moved) {
        parameter.requires_grad_(true);
    }
    std::vector<at::Tensor> parameters = learner.moved;
    const std::vector<at::Tensor> learned = terms.learnedParameters();
    parameters.insert(parameters.end(), learned.begin(), learned.end());
    learner.optimiser = makeOptimiser(m_settings.optimiser, m_settings.weightDecay, std::move(parameters));
    m_learners.push_back(std::move(learner));
}

std::int64_t Stage::learnedParameters() const
{
    std::int64_t count = 0;
    for (const Terms::Outline& term : m_learners.front().terms.outlines()) {
        count += term.learnedParameters;
    }
    return count;
}

void Stage::sayRemarks() const
{
    for (const Terms::Outline& term : m_learners.front().terms.outlines()) {
        for (const std::string& remark : term.remarks) {
            if (m_say) {
                m_say("log", term.name + ": " + remark);
            }
        }
    }
}

Stage::Answer Stage::forward(Learner& learner, const at::Tensor& inputs)
{
    Answer answer{{}, Taps(learner.taps)};
    Forward pass{.training = true, .dropout = &m_networks.dropout, .taps = &answer.taps};
    answer.logits = learner.network->logits(inputs, pass);
    return answer;
}

std::optional<Measurements::Bad> Stage::step(std::int64_t step, Measurements& measurements, Profile& profile)
{
    const double position = static_cast<double>(step) / static_cast<double>(m_steps);
    using Watch = Profile::Watch;
    profile.beginStep(step);
    std::optional<Watch> watch(std::in_place, profile, Phase::Data);
    const Batch batch = m_feed.next();

    // The teacher goes first: the allocator then reuses its memory for the student's graph (5 to 13 % measured).
    Targets targets;
    watch.emplace(profile, Phase::Teacher);
    if (m_answers && m_learners.front().terms.asksTeacher()) {
        targets = m_answers->of(batch);
    }

    watch.emplace(profile, Phase::Forward);
    const HardLabels labels{batch.labels, batch.otherLabels, batch.share};
    std::vector<Answer> answers;
    for (Learner& learner : m_learners) {
        answers.push_back(forward(learner, batch.inputs));
    }
    std::vector<at::Tensor> said; // by each network, as its peers hear it
    for (const Answer& answer : answers) {
        said.push_back(answer.logits.detach());
    }
    std::vector<std::vector<at::Tensor>> values;
    for (std::size_t i = 0; i < m_learners.size(); ++i) {
        std::vector<StepInputs> views;
        for (std::size_t j = 0; j < answers.size(); ++j) {
            if (j != i) {
                views.push_back({answers[i].logits, said[j], labels, answers[i].taps, answers[j].taps, batch.indices});
            }
        }
        if (views.empty()) {
            views.push_back({answers[i].logits, targets.logits, labels, answers[i].taps, targets.taps, batch.indices});
        }
        values.push_back(m_learners[i].terms.values(views, position));
    }
    m_learners.front().terms.record(values.front(), measurements);
    const double learningRate = m_settings.learningRate * scheduleFactor(m_settings.schedule, position);
    measurements.add(series::learningRate, learningRate);
    measurements.add(series::accuracyTrain, accuracyOf(answers.front().logits, labels), true);

    watch.emplace(profile, Phase::Backward);
    const std::int64_t every = m_task.experiment.evaluation.gradientNormEvery;
    std::vector<at::Tensor> losses;
    for (std::size_t i = 0; i < m_learners.size(); ++i) {
        Learner& learner = m_learners[i];
        learner.terms.measure(values[i], position, step, i == 0 && every > 0 && step % every == 0, learner.moved, measurements);
        losses.push_back(learner.terms.loss(values[i], position));
        measurements.add(learner.lossSeries, losses.back());
    }
    watch.emplace(profile, Phase::History);
    if (auto bad = measurements.flush(false)) {
        return bad;
    }
    for (std::size_t i = 0; i < m_learners.size(); ++i) {
        watch.emplace(profile, Phase::Backward);
        Learner& learner = m_learners[i];
        learner.optimiser->zeroGradients();
        if (learner.optimiser->separates()) {
            learner.terms.loss(values[i], position, Terms::Which::FromLabels).backward({}, /*keep_graph=*/true);
            if (m_settings.clipNorm > 0) {
                learner.optimiser->clip(m_settings.clipNorm);
            }
            learner.optimiser->keepTaskGradients();
            learner.terms.loss(values[i], position, Terms::Which::FromTeacher).backward();
        } else {
            losses[i].backward();
        }
        watch.emplace(profile, Phase::Optimiser);
        if (m_settings.clipNorm > 0) {
            learner.optimiser->clip(m_settings.clipNorm);
        }
        learner.optimiser->step(learningRate);
    }
    return std::nullopt;
}

std::vector<Tuning> Stage::tunables() const
{
    std::vector<Tuning> found{{m_pointer + "/learning_rate", m_settings.learningRate}};
    const std::vector<Tuning> terms = m_learners.front().terms.tunables();
    found.insert(found.end(), terms.begin(), terms.end());
    return found;
}

void Stage::tune(const Tuning& tuning)
{
    if (tuning.pointer == m_pointer + "/learning_rate") {
        m_settings.learningRate = tuning.value;
        return;
    }
    for (Learner& learner : m_learners) {
        learner.terms.tune(tuning);
    }
}

void Stage::save(Checkpoint& into) const
{
    for (const Learner& learner : m_learners) {
        into.add(learner.prefix + "optimiser/", learner.optimiser->state());
        learner.terms.save(into, learner.prefix);
    }
    into.add("batches/", m_batches.state());
    Json tuned = Json::object();
    for (const Tuning& tuning : tunables()) {
        tuned[tuning.pointer] = tuning.value;
    }
    into.values["tuned"] = tuned;
}

void Stage::restore(const Checkpoint& from)
{
    for (Learner& learner : m_learners) {
        learner.terms.restore(from, learner.prefix);
        learner.optimiser->restore(from.part(learner.prefix + "optimiser/"));
    }
    m_batches.restore(from.part("batches/"));
    m_feed.restart();
    for (const auto& [pointer, value] : from.values.at("tuned").items()) {
        tune({pointer, value.get<double>()});
    }
}

} // namespace distill
