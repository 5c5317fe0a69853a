// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

const std::vector<std::string> kinds{"hidden_mse", "hidden_cosine", "pkd"};

Json tapsOf(int count, Json more = Json::object())
{
    std::vector<std::string> taps;
    for (int i = 0; i < count; ++i) {
        taps.push_back("tap" + std::to_string(i));
    }
    more["student_taps"] = taps;
    more["teacher_taps"] = taps;
    return more;
}

at::Tensor ofRow(const std::string& kind, const at::Tensor& a, const at::Tensor& b, bool mean)
{
    const at::Tensor lengthA = (a * a).sum().sqrt(), lengthB = (b * b).sum().sqrt();
    if (kind == "hidden_mse") {
        return ((a - b) * (a - b)).sum() / a.size(0);
    }
    if (kind == "hidden_cosine") {
        return 1 - (a * b).sum() / (lengthA * lengthB);
    }
    const at::Tensor d = a / lengthA - b / lengthB;
    return (d * d).sum() / (mean ? static_cast<double>(a.size(0)) : 1.0);
}

/// `firstOnly`: only the first token of each sequence, whatever its label.
at::Tensor reference(const std::string& kind, const NamedTensors& t, int count, bool firstOnly, bool mean)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    for (int i = 0; i < count; ++i) {
        const std::string tap = "tap" + std::to_string(i);
        at::Tensor s = t.at("student/" + tap), f = t.at("teacher/" + tap);
        NamedTensors rules = t;
        if (firstOnly && s.dim() == 3) {
            s = s.select(1, 0);
            f = f.select(1, 0);
            rules.erase("labels");
            if (rules.count("mask")) {
                rules["mask"] = rules.at("mask").select(1, 0);
            }
        }
        if (s.dim() == 2 && rules.count("mask") && rules.at("mask").dim() == 2) {
            rules.erase("mask");
        }
        s = tokenRows(s);
        f = tokenRows(f);
        const std::string weight = count == 1 ? "parameter/weight" : "parameter/" + std::to_string(i) + ".weight";
        total = total + meanOverTokens(rules, s.size(0), [&](std::int64_t n) {
                    const at::Tensor projected = t.count(weight) ? at::mv(t.at(weight), s[n]) : s[n];
                    return ofRow(kind, projected, f[n], mean);
                });
    }
    return total;
}

TEST(HiddenStates, AreTheirFormulas)
{
    for (const std::string& kind : kinds) {
        for (const std::string padding : {"mask", "labels", ""}) {
            NamedTensors t = sequenceLogits(padding);
            t.erase("student/logits");
            t.erase("teacher/logits");
            t["student/tap0"] = randomTensor({2, 4, 5}, 1);
            t["teacher/tap0"] = randomTensor({2, 4, 5}, 2);
            const bool first = kind == "pkd";
            expectMethod({"equal widths", kind, tapsOf(1), t,
                          [=](const NamedTensors& of) { return reference(kind, of, 1, first, false); }});
            NamedTensors wider = t;
            wider["teacher/tap0"] = randomTensor({2, 4, 7}, 3);
            wider["parameter/weight"] = randomTensor({7, 5}, 4);
            expectMethod({"a learned matrix", kind, tapsOf(1), wider,
                          [=](const NamedTensors& of) { return reference(kind, of, 1, first, false); }});
            wider["parameter/0.weight"] = wider.at("parameter/weight");
            wider.erase("parameter/weight");
            wider["student/tap1"] = randomTensor({2, 3}, 5); // vectors beside a sequence
            wider["teacher/tap1"] = randomTensor({2, 3}, 6);
            expectMethod({"two pairs", kind, tapsOf(2), wider,
                          [=](const NamedTensors& of) { return reference(kind, of, 2, first, false); }});
            expectMethod({"mean of two pairs", kind, tapsOf(2, {{"over_pairs", "mean"}}), wider,
                          [=](const NamedTensors& of) { return reference(kind, of, 2, first, false) / 2; }});
            if (first) {
                expectMethod({"every token, mean over the width", kind, tapsOf(1, {{"tokens", "all"}, {"reduction", "mean"}}),
                              t, [=](const NamedTensors& of) { return reference(kind, of, 1, false, true); }});
            }
        }
        expectMethod({"one vector",
                      kind,
                      tapsOf(1),
                      {{"student/tap0", randomTensor({1, 5}, 1)}, {"teacher/tap0", randomTensor({1, 5}, 2)}},
                      [=](const NamedTensors& of) { return reference(kind, of, 1, false, false); }});
    }
}

TEST(HiddenStates, PaddingIsNeitherInTheValueNorInTheGradient)
{
    for (const std::string& kind : kinds) {
        const at::Tensor mask = at::tensor({1, 1, 0, 1, 0, 0}, at::kLong).view({2, 3});
        NamedTensors clean{{"student/tap0", randomTensor({2, 3, 4}, 1)},
                           {"teacher/tap0", randomTensor({2, 3, 6}, 2)},
                           {"parameter/weight", randomTensor({6, 4}, 3)},
                           {"mask", mask}};
        NamedTensors dirty = clean;
        for (const std::string side : {"student/tap0", "teacher/tap0"}) {
            dirty[side] = clean.at(side).masked_fill(mask.eq(0).unsqueeze(2), std::nan(""));
        }
        const Json parameters = tapsOf(1, kind == "pkd" ? Json{{"tokens", "all"}} : Json::object());
        const ObjectiveValue a = valueOf(kind, clean, parameters), b = valueOf(kind, dirty, parameters);
        EXPECT_EQ(a.value, b.value) << kind;
        EXPECT_TRUE(at::equal(a.gradients.at("student/tap0"), b.gradients.at("student/tap0"))) << kind;
        EXPECT_TRUE(at::equal(a.gradients.at("parameter/weight"), b.gradients.at("parameter/weight"))) << kind;
        dirty["mask"] = at::zeros({2, 3}, at::kLong);
        const ObjectiveValue none = valueOf(kind, dirty, parameters);
        EXPECT_EQ(none.value, 0) << kind;
        expectFinite(none, kind);
    }
}

TEST(HiddenStates, EqualOnesCostNothingAndZerosAreFinite)
{
    for (const std::string& kind : kinds) {
        const at::Tensor x = randomTensor({2, 3, 4}, 1);
        const ObjectiveValue equal = valueOf(kind, {{"student/tap0", x}, {"teacher/tap0", x}}, tapsOf(1));
        EXPECT_NEAR(equal.value, 0, 1e-14) << kind;
        EXPECT_NEAR(equal.gradients.at("student/tap0").abs().max().item<double>(), 0, 1e-14) << kind;
        for (const auto& [a, b] : {std::pair(x * 0, x), std::pair(x, x * 0), std::pair(x * 0, x * 0), std::pair(x * 1e4, x)}) {
            expectFinite(valueOf(kind, {{"student/tap0", a}, {"teacher/tap0", b}}, tapsOf(1)), kind);
        }
    }
}

TEST(HiddenStates, TheFirstWeightsFollowFromTheSeed)
{
    const NamedTensors t{{"student/tap0", randomTensor({2, 4}, 1)}, {"teacher/tap0", randomTensor({2, 6}, 2)}};
    const ObjectiveValue a = valueOf("hidden_mse", t, tapsOf(1)), b = valueOf("hidden_mse", t, tapsOf(1));
    EXPECT_EQ(a.parameters.at("parameter/weight").sizes(), (at::IntArrayRef{6, 4}));
    EXPECT_TRUE(at::equal(a.parameters.at("parameter/weight"), b.parameters.at("parameter/weight")));
    EXPECT_LE(a.parameters.at("parameter/weight").abs().max().item<double>(), 0.5);
    EXPECT_GT(a.parameters.at("parameter/weight").abs().max().item<double>(), 0.3);
}

TEST(HiddenStates, RefuseMapsAndSequencesOfOtherLengths)
{
    for (const std::string& kind : kinds) {
        for (const auto& [from, to] :
             {std::pair(at::zeros({2, 3, 4, 4}), at::zeros({2, 3, 4, 4})),
              std::pair(at::zeros({2, 3, 4}), at::zeros({2, 5, 4})), std::pair(at::zeros({2, 4}), at::zeros({2, 3, 4}))}) {
            const NamedTensors t{{"student/tap0", from}, {"teacher/tap0", to}};
            const std::string error = errorOf([&] { valueOf(kind, t, tapsOf(1)); });
            EXPECT_NE(error.find("sequences of the same length"), std::string::npos) << error;
        }
    }
}

} // namespace

} // namespace distill::test
