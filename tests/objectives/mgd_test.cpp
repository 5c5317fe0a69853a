// SPDX-License-Identifier: GPL-3.0-or-later
#include "connector_references.h"

namespace distill::test {

namespace {

constexpr std::int64_t keyA = 12345678, keyB = 9876543, draws = 7;

NamedTensors tensors(std::int64_t batch)
{
    NamedTensors t{{"student/tap0", randomTensor({batch, 4, 8, 8}, 1)},
                   {"teacher/tap0", randomTensor({batch, 3, 4, 4}, 2)},
                   {"student/tap1", randomTensor({batch, 2, 2, 2}, 3)},
                   {"teacher/tap1", randomTensor({batch, 2, 2, 2}, 4)},
                   {"parameter/pair0.align.weight", randomTensor({3, 4, 1, 1}, 5)},
                   {"parameter/pair0.align.bias", randomTensor({3}, 6)},
                   {"memory/random.state", at::tensor({keyA, keyB, draws}, at::kDouble)}};
    std::uint64_t seed = 50;
    for (const auto& [pair, width] : {std::pair("pair0", 3), std::pair("pair1", 2)}) {
        for (const std::string conv : {"conv0", "conv1"}) {
            const std::string name = "parameter/" + std::string(pair) + "." + conv;
            t[name + ".weight"] = randomTensor({width, width, 3, 3}, seed);
            t[name + ".bias"] = randomTensor({width}, seed + 1);
            seed += 2;
        }
    }
    return t;
}

at::Tensor reference(const NamedTensors& t, double share, bool channels, bool sum)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    for (std::uint32_t i = 0; i < 2; ++i) {
        const std::string place = std::to_string(i), pair = "parameter/pair" + place + ".";
        const at::Tensor& f = t.at("teacher/tap" + place);
        at::Tensor s = blockAverages(t.at("student/tap" + place), f.size(2), f.size(3));
        if (i == 0) {
            s = convolved(s, t.at(pair + "align.weight"), t.at(pair + "align.bias"));
        }
        at::Tensor kept = at::zeros_like(f);
        const std::int64_t sides = channels ? f.size(1) : f.size(2) * f.size(3);
        for (std::int64_t b = 0; b < f.size(0); ++b) {
            for (std::int64_t p = 0; p < sides; ++p) {
                const double number
                    = streamNumber(static_cast<std::uint32_t>(keyA), static_cast<std::uint32_t>(keyB),
                                   static_cast<std::uint32_t>(draws) + i, static_cast<std::uint32_t>(b * sides + p));
                const bool stays = number / 4294967296.0 >= share;
                if (channels) {
                    kept[b][p].fill_(stays ? 1 : 0);
                } else {
                    kept[b].select(2, p % f.size(3)).select(1, p / f.size(3)).fill_(stays ? 1 : 0);
                }
            }
        }
        at::Tensor x = convolved(s * kept, t.at(pair + "conv0.weight"), t.at(pair + "conv0.bias")).clamp_min(0);
        x = convolved(x, t.at(pair + "conv1.weight"), t.at(pair + "conv1.bias"));
        const at::Tensor squares = (x - f).pow(2);
        total = total + (sum ? squares.sum() / f.size(0) : squares.mean());
    }
    return total;
}

TEST(MaskedGeneration, IsItsFormulaInEveryConvention)
{
    for (const bool channels : {false, true}) {
        for (const bool sum : {false, true}) {
            for (const auto& [share, batch] : {std::pair(0.65, 3), std::pair(0.15, 1)}) {
                const double masked = share;
                expectMethod({"aligned and not", "mgd",
                              with(twoTaps(),
                                   {{"masked_share", masked},
                                    {"mask", channels ? "channels" : "pixels"},
                                    {"reduction", sum ? "sum" : "mean"}}),
                              tensors(batch), [=](const NamedTensors& t) { return reference(t, masked, channels, sum); }});
            }
        }
    }
}

/// The gradient of a student's pixel is zero where it was hidden: all of a sample's channels or none.
TEST(MaskedGeneration, AboutTheShareIsHiddenAndEachStepAnotherPart)
{
    ShapedModel student({{"thin", {3, 16, 16}}, {"logits", {10}}}), teacher({{"wide", {3, 16, 16}}, {"logits", {10}}});
    at::Generator generator = generatorOf(7);
    const auto objective = makeObjective({"mgd", {{"student_taps", {"thin"}}, {"teacher_taps", {"wide"}}}});
    objective->prepare(settingOf(student, &teacher, {1, 4, 4}, generator));
    const at::Tensor feature = randomTensor({8, 3, 16, 16}, 1).to(at::kFloat);
    const auto hidden = [&] {
        const at::Tensor leaf = feature.clone().requires_grad_();
        Taps studentTaps(objective->studentTaps()), teacherTaps(objective->teacherTaps());
        studentTaps.offer("thin", leaf);
        teacherTaps.offer("wide", feature);
        const at::Tensor none;
        const HardLabels noLabels;
        objective->loss({none, none, noLabels, studentTaps, teacherTaps}).backward();
        const at::Tensor zero = leaf.grad().eq(0);
        EXPECT_TRUE(zero.select(1, 0).equal(zero.select(1, 1)));
        return zero.select(1, 0);
    };
    at::Tensor state;
    for (const NamedTensor& buffer : objective->learned()->buffers()) {
        state = buffer.name == "random.state" ? buffer.tensor : state;
    }
    const at::Tensor before = state.clone();
    const at::Tensor first = hidden(), second = hidden();
    EXPECT_NEAR(first.to(at::kDouble).mean().item<double>(), 0.65, 0.04);
    EXPECT_NEAR(second.to(at::kDouble).mean().item<double>(), 0.65, 0.04);
    EXPECT_NEAR(first.logical_and(second).to(at::kDouble).mean().item<double>(), 0.65 * 0.65, 0.04) << "independent";
    state.copy_(before);
    EXPECT_TRUE(hidden().equal(first)) << "a resumed run continues alike";
}

TEST(MaskedGeneration, EmptyMapsAndOneSampleStayFinite)
{
    const Selection selection{"mgd", parametersOf("mgd", oneTap())};
    for (const double value : {0.0, 1e4}) {
        const at::Tensor map = at::full({1, 3, 1, 1}, value, at::kDouble);
        EXPECT_TRUE(staysFinite(selection, {{"student/tap0", map}, {"teacher/tap0", map}}));
    }
}

TEST(MaskedGeneration, RefusesVectors)
{
    const std::string error
        = refusal("mgd", oneTap(), {{"student/tap0", randomTensor({2, 3}, 1)}, {"teacher/tap0", randomTensor({2, 3}, 2)}});
    EXPECT_NE(error.find("two feature maps"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
