// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/runner.h"

#include "engine/answers.h"
#include "training/device.h"
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

    auto next = run.teachers.begin();
    for (const TeacherMember& member : ensembleOf(task.experiment.teacher).members) {
        const Json& teacher = member.teacher.parameters;
        TrainingTask::TeacherSource source;
        if (member.teacher.kind == "run" || member.teacher.kind == "experiment") {
            if (next == run.teachers.end()) {
                throw InputError("The history names no teacher of run " + run.id + ", and its experiment has one");
            }
            const RunId& id = *next++;
            const Experiment described = schema().read(Document::parse(history.experimentText(id)));
            source = {described.student.model, weightsOf(history, id), id};
        } else {
            const Json& model = teacher.at("model");
            source.model = Selection{model.at("kind").get<std::string>(), model};
        }
        if (member.teacher.kind == "weights") {
            teacher.at("file").get_to(source.weights);
        }
        if (member.teacher.kind == "random") {
            const auto seed = teacher.at("seed").get<std::uint64_t>();
            source.seed = seed > 0 ? seed : deriveSeed(static_cast<std::uint64_t>(task.experiment.seed), "random teacher");
        } else {
            checkClasses(source.weights, *task.dataset, "The teacher");
        }
        task.teachers.push_back(std::move(source));
    }
    for (const Selection& model : peersOf(task.experiment.teacher)) {
        task.peers.push_back({model});
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

/// Each network's execution, by reference, in the order in which a file keeps them: student, teachers, peers.
struct Executed {
    const Selection& model;
    Execution& execution;
    bool trains;
    double& seconds; ///< an image; those of one side add up
};
std::vector<Executed> executedBy(TrainingTask& task)
{
    double& studentSeconds = task.tuned.studentSecondsPerImage;
    std::vector<Executed> all{{task.experiment.student.model, task.studentExecution, true, studentSeconds}};
    for (TrainingTask::TeacherSource& teacher : task.teachers) {
        all.push_back({teacher.model, teacher.execution, false, task.tuned.teacherSecondsPerImage});
    }
    for (TrainingTask::Peer& peer : task.peers) {
        all.push_back({peer.model, peer.execution, true, studentSeconds});
    }
    return all;
}

/// Precision and layout, chosen when the run starts for the first time and then kept with it: a resumed run computes as it
/// did before, whatever the tuner would say by now.
void chooseExecutions(TrainingTask& task, const History& history, const std::function<void(const std::string&)>& log)
{
    const fs::path kept = fs::path(task.folder) / "execution.json";
    std::vector<Executed> networks = executedBy(task);
    if (std::ifstream file(kept); file) {
        const Json json = Json::parse(file);
        if (json.contains("networks")) {
            for (std::size_t i = 0; i < networks.size(); ++i) {
                networks[i].execution = executionFrom(json.at("networks").at(i));
            }
        } else { // of a run begun when there was one teacher at most
            task.studentExecution = executionFrom(json.at("student"));
            for (TrainingTask::TeacherSource& teacher : task.teachers) {
                teacher.execution = executionFrom(json.at("teacher"));
            }
        }
        if (json.contains("speed")) {
            json.at("speed").at("student").get_to(task.tuned.studentSecondsPerImage);
            json.at("speed").at("teacher").get_to(task.tuned.teacherSecondsPerImage);
            json.at("speed").at("peak").get_to(task.tuned.peakGigaflops);
        }
        return;
    }
    const Tuner tuner((fs::path(history.workspace()) / "tuning.json").string());
    Json chosen = Json::array();
    for (Executed& network : networks) {
        const auto choice = tuner.choose({.model = network.model,
                                          .shape = task.dataset->shape,
                                          .classes = static_cast<std::int64_t>(task.dataset->classes.size()),
                                          .batch = task.experiment.stages.front().batchSize,
                                          .device = task.device,
                                          .hardware = processorName(),
                                          .trains = network.trains},
                                         task.experiment.compute);
        if (!choice.sentence.empty()) {
            log(choice.sentence);
        }
        network.execution = choice.execution;
        network.seconds += choice.secondsPerImage;
        chosen.push_back(toJson(choice.execution));
    }
    task.tuned.peakGigaflops = tuner.peakGigaflops(task.studentExecution.bfloat16, task.device, processorName());
    const std::string text = Json{{"networks", chosen},
                                  {"speed",
                                   {{"student", task.tuned.studentSecondsPerImage},
                                    {"teacher", task.tuned.teacherSecondsPerImage},
                                    {"peak", task.tuned.peakGigaflops}}}}
                                 .dump();
    AtomicFile file(kept.string());
    file.write(text.data(), text.size());
    file.commit();
}

/// Where the teachers' answers go, and all that decides them beside the inputs.
void chooseAnswers(TrainingTask& task, const History& history)
{
    const ComputeSettings& compute = task.experiment.compute;
    if (compute.teacherAnswers == "computed") {
        return;
    }
    for (TrainingTask::TeacherSource& teacher : task.teachers) {
        teacher.answers
            = AnswerCache{.folder = answersFolder(history),
                          .teacher = {{"weights", teacher.weights.empty() ? "random " + std::to_string(teacher.seed)
                                                                          : sha256OfFile(teacher.weights)},
                                      {"model", modelLabel(teacher.model)},
                                      {"parameters", teacher.model.parameters},
                                      {"precision", teacher.execution.precision()},
                                      {"layout", teacher.execution.layout()},
                                      {"device", task.device.is_cpu() ? processorName() : task.device.str()},
                                      {"libtorch", machine().libtorch}},
                          .largestBytes = static_cast<std::int64_t>(compute.storedGigabytes * 1e9),
                          .topK = compute.storedTopK};
    }
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
        run.setState(RunState::Stopped, run.whyItEnds());
        break;
    case Trainer::Outcome::End::Interrupted:
        // Stopped after all, where that was asked for while the checkpoint was written.
        run.setState(run.isHeld()                                     ? RunState::Queued
                         : run.wanted() == Control::Action::Stop ? RunState::Stopped
                                                                 : RunState::Interrupted,
                     run.whyItEnds());
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

void requireTrained(const RunRow& run)
{
    if (run.isImported()) {
        throw InputError("Run " + run.id + " (" + run.name + ") was imported: it has curves, and no experiment and no weights");
    }
}

Experiment experimentOf(const History& history, const RunId& id)
{
    if (const auto row = history.run(id)) {
        requireTrained(*row);
    }
    return schema().read(Document::parse(history.experimentText(id)));
}

std::string weightsOf(const History& history, const RunId& id)
{
    const RunRow row = history.run(id).value();
    const Experiment experiment = experimentOf(history, id);
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
    TrainingTask task = makeTask(row, experimentOf(history, id), history);
    chooseExecutions(task, history, [](const std::string&) {});
    chooseAnswers(task, history);
    if (std::none_of(task.teachers.begin(), task.teachers.end(), [](const auto& teacher) { return teacher.answers.has_value(); })) {
        throw InputError("Run " + id + " (" + row.name + ") stores no teacher's answers");
    }
    const auto verdict = onItsOwnThread([&] { return Trainer::verifyAnswers(std::move(task), samples); });
    if (!verdict) {
        throw InputError("Run " + id + " (" + row.name + ") stores no teacher's answers: its objective asks no teacher, or the file"
                         " would be larger than /compute/stored_gigabytes");
    }
    return {verdict->stored, verdict->wrong, verdict->damaged};
}

RunId resolveTeacher(const History& history, const std::string& part, const std::string& pointer)
{
    RunId id;
    try {
        id = history.resolve(part);
    } catch (const InputError& error) {
        throw InputError(pointer + ": " + error.what());
    }
    const RunRow found = *history.run(id);
    if (found.isImported()) {
        throw InputError(pointer + ": run " + id + " (" + found.name + ") was imported: it has curves and no weights to teach with");
    }
    if (found.state != RunState::Finished && !isLive(found.state)) {
        throw InputError(pointer + ": run " + id + " (" + found.name + ") is " + nameOf(found.state)
                         + (canResume(found.state) ? "; resume it until it is finished, or name another"
                                                   : " and has no weights to teach with"));
    }
    return id;
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
