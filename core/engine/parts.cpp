// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/parts.h"

#include "data/batches.h"
#include "training/device.h"
#include "engine/runner.h"
#include "training/stage.h"

#include <filesystem>

namespace distill {

namespace {

ObjectiveSetting settingOf(const ExperimentParts& parts, Model& network, at::Generator& generator)
{
    std::vector<Model*> together{parts.student.get()}, teachers;
    for (const auto& peer : parts.peers) {
        together.push_back(peer.get());
    }
    for (const auto& teacher : parts.teachers) {
        teachers.push_back(teacher.get());
    }
    ObjectiveSetting setting = Stage::settingOf(together, network, teachers, parts.outline.shape);
    setting.generator = &generator;
    setting.samples = parts.outline.train;
    return setting;
}

/// Prepares the terms of every stage for every network that learns; returns the student's.
std::vector<TermOutline> outlineTerms(const Experiment& experiment, const ExperimentParts& parts)
{
    at::Generator generator = makeGenerator(at::kCPU, 0);
    const bool hasPeers = !parts.peers.empty();
    std::vector<TermOutline> outlines;
    for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
        const std::string pointer = "/stages/" + std::to_string(i);
        const auto prepare = [&](Model& network) {
            Terms terms(experiment.stages[i], pointer, settingOf(parts, network, generator), hasPeers || !parts.teachers.empty(),
                        at::kCPU);
            Stage::moved(experiment.stages[i], network, terms, hasPeers, pointer);
            return terms;
        };
        for (const Terms::Outline& term : prepare(*parts.student).outlines()) {
            outlines.push_back({term.pointer, term.learnedParameters, term.remarks});
        }
        for (const auto& peer : parts.peers) {
            prepare(*peer);
        }
    }
    return outlines;
}

/// A teacher answers for the classes it was trained for.
void checkClasses(const Experiment& teacher, const DatasetOutline& outline, const History* history, const std::string& pointer)
{
    DatasetOutline its;
    try {
        its = outlineDataset(teacher.data.dataset, history ? history->workspace() : std::string());
    } catch (const InputError&) {
        return; // its data are not here any more; its weights may be
    }
    if (its.classes != outline.classes) {
        throw InputError(pointer + ": this teacher is trained for the " + std::to_string(its.classes) + " classes of " + its.name
                         + " and " + outline.name + " has " + std::to_string(outline.classes)
                         + "; teacher and student need the same classes");
    }
}

/// The model that a member teaches with, where it can be told here.
std::optional<Selection> modelOf(const TeacherMember& member, const History* history, ExperimentParts& parts, const std::string& pointer)
{
    const Json& parameters = member.teacher.parameters;
    const std::string& kind = member.teacher.kind;
    if (kind == "weights") {
        if (const auto file = parameters.at("file").get<std::string>(); !std::filesystem::exists(file)) {
            throw InputError(pointer + "/file: there is no file " + file + "; name a safetensors file of the teacher's weights");
        }
    }
    if (kind == "weights" || kind == "random") {
        const Json& model = parameters.at("model");
        return Selection{model.at("kind").get<std::string>(), model};
    }
    if (kind == "experiment") {
        const Document inner = Document::fromJson(parameters.at("experiment"));
        if (!history || !finishedRunOf(*history, schema().contentHash(inner.json()))) {
            parts.inner.push_back(inner);
        }
        const Experiment described = schema().read(inner);
        checkClasses(described, parts.outline, history, pointer + "/experiment");
        return described.student.model;
    }
    if (history) {
        const RunId id = resolveTeacher(*history, parameters.at("run").get<std::string>(), pointer + "/run");
        const Experiment described = schema().read(Document::parse(history->experimentText(id)));
        checkClasses(described, parts.outline, history, pointer + "/run");
        return described.student.model;
    }
    return std::nullopt;
}

} // namespace

ModelCost costOf(Model& model, const InputShape& shape)
{
    ModelCost cost{model.parameterCount(), 0, model.label(), {}};
    for (TapOutline& tap : outlineTaps(model, shape)) {
        cost.multiplyAdds = std::max(cost.multiplyAdds, tap.multiplyAdds);
        cost.layers.push_back({std::move(tap.name), std::move(tap.shape), tap.multiplyAdds, tap.parameters});
    }
    return cost;
}

Model* ExperimentParts::shownTeacher() const
{
    if (teachers.size() == 1) {
        return teachers.front().get();
    }
    return peers.empty() ? nullptr : peers.front().get();
}

ObjectiveSetting settingOf(const ExperimentParts& parts, at::Generator& generator)
{
    return settingOf(parts, *parts.student, generator);
}

ExperimentParts partsOf(const Experiment& experiment, const History* history)
{
    deviceFrom(experiment.compute.device);
    ExperimentParts parts;
    parts.outline = outlineDataset(experiment.data.dataset, history ? history->workspace() : std::string());
    at::Generator generator = makeGenerator(at::kCPU, 0);
    const auto build = [&](const Selection& model) { return makeModel(model, parts.outline.shape, parts.outline.classes, generator); };
    parts.student = build(experiment.student.model);
    const std::vector<TeacherMember> members = ensembleOf(experiment.teacher).members;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const bool several = experiment.teacher.kind == "ensemble";
        const auto model = modelOf(members[i], history, parts, several ? "/teacher/members/" + std::to_string(i) : "/teacher");
        parts.complete = parts.complete && model;
        if (model) {
            parts.teacherModels.push_back(*model);
            parts.teachers.push_back(build(*model));
        }
    }
    for (const Selection& peer : peersOf(experiment.teacher)) {
        parts.peers.push_back(build(peer));
    }
    if (parts.complete) {
        parts.terms = outlineTerms(experiment, parts);
    }
    return parts;
}

} // namespace distill
