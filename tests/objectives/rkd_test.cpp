// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

const Json taps{{"student_tap", "tap0"}, {"teacher_tap", "tap0"}};

NamedTensors features(std::int64_t batch, double deviation = 1)
{
    return {{"student/tap0", randomTensor({batch, 5}, 1, deviation)},
            {"teacher/tap0", randomTensor({batch, 2, 3, 2}, 2, deviation)}};
}

at::Tensor huber(const at::Tensor& difference)
{
    const double size = std::abs(difference.item<double>());
    return size < 1 ? difference * difference / 2 : difference.abs() - 0.5;
}

/// In loops over pairs and triples.
at::Tensor reference(const NamedTensors& t, double distanceWeight, double angleWeight, bool normalised)
{
    const std::int64_t samples = t.at("student/tap0").size(0);
    const auto difference
        = [&](const char* side, std::int64_t i, std::int64_t j) { return t.at(side)[i].flatten() - t.at(side)[j].flatten(); };
    const auto length = [&](const char* side, std::int64_t i, std::int64_t j) {
        return i == j ? at::zeros({}, at::kDouble) : difference(side, i, j).pow(2).sum().sqrt();
    };
    const auto mean = [&](const char* side) {
        at::Tensor sum = at::zeros({}, at::kDouble);
        for (std::int64_t i = 0; i < samples; ++i) {
            for (std::int64_t j = 0; j < samples; ++j) {
                sum = sum + length(side, i, j);
            }
        }
        return normalised && samples > 1 ? sum / (samples * (samples - 1)) : at::ones({}, at::kDouble);
    };
    const auto angle = [&](const char* side, std::int64_t i, std::int64_t j, std::int64_t k) {
        if (i == j || i == k) {
            return at::zeros({}, at::kDouble);
        }
        const at::Tensor product = (difference(side, i, j) * difference(side, i, k)).sum();
        return normalised ? product / (length(side, i, j) * length(side, i, k)) : product;
    };
    const char *student = "student/tap0", *teacher = "teacher/tap0";
    const at::Tensor studentMean = mean(student), teacherMean = mean(teacher);
    at::Tensor distances = t.at(student).sum() * 0, angles = at::zeros({}, at::kDouble);
    for (std::int64_t i = 0; i < samples; ++i) {
        for (std::int64_t j = 0; j < samples; ++j) {
            distances = distances + huber(length(student, i, j) / studentMean - length(teacher, i, j) / teacherMean);
            for (std::int64_t k = 0; k < samples; ++k) {
                angles = angles + huber(angle(student, i, j, k) - angle(teacher, i, j, k));
            }
        }
    }
    const auto number = static_cast<double>(samples);
    return distanceWeight * distances / (number * number) + angleWeight * angles / (number * number * number);
}

TEST(Rkd, IsItsFormula)
{
    struct Setting {
        double distance, angle;
        bool normalised;
    };
    for (const Setting& s : {Setting{25, 50, true}, Setting{1, 0, true}, Setting{0, 1, true}, Setting{0.5, 0.5, false}}) {
        const Json parameters{{"distance_weight", s.distance}, {"angle_weight", s.angle}, {"normalised", s.normalised}};
        const auto expected = [=](const NamedTensors& t) { return reference(t, s.distance, s.angle, s.normalised); };
        for (const std::int64_t batch : {5, 3, 2, 1}) {
            expectMethod({"batch of " + std::to_string(batch), "rkd", with(taps, parameters), features(batch), expected});
        }
    }
    const auto weights = [](double distance, double angle, bool normalised) {
        return [=](const NamedTensors& t) { return reference(t, distance, angle, normalised); };
    };
    expectMethod({"defaults", "rkd", taps, features(4), weights(25, 50, true)});
    expectMethod({"RepDistiller", "rkd", with(taps, presetOf("rkd", "repdistiller")), features(4), weights(25, 50, true)});
    expectMethod({"torchdistill", "rkd", with(taps, presetOf("rkd", "torchdistill")), features(4), weights(1, 2, true)});
    expectMethod({"KD_Lib", "rkd", with(taps, presetOf("rkd", "kd_lib")), features(4), weights(0.5, 0.5, false)});
    // Differences of more than one: Huber's linear part.
    expectMethod({"large distances", "rkd", with(taps, presetOf("rkd", "kd_lib")), features(4, 6), weights(0.5, 0.5, false)});
    // A common offset leaves products of the samples little but rounding.
    NamedTensors shifted = features(4);
    shifted["student/tap0"] += 100;
    const ObjectiveValue far = evaluated("rkd", taps,
                                         {{"student/tap0", shifted.at("student/tap0").to(at::kFloat)},
                                          {"teacher/tap0", shifted.at("teacher/tap0").to(at::kFloat)}});
    EXPECT_NEAR(far.value, evaluated("rkd", taps, features(4)).value, 1e-3);
}

TEST(Rkd, TheSameRelationsCostNothing)
{
    NamedTensors tensors = features(4);
    tensors["teacher/tap0"] = tensors.at("student/tap0") * 3 + 1;
    EXPECT_NEAR(expectFinite("rkd", taps, tensors, 1e-3), 0, 1e-12);
    EXPECT_EQ(expectFinite("rkd", taps, features(1), 0), 0);
}

TEST(Rkd, EqualSamplesHaveNoLargeGradient)
{
    NamedTensors tensors = features(4);
    tensors["student/tap0"][1] = tensors["student/tap0"][0];
    expectFinite("rkd", taps, tensors, 100);
    tensors["teacher/tap0"][3] = tensors["teacher/tap0"][2];
    expectFinite("rkd", taps, tensors, 100);
    tensors["student/tap0"].zero_();
    expectFinite("rkd", taps, tensors, 0);
    tensors["student/tap0"].fill_(0.1);
    expectFinite("rkd", taps, tensors, 0);
    tensors["teacher/tap0"].zero_();
    EXPECT_EQ(expectFinite("rkd", taps, tensors, 0), 0);
    tensors = features(3);
    tensors["teacher/tap0"].zero_();
    expectFinite("rkd", taps, tensors, 100);
    expectFinite("rkd", with(taps, presetOf("rkd", "kd_lib")), tensors, 100);
}

TEST(Rkd, RefusesAnUnknownTap)
{
    expectPart(refusal("rkd", with(taps, {{"teacher_tap", "tap3"}}), features(2)), "tap3");
}

} // namespace

} // namespace distill::test
