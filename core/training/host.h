// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <span>
#include <string>
#include <vector>

namespace distill {

/// Where in its training a run stands.
struct Progress {
    std::int64_t step = 0; ///< of all stages
    std::int64_t totalSteps = 0;
    double epoch = 0; ///< of all stages
    double totalEpochs = 0;
    double seconds = 0; ///< of training, pauses left out
    std::string stage;  ///< empty where there is only one
};

struct Measurement {
    const std::string* series;
    double value;
};

struct Tuning {
    std::string pointer; ///< into the document: "/stages/0/learning_rate"
    double value = 0;
};

/// What the trainer is to do before its next step.
struct Control {
    enum class Action { Continue, Stop, Interrupt };
    Action action = Action::Continue;
    bool checkpoint = false;
    bool again = false; ///< do the above and ask again: the run stays paused
    std::vector<Tuning> tunings;
};

/// Whoever runs a trainer: receives what it measures, and steers it.
class TrainerHost {
public:
    virtual ~TrainerHost() = default;
    virtual void record(const Progress& at, std::span<const Measurement> measurements) = 0;
    virtual void note(const Progress& at, const std::string& kind, const std::string& text, const Json& data) = 0;
    /// A file written for good; `kind` as in Artefact.
    virtual void saved(const Progress& at, const std::string& kind, const std::string& path) = 0;
    /// Returns when all that was recorded before would survive the process: a checkpoint must not be ahead of the curves.
    virtual void settle() {}
    /// What may be tuned from now on, with its present values.
    virtual void tunables(const std::vector<Tuning>& values) = 0;
    /// Asked between steps, on the training thread; blocks while the run is paused.
    virtual Control control() = 0;
    /// Asked inside long evaluations; false ends them early.
    virtual bool keepGoing() = 0;
};

/// Receives nothing and changes nothing.
class DeafHost : public TrainerHost {
public:
    void record(const Progress&, std::span<const Measurement>) override {}
    void note(const Progress&, const std::string&, const std::string&, const Json&) override {}
    void saved(const Progress&, const std::string&, const std::string&) override {}
    void tunables(const std::vector<Tuning>&) override {}
    Control control() override { return {}; }
    bool keepGoing() override { return true; }
};

} // namespace distill
