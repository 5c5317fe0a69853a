// SPDX-License-Identifier: GPL-3.0-or-later
#include "connector_references.h"

namespace distill::test {

namespace {

NamedTensors tensors(std::int64_t batch)
{
    NamedTensors t{{"student/tap0", randomTensor({batch, 4, 8, 8}, 1, 2)},
                   {"teacher/tap0", randomTensor({batch, 6, 4, 4}, 2)},
                   {"student/tap1", randomTensor({batch, 5}, 3, 2)},
                   {"teacher/tap1", randomTensor({batch, 5}, 4)}};
    addConnector(t, "pair0", 4, 6, 1, 10);
    return t;
}

at::Tensor reference(const NamedTensors& t, double margin, double scale, bool halve)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    const std::vector<std::pair<at::Tensor, at::Tensor>> pairs{
        {blockAverages(connected(t.at("student/tap0"), t, "pair0"), 4, 4), t.at("teacher/tap0")},
        {t.at("student/tap1"), t.at("teacher/tap1")}};
    for (std::size_t i = 0; i < 2; ++i) {
        const at::Tensor s = pairs[i].first.flatten(), f = pairs[i].second.flatten();
        const double weight = halve && i == 0 ? 0.5 : 1;
        for (std::int64_t n = 0; n < s.numel(); ++n) {
            const double now = s[n].item<double>();
            if (f[n].item<double>() > 0 && now <= margin) {
                total = total + weight * scale * (s[n] - margin).pow(2) / t.at("student/tap1").size(0);
            } else if (f[n].item<double>() <= 0 && now > -margin) {
                total = total + weight * scale * (s[n] + margin).pow(2) / t.at("student/tap1").size(0);
            }
        }
    }
    return total;
}

TEST(ActivationBoundaries, IsItsFormula)
{
    for (const std::int64_t batch : {3, 1}) {
        expectMethod({"connector, map and vector", "ab", twoTaps(), tensors(batch),
                      [](const NamedTensors& t) { return reference(t, 1, 0.003, true); }});
    }
    expectMethod({"other margin and scale", "ab", with(twoTaps(), {{"margin", 0.3}, {"scale", 2.0}, {"halve_earlier", false}}),
                  tensors(2), [](const NamedTensors& t) { return reference(t, 0.3, 2, false); }});
}

TEST(ActivationBoundaries, BeyondTheMarginNothingIsLeft)
{
    const at::Tensor teacher = randomTensor({2, 3, 4, 4}, 1);
    const Selection selection{"ab", parametersOf("ab", oneTap())};
    EXPECT_EQ(evaluateObjective(selection, {{"student/tap0", teacher.sign() * 1.01}, {"teacher/tap0", teacher}}).value, 0);
    // Without an activation anywhere each neuron is one margin short.
    const at::Tensor zero = at::zeros({2, 3, 4, 4}, at::kDouble);
    const ObjectiveValue found = evaluateObjective(selection, {{"student/tap0", zero}, {"teacher/tap0", zero}});
    EXPECT_NEAR(found.value, 0.003 * 3 * 16, 1e-12);
    EXPECT_TRUE(staysFinite(selection, {{"student/tap0", zero}, {"teacher/tap0", zero}}));
}

TEST(ActivationBoundaries, OneSampleOfOnePixelStaysFinite)
{
    const Selection selection{"ab", parametersOf("ab", oneTap())};
    EXPECT_TRUE(staysFinite(selection, {{"student/tap0", randomTensor({1, 3}, 1)}, {"teacher/tap0", randomTensor({1, 5}, 2)}}));
}

TEST(ActivationBoundaries, RefusesAMapBesideAVector)
{
    const std::string error
        = refusal("ab", oneTap(), {{"student/tap0", randomTensor({2, 3}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
    EXPECT_NE(error.find("two feature maps or two vectors"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
