// SPDX-License-Identifier: GPL-3.0-or-later
// A distillation step as it is trained: batch, augmentation, teacher, student, objective, optimiser.
#include "bench/suite.h"

#include "data/batches.h"
#include "engine/device.h"
#include "engine/engine.h"
#include "training/stage.h"

#include <ATen/Parallel.h>

namespace distill::bench {

namespace {

/// The size of Fashion-MNIST; what stands on the images costs nothing.
std::shared_ptr<const Dataset> images()
{
    static const auto dataset = [] {
        auto made = std::make_shared<Dataset>();
        at::Generator generator = makeGenerator(at::kCPU, 1);
        made->name = "images";
        made->shape = {1, 28, 28};
        made->classes.resize(10, "class");
        for (Samples* part : {&made->train, &made->test}) {
            const std::int64_t count = part == &made->train ? 60000 : 1000;
            part->inputs = at::randint(256, {count, 1, 28, 28}, generator, at::TensorOptions(at::kByte));
            part->labels = at::randint(10, {count}, generator, at::TensorOptions(at::kLong));
        }
        return made;
    }();
    return dataset;
}

class DeafHost : public TrainerHost {
public:
    void record(const Progress&, std::span<const Measurement>) override {}
    void note(const Progress&, const std::string&, const std::string&, const Json&) override {}
    void saved(const Progress&, const std::string&, const std::string&) override {}
    void tunables(const std::vector<Tuning>&) override {}
    Control control() override { return {}; }
    bool keepGoing() override { return true; }
};

Selection selectionOf(const Network& network)
{
    return {"resnet", {{"depth", network.depth}, {"width_factor", network.widthFactor}, {"shortcut", "projection"}}};
}

TrainingTask taskOf(const Step& step)
{
    const Json document = {
        {"data", {{"dataset", {{"kind", "fashion-mnist"}}}, {"augmentation", {{"shift", 2}, {"flip", true}}}}},
        {"teacher", {{"kind", "weights"}, {"file", "none"}, {"model", {{"kind", "resnet"}}}}},
        {"student", {{"model", {{"kind", "resnet"}, {"depth", step.student.depth}, {"width_factor", step.student.widthFactor}}}}},
        {"stages", {{{"batch_size", step.batch}, {"learning_rate", 0.05}, {"objective", {{{"kind", "cross_entropy"}}, {{"kind", "kd"}}}}}}}};
    TrainingTask task;
    task.experiment = schema().read(Document::fromJson(document));
    task.dataset = images();
    return task;
}

} // namespace

void kdStep(benchmark::State& state, const Step& step)
{
    at::set_num_threads(availableCores());
    TrainingTask task = taskOf(step);
    const Split split = makeSplit(*task.dataset, task.experiment.data, task.experiment.evaluation.probeSize);
    at::Generator generator = makeGenerator(at::kCPU, 1), dropout = makeGenerator(at::kCPU, 2);
    const auto student = makeModel(selectionOf(step.student), task.dataset->shape, 10, generator);
    student->requireGradients(true);
    student->setExecution(step.studentExecution);
    const auto teacher = makeModelTeacher(makeModel(selectionOf(step.teacher), task.dataset->shape, 10, generator), at::kCPU,
                                          step.teacherExecution);
    Stage stage(task, 0, split, {*student, teacher.get(), generator, dropout});
    DeafHost host;
    Measurements measurements(host, at::kCPU);
    std::int64_t at = 0;
    const auto once = [&] {
        Progress progress;
        progress.step = at;
        measurements.begin(progress);
        stage.step(at++, measurements);
    };
    once();
    once();
    for (auto _ : state) {
        once();
    }
    state.SetItemsProcessed(state.iterations() * step.batch);
}

} // namespace distill::bench
