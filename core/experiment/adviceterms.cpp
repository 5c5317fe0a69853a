// SPDX-License-Identifier: GPL-3.0-or-later
// What one term of the loss does other than a reader expects.
#include "experiment/advicerules.h"
#include "experiment/wording.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace distill::advice {

namespace {

using wording::number;
using wording::quoted;

/// What a number of the term's kind is by default.
Json defaultOf(const Term& term, const std::string& key)
{
    for (const Field& field : term.kind.fields) {
        if (field.key == key) {
            return field.defaultValue;
        }
    }
    return {};
}

/// The temperatures that the runs have: the term's own or a sweep's, at the start and at the turns of its schedule.
std::vector<double> temperaturesOf(const Look& look, const Term& term)
{
    std::vector<double> all;
    for (const double value : look.valuesOf(term.place + "/temperature", *term.number("temperature"))) {
        all.push_back(value);
        all.push_back(value * lastFactor(term.settings.temperatureSchedule));
    }
    return all;
}

/// Softened by T, the difference of two outputs and the slope of the softmax are each 1/T of themselves (Hinton et al. 2015,
/// section 2): the gradient of a divergence is 1/T^2. That of the total variation is 1/T, which T^2 would not mend.
void squaredTemperature(Look& look, const Term& term)
{
    if (!term.isOff("scale_by_t2") || !term.number("temperature") || term.kind.name.ends_with("tvd")) {
        return;
    }
    const std::vector<double> all = temperaturesOf(look, term);
    const auto other = std::find_if(all.begin(), all.end(), [](double t) { return t != 1; });
    if (other == all.end()) {
        return;
    }
    const double t = *other, factor = t * t;
    if (all.size() == 2 && all[0] == all[1] && t > 1 && term.settings.weight >= factor / 2) {
        return; // the weight makes up for it
    }
    const std::string part = t > 1 ? "1/" + number(factor) + " of" : number(1 / factor) + " times";
    look.say("t2_missing", term.place + "/scale_by_t2",
             "The factor T^2 is left out: at temperature " + number(t) + " this term's gradients are " + part
                 + " what they are with it, so that another temperature is another weight, too." + term.convention("scale_by_t2"),
             {fixOf("Scale by T^2", {{term.place + "/scale_by_t2", true}})});
}

/// Of a squared error the mean over classes is the usual thing; of a divergence it is what PyTorch does unless told otherwise.
void meanOverClasses(Look& look, const Term& term)
{
    if (term.text("reduction") != "mean" || term.text("form") == "probability_mse") {
        return;
    }
    const auto field = std::find_if(term.kind.fields.begin(), term.kind.fields.end(),
                                    [](const Field& each) { return each.key == "reduction"; });
    const auto& options = field->options;
    if (std::none_of(options.begin(), options.end(), [](const Field::Option& each) { return each.name == "batchmean"; })) {
        return;
    }
    look.say("mean_over_classes", term.place + "/reduction",
             "\"mean\" divides by the number of classes as well as by the samples, as PyTorch does unless told otherwise: with "
             "ten classes the term counts a tenth of what its formula says, with a hundred a hundredth."
                 + term.convention("reduction"),
             {fixOf("Use batchmean", {{term.place + "/reduction", "batchmean"}})});
}

/// Values of the parameters with which a term is the same whatever the student says.
struct Void {
    const char* kind;
    std::vector<std::pair<const char*, double>> values;
    const char* why;
};

void noEffect(Look& look, const Term& term)
{
    static const std::vector<Void> list = {
        {"cross_entropy",
         {{"label_smoothing", 1}},
         "With label_smoothing 1 nothing of the labels is left: every target is even."},
        {"kd", {{"hard_share", 1}}, "With hard_share 1 nothing of the teacher is left: this is the labels' cross-entropy."},
        {"dkd", {{"alpha", 0}, {"beta", 0}}, "alpha and beta are both 0, so that the term is 0."},
        {"dist", {{"beta", 0}, {"gamma", 0}}, "beta and gamma are both 0, so that the term is 0."},
        {"rkd", {{"distance_weight", 0}, {"angle_weight", 0}}, "Both of its weights are 0, so that the term is 0."},
        {"ab", {{"scale", 0}}, "scale is 0, so that the term is 0."},
        {"ofd", {{"scale", 0}}, "scale is 0, so that the term is 0."},
        {"jsd", {{"beta", 0}}, "At beta 0 the mixture is the student itself: the term is 0 and has no gradient."},
        {"jsd", {{"beta", 1}}, "At beta 1 the mixture is the teacher itself: the term is 0 and has no gradient."},
        {"sparse_jsd", {{"beta", 0}}, "At beta 0 the mixture is the student itself: the term is 0 and has no gradient."},
        {"sparse_jsd", {{"beta", 1}}, "At beta 1 the mixture is the teacher itself: the term is 0 and has no gradient."},
        {"skew_forward_kl", {{"alpha", 1}}, "At alpha 1 the teacher is compared with itself: the term has no gradient."},
        {"skew_reverse_kl", {{"alpha", 1}}, "At alpha 1 the student is compared with itself: the term has no gradient."},
    };
    for (const Void& each : list) {
        Advice::Fix fix{"Use the usual", {}};
        bool holds = term.kind.name == each.kind;
        for (const auto& [key, value] : each.values) {
            const std::string pointer = term.place + "/" + key;
            holds = holds && term.number(key) == value && !look.isSwept(pointer);
            const Json usual = defaultOf(term, key);
            fix.label += std::string(&value == &each.values.front().second ? " " : " and ") + key + " "
                + (usual.is_number() ? number(usual.get<double>()) : "");
            fix.edits.push_back({pointer, usual});
        }
        if (holds) {
            look.say("no_effect", fix.edits.front().pointer, each.why, {fix});
            return;
        }
    }
}

/// For close p and q the divergence is b (1 - b) times the KL's, so that it vanishes towards both ends.
void betaNearAnEnd(Look& look, const Term& term)
{
    constexpr std::array<const char*, 3> kinds{"jsd", "gkd", "sparse_jsd"};
    const std::string pointer = term.place + "/beta";
    const double beta = term.number("beta").value_or(0), size = beta * (1 - beta);
    if (std::find(kinds.begin(), kinds.end(), term.kind.name) == kinds.end() || size == 0 || size >= 0.02
        || look.isSwept(pointer)) {
        return;
    }
    std::string jump;
    if (term.kind.name == "gkd") {
        jump = beta < 0.5 ? " At exactly 0 it jumps to the forward divergence." : " At exactly 1 it jumps to the reverse one.";
    }
    look.say("beta_near_an_end", pointer,
             "At beta " + number(beta) + " this term's gradients are about 1/" + number(std::round(1 / size))
                 + " of a Kullback-Leibler divergence's: towards both ends of beta they vanish." + jump,
             {fixOf("Use beta 0.5", {{pointer, 0.5}})});
}

void risesWithAgreement(Look& look, const Term& term)
{
    if (term.kind.name == "dist" && term.text("form") == "similarity") {
        look.say("rises_with_agreement", term.place + "/form",
                 "The correlations rise with the agreement, and the loss is made small: this term drives the student away from "
                 "its teacher." + term.convention("form"),
                 {fixOf("Use the distance", {{term.place + "/form", "distance"}})});
    }
}

void withoutLabels(Look& look, const Term& term)
{
    const auto [data, place] = dataOf(look, term.stage);
    if (data.transfer.labels || term.settings.weight == 0) {
        return;
    }
    const std::string labels = place + "/transfer/labels";
    const Advice::Fix show = fixOf("Show the labels", {{labels, true}});
    if (!term.text("negatives").empty() && term.traits.needsLabels) {
        look.say("no_labels", term.place + "/negatives",
                 quoted(term.kind.name) + " draws its negatives by their labels, and " + labels + " shows the student none: "
                 "the run would be refused.",
                 {fixOf("Draw among all others", {{term.place + "/negatives", "relax"}}), show});
    } else if (term.traits.needsLabels) {
        look.say("no_labels", term.place + "/kind",
                 quoted(term.kind.name) + " learns from labels, and " + labels + " shows the student none: the term is 0.",
                 {fixOf("Mute the term", {{term.place + "/muted", true}}), show});
    } else if (const double share = term.number("hard_share").value_or(0); share > 0) {
        look.say("no_labels", term.place + "/hard_share",
                 "hard_share is the labels' part, and " + labels + " shows the student none: that part is 0 and the other "
                 "only " + number(1 - share) + " of the weight.",
                 {fixOf("Leave the labels out", {{term.place + "/hard_share", 0}}), show});
    }
}

} // namespace

void ofTerm(Look& look, const Term& term)
{
    squaredTemperature(look, term);
    meanOverClasses(look, term);
    noEffect(look, term);
    betaNearAnEnd(look, term);
    risesWithAgreement(look, term);
    withoutLabels(look, term);
}

} // namespace distill::advice
