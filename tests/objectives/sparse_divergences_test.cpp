// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

at::Tensor xlogy(double p, const at::Tensor& q)
{
    return p == 0 ? at::zeros({}, at::kDouble) : p * (std::log(p) - q.log());
}

/// One of the three between p (numbers) and q (a tensor), entry by entry.
at::Tensor compare(const std::string& kind, const std::vector<double>& p, const at::Tensor& q, double b)
{
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (std::size_t v = 0; v < p.size(); ++v) {
        const at::Tensor of = q[static_cast<std::int64_t>(v)];
        if (kind == "sparse_kl") {
            sum = sum + xlogy(p[v], of);
        } else if (kind == "sparse_tvd") {
            sum = sum + (p[v] - of).abs() / 2;
        } else {
            const at::Tensor m = b * p[v] + (1 - b) * of;
            sum = sum + b * xlogy(p[v], m) + (1 - b) * of * (of / m).log();
        }
    }
    return sum;
}

/// The teacher's top k of one token by sorting, as places and probabilities.
std::vector<std::pair<std::int64_t, double>> topOf(const at::Tensor& logits, double temperature, std::size_t k)
{
    const at::Tensor p = softmaxOf(logits, temperature);
    std::vector<std::pair<std::int64_t, double>> all;
    for (std::int64_t v = 0; v < p.size(0); ++v) {
        all.push_back({v, p[v].item<double>()});
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    all.resize(std::min(k, all.size()));
    return all;
}

at::Tensor ofToken(const std::string& kind, const std::string& missing, double b,
                   const std::vector<std::pair<std::int64_t, double>>& top, double tail, const at::Tensor& q)
{
    const auto vocabulary = static_cast<std::size_t>(q.size(0));
    std::vector<double> p(vocabulary, 0);
    double sum = 0;
    for (const auto& [place, value] : top) {
        sum += value;
    }
    const double others = static_cast<double>(vocabulary - top.size());
    if (missing == "uniform" && others > 0) {
        p.assign(vocabulary, tail / others);
    }
    for (const auto& [place, value] : top) {
        p[static_cast<std::size_t>(place)] = missing == "zero" ? value / sum : value;
    }
    if (missing != "bucket" || others == 0) {
        return compare(kind, p, q, b);
    }
    std::vector<double> short_;
    std::vector<at::Tensor> kept;
    at::Tensor rest = at::ones({}, at::kDouble);
    for (const auto& [place, value] : top) {
        short_.push_back(value);
        kept.push_back(q[place]);
        rest = rest - q[place];
    }
    short_.push_back(tail);
    kept.push_back(rest);
    return compare(kind, short_, at::stack(kept), b);
}

/// tap0 and tap1 of the k largest of teacher/logits at temperature 1, in place of these.
NamedTensors storedOf(NamedTensors t, std::int64_t k)
{
    const auto [values, places] = at::log_softmax(t.at("teacher/logits"), -1).topk(k, -1);
    t.erase("teacher/logits");
    t["teacher/tap0"] = values;
    t["teacher/tap1"] = places.to(at::kDouble);
    return t;
}

TEST(SparseDivergences, AreTheirFormulasOnTheTopOfTheLogits)
{
    for (const std::string kind : {"sparse_kl", "sparse_jsd", "sparse_tvd"}) {
        for (const std::string missing : {"zero", "uniform", "bucket"}) {
            for (const auto& [k, temperature, scaled] :
                 {std::tuple(3, 1.0, true), std::tuple(2, 2.0, true), std::tuple(9, 2.0, false)}) {
                for (const double b : kind == "sparse_jsd" ? std::vector<double>{0.5, 0.2} : std::vector<double>{0.5}) {
                    Json parameters{{"missing", missing}, {"k", k}, {"temperature", temperature}, {"scale_by_t2", scaled}};
                    if (kind == "sparse_jsd") {
                        parameters["beta"] = b;
                    }
                    expectMethod(
                        {"logits " + parameters.dump(), kind, parameters, sequenceLogits("labels"), [=](const NamedTensors& t) {
                             const at::Tensor s = tokenRows(t.at("student/logits")), f = tokenRows(t.at("teacher/logits"));
                             const at::Tensor mean = meanOverTokens(t, s.size(0), [&](std::int64_t i) {
                                 const auto top = topOf(f[i], temperature, static_cast<std::size_t>(k));
                                 double tail = 1;
                                 for (const auto& [place, value] : top) {
                                     tail -= value;
                                 }
                                 return ofToken(kind, missing, b, top, tail, softmaxOf(s[i], temperature));
                             });
                             return scaled ? mean * temperature * temperature : mean;
                         }});
                }
            }
        }
    }
}

TEST(SparseDivergences, StoredTokensAreTheSameAsThoseOfTheLogits)
{
    for (const std::string kind : {"sparse_kl", "sparse_jsd", "sparse_tvd"}) {
        for (const std::string missing : {"zero", "uniform", "bucket"}) {
            const Json parameters{{"missing", missing}, {"k", 3}};
            const ObjectiveValue given = valueOf(kind, sequenceLogits(), parameters);
            const ObjectiveValue stored = valueOf(kind, storedOf(sequenceLogits(), 3), parameters);
            EXPECT_NEAR(given.value, stored.value, 1e-12) << kind << missing;
            EXPECT_TRUE(at::allclose(given.gradients.at("student/logits"), stored.gradients.at("student/logits"), 1e-9, 1e-12));
        }
    }
}

TEST(SparseDivergences, StoredTokensAreSoftenedWithAnEvenTailOrASingleOne)
{
    const double temperature = 2;
    const std::int64_t k = 2;
    for (const std::string kind : {"sparse_kl", "sparse_jsd", "sparse_tvd"}) {
        for (const auto& [missing, one] : {std::pair("zero", false), std::pair("zero", true), std::pair("uniform", false),
                                           std::pair("bucket", false), std::pair("bucket", true)}) {
            expectMethod({std::string("stored, softened, ") + missing,
                          kind,
                          {{"missing", missing}, {"temperature", temperature}, {"softened_tail", one ? "one" : "even"}},
                          storedOf(sequenceLogits(), k),
                          [=, missing = std::string(missing), one = one](const NamedTensors& t) {
                              const at::Tensor s = tokenRows(t.at("student/logits")), values = tokenRows(t.at("teacher/tap0")),
                                               places = tokenRows(t.at("teacher/tap1"));
                              return temperature * temperature * meanOverTokens(t, s.size(0), [&](std::int64_t i) {
                                         std::vector<std::pair<std::int64_t, double>> top;
                                         double left = 1, sum = 0;
                                         for (std::int64_t j = 0; j < k; ++j) {
                                             const double p = std::exp(values[i][j].item<double>());
                                             top.push_back({places[i][j].item<std::int64_t>(), std::sqrt(p)});
                                             left -= p;
                                             sum += std::sqrt(p);
                                         }
                                         const auto others = static_cast<double>(s.size(1) - k);
                                         double tail = one ? std::sqrt(left) : others * std::sqrt(left / others);
                                         sum += tail;
                                         for (auto& [place, value] : top) {
                                             value /= sum;
                                         }
                                         tail /= sum;
                                         return ofToken(kind, missing, 0.5, top, tail, softmaxOf(s[i], temperature));
                                     });
                          }});
        }
    }
}

TEST(SparseDivergences, ABucketIsALowerBoundAndWithAllTokensKnownAllAreTheDenseOne)
{
    const NamedTensors t = sequenceLogits();
    for (const auto& [sparse, dense] :
         {std::pair("sparse_kl", "forward_kl"), std::pair("sparse_jsd", "jsd"), std::pair("sparse_tvd", "tvd")}) {
        const double full = valueOf(dense, t).value;
        for (const std::string missing : {"zero", "uniform", "bucket"}) {
            EXPECT_NEAR(valueOf(sparse, t, {{"missing", missing}, {"k", 6}}).value, full, 1e-12) << sparse << missing;
            EXPECT_NEAR(valueOf(sparse, storedOf(t, 6), {{"missing", missing}}).value, full, 1e-7) << sparse << missing;
        }
        EXPECT_LT(valueOf(sparse, t, {{"missing", "bucket"}, {"k", 2}}).value, full);
    }
}

TEST(SparseDivergences, KThatHoldAllTheMassLeaveNoNan)
{
    // The k sum to 1, and by rounding to more than 1; in float as well.
    const NamedTensors base = sequenceLogits();
    for (const double excess : {0.0, 1e-7, 1e-3}) {
        for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
            const at::Tensor values = at::full({2, 4, 2}, std::log(0.5 + excess), type);
            const at::Tensor places = at::tensor({1.0, 4.0}, at::kDouble).to(type).expand({2, 4, 2}).clone();
            const NamedTensors t{
                {"student/logits", base.at("student/logits").to(type)}, {"teacher/tap0", values}, {"teacher/tap1", places}};
            for (const std::string kind : {"sparse_kl", "sparse_jsd", "sparse_tvd"}) {
                for (const std::string missing : {"zero", "uniform", "bucket"}) {
                    for (const double temperature : {1.0, 3.0}) {
                        expectFinite(valueOf(kind, t, {{"missing", missing}, {"temperature", temperature}}), kind + missing);
                    }
                }
            }
        }
    }
}

TEST(SparseDivergences, UnknownTokensAreLeftOut)
{
    const NamedTensors two = storedOf(sequenceLogits(), 2);
    const at::Tensor values = two.at("teacher/tap0"), places = two.at("teacher/tap1");
    for (const auto& [value, place] :
         {std::pair(-9999.0, 0.0), std::pair(-double(INFINITY), 0.0), std::pair(-0.5, -1.0), std::pair(-0.5, 6.0)}) {
        NamedTensors padded = two;
        padded["teacher/tap0"] = at::cat({values, at::full({2, 4, 1}, value, at::kDouble)}, 2);
        padded["teacher/tap1"] = at::cat({places, at::full({2, 4, 1}, place, at::kDouble)}, 2);
        for (const std::string kind : {"sparse_kl", "sparse_jsd", "sparse_tvd"}) {
            for (const std::string missing : {"zero", "uniform", "bucket"}) {
                const ObjectiveValue a = valueOf(kind, two, {{"missing", missing}}),
                                     b = valueOf(kind, padded, {{"missing", missing}});
                EXPECT_NEAR(a.value, b.value, 1e-12) << kind << missing << value;
                EXPECT_TRUE(at::allclose(a.gradients.at("student/logits"), b.gradients.at("student/logits"), 1e-9, 1e-12));
            }
        }
    }
    // A token of which nothing is known does not count.
    NamedTensors nothing = storedOf(sequenceLogits(""), 2), cut = storedOf(sequenceLogits(""), 2);
    nothing["teacher/tap0"].select(1, 2).fill_(-9999);
    cut["mask"] = at::tensor({1, 1, 0, 1, 1, 1, 0, 1}, at::kLong).view({2, 4});
    for (const std::string kind : {"sparse_kl", "sparse_jsd", "sparse_tvd"}) {
        EXPECT_NEAR(valueOf(kind, nothing).value, valueOf(kind, cut).value, 1e-12) << kind;
    }
}

TEST(SparseDivergences, DrawnTokensCountByTheirWeights)
{
    NamedTensors t{
        {"student/logits", randomTensor({1, 3, 6}, 1)},
        {"teacher/tap0", at::tensor({-1.5, -0.7, -1.5, -2.0, -2.5, -0.1, -0.2, -0.3, -1.0}, at::kDouble).view({1, 3, 3})},
        {"teacher/tap1", at::tensor({2.0, 5.0, 2.0, 0.0, 1.0, 3.0, 4.0, 4.0, 4.0}, at::kDouble).view({1, 3, 3})}};
    expectMethod({"weights",
                  "sparse_kl",
                  {{"missing", "sampled"}, {"temperature", 2.0}, {"scale_by_t2", false}},
                  t,
                  [](const NamedTensors& of) {
                      at::Tensor sum = at::zeros({}, at::kDouble);
                      for (std::int64_t i = 0; i < 3; ++i) {
                          std::map<std::int64_t, double> weights;
                          for (std::int64_t j = 0; j < 3; ++j) {
                              weights[of.at("teacher/tap1")[0][i][j].item<std::int64_t>()]
                                  += std::exp(of.at("teacher/tap0")[0][i][j].item<double>());
                          }
                          const at::Tensor q = softmaxOf(of.at("student/logits")[0][i], 2);
                          for (const auto& [place, weight] : weights) {
                              sum = sum + xlogy(weight, q[place]);
                          }
                      }
                      return sum / 3;
                  }});
}

TEST(SparseDivergences, DrawnTokensAreUnbiasedAndTheNextDrawIsAnother)
{
    const std::int64_t repeats = 4000;
    NamedTensors t{{"student/logits", randomTensor({1, 6}, 1).expand({repeats, 6}).clone()},
                   {"teacher/logits", randomTensor({1, 6}, 2).expand({repeats, 6}).clone()}};
    for (const auto& [sparse, dense] :
         {std::pair("sparse_kl", "forward_kl"), std::pair("sparse_jsd", "jsd"), std::pair("sparse_tvd", "tvd")}) {
        const ObjectiveValue full = valueOf(dense, t), drawn = valueOf(sparse, t, {{"missing", "sampled"}, {"k", 16}});
        EXPECT_NEAR(drawn.value, full.value, 0.02) << sparse;
        EXPECT_GT(full.value, 0.05) << sparse;
        const at::Tensor wanted = full.gradients.at("student/logits").sum(0), found = drawn.gradients.at("student/logits").sum(0);
        EXPECT_NEAR((wanted - found).abs().max().item<double>(), 0, 0.01) << sparse;
        EXPECT_GT(wanted.abs().max().item<double>(), 0.05) << sparse;
    }
    // From where the memories stand on, other tokens are drawn; from the same place the same.
    const NamedTensors few{{"student/logits", randomTensor({2, 6}, 1)}, {"teacher/logits", randomTensor({2, 6}, 2)}};
    const auto at = [&](std::int64_t place) {
        NamedTensors from = few;
        from["memory/random.state"] = at::tensor({5.0, 6.0, double(place)}, at::kDouble);
        return valueOf("sparse_kl", from, {{"missing", "sampled"}, {"k", 3}}).value;
    };
    EXPECT_EQ(at(0), at(0));
    EXPECT_NE(at(0), at(6));
}

TEST(SparseDivergences, RefuseStoredTokensOfOtherSizes)
{
    NamedTensors t = storedOf(sequenceLogits(), 3);
    t["teacher/tap1"] = t.at("teacher/tap1").slice(2, 0, 2);
    const std::string error = errorOf([&] { valueOf("sparse_kl", t); });
    EXPECT_NE(error.find("tap0 (4 x 3)"), std::string::npos) << error;
    EXPECT_NE(error.find("tap1 (4 x 2)"), std::string::npos) << error;
    for (const std::string kind : {"sparse_jsd", "sparse_tvd"}) {
        const std::string refusal = errorOf([&] { valueOf(kind, storedOf(sequenceLogits(), 3), {{"missing", "sampled"}}); });
        EXPECT_NE(refusal.find("sparse_kl takes them"), std::string::npos) << refusal;
    }
}

} // namespace

} // namespace distill::test
