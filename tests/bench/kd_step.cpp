// SPDX-License-Identifier: GPL-3.0-or-later
// A distillation step as it is trained: batch, augmentation, teacher, student, objective, optimiser.
#include "bench/suite.h"

#include "data/batches.h"
#include "training/device.h"
#include "engine/engine.h"
#include "training/stage.h"
#include "training/tuner.h"

#include <ATen/Parallel.h>
#include <filesystem>
#include <unistd.h>

namespace distill::bench {

namespace {

/// The size of Fashion-MNIST; what stands on the images costs nothing.
std::shared_ptr<const Dataset> images()
{
    static const auto dataset = [] {
        auto made = std::make_shared<Dataset>();
        at::Generator generator = makeGenerator(at::kCPU, 1);
        made->name = made->sha256 = "images";
        made->shape = {1, 28, 28};
        made->classes.resize(10, "class");
        for (Samples* part : {&made->train, &made->test}) {
            const std::int64_t count = part == &made->train ? 12800 : 1000;
            part->inputs = at::randint(256, {count, 1, 28, 28}, generator, at::TensorOptions(at::kByte));
            part->labels = at::randint(10, {count}, generator, at::TensorOptions(at::kLong));
        }
        return made;
    }();
    return dataset;
}

Selection selectionOf(const Network& network)
{
    return {"resnet", {{"depth", network.depth}, {"width_factor", network.widthFactor}, {"shortcut", "projection"}}};
}

TrainingTask taskOf(const Step& step)
{
    const Json document = {
        {"data", {{"dataset", {{"kind", "fashion-mnist"}}}, {"augmentation", {{"shift", 2}, {"flip", true}, {"views", 1}}}}},
        {"teacher", {{"kind", "weights"}, {"file", "none"}, {"model", {{"kind", "resnet"}}}}},
        {"student", {{"model", {{"kind", "resnet"}, {"depth", step.student.depth}, {"width_factor", step.student.widthFactor}}}}},
        {"stages", {{{"batch_size", step.batch}, {"learning_rate", 0.05}, {"objective", {{{"kind", "cross_entropy"}}, {{"kind", "kd"}}}}}}}};
    TrainingTask task;
    task.experiment = schema().read(Document::fromJson(document));
    task.experiment.compute.teacherAnswers = "ahead";
    task.dataset = images();
    return task;
}

Execution executionOf(const Step& step, const Network& network, bool trains)
{
    if (step.execution) {
        return *step.execution;
    }
    const TuningCase of{.model = selectionOf(network),
                        .shape = images()->shape,
                        .classes = 10,
                        .batch = step.batch,
                        .hardware = processorName(),
                        .trains = trains};
    return Tuner({}).choose(of, {}).execution;
}

/// A folder of one's own, gone with it.
class TemporaryFolder {
public:
    TemporaryFolder() : m_path(std::filesystem::temp_directory_path() / ("distill-bench-" + std::to_string(getpid())))
    {
        std::filesystem::create_directories(m_path);
    }
    ~TemporaryFolder() { std::filesystem::remove_all(m_path); }
    std::string path() const { return m_path.string(); }

private:
    std::filesystem::path m_path;
};

} // namespace

void kdStep(benchmark::State& state, const Step& step)
{
    at::set_num_threads(availableCores());
    TrainingTask task = taskOf(step);
    const Split split = makeSplit(*task.dataset, task.experiment.data, task.experiment.evaluation.probeSize);
    at::Generator generator = makeGenerator(at::kCPU, 1), dropout = makeGenerator(at::kCPU, 2);
    const auto student = makeModel(selectionOf(step.student), task.dataset->shape, 10, generator);
    student->requireGradients(true);
    student->setExecution(executionOf(step, step.student, true));
    StageAnswers::Sources teachers;
    teachers.push_back(makeModelTeacher(makeModel(selectionOf(step.teacher), task.dataset->shape, 10, generator), at::kCPU,
                                        executionOf(step, step.teacher, false)));
    task.teachers.resize(1);
    const TemporaryFolder folder;
    if (step.stored) {
        task.teachers.front().answers = AnswerCache{.folder = folder.path(), .teacher = step.teacher.name(), .largestBytes = 1 << 30};
    }
    const std::vector<std::unique_ptr<Model>> noPeers;
    Stage stage(task, 0, split, {*student, noPeers, teachers, generator, dropout});
    DeafHost host;
    Measurements measurements(host, at::kCPU);
    Profile profile(at::kCPU);
    stage.askAhead([] { return true; });
    std::int64_t at = 0;
    const auto once = [&] {
        Progress progress;
        progress.step = at;
        measurements.begin(progress);
        stage.step(at++, measurements, profile);
    };
    once();
    once();
    for (auto _ : state) {
        once();
    }
    state.SetItemsProcessed(state.iterations() * step.batch);
}

} // namespace distill::bench
