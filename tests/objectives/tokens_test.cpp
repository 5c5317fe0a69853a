// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequences.h"

namespace distill::test {

namespace {

/// Every way of computing a loss from logits token by token.
std::vector<std::pair<std::string, Json>> methods()
{
    std::vector<std::pair<std::string, Json>> all;
    for (const std::string kind : {"forward_kl", "symmetric_kl", "skew_forward_kl"}) {
        all.push_back({kind, {{"form", "divergence"}, {"temperature", 2.0}}});
        all.push_back({kind, {{"form", "cross_entropy"}}});
    }
    for (const std::string kind : {"reverse_kl", "tvd", "skew_reverse_kl", "uld", "sequence_ce", "logistic_ranking"}) {
        all.push_back({kind, Json::object()});
    }
    for (const double beta : {0.0, 0.3, 1.0}) {
        all.push_back({"jsd", {{"beta", beta}}});
        all.push_back({"gkd", {{"beta", beta}}});
    }
    for (const std::string missing : {"zero", "uniform", "bucket"}) {
        for (const int k : {3, 6}) {
            for (const std::string kind : {"sparse_kl", "sparse_jsd", "sparse_tvd"}) {
                all.push_back({kind, {{"missing", missing}, {"k", k}}});
            }
        }
    }
    for (const std::string kind : {"sparse_kl", "sparse_jsd", "sparse_tvd"}) {
        all.push_back({kind, {{"missing", "sampled"}, {"k", 5}}});
    }
    all.push_back({"hinge_ranking", {{"margin", 0.1}}});
    all.push_back({"hinge_ranking", {{"margin_from", "teacher"}}});
    return all;
}

NamedTensors withLabels(NamedTensors t)
{
    if (!t.count("labels")) {
        t["labels"] = at::tensor({3, 0, 5, -100, 4, 1, 2, -100}, at::kLong).view({2, 4});
    }
    return t;
}

void expectFiniteInBothTypes(const NamedTensors& tensors, const std::string& what)
{
    for (const auto& [kind, parameters] : methods()) {
        for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
            NamedTensors t = tensors;
            for (const std::string side : {"student/logits", "teacher/logits"}) {
                t[side] = t.at(side).to(type);
            }
            expectFinite(valueOf(kind, t, parameters), kind + " " + parameters.dump() + ", " + what);
        }
    }
}

TEST(Tokens, PaddingIsNeitherInTheValueNorInTheGradient)
{
    for (const std::string padding : {"mask", "labels"}) {
        const NamedTensors clean = withLabels(sequenceLogits(padding));
        const at::Tensor out = padding == "mask" ? clean.at("mask").eq(0) : clean.at("labels").lt(0);
        for (const double rubbish : {std::nan(""), 1e30, -double(INFINITY)}) {
            NamedTensors dirty = clean;
            for (const std::string side : {"student/logits", "teacher/logits"}) {
                dirty[side] = clean.at(side).masked_fill(out.unsqueeze(2), rubbish);
            }
            for (const auto& [kind, parameters] : methods()) {
                SCOPED_TRACE(kind + " " + parameters.dump() + " " + padding);
                const ObjectiveValue a = valueOf(kind, clean, parameters), b = valueOf(kind, dirty, parameters);
                EXPECT_EQ(a.value, b.value);
                const at::Tensor gradient = b.gradients.at("student/logits");
                EXPECT_TRUE(at::equal(a.gradients.at("student/logits"), gradient));
                EXPECT_EQ(gradient.masked_select(out.unsqueeze(2)).abs().sum().item<double>(), 0);
            }
        }
    }
}

TEST(Tokens, WithoutATokenThatCountsAllIsZero)
{
    NamedTensors t = withLabels(sequenceLogits(""));
    for (const std::string by : {"mask", "labels"}) {
        NamedTensors none = t;
        none[by] = at::full({2, 4}, by == "mask" ? 0 : -100, at::kLong);
        for (const auto& [kind, parameters] : methods()) {
            const ObjectiveValue found = valueOf(kind, none, parameters);
            EXPECT_EQ(found.value, 0) << kind;
            EXPECT_EQ(found.gradients.at("student/logits").abs().sum().item<double>(), 0) << kind;
        }
    }
}

TEST(Tokens, TheLossHasAGradientFunctionWithoutATokenThatCounts)
{
    const at::Tensor student = randomTensor({1, 2, 6}, 1).requires_grad_(), teacher = randomTensor({1, 2, 6}, 2);
    const HardLabels labels{at::full({1, 2}, -1, at::kLong)};
    const Taps none;
    for (const auto& [kind, parameters] : methods()) {
        const auto objective = makeObjective({kind, parametersOf(kind, parameters)});
        at::Generator generator = generatorOf(1);
        objective->prepare({.student = {"s", 6, {}}, .teacher = NetworkOutline{"t", 6, {}}, .generator = &generator});
        const at::Tensor loss = objective->loss({student, teacher, labels, none, none, {}, at::zeros({1, 2}, at::kBool)});
        EXPECT_EQ(loss.dim(), 0) << kind;
        EXPECT_TRUE(loss.requires_grad()) << kind;
        EXPECT_EQ(loss.scalar_type(), at::kDouble) << kind;
    }
}

TEST(Tokens, AnUnlabelledImageCountsAndASampleIsOneToken)
{
    const NamedTensors images{{"student/logits", randomTensor({3, 6}, 1)},
                              {"teacher/logits", randomTensor({3, 6}, 2)},
                              {"labels", at::tensor({-1, 2, -1}, at::kLong)}};
    const NamedTensors sequence{{"student/logits", images.at("student/logits").view({1, 3, 6})},
                                {"teacher/logits", images.at("teacher/logits").view({1, 3, 6})}};
    for (const auto& [kind, parameters] : methods()) {
        if (kind != "sequence_ce" && parameters.value("missing", "") != "sampled") {
            EXPECT_DOUBLE_EQ(valueOf(kind, images, parameters).value, valueOf(kind, sequence, parameters).value) << kind;
        }
    }
}

TEST(Tokens, CornersAreFinite)
{
    const NamedTensors t = withLabels(sequenceLogits(""));
    const auto with = [&](const at::Tensor& student, const at::Tensor& teacher) {
        NamedTensors changed = t;
        changed["student/logits"] = student;
        changed["teacher/logits"] = teacher;
        return changed;
    };
    const at::Tensor student = t.at("student/logits"), teacher = t.at("teacher/logits");
    const at::Tensor some = at::tensor({0, 1, 0, 0, 1, 0}, at::kLong).gt(0),
                     other = at::tensor({0, 1, 1, 0, 0, 0}, at::kLong).gt(0);
    expectFiniteInBothTypes(with(student, student), "equal inputs");
    expectFiniteInBothTypes(with(student * 0, teacher * 0), "zeros");
    expectFiniteInBothTypes(with(student.sign() * 1e4, teacher.sign() * 1e4), "saturated");
    expectFiniteInBothTypes(with(student.masked_fill(some, 1e4), teacher.masked_fill(other, -1e4)), "saturated apart");
    expectFiniteInBothTypes(with(student.masked_fill(some, -INFINITY), teacher.masked_fill(some, -INFINITY)), "-inf on both");
    expectFiniteInBothTypes(with(student, teacher.masked_fill(some, -INFINITY)), "-inf at the teacher");
    expectFiniteInBothTypes(with(student.masked_fill(some, -INFINITY), teacher), "-inf at the student");
    expectFiniteInBothTypes(with(student.masked_fill(some, -INFINITY), teacher.masked_fill(other, -INFINITY)), "-inf at each");
    at::Tensor single = at::full({2, 4, 6}, -INFINITY, at::kDouble);
    single.select(2, 2).fill_(1);
    expectFiniteInBothTypes(with(single, single), "one token possible");
}

TEST(Tokens, WhatBothExcludeIsAsIfItWereNotThere)
{
    const NamedTensors small = sequenceLogits("mask");
    NamedTensors large = small;
    for (const std::string side : {"student/logits", "teacher/logits"}) {
        large[side] = at::cat({small.at(side), at::full({2, 4, 2}, -INFINITY, at::kDouble)}, 2);
    }
    for (const auto& [kind, parameters] : methods()) {
        if (kind == "sequence_ce" || parameters.value("missing", "") == "uniform"
            || parameters.value("missing", "") == "sampled") {
            continue; // spreads over the vocabulary that there is, or has no labels here
        }
        SCOPED_TRACE(kind + " " + parameters.dump());
        const ObjectiveValue a = valueOf(kind, small, parameters), b = valueOf(kind, large, parameters);
        EXPECT_NEAR(a.value, b.value, 1e-12);
        EXPECT_TRUE(
            at::allclose(a.gradients.at("student/logits"), b.gradients.at("student/logits").slice(2, 0, 6), 1e-9, 1e-12));
        EXPECT_EQ(b.gradients.at("student/logits").slice(2, 6).abs().sum().item<double>(), 0);
    }
}

TEST(Tokens, RefusesAMaskAndLogitsOfOtherSizes)
{
    NamedTensors t = sequenceLogits("");
    t["mask"] = at::ones({2, 3}, at::kLong);
    std::string error = errorOf([&] { valueOf("forward_kl", t); });
    EXPECT_NE(error.find("The mask is 2 x 3 but the tokens are 2 x 4"), std::string::npos) << error;
    t = sequenceLogits("");
    t["teacher/logits"] = randomTensor({2, 5, 6}, 1);
    error = errorOf([&] { valueOf("forward_kl", t); });
    EXPECT_NE(error.find("the student's are 4 x 6 and the teacher's 5 x 6"), std::string::npos) << error;
    t["teacher/logits"] = randomTensor({2, 4, 7}, 1);
    error = errorOf([&] { valueOf("jsd", t); });
    EXPECT_NE(error.find("choose a teacher of the same classes"), std::string::npos) << error;
}

} // namespace

} // namespace distill::test
