// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/experiment.h"

#include "experiment/sweepsettings.h"

namespace distill {

namespace {

// The largest range in which every JSON reader keeps whole numbers exact.
constexpr double largestExact = 9007199254740991.0;

template <class Settings> Kind kindOf(const char* name, const char* title, const char* help)
{
    Kind kind;
    kind.name = name;
    kind.title = title;
    kind.help = help;
    kind.fields = fieldsOf<Settings>();
    return kind;
}

Kind plainKind(const char* name, const char* title, const char* help)
{
    Kind kind;
    kind.name = name;
    kind.title = title;
    kind.help = help;
    return kind;
}

struct FinalFactor {
    double final = 0;
    void describe(Binder& b)
    {
        b.number("final", final,
                 {.help = "What the value is multiplied by at the end.", .minimum = 0, .maximum = 1000});
    }
};

struct StepFactors {
    double factor = 0.1;
    std::vector<double> milestones = {0.625, 0.75, 0.875};
    void describe(Binder& b)
    {
        b.number("factor", factor,
                 {.help = "What the value is multiplied by at each milestone.", .minimum = 0, .maximum = 1000});
        b.numbers("milestones", milestones,
                  {.help = "When the value steps, as rising shares of the stage.", .minimum = 0, .maximum = 1});
    }
};

const std::vector<Kind>& scheduleKinds()
{
    static const std::vector<Kind> kinds = {
        plainKind("constant", "Constant", "The value stays as it is."),
        kindOf<FinalFactor>("linear", "Linear", "The value moves in a straight line to its final factor."),
        kindOf<FinalFactor>("cosine", "Cosine", "The value falls along half a cosine to its final factor."),
        kindOf<StepFactors>("step", "Steps", "The value is multiplied by a factor at each milestone."),
    };
    return kinds;
}

const std::vector<Kind>& optimiserKinds()
{
    static const std::vector<Kind> kinds = {
        kindOf<SgdSettings>("sgd", "SGD", "Stochastic gradient descent with momentum."),
        kindOf<AdamSettings>("adam", "Adam", "Adam; weight decay is added to the gradient."),
        kindOf<AdamSettings>("adamw", "AdamW", "Adam with weight decay decoupled from the gradient."),
        kindOf<DotSettings>("dot", "DOT (SGD)", "SGD with a momentum for the labels' loss and a larger one for the teacher's."),
    };
    return kinds;
}

const std::vector<Kind>& initialisationKinds()
{
    static const std::vector<Kind> kinds = {
        plainKind("random", "Random", "Fresh weights, drawn by the run's own generator."),
        kindOf<WeightsReference>("weights", "Weights file",
                                 "Weights of the same architecture from a safetensors file."),
        kindOf<RunReference>("run", "Earlier run",
                             "The weights that an earlier run of the same architecture ended with."),
    };
    return kinds;
}

/// A kind whose fields choose from the catalogue in turn.
template <class Settings> Kind kindOf(const char* name, const char* title, const char* help, const Catalogue& catalogue)
{
    Kind kind = plainKind(name, title, help);
    Settings settings;
    kind.fields = collectFields([&](Binder& binder) { settings.describe(binder); }, catalogue);
    return kind;
}

/// A single network that teaches.
std::vector<Kind> memberKinds(const Catalogue& catalogue)
{
    return {
        kindOf<RunReference>("run", "Earlier run", "The model that an earlier run ended with."),
        kindOf<InlineTeacher>("experiment", "Experiment",
                              "A model trained first by this experiment; an equal finished run is used again."),
        kindOf<WeightsTeacher>("weights", "Weights file", "A model read from a safetensors file.", catalogue),
        kindOf<RandomTeacher>("random", "Random network",
                              "A network that never learned, as a control: what it teaches is not knowledge.", catalogue),
    };
}

std::vector<Kind> teacherKinds(const Catalogue& catalogue)
{
    std::vector<Kind> kinds = memberKinds(catalogue);
    kinds.insert(kinds.begin(), plainKind("none", "None", "The student learns from labels alone."));
    kinds.push_back(kindOf<EnsembleSettings>("ensemble", "Several teachers", "The mean of several networks' answers.", catalogue));
    kinds.push_back(kindOf<PeersSettings>("peers", "Peers",
                                          "Networks that learn along with the student in one run, each from the others.", catalogue));
    return kinds;
}

const std::vector<Kind>& balanceKinds()
{
    static const std::vector<Kind> kinds = {
        plainKind("none", "None", "The weights are taken as they stand."),
        kindOf<BalanceSettings>("gradients", "By gradients",
                                "Brings every term's gradient to the length of the first term's before the weights."),
        kindOf<BalanceSettings>("values", "By values", "Brings every term's value to that of the first term before the weights."),
    };
    return kinds;
}

const std::vector<Kind>& trainableKinds()
{
    static const std::vector<Kind> kinds = {
        plainKind("all", "Everything", "All weights of the student, and what the objective learns along."),
        kindOf<TrainableParts>("parts", "Parts", "Some parts of the student; the others keep their weights."),
        plainKind("learned", "Regressors alone", "What the objective learns along; the student keeps its weights."),
    };
    return kinds;
}

const std::vector<Kind>& stageDataKinds()
{
    static const std::vector<Kind> kinds = {
        plainKind("same", "The experiment's", "What the whole experiment learns from."),
        kindOf<StageData>("own", "Its own", "Other labels, samples or variations of the same data set."),
    };
    return kinds;
}

} // namespace

void SgdSettings::describe(Binder& b)
{
    b.number("momentum", momentum,
             {.help = "Share of the last step kept in the next one.", .minimum = 0, .maximum = 0.9999});
    b.boolean("nesterov", nesterov, {.help = "Look ahead along the momentum before each step.", .advanced = true});
}

void DotSettings::describe(Binder& b)
{
    b.number("momentum", momentum,
             {.help = "Share of the last step kept in the next one, on average of both.", .minimum = 0, .maximum = 0.9999});
    b.number("delta", delta,
             {.help = "How much less momentum the labels' loss has, and how much more the teacher's.", .minimum = 0, .maximum = 0.9999});
}

void AdamSettings::describe(Binder& b)
{
    b.number("beta1", beta1,
             {.help = "Memory of the gradient's running mean.", .minimum = 0, .maximum = 0.999999, .advanced = true});
    b.number("beta2", beta2,
             {.help = "Memory of the squared gradient's running mean.",
              .minimum = 0,
              .maximum = 0.999999,
              .advanced = true});
    b.number("epsilon", epsilon,
             {.help = "Added to the denominator against division by zero.",
              .minimum = 1e-30,
              .maximum = 1,
              .advanced = true,
              .logarithmic = true});
}

void RunReference::describe(Binder& b)
{
    b.text("run", run, {.help = "Id of the run, or its unique beginning.", .minimum = 1, .maximum = 200});
}

void WeightsReference::describe(Binder& b)
{
    b.text("file", file, {.help = "Path of the safetensors file.", .minimum = 1, .maximum = 4096});
}

void WeightsTeacher::describe(Binder& b)
{
    b.text("file", file, {.help = "Path of the safetensors file.", .minimum = 1, .maximum = 4096});
    b.selection("model", model, b.catalogue().models, {.help = "The architecture that the weights belong to."});
}

void InlineTeacher::describe(Binder& b)
{
    b.experiment("experiment", experiment, {.help = "The experiment that trains the teacher."});
}

void RandomTeacher::describe(Binder& b)
{
    b.selection("model", model, b.catalogue().models, {.help = "Its architecture."});
    b.integer("seed", seed,
              {.help = "Draws its weights; 0: the run's own seed.", .minimum = 0, .maximum = largestExact, .advanced = true});
}

void TeacherMember::describe(Binder& b)
{
    b.number("weight", weight, {.help = "Its share of the mean, relative to the others'.", .minimum = 0, .maximum = 1e6});
    b.itemKind(teacher, memberKinds(b.catalogue()), {.help = "One of the teachers."});
}

void EnsembleSettings::describe(Binder& b)
{
    b.choice("combine", combine,
             {{"probabilities", "The arithmetic mean of their probabilities."},
              {"log_probabilities", "The geometric mean: the mean of their logarithms, normalised."},
              {"logits", "The mean of their logits."}},
             {.help = "What is averaged."});
    b.number("temperature", temperature,
             {.help = "Softens the probabilities before they are averaged; that of the objective makes the soft targets their mean.",
              .minimum = 0.01,
              .maximum = 1000,
              .logarithmic = true});
    b.choice("weighting", weighting,
             {{"fixed", "The weights below for every sample."},
              {"confidence", "For each sample times the probability of the class that each teacher chooses."},
              {"loss", "For each sample more for those that find the label likely; without a label as fixed."}},
             {.help = "Who counts how much."});
    b.list("members", members, {.help = "The teachers.", .minimum = 1, .maximum = 32});
}

void PeerSettings::describe(Binder& b)
{
    b.itemKind(model, b.catalogue().models, {.help = "The architecture of one peer."});
}

void PeersSettings::describe(Binder& b)
{
    b.list("models", models, {.help = "The networks that learn along.", .minimum = 1, .maximum = 16});
}

EnsembleSettings ensembleOf(const Selection& teacher)
{
    EnsembleSettings settings;
    if (teacher.kind == "ensemble") {
        readFields(teacher.parameters, settings);
    } else if (teacher.kind != "none" && teacher.kind != "peers") {
        settings.members.push_back({1, teacher});
    }
    return settings;
}

std::vector<std::string> inlineTeachers(const Selection& teacher)
{
    std::vector<std::string> places;
    const std::vector<TeacherMember> members = ensembleOf(teacher).members;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i].teacher.kind == "experiment") {
            places.push_back(teacher.kind == "ensemble" ? "/teacher/members/" + std::to_string(i) + "/experiment"
                                                        : "/teacher/experiment");
        }
    }
    return places;
}

std::vector<Selection> peersOf(const Selection& teacher)
{
    PeersSettings settings;
    if (teacher.kind == "peers") {
        readFields(teacher.parameters, settings);
    }
    std::vector<Selection> models;
    for (const PeerSettings& peer : settings.models) {
        models.push_back(peer.model);
    }
    return models;
}

void ScheduleSettings::describe(Binder& b)
{
    b.number("warm_up", warmUp,
             {.help = "Share of the stage in which the value rises from zero first.", .minimum = 0, .maximum = 0.99});
    FinalFactor end{final};
    StepFactors steps{factor, milestones};
    Selection selection{kind};
    b.itemKind(selection, scheduleKinds(), {.help = "How the value moves over the stage."});
    readFields(selection.parameters, end);
    readFields(selection.parameters, steps);
    kind = selection.kind;
    final = end.final;
    factor = steps.factor;
    milestones = steps.milestones;
}

void TermSettings::describe(Binder& b)
{
    b.number("weight", weight,
             {.help = "What this term is multiplied by in the loss.", .minimum = 0, .maximum = 1e6, .tunable = true});
    b.object("weight_schedule", weightSchedule, {.help = "How the weight moves over the stage.", .advanced = true});
    b.object("temperature_schedule", temperatureSchedule,
             {.help = "How the term's temperature moves over the stage.", .advanced = true});
    b.boolean("muted", muted, {.help = "Leaves the term out of the loss without taking it out of the document."});
    b.itemKind(objective, b.catalogue().objectives, {.help = "One term of the loss."});
}

void EarlyStoppingSettings::describe(Binder& b)
{
    b.integer("patience", patience,
              {.help = "Evaluations on the validation set without improvement after which the stage ends; 0: never.",
               .unit = "evaluations",
               .minimum = 0,
               .maximum = 1e6});
    b.number("minimum_improvement", minimumImprovement,
             {.help = "Gain in validation accuracy that counts as an improvement, as a share.",
              .minimum = 0,
              .maximum = 1,
              .advanced = true});
}

void StageSettings::describe(Binder& b)
{
    b.text("name", name, {.help = "What the stage is called in curves and events.", .maximum = 200, .advanced = true});
    b.list("objective", objective, {.help = "The terms whose weighted sum is minimised.", .minimum = 1, .maximum = 64});
    b.selection("balance", balance, balanceKinds(),
                {.help = "Whether the terms are brought to one size before their weights count.", .advanced = true});
    b.selection("trainable", trainable, trainableKinds(), {.help = "What the stage moves.", .advanced = true});
    b.selection("data", data, stageDataKinds(), {.help = "What the stage learns from.", .advanced = true});
    b.number("epochs", epochs,
             {.help = "Passes over the transfer set; used while steps is 0.",
              .unit = "epochs",
              .minimum = 0,
              .maximum = 100000});
    b.integer("steps", steps,
              {.help = "Length in steps instead of epochs; 0: as many as the epochs take.",
               .unit = "steps",
               .minimum = 0,
               .maximum = 1e9,
               .advanced = true});
    b.integer("batch_size", batchSize,
              {.help = "Samples in one step.", .unit = "samples", .minimum = 1, .maximum = 65536, .logarithmic = true});
    b.selection("optimiser", optimiser, optimiserKinds(), {.help = "How a gradient becomes a step."});
    b.number("learning_rate", learningRate,
             {.help = "Size of the optimiser's steps, before the schedule.",
              .minimum = 0,
              .maximum = 1000,
              .tunable = true,
              .logarithmic = true});
    b.number("weight_decay", weightDecay,
             {.help = "Pull of every weight towards zero.", .minimum = 0, .maximum = 100, .logarithmic = true});
    b.object("schedule", schedule, {.help = "How the learning rate moves over the stage."});
    b.number("clip_norm", clipNorm,
             {.help = "Largest norm of the gradient, longer ones are shortened to it; 0: no clipping.",
              .minimum = 0,
              .maximum = 1e6,
              .advanced = true});
    b.object("early_stopping", earlyStopping, {.help = "When the stage ends before its time.", .advanced = true});
}

void TrainableParts::describe(Binder& b)
{
    b.texts("parts", parts,
            {.help = "First parts of the names of the weights that move, as layer3 or fc; a wrong one is answered with those there are.",
             .minimum = 1});
}

void BalanceSettings::describe(Binder& b)
{
    b.integer("every", every,
              {.help = "How often the terms are measured.", .unit = "steps", .minimum = 1, .maximum = 1e6});
    b.number("memory", memory,
             {.help = "Share of the present factors that each measurement keeps.", .minimum = 0, .maximum = 0.999});
}

namespace {

// What a stage with data of its own says in place of the run's.
FieldInfo labelledInfo()
{
    return {.help = "Training samples whose label is known, equal in every class; 0: all.",
            .unit = "samples",
            .minimum = 0,
            .maximum = 1e9};
}

FieldInfo transferInfo()
{
    return {.help = "The transfer set: what the student is shown."};
}

FieldInfo augmentationInfo()
{
    return {.help = "How samples are varied, anew in each batch."};
}

} // namespace

void StageData::describe(Binder& b)
{
    b.integer("labelled", labelled, labelledInfo());
    b.object("transfer", transfer, transferInfo());
    b.object("augmentation", augmentation, augmentationInfo());
}

DataSettings dataOf(const DataSettings& run, const StageSettings& stage)
{
    DataSettings data = run;
    if (stage.data.kind == "own") {
        StageData own;
        readFields(stage.data.parameters, own);
        data.labelled = own.labelled;
        data.transfer = own.transfer;
        data.augmentation = own.augmentation;
    }
    return data;
}

void TransferSettings::describe(Binder& b)
{
    b.choice("samples", samples,
             {{"labelled", "The labelled subset."}, {"all", "Every training sample, those without a label too."}},
             {.help = "What the student is shown."});
    b.boolean("labels", labels, {.help = "Whether the student is told the labels that are known."});
    b.integers(
        "left_out_classes", leftOutClasses,
        {.help = "Classes, by number from 0, that the student is never shown.", .minimum = 0, .maximum = 100000});
}

void RandAugmentSettings::describe(Binder& b)
{
    b.integer("operations", operations,
              {.help = "How many operations each image gets, one after another; 0: none.", .minimum = 0, .maximum = 8});
    b.number("magnitude", magnitude,
             {.help = "How strong they are: 0 changes nothing, 30 is the strongest.", .minimum = 0, .maximum = 30});
}

void AugmentationSettings::describe(Binder& b)
{
    b.integer("shift", shift,
              {.help = "Largest random shift: a random crop of the image padded with zeros.",
               .unit = "pixels",
               .minimum = 0,
               .maximum = 1024});
    b.boolean("flip", flip, {.help = "Mirror every second image left to right, by chance."});
    b.integer("cutout", cutout,
              {.help = "Side of a square blanked at a random place; 0: none.",
               .unit = "pixels",
               .minimum = 0,
               .maximum = 1024});
    b.number("noise", noise,
             {.help = "Standard deviation of Gaussian noise, in units of the normalised inputs.",
              .minimum = 0,
              .maximum = 100});
    b.number("mixup", mixup,
             {.help = "Blends each sample with another; the share is drawn from Beta(a, a) with this a; 0: none.",
              .minimum = 0,
              .maximum = 100});
    b.number("cutmix", cutmix,
             {.help = "Pastes a patch of another image; its area is drawn from Beta(a, a) with this a; 0: none.",
              .minimum = 0,
              .maximum = 100});
    b.object("randaugment", randAugment,
             {.help = "Rotation, shear, translation, brightness, contrast, posterize and solarize, by chance.",
              .advanced = true});
    b.integer("views", views,
              {.help = "How many variations of each sample there are, shown in turn, so that the teacher's stored answers "
                       "serve again; 0: a new one each epoch.",
               .unit = "variations",
               .minimum = 0,
               .maximum = 1e6,
               .advanced = true});
    b.integer("seed", seed,
              {.help = "Decides the variations, so that runs of several seeds share the teacher's stored answers; 0: the "
                       "run's own seed.",
               .minimum = 0,
               .maximum = largestExact,
               .advanced = true});
}

void DataSettings::describe(Binder& b)
{
    b.selection("dataset", dataset, b.catalogue().datasets, {.help = "What is learned from."});
    b.number("validation_share", validationShare,
             {.help = "Share of the training samples set aside to choose by, equal in every class.",
              .minimum = 0,
              .maximum = 0.9});
    b.integer("labelled", labelled, labelledInfo());
    b.integer("split_seed", splitSeed,
              {.help = "Picks the validation and the labelled samples, whatever the run's own seed.",
               .minimum = 0,
               .maximum = largestExact,
               .advanced = true});
    b.object("transfer", transfer, transferInfo());
    b.object("augmentation", augmentation, augmentationInfo());
    b.numbers("mean", mean,
              {.help = "Subtracted from each channel of inputs from 0 to 1; empty: measured on the training samples.",
               .minimum = -1e6,
               .maximum = 1e6,
               .advanced = true});
    b.numbers("deviation", deviation,
              {.help = "What each channel is divided by afterwards; empty: measured on the training samples.",
               .minimum = 1e-6,
               .maximum = 1e6,
               .advanced = true});
}

void StudentSettings::describe(Binder& b)
{
    b.selection("model", model, b.catalogue().models, {.help = "The student's architecture."});
    b.selection("initialisation", initialisation, initialisationKinds(),
                {.help = "The weights the student starts from.", .advanced = true});
}

void ControlSettings::describe(Binder& b)
{
    b.boolean("student_alone", studentAlone,
              {.help = "Also train the same student on the same labels and steps without the teacher."});
    b.boolean("twin", twin,
              {.help = "Also train the teacher once more from another seed: agreement and shared errors beyond this twin's are inherited."});
    b.boolean("random_teacher", randomTeacher,
              {.help = "Also train the student from a teacher that never learned: what the objective does by itself."});
}

void EvaluationSettings::describe(Binder& b)
{
    b.integer("probe_size", probeSize,
              {.help = "Validation samples of the fixed probe.",
               .unit = "samples",
               .minimum = 1,
               .maximum = 1e6,
               .advanced = true});
    b.number("probes_per_epoch", probesPerEpoch,
             {.help = "How often in an epoch the probe is evaluated, a fraction for once in several epochs; 0: never.",
              .minimum = 0,
              .maximum = 1000,
              .advanced = true});
    b.number("validate_every", validateEvery,
             {.help = "Epochs between evaluations of the whole validation set.",
              .unit = "epochs",
              .minimum = 0.01,
              .maximum = 100000,
              .advanced = true});
    b.integer("batch_size", batchSize,
              {.help = "Samples evaluated at a time; the figures do not depend on it.",
               .unit = "samples",
               .minimum = 1,
               .maximum = 65536,
               .advanced = true,
               .logarithmic = true});
    b.integer("gradient_norm_every", gradientNormEvery,
              {.help = "Steps between measurements of each term's gradient; 0: never.",
               .unit = "steps",
               .minimum = 0,
               .maximum = 1e9,
               .advanced = true});
    b.integer("checkpoint_every", checkpointEvery,
              {.help = "Steps between checkpoints; 0: at the end of an epoch, ten seconds apart at least.",
               .unit = "steps",
               .minimum = 0,
               .maximum = 1e9,
               .advanced = true});
    b.choice("report", report,
             {{"last", "The weights after the last step."}, {"best", "The weights with the best validation accuracy."}},
             {.help = "Which weights the headline figures on the test set are of."});
    b.boolean("bias_correction", biasCorrection,
              {.help = "Fit one bias for the classes left out, on the validation set, and report with it too.",
               .advanced = true});
}

void ComputeSettings::describe(Binder& b)
{
    b.text("device", device,
           {.help = "Where it trains: auto, cpu, cuda or cuda:N for the GPU of that number.",
            .minimum = 1,
            .maximum = 16});
    b.choice("precision", precision,
             {{"auto", "The faster of the two on this machine for each network, timed at the start of a run."},
              {"fp32", "32-bit floating point throughout."},
              {"bf16", "bfloat16 for convolutions and products, 32-bit elsewhere; fast where the processor has it."}},
             {.help = "Number format of the networks' arithmetic."});
    b.choice("layout", layout,
             {{"auto", "The faster of the two on this machine for each network, timed at the start of a run."},
              {"channels_first", "Plane after plane (NCHW), as most code has it."},
              {"channels_last", "The channels of a pixel side by side (NHWC)."}},
             {.help = "Order of the networks' images in memory.", .advanced = true});
    b.integer("threads", threads,
              {.help = "Threads for arithmetic, kept throughout; 0: the running runs share the cores.",
               .unit = "threads",
               .minimum = 0,
               .maximum = 1024,
               .advanced = true});
    b.choice("teacher_answers", teacherAnswers,
             {{"stored", "Computed once for each view of a sample, then read; the results are the same."},
              {"ahead", "The same, all of them before the training begins."},
              {"computed", "Computed anew in each step."}},
             {.help = "Whether the teacher's answers are kept in the workspace, for later epochs and for other runs.",
              .advanced = true});
    b.number("stored_gigabytes", storedGigabytes,
             {.help = "Most that the answers of all teachers may take; those used longest ago make room.",
              .unit = "GB",
              .minimum = 0,
              .maximum = 1e6,
              .advanced = true});
    b.integer("stored_top_k", storedTopK,
              {.help = "Keep only so many of an answer's largest logits, and the mass of the rest, for many classes; 0: all.",
               .minimum = 0,
               .maximum = 1e6,
               .advanced = true});
}

void Experiment::describe(Binder& b)
{
    b.text("name", name, {.help = "What the run is called in tables and curves.", .minimum = 1, .maximum = 200});
    b.text("notes", notes, {.help = "What it is for and what to expect.", .maximum = 100000});
    b.texts("tags", tags, {.help = "Words to find it by.", .minimum = 1, .maximum = 100});
    b.integer("seed", seed,
              {.help = "Decides initial weights, order of the data, augmentation and dropout.",
               .minimum = 0,
               .maximum = largestExact});
    b.integers("seeds", seeds,
               {.help = "Several seeds make a group of runs; empty: the one seed alone.",
                .minimum = 0,
                .maximum = largestExact,
                .advanced = true});
    b.selection("sweep", sweep, sweepKinds(), {.help = "Runs the experiment for several values of its fields.", .advanced = true});
    b.integer("generations", generations,
              {.help = "Students in turn, each taught by the one before (born-again networks); each adds 1,000 to the seed.",
               .minimum = 1,
               .maximum = 20,
               .advanced = true});
    b.object("controls", controls, {.help = "What is also run, to compare with."});
    b.object("data", data, {.help = "What is learned from, and how much of it."});
    b.selection("teacher", teacher, teacherKinds(b.catalogue()), {.help = "Whose outputs the student learns from."});
    b.object("student", student, {.help = "The model that is trained."});
    b.list("stages", stages, {.help = "What is done, one stage after another.", .minimum = 1, .maximum = 64});
    b.object("evaluation", evaluation, {.help = "What is measured, and how often.", .advanced = true});
    b.object("compute", compute, {.help = "On what it runs."});
}

} // namespace distill
