// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/tuner.h"

#include "data/batches.h"
#include "models/atomicfile.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <limits>
#include <mutex>
#include <torch/csrc/api/include/torch/version.h>

namespace distill {

namespace {

/// A network may be slower by this much and still be chosen for standing earlier: noise is to change no precision.
constexpr double worthIt = 0.95;
constexpr double secondsToSpend = 0.8;
constexpr double secondsForThePeak = 0.1;
constexpr int roundsEnough = 20;
/// More images than this tell no more about which candidate is the fastest.
constexpr std::int64_t enoughImages = 64;

struct Candidate {
    Execution execution;
    double seconds = std::numeric_limits<double>::infinity(); ///< the fastest pass
    std::unique_ptr<Model> model;
};

std::string nameOf(const Execution& execution)
{
    return std::string(execution.precision()) + (execution.channelsLast ? " channels-last" : " channels-first");
}

/// In order of preference: earlier ones change less.
std::vector<Candidate> candidatesOf(const TuningCase& of, const ComputeSettings& settings)
{
    std::vector<Candidate> candidates;
    for (const bool bfloat16 : {false, true}) {
        for (const bool last : {false, true}) {
            const bool precisionFits = settings.precision == "auto" || (settings.precision == "bf16") == bfloat16;
            const bool layoutIsOpen = settings.layout == "auto" && of.shape.isImage();
            const bool layoutFits = layoutIsOpen || last == (settings.layout == "channels_last" && of.shape.isImage());
            if (precisionFits && layoutFits) {
                candidates.emplace_back().execution = {bfloat16, last};
            }
        }
    }
    return candidates;
}

std::string keyOf(const TuningCase& of)
{
    return modelLabel(of.model) + " " + of.model.parameters.dump() + (of.trains ? ", trained, " : ", frozen, ")
        + std::to_string(of.shape.channels) + "x" + std::to_string(of.shape.height) + "x" + std::to_string(of.shape.width) + ", "
        + std::to_string(of.classes) + " classes, batch " + std::to_string(of.batch) + ", " + of.device.str()
        + ", LibTorch " TORCH_VERSION ", " + of.hardware;
}

void prepare(Candidate& candidate, const TuningCase& of)
{
    at::Generator generator = makeGenerator(at::kCPU, 1);
    candidate.model = makeModel(of.model, of.shape, of.classes, generator);
    candidate.model->to(of.device);
    if (of.trains) {
        candidate.model->requireGradients(true);
        candidate.model->setExecution(candidate.execution);
    } else {
        candidate.model->freeze(candidate.execution);
    }
}

double secondsOfAPass(const Candidate& candidate, const TuningCase& of, const at::Tensor& images, at::Generator& dropout)
{
    const auto start = std::chrono::steady_clock::now();
    Forward pass{.training = of.trains, .dropout = &dropout};
    if (of.trains) {
        candidate.model->logits(images, pass).square().sum().backward();
        candidate.model->parameters().front().tensor.grad().sum().item<float>(); // a GPU has then finished
    } else {
        const at::NoGradGuard noGradients;
        candidate.model->logits(images, pass).sum().item<float>();
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string sentenceOf(const TuningCase& of, const std::vector<Candidate>& candidates, const Candidate& best, std::int64_t images)
{
    const auto rate = [&](const Candidate& candidate) {
        char text[32];
        std::snprintf(text, sizeof text, "%.0f", static_cast<double>(images) / candidate.seconds);
        return std::string(text);
    };
    std::string others;
    for (const Candidate& each : candidates) {
        if (&each != &best) {
            others += (others.empty() ? "" : ", ") + nameOf(each.execution) + " " + rate(each);
        }
    }
    return modelLabel(of.model) + (of.trains ? " trains in " : " answers in ") + nameOf(best.execution) + ": " + rate(best)
        + " images/s; " + others;
}

std::mutex fileMutex; ///< runs of one process choose at the same time

Json read(const std::string& path)
{
    std::ifstream file(path);
    const Json json = Json::parse(file, nullptr, false);
    return json.is_object() ? json : Json::object();
}

} // namespace

Tuner::Tuner(std::string file) : m_file(std::move(file)) {}

Json Tuner::kept(const std::string& key) const
{
    if (m_file.empty()) {
        return {};
    }
    const std::lock_guard lock(fileMutex);
    return read(m_file).value(key, Json());
}

void Tuner::keep(const std::string& key, const Json& value) const
{
    if (m_file.empty()) {
        return;
    }
    const std::lock_guard lock(fileMutex);
    Json all = read(m_file);
    all[key] = value;
    const std::string text = all.dump(2);
    AtomicFile file(m_file);
    file.write(text.data(), text.size());
    file.commit();
}

Tuner::Choice Tuner::choose(const TuningCase& of, const ComputeSettings& settings) const
{
    std::vector<Candidate> candidates = candidatesOf(of, settings);
    if (candidates.size() == 1) {
        return {candidates.front().execution, {}};
    }
    const std::string key = keyOf(of) + ", " + settings.precision + ", " + settings.layout;
    if (const Json before = kept(key); before.is_object()) {
        for (const Candidate& each : candidates) {
            if (before.value("execution", "") == nameOf(each.execution)) {
                return {each.execution, before.value("figures", ""), before.value("seconds_per_image", 0.0)};
            }
        }
    }

    const std::int64_t batch = std::min(of.batch, enoughImages);
    at::Generator generator = makeGenerator(at::kCPU, 2), dropout = makeGenerator(of.device, 3);
    const at::Tensor images
        = at::empty({batch, of.shape.channels, of.shape.height, of.shape.width}).normal_(0, 1, generator).to(of.device);
    for (Candidate& each : candidates) {
        prepare(each, of);
        secondsOfAPass(each, of, images, dropout); // the first one allocates and compiles kernels
    }
    const auto start = std::chrono::steady_clock::now();
    int rounds = 0;
    do {
        // In turn, so that what else the machine does falls on all of them.
        for (Candidate& each : candidates) {
            each.seconds = std::min(each.seconds, secondsOfAPass(each, of, images, dropout));
        }
    } while (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < secondsToSpend
             && ++rounds < roundsEnough);

    Candidate* best = &candidates.front();
    for (Candidate& each : candidates) {
        best = each.seconds < worthIt * best->seconds ? &each : best;
    }
    // In turn, each pushed the others' weights from the caches: alone, as in the run, the best is faster still.
    for (int round = 0; round < roundsEnough / 4; ++round) {
        best->seconds = std::min(best->seconds, secondsOfAPass(*best, of, images, dropout));
    }
    const Choice choice{best->execution, sentenceOf(of, candidates, *best, batch),
                        best->seconds / static_cast<double>(batch)};
    keep(key, {{"execution", nameOf(choice.execution)},
               {"figures", choice.sentence},
               {"seconds_per_image", choice.secondsPerImage}});
    return choice;
}

double Tuner::peakGigaflops(bool bfloat16, at::Device device, const std::string& hardware) const
{
    const std::string key = std::string("peak ") + (bfloat16 ? "bf16, " : "fp32, ") + device.str() + ", "
        + std::to_string(at::get_num_threads()) + " threads, LibTorch " TORCH_VERSION ", " + hardware;
    if (const Json before = kept(key); before.is_number()) {
        return before.get<double>();
    }
    const at::NoGradGuard noGradients;
    constexpr std::int64_t batch = 16, channels = 256, size = 28, kernel = 3;
    const auto options = at::TensorOptions(device).dtype(bfloat16 ? at::kBFloat16 : at::kFloat);
    const at::Tensor images = at::ones({batch, channels, size, size}, options).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor weight
        = at::ones({channels, channels, kernel, kernel}, options).contiguous(at::MemoryFormat::ChannelsLast);
    constexpr double operations = 2.0 * batch * size * size * channels * channels * kernel * kernel;
    double fastest = std::numeric_limits<double>::infinity(), spent = 0;
    for (int round = 0; round < roundsEnough && spent < secondsForThePeak; ++round) {
        const auto start = std::chrono::steady_clock::now();
        at::conv2d(images, weight, {}, 1, 1).sum().item<float>(); // a GPU has then finished
        const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        fastest = std::min(fastest, passed);
        spent += passed;
    }
    const double peak = operations / fastest / 1e9;
    keep(key, peak);
    return peak;
}

} // namespace distill
