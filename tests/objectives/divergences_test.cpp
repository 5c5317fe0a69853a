// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

using Formula = std::function<at::Tensor(const at::Tensor& p, const at::Tensor& q)>;

at::Tensor kl(const at::Tensor& p, const at::Tensor& q)
{
    return (p * (p / q).log()).sum();
}

at::Tensor ce(const at::Tensor& p, const at::Tensor& q)
{
    return -(p * q.log()).sum();
}

Formula jsd(double b)
{
    return [b](const at::Tensor& p, const at::Tensor& q) {
        const at::Tensor m = b * p + (1 - b) * q;
        return b * kl(p, m) + (1 - b) * kl(q, m);
    };
}

at::Tensor reference(const NamedTensors& t, double temperature, bool scaled, const Formula& formula)
{
    const at::Tensor s = tokenRows(t.at("student/logits")), f = tokenRows(t.at("teacher/logits"));
    const at::Tensor mean = meanOverTokens(
        t, s.size(0), [&](std::int64_t i) { return formula(softmaxOf(f[i], temperature), softmaxOf(s[i], temperature)); });
    return scaled ? mean * temperature * temperature : mean;
}

void expectFormula(const std::string& kind, Json parameters, const Formula& formula)
{
    for (const double temperature : {1.0, 2.5}) {
        for (const bool scaled : {true, false}) {
            parameters["temperature"] = temperature;
            parameters["scale_by_t2"] = scaled;
            for (const std::string padding : {"mask", "labels", ""}) {
                expectMethod({"sequence, " + padding + parameters.dump(), kind, parameters, sequenceLogits(padding),
                              [=](const NamedTensors& t) { return reference(t, temperature, scaled, formula); },
                              /*differences=*/padding == "mask"});
            }
        }
    }
    expectMethod({"one image",
                  kind,
                  parameters,
                  {{"student/logits", randomTensor({1, 5}, 3)}, {"teacher/logits", randomTensor({1, 5}, 4)}},
                  [=](const NamedTensors& t) { return reference(t, 2.5, false, formula); }});
}

TEST(Divergences, AreTheirFormulas)
{
    const Json divergence{{"form", "divergence"}}, crossEntropy{{"form", "cross_entropy"}};
    const Formula reverse = [](const at::Tensor& p, const at::Tensor& q) { return kl(q, p); };
    expectFormula("forward_kl", divergence, kl);
    expectFormula("forward_kl", crossEntropy, ce);
    expectFormula("reverse_kl", Json::object(), reverse);
    for (const double b : {0.0, 0.2, 0.9}) {
        expectFormula("symmetric_kl", {{"form", "divergence"}, {"beta", b}},
                      [=](const at::Tensor& p, const at::Tensor& q) { return (1 - b) * kl(p, q) + b * kl(q, p); });
        expectFormula("symmetric_kl", {{"form", "cross_entropy"}, {"beta", b}},
                      [=](const at::Tensor& p, const at::Tensor& q) { return (1 - b) * ce(p, q) + b * kl(q, p); });
    }
    for (const double b : {0.5, 0.1, 0.8}) {
        expectFormula("jsd", {{"beta", b}}, jsd(b));
        expectFormula("gkd", {{"beta", b}}, jsd(b));
    }
    expectFormula("gkd", {{"beta", 0.0}}, kl);
    expectFormula("gkd", {{"beta", 1.0}}, reverse);
    expectFormula("tvd", Json::object(), [](const at::Tensor& p, const at::Tensor& q) { return (p - q).abs().sum() / 2; });
    for (const double a : {0.1, 0.6, 0.0}) {
        expectFormula("skew_forward_kl", {{"form", "divergence"}, {"alpha", a}},
                      [=](const at::Tensor& p, const at::Tensor& q) { return kl(p, a * p + (1 - a) * q); });
        expectFormula("skew_forward_kl", {{"form", "cross_entropy"}, {"alpha", a}},
                      [=](const at::Tensor& p, const at::Tensor& q) { return ce(p, a * p + (1 - a) * q); });
        expectFormula("skew_reverse_kl", {{"alpha", a}},
                      [=](const at::Tensor& p, const at::Tensor& q) { return kl(q, (1 - a) * p + a * q); });
    }
}

TEST(Divergences, ThePublishedConventionsAreTheirs)
{
    const auto distillmJs = [](const at::Tensor& p, const at::Tensor& q) {
        const double lambda = 0.9;
        const at::Tensor m = (1 - lambda) * p + lambda * q;
        return lambda * kl(q, m) + (1 - lambda) * kl(p, m);
    };
    const std::vector<std::tuple<std::string, std::string, Formula>> all{
        {"forward_kl", "distillm", ce},
        {"forward_kl", "distillkit", kl},
        {"forward_kl", "trl", kl},
        {"symmetric_kl", "distillm", [](const at::Tensor& p, const at::Tensor& q) { return 0.1 * ce(p, q) + 0.9 * kl(q, p); }},
        {"jsd", "distillm", distillmJs},
        {"jsd", "distillkit", jsd(0.5)},
        {"gkd", "trl", jsd(0.5)},
        {"skew_forward_kl", "distillm", [](const at::Tensor& p, const at::Tensor& q) { return ce(p, 0.1 * p + 0.9 * q); }},
        {"skew_reverse_kl", "distillm", [](const at::Tensor& p, const at::Tensor& q) { return kl(q, 0.9 * p + 0.1 * q); }},
    };
    for (const auto& [kind, convention, formula] : all) {
        Json parameters;
        for (const Kind& each : objectiveKinds()) {
            for (const Preset& preset : each.presets) {
                if (each.name == kind && preset.name == convention) {
                    parameters = preset.parameters;
                }
            }
        }
        ASSERT_TRUE(parameters.is_object()) << kind << " " << convention;
        const Formula f = formula;
        expectMethod({"as " + convention, kind, parameters, sequenceLogits(),
                      [=](const NamedTensors& t) { return reference(t, 1, false, f); }});
    }
}

TEST(Divergences, EqualInputsCostNothingAndNoDivergenceIsNegative)
{
    NamedTensors t = sequenceLogits();
    for (const std::string kind :
         {"reverse_kl", "tvd", "jsd", "gkd", "skew_reverse_kl", "forward_kl", "symmetric_kl", "skew_forward_kl"}) {
        EXPECT_GE(valueOf(kind, t).value, 0.001) << kind;
        NamedTensors equal = t;
        equal["teacher/logits"] = t.at("student/logits");
        const ObjectiveValue found = valueOf(kind, equal);
        EXPECT_NEAR(found.value, 0, 1e-12) << kind;
        EXPECT_NEAR(found.gradients.at("student/logits").abs().max().item<double>(), 0, 1e-12) << kind;
    }
}

TEST(Divergences, TheInteriorFormulaIsZeroAtBothEndsWhereGkdIsAKl)
{
    for (const double beta : {0.0, 1.0}) {
        EXPECT_EQ(valueOf("jsd", sequenceLogits(), {{"beta", beta}}).value, 0);
        EXPECT_GT(valueOf("gkd", sequenceLogits(), {{"beta", beta}}).value, 0.1);
    }
}

TEST(Divergences, WhatOneSideExcludesIsLeftOutOfAKlButNotOfTheOthers)
{
    const at::Tensor s = at::tensor({0.0, 0.0, 0.0, 0.0}, at::kDouble).view({1, 4});
    const at::Tensor f = at::tensor({0.0, 0.0, -INFINITY, -INFINITY}, at::kDouble).view({1, 4});
    const NamedTensors t{{"student/logits", s}, {"teacher/logits", f}}, turned{{"student/logits", f}, {"teacher/logits", s}};
    EXPECT_NEAR(valueOf("forward_kl", t).value, std::log(2.0), 1e-12);
    EXPECT_NEAR(valueOf("reverse_kl", t).value, 2 * 0.25 * std::log(0.5), 1e-12);
    EXPECT_NEAR(valueOf("forward_kl", turned).value, 2 * 0.25 * std::log(0.5), 1e-12);
    EXPECT_NEAR(valueOf("reverse_kl", turned).value, std::log(2.0), 1e-12);
    const double even = 0.5 * (std::log(0.5 / 0.375) + 0.5 * std::log(0.25 / 0.375) + 0.5 * std::log(2.0));
    EXPECT_NEAR(valueOf("jsd", t).value, even, 1e-12);
    EXPECT_NEAR(valueOf("jsd", turned).value, even, 1e-12);
    EXPECT_NEAR(valueOf("tvd", t).value, 0.5, 1e-12);
}

} // namespace

} // namespace distill::test
