// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

struct Setting {
    double beta = 1, gamma = 1, tau = 1;
    bool similarity = false, clamped = false;

    Json json() const
    {
        return {{"beta", beta},
                {"gamma", gamma},
                {"tau", tau},
                {"form", similarity ? "similarity" : "distance"},
                {"denominator", clamped ? "clamped" : "added"}};
    }
};

NamedTensors logits(std::int64_t batch, std::int64_t classes, double deviation = 2)
{
    return {{"student/logits", randomTensor({batch, classes}, 1, deviation)},
            {"teacher/logits", randomTensor({batch, classes}, 2, deviation)}};
}

at::Tensor correlation(const at::Tensor& a, const at::Tensor& b, bool clamped)
{
    const at::Tensor x = a - a.sum() / a.numel(), y = b - b.sum() / b.numel();
    // A list of one number does not vary.
    if (a.numel() == 1) {
        return (x * y).sum();
    }
    const at::Tensor n = (x * x).sum().sqrt(), m = (y * y).sum().sqrt();
    return (x * y).sum() / (clamped ? n.clamp_min(1e-8) * m.clamp_min(1e-8) : n * m + 1e-8);
}

at::Tensor reference(const NamedTensors& t, const Setting& s)
{
    const at::Tensor u = (t.at("teacher/logits") / s.tau).exp(), v = (t.at("student/logits") / s.tau).exp();
    const at::Tensor p = u / u.sum(1, true), q = v / v.sum(1, true);
    const auto part = [&](const at::Tensor& a, const at::Tensor& b) {
        at::Tensor sum = at::zeros({}, at::kDouble);
        for (std::int64_t i = 0; i < a.size(0); ++i) {
            sum = sum + correlation(a[i], b[i], s.clamped);
        }
        return s.similarity ? sum / a.size(0) : 1 - sum / a.size(0);
    };
    return s.tau * s.tau * (s.beta * part(p, q) + s.gamma * part(p.t(), q.t()));
}

TEST(Dist, IsItsFormula)
{
    for (const Setting& s : {Setting{}, Setting{2, 3, 4}, Setting{1, 0, 2}, Setting{0, 1, 0.5}, Setting{1, 1, 1, true, true},
                             Setting{2, 1, 2, false, true}}) {
        const auto expected = [=](const NamedTensors& t) { return reference(t, s); };
        expectMethod({"random logits", "dist", s.json(), logits(4, 5), expected});
        expectMethod({"two samples", "dist", s.json(), logits(2, 3), expected});
        expectMethod({"batch of one", "dist", s.json(), logits(1, 6), expected});
    }
    expectMethod({"defaults", "dist", Json::object(), logits(3, 4), [](const NamedTensors& t) { return reference(t, {}); }});
    expectMethod({"torchdistill", "dist", presetOf("dist", "torchdistill"), logits(3, 4), [](const NamedTensors& t) {
                      return reference(t, {1, 1, 1, false, true});
                  }});
    expectMethod(
        {"torchdistill's DIST+", "dist", presetOf("dist", "torchdistill-dist+"), logits(3, 4), [](const NamedTensors& t) {
             return reference(t, {1, 1, 1, true, true});
         }});
}

TEST(Dist, ARareClassIsDampedByTheDenominator)
{
    // Class 3 has a probability of 1e-5 everywhere: the product of the two norms is no longer large against 1e-8.
    for (const bool clamped : {false, true}) {
        const Setting s{0, 1, 1, false, clamped};
        NamedTensors tensors = logits(3, 4, 0.5);
        for (const char* side : {"student/logits", "teacher/logits"}) {
            tensors[side].select(1, 3) -= 11;
        }
        expectMethod({"rare class", "dist", s.json(), tensors, [=](const NamedTensors& t) { return reference(t, s); }});
    }
}

TEST(Dist, EqualNetworksCostNothing)
{
    NamedTensors tensors = logits(4, 5);
    tensors["teacher/logits"] = tensors.at("student/logits");
    EXPECT_NEAR(expectFinite("dist", Setting{}.json(), tensors, 1e-3), 0, 1e-4); // 1e-8 beside small norms
    EXPECT_NEAR(expectFinite("dist", Setting{1, 1, 2, true}.json(), tensors, 1e-3), 8, 1e-4);
}

TEST(Dist, NoVariationIsNoCorrelationAndHasNoGradient)
{
    NamedTensors tensors = logits(4, 10);
    tensors["student/logits"] = at::zeros({4, 10}, at::kDouble);
    EXPECT_NEAR(expectFinite("dist", {}, tensors, 1e-9), 2, 1e-9);
    tensors["student/logits"] = at::full({4, 10}, 0.3, at::kDouble);
    EXPECT_NEAR(expectFinite("dist", {}, tensors, 1e-9), 2, 1e-9);
    // Equal samples: the classes still vary.
    tensors["student/logits"] = randomTensor({1, 10}, 3).repeat({4, 1});
    expectFinite("dist", {}, tensors, 10);
    // A batch of one: the second part is constant.
    EXPECT_NEAR(expectFinite("dist", {{"beta", 0.0}}, logits(1, 5), 0), 1, 1e-12);
    expectFinite("dist", {}, logits(2, 1), 1e-9);
}

TEST(Dist, StaysFiniteForLargeAndExcludedLogits)
{
    NamedTensors tensors = logits(3, 4);
    tensors["student/logits"] = at::eye(3, 4, at::kDouble) * 1e4;
    tensors["teacher/logits"] = at::eye(3, 4, at::kDouble) * -1e4;
    expectFinite("dist", {}, tensors, 10);
    tensors = logits(3, 4);
    tensors["student/logits"].select(1, 2).fill_(-inf);
    tensors["teacher/logits"].select(1, 2).fill_(-inf);
    expectFinite("dist", {}, tensors, 10);
}

TEST(Dist, RefusesOtherClasses)
{
    NamedTensors tensors = logits(2, 3);
    tensors["teacher/logits"] = randomTensor({2, 4}, 1);
    expectPart(refusal("dist", {}, tensors), "same classes");
}

} // namespace

} // namespace distill::test
