// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

const char* const kind = "logit_standardisation";

NamedTensors logits(std::int64_t batch, std::int64_t classes)
{
    return {{"student/logits", randomTensor({batch, classes}, 1, 3)},
            {"teacher/logits", randomTensor({batch, classes}, 2, 0.5) + 7}};
}

at::Tensor standardised(const at::Tensor& row)
{
    const auto classes = static_cast<double>(row.size(0));
    const at::Tensor mean = row.sum() / classes;
    const at::Tensor deviation = ((row - mean) * (row - mean)).sum().div(classes - 1).sqrt();
    return (row - mean) / (deviation + 1e-7);
}

at::Tensor reference(const NamedTensors& t, double temperature)
{
    const at::Tensor &student = t.at("student/logits"), &teacher = t.at("teacher/logits");
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (std::int64_t b = 0; b < student.size(0); ++b) {
        const at::Tensor u = (standardised(teacher[b]) / temperature).exp(), v = (standardised(student[b]) / temperature).exp();
        const at::Tensor p = u / u.sum(), q = v / v.sum();
        sum = sum + (p * (p / q).log()).sum();
    }
    return sum * (temperature * temperature / static_cast<double>(student.size(0)));
}

TEST(LogitStandardisation, IsItsFormula)
{
    for (const double temperature : {2.0, 1.0, 5.0}) {
        for (const std::int64_t batch : {4, 1}) {
            expectMethod({"random logits", kind, {{"temperature", temperature}}, logits(batch, 6), [=](const NamedTensors& t) {
                              return reference(t, temperature);
                          }});
        }
    }
    expectMethod({"defaults", kind, Json::object(), logits(2, 3), [](const NamedTensors& t) { return reference(t, 2); }});
}

TEST(LogitStandardisation, OnlyTheShapeOfTheLogitsCounts)
{
    NamedTensors tensors = logits(3, 5);
    tensors["teacher/logits"] = tensors.at("student/logits") * 17 + 4;
    EXPECT_NEAR(expectFinite(kind, {}, tensors, 1e-4), 0, 1e-10);
}

TEST(LogitStandardisation, EqualLogitsHaveNoGradientAndOneClassCostsNothing)
{
    for (const double constant : {0.0, 0.1, 3.3, 1e4, -1e4}) {
        NamedTensors tensors = logits(3, 10);
        tensors["student/logits"] = at::full({3, 10}, constant, at::kDouble);
        // Against a uniform student: the teacher's own divergence from uniform.
        const double value = expectFinite(kind, {}, tensors, 1e-12);
        NamedTensors plain = tensors;
        plain["student/logits"] = at::zeros({3, 10}, at::kDouble);
        EXPECT_NEAR(value, evaluated(kind, {}, plain).value, 1e-9);
        std::swap(tensors["student/logits"], tensors["teacher/logits"]);
        expectFinite(kind, {}, tensors, 10);
    }
    EXPECT_EQ(expectFinite(kind, {}, logits(3, 1), 0), 0);
}

TEST(LogitStandardisation, StaysFiniteForLargeAndExcludedLogits)
{
    NamedTensors tensors = logits(3, 5), fewer = logits(3, 5);
    tensors["student/logits"] = randomTensor({3, 5}, 4).sign() * 1e4;
    tensors["teacher/logits"] = randomTensor({3, 5}, 5).sign() * 1e4;
    expectFinite(kind, {}, tensors, 10);
    tensors = logits(3, 5);
    for (const char* side : {"student/logits", "teacher/logits"}) {
        tensors[side].select(1, 2).fill_(-inf);
        fewer[side] = at::cat({tensors[side].narrow(1, 0, 2), tensors[side].narrow(1, 3, 2)}, 1);
    }
    EXPECT_NEAR(expectFinite(kind, {}, tensors, 10), evaluated(kind, {}, fewer).value, 1e-10);
    tensors["student/logits"].select(1, 0).fill_(-inf);
    expectFinite(kind, {}, tensors, 10);
}

TEST(LogitStandardisation, RefusesOtherClasses)
{
    NamedTensors tensors = logits(2, 3);
    tensors["teacher/logits"] = randomTensor({2, 4}, 1);
    expectPart(refusal(kind, {}, tensors), "same classes");
}

} // namespace

} // namespace distill::test
