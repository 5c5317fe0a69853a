// SPDX-License-Identifier: GPL-3.0-or-later
// What advice is given by: how an objective's gradients go with the temperature, and whether its samples know of one another.
#include "corners.h"

#include <algorithm>
#include <set>

namespace distill::test {

namespace {

bool hasField(const Kind& kind, const std::string& key)
{
    return std::any_of(kind.fields.begin(), kind.fields.end(), [&](const Field& field) { return field.key == key; });
}

NamedTensors logitsOf(std::int64_t samples)
{
    return {{"student/logits", randomTensor({samples, 10}, 1)},
            {"teacher/logits", randomTensor({samples, 10}, 2)},
            {"labels", at::arange(samples, at::kLong).remainder(10)}};
}

double sizeOf(const ObjectiveValue& value)
{
    return value.gradients.at("student/logits").norm().item<double>();
}

TEST(Traits, TheSquaredTemperatureKeepsTheSizeOfAGradient)
{
    int seen = 0;
    for (const Kind& kind : objectiveKinds()) {
        if (!hasField(kind, "scale_by_t2")) {
            continue;
        }
        SCOPED_TRACE(kind.name);
        const auto at = [&](double temperature, bool scaled) {
            return sizeOf(evaluated(kind.name, {{"temperature", temperature}, {"scale_by_t2", scaled}}, logitsOf(6)));
        };
        EXPECT_NEAR(at(4, true) / at(4, false), 16, 1e-9);
        // The gradient of the total variation is 1/T: no advice to multiply it by T^2.
        const double doubled = kind.name.ends_with("tvd") ? 2 : 1;
        EXPECT_NEAR(at(40, true) / at(20, true), doubled, 0.05);
        ++seen;
    }
    EXPECT_GE(seen, 10);
}

TEST(Traits, TowardsTheEndsOfBetaTheGradientsVanish)
{
    NamedTensors tensors = logitsOf(6);
    tensors["teacher/logits"] = tensors["student/logits"] + 0.01 * tensors["teacher/logits"]; // close to one another
    const double whole = sizeOf(evaluated("forward_kl", {}, tensors));
    for (const char* kind : {"jsd", "gkd", "sparse_jsd"}) {
        for (const double beta : {0.005, 0.1, 0.5, 0.99}) {
            const double expected = beta * (1 - beta);
            EXPECT_NEAR(sizeOf(evaluated(kind, {{"beta", beta}}, tensors)) / whole, expected, 0.02 * expected) << kind << beta;
        }
    }
    EXPECT_NEAR(sizeOf(evaluated("gkd", {{"beta", 0}}, tensors)) / whole, 1, 1e-9);
    EXPECT_EQ(sizeOf(evaluated("jsd", {{"beta", 0}}, tensors)), 0);
    EXPECT_EQ(sizeOf(evaluated("jsd", {{"beta", 1}}, tensors)), 0);
    EXPECT_NEAR(sizeOf(evaluated("skew_forward_kl", {{"alpha", 1}}, tensors)), 0, 1e-15);
    EXPECT_NEAR(sizeOf(evaluated("skew_reverse_kl", {{"alpha", 1}}, tensors)), 0, 1e-15);
}

TEST(Traits, SamplesKnowOfOneAnotherWhereItIsSaid)
{
    std::map<std::string, std::pair<Json, std::vector<std::int64_t>>> taps = {
        {"sp", {{}, {4, 3, 6, 6}}},   {"pkt", {{}, {4, 5}}},
        {"rkd", {{}, {4, 5}}},        {"correlation", {{{"form", "kernel_mse"}, {"dimension", 0}}, {4, 5}}},
        {"srd", {{}, {4, 5}}},        {"at", {{{"form", "code"}}, {4, 3, 6, 6}}},
        {"nst", {{}, {4, 3, 6, 6}}},  {"hcl", {{}, {4, 3, 6, 6}}},
        {"hidden_mse", {{}, {4, 5}}}, {"hidden_cosine", {{}, {4, 5}}},
    };
    int relating = 0, others = 0;
    for (const Kind& kind : objectiveKinds()) {
        SCOPED_TRACE(kind.name);
        NamedTensors tensors = logitsOf(4);
        Json parameters = Json::object();
        std::string name = "student/logits";
        if (const auto found = taps.find(kind.name); found != taps.end()) {
            parameters = found->second.first.is_null() ? Json::object() : found->second.first;
            name = "student/tap0";
            tensors[name] = randomTensor(found->second.second, 3);
            tensors["teacher/tap0"] = randomTensor(found->second.second, 4);
            for (const char* side : {"student", "teacher"}) {
                for (const char* key : {"_tap", "_taps"}) {
                    if (hasField(kind, side + std::string(key))) {
                        parameters[side + std::string(key)] = key == std::string("_tap") ? Json("tap0") : Json::array({"tap0"});
                    }
                }
            }
        } else if (kind.name == "dpo" || kind.name == "sequence_ce" || hasField(kind, "student_tap")
                   || hasField(kind, "student_taps")) {
            continue; // of sequences, or with learned parts that normalise over the batch
        }
        const auto ofFirst = [&] { return evaluated(kind.name, parameters, tensors).gradients.at(name)[0].clone(); };
        const at::Tensor before = ofFirst();
        tensors[name] = tensors[name].clone();
        tensors[name][1].mul_(-2).add_(1);
        const bool same = ofFirst().allclose(before, 1e-9, 1e-12);
        const bool relates = kind.traits(parametersOf(kind.name, parameters)).relatesSamples;
        EXPECT_EQ(relates, !same);
        (relates ? relating : others) += 1;
    }
    EXPECT_EQ(relating, 6);
    EXPECT_GE(others, 15);
    EXPECT_FALSE(findKind(objectiveKinds(), "dist")->traits(parametersOf("dist", {{"gamma", 0}})).relatesSamples);
}

/// A mixed sample's gradient: where one class is taken, that of the partner changes nothing.
TEST(Traits, MixedSamplesAreTakenForBothClassesUnlessItIsSaid)
{
    for (const Kind& kind : objectiveKinds()) {
        const Traits traits = kind.traits(parametersOf(kind.name, Json::object()));
        if (!traits.needsLabels || kind.name == "dpo" || kind.name == "sequence_ce" || kind.name == "crd") {
            continue; // of sequences; of places in the training set
        }
        SCOPED_TRACE(kind.name);
        const std::unique_ptr<Objective> objective = makeObjective({kind.name, parametersOf(kind.name, Json::object())});
        const NamedTensors tensors = logitsOf(4);
        const auto lossWith = [&](std::int64_t partner) {
            const HardLabels labels{tensors.at("labels"), at::full({4}, partner, at::kLong), at::full({4}, 0.3)};
            const Taps none;
            return objective->loss({tensors.at("student/logits"), tensors.at("teacher/logits"), labels, none, none})
                .item<double>();
        };
        EXPECT_EQ(traits.needsOneClass, lossWith(5) == lossWith(6));
    }
}

} // namespace

} // namespace distill::test
