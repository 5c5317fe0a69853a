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

/// An inner layer that objectives may refer to: a tap.
struct LayerOutline {
    std::string name;                ///< "stage2"; "stage2.pre" is what goes into that stage's last ReLU
    std::vector<std::int64_t> shape; ///< of one input: channels, height, width, or the length of a vector
    std::int64_t multiplyAdds = 0;   ///< of one input, from the start to here
    std::int64_t parameters = 0;     ///< from the start to here
};
/// What a model costs, before it runs.
struct ModelCost {
    std::int64_t parameters = 0;
    std::int64_t multiplyAdds = 0;    ///< of one input's forward pass
    std::string label;                ///< "resnet20"
    std::vector<LayerOutline> layers; ///< from input to output
};
/// What a term of a stage's objective brings along.
struct TermOutline {
    std::string term; ///< its pointer in the document: "/stages/0/objective/1"
    std::int64_t learnedParameters = 0;
    std::vector<std::string> remarks; ///< what is put between student and teacher: "the teacher's stage1 (...) is pooled to ..."
};
/// What an experiment would do; sizes are exact, times are estimates of this machine.
struct Plan {
    std::string dataset;
    std::int64_t classes = 0, trainSamples = 0, transferSamples = 0, validationSamples = 0, testSamples = 0;
    std::int64_t steps = 0;
    ModelCost student;
    std::optional<ModelCost> teacher; ///< of several the sums
    std::vector<ModelCost> peers;     ///< that learn along
    std::vector<TermOutline> terms; ///< of all stages, muted ones left out; none where the teacher's inside is not known here
    /// Of the terms' learned parts (regressors, embeddings), which train beside the student and are no part of its weights: of the
    /// stage that has most.
    std::int64_t learnedParameters = 0;
    double secondsEstimate = 0; ///< of all runs, one after another; of successive halving what its rungs leave
    double secondsInFull = 0;   ///< the same where every run trains to its end
    int runs = 1;               ///< variants of a sweep, seeds, generations, controls and inline teachers counted
    int variants = 1;           ///< of a sweep
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

/// A run that waits to train.
struct QueuedRun {
    RunId id;
    std::string name;
    bool held = false;
    std::string waitsFor; ///< "Waits for its teacher", "Waits at rung 1 of 2 for the others of its sweep", ...
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
    bool queueChanged = false;        ///< see Engine::queue()
    bool empty() const { return runs.empty() && statuses.empty() && added.empty() && !queueChanged; }
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
    /// Several at once, none where one of them cannot be: the runs of a sweep wait for one another.
    void resumeRuns(const std::vector<RunId>& ids);

    /// The runs of this process that wait, in the order in which they start as cores and teachers come free.
    std::vector<QueuedRun> queue() const;
    /// Earlier by so many places where `places` is negative, later where it is positive, as far as the queue goes. The order is kept
    /// in the history. Throws InputError for a run that does not wait; so does holdQueued().
    void moveQueued(const RunId& id, int places);
    void holdQueued(const RunId& id, bool hold); ///< it waits until it is let go
    void pauseQueue(bool pause);                 ///< nothing starts; what trains goes on
    bool queueIsPaused() const;

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

/// The two networks that a term's layers are chosen from, and what the term makes of its present choice.
struct TermInspection {
    ModelCost student;
    std::optional<ModelCost> teacher; ///< none without a teacher, or where its inside is not known here
    std::string problem;              ///< why the term cannot be, a sentence without its place; empty where it can
    std::string studentLayer, teacherLayer; ///< the pair that the problem is about; empty where it is about no pair
    TermOutline outline;              ///< where it can be
};
/// `term` is a pointer into the document, into that of an inline teacher too. What is wrong elsewhere in the document does not
/// matter. Throws InputError where data, student or teacher cannot be had. Call it off the window's thread, as plan().
TermInspection inspectTerm(const Document& document, const std::string& term, const History* history);

/// The loss of a stage as it is computed with the document's present numbers: the sum of its terms that are not muted, a line
/// for what each is, then one for each weight and temperature that a schedule moves. `stage` is its pointer ("/stages/0"), in an
/// inline teacher's document too. Empty where the stage's objective is not sound. Quick: no model is built.
///     L = 0.1 CE + 0.9 KD
///     CE = mean over labelled samples of -log q_y, q = softmax(z_s)
///     KD = (16/B) sum_b sum_k p log(p/q), p = softmax(z_t/4), q = softmax(z_s/4)
std::vector<std::string> lossFormula(const Json& document, const std::string& stage);
/// What one objective computes, without "L =". `parameters` may leave out defaults; throws InputError for wrong ones.
std::string objectiveFormula(const std::string& kind, const Json& parameters);

/// Everything of a run into a folder: student-last.safetensors and student-best.safetensors (the student alone), experiment.json,
/// summary.json, a CSV a curve, and README.txt, which says what they are. Throws InputError where the run has no weights yet or the
/// folder cannot be written.
void exportRun(const History& history, const RunId& id, const std::string& folder);

/// The network with the weights that a finished run reports as TorchScript, which PyTorch loads without this program
/// (models/torchscript.h); beside it, of the same name, a .txt that says how to use it and the document as .json. Returns the largest
/// difference between its logits and the network's on random inputs. Throws InputError as above.
double exportTorchScript(const History& history, const RunId& id, const std::string& file);

} // namespace distill
