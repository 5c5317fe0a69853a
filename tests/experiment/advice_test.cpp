// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/advice.h"

#include <algorithm>
#include <gmock/gmock.h>

namespace distill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Assignments = std::vector<std::string>;

std::string swept(const std::string& pointer, const std::string& values)
{
    return R"(/sweep={"kind": "grid", "fields": [{"field": ")" + pointer + R"(", "values": )" + values + "}]}";
}

Field field(const std::string& key, Json value, const std::vector<std::string>& options = {})
{
    Field made;
    made.key = key;
    made.type = value.is_boolean() ? Field::Type::Boolean : value.is_string() ? Field::Type::Text : Field::Type::Number;
    made.defaultValue = std::move(value);
    for (const std::string& option : options) {
        made.type = Field::Type::Choice;
        made.options.push_back({option, ""});
    }
    return made;
}

Kind kind(const std::string& name, std::vector<Field> fields, Traits traits = {}, bool needsTeacher = true)
{
    Kind made;
    made.name = name;
    made.fields = std::move(fields);
    made.needsTeacher = needsTeacher;
    made.traits = [traits](const Json& parameters) {
        Traits all = traits;
        all.needsLabels = all.needsLabels && parameters.value("negatives", "exact") == "exact"; // by the parameters
        return all;
    };
    return made;
}

/// Objectives as the engine has them, with the fields that rules look at.
Catalogue catalogue()
{
    const Field temperature = field("temperature", 4.0), t2 = field("scale_by_t2", true);
    const Field reduction = field("reduction", "batchmean", {"batchmean", "mean"});
    const Field form = field("form", "kl", {"kl", "soft_cross_entropy", "probability_mse"});
    const Field tap = field("student_tap", "penultimate");
    Kind kd = kind("kd", {temperature, field("hard_share", 0.0), t2, form, reduction});
    kd.presets = {{"textbrewer",
                   "",
                   {{"temperature", 8.0},
                    {"hard_share", 0.0},
                    {"scale_by_t2", false},
                    {"form", "soft_cross_entropy"},
                    {"reduction", "batchmean"}}},
                  {"modelopt",
                   "",
                   {{"temperature", 1.0}, {"hard_share", 0.0}, {"scale_by_t2", true}, {"form", "kl"}, {"reduction", "mean"}}}};
    const auto beta = [](double value) { return field("beta", value); };
    Catalogue made;
    made.datasets = {kind("moons", {})};
    made.models = {kind("mlp", {field("dropout", 0.0)}), kind("cnn", {})};
    made.objectives = {
        kind("cross_entropy", {field("label_smoothing", 0.0)}, {.needsLabels = true}, false),
        kd,
        kind("dkd", {field("alpha", 1.0), beta(8), temperature}, {.needsLabels = true, .needsOneClass = true}),
        kind("teacher_free", {temperature, reduction}, {.needsLabels = true, .needsOneClass = true}, false),
        kind("crd", {tap, field("negatives", "exact", {"exact", "relax"})}, {.needsLabels = true, .needsOneClass = true}),
        kind("sp", {tap}, {.relatesSamples = true}),
        kind("at", {tap}),
        kind("mgd", {tap, field("reduction", "mean", {"mean", "sum"})}),
        kind("dist", {beta(1), field("gamma", 1.0), field("form", "distance", {"distance", "similarity"})},
             {.relatesSamples = true}),
        kind("jsd", {temperature, t2, beta(0.5)}),
        kind("gkd", {temperature, field("scale_by_t2", false), beta(0.5)}),
        kind("tvd", {temperature, t2}),
        kind("skew_forward_kl", {temperature, t2, field("alpha", 0.1)}),
        kind("symmetric_kl", {temperature, t2, beta(0.5)}),
    };
    return made;
}

const Schema& schema()
{
    static const Schema instance(catalogue());
    return instance;
}

/// A document of which there is nothing to say: labels, and soft targets of an earlier run.
const char* const base = R"({
    "teacher": {"kind": "run", "run": "a1b2"},
    "stages": [{"objective": [{"kind": "cross_entropy", "weight": 0.1}, {"kind": "kd", "weight": 0.9}]}]
})";
/// The teacher is trained first, another network.
const char* const taught
    = R"(/teacher={"kind": "experiment", "experiment": {"name": "T", "student": {"model": {"kind": "cnn"}}}})";

Document with(const Assignments& assignments, Document document = Document::parse(base, "e.json"))
{
    for (const std::string& each : assignments) {
        const auto [pointer, value] = Document::assignment(each);
        document = schema().with(document, pointer, value);
    }
    EXPECT_THAT(schema().check(document), IsEmpty()) << document.text();
    return document;
}

std::vector<std::string> rulesOf(const std::vector<Advice>& all)
{
    std::vector<std::string> rules;
    for (const Advice& advice : all) {
        rules.push_back(advice.rule);
    }
    return rules;
}

struct Case {
    std::string rule;
    std::string pointer;
    Assignments fires;
    std::vector<Assignments> nearMisses;
};

// "ce" and "kd" stand for the two terms of the base.
const std::string s = "/stages/0", ce = s + "/objective/0", kd = s + "/objective/1";

const std::vector<Case>& cases()
{
    static const std::vector<Case> list = {
        {"t2_missing",
         kd + "/scale_by_t2",
         {kd + "/scale_by_t2=false"},
         {{kd + "/scale_by_t2=false", kd + "/temperature=1"},
          {kd + "/scale_by_t2=false", kd + "/weight=14.4"}, // 0.9 times 16: made up for by hand
          {kd + "/temperature=20"},
          {kd + "={\"kind\": \"tvd\", \"scale_by_t2\": false}"},
          {kd + "/scale_by_t2=false", kd + "/muted=true"}}},
        {"t2_missing",
         kd + "/scale_by_t2",
         {kd + "/scale_by_t2=false", kd + "/temperature=1", kd + "/temperature_schedule={\"kind\": \"linear\", \"final\": 8}"},
         {{kd + "/scale_by_t2=false", kd + "/temperature=1", kd + "/weight_schedule={\"kind\": \"linear\", \"final\": 8}"}}},
        {"t2_missing",
         kd + "/scale_by_t2",
         {kd + "/scale_by_t2=false", kd + "/temperature=1", swept(kd + "/temperature", "[1, 4]")},
         {{kd + "/scale_by_t2=false", kd + "/temperature=1", swept(kd + "/weight", "[1, 4]")}}},
        {"t2_missing", kd + "/scale_by_t2", {kd + "={\"kind\": \"gkd\"}"}, {{kd + "={\"kind\": \"gkd\", \"temperature\": 1}"}}},
        {"mean_over_classes",
         kd + "/reduction",
         {kd + "/reduction=mean"},
         {{kd + "/reduction=mean", kd + "/form=probability_mse"}, {kd + "={\"kind\": \"mgd\"}"}}},
        {"mean_over_classes",
         kd + "/reduction",
         {kd + "={\"kind\": \"teacher_free\", \"reduction\": \"mean\"}", "/teacher={\"kind\": \"none\"}"},
         {{kd + "={\"kind\": \"teacher_free\"}", "/teacher={\"kind\": \"none\"}"}}},
        {"one_term_dwarfs",
         kd + "/weight",
         {ce + "/weight=1", kd + "/weight=1000"},
         {{ce + "/weight=1", kd + "/weight=99"},
          {ce + "/weight=1", kd + "={\"kind\": \"at\", \"weight\": 1000}"}, // published
          {ce + "/weight=0.1", kd + "/weight=14.4", kd + "/scale_by_t2=false"},
          {ce + "/weight=1", kd + "/weight=1000", kd + "/reduction=mean"}, // of a thousand classes it is right
          {ce + "/weight=1", kd + "/weight=1000", swept(kd + "/weight", "[1, 1000]")},
          {ce + "/muted=true", kd + "/weight=1000"}}},
        {"one_term_dwarfs",
         kd + "/weight",
         {ce + "/weight=1", kd + "/weight=0.005", kd + "/hard_share=0.5"},
         {{ce + "/weight=1", kd + "/weight=0.02"}, {ce + "/weight=1", kd + "/weight=0.05", kd + "/scale_by_t2=false"}}},
        {"one_term_dwarfs",
         kd + "/hard_share",
         {ce + "/muted=true", kd + "/hard_share=0.995"},
         {{ce + "/muted=true", kd + "/hard_share=0.9"}}},
        {"no_weight", s + "/objective", {ce + "/weight=0", kd + "/weight=0"}, {{ce + "/weight=0"}}},
        {"no_weight",
         s + "/objective",
         {ce + "/muted=true", kd + "/weight_schedule={\"kind\": \"step\", \"factor\": 0, \"milestones\": [0]}"},
         {{ce + "/muted=true", kd + "/weight_schedule={\"kind\": \"step\", \"factor\": 0, \"milestones\": [0.5]}"}}},
        {"weight_zero",
         ce + "/weight",
         {ce + "/weight=0"},
         {{ce + "/weight=0", ce + "/muted=true"},
          {ce + "/weight=0", swept(ce + "/weight", "[0, 1]")}}},
        {"fades_out",
         kd + "/weight_schedule",
         {ce + "/muted=true", kd + "/weight_schedule={\"kind\": \"cosine\", \"warm_up\": 0.1}"},
         {{kd + "/weight_schedule={\"kind\": \"cosine\"}"}, // the labels stay
          {ce + "/muted=true", kd + "/weight_schedule={\"kind\": \"cosine\", \"final\": 0.1}"}}},
        {"no_effect", ce + "/label_smoothing", {ce + "/label_smoothing=1"}, {{ce + "/label_smoothing=0.1"}}},
        {"no_effect", kd + "/hard_share", {kd + "/hard_share=1"}, {}},
        {"no_effect",
         kd + "/alpha",
         {kd + "={\"kind\": \"dkd\", \"alpha\": 0, \"beta\": 0}"},
         {{kd + "={\"kind\": \"dkd\", \"alpha\": 0}"}}},
        {"no_effect",
         kd + "/beta",
         {kd + "={\"kind\": \"jsd\", \"beta\": 1}"},
         {{kd + "={\"kind\": \"gkd\", \"beta\": 1}"}, {kd + "={\"kind\": \"symmetric_kl\", \"beta\": 0}"}}},
        {"no_effect", kd + "/alpha", {kd + "={\"kind\": \"skew_forward_kl\", \"alpha\": 1}"}, {}},
        {"beta_near_an_end",
         kd + "/beta",
         {kd + "={\"kind\": \"gkd\", \"beta\": 0.005, \"temperature\": 1}"},
         {{kd + "={\"kind\": \"gkd\", \"beta\": 0}"},
          {kd + "={\"kind\": \"jsd\", \"beta\": 0.1}"},
          {kd + "={\"kind\": \"symmetric_kl\", \"beta\": 0.005}"}}},
        {"rises_with_agreement",
         kd + "/form",
         {kd + "={\"kind\": \"dist\", \"form\": \"similarity\"}"},
         {{kd + "={\"kind\": \"dist\"}"}}},
        {"no_labels",
         ce + "/kind",
         {"/data/transfer/labels=false"},
         {{"/data/transfer/labels=false", ce + "/muted=true"}, {"/data/labelled=10", "/data/transfer/samples=all"}}},
        {"no_labels", kd + "/hard_share", {"/data/transfer/labels=false", ce + "/muted=true", kd + "/hard_share=0.5"}, {}},
        {"no_labels",
         kd + "/negatives",
         {"/data/transfer/labels=false", ce + "/muted=true", kd + "={\"kind\": \"crd\"}"},
         {{"/data/transfer/labels=false", ce + "/muted=true", kd + "={\"kind\": \"crd\", \"negatives\": \"relax\"}"}}},
        {"mixed_classes",
         "/data/augmentation/mixup",
         {kd + "={\"kind\": \"dkd\"}", "/data/augmentation/mixup=0.2", "/data/augmentation/cutmix=1"},
         {{"/data/augmentation/mixup=0.2"}, {kd + "={\"kind\": \"dkd\"}", "/data/augmentation/cutout=4"}}},
        {"mixed_classes", "/data/augmentation/cutmix", {kd + "={\"kind\": \"dkd\"}", "/data/augmentation/cutmix=1"}, {}},
        {"small_batch",
         s + "/batch_size",
         {kd + "={\"kind\": \"sp\"}", s + "/batch_size=7"},
         {{kd + "={\"kind\": \"sp\"}", s + "/batch_size=8"}, {s + "/batch_size=1"}}},
        {"learning_rate_zero",
         s + "/learning_rate",
         {s + "/learning_rate=0"},
         {{s + "/learning_rate=1e-9"},
          {s + "/learning_rate=0", swept("/stages/0/learning_rate", "[0, 1]")}}},
        {"unused_teacher",
         "/teacher/kind",
         {kd + "/kind=teacher_free", kd + "/temperature=20"},
         {{kd + "/muted=true"}, {kd + "={\"kind\": \"teacher_free\"}", "/teacher={\"kind\": \"none\"}"}}},
        {"same_start",
         "/teacher/experiment/seed",
         {taught, "/teacher/experiment/student/model={\"kind\": \"mlp\"}", "/seeds=[0, 1]"},
         {{taught, "/seeds=[0, 1]"},
          {taught, "/teacher/experiment/student/model={\"kind\": \"mlp\"}", "/seeds=[0, 2]"},
          {taught, "/teacher/experiment/student/model={\"kind\": \"mlp\", \"dropout\": 0.5}"},
          {taught, "/teacher/experiment/student/model={\"kind\": \"mlp\"}",
           "/student/initialisation={\"kind\": \"run\", \"run\": \"a\"}"}}},
        {"same_start",
         "/teacher/experiment/seeds",
         {taught, "/teacher/experiment/student/model={\"kind\": \"mlp\"}", "/teacher/experiment/seeds=[1]"},
         {}},
        {"smoothed_teacher",
         "/teacher/experiment/stages/0/objective/0/label_smoothing",
         {taught, "/teacher/experiment/stages/0/objective/0/label_smoothing=0.1"},
         {{taught, ce + "/label_smoothing=0.1"},
          {taught, "/teacher/experiment/stages/0/objective/0/label_smoothing=0.1", kd + "={\"kind\": \"at\"}"}}},
        {"same_start", "/teacher/members/1/experiment/seed", {R"(/teacher={"kind": "ensemble", "temperature": 4, "members": [)"
                                                              R"({"kind": "run", "run": "a"}, {"kind": "experiment", "experiment": {}}]})"},
         {{R"(/teacher={"kind": "ensemble", "temperature": 4, "members": [{"kind": "experiment", "experiment": {"seed": 3}}]})"}}},
        {"ensemble_temperature", "/teacher/temperature", {R"(/teacher={"kind": "ensemble", "members": [{"kind": "run", "run": "a"}]})"},
         {{R"(/teacher={"kind": "ensemble", "combine": "logits", "members": [{"kind": "run", "run": "a"}]})"},
          {R"(/teacher={"kind": "ensemble", "temperature": 4, "members": [{"kind": "run", "run": "a"}]})"},
          {R"(/teacher={"kind": "ensemble", "members": [{"kind": "run", "run": "a"}]})", kd + "/temperature=1"},
          {R"(/teacher={"kind": "ensemble", "members": [{"kind": "run", "run": "a"}]})", kd + "={\"kind\": \"at\"}"}}},
        {"peers_without_labels", s + "/objective", {R"(/teacher={"kind": "peers", "models": [{"kind": "cnn"}]})", ce + "/muted=true"},
         {{R"(/teacher={"kind": "peers", "models": [{"kind": "cnn"}]})"},
          {R"(/teacher={"kind": "peers", "models": [{"kind": "cnn"}]})", ce + "/muted=true", kd + "/hard_share=0.5"}}},
        {"no_labels", ce + "/kind", {s + R"(/data={"kind": "own", "transfer": {"labels": false}})"},
         {{"/data/transfer/labels=false", s + R"(/data={"kind": "own"})"}}},
        {"mixed_classes", s + "/data/augmentation/mixup",
         {kd + "={\"kind\": \"dkd\"}", s + R"(/data={"kind": "own", "augmentation": {"mixup": 0.2}})"},
         {{kd + "={\"kind\": \"dkd\"}", "/data/augmentation/mixup=0.2", s + R"(/data={"kind": "own"})"}}},
    };
    return list;
}

bool says(const std::vector<Advice>& all, const std::string& rule, const std::string& pointer)
{
    return std::any_of(all.begin(), all.end(), [&](const Advice& each) { return each.rule == rule && each.pointer == pointer; });
}

TEST(Advice, ASoundDocumentNeedsNone)
{
    EXPECT_THAT(rulesOf(advise(schema(), with({}))), IsEmpty());
    EXPECT_THAT(rulesOf(advise(schema(), Document::parse("{}"))), IsEmpty());
    EXPECT_THAT(rulesOf(advise(schema(), with({taught}))), IsEmpty());
}

TEST(Advice, EachRuleFiresAndNotOnItsNearMisses)
{
    for (const Case& each : cases()) {
        const Document document = with(each.fires);
        const std::vector<Advice> all = advise(schema(), document);
        EXPECT_THAT(rulesOf(all), ElementsAre(each.rule)) << document.text();
        if (all.size() != 1) {
            continue;
        }
        EXPECT_EQ(all[0].pointer, each.pointer);
        EXPECT_EQ(all[0].line, document.lineOf(each.pointer));
        EXPECT_EQ(all[0].sentence, "e.json, line " + std::to_string(all[0].line) + ", " + each.pointer + ": " + all[0].message);
        EXPECT_TRUE(all[0].message.ends_with('.')) << all[0].message;
        for (const Assignments& near : each.nearMisses) {
            const Document other = with(near);
            EXPECT_THAT(rulesOf(advise(schema(), other)), Not(testing::Contains(each.rule))) << other.text();
        }
    }
}

TEST(Advice, AFixMendsWhatItIsForAndBringsNoProblem)
{
    for (const Case& each : cases()) {
        const Document document = with(each.fires);
        for (const Advice& advice : advise(schema(), document)) {
            ASSERT_TRUE(advice.fix) << each.rule;
            EXPECT_FALSE(advice.fix->label.empty());
            const Document fixed = withFix(schema(), document, *advice.fix);
            EXPECT_THAT(schema().check(fixed), IsEmpty()) << fixed.text();
            EXPECT_FALSE(says(advise(schema(), fixed), advice.rule, advice.pointer)) << advice.rule << fixed.text();
            // The same as assignments on a command line.
            Document assigned = document;
            for (const Edit& edit : advice.fix->edits) {
                const auto [pointer, value] = Document::assignment(edit.pointer + "=" + edit.value.dump());
                assigned = schema().with(assigned, pointer, value);
            }
            EXPECT_EQ(assigned.text(), fixed.text());
        }
    }
}

TEST(Advice, EveryRuleHoldsForAnInlineTeacherToo)
{
    for (const Case& each : cases()) {
        const Document inner = with(each.fires);
        if (inner.json().contains("sweep") || inner.json().value("seeds", Json::array()).size() > 1) {
            continue; // a teacher is one run
        }
        Document outer = with({R"(/student/model={"kind": "cnn"})"});
        for (const char* deep : {"/teacher/experiment", "/teacher/experiment/teacher/experiment"}) {
            const std::string place = deep;
            outer = schema().with(outer, place.substr(0, place.size() - 11),
                                  {{"kind", "experiment"}, {"experiment", Json::object()}});
            const Document whole = schema().with(outer, place, inner.json());
            ASSERT_THAT(schema().check(whole), IsEmpty());
            const std::vector<Advice> all = advise(schema(), whole);
            EXPECT_TRUE(says(all, each.rule, place + each.pointer)) << each.rule << whole.text();
            for (const Advice& advice : all) {
                if (advice.fix) {
                    const Document fixed = withFix(schema(), whole, *advice.fix);
                    EXPECT_FALSE(says(advise(schema(), fixed), advice.rule, advice.pointer)) << advice.rule << fixed.text();
                }
            }
            outer = schema().with(outer, place, {{"name", "Between"}, {"stages", {{{"objective", {{{"kind", "kd"}}}}}}}});
        }
    }
}

TEST(Advice, EveryFixOneAfterAnotherLeavesNothingToFix)
{
    Assignments all = {taught,
                       "/data/transfer/labels=false",
                       "/data/augmentation/mixup=0.2",
                       s + "/batch_size=2",
                       kd + "={\"kind\": \"sp\"}",
                       "/teacher/experiment/stages/0/learning_rate=0",
                       s + "/objective/-={\"kind\": \"kd\", \"scale_by_t2\": false, \"reduction\": \"mean\"}",
                       s + "/objective/-={\"kind\": \"dkd\", \"weight\": 0}"};
    const Document document = with(all);
    const FixedDocument fixed = withEveryFix(schema(), document);
    EXPECT_THAT(rulesOf(fixed.fixed), SizeIs(testing::Ge(6U)));
    EXPECT_THAT(schema().check(fixed.document), IsEmpty());
    EXPECT_THAT(rulesOf(advise(schema(), fixed.document)), IsEmpty()) << fixed.document.text();
    EXPECT_THAT(withEveryFix(schema(), fixed.document).fixed, IsEmpty());
    EXPECT_EQ(withEveryFix(schema(), fixed.document).document.text(), fixed.document.text());
}

TEST(Advice, AFixThatWouldBreakSomethingIsNotOffered)
{
    // DOT weighs labels against the teacher: muting the labels' term would be refused.
    const Document document = with({"/data/transfer/labels=false", s + "/optimiser={\"kind\": \"dot\"}"});
    const std::vector<Advice> all = advise(schema(), document);
    ASSERT_THAT(rulesOf(all), ElementsAre("no_labels"));
    ASSERT_TRUE(all[0].fix);
    EXPECT_EQ(all[0].fix->edits.front().pointer, "/data/transfer/labels");
    EXPECT_FALSE(advise(schema(), with({ce + "/weight=1e6", kd + "/weight=0.001"}))[0].fix); // 9e6 is out of range
}

TEST(Advice, ADocumentWithAProblemGetsNone)
{
    const Document document = with({s + "/learning_rate=0"});
    EXPECT_THAT(advise(schema(), document), SizeIs(1));
    EXPECT_THAT(advise(schema(), document.with("/seed", -1)), IsEmpty());
}

TEST(Advice, SaysHowMuchAndWhoseConventionItIs)
{
    const auto only = [](const Assignments& assignments) { return advise(schema(), with(assignments)).at(0).message; };
    EXPECT_THAT(only({kd + "/scale_by_t2=false", kd + "/temperature=3"}),
                HasSubstr("at temperature 3 this term's gradients are 1/9 of"));
    EXPECT_THAT(only({kd + "/scale_by_t2=false", kd + "/temperature=0.5"}), HasSubstr("are 4 times what"));
    EXPECT_THAT(only({kd + "/scale_by_t2=false"}), Not(HasSubstr("convention")));
    EXPECT_THAT(only({kd + "/scale_by_t2=false", kd + "/form=soft_cross_entropy"}), HasSubstr("the convention of textbrewer."));
    EXPECT_THAT(only({kd + "/reduction=mean"}), HasSubstr("the convention of modelopt."));
    EXPECT_THAT(only({kd + "={\"kind\": \"sp\"}", s + "/batch_size=1"}), HasSubstr("a batch of one has no two"));
    EXPECT_THAT(only({kd + "={\"kind\": \"sp\"}", s + "/batch_size=4"}), HasSubstr("only 6 pairs"));
    EXPECT_THAT(only({ce + "/weight=1", kd + "/weight=0.005"}), HasSubstr("200 times"));
    EXPECT_THAT(only({kd + "={\"kind\": \"gkd\", \"beta\": 0.995, \"temperature\": 1}"}), HasSubstr("about 1/201"));
}

} // namespace
} // namespace distill
