// SPDX-License-Identifier: GPL-3.0-or-later
#include "connector_references.h"

namespace distill::test {

namespace {

NamedTensors tensors(std::int64_t batch)
{
    NamedTensors t{{"student/tap0", randomTensor({batch, 4, 8, 8}, 1)},
                   {"teacher/tap0", randomTensor({batch, 6, 4, 4}, 2)},
                   {"student/tap1", randomTensor({batch, 5}, 3)},
                   {"teacher/tap1", randomTensor({batch, 3}, 4)}};
    const std::array<std::array<std::int64_t, 2>, 2> widths{{{4, 6}, {5, 3}}};
    for (std::size_t i = 0; i < 2; ++i) {
        const std::string pair = "parameter/pair" + std::to_string(i) + ".";
        const auto [from, to] = std::pair(widths[i][0], widths[i][1]);
        t[pair + "conv0.weight"] = randomTensor({to, from, 1, 1}, 10 + i);
        t[pair + "conv1.weight"] = randomTensor({to, to, 1, 1}, 20 + i);
        t[pair + "conv2.weight"] = randomTensor({to, to, 1, 1}, 30 + i);
        t[pair + "rho"] = randomTensor({to}, 40 + i, 2);
    }
    return t;
}

at::Tensor reference(const NamedTensors& t)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    for (const std::string i : {"0", "1"}) {
        at::Tensor s = t.at("student/tap" + i), f = t.at("teacher/tap" + i);
        if (s.dim() == 2) {
            s = s.unsqueeze(2).unsqueeze(3);
            f = f.unsqueeze(2).unsqueeze(3);
        }
        s = blockAverages(s, f.size(2), f.size(3));
        const std::string pair = "parameter/pair" + i + ".";
        for (const std::string layer : {"conv0", "conv1", "conv2"}) {
            s = convolved(s, t.at(pair + layer + ".weight"), {});
            s = layer == "conv2" ? s : s.clamp_min(0);
        }
        for (std::int64_t c = 0; c < f.size(1); ++c) {
            const at::Tensor variance = (1 + t.at(pair + "rho")[c].exp()).log() + 1e-5;
            const at::Tensor d = s.select(1, c) - f.select(1, c);
            total = total + 0.5 * (d * d / variance + variance.log()).mean() / f.size(1);
        }
    }
    return total;
}

TEST(VariationalInformation, IsItsFormula)
{
    for (const std::int64_t batch : {3, 1}) {
        expectMethod({"a map and a vector, other sizes and channels", "vid", twoTaps(), tensors(batch), reference});
    }
}

TEST(VariationalInformation, TheVarianceBeginsAtFiveAndIsTrained)
{
    for (const double variance : {5.0, 0.5}) {
        const Selection selection{"vid", parametersOf("vid", with(oneTap(), {{"initial_variance", variance}}))};
        const ObjectiveValue found = evaluateObjective(
            selection, {{"student/tap0", randomTensor({2, 3, 4, 4}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
        const at::Tensor rho = found.parameters.at("parameter/pair0.rho");
        EXPECT_LT(((1 + rho.exp()).log() + 1e-5 - variance).abs().max().item<double>(), 1e-6);
        EXPECT_GT(found.gradients.at("parameter/pair0.rho").abs().min().item<double>(), 1e-4) << "mdistiller's never moves";
    }
}

TEST(VariationalInformation, ExtremesStayFinite)
{
    const Selection selection{"vid", parametersOf("vid", twoTaps())};
    NamedTensors t = tensors(1);
    for (const double value : {0.0, 1e4}) {
        for (const std::string name : {"student/tap0", "teacher/tap0", "student/tap1", "teacher/tap1"}) {
            t[name] = at::full_like(t.at(name), value);
        }
        for (const double rho : {-1e3, 1e3}) {
            t["parameter/pair0.rho"] = at::full({6}, rho, at::kDouble);
            EXPECT_TRUE(staysFinite(selection, t)) << value << ", " << rho;
        }
    }
}

TEST(VariationalInformation, RefusesAMapBesideAVector)
{
    const std::string error
        = refusal("vid", oneTap(), {{"student/tap0", randomTensor({2, 3}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
    EXPECT_NE(error.find("two feature maps or two vectors"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
