// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

const char* const kind = "teacher_free";

struct Setting {
    double probability = 0.99, temperature = 20;
    bool logarithms = false, softenStudent = false, mean = false;

    Json json() const
    {
        return {{"correct_probability", probability},
                {"temperature", temperature},
                {"softened", logarithms ? "logarithms" : "probabilities"},
                {"soften_student", softenStudent},
                {"reduction", mean ? "mean" : "batchmean"}};
    }
};

NamedTensors logits(const std::vector<std::int64_t>& labels, std::int64_t classes)
{
    return {{"student/logits", randomTensor({static_cast<std::int64_t>(labels.size()), classes}, 1, 2)},
            {"labels", at::tensor(labels, at::kLong)}};
}

at::Tensor reference(const NamedTensors& t, const Setting& s)
{
    const at::Tensor &z = t.at("student/logits"), &labels = t.at("labels");
    const std::int64_t classes = z.size(1);
    at::Tensor sum = at::zeros({}, at::kDouble);
    double known = 0;
    for (std::int64_t b = 0; b < z.size(0); ++b) {
        const auto y = labels[b].item<std::int64_t>();
        if (y < 0) {
            continue;
        }
        ++known;
        std::vector<double> target;
        double total = 0;
        for (std::int64_t k = 0; k < classes; ++k) {
            const double u = k == y ? s.probability : (1 - s.probability) / static_cast<double>(classes - 1);
            target.push_back(s.logarithms ? std::pow(u, 1 / s.temperature) : std::exp(u / s.temperature));
            total += target.back();
        }
        const at::Tensor e = (s.softenStudent ? z[b] / s.temperature : z[b]).exp();
        for (std::int64_t k = 0; k < classes; ++k) {
            const double p = target[static_cast<std::size_t>(k)] / total;
            sum = sum + p * (std::log(p) - (e[k] / e.sum()).log());
        }
    }
    return sum / (known * (s.mean ? static_cast<double>(classes) : 1.0));
}

TEST(TeacherFree, IsItsFormulaInEveryForm)
{
    for (const Setting& s : {Setting{}, Setting{0.9, 10}, Setting{0.8, 1, true}, Setting{0.99, 20, true, true},
                             Setting{0.9, 2, false, true}, Setting{0.9, 2, false, false, true}}) {
        const auto expected = [=](const NamedTensors& t) { return reference(t, s); };
        expectMethod({"one label unknown", kind, s.json(), logits({1, -1, 0, 4}, 5), expected});
        expectMethod({"batch of one", kind, s.json(), logits({2}, 3), expected});
    }
    const NamedTensors tensors = logits({1, 0, 3}, 4);
    expectMethod({"defaults", kind, Json::object(), tensors, [](const NamedTensors& t) { return reference(t, {}); }});
    expectMethod({"paper", kind, presetOf(kind, "paper"), tensors, [](const NamedTensors& t) {
                      return reference(t, {0.99, 20, false, true});
                  }});
    expectMethod({"authors' code", kind, presetOf(kind, "tf-kd"), tensors, [](const NamedTensors& t) {
                      return reference(t, {0.99, 20, false, false, true});
                  }});
    expectMethod({"KD_Lib", kind, presetOf(kind, "kd_lib"), tensors, [](const NamedTensors& t) {
                      return reference(t, {0.9, 10, false, false, true});
                  }});
}

TEST(TeacherFree, CostsNothingForTheVirtualTeachersOwnAnswer)
{
    NamedTensors tensors = logits({1, 0}, 4);
    tensors["student/logits"]
        = at::tensor({0.1 / 3, 0.9, 0.1 / 3, 0.1 / 3, 0.9, 0.1 / 3, 0.1 / 3, 0.1 / 3}, at::kDouble).view({2, 4}).log();
    EXPECT_NEAR(expectFinite(kind, Setting{0.9, 1, true}.json(), tensors, 1e-5), 0, 1e-12);
}

TEST(TeacherFree, StaysFiniteInTheCorners)
{
    EXPECT_EQ(expectFinite(kind, {}, logits({-1, -1}, 4), 0), 0);
    EXPECT_EQ(expectFinite(kind, {}, logits({0, 0}, 1), 0), 0);
    EXPECT_EQ(expectFinite(kind, Setting{1, 20, true}.json(), logits({0, 0}, 1), 0), 0);
    for (const double probability : {0.0, 1.0}) {
        for (const bool logarithms : {false, true}) {
            const Json parameters = Setting{probability, 3, logarithms}.json();
            NamedTensors tensors = logits({0, 1, 2}, 4);
            expectFinite(kind, parameters, tensors, 10);
            for (const double size : {1e4, -1e4}) {
                tensors["student/logits"] = at::eye(3, 4, at::kDouble) * size;
                expectFinite(kind, parameters, tensors, 10);
            }
            tensors["student/logits"].select(1, 3).fill_(-inf);
            expectFinite(kind, parameters, tensors, 10);
        }
    }
}

TEST(TeacherFree, NeedsLabelsAndNoTeacher)
{
    EXPECT_FALSE(objectiveNeedsTeacher(kind));
    NamedTensors tensors = logits({0}, 3);
    tensors.erase("labels");
    expectPart(refusal(kind, {}, tensors), "labels");
}

} // namespace

} // namespace distill::test
