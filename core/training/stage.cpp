// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/stage.h"

#include "experiment/error.h"
#include "experiment/series.h"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
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

std::string megabytes(std::int64_t bytes)
{
    char text[32];
    std::snprintf(text, sizeof text, bytes < 10'000'000 ? "%.1f MB" : "%.0f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

at::Tensor norm(const std::vector<at::Tensor>& tensors)
{
    return at::stack(at::_foreach_norm(tensors)).norm();
}

/// All gradients in one row; zeros for a parameter without one.
at::Tensor flattened(const std::vector<at::Tensor>& gradients, const std::vector<at::Tensor>& parameters)
{
    std::vector<at::Tensor> rows;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        rows.push_back((gradients[i].defined() ? gradients[i] : at::zeros_like(parameters[i])).reshape({-1}));
    }
    return at::cat(rows);
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

Stage::Stage(const TrainingTask& task, std::size_t index, const Split& split, Networks networks, Say say)
    : m_task(task)
    , m_settings(task.experiment.stages.at(index))
    , m_pointer("/stages/" + std::to_string(index))
    , m_networks(networks)
    , m_say(std::move(say))
    , m_batches(task.dataset, split, task.experiment.data, m_settings.batchSize,
                deriveSeed(static_cast<std::uint64_t>(task.experiment.seed), "stage " + std::to_string(index)), task.device)
    , m_feed(m_batches, [this](const std::string& text) { this->say("log", text); })
    , m_steps(totalSteps(m_settings, split.transfer.size(0)))
{
    ObjectiveSetting setting{.student = outlineOf(networks.student, task.dataset->shape),
                             .generator = &networks.initialisation,
                             .samples = task.dataset->train.size(),
                             .trainingLabels = at::full({task.dataset->train.size()}, -1, at::kLong)};
    setting.trainingLabels.index_copy_(0, split.transfer, split.labels); // the rest is not the student's to know
    if (networks.teacher && networks.teacher->model()) {
        setting.teacher = outlineOf(*networks.teacher->model(), task.dataset->shape);
    }
    for (std::size_t i = 0; i < m_settings.objective.size(); ++i) {
        if (m_settings.objective[i].muted) {
            continue;
        }
        Term term;
        term.settings = m_settings.objective[i];
        term.place = i;
        const Selection& selection = term.settings.objective;
        term.objective = prepareObjective(selection, setting, networks.teacher != nullptr,
                                          m_pointer + "/objective/" + std::to_string(i));
        const std::string name = std::to_string(i) + " " + selection.kind;
        term.lossSeries = series::termPrefix + name;
        term.gradientSeries = series::gradientPrefix + name;
        term.cosineSeries = series::cosinePrefix + name;
        for (const Field& field : findKind(objectiveKinds(), selection.kind)->fields) {
            if (field.key == "temperature") {
                term.coldest = field.minimum;
            }
            if (field.tunable && field.type == Field::Type::Number) {
                term.tunableFields.push_back(field);
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
    if (m_task.answers && networks.teacher && networks.teacher->model() && teacherIsAsked()) {
        storeAnswers(split);
    }
}

void Stage::say(const std::string& kind, const std::string& text) const
{
    if (m_say) {
        m_say(kind, text);
    }
}

void Stage::storeAnswers(const Split& split)
{
    const AnswerCache& cache = *m_task.answers;
    const AugmentationSettings& augmentation = m_task.experiment.data.augmentation;
    const std::int64_t epochs = (m_steps + m_batches.stepsPerEpoch() - 1) / m_batches.stepsPerEpoch();
    m_views = !varies(augmentation) ? 1 : augmentation.views > 0 ? std::min(augmentation.views, epochs) : epochs;
    const AnswersWanted wanted{.appearance = m_batches.appearance(),
                               .samples = m_task.dataset->train.size(),
                               .views = m_views,
                               .batchSize = m_batches.batchSize(),
                               .taps = m_teacherTaps,
                               .shape = m_task.dataset->shape};
    const AnswerFile::Layout layout = layoutOf(*m_networks.teacher->model(), cache, wanted);
    const std::string size = megabytes(layout.bytes());
    if (layout.bytes() > cache.largestBytes) {
        say("log", "The teacher's answers are not stored: they would take " + size + " and the limit is "
                       + megabytes(cache.largestBytes));
        return;
    }
    if (answersDependOnPlace()) {
        say("log", "The teacher's answers are not stored: on this device its rounding depends on a sample's place in the batch");
        return;
    }
    try {
        m_cache = std::make_unique<CachedTeacher>(*m_networks.teacher, cache, wanted,
                                                  [this](const std::string& text) { say("warning", text); });
        const std::int64_t toCome = layout.bytes() - m_cache->file().bytesOnDisk();
        trimAnswerFiles(cache.folder, cache.largestBytes - toCome); // leaves this one, which is open
    } catch (const std::runtime_error& error) {
        say("warning", std::string(error.what()) + "; the teacher is asked each time");
        return;
    }
    say("log", "The teacher's answers are stored: " + std::to_string(m_views) + (m_views == 1 ? " view of " : " views of ")
                   + std::to_string(split.transfer.size(0)) + " samples, " + size + " in all; "
                   + std::to_string(percentStored(split.transfer)) + " % are there already");
}

/// A stored answer is to be the one that would be computed, to the last bit, also where the batch is another.
bool Stage::answersDependOnPlace() const
{
    BatchSource stream = m_batches;
    Batch batch = stream.next();
    const Targets straight = m_networks.teacher->targets(batch, m_teacherTaps);
    for (const std::int64_t by : {std::int64_t(1), batch.inputs.size(0) / 2}) {
        Batch rolled = batch;
        rolled.inputs = batch.inputs.roll(by, 0);
        const Targets moved = m_networks.teacher->targets(rolled, m_teacherTaps);
        bool same = moved.logits.equal(straight.logits.roll(by, 0));
        for (const std::string& tap : m_teacherTaps) {
            same = same && moved.taps.at(tap).equal(straight.taps.at(tap).roll(by, 0));
        }
        if (!same) {
            return true;
        }
    }
    return false;
}

std::int64_t Stage::percentStored(const at::Tensor& samples) const
{
    constexpr std::int64_t looks = 1000; // enough to tell, and no time for a file of any size
    const auto sample = samples.accessor<std::int64_t, 1>();
    const std::int64_t pairs = sample.size(0) * m_views, stride = std::max<std::int64_t>(1, pairs / looks);
    std::int64_t there = 0, asked = 0;
    for (std::int64_t pair = 0; pair < pairs; pair += stride, ++asked) {
        there += m_cache->file().has(sample[pair % sample.size(0)], pair / sample.size(0)) ? 1 : 0;
    }
    return 100 * there / asked;
}

bool Stage::askAhead(const std::function<bool()>& keepGoing)
{
    if (!m_cache || m_task.experiment.compute.teacherAnswers != "ahead") {
        return true;
    }
    BatchSource stream = m_batches;
    stream.seek(0, 0);
    const std::int64_t batches = m_views * m_batches.stepsPerEpoch();
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < batches; ++i) {
        if (!keepGoing()) {
            return false;
        }
        m_cache->targets(stream.next(), m_teacherTaps);
        if (i == std::min<std::int64_t>(10, batches - 1)) {
            const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
            const double seconds = passed.count() / static_cast<double>(i + 1) * static_cast<double>(batches);
            say("log", "Asks the teacher ahead, about " + std::to_string(std::llround(std::ceil(seconds))) + " s");
        }
    }
    return true;
}

std::optional<CachedTeacher::Verdict> Stage::verifyAnswers(std::int64_t samples)
{
    if (!m_cache) {
        return std::nullopt;
    }
    BatchSource stream = m_batches;
    std::random_device random; // other samples each time
    const auto below = [&](std::int64_t bound) { return static_cast<std::int64_t>(random()) % bound; };
    CachedTeacher::Verdict all;
    for (std::int64_t looked = 0; looked < samples; looked += stream.batchSize()) {
        stream.seek(below(m_views), below(stream.stepsPerEpoch()));
        const CachedTeacher::Verdict one = m_cache->verify(stream.next(), m_teacherTaps);
        all.stored += one.stored;
        all.wrong += one.wrong;
        all.damaged += one.damaged;
    }
    return all;
}

bool Stage::teacherIsAsked() const
{
    return std::any_of(m_terms.begin(), m_terms.end(), [](const Term& term) { return term.objective->needsTeacher(); });
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
    if (teacherIsAsked()) {
        Teacher& teacher = m_cache ? *m_cache : *m_networks.teacher;
        targets = teacher.targets(batch, m_teacherTaps);
    }

    watch.emplace(profile, Phase::Forward);
    Taps taps(m_studentTaps);
    Forward pass{.training = true, .dropout = &m_networks.dropout, .taps = &taps};
    const at::Tensor logits = m_networks.student.logits(batch.inputs, pass);

    const HardLabels labels{batch.labels, batch.otherLabels, batch.share};
    const StepInputs inputs{logits, targets.logits, labels, taps, targets.taps, batch.indices};
    std::vector<at::Tensor> weighted;
    at::Tensor loss;
    for (Term& term : m_terms) {
        setTemperature(term, position);
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
        const at::Tensor answers = logits.detach().argmax(1), known = labels.known();
        at::Tensor right = (answers == labels.labels).to(at::kFloat);
        if (labels.others.defined()) {
            right = right * labels.share + (answers == labels.others).to(at::kFloat) * (1 - labels.share);
        }
        measurements.add(series::accuracyTrain, (right * known).sum() / known.sum().to(at::kFloat), true);
    }
    watch.emplace(profile, Phase::Backward);
    const std::int64_t every = m_task.experiment.evaluation.gradientNormEvery;
    if (every > 0 && step % every == 0) {
        measureGradients(weighted, measurements);
    }
    watch.emplace(profile, Phase::History);
    if (auto bad = measurements.flush(false)) {
        return bad;
    }

    watch.emplace(profile, Phase::Backward);
    m_optimiser->zeroGradients();
    if (m_optimiser->separates()) {
        lossOf(weighted, false).backward({}, /*keep_graph=*/true);
        if (m_settings.clipNorm > 0) {
            m_optimiser->clip(m_settings.clipNorm);
        }
        m_optimiser->keepTaskGradients();
        lossOf(weighted, true).backward();
    } else {
        loss.backward();
    }
    watch.emplace(profile, Phase::Optimiser);
    if (m_settings.clipNorm > 0) {
        m_optimiser->clip(m_settings.clipNorm);
    }
    m_optimiser->step(learningRate);
    return std::nullopt;
}

/// The terms that ask a teacher, or the others.
at::Tensor Stage::lossOf(const std::vector<at::Tensor>& weighted, bool fromTeacher) const
{
    at::Tensor sum;
    for (std::size_t i = 0; i < weighted.size(); ++i) {
        if (m_terms[i].objective->needsTeacher() == fromTeacher) {
            sum = sum.defined() ? sum + weighted[i] : weighted[i];
        }
    }
    return sum;
}

void Stage::setTemperature(Term& term, double position)
{
    if (term.settings.temperatureSchedule.kind == "constant") {
        return;
    }
    const double temperature = std::max(term.coldest, term.settings.objective.parameters.at("temperature").get<double>()
                                            * scheduleFactor(term.settings.temperatureSchedule, position));
    readFieldsInto(Json{{"temperature", temperature}}, [&](Binder& binder) { term.objective->describe(binder); });
}

void Stage::measureGradients(const std::vector<at::Tensor>& weighted, Measurements& measurements)
{
    const auto isLabels = [](const Term& term) { return term.settings.objective.kind == "cross_entropy"; };
    const bool compares = weighted.size() > 1 && std::any_of(m_terms.begin(), m_terms.end(), isLabels);
    std::vector<at::Tensor> flat; // of each term, undefined where it does not reach the student
    at::Tensor fromLabels;
    for (std::size_t i = 0; i < weighted.size(); ++i) {
        const auto gradients = torch::autograd::grad({weighted[i]}, m_studentParameters, {}, /*retain_graph=*/true,
                                                     /*create_graph=*/false, /*allow_unused=*/true);
        std::vector<at::Tensor> used;
        std::copy_if(gradients.begin(), gradients.end(), std::back_inserter(used),
                     [](const at::Tensor& gradient) { return gradient.defined(); });
        if (!used.empty()) {
            measurements.add(m_terms[i].gradientSeries, norm(used), true);
        }
        if (compares) {
            flat.push_back(used.empty() ? at::Tensor() : flattened(gradients, m_studentParameters));
            fromLabels = isLabels(m_terms[i]) ? flat.back() : fromLabels;
        }
    }
    for (std::size_t i = 0; i < flat.size() && fromLabels.defined(); ++i) {
        if (flat[i].defined() && !flat[i].is_same(fromLabels)) {
            const at::Tensor norms = (flat[i].norm() * fromLabels.norm()).clamp_min(1e-30);
            measurements.add(m_terms[i].cosineSeries, flat[i].dot(fromLabels) / norms, true);
        }
    }
}

std::vector<Tuning> Stage::tunables() const
{
    std::vector<Tuning> found{{m_pointer + "/learning_rate", m_settings.learningRate}};
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        const std::string pointer = m_pointer + "/objective/" + std::to_string(m_terms[i].place) + "/";
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
    for (Term& term : m_terms) {
        const std::string pointer = m_pointer + "/objective/" + std::to_string(term.place) + "/";
        if (!tuning.pointer.starts_with(pointer)) {
            continue;
        }
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
                into.tensors.insert_or_assign("learned/" + std::to_string(m_terms[i].place) + "/" + part.name, part.tensor);
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
            loadState(*learned, from.part("learned/" + std::to_string(m_terms[i].place) + "/"), "the checkpoint");
        }
    }
    m_optimiser->restore(from.part("optimiser/"));
    m_batches.restore(from.part("batches/"));
    m_feed.restart();
    for (const auto& [pointer, value] : from.values.at("tuned").items()) {
        tune({pointer, value.get<double>()});
    }
}

} // namespace distill
