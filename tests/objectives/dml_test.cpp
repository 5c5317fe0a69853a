// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

NamedTensors logits(std::int64_t batch, std::int64_t classes)
{
    return {{"student/logits", randomTensor({batch, classes}, 1, 2)}, {"teacher/logits", randomTensor({batch, classes}, 2, 2)}};
}

at::Tensor reference(const NamedTensors& t, double temperature, bool squared)
{
    const at::Tensor &student = t.at("student/logits"), &peer = t.at("teacher/logits");
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (std::int64_t b = 0; b < student.size(0); ++b) {
        const at::Tensor u = (peer[b] / temperature).exp(), v = (student[b] / temperature).exp();
        const at::Tensor p = u / u.sum(), q = v / v.sum();
        sum = sum + (squared ? (student[b] - peer[b]).pow(2).sum() / student.size(1) : (p * (p / q).log()).sum());
    }
    return sum / student.size(0);
}

TEST(MutualLearning, IsItsFormula)
{
    for (const std::int64_t batch : {3, 1}) {
        for (const double temperature : {1.0, 3.0}) {
            expectMethod({"divergence", "dml", {{"temperature", temperature}}, logits(batch, 5), [=](const NamedTensors& t) {
                              return reference(t, temperature, false);
                          }});
        }
        expectMethod(
            {"defaults", "dml", Json::object(), logits(batch, 5), [](const NamedTensors& t) { return reference(t, 1, false); }});
        expectMethod({"KD-Zoo", "dml", presetOf("dml", "kd-zoo"), logits(batch, 5),
                      [](const NamedTensors& t) { return reference(t, 1, false); }});
        expectMethod({"KD_Lib", "dml", presetOf("dml", "kd_lib"), logits(batch, 5),
                      [](const NamedTensors& t) { return reference(t, 1, true); }});
    }
}

TEST(MutualLearning, EqualPeersCostNothing)
{
    NamedTensors tensors = logits(3, 4);
    tensors["teacher/logits"] = tensors.at("student/logits");
    EXPECT_NEAR(expectFinite("dml", {}, tensors, 1e-6), 0, 1e-12);
    EXPECT_EQ(expectFinite("dml", presetOf("dml", "kd_lib"), tensors, 0), 0);
    EXPECT_EQ(expectFinite("dml", {}, logits(2, 1), 0), 0);
}

TEST(MutualLearning, StaysFiniteForLargeAndExcludedLogits)
{
    for (const std::string form : {"kl", "logit_mse"}) {
        NamedTensors tensors = logits(3, 4);
        tensors["student/logits"] = at::eye(3, 4, at::kDouble) * 1e4;
        tensors["teacher/logits"] = at::eye(3, 4, at::kDouble) * -1e4;
        expectFinite("dml", {{"form", form}}, tensors, 1e4);
        tensors = logits(3, 4);
        tensors["student/logits"].select(1, 1).fill_(-inf);
        expectFinite("dml", {{"form", form}}, tensors, 10);
        tensors["teacher/logits"].select(1, 1).fill_(-inf);
        expectFinite("dml", {{"form", form}}, tensors, 10);
    }
}

TEST(MutualLearning, RefusesOtherClasses)
{
    NamedTensors tensors = logits(2, 3);
    tensors["teacher/logits"] = randomTensor({2, 4}, 1);
    expectPart(refusal("dml", {}, tensors), "same classes");
}

} // namespace

} // namespace distill::test
