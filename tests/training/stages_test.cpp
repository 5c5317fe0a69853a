// SPDX-License-Identifier: GPL-3.0-or-later
// Stages with parts that move, data of their own, learned parts handed on; balanced terms.
#include "experiment/error.h"
#include "models/safetensors.h"
#include "trainertest.h"

#include <gmock/gmock.h>

using namespace distill;
using distill::test::RecordingHost;
using distill::test::TrainerTest;

namespace {

const Json hint = {{"kind", "hint"}, {"student_tap", "penultimate"}, {"teacher_tap", "penultimate"}};

TEST_F(TrainerTest, OnlyTheNamedPartsMove)
{
    Json one = document(2), two = document(2);
    two["stages"].push_back(two["stages"][0]);
    two["stages"][1]["trainable"] = {{"kind", "parts"}, {"parts", {"fc"}}};
    two["stages"][1]["weight_decay"] = 0.01; // moves what has no gradient too, if it is the optimiser's
    two["stages"][1]["optimiser"] = {{"kind", "sgd"}};
    RecordingHost first, both;
    run(one, "one", first);
    run(two, "two", both);
    const auto before = readSafetensors(first.files.at("last")).tensors, after = readSafetensors(both.files.at("last")).tensors;
    int moved = 0, kept = 0;
    for (const auto& [name, tensor] : before) {
        if (name.starts_with("fc.")) {
            ++moved;
            EXPECT_FALSE(tensor.equal(after.at(name))) << name;
        } else {
            ++kept;
            EXPECT_TRUE(tensor.equal(after.at(name))) << name;
        }
    }
    EXPECT_EQ(moved, 2);
    EXPECT_GE(kept, 2);
}

TEST_F(TrainerTest, APartThatIsNotThereIsRefusedWithThoseThatAre)
{
    Json json = document();
    json["stages"][0]["trainable"] = {{"kind", "parts"}, {"parts", {"fc", "layer9"}}};
    RecordingHost host;
    try {
        run(json, "run", host);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), testing::StartsWith("/stages/0/trainable/parts/1: "));
        EXPECT_THAT(error.what(), testing::HasSubstr("fc"));
    }
}

TEST_F(TrainerTest, RegressorsAloneLeaveTheStudentAsItIs)
{
    Json json = distilling(3);
    json["stages"][0]["objective"] = Json::array({hint});
    json["stages"][0]["trainable"] = {{"kind", "learned"}};
    RecordingHost host;
    const auto outcome = run(json, "run", host, teacher());
    ASSERT_EQ(outcome.end, Trainer::Outcome::End::Finished);
    EXPECT_LT(host.curves.at("loss").rbegin()->second, 0.7 * host.curves.at("loss").begin()->second);
    std::set<double> accuracies;
    for (const auto& [step, value] : host.curves.at("accuracy/probe")) {
        accuracies.insert(value);
    }
    EXPECT_EQ(accuracies.size(), 1u);
    json["stages"][0]["objective"] = Json::array({{{"kind", "cross_entropy"}}});
    EXPECT_THROW(run(json, "nothing", host, teacher()), InputError);
}

TEST_F(TrainerTest, AStageMayHaveDataOfItsOwn)
{
    Json json = distilling(2);
    json["data"]["labelled"] = 90;
    json["stages"].push_back(json["stages"][0]);
    json["stages"][0]["objective"] = Json::array({{{"kind", "cross_entropy"}}});
    json["stages"][1]["objective"] = Json::array({{{"kind", "kd"}}});
    json["stages"][1]["data"] = {{"kind", "own"}, {"labelled", 90}, {"transfer", {{"samples", "all"}, {"labels", false}}}};
    RecordingHost host;
    const auto outcome = run(json, "run", host, teacher());
    ASSERT_EQ(outcome.end, Trainer::Outcome::End::Finished);
    const TrainingTask made = task(json, "reference");
    const std::int64_t all = makeSplit(*made.dataset, dataOf(made.experiment.data, made.experiment.stages[1]), 0).transfer.size(0);
    const std::int64_t first = 2 * (90 / 32), second = 2 * (all / 32);
    EXPECT_GT(all, 300);
    EXPECT_EQ(outcome.summary["steps"].get<std::int64_t>(), first + second);
    EXPECT_EQ(host.curves.at("accuracy/batch").rbegin()->first, first - 1) << "the second stage is told no label";
    RecordingHost broken;
    const auto source = teacher();
    runBroken(json, "broken", broken, first + 3, {source});
    EXPECT_EQ(host.reproducible(), broken.reproducible());
}

TEST_F(TrainerTest, WhatATermLearnedBesideTheStudentGoesOnInTheNextStage)
{
    Json json = distilling(8);
    json["stages"][0]["objective"] = Json::array({hint});
    json["stages"].push_back(json["stages"][0]);
    json["stages"][1]["epochs"] = 1;
    RecordingHost host;
    run(json, "run", host, teacher());
    const auto& curve = host.curves.at("loss/0 hint");
    const auto second = std::prev(curve.end(), static_cast<std::ptrdiff_t>(curve.size() / 9)); // of nine epochs the last
    EXPECT_LT(second->second, 0.5 * curve.begin()->second);
    EXPECT_LT(second->second, 1.5 * std::prev(second)->second) << "a new regressor would begin where the first did";
    const auto handed = std::count_if(host.notes.begin(), host.notes.end(),
                                      [](const auto& note) { return note.second.starts_with("What the objective learned"); });
    EXPECT_EQ(handed, 1);
}

TEST_F(TrainerTest, BalancedGradientsHaveTheLengthOfTheFirst)
{
    Json json = distilling(3);
    json["stages"][0]["objective"][2]["weight"] = 0.5;
    json["stages"][0]["balance"] = {{"kind", "gradients"}, {"every", 1}, {"memory", 0}};
    RecordingHost host;
    run(json, "run", host, teacher());
    ASSERT_GT(host.curves.at("gradient/0 cross_entropy").size(), 3u);
    for (const auto& [step, first] : host.curves.at("gradient/0 cross_entropy")) {
        EXPECT_NEAR(host.curves.at("gradient/1 kd").at(step) / 0.7, first / 0.3, 1e-4 * first / 0.3) << step;
        EXPECT_NEAR(host.curves.at("gradient/2 hint").at(step) / 0.5, first / 0.3, 1e-4 * first / 0.3) << step;
    }
}

TEST_F(TrainerTest, BalancedValuesAreThatOfTheFirst)
{
    Json json = distilling(3);
    json["stages"][0]["balance"] = {{"kind", "values"}, {"every", 4}, {"memory", 0.5}};
    RecordingHost host;
    run(json, "run", host, teacher());
    double expected = 0;
    for (const auto& [step, factor] : host.curves.at("balance/1 kd")) {
        EXPECT_EQ(step % 4, 0);
        const double wanted = std::log(host.curves.at("loss/0 cross_entropy").at(step) / host.curves.at("loss/1 kd").at(step));
        expected = step == 0 ? wanted : 0.5 * expected + 0.5 * wanted;
        EXPECT_NEAR(factor, std::exp(expected), 1e-4 * std::exp(expected)) << step;
        const auto part = [&](const char* series, double weight) { return weight * host.curves.at(series).at(step); };
        EXPECT_NEAR(host.curves.at("loss").at(step),
                    part("loss/0 cross_entropy", 0.3) + factor * part("loss/1 kd", 0.7)
                        + host.curves.at("balance/2 hint").at(step) * part("loss/2 hint", 0.1),
                    1e-4 * host.curves.at("loss").at(step));
    }
    RecordingHost broken;
    const auto source = teacher();
    runBroken(json, "broken", broken, 18, {source});
    EXPECT_EQ(host.reproducible(), broken.reproducible());
}

TEST(Balance, ATermThatMeasuresNothingKeepsItsFactor)
{
    Balance balance({"values", {{"every", 1}, {"memory", 0.0}}}, 3, at::kCPU);
    balance.see({at::scalar_tensor(2.0), at::scalar_tensor(0.5), at::scalar_tensor(0.0)});
    EXPECT_NEAR(balance.factor(1).item<double>(), 4, 1e-12);
    EXPECT_EQ(balance.factor(2).item<double>(), 1);
    balance.see({at::scalar_tensor(0.0), at::scalar_tensor(0.5), at::scalar_tensor(1.0)}); // nothing to compare with
    EXPECT_NEAR(balance.factor(1).item<double>(), 4, 1e-12);
    balance.see({at::scalar_tensor(1.0), at::scalar_tensor(1e-9), at::scalar_tensor(1e9)});
    EXPECT_NEAR(balance.factor(1).item<double>(), 1e4, 1e-6);
    EXPECT_NEAR(balance.factor(2).item<double>(), 1e-4, 1e-12);
}

} // namespace
