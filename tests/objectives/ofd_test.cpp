// SPDX-License-Identifier: GPL-3.0-or-later
#include "connector_references.h"

namespace distill::test {

namespace {

NamedTensors tensors(std::int64_t batch)
{
    NamedTensors t{
        {"student/tap0", randomTensor({batch, 4, 8, 8}, 1)},      {"teacher/tap0", randomTensor({batch, 6, 4, 4}, 2)},
        {"student/tap1", randomTensor({batch, 5, 2, 2}, 3)},      {"teacher/tap1", randomTensor({batch, 5, 4, 4}, 4)},
        {"memory/margin0", -randomTensor({1, 6, 1, 1}, 5).abs()}, {"memory/margin1", -randomTensor({1, 5, 1, 1}, 6).abs()}};
    addConnector(t, "pair0", 4, 6, 1, 10);
    addConnector(t, "pair1", 5, 5, 1, 20);
    return t;
}

at::Tensor reference(const NamedTensors& t, double scale)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    const std::vector<std::pair<at::Tensor, at::Tensor>> pairs{
        {blockAverages(connected(t.at("student/tap0"), t, "pair0"), 4, 4), t.at("teacher/tap0")},
        {connected(t.at("student/tap1"), t, "pair1"), blockAverages(t.at("teacher/tap1"), 2, 2)}};
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& [student, teacher] = pairs[i];
        const at::Tensor margins = t.at("memory/margin" + std::to_string(i)).flatten();
        const at::Tensor s = student.transpose(0, 1).flatten(1), f = teacher.transpose(0, 1).flatten(1);
        for (std::int64_t c = 0; c < s.size(0); ++c) {
            const double m = margins[c].item<double>();
            for (std::int64_t n = 0; n < s.size(1); ++n) {
                const double now = s[c][n].item<double>(), x = f[c][n].item<double>();
                if (x > 0 || (x > m && now > x)) {
                    total = total + (i == 0 ? 0.5 : 1.0) * (s[c][n] - x).pow(2);
                } else if (x <= m && now > m) {
                    total = total + (i == 0 ? 0.5 : 1.0) * (s[c][n] - m).pow(2);
                }
            }
        }
    }
    return scale * total / t.at("student/tap0").size(0);
}

TEST(FeatureOverhaul, IsItsFormula)
{
    for (const std::int64_t batch : {3, 1}) {
        expectMethod({"two pairs, other sizes and channels", "ofd", twoTaps(), tensors(batch),
                      [](const NamedTensors& t) { return reference(t, 1e-3); }});
    }
    expectMethod({"other scale", "ofd", with(twoTaps(), {{"scale", 0.5}}), tensors(2),
                  [](const NamedTensors& t) { return reference(t, 0.5); }});
}

TEST(FeatureOverhaul, MarginsAreTheMeansBelowZeroOfTheBatchNorm)
{
    ShapedModel student({{"thin", {2, 4, 4}}, {"logits", {10}}}), teacher({{"wide", {5, 4, 4}}, {"logits", {10}}});
    at::Generator generator = generatorOf(7);
    ObjectiveSetting setting = settingOf(student, &teacher, {1, 4, 4}, generator);
    const std::vector<double> scale{1, -0.5, 2, 0.1, 0}, shift{0.3, -1, -20, 5, -0.7};
    setting.teacher->norms["wide"] = {at::tensor(scale), at::tensor(shift)};
    const auto objective = makeObjective({"ofd", {{"student_taps", {"thin"}}, {"teacher_taps", {"wide"}}}});
    objective->prepare(setting);
    const at::Tensor margins = objective->learned()->buffers().at(0).tensor;
    EXPECT_EQ(objective->learned()->buffers().at(0).name, "margin0");
    ASSERT_EQ(margins.sizes(), (at::IntArrayRef{1, 5, 1, 1}));
    for (std::size_t c = 0; c < 3; ++c) {
        // The integrals of x p(x) and p(x) from far below to zero.
        double moment = 0, mass = 0;
        const double from = shift[c] - 12 * std::abs(scale[c]), step = -from / 200000;
        for (int i = 0; i < 200000; ++i) {
            const double x = from + (i + 0.5) * step, z = (x - shift[c]) / scale[c];
            const double density = std::exp(-0.5 * z * z);
            moment += x * density;
            mass += density;
        }
        EXPECT_NEAR(margins.flatten()[static_cast<std::int64_t>(c)].item<double>(), moment / mass, 1e-4);
    }
    EXPECT_NEAR(margins.flatten()[3].item<double>(), -0.3, 1e-6) << "hardly anything is below zero";
    EXPECT_NEAR(margins.flatten()[4].item<double>(), -0.7, 1e-6) << "a channel that says the same always";
}

TEST(FeatureOverhaul, RefusesATapWithoutABatchNorm)
{
    const std::string error = refusal(
        "ofd", oneTap(), {{"student/tap0", randomTensor({2, 3, 4, 4}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
    EXPECT_NE(error.find("batch norm"), std::string::npos) << error;
    EXPECT_NE(error.find("choose taps before the activation"), std::string::npos) << error;
}

TEST(FeatureOverhaul, RefusesVectors)
{
    const std::string error
        = refusal("ofd", oneTap(), {{"student/tap0", randomTensor({2, 3}, 1)}, {"teacher/tap0", randomTensor({2, 3}, 2)}});
    EXPECT_NE(error.find("feature maps"), std::string::npos) << error;
}

TEST(FeatureOverhaul, EqualAndExtremeFeaturesStayFinite)
{
    const Selection selection{"ofd", parametersOf("ofd", twoTaps())};
    for (const double value : {0.0, 1e4, -1e4}) {
        NamedTensors t = tensors(1);
        for (const std::string name : {"student/tap0", "teacher/tap0", "student/tap1", "teacher/tap1"}) {
            t[name] = at::full_like(t.at(name), value);
        }
        EXPECT_TRUE(staysFinite(selection, t)) << value;
    }
}

} // namespace

} // namespace distill::test
