// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/runner.h"

#include "engine/device.h"
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

TrainingTask makeTask(const LiveRun& run, const History& history)
{
    TrainingTask task;
    task.experiment = run.experiment();
    task.device = deviceFrom(task.experiment.compute.device);
    task.dataset = loadDataset(task.experiment.data.dataset, history.workspace());
    task.folder = runFolder(history, run.id());

    const Json& teacher = task.experiment.teacher.parameters;
    if (!run.row().teacher.empty()) {
        const RunRow row = history.run(run.row().teacher).value();
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
void chooseExecutions(TrainingTask& task, LiveRun& run, const History& history)
{
    const fs::path kept = fs::path(task.folder) / "execution.json";
    if (std::ifstream file(kept); file) {
        const Json json = Json::parse(file);
        task.studentExecution = executionFrom(json.at("student"));
        task.teacherExecution = executionFrom(json.at("teacher"));
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
            run.note("log", choice.sentence);
        }
        return choice.execution;
    };
    task.studentExecution = choose(task.experiment.student.model, true);
    if (task.teacher) {
        task.teacherExecution = choose(task.teacher->model, false);
    }
    const std::string text = Json{{"student", toJson(task.studentExecution)}, {"teacher", toJson(task.teacherExecution)}}.dump();
    AtomicFile file(kept.string());
    file.write(text.data(), text.size());
    file.commit();
}

void conclude(LiveRun& run, History& history, const Trainer::Outcome& outcome)
{
    run.flushFigures();
    switch (outcome.end) {
    case Trainer::Outcome::End::Finished:
        history.setSummary(run.id(), outcome.summary);
        run.setState(RunState::Finished, {});
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

void train(LiveRun& run, History& history)
{
    try {
        run.setState(RunState::Running, {});
        run.takeThreads();
        TrainingTask task = makeTask(run, history);
        task.threads = run.status().threads;
        run.setDevice(task.device.str());
        chooseExecutions(task, run, history);
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
