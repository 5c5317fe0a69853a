// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/runner.h"

#include "engine/answers.h"
#include "engine/device.h"
#include "engine/ownthread.h"
#include "models/atomicfile.h"
#include "models/safetensors.h"
#include "training/trainer.h"
#include "training/tuner.h"

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

namespace distill {

namespace {

/// Weights carry the classes they were trained for; a mismatch is said in those words rather than in tensor shapes.
void checkClasses(const std::string& weights, const Dataset& dataset, const std::string& who)
{
    const TensorFile file = readSafetensors(weights);
    const auto found = file.metadata.find("classes");
    if (found == file.metadata.end()) {
        return;
    }
    const Json classes = Json::parse(found->second, nullptr, false);
    if (classes.is_array() && classes.size() != dataset.classes.size()) {
        throw InputError(who + " was trained for " + std::to_string(classes.size()) + " classes and " + dataset.name + " has "
                         + std::to_string(dataset.classes.size()) + "; teacher and student need the same classes");
    }
}

TrainingTask makeTask(const RunRow& run, Experiment experiment, const History& history)
{
    TrainingTask task;
    task.experiment = std::move(experiment);
    task.device = deviceFrom(task.experiment.compute.device);
    task.dataset = loadDataset(task.experiment.data.dataset, history.workspace());
    task.folder = runFolder(history, run.id);

    const Json& teacher = task.experiment.teacher.parameters;
    if (!run.teachers.empty()) {
        const RunRow row = history.run(run.teachers.front()).value();
        const Experiment described = schema().read(Document::parse(history.experimentText(row.id)));
        task.teacher = {described.student.model, weightsOf(history, row.id), row.id};
    } else if (task.experiment.teacher.kind == "weights") {
        const Json& model = teacher.at("model");
        task.teacher = {Selection{model.at("kind").get<std::string>(), model}, teacher.at("file").get<std::string>(), {}};
    }
    if (task.teacher) {
        checkClasses(task.teacher->weights, *task.dataset, "The teacher");
    }

    const Selection& initialisation = task.experiment.student.initialisation;
    if (initialisation.kind == "weights") {
        task.initialWeights = initialisation.parameters.at("file").get<std::string>();
    } else if (initialisation.kind == "run") {
        task.initialWeights = weightsOf(history, history.resolve(initialisation.parameters.at("run").get<std::string>()));
    }
    return task;
}

Json toJson(const Execution& execution)
{
    return {{"bfloat16", execution.bfloat16}, {"channels_last", execution.channelsLast}};
}

Execution executionFrom(const Json& json)
{
    return {json.at("bfloat16").get<bool>(), json.at("channels_last").get<bool>()};
}

/// Precision and layout, chosen when the run starts for the first time and then kept with it: a resumed run computes as it
/// did before, whatever the tuner would say by now.
void chooseExecutions(TrainingTask& task, const History& history, const std::function<void(const std::string&)>& log)
{
    const fs::path kept = fs::path(task.folder) / "execution.json";
    if (std::ifstream file(kept); file) {
        const Json json = Json::parse(file);
        task.studentExecution = executionFrom(json.at("student"));
        task.teacherExecution = executionFrom(json.at("teacher"));
        if (json.contains("speed")) {
            json.at("speed").at("student").get_to(task.tuned.studentSecondsPerImage);
            json.at("speed").at("teacher").get_to(task.tuned.teacherSecondsPerImage);
            json.at("speed").at("peak").get_to(task.tuned.peakGigaflops);
        }
        return;
    }
    const Tuner tuner((fs::path(history.workspace()) / "tuning.json").string());
    const auto choose = [&](const Selection& model, bool trains) {
        const auto choice = tuner.choose({.model = model,
                                          .shape = task.dataset->shape,
                                          .classes = static_cast<std::int64_t>(task.dataset->classes.size()),
                                          .batch = task.experiment.stages.front().batchSize,
                                          .device = task.device,
                                          .hardware = processorName(),
                                          .trains = trains},
                                         task.experiment.compute);
        if (!choice.sentence.empty()) {
            log(choice.sentence);
        }
        return choice;
    };
    const Tuner::Choice student = choose(task.experiment.student.model, true);
    task.studentExecution = student.execution;
    task.tuned.studentSecondsPerImage = student.secondsPerImage;
    if (task.teacher) {
        const Tuner::Choice teacher = choose(task.teacher->model, false);
        task.teacherExecution = teacher.execution;
        task.tuned.teacherSecondsPerImage = teacher.secondsPerImage;
    }
    task.tuned.peakGigaflops = tuner.peakGigaflops(student.execution.bfloat16, task.device, processorName());
    const std::string text = Json{{"student", toJson(task.studentExecution)},
                                  {"teacher", toJson(task.teacherExecution)},
                                  {"speed",
                                   {{"student", task.tuned.studentSecondsPerImage},
                                    {"teacher", task.tuned.teacherSecondsPerImage},
                                    {"peak", task.tuned.peakGigaflops}}}}
                                 .dump();
    AtomicFile file(kept.string());
    file.write(text.data(), text.size());
    file.commit();
}

/// Where the teacher's answers go, and all that decides them beside the inputs.
void chooseAnswers(TrainingTask& task, const History& history)
{
    const ComputeSettings& compute = task.experiment.compute;
    if (!task.teacher || compute.teacherAnswers == "computed") {
        return;
    }
    task.answers = AnswerCache{.folder = answersFolder(history),
                               .teacher = {{"weights", sha256OfFile(task.teacher->weights)},
                                           {"model", modelLabel(task.teacher->model)},
                                           {"parameters", task.teacher->model.parameters},
                                           {"precision", task.teacherExecution.precision()},
                                           {"layout", task.teacherExecution.layout()},
                                           {"device", task.device.is_cpu() ? processorName() : task.device.str()},
                                           {"libtorch", machine().libtorch}},
                               .largestBytes = static_cast<std::int64_t>(compute.storedGigabytes * 1e9),
                               .topK = compute.storedTopK};
}

void conclude(LiveRun& run, History& history, const Trainer::Outcome& outcome)
{
    run.flushFigures();
    switch (outcome.end) {
    case Trainer::Outcome::End::Finished:
        history.setSummary(run.id(), outcome.summary);
        history.flush(); // throws on a full disk: a run without its curves is not finished, and its checkpoint stays
        run.setState(RunState::Finished, {});
        removeCheckpoints(runFolder(history, run.id()));
        break;
    case Trainer::Outcome::End::Stopped:
        run.setState(RunState::Stopped, {});
        break;
    case Trainer::Outcome::End::Interrupted:
        run.setState(RunState::Interrupted, {});
        break;
    case Trainer::Outcome::End::Diverged:
        run.setState(RunState::Diverged, outcome.message);
        break;
    }
}

} // namespace

std::string runFolder(const History& history, const RunId& id)
{
    const fs::path folder = fs::path(history.workspace()) / "runs" / id;
    fs::create_directories(folder);
    return folder.string();
}

std::string answersFolder(const History& history)
{
    return (fs::path(history.workspace()) / "answers").string();
}

std::string weightsOf(const History& history, const RunId& id)
{
    const RunRow row = history.run(id).value();
    const Experiment experiment = schema().read(Document::parse(history.experimentText(id)));
    for (const Artefact& artefact : history.artefacts(id)) {
        if (artefact.kind == experiment.evaluation.report) {
            const fs::path path = fs::path(history.workspace()) / artefact.path;
            if (!fs::exists(path)) {
                throw InputError("The weights of run " + id + " (" + row.name + ") are gone: " + path.string());
            }
            return path.string();
        }
    }
    throw InputError("Run " + id + " (" + row.name + ") is " + nameOf(row.state) + " and has no final weights yet");
}

std::vector<StoredAnswers> storedAnswers(const History& history)
{
    std::vector<StoredAnswers> result;
    for (const AnswerFileEntry& entry : answerFiles(answersFolder(history), true)) {
        result.push_back({entry.path, entry.description, entry.bytes, entry.usedAt, entry.records, entry.count.whole, entry.count.damaged});
    }
    return result;
}

std::int64_t trimStoredAnswers(const History& history, std::int64_t bytes)
{
    return trimAnswerFiles(answersFolder(history), bytes);
}

AnswerCheck verifyAnswers(const History& history, const RunId& id, std::int64_t samples)
{
    const RunRow row = history.run(id).value();
    TrainingTask task = makeTask(row, schema().read(Document::parse(history.experimentText(id))), history);
    chooseExecutions(task, history, [](const std::string&) {});
    chooseAnswers(task, history);
    if (!task.answers) {
        throw InputError("Run " + id + " (" + row.name + ") stores no teacher's answers");
    }
    const auto verdict = onItsOwnThread([&] { return Trainer::verifyAnswers(std::move(task), samples); });
    if (!verdict) {
        throw InputError("Run " + id + " (" + row.name + ") stores no teacher's answers: its objective asks no teacher, or the file"
                         " would be larger than /compute/stored_gigabytes");
    }
    return {verdict->stored, verdict->wrong, verdict->damaged};
}

std::optional<RunId> finishedRunOf(const History& history, const std::string& contentHash)
{
    const auto found = history.findByContent(contentHash, RunState::Finished);
    if (!found) {
        return std::nullopt;
    }
    for (const Artefact& artefact : history.artefacts(*found)) {
        std::error_code error;
        const auto bytes = fs::file_size(fs::path(history.workspace()) / artefact.path, error);
        if ((artefact.kind == "last" || artefact.kind == "best") && (error || bytes != static_cast<std::uintmax_t>(artefact.bytes))) {
            return std::nullopt;
        }
    }
    return found;
}

void train(LiveRun& run, History& history)
{
    try {
        run.setDevice(deviceFrom(run.experiment().compute.device).str());
        run.setState(RunState::Running, {});
        run.takeThreads();
        TrainingTask task = makeTask(run.row(), run.experiment(), history);
        task.threads = run.status().threads;
        chooseExecutions(task, history, [&run](const std::string& sentence) { run.note("log", sentence); });
        chooseAnswers(task, history);
        Trainer trainer(std::move(task), run);
        conclude(run, history, trainer.run());
    } catch (const std::exception& error) {
        const std::string sentence = sentenceOf(error);
        run.note("log", error.what());
        try {
            run.setState(RunState::Failed, sentence);
        } catch (const std::exception&) {
            // The history cannot be written; its health says so, and the run becomes Interrupted at the next start.
        }
    }
}

} // namespace distill
