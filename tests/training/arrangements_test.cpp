// SPDX-License-Identifier: GPL-3.0-or-later
// Several teachers, a random one, peers that learn from one another.
#include "experiment/error.h"
#include "models/safetensors.h"
#include "trainertest.h"

#include <gmock/gmock.h>

using namespace distill;
using distill::test::RecordingHost;
using distill::test::TrainerTest;

namespace {

Json ensembleOfTwo(const std::string& combine = "probabilities")
{
    const Json member = {{"kind", "weights"}, {"file", "unused"}, {"model", {{"kind", "mlp"}}}};
    return {{"kind", "ensemble"}, {"combine", combine}, {"temperature", 3}, {"members", {member, member}}};
}

Json peers(std::initializer_list<Json> models)
{
    return {{"kind", "peers"}, {"models", models}};
}

std::unique_ptr<Model> networkOf(const Selection& selection, const Dataset& dataset, const std::map<std::string, at::Tensor>& state)
{
    at::Generator generator = makeGenerator(at::kCPU, 0);
    auto model = makeModel(selection, dataset.shape, static_cast<std::int64_t>(dataset.classes.size()), generator);
    loadState(*model, state, "the test");
    return model;
}

at::Tensor testProbabilities(Model& model, const Dataset& dataset, const Normaliser& normaliser)
{
    return at::softmax(logitsOf(model, dataset.test, {}, normaliser, 100, at::kCPU).to(at::kDouble), 1);
}

TEST_F(TrainerTest, AnEnsembleTeachesAndIsJudgedByTheMeanOfItsMembers)
{
    auto first = teacher("first"), second = teacher("second");
    {
        RecordingHost host;
        Json json = document(2);
        json["seed"] = 9;
        run(json, "third", host);
        second = {schema().read(json).student.model, host.files.at("last"), "somebody"};
    }
    Json json = distilling(20);
    json["teacher"] = ensembleOfTwo();
    json["stages"][0]["objective"].erase(2); // an ensemble shows no inside
    RecordingHost host;
    const auto outcome = run(json, "run", host, {first, second});
    ASSERT_EQ(outcome.end, Trainer::Outcome::End::Finished);

    const TrainingTask made = task(json, "reference");
    const Split split = makeSplit(*made.dataset, made.experiment.data, 0);
    const Normaliser normaliser(split.mean, split.deviation, at::kCPU);
    std::vector<at::Tensor> softened;
    std::vector<double> accuracies;
    for (const auto& source : {first, second}) {
        const auto model = networkOf(source.model, *made.dataset, readSafetensors(source.weights).tensors);
        const at::Tensor probabilities = testProbabilities(*model, *made.dataset, normaliser);
        softened.push_back(at::softmax(probabilities.log() / 3, 1));
        accuracies.push_back(probabilities.argmax(1).eq(made.dataset->test.labels).to(at::kDouble).mean().item<double>());
    }
    const at::Tensor choice = (softened[0] + softened[1]).argmax(1);
    const Json& said = outcome.summary["teacher"];
    EXPECT_NEAR(said["test"]["accuracy"].get<double>(), choice.eq(made.dataset->test.labels).to(at::kDouble).mean().item<double>(), 1e-12);
    ASSERT_EQ(said["members"].size(), 2u);
    EXPECT_NEAR(said["members"][0]["test"]["accuracy"].get<double>(), accuracies[0], 1e-12);
    EXPECT_NEAR(said["members"][1]["test"]["accuracy"].get<double>(), accuracies[1], 1e-12);
    EXPECT_EQ(said["members"][1]["run"], "somebody");
    EXPECT_EQ(said["parameters"], said["members"][0]["parameters"].get<int>() + said["members"][1]["parameters"].get<int>());
    const auto student = networkOf(made.experiment.student.model, *made.dataset, readSafetensors(host.files.at("last")).tensors);
    const at::Tensor own = testProbabilities(*student, *made.dataset, normaliser).argmax(1);
    EXPECT_NEAR(outcome.summary["last"]["test"]["agreement"].get<double>(), own.eq(choice).to(at::kDouble).mean().item<double>(), 1e-12);
}

TEST_F(TrainerTest, AnEnsembleOfOneTeacherTwiceIsThatTeacher)
{
    const auto source = teacher();
    Json single = distilling(2), twice = distilling(2);
    for (Json* json : {&single, &twice}) {
        (*json)["stages"][0]["objective"].erase(2);
    }
    twice["teacher"] = ensembleOfTwo();
    RecordingHost one, two;
    run(single, "one", one, source);
    run(twice, "two", two, {source, source});
    EXPECT_NEAR(one.curves.at("loss/1 kd").begin()->second, two.curves.at("loss/1 kd").begin()->second, 1e-5);
}

TEST_F(TrainerTest, AMethodThatLooksInsideIsRefusedWithAnEnsemble)
{
    Json json = distilling();
    json["teacher"] = ensembleOfTwo();
    RecordingHost host;
    const auto source = teacher();
    try {
        run(json, "run", host, {source, source});
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), testing::StartsWith("/stages/0/objective/2: "));
        EXPECT_THAT(error.what(), testing::HasSubstr("several teachers answer together"));
    }
}

TEST_F(TrainerTest, ARandomTeacherKnowsNothingAndIsTheSameForTheSameSeed)
{
    Json json = distilling(3);
    const Selection model{"mlp", {{"hidden", {48}}, {"dropout", 0.0}}};
    const auto random = [&](std::uint64_t seed) { return TrainingTask::TeacherSource{model, {}, {}, seed}; };
    json["stages"][0]["objective"].erase(2);
    RecordingHost first, again, other;
    const auto outcome = run(json, "first", first, random(5));
    run(json, "again", again, random(5));
    run(json, "other", other, random(6));
    EXPECT_LT(outcome.summary["teacher"]["test"]["accuracy"].get<double>(), 0.6); // of three classes
    EXPECT_EQ(first.reproducible(), again.reproducible());
    EXPECT_NE(first.reproducible(), other.reproducible());
}

TEST_F(TrainerTest, ATeacherThatNoTermAsksIsAnOracle)
{
    Json json = distilling();
    json["stages"][0]["objective"] = Json::array({{{"kind", "cross_entropy"}}});
    Json alone = document();
    RecordingHost with, without;
    const auto outcome = run(json, "with", with, teacher());
    run(alone, "without", without);
    EXPECT_TRUE(with.curves.contains("agreement/validation"));
    EXPECT_TRUE(outcome.summary["teacher"].is_object());
    EXPECT_EQ(with.curves.at("loss"), without.curves.at("loss")) << "no gradient comes from it";
}

TEST_F(TrainerTest, PeersLearnWithTheStudentAndAreSaved)
{
    Json json = document(60);
    json["teacher"] = peers({{{"kind", "mlp"}, {"hidden", {64, 64}}}, {{"kind", "mlp"}, {"hidden", {64}}}});
    json["student"]["model"]["hidden"] = {64, 64};
    json["stages"][0]["objective"].push_back({{"kind", "dml"}});
    RecordingHost host;
    const auto outcome = run(json, "run", host);
    ASSERT_EQ(outcome.end, Trainer::Outcome::End::Finished);
    EXPECT_TRUE(outcome.summary["teacher"].is_null());
    ASSERT_EQ(outcome.summary["peers"].size(), 2u);
    EXPECT_GT(outcome.summary["last"]["test"]["accuracy"].get<double>(), 0.9);
    const TrainingTask made = task(json, "reference");
    const Split split = makeSplit(*made.dataset, made.experiment.data, 0);
    const Normaliser normaliser(split.mean, split.deviation, at::kCPU);
    for (int i = 0; i < 2; ++i) {
        const Json& said = outcome.summary["peers"][static_cast<std::size_t>(i)];
        const std::string number = std::to_string(i + 1);
        const auto model = networkOf(made.peers[static_cast<std::size_t>(i)].model, *made.dataset,
                                     readSafetensors(host.files.at("peer" + number)).tensors);
        const at::Tensor own = testProbabilities(*model, *made.dataset, normaliser).argmax(1);
        EXPECT_NEAR(said["test"]["accuracy"].get<double>(), own.eq(made.dataset->test.labels).to(at::kDouble).mean().item<double>(), 1e-12);
        EXPECT_GT(said["test"]["accuracy"].get<double>(), 0.8);
        EXPECT_EQ(host.curves.at("accuracy/peer " + number).rbegin()->second, said["validation"]["accuracy"].get<double>());
    }
    EXPECT_GT(outcome.summary["last"]["test"]["agreement"].get<double>(), 0.85);
}

TEST_F(TrainerTest, APeersTermIsTheMeanOverTheOtherNetworks)
{
    Json json = document(2);
    json["teacher"] = peers({{{"kind", "mlp"}, {"hidden", {16}}}, {{"kind", "mlp"}, {"hidden", {8}}}});
    json["stages"][0]["objective"].push_back({{"kind", "dml"}, {"weight", 2}});
    RecordingHost host;
    runUntil(json, "run", host, 7);
    const auto checkpoint = loadCheckpoint((m_folder / "run").string());
    ASSERT_TRUE(checkpoint);
    run(json, "run", host);

    const TrainingTask made = task(json, "reference");
    const Split split = makeSplit(*made.dataset, made.experiment.data, 0);
    BatchSource batches(made.dataset, split, made.experiment.data, 32, deriveSeed(1, "stage 0"), at::kCPU);
    batches.restore(checkpoint->part("batches/"));
    const Batch batch = batches.next();
    std::vector<at::Tensor> probabilities;
    for (int i = 0; i < 3; ++i) {
        const std::string name = i == 0 ? "student/" : "peer" + std::to_string(i) + "/network/";
        const auto model = networkOf(i == 0 ? made.experiment.student.model : made.peers[static_cast<std::size_t>(i - 1)].model,
                                     *made.dataset, checkpoint->part(name));
        Forward pass;
        probabilities.push_back(at::softmax(model->logits(batch.inputs, pass).detach().to(at::kDouble), 1));
    }
    const auto divergence = [&](int from, int to) {
        const at::Tensor &p = probabilities[static_cast<std::size_t>(from)], &q = probabilities[static_cast<std::size_t>(to)];
        return (p * (p.log() - q.log())).sum(1).mean().item<double>();
    };
    const double student = (divergence(1, 0) + divergence(2, 0)) / 2;
    const double second = (divergence(0, 1) + divergence(2, 1)) / 2;
    const auto labelled = [&](int of) {
        return -probabilities[static_cast<std::size_t>(of)].gather(1, batch.labels.unsqueeze(1)).log().mean().item<double>();
    };
    EXPECT_NEAR(host.curves.at("loss/1 dml").at(7), student, 1e-5 * student);
    EXPECT_NEAR(host.curves.at("loss").at(7), labelled(0) + 2 * student, 1e-5);
    EXPECT_NEAR(host.curves.at("loss/peer 1").at(7), labelled(1) + 2 * second, 1e-5);
}

TEST_F(TrainerTest, PeersThatNoTermListensToLeaveTheStudentAlone)
{
    Json json = document();
    RecordingHost alone, among;
    run(json, "alone", alone);
    json["teacher"] = peers({{{"kind", "mlp"}, {"hidden", {8}}}});
    run(json, "among", among);
    EXPECT_EQ(alone.curves.at("loss"), among.curves.at("loss"));
    EXPECT_EQ(alone.curves.at("accuracy/validation"), among.curves.at("accuracy/validation"));
}

TEST_F(TrainerTest, PeersContinueFromACheckpointBitForBit)
{
    Json json = document(4);
    json["teacher"] = peers({{{"kind", "mlp"}, {"hidden", {24}}, {"dropout", 0.2}}, {{"kind", "mlp"}, {"hidden", {24}}, {"dropout", 0.2}}});
    json["student"]["model"]["dropout"] = 0.2;
    json["stages"][0]["objective"].push_back({{"kind", "dml"}});
    json["stages"][0]["objective"].push_back(
        {{"kind", "hint"}, {"weight", 0.1}, {"student_tap", "penultimate"}, {"teacher_tap", "penultimate"}});
    RecordingHost whole, broken;
    const auto unbroken = run(json, "whole", whole);
    const auto resumed = runBroken(json, "broken", broken, 23);
    EXPECT_EQ(whole.reproducible(), broken.reproducible());
    EXPECT_EQ(unbroken.summary["last"], resumed.summary["last"]);
    EXPECT_EQ(unbroken.summary["peers"], resumed.summary["peers"]);
}

TEST_F(TrainerTest, AMethodWithAMemoryIsRefusedAmongPeers)
{
    Json json = document();
    json["teacher"] = peers({{{"kind", "mlp"}, {"hidden", {24}}}});
    json["stages"][0]["objective"].push_back({{"kind", "crd"}});
    RecordingHost host;
    EXPECT_THROW(run(json, "run", host), InputError);
}

} // namespace
