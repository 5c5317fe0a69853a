// SPDX-License-Identifier: GPL-3.0-or-later
#include "connector_references.h"

namespace distill::test {

namespace {

at::Tensor leaky(const at::Tensor& x)
{
    return at::where(x.gt(0), x, 0.1 * x);
}

/// A transposed convolution of stride 1 is a convolution with the kernel turned round and its first two sides exchanged.
at::Tensor transposed(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias)
{
    return convolved(x, weight.transpose(0, 1).flip({2, 3}), bias);
}

void addLayer(NamedTensors& t, const std::string& name, std::int64_t from, std::int64_t to, bool turned, std::uint64_t seed)
{
    t[name + ".weight"] = randomTensor(turned ? Shape{from, to, 3, 3} : Shape{to, from, 3, 3}, seed, 0.4);
    t[name + ".bias"] = randomTensor({to}, seed + 1);
}

/// Student 4 x 8 x 8, teacher 6 x 4 x 4, factors of three channels.
NamedTensors tensors(std::int64_t batch, bool norm)
{
    NamedTensors t{{"student/tap0", randomTensor({batch, 4, 8, 8}, 1)}, {"teacher/tap0", randomTensor({batch, 6, 4, 4}, 2)}};
    const std::array<std::int64_t, 4> coded{6, 6, 3, 3}, translated{4, 4, 3, 3};
    for (std::size_t i = 0; i < 3; ++i) {
        const std::string place = std::to_string(i);
        addLayer(t, "memory/paraphraser.encoder" + place, coded[i], coded[i + 1], false, 10 + 2 * i);
        addLayer(t, "parameter/translator" + place, translated[i], translated[i + 1], false, 20 + 2 * i);
        if (norm) {
            t["parameter/translator" + place + ".norm.weight"] = randomTensor({translated[i + 1]}, 30 + i) + 1.5;
            t["parameter/translator" + place + ".norm.bias"] = randomTensor({translated[i + 1]}, 40 + i);
        }
    }
    return t;
}

at::Tensor chain(at::Tensor x, const NamedTensors& t, const std::string& name, bool norm = false, bool turned = false)
{
    for (const std::string i : {"0", "1", "2"}) {
        const at::Tensor &weight = t.at(name + i + ".weight"), &bias = t.at(name + i + ".bias");
        x = turned ? transposed(x, weight, bias) : convolved(x, weight, bias);
        x = norm ? normalisedBatch(x, t.at(name + i + ".norm.weight"), t.at(name + i + ".norm.bias")) : x;
        x = leaky(x);
    }
    return x;
}

at::Tensor reference(const NamedTensors& t, bool norm, bool flatten, bool squares, bool divided)
{
    at::Tensor factors[2] = {blockAverages(chain(t.at("student/tap0"), t, "parameter/translator", norm), 4, 4),
                             chain(t.at("teacher/tap0"), t, "memory/paraphraser.encoder")};
    for (at::Tensor& factor : factors) {
        factor = flatten ? factor.flatten(1) : factor.pow(2).mean(1).flatten(1);
        factor = factor / factor.pow(2).sum(1, true).sqrt();
    }
    const at::Tensor d = factors[0] - factors[1];
    const at::Tensor mean = squares ? (d * d).mean() : d.abs().mean();
    return divided ? mean / d.size(0) : mean;
}

TEST(FactorTransfer, TheFactorIsItsFormulaInEveryConvention)
{
    for (const bool norm : {true, false}) {
        for (const bool flatten : {false, true}) {
            for (const bool squares : {false, true}) {
                const bool divided = flatten;
                expectMethod({"other sizes and channels", "ft",
                              with(singleTap(),
                                   {{"translator_norm", norm},
                                    {"form", flatten ? "flatten" : "channel_mean"},
                                    {"exponent", squares ? 2 : 1},
                                    {"divide_by_batch", divided}}),
                              tensors(norm == flatten ? 1 : 3, norm),
                              [=](const NamedTensors& t) { return reference(t, norm, flatten, squares, divided); }});
            }
        }
    }
}

TEST(FactorTransfer, TheParaphraserLearnsToReconstruct)
{
    for (const std::int64_t batch : {3, 1}) {
        NamedTensors t{{"student/tap0", randomTensor({batch, 4, 8, 8}, 1)}, {"teacher/tap0", randomTensor({batch, 6, 4, 4}, 2)}};
        const std::array<std::int64_t, 4> coded{6, 6, 3, 3}, decoded{3, 3, 6, 6};
        for (std::size_t i = 0; i < 3; ++i) {
            const std::string place = std::to_string(i);
            addLayer(t, "parameter/paraphraser.encoder" + place, coded[i], coded[i + 1], false, 10 + 2 * i);
            addLayer(t, "parameter/paraphraser.decoder" + place, decoded[i], decoded[i + 1], true, 20 + 2 * i);
        }
        const MethodCase one{"reconstruction", "ft", with(singleTap(), {{"part", "paraphraser"}}), t, [](const NamedTensors& n) {
                                 const at::Tensor factor = chain(n.at("teacher/tap0"), n, "parameter/paraphraser.encoder");
                                 const at::Tensor back = chain(factor, n, "parameter/paraphraser.decoder", false, true);
                                 return (back - n.at("teacher/tap0")).pow(2).mean();
                             }};
        expectMethod(one);
        const ObjectiveValue found = evaluateObjective({"ft", parametersOf("ft", one.parameters)}, t);
        EXPECT_EQ(found.gradients.at("student/tap0").abs().max().item<double>(), 0);
    }
}

TEST(FactorTransfer, TheParaphraserIsFixedWhileTheStudentLearns)
{
    const ObjectiveValue found = evaluateObjective({"ft", parametersOf("ft", singleTap())}, tensors(2, true));
    EXPECT_EQ(found.gradients.count("memory/paraphraser.encoder0.weight"), 0u);
    EXPECT_EQ(found.parameters.count("memory/paraphraser.encoder0.weight"), 1u);
    EXPECT_EQ(found.parameters.count("parameter/paraphraser.encoder0.weight"), 0u);
}

TEST(FactorTransfer, EmptyFeaturesAndOneSampleStayFinite)
{
    for (const std::string part : {"factor", "paraphraser"}) {
        for (const std::string form : {"channel_mean", "flatten"}) {
            const Selection selection{"ft", parametersOf("ft", with(singleTap(), {{"part", part}, {"form", form}}))};
            for (const double value : {0.0, 1e4}) {
                EXPECT_TRUE(staysFinite(selection,
                                        {{"student/tap0", at::full({1, 4, 2, 2}, value, at::kDouble)},
                                         {"teacher/tap0", at::full({1, 4, 2, 2}, value, at::kDouble)}}));
            }
        }
    }
    NamedTensors t = tensors(2, false);
    for (auto& [name, tensor] : t) {
        tensor = at::zeros_like(tensor);
    }
    EXPECT_TRUE(staysFinite({"ft", parametersOf("ft", with(singleTap(), {{"translator_norm", false}}))}, t));
}

TEST(FactorTransfer, RefusesVectorsAndARateThatLeavesNothing)
{
    const std::string vectors = refusal(
        "ft", singleTap(), {{"student/tap0", randomTensor({2, 3}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
    EXPECT_NE(vectors.find("feature maps"), std::string::npos) << vectors;
    const std::string rate
        = refusal("ft", with(singleTap(), {{"rate", 0.1}}),
                  {{"student/tap0", randomTensor({2, 3, 4, 4}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
    EXPECT_NE(rate.find("leaves no channel"), std::string::npos) << rate;
}

} // namespace

} // namespace distill::test
