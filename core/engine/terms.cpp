// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/batches.h"
#include "engine/engine.h"
#include "engine/ownthread.h"
#include "engine/parts.h"
#include "objectives/formula.h"

#include <regex>

namespace distill {

namespace {

/// The experiment that a pointer leads into, an inline teacher's or the document itself, and the rest of the pointer.
std::pair<Json, std::string> innermost(const Json& document, std::string pointer)
{
    static const std::regex inner("^/teacher(/members/[0-9]+)?/experiment(?=/)");
    const Json* experiment = &document;
    for (std::smatch found; std::regex_search(pointer, found, inner);) {
        const Json::json_pointer place(found.str());
        if (!experiment->contains(place)) {
            break;
        }
        experiment = &experiment->at(place);
        pointer.erase(0, found.str().size());
    }
    return {*experiment, pointer};
}

Json valueAt(const Json& document, const std::string& pointer)
{
    const Json::json_pointer place(pointer);
    return document.contains(place) ? document.at(place) : Json();
}

/// One stage with this objective. A teacher stands for whatever the document names: what is asked is the objective's own.
Json stageOnly(const Json& objective)
{
    const Json teacher{{"kind", "run"}, {"run", "any"}};
    Json stage = Json::object();
    stage["objective"] = objective;
    return Json{{"teacher", teacher}, {"stages", Json::array({stage})}};
}

Experiment stageOf(const Json& objective)
{
    return schema().read(stageOnly(objective));
}

TermInspection inspectHere(const Document& document, const std::string& pointer, const History* history)
{
    const auto [whole, place] = innermost(document.json(), pointer);
    Json term = valueAt(whole, place);
    if (!term.is_object()) {
        throw InputError(pointer + ": there is no term of an objective here");
    }
    for (const char* common : {"weight", "weight_schedule", "temperature_schedule", "muted"}) {
        term.erase(common); // sound or not, they do not matter here
    }
    Json networks = Json::object(); // an experiment of nothing else
    for (const char* key : {"data", "student", "teacher"}) {
        if (whole.contains(key)) {
            networks[key] = whole.at(key);
        }
    }
    const ExperimentParts parts = partsOf(schema().read(networks), history);

    TermInspection result;
    result.student = costOf(*parts.student, parts.outline.shape);
    if (Model* teacher = parts.shownTeacher()) {
        result.teacher = costOf(*teacher, parts.outline.shape);
    }
    const std::vector<Problem> problems = schema().check(Document::fromJson(stageOnly(Json::array({term}))));
    if (!problems.empty()) {
        const std::string& where = problems.front().pointer;
        result.problem = where.substr(where.rfind('/') + 1) + ": " + problems.front().message;
        return result;
    }
    at::Generator generator = makeGenerator(at::kCPU, 0);
    try {
        const Selection selection = stageOf(Json::array({term})).stages.at(0).objective.at(0).objective;
        const auto objective = makeObjective(selection);
        objective->prepare(settingOf(parts, generator));
        result.outline = {pointer, objective->learnedParameters(), objective->remarks()};
    } catch (const PairMismatch& mismatch) {
        result.problem = mismatch.what();
        result.studentLayer = mismatch.student;
        result.teacherLayer = mismatch.teacher;
    } catch (const InputError& error) {
        result.problem = error.what();
    }
    return result;
}

} // namespace

TermInspection inspectTerm(const Document& document, const std::string& term, const History* history)
{
    return onItsOwnThread([&] { return inspectHere(document, term, history); });
}

std::vector<std::string> lossFormula(const Json& document, const std::string& stage)
{
    const auto [whole, place] = innermost(document, stage);
    const Json objective = valueAt(whole, place + "/objective");
    const Json augmentation = valueAt(whole, "/data/augmentation");
    const auto mixes = [&](const char* key) {
        return augmentation.is_object() && augmentation.contains(key) && augmentation.at(key).is_number()
            && augmentation.at(key).get<double>() > 0;
    };
    try {
        Experiment experiment = stageOf(objective.is_null() ? Json::array({Json{{"kind", "cross_entropy"}}}) : objective);
        const Json balance = valueAt(whole, place + "/balance/kind");
        experiment.stages.at(0).balance.kind = balance == "gradients" || balance == "values" ? balance.get<std::string>() : "none";
        std::vector<std::string> lines = distill::lossFormula(experiment.stages.at(0), mixes("mixup") || mixes("cutmix"));
        const Json kind = valueAt(whole, "/teacher/kind");
        if (kind == "ensemble") {
            const Json combine = valueAt(whole, "/teacher/combine"), heat = valueAt(whole, "/teacher/temperature");
            const std::string t = heat.is_number() ? numberText(heat.get<double>()) : "1";
            lines.push_back(combine == "logits"                  ? "z_t = weighted mean of the teachers' logits"
                                : combine == "log_probabilities" ? "z_t = weighted mean of the teachers' log softmax(z)"
                                                                 : "z_t = " + t + " log of the weighted mean of softmax(z/" + t
                                        + ") over the teachers");
        } else if (kind == "peers") {
            lines.push_back("z_t = each other network's z_s in turn, without gradient; the term is the mean over them");
        }
        return lines;
    } catch (const InputError&) {
        return {};
    }
}

std::string objectiveFormula(const std::string& kind, const Json& parameters)
{
    Json term = parameters;
    term["kind"] = kind;
    return formulaOf(stageOf(Json::array({term})).stages.at(0).objective.at(0).objective);
}

} // namespace distill
