// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sample.h"

#include <gmock/gmock.h>

namespace distill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Schema& schema()
{
    return sample::schema();
}

TEST(Schema, FillsEveryMember)
{
    const Experiment e = schema().read(Document::parse(sample::documents()[2]));
    EXPECT_EQ(e.name, "Quick start");
    EXPECT_EQ(e.notes, "Distils a network.\nExpect \xC3\xA4 gain.");
    EXPECT_THAT(e.tags, ElementsAre("first", "Größe"));
    EXPECT_EQ(e.seed, 7);
    EXPECT_TRUE(e.seeds.empty());
    const SweepSettings sweep = sweepOf(e.sweep);
    EXPECT_EQ(sweep.kind, "grid");
    ASSERT_EQ(sweep.fields.size(), 2u);
    EXPECT_EQ(sweep.fields[0].field, "/stages/0/objective/0/temperature");
    EXPECT_THAT(sweep.fields[0].values, ElementsAre(1, 2.5, 8));
    EXPECT_EQ(sweep.fields[1].values[1], (Json{{"kind", "mlp"}, {"hidden", {8}}}));
    EXPECT_EQ(sweep.stopping.kind, "median");
    EXPECT_TRUE(e.controls.studentAlone);
    EXPECT_EQ(e.data.dataset.kind, "fashion-mnist");
    EXPECT_EQ(e.data.dataset.parameters, Json({{"folder", ""}}));
    EXPECT_EQ(e.data.validationShare, 0.1);
    EXPECT_EQ(e.data.labelled, 1000);
    EXPECT_EQ(e.data.splitSeed, 3);
    EXPECT_EQ(e.data.transfer.samples, "all");
    EXPECT_TRUE(e.data.transfer.labels);
    EXPECT_THAT(e.data.transfer.leftOutClasses, ElementsAre(3, 5));
    EXPECT_EQ(e.data.augmentation.shift, 2);
    EXPECT_TRUE(e.data.augmentation.flip);
    EXPECT_EQ(e.data.augmentation.cutout, 4);
    EXPECT_EQ(e.data.augmentation.noise, 0.05);
    EXPECT_THAT(e.data.mean, ElementsAre(0.286));
    EXPECT_THAT(e.data.deviation, ElementsAre(0.353));
    EXPECT_EQ(e.teacher.kind, "experiment");
    const Experiment teacher = schema().read(e.teacher.parameters.at("experiment"));
    EXPECT_EQ(teacher.name, "Teacher");
    EXPECT_EQ(teacher.student.model.parameters, Json::parse(R"({"depth": 56, "wide": true})"));
    WeightsTeacher weights;
    readFields(teacher.teacher.parameters, weights);
    EXPECT_EQ(weights.file, "big.safetensors");
    EXPECT_EQ(weights.model.parameters, Json::parse(R"({"hidden": [512, 512], "dropout": 0.0})"));
    EXPECT_EQ(e.student.model.kind, "mlp");
    EXPECT_EQ(e.student.initialisation.kind, "random");
    ASSERT_EQ(e.stages.size(), 2u);
    const StageSettings& stage = e.stages[0];
    EXPECT_EQ(stage.name, "warm");
    ASSERT_EQ(stage.objective.size(), 2u);
    EXPECT_EQ(stage.objective[0].objective.kind, "kd");
    EXPECT_EQ(stage.objective[0].objective.parameters,
              Json::parse(R"({"temperature": 4.0, "reduction": "batchmean"})"));
    EXPECT_EQ(stage.objective[0].weight, 0.9);
    EXPECT_EQ(stage.objective[0].weightSchedule.kind, "cosine");
    EXPECT_EQ(stage.objective[0].weightSchedule.final, 0.5);
    EXPECT_EQ(stage.objective[1].weightSchedule.kind, "constant");
    EXPECT_EQ(stage.epochs, 0);
    EXPECT_EQ(stage.steps, 300);
    EXPECT_EQ(stage.batchSize, 128);
    EXPECT_EQ(stage.optimiser.kind, "adamw");
    AdamSettings adam;
    readFields(stage.optimiser.parameters, adam);
    EXPECT_EQ(adam.beta2, 0.95);
    EXPECT_EQ(adam.epsilon, 1e-9);
    EXPECT_EQ(stage.learningRate, 0.002);
    EXPECT_EQ(stage.weightDecay, 1e-4);
    EXPECT_EQ(stage.schedule.kind, "step");
    EXPECT_EQ(stage.schedule.warmUp, 0.05);
    EXPECT_EQ(stage.schedule.factor, 0.2);
    EXPECT_THAT(stage.schedule.milestones, ElementsAre(0.5, 0.75));
    EXPECT_EQ(stage.clipNorm, 5);
    EXPECT_EQ(stage.earlyStopping.patience, 5);
    EXPECT_EQ(stage.earlyStopping.minimumImprovement, 0.001);
    EXPECT_EQ(e.stages[1].schedule.kind, "linear");
    EXPECT_EQ(e.stages[1].schedule.final, 0.1);
    EXPECT_EQ(e.stages[1].batchSize, StageSettings{}.batchSize);
    EXPECT_EQ(e.evaluation.probeSize, 256);
    EXPECT_EQ(e.evaluation.probesPerEpoch, 0.5);
    EXPECT_EQ(e.evaluation.validateEvery, 2);
    EXPECT_EQ(e.evaluation.batchSize, 256);
    EXPECT_EQ(e.evaluation.gradientNormEvery, 0);
    EXPECT_EQ(e.evaluation.checkpointEvery, 100);
    EXPECT_EQ(e.evaluation.report, "best");
    EXPECT_TRUE(e.evaluation.biasCorrection);
    EXPECT_EQ(e.compute.device, "cuda:1");
    EXPECT_EQ(e.compute.precision, "bf16");
    EXPECT_EQ(e.compute.threads, 2);
}

TEST(Schema, AnEmptyDocumentIsTheInitialValues)
{
    const Experiment read = schema().read(Json::object());
    const Experiment initial;
    EXPECT_EQ(read.name, initial.name);
    EXPECT_EQ(read.stages.size(), initial.stages.size());
    EXPECT_EQ(read.stages[0].learningRate, initial.stages[0].learningRate);
    EXPECT_EQ(read.stages[0].schedule.milestones, initial.stages[0].schedule.milestones);
    EXPECT_EQ(read.student.model.parameters, Json::parse(R"({"hidden": [64], "dropout": 0.0})"));
    EXPECT_EQ(schema().resolve(Json::object()), schema().root().defaultValue);
    EXPECT_THAT(schema().check(Document::fromJson(schema().root().defaultValue)), IsEmpty());
}

TEST(Schema, ResolvingTwiceChangesNothingAndLosesNothing)
{
    for (const std::string& text : sample::documents()) {
        const Json json = Json::parse(text);
        const Json resolved = schema().resolve(json);
        EXPECT_EQ(schema().resolve(resolved).dump(), resolved.dump());
        EXPECT_THAT(schema().check(Document::fromJson(resolved)), IsEmpty());
        sample::eachLeaf(json, [&](const std::string& pointer, const Json& value) {
            EXPECT_EQ(resolved.at(Json::json_pointer(pointer)),
                      value.empty() ? resolved.at(Json::json_pointer(pointer)) : value);
        });
    }
}

TEST(Schema, ThrowsTheFirstProblem)
{
    try {
        schema().read(Document::parse("{\n\"sed\": 1,\n\"seed\": \"x\"}", "a.json"));
        FAIL();
    } catch (const InputError& error) {
        EXPECT_STREQ(error.what(), "a.json, line 2, /sed: unknown key \"sed\"; did you mean \"seed\"?");
    }
    EXPECT_THROW(schema().resolve(Json::array()), InputError);
    EXPECT_THROW(schema().read(Json({{"stages", 3}})), InputError);
}

TEST(Schema, FindsTheFieldOfEveryValue)
{
    for (const std::string& text : sample::documents()) {
        const Json resolved = schema().resolve(Json::parse(text));
        sample::eachLeaf(resolved, [&](const std::string& pointer, const Json&) {
            const Field* field = schema().find(resolved, pointer);
            ASSERT_NE(field, nullptr) << pointer;
            if (field->type == Field::Type::Any) {
                return; // what it holds is another field's to say
            }
            const std::string last = pointer.substr(pointer.rfind('/') + 1);
            if (last == "kind") {
                EXPECT_EQ(field->type, Field::Type::Kind) << pointer;
            } else if (last.find_first_not_of("0123456789") != std::string::npos) {
                EXPECT_EQ(field->key, last);
                EXPECT_FALSE(field->help.empty()) << pointer;
            }
        });
    }
    const Json document = Json::parse(R"({"stages": [{"objective": [{"kind": "kd"}]}]})");
    EXPECT_TRUE(schema().find(document, "/stages/0/objective/0/temperature")->tunable);
    EXPECT_TRUE(schema().find(document, "/stages/0/objective/0/weight")->tunable);
    EXPECT_TRUE(schema().find(document, "/stages/0/learning_rate")->tunable);
    EXPECT_EQ(schema().find(document, "/stages/0/objective/0/label_smoothing"), nullptr);
    EXPECT_NE(schema().find(Json::object(), "/stages/0/objective/0/label_smoothing"), nullptr) << "the default kind";
    EXPECT_NE(schema().find(document, "/stages/-/epochs"), nullptr);
    EXPECT_EQ(schema().find(document, ""), &schema().root());
    for (const char* nowhere : {"/x", "/name/x", "/stages/x", "/stages/0/objective/0/kind/x", "stages/0/none"}) {
        EXPECT_EQ(schema().find(document, nowhere), nullptr) << nowhere;
    }
}

TEST(Schema, SetsAValueBelowWhatTheDocumentLeavesOut)
{
    const auto set = [](const char* text, const char* pointer, const Json& value) {
        return schema().with(Document::parse(text, "e.json"), pointer, value);
    };
    const Document deep = set("{}", "/stages/0/objective/0/weight", 0.5);
    EXPECT_EQ(deep.json(), Json::parse(R"({"stages": [{"objective": [{"kind": "cross_entropy", "weight": 0.5}]}]})"));
    EXPECT_EQ(deep.source(), "e.json");
    EXPECT_THAT(schema().check(deep), IsEmpty());
    EXPECT_EQ(set("{}", "/data/augmentation/shift", 2).json(), Json::parse(R"({"data": {"augmentation": {"shift": 2}}})"));
    EXPECT_EQ(set("{}", "/student/model/dropout", 0.5).json()["student"]["model"]["kind"], "mlp");
    EXPECT_EQ(set("{}", "/stages/-/epochs", 3).json()["stages"].size(), 2U); // beside the one there is by default
    EXPECT_EQ(set("{}", "/stages/0/objective/-", {{"kind", "kd"}}).json()["stages"][0]["objective"].size(), 2U);
    EXPECT_EQ(set("{}", "/stagez/0/epochs", 3).json(), Json::parse(R"({"stagez": {"0": {"epochs": 3}}})")); // check() tells
    EXPECT_THROW(set("{}", "/stages/1/epochs", 3), InputError);
    EXPECT_THROW(set(R"({"data": 1})", "/data/labelled", 3), InputError);
}

TEST(Schema, ComparesFieldByField)
{
    const auto difference = [](const char* left, const char* right) {
        Json result = Json::array();
        for (const Difference& one : schema().difference(Json::parse(left), Json::parse(right))) {
            result.push_back({one.pointer, one.left, one.right});
        }
        return result;
    };
    EXPECT_EQ(difference("{}", R"({"seed": 1.0, "stages": [{}]})"), Json::array());
    EXPECT_EQ(difference(R"({"stages": [{"epochs": 3}]})", R"({"stages": [{"epochs": 4}]})"),
              Json::parse(R"([["/stages/0/epochs", 3.0, 4.0]])"));
    EXPECT_EQ(difference(R"({"seeds": [1, 2]})", R"({"seeds": [1, 3], "name": "b"})"),
              Json::parse(R"([["/name", "Untitled", "b"], ["/seeds", [1, 2], [1, 3]]])"));
    EXPECT_EQ(difference(R"({"student": {"model": {"kind": "mlp"}}})", R"({"student": {"model": {"kind": "resnet"}}})"),
              Json::parse(R"([["/student/model/kind", "mlp", "resnet"], ["/student/model/hidden", [64], null],
                              ["/student/model/dropout", 0.0, null], ["/student/model/depth", null, 20],
                              ["/student/model/wide", null, false]])"));
    const Json added = difference("{}", R"({"stages": [{}, {"epochs": 2}]})");
    ASSERT_EQ(added.size(), 1u);
    EXPECT_EQ(added[0][0], "/stages/1");
    EXPECT_EQ(added[0][1], nullptr);
    EXPECT_EQ(added[0][2]["epochs"], 2.0);
    EXPECT_EQ(difference(R"({"teacher": {"kind": "experiment", "experiment": {}}})",
                         R"({"teacher": {"kind": "experiment", "experiment": {"seed": 2}}})"),
              Json::parse(R"([["/teacher/experiment/seed", 1, 2]])"));
}

TEST(Schema, ADifferenceTurnsOneDocumentIntoTheOther)
{
    const auto& texts = sample::documents();
    for (const std::string& leftText : texts) {
        for (const std::string& rightText : texts) {
            const Json left = schema().resolve(Json::parse(leftText)), right = schema().resolve(Json::parse(rightText));
            Json built = left;
            std::vector<Difference> differences = schema().difference(left, right);
            for (auto it = differences.rbegin(); it != differences.rend(); ++it) { // later list items first
                const char* operation = it->right.is_null() ? "remove" : it->left.is_null() ? "add" : "replace";
                EXPECT_EQ(it->left,
                          left.contains(Json::json_pointer(it->pointer)) ? left.at(Json::json_pointer(it->pointer))
                                                                         : Json());
                if (std::string(operation) != "add") {
                    built
                        = built.patch(Json::array({{{"op", operation}, {"path", it->pointer}, {"value", it->right}}}));
                }
            }
            for (const Difference& one : differences) {
                if (one.left.is_null()) {
                    built = built.patch(Json::array({{{"op", "add"}, {"path", one.pointer}, {"value", one.right}}}));
                }
            }
            EXPECT_EQ(schema().resolve(built), right) << leftText << rightText;
        }
    }
}

} // namespace
} // namespace distill
