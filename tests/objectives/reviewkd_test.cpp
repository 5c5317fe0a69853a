// SPDX-License-Identifier: GPL-3.0-or-later
#include "connector_references.h"

namespace distill::test {

namespace {

at::Tensor hcl(const at::Tensor& a, const at::Tensor& b)
{
    at::Tensor sum = (a - b).pow(2).mean();
    double weight = 1, all = 1;
    for (const std::int64_t side : {4, 2, 1}) {
        if (side < a.size(2)) {
            weight *= 0.5;
            all += weight;
            sum = sum + weight * (blockAverages(a, side, side) - blockAverages(b, side, side)).pow(2).mean();
        }
    }
    return sum / all;
}

at::Tensor repeated(const at::Tensor& x, std::int64_t size)
{
    const std::int64_t by = size / x.size(2);
    return x.repeat_interleave(by, 2).repeat_interleave(by, 3);
}

/// Student maps of 8, 4, 2 pixels a side and a vector; the teacher's of 8, 8, 2 and a vector.
NamedTensors tensors(std::int64_t batch, std::int64_t width)
{
    NamedTensors t{{"student/tap0", randomTensor({batch, 3, 8, 8}, 1)}, {"teacher/tap0", randomTensor({batch, 4, 8, 8}, 2)},
                   {"student/tap1", randomTensor({batch, 4, 4, 4}, 3)}, {"teacher/tap1", randomTensor({batch, 2, 8, 8}, 4)},
                   {"student/tap2", randomTensor({batch, 5, 2, 2}, 5)}, {"teacher/tap2", randomTensor({batch, 3, 2, 2}, 6)},
                   {"student/tap3", randomTensor({batch, 6}, 7)},       {"teacher/tap3", randomTensor({batch, 5}, 8)}};
    const std::array<std::array<std::int64_t, 2>, 4> widths{{{3, 4}, {4, 2}, {5, 3}, {6, 5}}};
    for (std::size_t i = 0; i < 4; ++i) {
        const std::string level = "level" + std::to_string(i);
        addConnector(t, level + ".narrow", widths[i][0], width, 1, 10 * (i + 1));
        addConnector(t, level + ".output", width, widths[i][1], 3, 10 * (i + 1) + 4);
        if (i < 3) {
            t["parameter/" + level + ".gate.weight"] = randomTensor({2, 2 * width, 1, 1}, 90 + i);
            t["parameter/" + level + ".gate.bias"] = randomTensor({2}, 95 + i);
        }
    }
    return t;
}

at::Tensor reference(const NamedTensors& t)
{
    at::Tensor total = at::zeros({}, at::kDouble), deeper;
    for (int i = 3; i >= 0; --i) {
        const std::string place = std::to_string(i), level = "level" + place;
        at::Tensor s = t.at("student/tap" + place), f = t.at("teacher/tap" + place);
        s = i == 3 ? s.view({s.size(0), -1, 1, 1}) : s;
        f = i == 3 ? f.view({f.size(0), -1, 1, 1}) : f;
        at::Tensor x = connected(s, t, level + ".narrow");
        if (i < 3) {
            const at::Tensor y = repeated(deeper, x.size(2));
            const at::Tensor scores = convolved(at::cat({x, y}, 1), t.at("parameter/" + level + ".gate.weight"),
                                                t.at("parameter/" + level + ".gate.bias"));
            const at::Tensor gate = 1 / (1 + (-scores).exp());
            x = x * gate.select(1, 0).unsqueeze(1) + y * gate.select(1, 1).unsqueeze(1);
        }
        deeper = repeated(x, f.size(2));
        total = total + hcl(connected(deeper, t, level + ".output"), f);
        // What the next level sees has the teacher's size; where that is larger than its own it is read at every second pixel.
        if (i == 1) {
            EXPECT_EQ(deeper.size(2), 8);
        }
    }
    return total;
}

Json fourTaps()
{
    return {{"student_taps", {"tap0", "tap1", "tap2", "tap3"}}, {"teacher_taps", {"tap0", "tap1", "tap2", "tap3"}}};
}

TEST(KnowledgeReview, IsItsFormula)
{
    expectMethod({"four levels", "reviewkd", fourTaps(), tensors(3, 6), reference});
    expectMethod({"narrower", "reviewkd", with(fourTaps(), {{"width", 2}}), tensors(4, 2), reference});
}

TEST(KnowledgeReview, OneSampleIsServedAlthoughOneLevelIsAPixel)
{
    // The batch norms of that level see a single value; their output is their shift, the gradient before them zero.
    NamedTensors t = tensors(1, 6);
    expectMethod({"one sample", "reviewkd", fourTaps(), t, reference});
    for (const std::string name : {"student/tap0", "student/tap1", "student/tap2", "student/tap3"}) {
        t[name] = at::zeros_like(t.at(name));
    }
    EXPECT_TRUE(staysFinite({"reviewkd", parametersOf("reviewkd", fourTaps())}, t));
}

TEST(KnowledgeReview, TheWidthIsTheLastLayersAtMost)
{
    const NamedTensors t{{"student/tap0", randomTensor({2, 3, 4, 4}, 1)},
                         {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)},
                         {"student/tap1", randomTensor({2, 700}, 3)},
                         {"teacher/tap1", randomTensor({2, 4}, 4)}};
    const ObjectiveValue found = evaluateObjective({"reviewkd", parametersOf("reviewkd", twoTaps())}, t);
    EXPECT_EQ(found.parameters.at("parameter/level0.narrow.conv.weight").sizes(), (at::IntArrayRef{512, 3, 1, 1}));
    EXPECT_EQ(found.parameters.at("parameter/level1.narrow.conv.weight").sizes(), (at::IntArrayRef{512, 700, 1, 1}));
    EXPECT_EQ(found.parameters.count("parameter/level1.gate.weight"), 0u) << "nothing is deeper than the last";
}

TEST(HierarchicalContext, IsItsFormula)
{
    for (const std::int64_t batch : {3, 1}) {
        const NamedTensors t{
            {"student/tap0", randomTensor({batch, 3, 16, 16}, 1)}, {"teacher/tap0", randomTensor({batch, 3, 8, 8}, 2)},
            {"student/tap1", randomTensor({batch, 5, 4, 4}, 3)},   {"teacher/tap1", randomTensor({batch, 5, 4, 4}, 4)},
            {"student/tap2", randomTensor({batch, 5}, 5)},         {"teacher/tap2", randomTensor({batch, 5}, 6)}};
        expectMethod({"maps and a vector",
                      "hcl",
                      {{"student_taps", {"tap0", "tap1", "tap2"}}, {"teacher_taps", {"tap0", "tap1", "tap2"}}},
                      t,
                      [](const NamedTensors& n) {
                          return hcl(blockAverages(n.at("student/tap0"), 8, 8), n.at("teacher/tap0"))
                              + hcl(n.at("student/tap1"), n.at("teacher/tap1"))
                              + (n.at("student/tap2") - n.at("teacher/tap2")).pow(2).mean();
                      }});
    }
}

TEST(HierarchicalContext, EqualMapsCostNothing)
{
    const Selection selection{"hcl", parametersOf("hcl", oneTap())};
    for (const at::Tensor& map : {randomTensor({2, 3, 8, 8}, 1), at::zeros({1, 3, 1, 1}, at::kDouble)}) {
        EXPECT_EQ(evaluateObjective(selection, {{"student/tap0", map}, {"teacher/tap0", map}}).value, 0);
        EXPECT_TRUE(staysFinite(selection, {{"student/tap0", map}, {"teacher/tap0", map}}));
    }
    // A constant difference is the same at every size, so the weights' sum is seen.
    const at::Tensor map = randomTensor({2, 3, 8, 8}, 1);
    EXPECT_NEAR(evaluateObjective(selection, {{"student/tap0", map + 3}, {"teacher/tap0", map}}).value, 9, 1e-12);
}

TEST(HierarchicalContext, RefusesOtherChannels)
{
    const std::string error = refusal(
        "hcl", oneTap(), {{"student/tap0", randomTensor({2, 3, 4, 4}, 1)}, {"teacher/tap0", randomTensor({2, 5, 4, 4}, 2)}});
    EXPECT_NE(error.find("same number of channels"), std::string::npos) << error;
    EXPECT_NE(error.find("reviewkd"), std::string::npos) << error;
}

TEST(KnowledgeReview, RefusesAnUnknownTap)
{
    const std::string error
        = refusal("reviewkd", twoTaps(),
                  {{"student/tap0", randomTensor({2, 3, 4, 4}, 1)}, {"teacher/tap0", randomTensor({2, 5, 4, 4}, 2)}});
    EXPECT_NE(error.find("no tap \"tap1\""), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
