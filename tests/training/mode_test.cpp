// SPDX-License-Identifier: GPL-3.0-or-later
// What published codes got wrong and no document can ask for: a student that stays in evaluation mode, a teacher that learns.
#include "data/random.h"
#include "data/split.h"
#include "models/safetensors.h"
#include "objectives/objective.h"
#include "recordinghost.h"
#include "teachers/teacher.h"
#include "training/stage.h"
#include "training/trainer.h"

#include "experiment/schema.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace fs = std::filesystem;

namespace distill::test {

namespace {

/// Small images of three classes, and networks with batch norm on them.
class ModeTest : public testing::Test {
protected:
    ModeTest()
        : m_folder(fs::path(testing::TempDir()) / ("mode-" + std::to_string(::getpid())))
    {
        fs::remove_all(m_folder);
        auto images = std::make_shared<Dataset>();
        images->shape = {1, 12, 12};
        images->classes = {"a", "b", "c"};
        at::Generator generator = makeGenerator(at::kCPU, 7);
        const at::Tensor labels = at::arange(60, at::kLong).remainder(3);
        images->train = {at::randint(0, 256, {60, 1, 12, 12}, generator, at::kByte), labels};
        images->test = images->train;
        m_dataset = images;
    }
    ~ModeTest() override { fs::remove_all(m_folder); }

    TrainingTask task(const std::string& name, const Json& evaluation) const
    {
        static const Schema schema(Catalogue{datasetKinds(), modelKinds(), objectiveKinds()});
        Json json = Json::parse(R"({
            "data": {"validation_share": 0.2},
            "teacher": {"kind": "weights", "file": "unused"},
            "student": {"model": {"kind": "resnet", "depth": 8}},
            "stages": [{"objective": [{"kind": "cross_entropy", "weight": 0.5}, {"kind": "kd", "weight": 0.5}],
                        "batch_size": 16, "learning_rate": 0.01, "epochs": 4}]})");
        json["evaluation"] = evaluation;
        TrainingTask made;
        made.experiment = schema.read(json);
        made.dataset = m_dataset;
        made.folder = (m_folder / name).string();
        fs::create_directories(made.folder);
        return made;
    }

    std::unique_ptr<Model> network(std::uint64_t seed) const
    {
        at::Generator generator = makeGenerator(at::kCPU, seed);
        return makeModel({"resnet", {{"depth", 8}}}, m_dataset->shape, 3, generator);
    }

    fs::path m_folder;
    std::shared_ptr<const Dataset> m_dataset;
};

std::map<std::string, at::Tensor> copyOf(Module& module)
{
    std::map<std::string, at::Tensor> state;
    for (const NamedTensor& each : module.state()) {
        state[each.name] = each.tensor.detach().clone();
    }
    return state;
}

/// KD_Lib's student stayed in evaluation mode after its first evaluation: its batch norm statistics moved no more.
TEST_F(ModeTest, EvaluationsLeaveNoTraceInTheTraining)
{
    const std::string weights = (m_folder / "teacher.safetensors").string();
    fs::create_directories(m_folder);
    writeSafetensors(weights, {copyOf(*network(3)), {}});
    const auto trained = [&](const std::string& name, const Json& evaluation) {
        TrainingTask made = task(name, evaluation);
        made.teachers = {TrainingTask::TeacherSource{{"resnet", {{"depth", 8}}}, weights, {}}};
        RecordingHost host;
        Trainer trainer(std::move(made), host);
        EXPECT_EQ(trainer.run().end, Trainer::Outcome::End::Finished);
        return readSafetensors(host.files.at("last")).tensors;
    };
    const auto often = trained("often", {{"probes_per_epoch", 3}, {"validate_every", 0.34}});
    const auto never = trained("never", {{"probes_per_epoch", 0}, {"validate_every", 100}});
    ASSERT_EQ(often.size(), never.size());
    int statistics = 0;
    for (const auto& [name, tensor] : often) {
        EXPECT_TRUE(tensor.equal(never.at(name))) << name;
        if (name.ends_with("running_mean")) {
            EXPECT_GT(tensor.abs().max().item<double>(), 0) << name; // where it began
            ++statistics;
        }
    }
    EXPECT_GT(statistics, 5);
}

/// OFD's original left its teacher in training mode; KD_Lib computed gradients for it.
TEST_F(ModeTest, TheTeacherStaysAsItIs)
{
    TrainingTask made = task("stage", Json::object());
    made.teachers.resize(1);
    const Split split = makeSplit(*m_dataset, made.experiment.data, 8);
    StageAnswers::Sources teachers;
    teachers.push_back(makeModelTeacher(network(3), at::kCPU));
    const auto& teacher = teachers.front();
    const std::vector<std::unique_ptr<Model>> noPeers;
    const auto student = network(4);
    student->requireGradients(true);
    at::Generator initialisation = makeGenerator(at::kCPU, 1), dropout = makeGenerator(at::kCPU, 2);
    const auto before = copyOf(*teacher->model()), first = copyOf(*student);

    RecordingHost host;
    Measurements measurements(host, at::kCPU);
    Profile profile(at::kCPU);
    Stage stage(made, 0, split, {*student, noPeers, teachers, initialisation, dropout});
    for (std::int64_t step = 0; step < stage.steps(); ++step) {
        measurements.begin({});
        stage.step(step, measurements, profile);
    }
    for (const auto& [name, tensor] : copyOf(*teacher->model())) {
        EXPECT_TRUE(tensor.equal(before.at(name))) << name; // running statistics among them
    }
    for (const NamedTensor& parameter : teacher->model()->parameters()) {
        EXPECT_FALSE(parameter.tensor.requires_grad()) << parameter.name;
        EXPECT_FALSE(parameter.tensor.grad().defined()) << parameter.name;
    }
    for (const auto& [name, tensor] : copyOf(*student)) {
        EXPECT_FALSE(tensor.equal(first.at(name))) << name; // it did train
    }
}

} // namespace

} // namespace distill::test
