// SPDX-License-Identifier: GPL-3.0-or-later
#include "connector_references.h"

namespace distill::test {

namespace {

NamedTensors tensors(std::int64_t batch)
{
    return {{"student/tap0", randomTensor({batch, 4}, 1)},
            {"teacher/tap0", randomTensor({batch, 6}, 2)},
            {"parameter/weight", randomTensor({6, 4}, 3)},
            {"parameter/bias", randomTensor({6}, 4)}};
}

at::Tensor reference(const NamedTensors& t, double exponent)
{
    const at::Tensor &weight = t.at("parameter/weight"), &x = t.at("student/tap0");
    at::Tensor projected = (x.unsqueeze(1) * weight.unsqueeze(0)).sum(2) + t.at("parameter/bias");
    const at::Tensor ones = at::ones({6}, at::kDouble), zeros = at::zeros({6}, at::kDouble);
    const auto normalised = [&](const at::Tensor& y) { return normalisedBatch(y.unsqueeze(2).unsqueeze(3), ones, zeros, 1e-4); };
    const at::Tensor d = normalised(projected) - normalised(t.at("teacher/tap0"));
    return (d.abs() + 0).pow(exponent).sum().log();
}

TEST(ProjectorRole, IsItsFormula)
{
    for (const double exponent : {4.0, 1.0, 2.5}) {
        expectMethod({"other widths", "srd", with(singleTap(), {{"exponent", exponent}}), tensors(5),
                      [=](const NamedTensors& t) { return reference(t, exponent); }});
    }
}

TEST(ProjectorRole, TheDefaultIsThePapersExponent)
{
    EXPECT_EQ(parametersOf("srd", Json::object()).at("exponent"), 4.0);
}

TEST(ProjectorRole, EqualFeaturesAndOneSampleStayFinite)
{
    // The logarithm of a sum of nothing would be minus infinity, its gradient not a number.
    for (const double exponent : {4.0, 1.0, 2.5}) {
        const Selection selection{"srd", parametersOf("srd", with(singleTap(), {{"exponent", exponent}}))};
        for (const NamedTensors& t :
             {tensors(1),
              NamedTensors{{"student/tap0", at::zeros({3, 4}, at::kDouble)}, {"teacher/tap0", at::zeros({3, 6}, at::kDouble)}}}) {
            EXPECT_TRUE(staysFinite(selection, t));
            EXPECT_NEAR(evaluateObjective(selection, t).value, std::log(1e-12), 1e-9);
        }
        NamedTensors t = tensors(3);
        t["teacher/tap0"] = t["teacher/tap0"] * 1e4;
        EXPECT_TRUE(staysFinite(selection, t));
    }
}

TEST(ProjectorRole, RefusesMaps)
{
    const std::string error = refusal(
        "srd", singleTap(), {{"student/tap0", randomTensor({2, 3, 4, 4}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
    EXPECT_NE(error.find("\"penultimate\""), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
