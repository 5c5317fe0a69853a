// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sweep.h"
#include "sample.h"

#include <gmock/gmock.h>
#include <set>

namespace distill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using sample::sentences;

std::string only(const std::string& text)
{
    const auto all = sentences(text);
    EXPECT_THAT(all, SizeIs(1)) << text;
    return all.empty() ? "" : all.front();
}

std::string sweep(const std::string& text)
{
    return "{\"sweep\": " + text + "}";
}

std::string grid(const std::string& field, const std::string& values)
{
    return R"({"kind": "grid", "fields": [{"field": ")" + field + R"(", "values": )" + values + "}]}";
}

std::string drawn(const std::string& kind, const std::string& runs, const std::string& fields, const std::string& more = {})
{
    return R"({"kind": ")" + kind + R"(", "runs": )" + runs + R"(, "fields": [)" + fields + "]" + more + "}";
}

std::vector<Variant> variants(const std::string& text)
{
    return variantsOf(sample::schema(), Json::parse(text));
}

TEST(Sweep, AGridIsEveryCombinationTheLastFieldFastest)
{
    const auto all = variants(sweep(R"({"kind": "grid", "fields": [
        {"field": "/stages/0/learning_rate", "values": [0.1, 0.01]},
        {"field": "/data/augmentation/flip", "values": [true, false]},
        {"field": "/student/model", "values": ["mlp", {"kind": "resnet", "depth": 56}]}]})"));
    std::vector<std::string> names;
    for (const Variant& each : all) {
        names.push_back(each.name);
        EXPECT_THAT(sample::sentences(each.document.dump()), IsEmpty());
        EXPECT_EQ(each.document["sweep"], (Json{{"kind", "none"}}));
        EXPECT_EQ(Json(each.document["stages"][0]["learning_rate"]), each.values[0].value);
    }
    EXPECT_THAT(names, ElementsAre("learning rate 0.1, flip true, model mlp", "learning rate 0.1, flip true, model resnet",
                                   "learning rate 0.1, flip false, model mlp", "learning rate 0.1, flip false, model resnet",
                                   "learning rate 0.01, flip true, model mlp", "learning rate 0.01, flip true, model resnet",
                                   "learning rate 0.01, flip false, model mlp", "learning rate 0.01, flip false, model resnet"));
    EXPECT_EQ(all[1].document["student"]["model"]["depth"], 56);
    EXPECT_EQ(all[1].values[2].value, all[1].document["student"]["model"]); // with its defaults
    EXPECT_EQ(countVariants(sweepOf(sample::schema().read(Json::parse(sweep(grid("/data/augmentation/shift", "[1,2,3]")))).sweep)), 3u);
}

TEST(Sweep, WithoutOneThereIsTheDocumentAlone)
{
    const auto all = variants(R"({"name": "x"})");
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].name, "");
    EXPECT_EQ(all[0].document["name"], "x");
}

TEST(Sweep, DrawsAreDifferentWithinBoundsAndTheSameForTheSameSeed)
{
    const auto text = [](int seed) {
        return sweep(drawn("random", "40",
                           R"({"field": "/stages/0/learning_rate", "minimum": 0.0001, "maximum": 1, "logarithmic": true},
                              {"field": "/stages/0/batch_size", "minimum": 16, "maximum": 64},
                              {"field": "/stages/0/epochs", "minimum": 1, "maximum": 9, "whole": true},
                              {"field": "/student/model", "values": ["mlp", "resnet"]})",
                           ", \"seed\": " + std::to_string(seed)));
    };
    const auto all = variants(text(1));
    ASSERT_EQ(all.size(), 40u);
    std::set<std::string> distinct;
    int below = 0, mlps = 0;
    for (const Variant& each : all) {
        const Json& stage = each.document["stages"][0];
        const double rate = stage["learning_rate"], epochs = stage["epochs"];
        EXPECT_GE(rate, 0.0001);
        EXPECT_LE(rate, 1);
        EXPECT_EQ(epochs, std::floor(epochs));
        EXPECT_TRUE(stage["batch_size"].is_number_integer() && stage["batch_size"] >= 16 && stage["batch_size"] <= 64);
        below += rate < 0.01;
        mlps += each.document["student"]["model"]["kind"] == "mlp";
        distinct.insert(each.name);
    }
    EXPECT_EQ(distinct.size(), 40u);
    // Half of the powers of ten lie below 0.01, drawn evenly 1 % would; five deviations of a binomial are 16.
    EXPECT_NEAR(below, 20, 16);
    EXPECT_NEAR(mlps, 20, 16);
    const auto again = variants(text(1)), other = variants(text(2));
    int same = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].name, again[i].name);
        same += all[i].name == other[i].name;
    }
    EXPECT_LT(same, 5);
}

TEST(Sweep, AsManyDrawsAsThereAreCombinationsAreAllOfThem)
{
    const std::string fields = R"({"field": "/data/augmentation/shift", "values": [1, 2, 3]},
                                  {"field": "/data/augmentation/flip", "values": [true, false]})";
    for (const char* runs : {"0", "5", "6"}) {
        std::set<std::string> distinct;
        for (const Variant& each : variants(sweep(drawn("random", runs, fields)))) {
            distinct.insert(each.name);
        }
        EXPECT_EQ(distinct.size(), runs == std::string("5") ? 5u : 6u);
    }
    EXPECT_THAT(only(sweep(drawn("random", "7", fields))),
                HasSubstr("/sweep/runs: there are only 6 combinations of these values, expected at most as many, got 7"));
    EXPECT_THAT(only(sweep(drawn("random", "0", R"({"field": "/stages/0/learning_rate", "minimum": 1, "maximum": 2})"))),
                HasSubstr("/sweep/runs: expected how many combinations to draw"));
    EXPECT_THAT(only(sweep(drawn("random", "9", R"({"field": "/data/augmentation/shift", "minimum": 1, "maximum": 3})"))),
                HasSubstr("only 3 different combinations"));
}

TEST(Sweep, FieldsAreHeldAgainstTheDocument)
{
    EXPECT_THAT(sentences(sweep(grid("/stages/0/learning_rate", "[0.1, 0.01]"))), IsEmpty());
    EXPECT_THAT(only(sweep(grid("/stages/0/learning_rat", "[1]"))),
                HasSubstr("line 1, /sweep/fields/0/field: there is no such field in this document: \"/stages/0/learning_rat\", expected a "
                          "path such as \"/stages/0/learning_rate\"; did you mean \"/stages/0/learning_rate\"?"));
    EXPECT_THAT(only(sweep(grid("/stages/1/epochs", "[1]"))), HasSubstr("no such field"));
    EXPECT_THAT(only(sweep(grid("epochs", "[1]"))), HasSubstr("no such field"));
    EXPECT_THAT(only(sweep(grid("/student/model/kind", "[\"mlp\"]"))), HasSubstr("expected \"/student/model\", whose values are kinds"));
    EXPECT_THAT(only(sweep(grid("/name", "[\"a\"]"))), HasSubstr("decides what is learned"));
    EXPECT_THAT(only(sweep(grid("/seed", "[1]"))), HasSubstr("several seeds stand in /seeds"));
    EXPECT_THAT(only(sweep(grid("/generations", "[1, 2]"))), HasSubstr("follow one another"));
    EXPECT_THAT(only(sweep(R"({"kind": "grid"})")), HasSubstr("/sweep: \"fields\" is missing for the kind \"grid\""));
    EXPECT_THAT(only(R"({"teacher": {"kind": "experiment", "experiment": {"sweep": )" + grid("/data/labelled", "[1]") + "}}}"),
                HasSubstr("/teacher/experiment/sweep/kind: a teacher is one run"));
    const auto two = [](const std::string& a, const std::string& b) {
        return sweep(R"({"kind": "grid", "fields": [{"field": ")" + a + R"(", "values": [{"kind": "mlp"}]}, {"field": ")" + b
                     + R"(", "values": [{"kind": "mlp"}]}]})");
    };
    EXPECT_THAT(only(two("/student/model", "/student/model")), HasSubstr("/sweep/fields/1/field: expected each field once"));
    EXPECT_THAT(sentences(two("/student/model", "/student/model/hidden")).front(), HasSubstr("/sweep/fields/1"));
}

TEST(Sweep, ValuesAreHeldAgainstTheirField)
{
    EXPECT_THAT(only(sweep(grid("/stages/0/learning_rate", "[]"))), HasSubstr("/sweep/fields/0/values: there is a field and no value"));
    EXPECT_EQ(only(sweep(grid("/stages/0/batch_size", "[8, 8.5]"))),
              "line 1, /sweep/fields/0/values/1: expected a whole number of samples from 1 to 65536, got 8.5");
    EXPECT_THAT(only(sweep(grid("/stages/0/epochs", "[2, 1, 2.0]"))), HasSubstr("/values/2: expected each value once, got 2.0 again"));
    EXPECT_THAT(only(sweep(grid("/student/model", "[\"resnett\"]"))),
                HasSubstr("values/0/kind: expected the kind \"mlp\" or \"resnet\", got \"resnett\"; did you mean \"resnet\"?"));
    EXPECT_THAT(only(sweep(grid("/student/model", R"([{"kind": "mlp", "dropout": 2}])"))),
                HasSubstr("/sweep/fields/0/values/0/dropout: expected a number from 0 to 0.9"));
    EXPECT_THAT(only(sweep(grid("/compute/precision", R"(["fp32", "fp16"])"))), HasSubstr("values/1: expected"));
    const auto range = [](const std::string& field, const std::string& rest) {
        return only(sweep(drawn("random", "3", R"({"field": ")" + field + "\"" + rest + "}")));
    };
    EXPECT_THAT(range("/stages/0/epochs", ""), HasSubstr("expected \"values\", or \"minimum\" and \"maximum\""));
    EXPECT_THAT(range("/stages/0/epochs", R"(, "minimum": 3, "maximum": 2)"), HasSubstr("/maximum: expected a number above \"minimum\" (3)"));
    EXPECT_THAT(range("/data/validation_share", R"(, "minimum": 0.1, "maximum": 2)"), HasSubstr("/maximum: expected a number from 0 to 0.9"));
    EXPECT_THAT(range("/stages/0/epochs", R"(, "maximum": 2, "logarithmic": true)"), HasSubstr("/minimum: expected a number above 0"));
    EXPECT_THAT(range("/compute/precision", R"(, "maximum": 2)"), HasSubstr("only numbers can be drawn"));
    EXPECT_THAT(range("/stages/0/epochs", R"(, "values": [1, 2, 3], "maximum": 2)"), HasSubstr("there are values and bounds"));
}

TEST(Sweep, TooManyRunsAreCounted)
{
    std::string values = "[1";
    for (int i = 2; i <= 40; ++i) {
        values += ", " + std::to_string(i);
    }
    const std::string fields = R"([{"field": "/data/augmentation/shift", "values": )" + values + R"(]}, {"field": "/data/labelled", "values": )"
        + values + "]}]";
    EXPECT_THAT(only(sweep(R"({"kind": "grid", "fields": )" + fields + "}")),
                HasSubstr("/sweep/fields: these are 1600 runs (1600 combinations), expected at most 1000"));
    EXPECT_THAT(only(R"({"seeds": [1, 2, 3], "sweep": )" + drawn("random", "400", fields.substr(1, fields.size() - 2)) + "}"),
                HasSubstr("/sweep/runs: these are 1200 runs (400 combinations times 3 seeds), expected at most 1000"));
}

TEST(Sweep, AVariantThatBreaksARuleIsNamed)
{
    EXPECT_THAT(only(R"({"sweep": {"kind": "grid", "fields": [
        {"field": "/stages/0/optimiser", "values": ["adam", {"kind": "sgd", "nesterov": true, "momentum": 0}]}]}})"),
                HasSubstr("/sweep/fields: with optimiser sgd this is no sound experiment: /stages/0/optimiser/nesterov"));
    EXPECT_THAT(only(R"({"sweep": {"kind": "grid", "fields": [{"field": "/stages/0/objective", "values": [[{"kind": "kd"}]]}]}})"),
                HasSubstr("learns from a teacher"));
}

TEST(Sweep, HalvingNeedsSomethingToChooseByAndRisingRungs)
{
    const std::string field = R"({"field": "/data/augmentation/shift", "values": [1, 2, 3]})";
    EXPECT_THAT(sentences(sweep(drawn("halving", "0", field))), IsEmpty());
    EXPECT_THAT(only(sweep(drawn("halving", "0", field, R"(, "rungs": [0.5, 0.5])"))), HasSubstr("/sweep/rungs/1: expected a later rung"));
    EXPECT_THAT(only(sweep(drawn("halving", "0", field, R"(, "rungs": [])"))), HasSubstr("/sweep/rungs: expected at least one"));
    EXPECT_THAT(only(sweep(drawn("halving", "0", field, R"(, "rungs": [1])"))), HasSubstr("/sweep/rungs/0: expected a number"));
    EXPECT_THAT(only(R"({"data": {"validation_share": 0}, "sweep": )" + drawn("halving", "0", field) + "}"),
                HasSubstr("/sweep/kind: runs are chosen by validation accuracy"));
    EXPECT_THAT(only(sweep(drawn("halving", "0", R"({"field": "/data/validation_share", "values": [0.1, 0.2]})"))),
                HasSubstr("expected another field: runs are chosen by validation accuracy"));
    EXPECT_THAT(only(sweep(drawn("halving", "0", R"({"field": "/data/augmentation/shift", "values": [1]})"))), HasSubstr("two combinations"));
    EXPECT_THAT(only(R"({"generations": 2, "teacher": {"kind": "run", "run": "1234"}, "sweep": )" + drawn("halving", "0", field) + "}"),
                HasSubstr("/generations: expected 1 with successive halving"));
}

TEST(Sweep, LabelsAreAsShortAsTellsThemApart)
{
    const auto labels = [](const std::vector<std::string>& pointers) {
        std::vector<SweptField> fields;
        for (const std::string& pointer : pointers) {
            fields.emplace_back().field = pointer;
        }
        return labelsOf(fields);
    };
    EXPECT_THAT(labels({"/stages/0/epochs", "/stages/0/learning_rate"}), ElementsAre("epochs", "learning_rate"));
    EXPECT_THAT(labels({"/stages/0/objective/0/weight", "/stages/0/objective/1/weight", "/seed"}),
                ElementsAre("0/weight", "1/weight", "seed"));
    EXPECT_THAT(labels({"/student/model", "/teacher/experiment/student/model"}),
                ElementsAre("student/model", "experiment/student/model"));
}

TEST(Sweep, WhatCanBeSweptIsInTheDocumentAndCanBe)
{
    const Json resolved = sample::schema().resolve(Json::parse(sample::documents()[2]));
    const auto fields = sweepableFields(sample::schema(), resolved);
    EXPECT_THAT(fields, testing::IsSupersetOf({"/student/model", "/student/model/hidden", "/stages/0/objective/0/temperature",
                                               "/data/augmentation/flip", "/teacher/experiment/student/model/depth"}));
    EXPECT_THAT(fields, testing::Not(testing::Contains("/seed")));
    EXPECT_GT(fields.size(), 60u);
    for (const std::string& field : fields) {
        Json document = resolved;
        document["sweep"] = {{"kind", "grid"}, {"fields", {{{"field", field}, {"values", {resolved.at(Json::json_pointer(field))}}}}}};
        EXPECT_THAT(sentences(document.dump()), IsEmpty()) << field;
    }
}

} // namespace
} // namespace distill
