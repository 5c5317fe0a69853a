// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/checker.h"
#include "experiment/wording.h"

#include <algorithm>
#include <set>

namespace distill {

namespace {

class Rules {
public:
    std::vector<BrokenRule> take() { return std::move(m_broken); }

    /// Notes a rule as broken at the first of the places it looked at.
    void broken(std::vector<std::string> places, std::string message)
    {
        std::string pointer = places.front();
        m_broken.push_back({{std::move(pointer), std::move(message)}, std::move(places)});
    }

    template <class Value> void distinct(const std::string& pointer, const std::vector<Value>& values)
    {
        std::set<Value> seen;
        for (std::size_t i = 0; i < values.size() && m_broken.size() < Checker::mostFindings; ++i) {
            if (!seen.insert(values[i]).second) {
                broken({pointer + "/" + std::to_string(i)},
                       "expected each value once, got " + wording::cut(Json(values[i]).dump(), 40) + " again");
            }
        }
    }

    void schedule(const std::string& pointer, const ScheduleSettings& settings)
    {
        if (settings.kind == "step") {
            const auto& steps = settings.milestones;
            const auto early
                = std::adjacent_find(steps.begin(), steps.end(), [](double a, double b) { return a >= b; });
            if (early != steps.end()) {
                broken({pointer + "/milestones/" + std::to_string(early + 1 - steps.begin())},
                       "expected a later milestone than the one before, got " + wording::number(*(early + 1))
                           + " after " + wording::number(*early));
            }
        }
    }

private:
    std::vector<BrokenRule> m_broken;
};

bool isDevice(const std::string& name)
{
    if (name == "auto" || name == "cpu" || name == "cuda") {
        return true;
    }
    const std::string number = name.starts_with("cuda:") ? name.substr(5) : "";
    return !number.empty() && number.size() <= 3
        && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void stageRules(Rules& rules, const StageSettings& stage, const std::string& pointer, bool hasTeacher,
                bool hasValidation, const Catalogue& catalogue)
{
    if (stage.epochs == 0 && stage.steps == 0) {
        rules.broken({pointer + "/epochs", pointer + "/steps"},
                     "the stage has no length, expected epochs or steps above 0");
    }
    for (std::size_t i = 0; i < stage.objective.size(); ++i) {
        const TermSettings& term = stage.objective[i];
        const std::string place = pointer + "/objective/" + std::to_string(i);
        const Kind* kind = findKind(catalogue.objectives, term.objective.kind);
        if (kind && kind->needsTeacher && !hasTeacher && !term.muted) {
            rules.broken(
                {place + "/kind", "/teacher/kind"},
                wording::quoted(kind->name)
                    + " learns from a teacher and /teacher is \"none\", expected a teacher or another objective");
        }
        rules.schedule(place + "/weight_schedule", term.weightSchedule);
        const ScheduleSettings& heat = term.temperatureSchedule;
        const std::string heatPlace = place + "/temperature_schedule";
        rules.schedule(heatPlace, heat);
        const bool moves = heat.kind != "constant" || heat.warmUp > 0;
        const bool hasTemperature = kind
            && std::any_of(kind->fields.begin(), kind->fields.end(), [](const Field& field) { return field.key == "temperature"; });
        if (moves && kind && !hasTemperature) {
            rules.broken({heatPlace + "/kind", place + "/kind"},
                         "expected \"constant\", since " + wording::quoted(kind->name) + " has no temperature");
        }
        if (heat.warmUp > 0) {
            rules.broken({heatPlace + "/warm_up"}, "expected 0, since a temperature cannot rise from 0");
        }
        if ((heat.kind == "linear" || heat.kind == "cosine") && heat.final == 0) {
            rules.broken({heatPlace + "/final"}, "expected a factor above 0, since no output is softened at temperature 0");
        }
    }
    if (std::all_of(stage.objective.begin(), stage.objective.end(), [](const TermSettings& term) { return term.muted; })) {
        rules.broken({pointer + "/objective"}, "expected at least one term that is not muted");
    }
    rules.schedule(pointer + "/schedule", stage.schedule);
    if (stage.trainable.kind == "parts" && stage.trainable.parameters.at("parts").empty()) {
        rules.broken({pointer + "/trainable/parts"}, "expected at least one part that moves, got none");
    }
    if (stage.data.kind == "own") {
        StageData own;
        readFields(stage.data.parameters, own);
        rules.distinct(pointer + "/data/transfer/left_out_classes", own.transfer.leftOutClasses);
        if (!own.transfer.labels && !hasTeacher) {
            rules.broken({pointer + "/data/transfer/labels", "/teacher/kind"},
                         "expected true where there is no teacher, since nothing else is left to learn from, got false");
        }
    }
    if (stage.optimiser.kind == "sgd") {
        SgdSettings sgd;
        readFields(stage.optimiser.parameters, sgd);
        if (sgd.nesterov && sgd.momentum == 0) {
            rules.broken({pointer + "/optimiser/nesterov", pointer + "/optimiser/momentum"},
                         "expected false while momentum is 0, got true");
        }
    }
    if (stage.optimiser.kind == "dot") {
        DotSettings dot;
        readFields(stage.optimiser.parameters, dot);
        if (dot.momentum - dot.delta < 0 || dot.momentum + dot.delta >= 1) {
            rules.broken({pointer + "/optimiser/delta", pointer + "/optimiser/momentum"},
                         "expected momentum - delta from 0 and momentum + delta below 1");
        }
        const auto learns = [&](bool fromTeacher) {
            return std::any_of(stage.objective.begin(), stage.objective.end(), [&](const TermSettings& term) {
                const Kind* kind = findKind(catalogue.objectives, term.objective.kind);
                return kind && kind->needsTeacher == fromTeacher && !term.muted;
            });
        };
        if (!learns(true) || !learns(false)) {
            rules.broken({pointer + "/optimiser/kind", pointer + "/objective"},
                         "dot weighs the labels against the teacher, expected a term of each in the objective, or sgd");
        }
    }
    if (stage.earlyStopping.patience > 0 && !hasValidation) {
        rules.broken({pointer + "/early_stopping/patience", "/data/validation_share"},
                     "expected 0 while /data/validation_share is 0, got "
                         + std::to_string(stage.earlyStopping.patience));
    }
}

void teacherRules(Rules& rules, const Experiment& experiment, bool isTeacher)
{
    const Selection& teacher = experiment.teacher;
    if (experiment.generations > 1) {
        if (isTeacher) {
            rules.broken({"/generations"}, "a teacher is one run, expected 1, got " + std::to_string(experiment.generations));
        } else if (teacher.kind == "none" || teacher.kind == "peers") {
            rules.broken({"/generations", "/teacher/kind"},
                         "each generation takes the place of the teacher, expected 1 or a teacher that can be replaced");
        }
    }
    const EnsembleSettings ensemble = ensembleOf(teacher);
    if (teacher.kind == "ensemble"
        && std::all_of(ensemble.members.begin(), ensemble.members.end(), [](const auto& member) { return member.weight == 0; })) {
        rules.broken({"/teacher/members"}, "expected at least one member with a weight above 0");
    }
    if (teacher.kind == "peers") {
        for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
            const std::string place = "/stages/" + std::to_string(i) + "/optimiser/kind";
            if (experiment.stages[i].optimiser.kind == "dot") {
                rules.broken({place, "/teacher/kind"}, "expected another optimiser, since dot weighs one teacher, got \"dot\"");
            }
        }
    }
}

} // namespace

std::vector<BrokenRule> brokenRules(const Experiment& experiment, const Catalogue& catalogue, bool isTeacher)
{
    Rules rules;
    const DataSettings& data = experiment.data;
    const bool hasTeacher = experiment.teacher.kind != "none";
    const bool hasValidation = data.validationShare > 0;

    rules.distinct("/seeds", experiment.seeds);
    teacherRules(rules, experiment, isTeacher);
    if (isTeacher && experiment.seeds.size() > 1) {
        rules.broken({"/seeds"}, "expected one seed for a teacher, got " + std::to_string(experiment.seeds.size()));
    }
    if (experiment.controls.studentAlone && !hasTeacher) {
        rules.broken({"/controls/student_alone", "/teacher/kind"},
                     "expected false where there is no teacher to compare with, got true");
    }
    const std::string& teacher = experiment.teacher.kind;
    if (experiment.controls.twin && teacher != "run" && teacher != "experiment") {
        rules.broken({"/controls/twin", "/teacher/kind"},
                     "expected false unless the teacher is a run or an experiment, which can be trained once more, got true");
    }
    if (experiment.controls.randomTeacher && (!hasTeacher || teacher == "peers" || teacher == "random")) {
        rules.broken({"/controls/random_teacher", "/teacher/kind"},
                     "expected false where no trained teacher could be replaced by a random one, got true");
    }
    for (const auto& [asked, key] : {std::pair(experiment.controls.twin, "twin"), std::pair(experiment.controls.randomTeacher, "random_teacher")}) {
        if (asked && experiment.generations > 1) {
            rules.broken({std::string("/controls/") + key, "/generations"},
                         "expected false for several generations, each of which has another teacher, got true");
        }
    }
    if (!data.mean.empty() && !data.deviation.empty() && data.mean.size() != data.deviation.size()) {
        rules.broken({"/data/deviation", "/data/mean"},
                     "expected as many numbers as /data/mean has (" + std::to_string(data.mean.size()) + "), got "
                         + std::to_string(data.deviation.size()));
    }
    if (!data.transfer.labels && !hasTeacher) {
        rules.broken({"/data/transfer/labels", "/teacher/kind"},
                     "expected true where there is no teacher, since nothing else is left to learn from, got false");
    }
    rules.distinct("/data/transfer/left_out_classes", data.transfer.leftOutClasses);
    for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
        stageRules(rules, experiment.stages[i], "/stages/" + std::to_string(i), hasTeacher, hasValidation, catalogue);
    }
    if (experiment.evaluation.report == "best" && !hasValidation) {
        rules.broken({"/evaluation/report", "/data/validation_share"},
                     "expected \"last\" while /data/validation_share is 0, got \"best\"");
    }
    if (experiment.evaluation.biasCorrection) {
        if (data.transfer.leftOutClasses.empty()) {
            rules.broken({"/evaluation/bias_correction", "/data/transfer/left_out_classes"},
                         "expected false while /data/transfer/left_out_classes is empty, got true");
        } else if (!hasValidation) {
            rules.broken({"/evaluation/bias_correction", "/data/validation_share"},
                         "expected false while /data/validation_share is 0, got true");
        }
    }
    if (!isDevice(experiment.compute.device)) {
        rules.broken({"/compute/device"},
                     "expected \"auto\", \"cpu\", \"cuda\" or a numbered GPU such as \"cuda:0\", got "
                         + wording::quoted(experiment.compute.device));
    }
    return rules.take();
}

} // namespace distill
