// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

/// Over all ordered pairs of the teacher's top k, one after the other.
at::Tensor reference(const NamedTensors& t, std::size_t k,
                     const std::function<at::Tensor(double pi, double pj, const at::Tensor&, const at::Tensor&)>& f,
                     bool onProbabilities)
{
    const at::Tensor s = tokenRows(t.at("student/logits")), teacher = tokenRows(t.at("teacher/logits"));
    const std::vector<bool> counts = countingTokens(t, s.size(0));
    at::Tensor sum = at::zeros({}, at::kDouble);
    double pairs = 0;
    for (std::int64_t n = 0; n < s.size(0); ++n) {
        if (!counts[static_cast<std::size_t>(n)]) {
            continue;
        }
        const at::Tensor p = softmaxOf(teacher[n]), of = onProbabilities ? softmaxOf(s[n]) : s[n];
        std::vector<std::pair<double, std::int64_t>> order;
        for (std::int64_t v = 0; v < p.size(0); ++v) {
            order.push_back({-p[v].item<double>(), v});
        }
        std::sort(order.begin(), order.end());
        order.resize(std::min(k, order.size()));
        for (std::size_t i = 0; i < order.size(); ++i) {
            for (std::size_t j = i + 1; j < order.size(); ++j) {
                sum = sum + f(-order[i].first, -order[j].first, of[order[i].second], of[order[j].second]);
                ++pairs;
            }
        }
    }
    return sum / std::max(pairs, 1.0);
}

TEST(Ranking, AreTheirFormulas)
{
    for (const std::size_t k : {2U, 4U, 50U}) {
        for (const std::string padding : {"mask", "labels"}) {
            for (const double margin : {0.0, 0.3}) {
                expectMethod({"hinge",
                              "hinge_ranking",
                              {{"k", k}, {"margin", margin}},
                              sequenceLogits(padding),
                              [=](const NamedTensors& t) {
                                  return reference(
                                      t, k,
                                      [=](double, double, const at::Tensor& a, const at::Tensor& b) {
                                          return (margin - (a - b)).clamp_min(0);
                                      },
                                      true);
                              }});
            }
            expectMethod({"the teacher's margin",
                          "hinge_ranking",
                          {{"k", k}, {"margin_from", "teacher"}},
                          sequenceLogits(padding),
                          [=](const NamedTensors& t) {
                              return reference(
                                  t, k,
                                  [](double pi, double pj, const at::Tensor& a, const at::Tensor& b) {
                                      return (pi - pj - (a - b)).clamp_min(0);
                                  },
                                  true);
                          }});
            expectMethod(
                {"logistic", "logistic_ranking", {{"k", k}}, sequenceLogits(padding), [=](const NamedTensors& t) {
                     return reference(
                         t, k,
                         [](double, double, const at::Tensor& a, const at::Tensor& b) { return (1 + (b - a).exp()).log(); },
                         false);
                 }});
        }
    }
}

TEST(Ranking, TheTeachersOrderCostsNothingAndEqualProbabilitiesAreNoPair)
{
    NamedTensors t = sequenceLogits();
    t["student/logits"] = t.at("teacher/logits") * 3;
    EXPECT_EQ(valueOf("hinge_ranking", t).value, 0);
    t["teacher/logits"] = at::zeros({2, 4, 6}, at::kDouble);
    for (const std::string kind : {"hinge_ranking", "logistic_ranking"}) {
        const ObjectiveValue found = valueOf(kind, t);
        EXPECT_EQ(found.value, 0) << kind;
        EXPECT_EQ(found.gradients.at("student/logits").abs().sum().item<double>(), 0) << kind;
    }
}

TEST(Ranking, StoredTokensAreTheSameAsThoseOfTheLogits)
{
    NamedTensors t = sequenceLogits();
    const auto [values, places] = at::log_softmax(t.at("teacher/logits"), -1).topk(3, -1);
    for (const std::string kind : {"hinge_ranking", "logistic_ranking"}) {
        const double given = valueOf(kind, t, {{"k", 3}}).value;
        NamedTensors stored = t;
        stored["teacher/tap0"] = at::cat({values, at::full({2, 4, 1}, -9999, at::kDouble)}, 2);
        stored["teacher/tap1"] = at::cat({places.to(at::kDouble), at::zeros({2, 4, 1}, at::kDouble)}, 2);
        EXPECT_NEAR(valueOf(kind, stored).value, given, 1e-12);
    }
}

} // namespace

} // namespace distill::test
