// SPDX-License-Identifier: GPL-3.0-or-later
#include "connector_references.h"

namespace distill::test {

namespace {

const Json threeTaps{{"student_taps", {"tap0", "tap1", "tap2"}}, {"teacher_taps", {"tap0", "tap1", "tap2"}}};

NamedTensors tensors(std::int64_t batch)
{
    return {{"student/tap0", randomTensor({batch, 3, 8, 8}, 1)}, {"teacher/tap0", randomTensor({batch, 3, 4, 4}, 2)},
            {"student/tap1", randomTensor({batch, 4, 4, 4}, 3)}, {"teacher/tap1", randomTensor({batch, 4, 4, 4}, 4)},
            {"student/tap2", randomTensor({batch, 2, 4, 4}, 5)}, {"teacher/tap2", randomTensor({batch, 2, 2, 2}, 6)}};
}

at::Tensor smaller(const at::Tensor& x, const at::Tensor& other, bool maximum)
{
    const std::int64_t height = std::min(x.size(2), other.size(2)), width = std::min(x.size(3), other.size(3));
    const std::int64_t a = x.size(2) / height, b = x.size(3) / width;
    const at::Tensor blocks = x.reshape({x.size(0), x.size(1), height, a, width, b});
    return maximum ? blocks.amax({3, 5}) : blocks.mean({3, 5});
}

at::Tensor reference(const NamedTensors& t, bool maximum, bool norms)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    for (const auto& [low, high] : {std::pair("tap0", "tap1"), std::pair("tap1", "tap2")}) {
        std::vector<at::Tensor> flows;
        for (const std::string side : {"student/", "teacher/"}) {
            const at::Tensor &f = t.at(side + low), &g = t.at(side + high);
            const at::Tensor a = smaller(f, g, maximum), b = smaller(g, f, maximum);
            flows.push_back((a.unsqueeze(2) * b.unsqueeze(1)).mean({3, 4}));
        }
        const at::Tensor d = flows[0] - flows[1];
        const std::int64_t batch = d.size(0);
        if (!norms) {
            total = total + (d * d).sum() / d.numel();
            continue;
        }
        for (std::int64_t b = 0; b < batch; ++b) {
            for (std::int64_t j = 0; j < d.size(2); ++j) {
                total = total + d[b].select(1, j).norm() / batch;
            }
        }
    }
    return total;
}

TEST(SolutionFlow, IsItsFormulaInEveryConvention)
{
    for (const bool maximum : {false, true}) {
        for (const bool norms : {false, true}) {
            for (const std::int64_t batch : {3, 1}) {
                expectMethod({"three layers of other sizes", "fsp",
                              with(threeTaps, {{"pooling", maximum ? "max" : "average"}, {"form", norms ? "norm" : "mse"}}),
                              tensors(batch), [=](const NamedTensors& t) { return reference(t, maximum, norms); }});
            }
        }
    }
}

TEST(SolutionFlow, EqualAndEmptyMapsCostNothing)
{
    for (const std::string form : {"mse", "norm"}) {
        const Selection selection{"fsp", parametersOf("fsp", with(twoTaps(), {{"form", form}}))};
        for (const at::Tensor& map : {randomTensor({2, 3, 4, 4}, 1), at::zeros({2, 3, 4, 4}, at::kDouble)}) {
            const NamedTensors t{{"student/tap0", map}, {"teacher/tap0", map}, {"student/tap1", map}, {"teacher/tap1", map}};
            EXPECT_NEAR(evaluateObjective(selection, t).value, 0, 1e-10);
            EXPECT_TRUE(staysFinite(selection, t));
        }
    }
}

TEST(SolutionFlow, RefusesOtherChannelsWithASuggestionAndVectors)
{
    NamedTensors t = tensors(2);
    t["teacher/tap1"] = randomTensor({2, 5, 4, 4}, 4);
    const std::string channels = refusal("fsp", threeTaps, t);
    EXPECT_NE(channels.find("same number of channels"), std::string::npos) << channels;
    EXPECT_NE(channels.find("hint"), std::string::npos) << channels;
    t["teacher/tap1"] = randomTensor({2, 4}, 4);
    const std::string vectors = refusal("fsp", threeTaps, t);
    EXPECT_NE(vectors.find("feature maps"), std::string::npos) << vectors;
}

TEST(SolutionFlow, NeedsTwoLayers)
{
    const std::string error = refusal("fsp", oneTap(), tensors(2));
    EXPECT_NE(error.find("at least 2 pairs"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
