// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of an experiment do to one another.
#include "experiment/advicerules.h"
#include "experiment/wording.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace distill::advice {

namespace {

using wording::number;
using wording::quoted;

constexpr double usualRatio = 9; ///< of the soft targets' weight to the labels': 0.9 and 0.1 (RepDistiller, mdistiller)

std::string stagePlace(std::size_t stage)
{
    return "/stages/" + std::to_string(stage);
}

bool weighsNothing(const Term& term)
{
    return term.settings.weight == 0 || isZeroThroughout(term.settings.weightSchedule);
}

bool isSweptIn(const Look& look, const Term& term)
{
    return look.isSwept(term.place + "/weight") || look.isSwept(term.place + "/weight_schedule");
}

Json constantSchedule(const ScheduleSettings& settings)
{
    return {{"kind", "constant"}, {"warm_up", settings.warmUp}};
}

void weightlessTerms(Look& look, std::size_t stage, const std::vector<Term>& terms)
{
    const auto nothing = [&](const Term& term) { return weighsNothing(term) && !isSweptIn(look, term); };
    if (!terms.empty() && std::all_of(terms.begin(), terms.end(), nothing)) {
        const Term& first = terms.front();
        std::vector<Edit> edits = {{first.place + "/weight", first.settings.weight > 0 ? first.settings.weight : 1}};
        if (isZeroThroughout(first.settings.weightSchedule)) {
            edits.push_back({first.place + "/weight_schedule", constantSchedule(first.settings.weightSchedule)});
        }
        look.say("no_weight", stagePlace(stage) + "/objective",
                 terms.size() == 1 ? "The only term weighs 0: nothing is learned in this stage."
                                   : "All terms weigh 0: nothing is learned in this stage.",
                 {fixOf("Give the first one weight", edits)});
        return;
    }
    for (const Term& term : terms) {
        if (nothing(term)) {
            look.say("weight_zero", term.place + "/weight",
                     quoted(term.kind.name)
                         + " weighs 0: it is measured and has no part in what is learned, unless its weight is "
                           "raised while the run trains. Muted it takes no time.",
                     {fixOf("Mute the term", {{term.place + "/muted", true}})});
        }
    }
}

void fadesOut(Look& look, const std::vector<Term>& terms)
{
    const Term* fading = nullptr;
    for (const Term& term : terms) {
        if (weighsNothing(term)) {
            continue;
        }
        if (lastFactor(term.settings.weightSchedule) > 0 || isSweptIn(look, term)) {
            return;
        }
        fading = fading ? fading : &term;
    }
    if (fading) {
        const std::string pointer = fading->place + "/weight_schedule";
        look.say("fades_out", pointer,
                 "Nothing in this stage keeps a weight to its end: the loss falls to 0 by the schedule, whatever is learned. To "
                 "take smaller steps towards the end is up to the learning rate's schedule.",
                 {fixOf("Keep the weight", {{pointer, constantSchedule(fading->settings.weightSchedule)}})});
    }
}

/// How much the soft targets and the labels count for in one term. `least` and `most` also hold what is left out of the formula:
/// T^2, and the number of classes, of which a document says nothing but that there are two at least.
struct Shares {
    double hard = 0, soft = 0, least = 0, most = 0;
};

Shares sharesOf(const Term& term)
{
    Shares shares;
    const double weight = term.settings.weight;
    if (term.kind.name == "cross_entropy") {
        shares.hard = weight;
        return shares;
    }
    const auto has = [&](const std::string& key) { return term.parameters().contains(key); };
    // Feature losses have published weights of any size, and a weight of alpha or beta is no weight of the whole.
    if (!term.kind.needsTeacher || !has("temperature") || has("student_tap") || has("student_taps") || has("alpha")
        || has("beta")) {
        return shares;
    }
    const double share = term.number("hard_share").value_or(0), t = term.number("temperature").value_or(1);
    shares.hard = weight * share;
    shares.soft = weight * (1 - share);
    shares.most = shares.least = term.isOff("scale_by_t2") ? shares.soft / (t * t) : shares.soft;
    if (term.text("reduction") == "mean") {
        shares.least = 0;
        shares.most /= 2;
    }
    return shares;
}

void oneTermDwarfs(Look& look, const std::vector<Term>& terms)
{
    constexpr double far = 100;
    Shares sum;
    double labelsAlone = 0;
    const Term* largest = nullptr;
    double largestSoft = 0;
    for (const Term& term : terms) {
        const Shares shares = sharesOf(term);
        const bool moves = lastFactor(term.settings.weightSchedule) != 1 || look.isSwept(term.place);
        if (moves && shares.hard + shares.soft > 0) {
            return;
        }
        sum = {sum.hard + shares.hard, sum.soft + shares.soft, sum.least + shares.least, sum.most + shares.most};
        labelsAlone += term.kind.name == "cross_entropy" ? shares.hard : 0;
        if (shares.soft > largestSoft) {
            largest = &term;
            largestSoft = shares.soft;
        }
    }
    if (!largest || sum.hard == 0) {
        return;
    }
    // What is left out of the formula is said by other rules: here the weights themselves are far apart, too.
    const bool much = sum.soft > far * sum.hard && sum.least > far * sum.hard;
    const bool little = far * sum.soft < sum.hard && far * sum.most < sum.hard;
    if (!much && !little) {
        return;
    }
    std::vector<Edit> edits;
    if (labelsAlone > 0) {
        edits.push_back({largest->place + "/weight", usualRatio * labelsAlone});
    }
    if (largest->number("hard_share").value_or(0) > 0) {
        edits.push_back({largest->place + "/hard_share", labelsAlone > 0 ? 0 : 1 / (1 + usualRatio)});
    }
    const double times = much ? sum.soft / sum.hard : sum.hard / sum.soft;
    const std::string text = number(times < 1e6 ? std::round(times) : times);
    look.say("one_term_dwarfs", largest->place + (labelsAlone > 0 ? "/weight" : "/hard_share"),
             (much ? "The teacher's soft targets weigh " + text + " times as much as the labels, which hardly count beside them."
                   : "The labels weigh " + text + " times as much as the teacher's soft targets, which hardly count beside them.")
                 + " Usual is 9 to 1.",
             {fixOf("Weigh them 9 to 1", edits)});
}

void smallBatch(Look& look, std::size_t stage, const std::vector<Term>& terms)
{
    constexpr std::int64_t fewest = 8, usual = 64;
    const std::int64_t batch = look.experiment().stages[stage].batchSize;
    const std::string pointer = stagePlace(stage) + "/batch_size";
    const auto relating = std::find_if(terms.begin(), terms.end(), [](const Term& term) { return term.traits.relatesSamples; });
    if (relating == terms.end() || batch >= fewest || look.isSwept(pointer)) {
        return;
    }
    const std::int64_t pairs = batch * (batch - 1) / 2;
    const std::string has = pairs == 0
        ? "a batch of one has no two"
        : "a batch of " + std::to_string(batch) + " has only " + std::to_string(pairs) + (pairs == 1 ? " pair" : " pairs");
    look.say("small_batch", pointer,
             quoted(relating->kind.name) + " compares the samples of a batch with one another, and " + has + ".",
             {fixOf("Use batches of 64", {{pointer, usual}})});
}

void noLearningRate(Look& look, std::size_t stage)
{
    const StageSettings& settings = look.experiment().stages[stage];
    const std::string pointer = stagePlace(stage) + "/learning_rate";
    if (settings.learningRate > 0 || look.isSwept(pointer)) {
        return;
    }
    const double usual = settings.optimiser.kind.starts_with("adam") ? 0.001 : 0.05;
    look.say("learning_rate_zero", pointer,
             "The learning rate is 0: unless it is raised while the run trains, no weight changes.",
             {fixOf("Use " + number(usual), {{pointer, usual}})});
}

void mixedClasses(Look& look)
{
    for (std::size_t i = 0; i < look.experiment().stages.size(); ++i) {
        const auto [data, place] = dataOf(look, i);
        const bool blends = data.augmentation.mixup > 0, pastes = data.augmentation.cutmix > 0;
        for (const Term& term : termsOf(look, i)) {
            if (!term.traits.needsOneClass || (!blends && !pastes)) {
                continue;
            }
            std::vector<Edit> edits;
            for (const auto& [key, on] : {std::pair("mixup", blends), {"cutmix", pastes}}) {
                if (on) {
                    edits.push_back({place + "/augmentation/" + key, 0});
                }
            }
            look.say("mixed_classes", edits.front().pointer,
                     quoted(term.kind.name) + " takes every sample for one class, and " + (blends ? "mixup" : "CutMix")
                         + " makes samples of two: such a one is taken for the first of them alone.",
                     {fixOf("Mix no samples", edits)});
            return;
        }
    }
}

void unusedTeacher(Look& look)
{
    const Experiment& experiment = look.experiment();
    if (experiment.teacher.kind == "none") {
        return;
    }
    for (const StageSettings& stage : experiment.stages) {
        for (const TermSettings& term : stage.objective) { // a muted one too: it is there to be heard again
            const Kind* kind = findKind(look.catalogue().objectives, term.objective.kind);
            if (kind && kind->needsTeacher) {
                return;
            }
        }
    }
    const std::string list = stagePlace(experiment.stages.size() - 1) + "/objective/-";
    look.say("unused_teacher", "/teacher/kind",
             "There is a teacher and no term learns from it: the student has the labels alone and is only compared with it.",
             {fixOf("Add soft targets", {{list, {{"kind", "kd"}}}})});
}

/// Calls `see` with each inline teacher and where it stands.
void eachInlineTeacher(const Experiment& experiment, const std::function<void(const Experiment&, const std::string&)>& see)
{
    const std::vector<std::string> places = inlineTeachers(experiment.teacher);
    auto place = places.begin();
    for (const TeacherMember& member : ensembleOf(experiment.teacher).members) {
        if (member.teacher.kind == "experiment") {
            Experiment teacher;
            readFields(member.teacher.parameters.at("experiment"), teacher);
            see(teacher, *place++);
        }
    }
}

void sameStart(Look& look)
{
    const Experiment& student = look.experiment();
    if (look.isSwept("/student") || look.isSwept("/seed") || look.isSwept("/teacher")) {
        return;
    }
    const auto isRandom = [](const Experiment& each) { return each.student.initialisation.kind == "random"; };
    const auto seedsOf = [](const Experiment& each) { return each.seeds.empty() ? std::vector{each.seed} : each.seeds; };
    const std::vector<std::int64_t> seeds = seedsOf(student);
    eachInlineTeacher(student, [&](const Experiment& teacher, const std::string& place) {
        const std::int64_t seed = seedsOf(teacher).front();
        if (student.student.model.kind != teacher.student.model.kind
            || student.student.model.parameters != teacher.student.model.parameters || !isRandom(student) || !isRandom(teacher)
            || std::find(seeds.begin(), seeds.end(), seed) == seeds.end()) {
            return;
        }
        std::int64_t other = 0;
        while (std::find(seeds.begin(), seeds.end(), other) != seeds.end()) {
            ++other;
        }
        const Edit edit = teacher.seeds.empty() ? Edit{place + "/seed", other} : Edit{place + "/seeds", Json::array({other})};
        look.say("same_start", edit.pointer,
                 "Teacher and student are the same network with the same seed, " + std::to_string(seed)
                     + ": they start from the same weights, so that their agreement says less than that of independent ones.",
                 {fixOf("Seed " + std::to_string(other) + " for the teacher", {edit})});
    });
}

/// Müller, Kornblith, Hinton 2019, "When Does Label Smoothing Help?" (arXiv:1906.02629, section 4).
void smoothedTeacher(Look& look)
{
    const Experiment& student = look.experiment();
    bool softTargets = false;
    for (std::size_t i = 0; i < student.stages.size(); ++i) {
        for (const Term& term : termsOf(look, i)) {
            softTargets = softTargets || sharesOf(term).soft > 0;
        }
    }
    if (!softTargets) {
        return;
    }
    eachInlineTeacher(student, [&](const Experiment& teacher, const std::string& inner) {
        for (std::size_t i = 0; i < teacher.stages.size(); ++i) {
            for (std::size_t j = 0; j < teacher.stages[i].objective.size(); ++j) {
                const TermSettings& term = teacher.stages[i].objective[j];
                const Json& parameters = term.objective.parameters;
                const std::string place = inner + stagePlace(i) + "/objective/" + std::to_string(j) + "/label_smoothing";
                if (!term.muted && term.objective.kind == "cross_entropy" && parameters.value("label_smoothing", 0.0) > 0
                    && !look.isSwept(place)) {
                    look.say("smoothed_teacher", place,
                             "A teacher trained with label smoothing says less of how the wrong classes compare, and was found to "
                             "teach worse (Müller et al. 2019; Shen et al. 2021 disagree).",
                             {fixOf("Train it without", {{place, 0}})});
                }
            }
        }
    });
}

/// Peers that agree need not be right.
void peersWithoutLabels(Look& look)
{
    const Experiment& experiment = look.experiment();
    if (experiment.teacher.kind != "peers") {
        return;
    }
    for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
        for (const Term& term : termsOf(look, i)) {
            if (term.traits.needsLabels || term.number("hard_share").value_or(0) > 0) {
                return;
            }
        }
    }
    look.say("peers_without_labels", "/stages/0/objective",
             "No term learns from labels, and peers know nothing that they were not told: they come to agree, on anything.",
             {fixOf("Add the labels", {{"/stages/0/objective/-", {{"kind", "cross_entropy"}}}})});
}

/// The mean of softened probabilities is not the softened mean.
void ensembleTemperature(Look& look)
{
    const Selection& teacher = look.experiment().teacher;
    const EnsembleSettings ensemble = ensembleOf(teacher);
    if (teacher.kind != "ensemble" || ensemble.combine != "probabilities" || look.isSwept("/teacher/temperature")) {
        return;
    }
    for (std::size_t i = 0; i < look.experiment().stages.size(); ++i) {
        for (const Term& term : termsOf(look, i)) {
            const double temperature = term.number("temperature").value_or(ensemble.temperature);
            if (sharesOf(term).soft > 0 && temperature != ensemble.temperature && !look.isSwept(term.place + "/temperature")) {
                look.say("ensemble_temperature", "/teacher/temperature",
                         "The members' probabilities are averaged at temperature " + number(ensemble.temperature) + " and "
                             + quoted(term.kind.name) + " softens their mean at " + number(temperature)
                             + ": averaged there, they are the mean of the members' own soft targets.",
                         {fixOf("Average them at " + number(temperature), {{"/teacher/temperature", temperature}})});
                return;
            }
        }
    }
}

} // namespace

void ofStage(Look& look, std::size_t stage, const std::vector<Term>& terms)
{
    weightlessTerms(look, stage, terms);
    fadesOut(look, terms);
    oneTermDwarfs(look, terms);
    smallBatch(look, stage, terms);
    noLearningRate(look, stage);
}

void ofExperiment(Look& look)
{
    mixedClasses(look);
    unusedTeacher(look);
    sameStart(look);
    smoothedTeacher(look);
    ensembleTemperature(look);
    peersWithoutLabels(look);
}

} // namespace distill::advice
