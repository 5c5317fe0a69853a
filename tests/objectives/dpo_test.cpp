// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

NamedTensors preferences(bool masked, std::int64_t pairs = 2)
{
    NamedTensors t{
        {"student/logits", randomTensor({2 * pairs, 3, 5}, 1, 1.5)},
        {"teacher/logits", randomTensor({2 * pairs, 3, 5}, 2, 1.5)},
        {"labels",
         at::tensor({0, 1, -100, 2, 3, 4, 4, -1, 1, 0, 2, 2}, at::kLong).slice(0, 0, 6 * pairs).view({2 * pairs, 3})}};
    if (masked) {
        t["mask"] = at::tensor({1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 0, 1}, at::kLong).slice(0, 0, 6 * pairs).view({2 * pairs, 3});
    }
    return t;
}

at::Tensor reference(const NamedTensors& t, double beta, double smoothing)
{
    const std::int64_t pairs = t.at("labels").size(0) / 2;
    const auto logOf = [&](const std::string& side, std::int64_t sequence) {
        at::Tensor sum = at::zeros({}, at::kDouble);
        for (std::int64_t i = 0; i < t.at("labels").size(1); ++i) {
            const auto label = t.at("labels")[sequence][i].item<std::int64_t>();
            if (label >= 0 && (!t.count("mask") || t.at("mask")[sequence][i].item<std::int64_t>() != 0)) {
                sum = sum + softmaxOf(t.at(side + "/logits")[sequence][i])[label].log();
            }
        }
        return sum;
    };
    at::Tensor total = at::zeros({}, at::kDouble);
    for (std::int64_t n = 0; n < pairs; ++n) {
        const at::Tensor h = beta
            * ((logOf("student", n) - logOf("student", n + pairs)) - (logOf("teacher", n) - logOf("teacher", n + pairs)));
        const at::Tensor right = 1 / (1 + (-h).exp());
        total = total - (1 - smoothing) * right.log() - smoothing * (1 - right).log();
    }
    return total / pairs;
}

TEST(Dpo, IsItsFormula)
{
    for (const double beta : {0.1, 0.5}) {
        for (const double smoothing : {0.0, 0.2}) {
            for (const bool masked : {false, true}) {
                for (const std::int64_t pairs : {2, 1}) {
                    expectMethod({"pairs",
                                  "dpo",
                                  {{"beta", beta}, {"label_smoothing", smoothing}},
                                  preferences(masked, pairs),
                                  [=](const NamedTensors& t) { return reference(t, beta, smoothing); }});
                }
            }
        }
    }
}

TEST(Dpo, AStudentThatIsTheReferenceCostsLogTwo)
{
    NamedTensors t = preferences(true);
    t["teacher/logits"] = t.at("student/logits");
    EXPECT_NEAR(valueOf("dpo", t).value, std::log(2.0), 1e-12);
}

TEST(Dpo, PaddingAndPairsWithoutATokenDoNotCount)
{
    const NamedTensors clean = preferences(true);
    NamedTensors dirty = clean;
    const at::Tensor out = clean.at("mask").eq(0).logical_or(clean.at("labels").lt(0)).unsqueeze(2);
    dirty["student/logits"] = clean.at("student/logits").masked_fill(out, std::nan(""));
    dirty["teacher/logits"] = clean.at("teacher/logits").masked_fill(out, std::nan(""));
    const ObjectiveValue a = valueOf("dpo", clean), b = valueOf("dpo", dirty);
    EXPECT_EQ(a.value, b.value);
    EXPECT_TRUE(at::equal(a.gradients.at("student/logits"), b.gradients.at("student/logits")));

    NamedTensors half = clean; // the second pair's chosen sequence has no token
    half["mask"] = clean.at("mask").clone();
    half["mask"][1].fill_(0);
    NamedTensors first;
    for (const auto& [name, tensor] : clean) {
        first[name] = tensor.index_select(0, at::tensor({0, 2}, at::kLong));
    }
    EXPECT_NEAR(valueOf("dpo", half).value, valueOf("dpo", first).value, 1e-12);
    half["mask"] = at::zeros({4, 3}, at::kLong);
    const ObjectiveValue none = valueOf("dpo", half);
    EXPECT_EQ(none.value, 0);
    EXPECT_EQ(none.gradients.at("student/logits").abs().sum().item<double>(), 0);
}

TEST(Dpo, CornersAreFinite)
{
    for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
        NamedTensors t = preferences(true);
        t["student/logits"] = (randomTensor({4, 3, 5}, 1).sign() * 1e4).to(type);
        t["teacher/logits"] = (randomTensor({4, 3, 5}, 2).sign() * 1e4).to(type);
        expectFinite(valueOf("dpo", t), "saturated");
        t = preferences(false);
        t["student/logits"].select(2, 1).fill_(-INFINITY);
        expectFinite(valueOf("dpo", t), "-inf at the student");
        t["teacher/logits"].select(2, 1).fill_(-INFINITY);
        expectFinite(valueOf("dpo", t), "-inf on both");
    }
}

TEST(Dpo, RefusesAnOddNumberOfSequencesAndImages)
{
    NamedTensors t = preferences(false);
    for (auto& [name, tensor] : t) {
        tensor = tensor.slice(0, 0, 3);
    }
    std::string error = errorOf([&] { valueOf("dpo", t); });
    EXPECT_NE(error.find("even number of sequences"), std::string::npos) << error;
    t = {{"student/logits", randomTensor({2, 4}, 1)},
         {"teacher/logits", randomTensor({2, 4}, 2)},
         {"labels", at::zeros({2}, at::kLong)}};
    error = errorOf([&] { valueOf("dpo", t); });
    EXPECT_NE(error.find("tokens x vocabulary"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
