// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/cost.h"

#include "data/batches.h"
#include "data/threads.h"
#include "engine/engine.h"
#include "engine/ownthread.h"
#include "engine/runner.h"
#include "engine/summary.h"
#include "models/model.h"
#include "objectives/objective.h"
#include "training/device.h"
#include "training/stage.h"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <chrono>
#include <cmath>

namespace distill {

namespace {

RunRow rowOf(const History& history, const RunId& id)
{
    const auto row = history.run(id);
    if (!row) {
        throw InputError("There is no run " + id);
    }
    return *row;
}

double secondsOf(const RunRow& row)
{
    return row.summary.is_object() ? row.summary.value("seconds", row.figures.seconds) : row.figures.seconds;
}

double testAccuracyOf(const RunRow& row)
{
    const Json figures = row.summary.is_object() ? summary::reported(row.summary).value("test", Json()) : Json();
    const Json accuracy = figures.is_object() ? figures.value("accuracy", Json()) : Json();
    return accuracy.is_number() ? accuracy.get<double>() : std::nan("");
}

Cost::Latency latencyOf(Model& model, const InputShape& shape, std::int64_t batch, at::Device device)
{
    using Clock = std::chrono::steady_clock;
    const at::NoGradGuard noGradients;
    at::Generator generator = makeGenerator(at::kCPU, 1);
    const at::Tensor inputs = at::randn({batch, shape.channels, shape.height, shape.width}, generator).to(device);
    const auto secondsOfAPass = [&] {
        const auto start = Clock::now();
        Forward pass{.training = false};
        model.logits(inputs, pass).sum().item<float>(); // a GPU has then finished
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    const auto passes = [&](double seconds, std::size_t least) {
        std::vector<double> times;
        const auto start = Clock::now();
        while (times.size() < least || std::chrono::duration<double>(Clock::now() - start).count() < seconds) {
            times.push_back(secondsOfAPass());
        }
        return times;
    };
    passes(0.1, 3);
    std::vector<double> times = passes(0.5, 10);
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) { // nearest rank
        return times[static_cast<std::size_t>(std::ceil(share * static_cast<double>(times.size()))) - 1];
    };
    return {batch, at(0.5), at(0.95)};
}

/// Labels used and questions asked by the steps that were taken.
void addData(Cost& cost, const RunRow& row, const Experiment& experiment, const Dataset& dataset)
{
    std::int64_t left = row.figures.step, fixed = 0, varied = 0;
    const Json stages = row.summary.is_object() ? row.summary.value("stages", Json()) : Json();
    for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
        const StageSettings& stage = experiment.stages[i];
        const DataSettings data = dataOf(experiment.data, stage);
        const Split split = makeSplit(dataset, data, 0);
        const std::int64_t transfer = split.transfer.size(0);
        const std::int64_t steps = stages.is_array() && i < stages.size() ? stages[i].value("steps", std::int64_t{0})
                                                                          : std::min(left, Stage::totalSteps(stage, transfer));
        left -= steps;
        bool asksTeacher = false, usesLabels = false;
        for (const TermSettings& term : stage.objective) {
            const Kind* kind = findKind(objectiveKinds(), term.objective.kind);
            if (!term.muted && kind && steps > 0) {
                asksTeacher = asksTeacher || kind->needsTeacher;
                usesLabels = usesLabels || (kind->traits && kind->traits(term.objective.parameters).needsLabels);
            }
        }
        cost.labels = usesLabels ? std::max(cost.labels, split.labelled) : cost.labels;
        if (asksTeacher && !ensembleOf(experiment.teacher).members.empty()) {
            const AugmentationSettings& augmentation = data.augmentation;
            const std::int64_t seen = steps * std::min(stage.batchSize, transfer);
            if (!varies(augmentation)) { // every stage asks the same
                fixed = std::max(fixed, std::min(seen, transfer));
            } else {
                varied += augmentation.views > 0 ? std::min(seen, transfer * augmentation.views) : seen;
            }
        }
    }
    cost.queries = fixed + varied;
}

void addTeachers(Cost& cost, const History& history, const std::vector<RunId>& teachers)
{
    for (const RunId& id : teachers) {
        const auto row = history.run(id);
        if (row && std::find(cost.teachers.begin(), cost.teachers.end(), id) == cost.teachers.end()) {
            cost.teachers.push_back(id);
            cost.teachersSeconds += secondsOf(*row);
            addTeachers(cost, history, row->teachers);
        }
    }
}

} // namespace

Cost costOf(const History& history, const RunId& id, const std::vector<std::int64_t>& batches, double watts)
{
    const RunRow row = rowOf(history, id);
    const Experiment experiment = experimentOf(history, id);
    Cost cost;
    cost.run = id;
    cost.name = row.name;
    cost.model = row.studentModel;
    cost.accuracy = testAccuracyOf(row);
    cost.trainingSeconds = secondsOf(row);
    cost.trainingJoules = cost.trainingSeconds * watts;
    addTeachers(cost, history, row.teachers);
    cost.teachersJoules = cost.teachersSeconds * watts;

    onItsOwnThread([&] {
        const auto dataset = loadDataset(experiment.data.dataset, history.workspace());
        addData(cost, row, experiment, *dataset);
        at::Generator generator = makeGenerator(at::kCPU, 1); // what the weights are does not change the time they take
        const auto model
            = makeModel(experiment.student.model, dataset->shape, static_cast<std::int64_t>(dataset->classes.size()), generator);
        cost.parameters = model->parameterCount();
        cost.multiplyAdds = multiplyAdds(*model, dataset->shape);
        for (const NamedTensor& each : model->state()) {
            cost.bytesFloat32 += 4 * each.tensor.numel();
            cost.bytesBfloat16 += 2 * each.tensor.numel();
        }
        if (batches.empty()) {
            return;
        }
        const at::Device device = deviceFrom("auto");
        computeWith(availableCores());
        model->to(device);
        const std::string layout = row.summary.is_object() ? row.summary.value("layout", std::string()) : std::string();
        model->freeze({.bfloat16 = false, .channelsLast = layout == "channels_last"});
        for (const std::int64_t batch : batches) {
            cost.latencies.push_back(latencyOf(*model, dataset->shape, batch, device));
        }
    });
    return cost;
}

RelativeCost relativeTo(const Cost& teacher, const Cost& student, bool withTeachers)
{
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : std::nan(""); };
    const auto training = [&](const Cost& cost) { return cost.trainingSeconds + (withTeachers ? cost.teachersSeconds : 0); };
    RelativeCost relative{.accuracy = share(student.accuracy, teacher.accuracy),
                          .parameters = share(double(student.parameters), double(teacher.parameters)),
                          .multiplyAdds = share(double(student.multiplyAdds), double(teacher.multiplyAdds)),
                          .bytes = share(double(student.bytesFloat32), double(teacher.bytesFloat32)),
                          .training = share(training(student), training(teacher)),
                          .latencies = {}};
    for (std::size_t i = 0; i < std::min(student.latencies.size(), teacher.latencies.size()); ++i) {
        relative.latencies.push_back(share(student.latencies[i].median, teacher.latencies[i].median));
    }
    return relative;
}

} // namespace distill
