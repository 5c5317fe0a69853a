// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

NamedTensors generated(bool masked)
{
    NamedTensors t{{"student/logits", randomTensor({2, 4, 6}, 1, 1.5)},
                   {"labels", at::tensor({3, 0, 5, -100, 2, 1, -1, 4}, at::kLong).view({2, 4})}};
    if (masked) {
        t["mask"] = at::tensor({1, 0, 1, 1, 0, 1, 1, 1}, at::kLong).view({2, 4});
    }
    return t;
}

at::Tensor reference(const NamedTensors& t, bool shift)
{
    const at::Tensor logits = t.at("student/logits");
    at::Tensor sum = at::zeros({}, at::kDouble);
    double number = 0;
    for (std::int64_t b = 0; b < 2; ++b) {
        for (std::int64_t i = shift ? 1 : 0; i < 4; ++i) {
            const auto label = t.at("labels")[b][i].item<std::int64_t>();
            if (label < 0 || (t.count("mask") && t.at("mask")[b][i].item<std::int64_t>() == 0)) {
                continue;
            }
            sum = sum - softmaxOf(logits[b][shift ? i - 1 : i])[label].log();
            ++number;
        }
    }
    return sum / number;
}

TEST(SequenceCrossEntropy, IsItsFormulaWithAndWithoutAShift)
{
    for (const bool masked : {false, true}) {
        for (const bool shift : {false, true}) {
            expectMethod({"sequence", "sequence_ce", {{"shift", shift}}, generated(masked), [=](const NamedTensors& t) {
                              return reference(t, shift);
                          }});
        }
    }
    const NamedTensors images{{"student/logits", randomTensor({3, 5}, 1)}, {"labels", at::tensor({1, -1, 4}, at::kLong)}};
    expectMethod({"images", "sequence_ce", Json::object(), images, [](const NamedTensors& t) {
                      const at::Tensor z = t.at("student/logits");
                      return (-softmaxOf(z[0])[1].log() - softmaxOf(z[2])[4].log()) / 2;
                  }});
}

TEST(SequenceCrossEntropy, CornersAreFinite)
{
    NamedTensors t = generated(true);
    t["student/logits"] = randomTensor({2, 4, 6}, 1).sign() * 1e4;
    expectFinite(valueOf("sequence_ce", t), "saturated");
    t["student/logits"] = randomTensor({2, 4, 6}, 1);
    t["student/logits"].select(2, 3).fill_(-INFINITY);
    expectFinite(valueOf("sequence_ce", t), "the label excluded");
    t["labels"] = at::full({2, 4}, -100, at::kLong);
    const ObjectiveValue none = valueOf("sequence_ce", t);
    EXPECT_EQ(none.value, 0);
    EXPECT_EQ(none.gradients.at("student/logits").abs().sum().item<double>(), 0);
}

TEST(SequenceCrossEntropy, NeedsALabelForEachToken)
{
    NamedTensors t = generated(false);
    t["labels"] = at::zeros({2}, at::kLong);
    std::string error = errorOf([&] { valueOf("sequence_ce", t); });
    EXPECT_NE(error.find("one label for each row"), std::string::npos) << error;
    t.erase("labels");
    error = errorOf([&] { valueOf("sequence_ce", t); });
    EXPECT_NE(error.find("needs labels"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
