// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/schema.h"
#include "history/history.h"

#include <map>

namespace distill {

struct Dataset;

/// The rules of the document with everything this build can do: data sets, architectures, objectives. Made once.
const Schema& schema();

/// What the machine offers and whether it is set up well; for the status bar and the log.
struct Machine {
    int cores = 1;                      ///< of this process's affinity mask
    std::string blas;                   ///< "OpenBLAS 0.3.21"
    bool fastBlas = false;              ///< by measurement: a matrix product reaches a fast library's rate
    double matrixGflops = 0;            ///< what was measured, one thread
    std::string libtorch;               ///< "1.13.0"
    std::string spinCount;              ///< GOMP_SPINCOUNT in force, or "" (libgomp's default)
    std::vector<std::string> devices;   ///< "cpu", "cuda:0 NVIDIA ..."
    std::string sentence() const;       ///< one line: "2 cores, OpenBLAS 0.3.21 (61 GFLOP/s), LibTorch 1.13.0, CPU only"
};
/// Measured once (tens of milliseconds), then remembered. Thread-safe.
const Machine& machine();

/// What a model costs, before it runs.
struct ModelCost {
    std::int64_t parameters = 0;
    std::int64_t multiplyAdds = 0; ///< of one input's forward pass
    std::vector<std::string> taps; ///< names that objectives may refer to
};
/// What an experiment would do; sizes are exact, times are estimates of this machine.
struct Plan {
    std::string dataset;
    std::int64_t classes = 0, trainSamples = 0, transferSamples = 0, validationSamples = 0, testSamples = 0;
    std::int64_t steps = 0;
    ModelCost student;
    std::optional<ModelCost> teacher;
    double secondsEstimate = 0; ///< of the student's run; with an inline teacher its time is added
    int runs = 1;               ///< seeds, controls and an inline teacher counted
};

/// Where a live run stands. Cheap to copy.
struct RunStatus {
    RunId id;
    RunState state = RunState::Queued;
    std::string message; ///< "waits for its teacher", "Stopping, finishing the step", ...
    RunFigures figures;
    double epoch = 0;
    double epochs = 0;           ///< of all stages
    std::string stage;           ///< name of the stage, where there are several
    double secondsLeft = 0;      ///< estimate; NaN where unknown
    double imagesPerSecond = 0;  ///< over the last second
    int threads = 0;
    std::string device;
    /// What may be tuned now: pointer into the document ("/stages/0/learning_rate") and its present value.
    std::map<std::string, double> tunables;
};

/// All that happened since the last drain, in order within each run.
struct Updates {
    struct Of {
        RunId run;
        std::vector<Point> points;
        std::vector<RunEvent> events;
    };
    std::vector<Of> runs;
    std::vector<RunStatus> statuses;  ///< of runs whose status changed; figures alone come five times a second
    std::vector<RunId> added;         ///< rows new in the history
    bool empty() const { return runs.empty() && statuses.empty() && added.empty(); }
};

/// Trains runs on background threads. Every call returns at once and may come from any thread; what a run does comes back
/// through drain(). Runs outlive whoever watches them.
class Engine {
public:
    struct Options {
        int cores = 0;             ///< to share out; 0: the affinity mask's count
        int niceness = 10;         ///< of training threads
        bool feed = true;          ///< false: nobody drains; keep no updates
    };

    Engine(std::shared_ptr<History> history, Options options);
    explicit Engine(std::shared_ptr<History> history) : Engine(std::move(history), Options{}) {}
    /// Asks every run to save a checkpoint and end as Interrupted, and waits for them (one step and the write).
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// What one submission became. `runs` in the order they will start.
    struct Submission {
        std::string group;
        std::vector<RunId> runs;
        std::vector<RunId> students; ///< of each value of a sweep, of each generation, one a seed
        std::vector<RunId> controls; ///< one a seed, or empty
        std::vector<RunId> teachers; ///< new, reused or named; those of the first generation
        std::vector<RunId> reused;   ///< those of the teachers that were there already
    };
    /// Checks and queues an experiment: one run a seed and generation, its controls, and inline teachers unless the history already
    /// holds one of the same content (finished, or live in this process). Throws InputError; then nothing was written.
    Submission submit(const Document& document);
    /// Continues a Stopped, Interrupted, Failed or Diverged run from its last checkpoint (from the start without one).
    /// Throws InputError where it cannot be (unknown, finished, owned by another live process).
    void resumeRun(const RunId& id);

    void pause(const RunId& id);       ///< at the end of the step
    void unpause(const RunId& id);
    void step(const RunId& id);        ///< of a paused (or running, then paused) run: one step more
    void stop(const RunId& id);        ///< saves a checkpoint, then Stopped. A queued run is Stopped at once
    void checkpoint(const RunId& id);
    /// Changes a tunable field of a live run from its next step on; recorded as an event, the document stays as it is.
    /// Throws InputError for a field that is not tunable or a value out of range.
    void tune(const RunId& id, const std::string& pointer, double value);
    void interruptAll();               ///< as the destructor, without waiting

    std::vector<RunStatus> statuses() const; ///< of the live runs
    std::optional<RunStatus> status(const RunId& id) const;
    void drain(Updates& into);         ///< swaps: costs the lock and no copy
    /// Blocks until none of these runs is live any more or `seconds` passed; true when none is.
    bool wait(const std::vector<RunId>& runs, double seconds) const;

private:
    class Implementation;
    std::unique_ptr<Implementation> m;
};

/// Throws InputError for what the document names and cannot be had: data or weights that are not there, a network that does not
/// fit the data, an objective that does not fit the networks. An inline teacher's document is checked alike.
void checkBuildable(const Document& document, const History* history);

/// As checkBuildable(), and reads the data that an experiment and its inline teacher train on, cuts them as the run will, and reads a
/// teacher's weights: what is wrong in a file or does not fit it throws InputError, before a run is made of it. As long as the result is held, the runs
/// find the data read.
std::vector<std::shared_ptr<const Dataset>> loadData(const Document& document, const History* history);

/// What submit() would do; throws as it does. Loads the data's headers and counts, builds the models without training them;
/// tens to hundreds of milliseconds: call it off the window's thread.
Plan plan(const Document& document, const History* history);

/// Everything of a run into a folder: student.safetensors (best and last), experiment.json, summary.json, a CSV a curve.
/// Throws InputError where the run has no weights yet or the folder cannot be written.
void exportRun(const History& history, const RunId& id, const std::string& folder);
/// One CSV of the named series (all where empty): series,step,epoch,seconds,value at full resolution.
void writeCurves(const History& history, const RunId& id, const std::vector<std::string>& series, std::ostream& out);

} // namespace distill
