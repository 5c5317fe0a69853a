// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

Json with(int taps, Json more)
{
    std::vector<std::string> names;
    for (int i = 0; i < taps; ++i) {
        names.push_back("tap" + std::to_string(i));
    }
    more["student_taps"] = names;
    more["teacher_taps"] = names;
    return more;
}

/// Row i of the relation of head r among `heads`, over the tokens `kept`: softmax over k of <x_i, x_k> / sqrt d. x is [L, D],
/// the heads joined.
at::Tensor relationRow(const at::Tensor& x, std::int64_t r, std::int64_t heads, std::int64_t i,
                       const std::vector<std::int64_t>& kept)
{
    const std::int64_t d = x.size(1) / heads;
    std::vector<at::Tensor> products;
    for (const std::int64_t k : kept) {
        products.push_back((x[i].slice(0, r * d, (r + 1) * d) * x[k].slice(0, r * d, (r + 1) * d)).sum()
                           / std::sqrt(static_cast<double>(d)));
    }
    return softmaxOf(at::stack(products));
}

/// [L, D] of sample b.
at::Tensor joined(const at::Tensor& tap, std::int64_t b)
{
    if (tap.dim() == 3) {
        return tap[b];
    }
    std::vector<at::Tensor> heads;
    for (std::int64_t h = 0; h < tap.size(1); ++h) {
        heads.push_back(tap[b][h]);
    }
    return at::cat(heads, 1);
}

at::Tensor kl(const at::Tensor& p, const at::Tensor& q)
{
    return (p * (p / q).log()).sum();
}

/// Mean over samples, heads and queries that count of KL between `row` of the teacher and of the student.
using Row = std::function<at::Tensor(const std::string& side, std::int64_t b, std::int64_t h, std::int64_t i,
                                     const std::vector<std::int64_t>& kept)>;
at::Tensor meanKl(const NamedTensors& t, std::int64_t batch, std::int64_t length, std::int64_t heads, const Row& row)
{
    const std::vector<bool> counts = countingTokens(t, batch * length);
    at::Tensor sum = at::zeros({}, at::kDouble);
    double number = 0;
    for (std::int64_t b = 0; b < batch; ++b) {
        std::vector<std::int64_t> kept;
        for (std::int64_t i = 0; i < length; ++i) {
            if (counts[static_cast<std::size_t>(b * length + i)]) {
                kept.push_back(i);
            }
        }
        for (std::int64_t h = 0; h < heads; ++h) {
            for (const std::int64_t i : kept) {
                sum = sum + kl(row("teacher/", b, h, i, kept), row("student/", b, h, i, kept));
                ++number;
            }
        }
    }
    return sum / std::max(number, 1.0);
}

at::Tensor relations(const NamedTensors& t, const std::string& tap, std::int64_t heads)
{
    const at::Tensor s = t.at("student/" + tap);
    return meanKl(t, s.size(0), s.size(-2), heads,
                  [&](const std::string& side, std::int64_t b, std::int64_t h, std::int64_t i, const auto& kept) {
                      return relationRow(joined(t.at(side + tap), b), h, heads, i, kept);
                  });
}

NamedTensors padded(const std::string& padding)
{
    NamedTensors t = sequenceLogits(padding);
    t.erase("student/logits");
    t.erase("teacher/logits");
    return t;
}

NamedTensors firstVersion(const std::string& padding)
{
    NamedTensors t = padded(padding);
    t["student/tap0"] = at::softmax(randomTensor({2, 3, 4, 4}, 1), 3);
    t["teacher/tap0"] = at::softmax(randomTensor({2, 3, 4, 4}, 2), 3);
    t["student/tap1"] = randomTensor({2, 3, 4, 2}, 3);
    t["teacher/tap1"] = randomTensor({2, 3, 4, 5}, 4);
    return t;
}

NamedTensors secondVersion(const std::string& padding)
{
    NamedTensors t = padded(padding);
    for (int i = 0; i < 3; ++i) {
        t["student/tap" + std::to_string(i)] = randomTensor({2, 3, 4, 4}, 10 + i, 0.8); // D = 12
        t["teacher/tap" + std::to_string(i)] = randomTensor({2, 2, 4, 9}, 20 + i, 0.8); // D = 18
    }
    return t;
}

TEST(MiniLm, TheFirstVersionIsItsFormula)
{
    for (const std::string padding : {"", "mask", "labels"}) {
        for (const bool scores : {false, true}) {
            NamedTensors t = firstVersion(padding);
            if (scores) {
                t["student/tap0"] = randomTensor({2, 3, 4, 4}, 1);
                t["teacher/tap0"] = randomTensor({2, 3, 4, 4}, 2);
            }
            expectMethod(
                {"version 1, " + padding, "minilm",
                 with(2, {{"version", "1"}, {"attention", scores ? "scores" : "probabilities"}}), t,
                 [=](const NamedTensors& of) {
                     const at::Tensor attention = meanKl(
                         of, 2, 4, 3,
                         [&](const std::string& side, std::int64_t b, std::int64_t h, std::int64_t i, const auto& kept) {
                             const at::Tensor row = of.at(side + "tap0")[b][h][i].index_select(0, at::tensor(kept, at::kLong));
                             return scores ? softmaxOf(row) : row;
                         });
                     return attention + relations(of, "tap1", 3);
                 }});
        }
    }
}

TEST(MiniLm, TheSecondVersionIsItsFormulaForOtherHeadsAndWidths)
{
    for (const std::string padding : {"", "mask", "labels"}) {
        for (const int heads : {0, 1, 2, 6}) {
            expectMethod({"version 2", "minilm", with(3, {{"version", "2"}, {"relation_heads", heads}}), secondVersion(padding),
                          [=](const NamedTensors& of) {
                              const int used = heads == 0 ? 3 : heads;
                              return relations(of, "tap0", used) + relations(of, "tap1", used) + relations(of, "tap2", used);
                          },
                          padding == "mask"});
        }
    }
    NamedTensors t{{"student/tap0", randomTensor({1, 3, 6}, 1)}, {"teacher/tap0", randomTensor({1, 3, 12}, 2)}};
    expectMethod({"joined heads, one sample", "minilm", with(1, {{"relation_heads", 3}}), t,
                  [](const NamedTensors& of) { return relations(of, "tap0", 3); }});
    expectMethod({"joined heads, one relation", "minilm", with(1, Json::object()), t,
                  [](const NamedTensors& of) { return relations(of, "tap0", 1); }});
}

TEST(MiniLm, PaddingIsNeitherInTheValueNorInTheGradient)
{
    const at::Tensor keys = padded("mask").at("mask").ne(0).view({2, 1, 1, 4}), queries = keys.transpose(2, 3);
    const at::Tensor outside = keys.logical_and(queries).logical_not();
    for (const bool second : {false, true}) {
        const NamedTensors clean = second ? secondVersion("mask") : firstVersion("mask");
        const Json parameters = second ? with(3, {{"relation_heads", 2}}) : with(2, {{"version", "1"}});
        NamedTensors dirty = clean;
        for (auto& [name, tensor] : dirty) {
            if (name != "mask") {
                tensor = tensor.masked_fill(!second && name.back() == '0' ? outside : queries.logical_not(), std::nan(""));
            }
        }
        const ObjectiveValue a = valueOf("minilm", clean, parameters), b = valueOf("minilm", dirty, parameters);
        EXPECT_EQ(a.value, b.value);
        for (const auto& [name, gradient] : a.gradients) {
            EXPECT_TRUE(at::equal(gradient, b.gradients.at(name))) << name;
        }
        dirty["mask"] = at::zeros({2, 4}, at::kLong);
        const ObjectiveValue none = valueOf("minilm", dirty, parameters);
        EXPECT_EQ(none.value, 0);
        expectFinite(none, "no token");
    }
}

TEST(MiniLm, CornersAreFiniteAndEqualInputsCostNothing)
{
    for (const bool second : {false, true}) {
        const Json parameters = second ? with(3, {{"relation_heads", 2}}) : with(2, {{"version", "1"}});
        for (const double factor : {0.0, 1.0, 1e4}) {
            NamedTensors t = second ? secondVersion("") : firstVersion("");
            for (auto& [name, tensor] : t) {
                tensor = !second && name.back() == '0' ? (tensor.ge(0.3)).to(at::kDouble) : tensor * factor;
            }
            expectFinite(valueOf("minilm", t, parameters), "factor " + std::to_string(factor));
            for (int i = 0; i < (second ? 3 : 2); ++i) {
                t["teacher/tap" + std::to_string(i)] = t.at("student/tap" + std::to_string(i));
            }
            const ObjectiveValue equal = valueOf("minilm", t, parameters);
            EXPECT_NEAR(equal.value, 0, 1e-12);
            expectFinite(equal, "equal");
        }
    }
}

TEST(MiniLm, RefusesWhatDoesNotFit)
{
    NamedTensors t = secondVersion("");
    std::string error = errorOf([&] { valueOf("minilm", t, with(3, {{"relation_heads", 5}})); });
    EXPECT_NE(error.find("12 and 18 must both be multiples of the 5 relation heads"), std::string::npos) << error;
    error = errorOf([&] { valueOf("minilm", t, with(3, {{"version", "1"}})); });
    EXPECT_NE(error.find("attention and values"), std::string::npos) << error;
    error = errorOf([&] { valueOf("minilm", t, with(2, {{"version", "1"}})); });
    EXPECT_NE(error.find("equal on both sides"), std::string::npos) << error;
    t["teacher/tap0"] = randomTensor({2, 2, 5, 9}, 1);
    error = errorOf([&] { valueOf("minilm", t, with(3, {{"relation_heads", 2}})); });
    EXPECT_NE(error.find("sequences of the same length"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
