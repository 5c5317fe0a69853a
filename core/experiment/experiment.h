// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/binder.h"

namespace distill {

/// What an experiment may choose from. Filled by those who implement it (data, models, objectives), so that the document
/// knows them without depending on them.
struct Catalogue {
    std::vector<Kind> datasets;
    std::vector<Kind> models;
    std::vector<Kind> objectives;
};

/// Parameters of the kinds that this folder itself defines; readFields(selection.parameters, settings) fills them.
struct SgdSettings {
    double momentum = 0.9;
    bool nesterov = false;
    void describe(Binder& binder);
};
struct AdamSettings { ///< adam and adamw
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    void describe(Binder& binder);
};
struct DotSettings {
    double momentum = 0.9;
    double delta = 0.075;
    void describe(Binder& binder);
};
struct RunReference {
    std::string run; ///< a unique prefix of its id
    void describe(Binder& binder);
};
struct WeightsReference {
    std::string file; ///< safetensors
    void describe(Binder& binder);
};
struct WeightsTeacher {
    std::string file; ///< safetensors
    Selection model{"mlp"};
    void describe(Binder& binder);
};
struct InlineTeacher {
    Json experiment; ///< a whole document
    void describe(Binder& binder);
};
struct RandomTeacher {
    Selection model{"mlp"};
    std::int64_t seed = 0; ///< of its weights; 0: the run's own
    void describe(Binder& binder);
};

struct TeacherMember {
    double weight = 1;
    Selection teacher{"run"}; ///< run, experiment, weights or random
    void describe(Binder& binder);
};
/// How several answers become one; see teachers/ensemble.h.
struct EnsembleSettings {
    std::string combine = "probabilities"; ///< or "log_probabilities", "logits"
    double temperature = 1;                ///< at which probabilities are averaged
    std::string weighting = "fixed";       ///< or "confidence", "loss": by the sample as well
    std::vector<TeacherMember> members = {};
    void describe(Binder& binder);
};
struct PeerSettings {
    Selection model{"mlp"};
    void describe(Binder& binder);
};
struct PeersSettings {
    std::vector<PeerSettings> models;
    void describe(Binder& binder);
};

/// What an experiment's teacher consists of: the members of an ensemble, the one teacher, or nothing (none, peers).
EnsembleSettings ensembleOf(const Selection& teacher);
/// Where the experiments of inline teachers stand: "/teacher/experiment", or "/teacher/members/2/experiment" and others.
std::vector<std::string> inlineTeachers(const Selection& teacher);
/// The networks that learn along with the student; empty unless the teacher's kind is "peers".
std::vector<Selection> peersOf(const Selection& teacher);

/// How a value moves over a stage. All positions are shares of the stage's steps, so a schedule keeps its shape when the
/// budget changes. factor(p) multiplies the value, p in [0, 1]:
/// constant 1; linear from 1 to `final`; cosine: final + (1 - final) (1 + cos(pi p)) / 2; step: `factor` once for each
/// milestone passed. Before `warm_up` the value rises linearly from 0 to 1 instead, and the rest is stretched over what
/// remains. In the document only the fields of its kind stand beside "kind" and "warm_up"; the others keep their initial
/// values here.
struct ScheduleSettings {
    std::string kind = "constant";
    double warmUp = 0;
    double final = 0;
    double factor = 0.1;
    std::vector<double> milestones = {0.625, 0.75, 0.875};
    void describe(Binder& binder);
};

/// One weighted term of a stage's objective.
struct TermSettings {
    double weight = 1;
    ScheduleSettings weightSchedule;
    ScheduleSettings temperatureSchedule; ///< of the objective's "temperature"; constant where it has none
    bool muted = false; ///< stands in the document, is no part of the loss
    Selection objective{"cross_entropy"};
    void describe(Binder& binder);
};

struct EarlyStoppingSettings {
    std::int64_t patience = 0; ///< whole-validation evaluations without improvement; 0: never stop early
    double minimumImprovement = 0;
    void describe(Binder& binder);
};

/// What of the networks a stage moves: everything; the named parts of the student (first components of parameter names); or the
/// learned parts of the objective alone.
struct TrainableParts {
    std::vector<std::string> parts;
    void describe(Binder& binder);
};

/// Parameters of a stage's `balance`; see training/balance.h.
struct BalanceSettings {
    std::int64_t every = 20; ///< steps between measurements
    double memory = 0.9;     ///< share of the last factor kept at each
    void describe(Binder& binder);
};

struct StageSettings {
    std::string name;
    std::vector<TermSettings> objective = {TermSettings{}};
    Selection balance{"none"}; ///< gradients or values {every, memory}
    Selection trainable{"all"}; ///< parts {parts}; learned
    Selection data{"same"};     ///< own {labelled, transfer, augmentation}
    double epochs = 5;        ///< passes over the transfer set, used while `steps` is 0
    std::int64_t steps = 0;
    std::int64_t batchSize = 64;
    Selection optimiser{"adam"}; ///< sgd {momentum, nesterov}, adam and adamw {beta1, beta2, epsilon}
    double learningRate = 1e-3;
    double weightDecay = 0;
    ScheduleSettings schedule;
    double clipNorm = 0; ///< largest gradient norm; 0: no clipping
    EarlyStoppingSettings earlyStopping;
    void describe(Binder& binder);
};

struct TransferSettings {
    std::string samples = "labelled"; ///< "labelled": the labelled subset; "all": every training image, unlabelled ones too
    bool labels = true;               ///< false: no hard label is shown, even where one is known
    std::vector<std::int64_t> leftOutClasses;
    void describe(Binder& binder);
};

struct RandAugmentSettings {
    std::int64_t operations = 0; ///< one after another on each image; 0: none
    double magnitude = 9;        ///< of 30
    void describe(Binder& binder);
};

struct AugmentationSettings {
    std::int64_t shift = 0; ///< pixels: a random crop of the zero-padded image
    bool flip = false;
    std::int64_t cutout = 0; ///< pixels: side of the square that is blanked
    double noise = 0;        ///< standard deviation of Gaussian noise, in normalised units
    double mixup = 0;        ///< parameter of the Beta distribution that shares are drawn from; 0: no mixing
    double cutmix = 0;       ///< the same, of a patch's area
    RandAugmentSettings randAugment = {};
    std::int64_t views = 0; ///< variations of each sample, shown in turn; 0: a new one each epoch
    std::int64_t seed = 0;  ///< of the variations; 0: the run's own
    void describe(Binder& binder);
};

struct DataSettings {
    Selection dataset{"fashion-mnist"};
    double validationShare = 0.1; ///< of the training images, stratified by class
    std::int64_t labelled = 0;    ///< size of the labelled subset, stratified by class; 0: all
    std::int64_t splitSeed = 0;   ///< picks validation and labelled subset: runs of different seeds share them
    TransferSettings transfer;
    AugmentationSettings augmentation;
    std::vector<double> mean; ///< per channel, of inputs in [0, 1]; empty: measured on the training images
    std::vector<double> deviation;
    void describe(Binder& binder);
};

/// What a stage with data of its own changes of the run's.
struct StageData {
    std::int64_t labelled = 0;
    TransferSettings transfer;
    AugmentationSettings augmentation;
    void describe(Binder& binder);
};
/// The run's data as one of its stages sees them.
DataSettings dataOf(const DataSettings& run, const StageSettings& stage);

struct StudentSettings {
    Selection model{"mlp"};
    Selection initialisation{"random"}; ///< random; weights {file}; run {run}
    void describe(Binder& binder);
};

struct ControlSettings {
    bool studentAlone = false; ///< also train the same student on the same labels and steps without the teacher
    bool twin = false;         ///< also train the teacher once more, from another seed
    bool randomTeacher = false; ///< also train the student from a teacher that never learned
    void describe(Binder& binder);
};

/// One field that a sweep moves: through `values`, or where there are none through numbers drawn between two bounds.
struct SweptField {
    std::string field; ///< pointer: "/stages/0/objective/0/temperature", "/student/model"
    std::vector<Json> values; ///< for a field that names a kind whole kinds, or their names alone
    double minimum = 0, maximum = 0;
    bool logarithmic = false; ///< drawn evenly in powers of ten
    bool whole = false;       ///< drawn numbers are rounded; those of whole-number fields are without it
    void describe(Binder& binder);
};

/// Ends runs that fall behind: the median rule of Golovin et al. 2017 (Google Vizier), section 3.2.1.
struct MedianSettings {
    double after = 0.3;      ///< share of the steps before which no run is ended
    std::int64_t among = 3;  ///< fewest other runs that came as far
    void describe(Binder& binder);
};

/// What the kinds of a sweep say; see experiment/sweep.h for what it becomes. Only the fields of its kind stand in the document.
struct SweepSettings {
    std::string kind = "none"; ///< none, grid, random, halving
    std::vector<SweptField> fields;
    std::int64_t runs = 0; ///< variants that are drawn; 0: every combination of the values
    std::int64_t seed = 1; ///< of the draws
    double keep = 1.0 / 3; ///< share of the variants that pass each rung
    std::vector<double> rungs = {0.1, 0.3}; ///< rising shares of each run's steps
    Selection stopping{"none"}; ///< or "median"
};
SweepSettings sweepOf(const Selection& sweep);

struct EvaluationSettings {
    std::int64_t probeSize = 512;       ///< validation images of the fixed probe
    double probesPerEpoch = 4;          ///< a fraction spaces them over several epochs; 0: no probe
    double validateEvery = 1;           ///< epochs between evaluations of the whole validation set
    std::int64_t batchSize = 512;
    std::int64_t gradientNormEvery = 50; ///< steps; 0: never
    std::int64_t checkpointEvery = 0;    ///< steps; 0: at the end of an epoch, ten seconds apart at least
    std::string report = "last";         ///< which weights the headline test figures are of: "last" or "best"
    bool biasCorrection = false;         ///< fit one bias for the classes left out, on validation, and report with it too
    void describe(Binder& binder);
};

struct ComputeSettings {
    std::string device = "auto";    ///< auto, cpu, cuda, cuda:N
    std::string precision = "auto"; ///< auto, fp32, bf16
    std::string layout = "auto";    ///< auto, channels_first, channels_last
    std::int64_t threads = 0;       ///< 0: the engine shares the cores out among the running runs
    std::string teacherAnswers = "stored"; ///< "stored" as they come, "ahead" of the training, or "computed" each time
    double storedGigabytes = 4;     ///< at most, of all teachers' answers in the workspace
    std::int64_t storedTopK = 0;    ///< logits kept of each answer; 0: all
    void describe(Binder& binder);
};

/// A whole experiment, every default filled in. Immutable once a run has started.
struct Experiment {
    std::string name = "Untitled";
    std::string notes;
    std::vector<std::string> tags;
    std::int64_t seed = 1;
    std::vector<std::int64_t> seeds; ///< several make a group of runs; empty: `seed` alone
    Selection sweep{"none"}; ///< see sweepOf(); its variants times the seeds make the group
    std::int64_t generations = 1; ///< students in turn, each taught by the one before
    ControlSettings controls;
    DataSettings data;
    /// none; run {run}; experiment {experiment}; weights {file, model}; random {model, seed}; ensemble {...}; peers {models}
    Selection teacher{"none"};
    StudentSettings student;
    std::vector<StageSettings> stages = {StageSettings{}};
    EvaluationSettings evaluation;
    ComputeSettings compute;
    void describe(Binder& binder);
};

} // namespace distill
