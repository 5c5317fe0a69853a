// SPDX-License-Identifier: GPL-3.0-or-later
#include "method.h"

namespace distill::test {

namespace {

const Json twoTaps{{"student_taps", {"tap0", "tap1"}}, {"teacher_taps", {"tap0", "tap1"}}};

NamedTensors maps(std::int64_t batch = 3)
{
    return {{"student/tap0", randomTensor({batch, 4, 8, 8}, 1)}, {"teacher/tap0", randomTensor({batch, 6, 4, 4}, 2)},
            {"student/tap1", randomTensor({batch, 5, 2, 2}, 3)}, {"teacher/tap1", randomTensor({batch, 5, 2, 2}, 4)}};
}

/// Average of blocks, for sizes that divide each other.
at::Tensor shrunk(const at::Tensor& x, std::int64_t height, std::int64_t width)
{
    const std::int64_t a = x.size(2) / height, b = x.size(3) / width;
    return x.reshape({x.size(0), x.size(1), height, a, width, b}).mean({3, 5});
}

at::Tensor attention(const at::Tensor& x, double power)
{
    const at::Tensor map = x.abs().pow(power).sum(1).flatten(1);
    return map / map.norm(2, {1}, true);
}

at::Tensor reference(const NamedTensors& t, double power, bool paper)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    for (const std::string tap : {"tap0", "tap1"}) {
        at::Tensor s = t.at("student/" + tap), f = t.at("teacher/" + tap);
        s = shrunk(s, f.size(2), f.size(3));
        const at::Tensor d = attention(s, power) - attention(f, power);
        total = total + (paper ? d.norm(2, {1}).sum() / s.size(0) : (d * d).sum() / (s.size(0) * d.size(1)));
    }
    return total;
}

TEST(AttentionTransfer, IsItsFormulaInBothForms)
{
    for (const double power : {2.0, 1.0, 3.0}) {
        for (const bool paper : {false, true}) {
            Json parameters = twoTaps;
            parameters["power"] = power;
            parameters["form"] = paper ? "paper" : "code";
            for (const std::int64_t batch : {3, 1}) {
                expectMethod({"maps of other sizes and channels", "at", parameters, maps(batch),
                              [=](const NamedTensors& t) { return reference(t, power, paper); }});
            }
        }
    }
}

TEST(AttentionTransfer, EqualMapsAndEmptyOnesCostNothing)
{
    for (const std::string form : {"code", "paper"}) {
        const Selection selection{"at", parametersOf("at", {{"student_taps", {"tap0"}}, {"teacher_taps", {"tap0"}}, {"form", form}})};
        for (const at::Tensor& map : {randomTensor({2, 3, 4, 4}, 1), at::zeros({2, 3, 4, 4}, at::kDouble)}) {
            const ObjectiveValue found = evaluateObjective(selection, {{"student/tap0", map}, {"teacher/tap0", map}});
            EXPECT_NEAR(found.value, 0, 1e-11);
            EXPECT_EQ(found.gradients.at("student/tap0").isfinite().all().item<bool>(), true);
        }
    }
}

TEST(AttentionTransfer, RefusesVectors)
{
    const Selection selection{"at", parametersOf("at", {{"student_taps", {"tap0"}}, {"teacher_taps", {"tap0"}}})};
    const std::string error = errorOf([&] {
        evaluateObjective(selection, {{"student/tap0", randomTensor({2, 3}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
    });
    EXPECT_NE(error.find("feature maps"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
