// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

Json with(Json more = Json::object())
{
    more["student_taps"] = {"tap0"};
    more["teacher_taps"] = {"tap0"};
    return more;
}

NamedTensors scores(const std::string& padding = "")
{
    NamedTensors t = sequenceLogits(padding);
    t.erase("student/logits");
    t.erase("teacher/logits");
    t["student/tap0"] = randomTensor({2, 3, 4, 4}, 1);
    t["teacher/tap0"] = randomTensor({2, 3, 4, 4}, 2);
    return t;
}

/// Without a mask; scores up to `floor` are padding.
at::Tensor mse(const NamedTensors& t, double floor)
{
    const at::Tensor s = t.at("student/tap0"), f = t.at("teacher/tap0");
    const at::Tensor d = s * s.gt(floor) - f * f.gt(floor);
    return (d * d).sum() / d.numel();
}

at::Tensor ce(const NamedTensors& t, double floor)
{
    const at::Tensor s = tokenRows(t.at("student/tap0")), f = tokenRows(t.at("teacher/tap0"));
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (std::int64_t i = 0; i < s.size(0); ++i) {
        sum = sum - (softmaxOf(f[i]) * f[i].gt(floor) * softmaxOf(s[i]).log()).sum();
    }
    return sum / s.size(0);
}

/// With padding known, query by query; `softened`: the taps went through their softmax.
at::Tensor masked(const NamedTensors& t, bool crossEntropy, bool softened = false)
{
    const at::Tensor s = t.at("student/tap0"), f = t.at("teacher/tap0");
    const std::int64_t length = s.size(2);
    const std::vector<bool> counts = countingTokens(t, s.size(0) * length);
    at::Tensor sum = at::zeros({}, at::kDouble);
    double number = 0;
    for (std::int64_t b = 0; b < s.size(0); ++b) {
        std::vector<std::int64_t> kept;
        for (std::int64_t i = 0; i < length; ++i) {
            if (counts[static_cast<std::size_t>(b * length + i)]) {
                kept.push_back(i);
            }
        }
        const at::Tensor keys = at::tensor(kept, at::kLong);
        for (std::int64_t h = 0; h < s.size(1); ++h) {
            for (const std::int64_t i : kept) {
                const at::Tensor a = s[b][h][i].index_select(0, keys), c = f[b][h][i].index_select(0, keys);
                if (crossEntropy) {
                    sum = sum - ((softened ? c : softmaxOf(c)) * (softened ? a : softmaxOf(a)).log()).sum();
                    number += 1;
                } else {
                    sum = sum + ((a - c) * (a - c)).sum();
                    number += static_cast<double>(kept.size());
                }
            }
        }
    }
    return sum / std::max(number, 1.0);
}

TEST(AttentionMatrices, AreTheirFormulas)
{
    for (const double floor : {-1e-3, -1e2}) {
        const Json parameters = with({{"padding_score", floor}});
        NamedTensors t = scores();
        t["student/tap0"].select(3, 3).fill_(-10000);
        t["teacher/tap0"].select(3, 3).fill_(-10000);
        expectMethod({"scores", "attention_mse", parameters, t, [=](const NamedTensors& of) { return mse(of, floor); }});
        t["student/tap0"] = scores().at("student/tap0");
        expectMethod({"scores", "attention_ce", parameters, t, [=](const NamedTensors& of) { return ce(of, floor); }});
    }
    for (const std::string padding : {"mask", "labels"}) {
        expectMethod(
            {padding, "attention_mse", with(), scores(padding), [](const NamedTensors& of) { return masked(of, false); }});
        expectMethod(
            {padding, "attention_ce", with(), scores(padding), [](const NamedTensors& of) { return masked(of, true); }});
    }
    NamedTensors softened = scores("mask");
    for (const std::string side : {"student/tap0", "teacher/tap0"}) {
        softened[side] = at::softmax(softened.at(side), 3);
    }
    expectMethod({"probabilities", "attention_ce", with({{"input", "probabilities"}}), softened,
                  [](const NamedTensors& of) { return masked(of, true, true); }});
}

TEST(AttentionMatrices, TwoPairsAreSummed)
{
    NamedTensors t = scores();
    t["student/tap1"] = randomTensor({2, 2, 5, 5}, 3);
    t["teacher/tap1"] = randomTensor({2, 2, 5, 5}, 4);
    const auto only = [&](const std::string& kind, const std::vector<std::string>& taps) {
        return valueOf(kind, t, {{"student_taps", taps}, {"teacher_taps", taps}}).value;
    };
    for (const std::string kind : {"attention_mse", "attention_ce"}) {
        EXPECT_NEAR(only(kind, {"tap0", "tap1"}), only(kind, {"tap0"}) + only(kind, {"tap1"}), 1e-12);
    }
}

TEST(AttentionMatrices, PaddingIsNeitherInTheValueNorInTheGradient)
{
    const NamedTensors clean = scores("mask");
    const at::Tensor keys = clean.at("mask").view({2, 1, 1, 4}).ne(0),
                     out = keys.logical_and(keys.transpose(2, 3)).logical_not();
    for (const std::string kind : {"attention_mse", "attention_ce"}) {
        NamedTensors dirty = clean;
        for (const std::string side : {"student/tap0", "teacher/tap0"}) {
            dirty[side] = clean.at(side).masked_fill(out, std::nan(""));
        }
        const ObjectiveValue a = valueOf(kind, clean, with()), b = valueOf(kind, dirty, with());
        EXPECT_EQ(a.value, b.value) << kind;
        EXPECT_TRUE(at::equal(a.gradients.at("student/tap0"), b.gradients.at("student/tap0"))) << kind;
        EXPECT_EQ(b.gradients.at("student/tap0").masked_select(out).abs().sum().item<double>(), 0) << kind;
        dirty["mask"] = at::zeros({2, 4}, at::kLong);
        const ObjectiveValue none = valueOf(kind, dirty, with());
        EXPECT_EQ(none.value, 0) << kind;
        expectFinite(none, kind);
    }
}

TEST(AttentionMatrices, CornersAreFinite)
{
    const at::Tensor causal = at::ones({4, 4}, at::kDouble).triu(1).gt(0);
    for (const std::string padding : {"", "mask"}) {
        const NamedTensors t = scores(padding);
        const at::Tensor s = t.at("student/tap0"), f = t.at("teacher/tap0");
        for (const auto& [a, b] :
             {std::pair(s.masked_fill(causal, -INFINITY), f.masked_fill(causal, -INFINITY)),
              std::pair(s.masked_fill(causal, -INFINITY), f), std::pair(s, f.masked_fill(causal, -INFINITY)),
              std::pair(at::full_like(s, -INFINITY), at::full_like(f, -INFINITY)), std::pair(s * 1e4, f * -1e4),
              std::pair(s * 0, f * 0)}) {
            NamedTensors changed = t;
            changed["student/tap0"] = a;
            changed["teacher/tap0"] = b;
            for (const std::string kind : {"attention_mse", "attention_ce"}) {
                expectFinite(valueOf(kind, changed, with()), kind + padding);
            }
            changed["student/tap0"] = at::softmax(s, 3).masked_fill(causal, 0);
            changed["teacher/tap0"] = at::softmax(f, 3).masked_fill(causal, 0);
            expectFinite(valueOf("attention_ce", changed, with({{"input", "probabilities"}})), "probabilities" + padding);
        }
    }
}

TEST(AttentionMatrices, EqualScoresCostNothingAndOtherHeadsAreRefused)
{
    NamedTensors t = scores();
    t["teacher/tap0"] = t.at("student/tap0");
    EXPECT_EQ(valueOf("attention_mse", t, with()).value, 0);
    t["teacher/tap0"] = randomTensor({2, 2, 4, 4}, 1);
    for (const std::string kind : {"attention_mse", "attention_ce"}) {
        const std::string error = errorOf([&] { valueOf(kind, t, with()); });
        EXPECT_NE(error.find("same number of heads"), std::string::npos) << error;
    }
}

} // namespace

} // namespace distill::test
