// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

const Json taps{{"student_tap", "tap0"}, {"teacher_tap", "tap0"}};

NamedTensors features(std::int64_t batch)
{
    return {{"student/tap0", randomTensor({batch, 5}, 1)}, {"teacher/tap0", randomTensor({batch, 2, 2, 2}, 2)}};
}

at::Tensor reference(const NamedTensors& t, double epsilon)
{
    const auto neighbours = [&](const at::Tensor& feature) {
        const std::int64_t samples = feature.size(0);
        std::vector<at::Tensor> rows;
        for (std::int64_t i = 0; i < samples; ++i) {
            std::vector<at::Tensor> row;
            for (std::int64_t j = 0; j < samples; ++j) {
                const at::Tensor a = feature[i].flatten(), b = feature[j].flatten();
                const at::Tensor cosine = (a / (a.pow(2).sum().sqrt() + epsilon) * (b / (b.pow(2).sum().sqrt() + epsilon))).sum();
                row.push_back(0.5 + 0.5 * cosine);
            }
            rows.push_back(at::stack(row) / at::stack(row).sum());
        }
        return at::stack(rows);
    };
    const at::Tensor p = neighbours(t.at("teacher/tap0")), q = neighbours(t.at("student/tap0"));
    return (p * ((p + epsilon).log() - (q + epsilon).log())).sum() / p.numel();
}

TEST(Pkt, IsItsFormula)
{
    for (const double epsilon : {1e-7, 1e-3}) {
        for (const std::int64_t batch : {5, 2, 1}) {
            expectMethod({"features of other sizes", "pkt", with(taps, {{"epsilon", epsilon}}), features(batch),
                          [=](const NamedTensors& t) { return reference(t, epsilon); }});
        }
    }
    for (const std::string preset : {"repdistiller", "mdistiller", "kd-zoo", "torchdistill"}) {
        expectMethod({preset, "pkt", with(taps, presetOf("pkt", preset)), features(3),
                      [](const NamedTensors& t) { return reference(t, 1e-7); }});
    }
}

TEST(Pkt, EqualFeaturesAndABatchOfOneCostNothing)
{
    NamedTensors tensors = features(4);
    tensors["teacher/tap0"] = tensors.at("student/tap0") * 2;
    EXPECT_NEAR(expectFinite("pkt", taps, tensors, 1e-6), 0, 1e-8);
    EXPECT_NEAR(expectFinite("pkt", taps, features(1), 1e-9), 0, 1e-9);
}

TEST(Pkt, ASampleOfZerosOrAnOppositeOneHasAFiniteGradient)
{
    NamedTensors tensors = features(4);
    tensors["student/tap0"][1].zero_();
    expectFinite("pkt", taps, tensors, 10);
    EXPECT_EQ(evaluated("pkt", taps, tensors).gradients.at("student/tap0")[1].abs().max().item<double>(), 0);
    tensors["teacher/tap0"].zero_();
    expectFinite("pkt", taps, tensors, 10);
    tensors["student/tap0"].zero_();
    EXPECT_NEAR(expectFinite("pkt", taps, tensors, 0), 0, 1e-12);
    tensors = features(4);
    tensors["student/tap0"][1] = -tensors["student/tap0"][0];
    tensors["student/tap0"][2] = tensors["student/tap0"][0];
    expectFinite("pkt", taps, tensors, 10);
    tensors["teacher/tap0"] = tensors["student/tap0"].clone();
    expectFinite("pkt", taps, tensors, 10);
}

TEST(Pkt, RefusesAnUnknownTap)
{
    expectPart(refusal("pkt", with(taps, {{"student_tap", "tap3"}}), features(2)), "tap3");
}

} // namespace

} // namespace distill::test
