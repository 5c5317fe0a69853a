// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"

#include "method.h"

#include <gmock/gmock.h>

namespace distill::test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

std::string formula(const std::string& kind, const Json& given = Json::object())
{
    return formulaOf({kind, parametersOf(kind, given)});
}

TEST(Formula, OfSoftTargetsFollowsEachPublishedConvention)
{
    const std::string soft4 = "p = softmax(z_t/4), q = softmax(z_s/4)", kl = "sum_b sum_k p log(p/q), ";
    const std::map<std::string, std::string> expected = {
        {"repdistiller", "(16/B) " + kl + soft4},
        {"mdistiller", "(16/B) " + kl + soft4},
        {"kd-zoo", "(16/B) " + kl + soft4},
        {"torchdistill",
         "0.9 H + 0.1 S, H = mean over labelled samples of -log softmax(z_s)_y, S = (16/B) " + kl + soft4},
        {"textbrewer", "(1/B) sum_b sum_k -p log q, " + soft4},
        {"kd_lib",
         "0.5 H + 0.5 S, H = mean over labelled samples of -log softmax(z_s)_y, S = (400/(B K)) sum_b sum_k (p - q)^2, p = "
         "softmax(z_t/20), q = softmax(z_s/20)"},
        {"modelopt", "(1/(B K)) " + kl + "p = softmax(z_t), q = softmax(z_s)"},
        {"distillkit", "(1/B) " + kl + "p = softmax(z_t), q = softmax(z_s)"},
    };
    const std::vector<Preset>& presets = findKind(objectiveKinds(), "kd")->presets;
    ASSERT_EQ(presets.size(), expected.size());
    for (const Preset& preset : presets) {
        EXPECT_EQ(formula("kd", preset.parameters), expected.at(preset.name)) << preset.name;
    }
}

/// Whatever a convention changes changes the text too, and nothing else does: two presets of a kind have the same formula where
/// and only where they have the same parameters (but for those that only start the training).
TEST(Formula, OfTwoConventionsIsTheSameOnlyWhereTheParametersAre)
{
    for (const Kind& kind : objectiveKinds()) {
        for (const Preset& a : kind.presets) {
            for (const Preset& b : kind.presets) {
                Json one = parametersOf(kind.name, a.parameters), other = parametersOf(kind.name, b.parameters);
                for (const char* silent : {"translator_norm", "rate", "softened_tail"}) { // of what is learned, or of stored tokens
                    one.erase(silent);
                    other.erase(silent);
                }
                for (Json* parameters : {&one, &other}) {
                    if (parameters->value("temperature", 0.0) == 1) {
                        parameters->erase("scale_by_t2");
                    }
                }
                EXPECT_EQ(formula(kind.name, a.parameters) == formula(kind.name, b.parameters), one == other)
                    << kind.name << ": " << a.name << " and " << b.name;
            }
        }
    }
}

/// Each number and each form that a parameter may have moves the text.
TEST(Formula, FollowsEveryParameterThatTheLossDependsOn)
{
    // They say when something is learned, how it starts, or what becomes of padding and of stored tokens.
    const std::set<std::string> silent = {"ft/rate",
                                          "ft/translator_norm",
                                          "sparse_kl/softened_tail",
                                          "sparse_jsd/softened_tail",
                                          "sparse_tvd/softened_tail",
                                          "minilm/attention",
                                          "correlation/kernel",
                                          "correlation/gamma",
                                          "correlation/order"};
    for (const Kind& kind : objectiveKinds()) {
        for (const Field& field : kind.fields) {
            Json other;
            switch (field.type) {
            case Field::Type::Boolean:
                other = !field.defaultValue.get<bool>();
                break;
            case Field::Type::Integer:
            case Field::Type::Number: {
                const double value = field.defaultValue.get<double>();
                const double moved = value + 1 <= field.maximum ? value + 1
                    : value > field.minimum                     ? (value + field.minimum) / 2
                                                                : (value + field.maximum) / 2;
                other = field.type == Field::Type::Integer ? Json(static_cast<std::int64_t>(moved)) : Json(moved);
                break;
            }
            case Field::Type::Choice:
                other = field.options.back().name == field.defaultValue ? field.options.front().name : field.options.back().name;
                break;
            case Field::Type::Text:
                other = "stage9";
                break;
            case Field::Type::List:
                other = Json::array({"stage9"});
                break;
            default:
                FAIL() << kind.name << " " << field.key;
            }
            Json base = Json::object(), changed{{field.key, other}};
            if (field.key == "scale_by_t2") { // which says nothing at 1
                base["temperature"] = changed["temperature"] = 2.0;
            }
            if (!silent.contains(kind.name + "/" + field.key)) {
                EXPECT_NE(formula(kind.name, changed), formula(kind.name, base)) << kind.name << ", " << field.key;
            }
        }
    }
    // Those that matter only in one form of their method.
    const Json kernel{{"form", "kernel_mse"}};
    const auto withKernel = [&](Json more) {
        more.update(kernel);
        return formula("correlation", more);
    };
    EXPECT_THAT(withKernel({{"gamma", 0.5}}), HasSubstr("exp(-1) sum_{p=0...2} 1^p/p! (e_i.e_j)^p"));
    EXPECT_THAT(withKernel({{"order", 3}}), HasSubstr("p=0...3"));
    EXPECT_THAT(withKernel({{"kernel", "bilinear"}}), HasSubstr("K_ij = e_i.e_j"));
    EXPECT_NE(formula("minilm", {{"version", "1"}, {"attention", "scores"}}), formula("minilm", {{"version", "1"}}));
}

TEST(Formula, OfSmoothedLabelsHasBothParts)
{
    EXPECT_EQ(formula("cross_entropy"), "mean over labelled samples of -log q_y, q = softmax(z_s)");
    EXPECT_EQ(formula("cross_entropy", {{"label_smoothing", 0.1}}),
              "mean over labelled samples of -[0.9 log q_y + (0.1/K) sum_k log q_k], q = softmax(z_s)");
}

TEST(Formula, WithoutWordsOfItsOwnTheParametersFollow)
{
    const std::string text = formula("reviewkd", {{"width", 64}});
    EXPECT_THAT(text, Not(testing::StartsWith("L =")));
    EXPECT_THAT(text, testing::EndsWith(", of stage1, stage2, stage3, penultimate, with width = 64"));
}

TEST(Formula, OfADivergenceAtItsEndsIsWhatIsComputed)
{
    EXPECT_THAT(formula("gkd", {{"beta", 0.0}}), HasSubstr("KL(p || q)"));
    EXPECT_THAT(formula("gkd", {{"beta", 1.0}}), HasSubstr("KL(q || p)"));
    EXPECT_THAT(formula("jsd", {{"beta", 0.25}, {"temperature", 2.0}}),
                testing::StartsWith("4 mean over samples or tokens of [0.25 KL(p || M) + 0.75 KL(q || M)], M = 0.25 p + 0.75 q"));
    EXPECT_THAT(formula("ofd"),
                testing::AllOf(testing::StartsWith("0.001/B sum over pairs of w sum d of stage1.pre"), HasSubstr("w = 1/4, 1/2, 1")));
}

TermSettings term(double weight, const std::string& kind, const Json& parameters = Json::object())
{
    TermSettings settings;
    settings.weight = weight;
    settings.objective = {kind, parametersOf(kind, parameters)};
    return settings;
}

TermSettings muted(TermSettings settings)
{
    settings.muted = true;
    return settings;
}

std::vector<std::string> loss(const std::vector<TermSettings>& terms, bool mixes = false)
{
    StageSettings stage;
    stage.objective = terms;
    return lossFormula(stage, mixes);
}

TEST(LossFormula, AddsUpTheTermsWithTheirWeights)
{
    EXPECT_THAT(loss({term(0.1, "cross_entropy"), term(0.9, "kd")}),
                ElementsAre("L = 0.1 CE + 0.9 KD", "CE = mean over labelled samples of -log q_y, q = softmax(z_s)",
                            "KD = (16/B) sum_b sum_k p log(p/q), p = softmax(z_t/4), q = softmax(z_s/4)"));
}

TEST(LossFormula, LeavesMutedTermsOutAndNumbersTwins)
{
    const auto lines
        = loss({term(1, "kd"), muted(term(1, "logit_mse")), term(2, "kd", {{"temperature", 1.0}}), muted(term(1, "kd"))});
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0], "L = KD1 + 2 KD2");
    EXPECT_THAT(lines[1], testing::StartsWith("KD1 = (16/B) "));
    EXPECT_THAT(lines[2], testing::StartsWith("KD2 = (1/B) "));
}

TEST(LossFormula, SaysHowSchedulesMoveWeightsAndTemperatures)
{
    TermSettings labels = term(0.5, "cross_entropy"), soft = term(0.9, "kd");
    labels.weightSchedule.kind = "step";
    labels.weightSchedule.warmUp = 0.2;
    labels.weightSchedule.factor = 0.5;
    labels.weightSchedule.milestones = {0.5, 0.75};
    soft.weightSchedule.kind = "cosine";
    soft.weightSchedule.warmUp = 0.1;
    soft.weightSchedule.final = 0.1;
    soft.temperatureSchedule.kind = "linear";
    soft.temperatureSchedule.final = 0.25;
    EXPECT_THAT(loss({labels, soft}),
                ElementsAre("L = w_CE CE + w_KD KD", testing::StartsWith("CE = "),
                            "KD = (T^2/B) sum_b sum_k p log(p/q), p = softmax(z_t/T), q = softmax(z_s/T)",
                            "w_CE = 0.5, rising linearly from 0 over the first 20 % of the steps, then times 0.5 after 60 %, 80 % of "
                            "the steps",
                            "w_KD = 0.9, rising linearly from 0 over the first 10 % of the steps, then along a cosine to 0.09",
                            "T of KD = 4, linearly to 1"));
    soft.temperatureSchedule.final = 0.001;
    EXPECT_THAT(loss({soft}).back(), testing::EndsWith("linearly to 0.004, 0.01 at least"));
}

TEST(LossFormula, SaysWhatMixedSamplesChange)
{
    EXPECT_EQ(loss({term(1, "kd")}, true).size(), 2U);
    EXPECT_THAT(loss({term(1, "cross_entropy")}, true).back(), HasSubstr("mixed"));
}

} // namespace
} // namespace distill::test
