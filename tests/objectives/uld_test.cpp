// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

at::Tensor reference(const NamedTensors& t, double temperature)
{
    const at::Tensor s = tokenRows(t.at("student/logits")), f = tokenRows(t.at("teacher/logits"));
    return meanOverTokens(t, s.size(0), [&](std::int64_t i) {
        const at::Tensor q = softmaxOf(s[i], temperature), p = softmaxOf(f[i], temperature);
        const auto order = [](const at::Tensor& x) {
            std::vector<std::pair<double, std::int64_t>> all;
            for (std::int64_t v = 0; v < x.size(0); ++v) {
                all.push_back({-x[v].item<double>(), v});
            }
            std::sort(all.begin(), all.end());
            return all;
        };
        const auto ofQ = order(q), ofP = order(p);
        at::Tensor sum = at::zeros({}, at::kDouble);
        for (std::size_t v = 0; v < std::max(ofQ.size(), ofP.size()); ++v) {
            const at::Tensor a = v < ofQ.size() ? q[ofQ[v].second] : at::zeros({}, at::kDouble);
            const at::Tensor b = v < ofP.size() ? p[ofP[v].second] : at::zeros({}, at::kDouble);
            sum = sum + (a - b).abs();
        }
        return sum;
    });
}

TEST(Uld, IsItsFormulaForAnyTwoVocabularies)
{
    for (const std::int64_t vocabulary : {6, 9, 3}) {
        for (const double temperature : {1.0, 3.0}) {
            for (const std::string padding : {"mask", "labels", ""}) {
                NamedTensors t = sequenceLogits(padding);
                t["teacher/logits"] = randomTensor({2, 4, vocabulary}, 5, 1.5);
                expectMethod({"sequence", "uld", {{"temperature", temperature}}, t, [=](const NamedTensors& of) {
                                  return reference(of, temperature);
                              }});
            }
        }
    }
    expectMethod({"one image",
                  "uld",
                  Json::object(),
                  {{"student/logits", randomTensor({1, 4}, 1)}, {"teacher/logits", randomTensor({1, 7}, 2)}},
                  [](const NamedTensors& of) { return reference(of, 1); }});
}

TEST(Uld, ALongerSequenceIsCut)
{
    NamedTensors t = sequenceLogits("labels"), longer = t;
    longer["teacher/logits"] = at::cat({t.at("teacher/logits"), randomTensor({2, 3, 6}, 9)}, 1);
    EXPECT_DOUBLE_EQ(valueOf("uld", t).value, valueOf("uld", longer).value);
    NamedTensors cut = t;
    cut["student/logits"] = t.at("student/logits").slice(1, 0, 2);
    cut["teacher/logits"] = t.at("teacher/logits").slice(1, 0, 2);
    cut["labels"] = t.at("labels").slice(1, 0, 2);
    NamedTensors shorter = t;
    shorter["teacher/logits"] = t.at("teacher/logits").slice(1, 0, 2);
    EXPECT_DOUBLE_EQ(valueOf("uld", cut).value, valueOf("uld", shorter).value);
}

TEST(Uld, TheOrderOfTheVocabularyIsOfNoAccount)
{
    NamedTensors t = sequenceLogits();
    t["teacher/logits"] = t.at("student/logits").flip({2});
    EXPECT_NEAR(valueOf("uld", t).value, 0, 1e-14);
}

TEST(Uld, RefusesASequenceBesideAnImage)
{
    const std::string error = errorOf([] {
        valueOf("uld", {{"student/logits", randomTensor({2, 3}, 1)}, {"teacher/logits", randomTensor({2, 3, 4}, 2)}});
    });
    EXPECT_NE(error.find("both must be"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
