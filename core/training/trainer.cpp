// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/trainer.h"

#include "experiment/error.h"
#include "experiment/series.h"
#include "models/safetensors.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <numeric>

namespace distill {

namespace {

/// A checkpoint that nobody asked for is written at most this often.
constexpr double secondsBetweenCheckpoints = 10;
/// Length of the window that a point of the throughput curve covers.
constexpr double throughputSeconds = 0.5;

double monotonicSeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::map<std::string, at::Tensor> toMap(const std::vector<NamedTensor>& tensors, bool copy)
{
    std::map<std::string, at::Tensor> result;
    for (const NamedTensor& each : tensors) {
        const at::Tensor detached = each.tensor.detach();
        result.emplace(each.name, copy ? detached.clone() : detached);
    }
    return result;
}

} // namespace

std::unique_ptr<Model> loadModel(const Selection& selection, const InputShape& shape, std::int64_t classes,
                                 const std::string& weights, at::Device device)
{
    at::Generator unused = makeGenerator(at::kCPU, 0);
    auto model = makeModel(selection, shape, classes, unused);
    loadState(*model, readSafetensors(weights).tensors, weights);
    model->requireGradients(false);
    model->to(device);
    return model;
}

namespace {

std::unique_ptr<Model> teacherModel(const TrainingTask::TeacherSource& source, const InputShape& shape, std::int64_t classes,
                                    at::Device device)
{
    if (!source.weights.empty()) {
        return loadModel(source.model, shape, classes, source.weights, device);
    }
    at::Generator generator = makeGenerator(at::kCPU, source.seed);
    auto model = makeModel(source.model, shape, classes, generator);
    model->requireGradients(false);
    return model;
}

} // namespace

Trainer::Trainer(TrainingTask task, TrainerHost& host)
    : m_task(std::move(task))
    , m_host(host)
    , m_split(makeSplit(*m_task.dataset, m_task.experiment.data, m_task.experiment.evaluation.probeSize))
    , m_initialisation(makeGenerator(at::kCPU, deriveSeed(static_cast<std::uint64_t>(m_task.experiment.seed),
                                                          "initialisation")))
    , m_dropout(makeGenerator(m_task.device, deriveSeed(static_cast<std::uint64_t>(m_task.experiment.seed), "dropout")))
    , m_measurements(host, m_task.device)
    , m_profile(m_task.device)
{
    const Experiment& experiment = m_task.experiment;
    const auto classes = static_cast<std::int64_t>(m_task.dataset->classes.size());
    m_normaliser = std::make_unique<Normaliser>(m_split.mean, m_split.deviation, m_task.device);

    m_student = makeModel(experiment.student.model, m_task.dataset->shape, classes, m_initialisation);
    if (!m_task.initialWeights.empty()) {
        loadState(*m_student, readSafetensors(m_task.initialWeights).tensors, m_task.initialWeights);
    }
    m_student->to(m_task.device);
    m_student->requireGradients(true);
    m_student->setExecution(m_task.studentExecution);
    Evaluator::Others others{{}, !m_task.peers.empty()};
    for (const TrainingTask::TeacherSource& source : m_task.teachers) {
        m_teachers.push_back(makeModelTeacher(teacherModel(source, m_task.dataset->shape, classes, m_task.device), m_task.device,
                                              source.execution));
        others.networks.push_back(m_teachers.back()->model());
    }
    for (const TrainingTask::Peer& peer : m_task.peers) {
        const std::string name = series::peerPrefix + std::to_string(m_peers.size() + 1);
        at::Generator generator = makeGenerator(at::kCPU, deriveSeed(static_cast<std::uint64_t>(experiment.seed), name));
        m_peers.push_back(makeModel(peer.model, m_task.dataset->shape, classes, generator));
        m_peers.back()->to(m_task.device);
        m_peers.back()->setExecution(peer.execution);
        m_peerSeries.push_back("accuracy/" + name);
        others.networks.push_back(m_peers.back().get());
    }
    m_evaluator = std::make_unique<Evaluator>(m_task, m_split, *m_normaliser, std::move(others),
                                              [this] { return m_host.keepGoing(); });
    for (const StageSettings& stage : experiment.stages) {
        m_stageSplits.push_back(stage.data.kind == "same" ? m_split
                                                          : makeSplit(*m_task.dataset, dataOf(experiment.data, stage), 0));
        const std::int64_t samples = m_stageSplits.back().transfer.size(0);
        m_stageSteps.push_back(Stage::totalSteps(stage, samples));
        m_stageEpochSteps.push_back(Stage::stepsPerEpoch(stage, samples));
    }
    enterStage(0);
}

Trainer::~Trainer() = default;

void Trainer::enterStage(std::size_t index)
{
    m_stageIndex = index;
    const std::unique_ptr<Stage> before = std::move(m_stage);
    m_stage = std::make_unique<Stage>(m_task, index, m_stageSplits[index],
                                      Stage::Networks{*m_student, m_peers, m_teachers, m_initialisation, m_dropout}, before.get(),
                                      [this](const std::string& kind, const std::string& text) {
                                          m_host.note(progress(), kind, text, {});
                                      });
    m_learnedParameters = std::max(m_learnedParameters, m_stage->learnedParameters());
    m_stageStep = 0;
    m_stageIsOver = false;
    m_withoutImprovement = 0;
    m_stageBest = -1;

    const EvaluationSettings& evaluation = m_task.experiment.evaluation;
    const auto epochSteps = static_cast<double>(m_stageEpochSteps[index]);
    const auto atLeastOne = [](double steps) { return std::max<std::int64_t>(1, std::llround(steps)); };
    const bool probes = m_evaluator->hasProbe() && evaluation.probesPerEpoch > 0;
    m_due.probeEvery = probes ? atLeastOne(epochSteps / evaluation.probesPerEpoch) : 0;
    m_due.validateEvery = m_evaluator->hasValidation() ? atLeastOne(epochSteps * evaluation.validateEvery) : 0;
    m_host.tunables(m_stage->tunables());
}

Trainer::Outcome Trainer::run()
{
    if (const auto checkpoint = loadCheckpoint(m_task.folder)) {
        restore(*checkpoint);
        m_host.note(progress(), "state", "Continues from the checkpoint of step " + std::to_string(m_step), {});
    } else {
        m_stage->sayRemarks();
    }
    startClock();
    if (!measureStart()) {
        auto outcome = obey();
        return outcome ? *outcome : Outcome{Outcome::End::Interrupted, {}, {}};
    }
    while (true) {
        if (auto outcome = trainStage()) {
            return *outcome;
        }
        closeStage();
        if (m_stageIndex + 1 == m_task.experiment.stages.size()) {
            break;
        }
        enterStage(m_stageIndex + 1);
        m_host.note(progress(), "stage", "Stage " + std::to_string(m_stageIndex + 1) + " begins", {{"stage", m_stageIndex}});
        m_stage->sayRemarks();
    }
    return finish();
}

/// What the first of several stages begins with; a single one is told by its curves.
bool Trainer::measureStart()
{
    if (severalStages() && m_evaluator->hasValidation() && m_step == 0 && m_stageBegin.validation.is_null()) {
        const Profile::Watch watch(m_profile, Phase::Evaluation);
        const auto figures = m_evaluator->validation(*m_student);
        if (!figures) {
            return false;
        }
        m_stageBegin.validation = figures->toJson();
    }
    return true;
}

void Trainer::closeStage()
{
    // A run that was ended after its last step comes here again.
    if (severalStages() && m_stages.size() == m_stageIndex) {
        m_stages.push_back({{"name", stageName()},
                            {"steps", m_step - m_stageBegin.step},
                            {"seconds", secondsNow() - m_stageBegin.seconds},
                            {"begin", m_stageBegin.validation},
                            {"end", m_lastValidation}});
        m_stageBegin = {m_step, secondsNow(), m_lastValidation};
    }
}

std::string Trainer::stageName() const
{
    const std::string& name = m_task.experiment.stages[m_stageIndex].name;
    return name.empty() ? "stage " + std::to_string(m_stageIndex + 1) : name;
}

std::optional<CachedTeacher::Verdict> Trainer::verifyAnswers(TrainingTask task, std::int64_t samples)
{
    DeafHost nobody;
    Trainer trainer(std::move(task), nobody);
    std::optional<CachedTeacher::Verdict> all;
    for (std::size_t i = 0; i < trainer.m_stageSteps.size(); ++i) {
        if (trainer.m_stageIndex != i) {
            trainer.enterStage(i);
        }
        if (const auto one = trainer.m_stage->verifyAnswers(samples)) {
            all = all.value_or(CachedTeacher::Verdict{});
            *all += *one;
        }
    }
    return all;
}

std::optional<Trainer::Outcome> Trainer::trainStage()
{
    while (!askAhead()) {
        if (auto outcome = obey()) {
            return outcome;
        }
    }
    while (true) {
        if (!evaluateWhereDue()) {
            // Ended early: the evaluation is still due when the run continues.
            auto outcome = obey();
            return outcome ? outcome : Outcome{Outcome::End::Interrupted, {}, {}};
        }
        if (m_stageStep >= m_stage->steps() || m_stageIsOver) {
            break;
        }
        if (auto outcome = obey()) {
            return outcome;
        }

        m_measurements.begin(progress());
        const std::int64_t computed = computedByTeachers();
        auto bad = m_stage->step(m_stageStep, m_measurements, m_profile);
        m_teacherImages += computedByTeachers() - computed;
        ++m_stageStep;
        ++m_step;
        m_rateImages += m_stage->batchSize();
        m_images += m_stage->batchSize();
        if (!bad && m_stageStep >= m_stage->steps()) {
            bad = m_measurements.flush(true);
        }
        if (bad) {
            const std::string last = m_checkpointStep >= 0
                ? "the last good checkpoint, of step " + std::to_string(m_checkpointStep) + ", is kept"
                : "no checkpoint was written before";
            return Outcome{Outcome::End::Diverged,
                           "Diverged at step " + std::to_string(bad->at.step) + ": " + *bad->series + " is not finite; " + last
                               + "; a lower learning rate or a limit to the gradient's norm may help",
                           {}};
        }

        const double now = secondsNow();
        if (now - m_rateStart >= throughputSeconds) {
            recordSpeed(static_cast<double>(m_rateImages) / (now - m_rateStart));
            m_rateStart = now;
            m_rateImages = 0;
        }
        const std::int64_t every = m_task.experiment.evaluation.checkpointEvery;
        const bool due = every > 0 ? m_step % every == 0
                                   : m_stageStep % m_stageEpochSteps[m_stageIndex] == 0
                                         && now - m_lastCheckpointAt >= secondsBetweenCheckpoints;
        if (due) {
            saveCheckpointNow();
        }
    }
    return std::nullopt;
}

std::int64_t Trainer::computedByTeachers() const
{
    return std::accumulate(m_teachers.begin(), m_teachers.end(), std::int64_t(0),
                           [](std::int64_t sum, const auto& teacher) { return sum + teacher->computed(); });
}

bool Trainer::askAhead()
{
    const Profile::Watch watch(m_profile, Phase::Teacher);
    const std::int64_t computed = computedByTeachers();
    const bool done = m_stage->askAhead([this] { return m_host.keepGoing(); });
    m_teacherImages += computedByTeachers() - computed;
    m_rateStart = secondsNow(); // throughput is of training alone
    return done;
}

bool Trainer::evaluateWhereDue()
{
    const bool atEnd = m_stageStep >= m_stage->steps();
    const auto isDue = [&](std::int64_t every, std::int64_t doneAt) {
        return every > 0 && doneAt < m_step && (m_stageStep % every == 0 || atEnd);
    };
    const double before = secondsNow();
    const Profile::Watch watch(m_profile, Phase::Evaluation);
    if (isDue(m_due.probeEvery, m_due.probedAt)) {
        const auto figures = m_evaluator->probe(*m_student);
        if (!figures) {
            return false;
        }
        std::vector<Measurement> values{{&series::accuracyProbe, figures->accuracy}};
        if (figures->agreement) {
            values.push_back({&series::agreementProbe, *figures->agreement});
            values.push_back({&series::klProbe, *figures->kl});
        }
        m_host.record(progress(), values);
        m_due.probedAt = m_step;
    }
    // An untrained student's validation figures tell nothing that its probe does not.
    if (m_step > 0 && isDue(m_due.validateEvery, m_due.validatedAt)) {
        const auto figures = m_evaluator->validation(*m_student);
        if (!figures) {
            return false;
        }
        std::vector<Measurement> values{{&series::accuracyValidation, figures->accuracy},
                                        {&series::lossValidation, figures->loss}};
        if (figures->agreement) {
            values.push_back({&series::agreementValidation, *figures->agreement});
            values.push_back({&series::klValidation, *figures->kl});
        }
        for (std::size_t i = 0; i < m_evaluator->peers().size(); ++i) {
            values.push_back({&m_peerSeries[i], m_evaluator->peers()[i].accuracy});
        }
        m_host.record(progress(), values);
        m_due.validatedAt = m_step;
        m_lastValidation = figures->toJson();
        if (figures->accuracy > m_bestAccuracy) {
            m_bestAccuracy = figures->accuracy;
            m_best = {m_step, studentState(true), m_lastValidation};
        }
        const EarlyStoppingSettings& early = m_task.experiment.stages[m_stageIndex].earlyStopping;
        if (figures->accuracy > m_stageBest + early.minimumImprovement) {
            m_stageBest = figures->accuracy;
            m_withoutImprovement = 0;
        } else if (++m_withoutImprovement >= early.patience && early.patience > 0 && !atEnd) {
            m_stageIsOver = true;
            m_host.note(progress(), "stage",
                        "Stopped early: no better validation accuracy in " + std::to_string(early.patience) + " evaluations", {});
        }
    }
    m_rateStart += secondsNow() - before; // throughput is of training alone
    return true;
}

std::optional<Trainer::Outcome> Trainer::obey()
{
    while (true) {
        pauseClock();
        const Control control = m_host.control();
        startClock();
        for (const Tuning& tuning : control.tunings) {
            m_stage->tune(tuning);
        }
        if (!control.tunings.empty()) {
            m_host.tunables(m_stage->tunables());
        }
        const bool ends = control.action != Control::Action::Continue;
        if (control.checkpoint || ends) {
            m_measurements.flush(true);
            saveCheckpointNow();
        }
        if (ends) {
            const bool stopped = control.action == Control::Action::Stop;
            return Outcome{stopped ? Outcome::End::Stopped : Outcome::End::Interrupted, {}, {}};
        }
        if (!control.again) {
            return std::nullopt;
        }
    }
}

Trainer::Outcome Trainer::finish()
{
    const Evaluator::Candidate last{m_step, studentState(true), m_lastValidation};
    const Evaluator::Candidate& best = m_best.state.empty() ? last : m_best;
    const Selection& model = m_task.experiment.student.model;
    m_host.saved(progress(), "last", saveWeights("last", model, last.state));
    m_host.saved(progress(), "best", saveWeights("best", model, best.state));
    for (std::size_t i = 0; i < m_peers.size(); ++i) {
        const std::string name = "peer" + std::to_string(i + 1);
        m_host.saved(progress(), name, saveWeights(name, m_task.peers[i].model, toMap(m_peers[i]->state(), false)));
    }

    std::optional<Json> summary;
    {
        const Profile::Watch watch(m_profile, Phase::Evaluation);
        summary = m_evaluator->final(*m_student, last, best);
    }
    if (!summary) {
        auto outcome = obey();
        return outcome ? *outcome : Outcome{Outcome::End::Interrupted, {}, {}};
    }
    const std::string predictions = (std::filesystem::path(m_task.folder) / predictionsFile).string();
    writeSafetensors(predictions, {{{"logits", m_evaluator->predictions()}}, {{"dataset", m_task.dataset->sha256}}});
    m_host.saved(progress(), "predictions", predictions);

    const double seconds = secondsNow();
    (*summary)["parameters"] = m_student->parameterCount();
    (*summary)["learned_parameters"] = m_learnedParameters;
    (*summary)["multiply_adds"] = multiplyAdds(*m_student, m_task.dataset->shape);
    (*summary)["seconds"] = seconds;
    (*summary)["steps"] = m_step;
    (*summary)["device"] = m_task.device.str();
    (*summary)["precision"] = m_student->execution().precision();
    (*summary)["layout"] = m_student->execution().layout();
    (*summary)["threads"] = m_task.threads;
    (*summary)["train_samples"] = m_split.transfer.size(0);
    (*summary)["labelled"] = m_split.labelled;
    (*summary)["time"] = m_profile.toJson();
    (*summary)["speed"] = speed(seconds);
    if (severalStages() && m_stages.size() == m_stageSteps.size()) {
        (*summary)["stages"] = m_stages;
    }
    (*summary)["images_per_second"] = seconds > 0 ? static_cast<double>(m_images) / seconds : 0.0;

    return {Outcome::End::Finished, {}, *summary};
}

Progress Trainer::progress() const
{
    Progress at;
    at.step = m_step;
    for (std::size_t i = 0; i < m_stageSteps.size(); ++i) {
        const double epochs = static_cast<double>(m_stageSteps[i]) / static_cast<double>(m_stageEpochSteps[i]);
        at.totalSteps += m_stageSteps[i];
        at.totalEpochs += epochs;
        if (i < m_stageIndex) {
            at.epoch += epochs;
        }
    }
    at.epoch += static_cast<double>(m_stageStep) / static_cast<double>(m_stageEpochSteps[m_stageIndex]);
    at.seconds = secondsNow();
    if (severalStages()) {
        at.stage = stageName();
    }
    return at;
}

void Trainer::recordSpeed(double imagesPerSecond)
{
    const double now = secondsNow();
    const Profile::Seconds window = m_profile.takeWindow();
    std::vector<Measurement> values{{&series::throughput, imagesPerSecond}};
    for (std::size_t i = 0; i < phases; ++i) {
        values.push_back({&series::timeShares[i], window[i] / std::max(now - m_speedRecordedAt, 1e-9)});
    }
    m_speedRecordedAt = now;
    m_host.record(progress(), values);
}

Json Trainer::speed(double seconds) const
{
    const Profile::Seconds& spent = m_profile.total();
    const double training = seconds - spent[static_cast<std::size_t>(Phase::Evaluation)];
    if (m_images == 0 || training <= 0) {
        return nullptr;
    }
    const auto images = static_cast<double>(m_images);
    const double teacherShare
        = static_cast<double>(m_teacherImages) / (images * static_cast<double>(std::max<std::size_t>(1, m_teachers.size())));
    const TrainingTask::Speed& tuned = m_task.tuned;
    const InputShape& shape = m_task.dataset->shape;
    // A backward pass computes as much as two forward passes: the gradients by the inputs and by the weights.
    double perImage = 3 * 2.0 * static_cast<double>(multiplyAdds(*m_student, shape));
    Json speed = {{"images_per_second", images / training}};
    for (const auto& peer : m_peers) {
        perImage += 3 * 2.0 * static_cast<double>(multiplyAdds(*peer, shape));
    }
    for (const auto& teacher : m_teachers) {
        perImage += teacherShare * 2.0 * static_cast<double>(multiplyAdds(*teacher->model(), shape));
        speed["teacher_computed"] = teacherShare;
    }
    const double least = tuned.studentSecondsPerImage + teacherShare * tuned.teacherSecondsPerImage;
    speed["limit"] = tuned.studentSecondsPerImage > 0 ? Json(1 / least) : Json();
    speed["gigaflops"] = perImage * images / training / 1e9;
    speed["peak_gigaflops"] = tuned.peakGigaflops > 0 ? Json(tuned.peakGigaflops) : Json();
    return speed;
}

void Trainer::saveCheckpointNow()
{
    const Profile::Watch watch(m_profile, Phase::History);
    Checkpoint checkpoint;
    checkpoint.add("student/", studentState(false));
    m_stage->save(checkpoint);
    checkpoint.tensors["dropout"] = m_dropout.get_state();
    checkpoint.tensors["initialisation"] = m_initialisation.get_state();
    checkpoint.add("best/", m_best.state);
    for (std::size_t i = 0; i < m_peers.size(); ++i) {
        checkpoint.add("peer" + std::to_string(i + 1) + "/network/", toMap(m_peers[i]->state(), false));
    }
    Json& values = checkpoint.values;
    values["stage"] = m_stageIndex;
    values["stage_step"] = m_stageStep;
    values["step"] = m_step;
    values["seconds"] = secondsNow();
    values["probed_at"] = m_due.probedAt;
    values["validated_at"] = m_due.validatedAt;
    values["without_improvement"] = m_withoutImprovement;
    values["stage_best"] = m_stageBest;
    values["stage_is_over"] = m_stageIsOver;
    values["best_step"] = m_best.step;
    values["best_validation"] = m_best.validation;
    values["best_accuracy"] = m_bestAccuracy;
    values["last_validation"] = m_lastValidation;
    values["stages"] = m_stages;
    values["stage_begin"]
        = {{"step", m_stageBegin.step}, {"seconds", m_stageBegin.seconds}, {"validation", m_stageBegin.validation}};
    values["time"] = m_profile.toJson();
    values["learned_parameters"] = m_learnedParameters;
    values["images"] = m_images;
    values["teacher_images"] = m_teacherImages;
    m_measurements.flush(true);
    m_host.settle();
    m_host.saved(progress(), "checkpoint", saveCheckpoint(m_task.folder, m_step, checkpoint));
    m_checkpointStep = m_step;
    m_lastCheckpointAt = secondsNow();
}

void Trainer::restore(const Checkpoint& checkpoint)
{
    const Json& values = checkpoint.values;
    const auto stage = values.at("stage").get<std::size_t>();
    // The learned parts of a later stage are drawn when it begins; entering it here draws them anew, and the checkpoint's
    // tensors replace them.
    if (stage != m_stageIndex) {
        enterStage(stage);
    }
    loadState(*m_student, checkpoint.part("student/"), "the checkpoint");
    for (std::size_t i = 0; i < m_peers.size(); ++i) {
        loadState(*m_peers[i], checkpoint.part("peer" + std::to_string(i + 1) + "/network/"), "the checkpoint");
    }
    m_stage->restore(checkpoint);
    m_dropout.set_state(checkpoint.tensors.at("dropout"));
    m_initialisation.set_state(checkpoint.tensors.at("initialisation"));
    values.at("stage_step").get_to(m_stageStep);
    values.at("step").get_to(m_step);
    values.at("seconds").get_to(m_seconds);
    values.at("probed_at").get_to(m_due.probedAt);
    values.at("validated_at").get_to(m_due.validatedAt);
    values.at("without_improvement").get_to(m_withoutImprovement);
    values.at("stage_best").get_to(m_stageBest);
    values.at("stage_is_over").get_to(m_stageIsOver);
    m_best = {values.at("best_step").get<std::int64_t>(), checkpoint.part("best/"), values.at("best_validation")};
    values.at("best_accuracy").get_to(m_bestAccuracy);
    m_lastValidation = values.at("last_validation");
    if (values.contains("stage_begin")) {
        m_stages = values.at("stages");
        const Json& begin = values.at("stage_begin");
        m_stageBegin = {begin.at("step").get<std::int64_t>(), begin.at("seconds").get<double>(), begin.at("validation")};
    }
    m_checkpointStep = m_step;
    m_lastCheckpointAt = m_seconds;
    m_rateStart = m_speedRecordedAt = m_seconds;
    m_profile.restore(values.value("time", Json()));
    m_learnedParameters = std::max(m_learnedParameters, values.value("learned_parameters", std::int64_t(0)));
    m_images = values.value("images", std::int64_t(0));
    m_teacherImages = values.value("teacher_images", std::int64_t(0));
    m_host.tunables(m_stage->tunables());
}

std::string Trainer::saveWeights(const std::string& name, const Selection& selection,
                                 const std::map<std::string, at::Tensor>& state) const
{
    Json model = {{"kind", selection.kind}};
    model.update(selection.parameters);
    const InputShape& shape = m_task.dataset->shape;
    const Json input = {{"channels", shape.channels}, {"height", shape.height}, {"width", shape.width},
                        {"mean", m_split.mean}, {"deviation", m_split.deviation}};
    const std::string path = (std::filesystem::path(m_task.folder) / (name + ".safetensors")).string();
    writeSafetensors(path, {state, {{"format", "pt"},
                                    {"model", model.dump()},
                                    {"input", input.dump()},
                                    {"classes", Json(m_task.dataset->classes).dump()}}});
    return path;
}

std::map<std::string, at::Tensor> Trainer::studentState(bool copy) const
{
    return toMap(m_student->state(), copy);
}

double Trainer::secondsNow() const
{
    return m_clockStart > 0 ? m_seconds + monotonicSeconds() - m_clockStart : m_seconds;
}

void Trainer::pauseClock()
{
    m_seconds = secondsNow();
    m_clockStart = 0;
}

void Trainer::startClock()
{
    m_clockStart = monotonicSeconds();
}

} // namespace distill
