// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/controls.h"

#include "data/split.h"
#include "engine/engine.h"
#include "training/stage.h"

namespace distill {

namespace {

constexpr std::int64_t twinSeedsApart = 500; // half way between one generation and the next

Document resolved(const Document& document)
{
    return Document::fromJson(schema().resolve(document.json()));
}

/// What the runs that the document asks for beside itself are to it is said in their rows.
Document withoutControls(const Document& document)
{
    return document.json().contains("controls") ? document.without("/controls") : document;
}

Document documentOfTeacher(const Document& document, const Selection& teacher, const std::string& pointer, const History& history)
{
    return teacher.kind == "run" ? Document::parse(history.experimentText(history.resolve(teacher.parameters.at("run").get<std::string>())))
                                 : Document::fromJson(document.json().at(Json::json_pointer(pointer + "/experiment")));
}

/// The network that teaches, as the document describes it.
Json modelOf(const Document& document, const Selection& teacher, const std::string& pointer, const History& history)
{
    if (teacher.kind == "run" || teacher.kind == "experiment") {
        return resolved(documentOfTeacher(document, teacher, pointer, history)).json().at("student").at("model");
    }
    return teacher.parameters.at("model");
}

} // namespace

Document aloneDocument(const Document& document, const Experiment& experiment, const History& history)
{
    Document alone = withoutControls(resolved(document))
                         .with("/data/transfer/samples", "labelled")
                         .with("/data/transfer/labels", true);
    if (experiment.teacher.kind == "peers") { // among them it would not be alone
        alone = alone.with("/teacher", {{"kind", "none"}});
    }
    for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
        const StageSettings& stage = experiment.stages[i];
        const std::string pointer = "/stages/" + std::to_string(i);
        Json crossEntropy = {{"kind", "cross_entropy"}};
        for (const TermSettings& term : stage.objective) {
            if (term.objective.kind == "cross_entropy") {
                crossEntropy.update(term.objective.parameters);
            }
        }
        alone = alone.with(pointer + "/objective", Json::array({crossEntropy}));
        if (stage.optimiser.kind == "dot") { // without a teacher's loss only its plain form is left
            DotSettings dot;
            readFields(stage.optimiser.parameters, dot);
            alone = alone.with(pointer + "/optimiser", {{"kind", "sgd"}, {"momentum", dot.momentum}});
        }
        const DataSettings data = dataOf(experiment.data, stage);
        if (stage.data.kind == "own") {
            alone = alone.with(pointer + "/data/transfer/samples", "labelled").with(pointer + "/data/transfer/labels", true);
        }
        if (data.transfer.samples != "labelled" && data.labelled > 0) { // as many steps, though they are fewer samples
            const auto dataset = loadDataset(data.dataset, history.workspace());
            const std::int64_t samples = makeSplit(*dataset, data, 0).transfer.size(0);
            alone = alone.with(pointer + "/steps", Stage::totalSteps(stage, samples));
        }
    }
    // A stage in which only the objective's learned parts move is none of the student's.
    Json stages = Json::array();
    for (const Json& stage : alone.json().at("stages")) {
        if (stage.at("trainable").at("kind") != "learned") {
            stages.push_back(stage);
        }
    }
    if (stages.empty()) {
        throw InputError("/controls/student_alone: no stage moves the student, so that there is nothing to compare with; expected"
                         " false");
    }
    return stages.size() < experiment.stages.size() ? alone.with("/stages", stages) : alone;
}

Document twinDocument(const Document& document, const Experiment& experiment, const History& history)
{
    const Document teacher = withoutControls(documentOfTeacher(document, experiment.teacher, "/teacher", history));
    return schema().with(teacher, "/seed", schema().read(teacher).seed + twinSeedsApart);
}

Document randomTeacherDocument(const Document& document, const Experiment& experiment, const History& history)
{
    const auto random = [&](const Selection& teacher, const std::string& pointer, std::int64_t seed) {
        return Json{{"kind", "random"}, {"model", modelOf(document, teacher, pointer, history)}, {"seed", seed}};
    };
    const Document own = withoutControls(document);
    if (experiment.teacher.kind != "ensemble") {
        return own.with("/teacher", random(experiment.teacher, "/teacher", 0));
    }
    Document ensemble = own;
    const std::vector<TeacherMember> members = ensembleOf(experiment.teacher).members;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const std::string pointer = "/teacher/members/" + std::to_string(i);
        // A seed each, or the members would be one network.
        Json member = random(members[i].teacher, pointer, experiment.seed * 1000 + static_cast<std::int64_t>(i) + 1);
        member["weight"] = members[i].weight;
        ensemble = ensemble.with(pointer, member);
    }
    return ensemble;
}

} // namespace distill
