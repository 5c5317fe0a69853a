// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/dataset.h"
#include "experiment/experiment.h"
#include "models/model.h"
#include "teachers/cachedteacher.h"

#include <optional>

namespace distill {

/// Everything a trainer needs, with names of other runs already turned into files.
struct TrainingTask {
    struct TeacherSource {
        Selection model;
        std::string weights; ///< a safetensors file; empty: random ones
        std::string run;     ///< for the summary; empty where no run made it
        std::uint64_t seed = 0; ///< of random weights
        Execution execution = {};
        std::optional<AnswerCache> answers = {}; ///< where its answers are stored; without, it is asked each time
    };
    struct Peer {
        Selection model;
        Execution execution = {};
    };

    Experiment experiment; ///< with its one seed
    std::shared_ptr<const Dataset> dataset;
    std::vector<TeacherSource> teachers; ///< none, one, or an ensemble's in the order of the document
    std::vector<Peer> peers;             ///< learn along
    std::string initialWeights; ///< a safetensors file; empty: random
    at::Device device = at::kCPU;
    Execution studentExecution;
    int threads = 0;    ///< for the summary
    /// What the tuner measured, for the summary; 0: nothing.
    struct Speed {
        double studentSecondsPerImage = 0; ///< and its peers'
        double teacherSecondsPerImage = 0; ///< of all teachers
        double peakGigaflops = 0;
    } tuned;
    std::string folder; ///< of this run: checkpoints and weights go there
};

/// In a finished run's folder: "logits" [N, K] float32, what the reported weights answer on the test set.
inline constexpr const char* predictionsFile = "predictions.safetensors";

/// A network with trained weights, in evaluation mode and on the device. Throws InputError (missing file, other shapes, other
/// number of classes).
std::unique_ptr<Model> loadModel(const Selection& model, const InputShape& shape, std::int64_t classes,
                                 const std::string& weights, at::Device device);

} // namespace distill
