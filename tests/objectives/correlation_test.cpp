// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

const char* const kind = "correlation";
const Json taps{{"student_tap", "tap0"}, {"teacher_tap", "tap0"}};

struct Setting {
    std::string form = "differences";
    std::int64_t dimension = 3;
    bool unitLength = false;
    bool bilinear = false;
    double gamma = 0.4;
    std::int64_t order = 2;

    Json json() const
    {
        return with(taps,
                    {{"form", form},
                     {"dimension", dimension},
                     {"unit_length", unitLength},
                     {"kernel", bilinear ? "bilinear" : "gaussian"},
                     {"gamma", gamma},
                     {"order", order}});
    }
};

NamedTensors features(std::int64_t batch, std::int64_t dimension = 3)
{
    NamedTensors tensors{{"student/tap0", randomTensor({batch, 5}, 1)}, {"teacher/tap0", randomTensor({batch, 2, 2, 2}, 2)}};
    if (dimension > 0) {
        tensors.insert({{"parameter/student.weight", randomTensor({dimension, 5}, 3, 0.4)},
                        {"parameter/student.bias", randomTensor({dimension}, 4)},
                        {"parameter/teacher.weight", randomTensor({dimension, 8}, 5, 0.4)},
                        {"parameter/teacher.bias", randomTensor({dimension}, 6)}});
    }
    return tensors;
}

at::Tensor embedded(const NamedTensors& t, const std::string& side, const Setting& s)
{
    at::Tensor x = t.at(side + "/tap0").flatten(1);
    if (s.dimension > 0) {
        x = (x.unsqueeze(1) * t.at("parameter/" + side + ".weight")).sum(2) + t.at("parameter/" + side + ".bias");
    }
    return s.unitLength ? x / x.pow(2).sum(1, true).sqrt() : x;
}

at::Tensor reference(const NamedTensors& t, const Setting& s)
{
    const at::Tensor student = embedded(t, "student", s), teacher = embedded(t, "teacher", s);
    const std::int64_t samples = student.size(0);
    at::Tensor sum = at::zeros({}, at::kDouble);
    if (s.form == "differences") {
        for (std::int64_t i = 0; i + 1 < samples; ++i) {
            sum = sum + ((student[i] - teacher[i]).abs() * (student[i + 1] - teacher[i + 1]).abs()).sum() / (samples - 1);
        }
        return samples > 1 ? sum : student.sum() * 0;
    }
    const auto kernel = [&](const at::Tensor& a, const at::Tensor& b) {
        const at::Tensor product = (a * b).sum();
        if (s.bilinear) {
            return product;
        }
        at::Tensor series = at::zeros({}, at::kDouble);
        for (std::int64_t p = 0; p <= s.order; ++p) {
            const auto power = static_cast<double>(p);
            series = series + std::exp(-2 * s.gamma) * std::pow(2 * s.gamma, power) / std::tgamma(power + 1) * product.pow(power);
        }
        return series;
    };
    for (std::int64_t i = 0; i < samples; ++i) {
        for (std::int64_t j = 0; j < samples; ++j) {
            sum = sum + (kernel(student[i], student[j]) - kernel(teacher[i], teacher[j])).pow(2);
        }
    }
    return (s.form == "kernel_norm" ? sum.sqrt() : sum) / (samples * samples);
}

TEST(Correlation, IsItsFormulaInAllForms)
{
    for (const Setting& s : {Setting{}, Setting{"differences", 3, true}, Setting{"kernel_norm"},
                             Setting{"kernel_norm", 3, false, true}, Setting{"kernel_mse", 0, true},
                             Setting{"kernel_mse", 3, true, false, 0.7, 4}, Setting{"kernel_norm", 0, true, false, 0.2, 1}}) {
        for (const std::int64_t batch : {4, 2, 1}) {
            if (batch == 1 && s.form == "kernel_norm" && s.unitLength) {
                continue; // both kernels are the same number: the root of nothing but rounding
            }
            expectMethod({s.form + ", batch of " + std::to_string(batch), kind, s.json(), features(batch, s.dimension),
                          [=](const NamedTensors& t) { return reference(t, s); }});
        }
    }
    NamedTensors same = features(3, 0);
    same["teacher/tap0"] = randomTensor({3, 5}, 7);
    expectMethod(
        {"differences of the features themselves", kind, Setting{"differences", 0}.json(), same, [](const NamedTensors& t) {
             return reference(t, {"differences", 0});
         }});
}

TEST(Correlation, HasThePublishedConventions)
{
    for (const std::string preset : {"repdistiller", "mdistiller"}) {
        expectMethod({preset, kind, with(taps, presetOf(kind, preset)), features(3, 128), [](const NamedTensors& t) {
                          return reference(t, {"differences", 128});
                      }});
    }
    expectMethod({"defaults", kind, taps, features(3, 128), [](const NamedTensors& t) {
                      return reference(t, {"differences", 128});
                  }});
    NamedTensors small = features(3, 128);
    for (const char* name :
         {"parameter/student.weight", "parameter/student.bias", "parameter/teacher.weight", "parameter/teacher.bias"}) {
        small[name] *= 0.1; // of the size that they begin with
    }
    expectMethod({"torchdistill", kind, with(taps, presetOf(kind, "torchdistill")), small, [](const NamedTensors& t) {
                      return reference(t, {"kernel_norm", 128});
                  }});
    expectMethod({"KD-Zoo", kind, with(taps, presetOf(kind, "kd-zoo")), features(3, 0), [](const NamedTensors& t) {
                      return reference(t, {"kernel_mse", 0, true});
                  }});
}

TEST(Correlation, TheLayersAreDrawnOnceForBothNetworks)
{
    NamedTensors tensors = features(3, 0);
    const ObjectiveValue found = evaluated(kind, taps, tensors);
    EXPECT_EQ(found.parameters.size(), 4U);
    EXPECT_EQ(found.parameters.at("parameter/teacher.weight").sizes(), at::IntArrayRef({128, 8}));
    EXPECT_LE(found.parameters.at("parameter/student.weight").abs().max().item<double>(), 1 / std::sqrt(5.0));
    EXPECT_GT(found.gradients.at("parameter/teacher.weight").abs().max().item<double>(), 0);
    EXPECT_EQ(evaluated(kind, taps, tensors).value, found.value);
}

TEST(Correlation, StaysFiniteInTheCorners)
{
    for (const std::string form : {"differences", "kernel_norm", "kernel_mse"}) {
        for (const bool unitLength : {false, true}) {
            for (const std::int64_t dimension : {0, 3}) {
                const Json parameters = Setting{form, dimension, unitLength}.json();
                NamedTensors tensors = features(1, dimension);
                tensors["teacher/tap0"] = randomTensor({1, 5}, 7);
                if (dimension > 0) {
                    tensors["parameter/teacher.weight"] = tensors.at("parameter/student.weight");
                    tensors["parameter/teacher.bias"] = tensors.at("parameter/student.bias");
                }
                expectFinite(kind, parameters, tensors, 1e4);
                tensors["student/tap0"] = randomTensor({3, 5}, 1);
                tensors["teacher/tap0"] = tensors.at("student/tap0");
                EXPECT_NEAR(expectFinite(kind, parameters, tensors, 1e-2), 0, 1e-10);
                tensors["student/tap0"] = at::zeros({3, 5}, at::kDouble);
                expectFinite(kind, parameters, tensors, 1e4);
                tensors["teacher/tap0"] = at::zeros({3, 5}, at::kDouble);
                EXPECT_NEAR(expectFinite(kind, parameters, tensors, 1e-9), 0, 1e-10);
            }
        }
    }
    EXPECT_EQ(expectFinite(kind, Setting{}.json(), features(1), 0), 0);
}

TEST(Correlation, DifferencesWithoutLayersNeedOneSize)
{
    expectPart(refusal(kind, Setting{"differences", 0}.json(), features(2, 0)), "of the same size");
}

} // namespace

} // namespace distill::test
