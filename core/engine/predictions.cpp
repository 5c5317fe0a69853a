// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/predictions.h"

#include "engine/ownthread.h"
#include "engine/runner.h"
#include "evaluation/evaluation.h"
#include "models/safetensors.h"
#include "training/device.h"
#include "training/task.h"

#include <filesystem>

namespace fs = std::filesystem;

namespace distill {

namespace {

Answers fromTensor(const at::Tensor& logits)
{
    const at::Tensor rows = logits.contiguous();
    return {rows.size(1), {rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel()}};
}

/// Undefined where there is no such file, or none that can be believed.
at::Tensor storedLogits(const fs::path& path)
{
    if (!fs::exists(path)) {
        return {};
    }
    try {
        const TensorFile file = readSafetensors(path.string());
        const auto logits = file.tensors.find("logits");
        const bool sound = logits != file.tensors.end() && logits->second.dim() == 2 && logits->second.scalar_type() == at::kFloat;
        return sound ? logits->second : at::Tensor();
    } catch (const InputError&) {
        return {};
    }
}

at::Tensor computedLogits(const History& history, const RunId& id, const Experiment& experiment, const fs::path& path,
                          const std::function<bool()>& keepGoing)
{
    const std::string weights = weightsOf(history, id);
    const auto dataset = loadDataset(experiment.data.dataset, history.workspace());
    const at::Device device = deviceFrom(experiment.compute.device);
    const auto model = loadModel(experiment.student.model, dataset->shape, static_cast<std::int64_t>(dataset->classes.size()), weights, device);
    if (const Json summary = history.run(id)->summary; summary.is_object()) { // as its figures were computed
        model->setExecution({.bfloat16 = summary.value("precision", "") == "bf16", .channelsLast = summary.value("layout", "") == "channels_last"});
    }
    const Split split = makeSplit(*dataset, experiment.data, 0);
    const at::Tensor logits = logitsOf(*model, dataset->test, {}, Normaliser(split.mean, split.deviation, device),
                                       experiment.evaluation.batchSize, device, keepGoing);
    if (logits.defined()) {
        try {
            writeSafetensors(path.string(), {{{"logits", logits}}, {{"dataset", dataset->sha256}}});
        } catch (const std::runtime_error&) {
            // A workspace that cannot be written: they are computed again the next time.
        }
    }
    return logits;
}

} // namespace

Answers predictionsOf(const History& history, const RunId& id, const std::function<bool()>& keepGoing)
{
    const auto row = history.run(id);
    if (!row) {
        throw InputError("There is no run " + id);
    }
    const Experiment experiment = experimentOf(history, id);
    const fs::path path = fs::path(history.workspace()) / "runs" / id / predictionsFile;
    at::Tensor logits = storedLogits(path);
    if (!logits.defined()) {
        // Weights of a run that goes on are not what it will report.
        if (row->state != RunState::Finished) {
            throw InputError("Run " + id + " (" + row->name + ") is " + nameOf(row->state) + ": what it answers on the test set is stored"
                             " when it has finished");
        }
        logits = onItsOwnThread([&] { return computedLogits(history, id, experiment, path, keepGoing); });
        if (!logits.defined()) {
            return {};
        }
    }
    const std::int64_t samples = outlineDataset(experiment.data.dataset, history.workspace()).test;
    if (logits.size(0) != samples) {
        throw InputError("Run " + id + " (" + row->name + ") answered " + std::to_string(logits.size(0)) + " test samples, and "
                         + experiment.data.dataset.kind + " has " + std::to_string(samples) + " by now: it is not the same data set any more");
    }
    return fromTensor(logits);
}

std::shared_ptr<const TestSet> testSetOf(const History& history, const RunId& id)
{
    const Experiment experiment = experimentOf(history, id);
    const auto dataset = loadDataset(experiment.data.dataset, history.workspace());
    auto set = std::make_shared<TestSet>();
    set->dataset = dataset->name;
    set->classes = dataset->classes;
    set->channels = dataset->shape.channels;
    set->height = dataset->shape.height;
    set->width = dataset->shape.width;

    const at::Tensor labels = dataset->test.labels.to(at::kInt).contiguous();
    set->labels.assign(labels.data_ptr<std::int32_t>(), labels.data_ptr<std::int32_t>() + labels.numel());
    set->trainingSamples.resize(set->classes.size());
    const at::Tensor known = dataset->train.labels.contiguous();
    for (std::int64_t i = 0; i < known.numel(); ++i) {
        if (const std::int64_t label = known.data_ptr<std::int64_t>()[i]; label >= 0) {
            ++set->trainingSamples[static_cast<std::size_t>(label)];
        }
    }

    auto inputs = std::make_shared<const at::Tensor>(dataset->test.inputs.contiguous());
    if (inputs->scalar_type() == at::kByte) {
        set->images = {inputs->data_ptr<std::uint8_t>(), static_cast<std::size_t>(inputs->numel())};
        set->owner = inputs;
    } else {
        const at::Tensor rows = inputs->to(at::kFloat).contiguous();
        set->rows.assign(rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel());
    }
    return set;
}

} // namespace distill
