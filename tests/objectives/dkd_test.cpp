// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

NamedTensors logits(std::int64_t batch, std::int64_t classes, const std::vector<std::int64_t>& labels)
{
    return {{"student/logits", randomTensor({batch, classes}, 1, 3)},
            {"teacher/logits", randomTensor({batch, classes}, 2, 3)},
            {"labels", at::tensor(labels, at::kLong)}};
}

at::Tensor softmax(const at::Tensor& row)
{
    return row.exp() / row.exp().sum();
}

at::Tensor without(const at::Tensor& row, std::int64_t place)
{
    return at::cat({row.narrow(0, 0, place), row.narrow(0, place + 1, row.size(0) - place - 1)});
}

/// Sample by sample from the probabilities, as the paper writes it.
at::Tensor reference(const NamedTensors& t, double alpha, double beta, double temperature)
{
    at::Tensor sum = at::zeros({}, at::kDouble);
    std::int64_t known = 0;
    for (std::int64_t b = 0; b < t.at("labels").size(0); ++b) {
        const auto y = t.at("labels")[b].item<std::int64_t>();
        if (y < 0) {
            continue;
        }
        ++known;
        const at::Tensor p = softmax(t.at("teacher/logits")[b] / temperature),
                         q = softmax(t.at("student/logits")[b] / temperature);
        const at::Tensor own = p[y] * (p[y] / q[y]).log() + (1 - p[y]) * ((1 - p[y]) / (1 - q[y])).log();
        const at::Tensor rest = without(p, y) / (1 - p[y]), restOut = without(q, y) / (1 - q[y]);
        sum = sum + alpha * own + beta * (rest * (rest / restOut).log()).sum();
    }
    return sum * (temperature * temperature / static_cast<double>(std::max<std::int64_t>(known, 1)));
}

TEST(Decoupled, IsItsFormula)
{
    struct Setting {
        double alpha, beta, temperature;
    };
    for (const Setting& s : {Setting{1, 8, 4}, Setting{1, 0.5, 1}, Setting{2, 0, 3}, Setting{0, 1, 2}}) {
        const Json parameters{{"alpha", s.alpha}, {"beta", s.beta}, {"temperature", s.temperature}};
        const auto expected = [=](const NamedTensors& t) { return reference(t, s.alpha, s.beta, s.temperature); };
        expectMethod({"one label unknown", "dkd", parameters, logits(4, 5, {1, -1, 4, 0}), expected});
        expectMethod({"batch of one", "dkd", parameters, logits(1, 3, {0}), expected});
        expectMethod({"two classes", "dkd", parameters, logits(2, 2, {0, 1}), expected});
    }
    expectMethod({"defaults", "dkd", Json::object(), logits(3, 4, {0, 1, 2}),
                  [](const NamedTensors& t) { return reference(t, 1, 8, 4); }});
}

TEST(Decoupled, EqualLogitsAndUnknownLabelsCostNothing)
{
    NamedTensors tensors = logits(3, 4, {0, 1, 3});
    tensors["teacher/logits"] = tensors.at("student/logits");
    EXPECT_NEAR(expectFinite("dkd", {}, tensors, 1e-5), 0, 1e-12);
    tensors = logits(3, 4, {-1, -1, -1});
    EXPECT_EQ(expectFinite("dkd", {}, tensors, 0), 0);
}

TEST(Decoupled, StaysFiniteWhereTheNetworksAreSure)
{
    // p_y and q_y are 0 or 1 to the last bit; a sum of probabilities has the logarithm -inf there.
    for (const double size : {1e3, 1e4}) {
        for (const double sign : {1.0, -1.0}) {
            NamedTensors tensors = logits(3, 4, {0, 1, 2});
            const at::Tensor own = at::eye(3, 4, at::kDouble) * size;
            tensors["student/logits"] = own * sign;
            tensors["teacher/logits"] = -own;
            expectFinite("dkd", {}, tensors, 1e2);
            tensors["teacher/logits"] = own;
            expectFinite("dkd", {}, tensors, 1e2);
        }
    }
    NamedTensors tensors = logits(2, 4, {0, 1});
    tensors["student/logits"] = at::tensor({300.0, 0.0, 0.0, 0.0, 0.0, -300.0, 0.0, 0.0}, at::kDouble).view({2, 4});
    tensors["teacher/logits"] = at::zeros({2, 4}, at::kDouble);
    // T 4. A student that is sure of the right class: log(1 - q_y) = log 3 - 75. Sure it is wrong: log q_y = -75 - log 3.
    const double first = 0.25 * std::log(0.25) + 0.75 * (std::log(0.75) - (std::log(3) - 75));
    const double second = 0.25 * (std::log(0.25) + 75 + std::log(3)) + 0.75 * std::log(0.75);
    EXPECT_NEAR(expectFinite("dkd", {}, tensors, 1e2), 16 * (first + second) / 2, 1e-9);
}

TEST(Decoupled, AClassThatIsExcludedCountsForNothing)
{
    NamedTensors tensors = logits(3, 5, {0, 1, 2}), fewer = logits(3, 5, {0, 1, 2});
    for (const char* side : {"student/logits", "teacher/logits"}) {
        tensors[side].select(1, 4).fill_(-inf);
        fewer[side] = tensors[side].narrow(1, 0, 4).clone();
    }
    EXPECT_NEAR(expectFinite("dkd", {}, tensors, 1e2), evaluated("dkd", {}, fewer).value, 1e-10);
    tensors["teacher/logits"].select(1, 3).fill_(-inf);
    expectFinite("dkd", {}, tensors, 1e2);
    // Every other class is excluded by the teacher.
    tensors["teacher/logits"] = at::full({3, 5}, -inf, at::kDouble);
    for (std::int64_t b = 0; b < 3; ++b) {
        tensors["teacher/logits"][b][b] = 1;
    }
    expectFinite("dkd", {}, tensors, 1e2);
}

TEST(Decoupled, RefusesOneClassAndOtherClasses)
{
    expectPart(refusal("dkd", {}, logits(2, 1, {0, 0})), "two or more classes");
    NamedTensors tensors = logits(2, 3, {0, 0});
    tensors["teacher/logits"] = randomTensor({2, 4}, 1);
    expectPart(refusal("dkd", {}, tensors), "same classes");
    tensors = logits(2, 3, {0, 0});
    tensors.erase("labels");
    expectPart(refusal("dkd", {}, tensors), "labels");
}

} // namespace

} // namespace distill::test
