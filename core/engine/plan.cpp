// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/batches.h"
#include "engine/controls.h"
#include "engine/engine.h"
#include "engine/halving.h"
#include "engine/ownthread.h"
#include "engine/parts.h"
#include "engine/runner.h"
#include "engine/submission.h"
#include "models/model.h"
#include "objectives/objective.h"
#include "training/stage.h"
#include "training/trainer.h"
#include "experiment/sweep.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <chrono>
#include <mutex>
#include <set>

namespace distill {

namespace {

/// Of a step: batch, objective, optimiser, and what is written down. Measured with small networks, where it matters.
constexpr double secondsBesideTheNetworks = 0.00015;

struct PassCase {
    const Selection& model;
    const InputShape& shape;
    std::int64_t classes, batch;
    bool step; ///< with gradients, else the frozen network's forward pass
};

double secondsIn(const Execution& execution, const PassCase& of)
{
    at::Generator generator = makeGenerator(at::kCPU, 0);
    const auto model = makeModel(of.model, of.shape, of.classes, generator);
    if (of.step) {
        model->requireGradients(true);
        model->setExecution(execution);
    } else {
        model->freeze(execution);
    }
    const at::AutoGradMode gradients(of.step);
    const at::Tensor input = at::zeros({of.batch, of.shape.channels, of.shape.height, of.shape.width});
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 3; ++i) {
        const auto start = std::chrono::steady_clock::now();
        Forward pass{.training = of.step, .dropout = &generator};
        const at::Tensor output = model->logits(input, pass);
        if (of.step) {
            output.sum().backward();
        }
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        best = std::min(best, seconds.count());
        if (seconds.count() > 0.5) {
            break;
        }
    }
    return best;
}

/// Seconds of a pass in the faster of the two executions that the tuner chooses most. Remembered: the editor asks at each
/// keystroke.
double secondsPerBatch(const PassCase& of, const ComputeSettings& compute)
{
    static std::mutex mutex;
    static std::map<std::string, double> remembered;
    const std::string key = Json{of.model.kind, of.model.parameters, of.shape.channels, of.shape.height, of.shape.width,
                                 of.classes, of.batch, of.step, compute.precision}
                                .dump();
    const std::lock_guard lock(mutex); // also keeps two measurements from disturbing each other
    if (const auto found = remembered.find(key); found != remembered.end()) {
        return found->second;
    }
    double best = std::numeric_limits<double>::infinity();
    for (const bool bfloat16 : {false, true}) {
        if (compute.precision == "auto" || (compute.precision == "bf16") == bfloat16) {
            best = std::min(best, secondsIn({.bfloat16 = bfloat16, .channelsLast = bfloat16 && of.shape.isImage()}, of));
        }
    }
    return remembered[key] = best;
}

struct Sizes {
    std::int64_t train = 0, validation = 0, transfer = 0;
};

/// As makeSplit() will cut it, up to a sample a class.
Sizes sizesOf(const DataSettings& data, const DatasetOutline& outline)
{
    Sizes sizes;
    sizes.validation = static_cast<std::int64_t>(data.validationShare * static_cast<double>(outline.train));
    sizes.train = outline.train - sizes.validation;
    sizes.transfer = data.labelled > 0 && data.transfer.samples == "labelled" ? std::min(data.labelled, sizes.train) : sizes.train;
    const auto left = static_cast<std::int64_t>(data.transfer.leftOutClasses.size());
    sizes.transfer = sizes.transfer * std::max<std::int64_t>(0, outline.classes - left) / std::max<std::int64_t>(1, outline.classes);
    return sizes;
}

struct Estimate {
    std::int64_t steps = 0;
    double seconds = 0;
};

Estimate estimate(const Experiment& experiment, const DatasetOutline& outline, const std::vector<Selection>& teachers,
                  bool learnsFromTeacher)
{
    Estimate result;
    const auto perImage = [](double seconds, std::int64_t batch) { return seconds / static_cast<double>(batch); };
    for (const StageSettings& stage : experiment.stages) {
        const Sizes sizes = sizesOf(dataOf(experiment.data, stage), outline);
        const std::int64_t steps = Stage::totalSteps(stage, sizes.transfer);
        const std::int64_t epochSteps = Stage::stepsPerEpoch(stage, sizes.transfer);
        const std::int64_t batch = std::max<std::int64_t>(1, std::min(stage.batchSize, sizes.transfer));
        const auto seconds = [&](const Selection& model, bool step) {
            return secondsPerBatch({model, outline.shape, outline.classes, batch, step}, experiment.compute);
        };
        double perStep = seconds(experiment.student.model, true) + secondsBesideTheNetworks;
        bool asksTeacher = false;
        for (const TermSettings& term : stage.objective) {
            asksTeacher = asksTeacher || (!term.muted && objectiveNeedsTeacher(term.objective.kind));
        }
        for (const Selection& teacher : teachers) {
            perStep += asksTeacher && learnsFromTeacher ? seconds(teacher, false) : 0;
        }
        for (const Selection& peer : peersOf(experiment.teacher)) {
            perStep += learnsFromTeacher ? seconds(peer, true) : 0;
        }
        const auto forward = [&](const Selection& model) { return perImage(seconds(model, false), batch); };
        const double epochs = static_cast<double>(steps) / static_cast<double>(epochSteps);
        const EvaluationSettings& evaluation = experiment.evaluation;
        const auto probe = static_cast<double>(std::min(evaluation.probeSize, sizes.validation));
        const auto validation = static_cast<double>(sizes.validation), test = static_cast<double>(outline.test);
        const double evaluated
            = epochs * (evaluation.probesPerEpoch * probe + validation / std::max(evaluation.validateEvery, 1e-3));
        double evaluating = forward(experiment.student.model) * (evaluated + 2 * test);
        for (const Selection& peer : learnsFromTeacher ? peersOf(experiment.teacher) : std::vector<Selection>()) {
            evaluating += forward(peer) * (evaluated + validation + test); // they change, and answer anew each time
        }
        for (const Selection& teacher : teachers) {
            evaluating += forward(teacher) * (probe + validation + test);
        }
        result.steps += steps;
        result.seconds += perStep * static_cast<double>(steps) + evaluating;
    }
    return result;
}

/// What decides which networks and objectives an experiment builds: its kinds and whole numbers, not its rates and weights.
Json buildingOf(const Json& resolved)
{
    Json objectives = Json::array();
    for (const Json& stage : resolved.at("stages")) {
        objectives.push_back(stage.at("objective"));
    }
    const Json parts{{"dataset", resolved.at("data").at("dataset")},
                     {"teacher", resolved.at("teacher")},
                     {"student", resolved.at("student")},
                     {"objectives", objectives}};
    Json leaves = parts.flatten();
    for (auto& [pointer, value] : leaves.items()) {
        if (value.is_number_float()) {
            value = nullptr;
        }
    }
    return leaves;
}

void checkHere(const Document& document, const History* history)
{
    std::set<Json> checked;
    for (const Variant& variant : variantsOf(schema(), document.json())) {
        if (!checked.insert(buildingOf(variant.document)).second) {
            continue;
        }
        try {
            for (const Document& inner : partsOf(schema().read(variant.document), history).inner) {
                checkHere(inner, history);
            }
        } catch (const InputError& error) {
            throw variant.name.empty() ? error : InputError("With " + variant.name + ": " + error.what());
        }
    }
}

std::vector<std::shared_ptr<const Dataset>> loadHere(const Document& document, const History* history)
{
    const Experiment experiment = schema().read(document);
    const ExperimentParts parts = partsOf(experiment, history); // first: it is quick
    const auto dataset = loadDataset(experiment.data.dataset, history ? history->workspace() : std::string());
    makeSplit(*dataset, experiment.data, experiment.evaluation.probeSize);
    for (const StageSettings& stage : experiment.stages) {
        const DataSettings data = dataOf(experiment.data, stage);
        BatchSource(dataset, makeSplit(*dataset, data, 0), data, stage.batchSize, 0, at::kCPU);
    }
    const std::vector<TeacherMember> members = ensembleOf(experiment.teacher).members;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i].teacher.kind == "weights" && parts.complete) {
            loadModel(parts.teacherModels[i], dataset->shape, static_cast<std::int64_t>(dataset->classes.size()),
                      members[i].teacher.parameters.at("file").get<std::string>(), at::kCPU);
        }
    }
    std::vector<std::shared_ptr<const Dataset>> all;
    for (const Document& inner : parts.inner) {
        for (auto& data : loadHere(inner, history)) {
            all.push_back(std::move(data));
        }
    }
    all.push_back(dataset);
    return all;
}

Plan planHere(const Document& document, const History* history);

/// How many runs all variants make, and how long they take one after another.
void addRuns(Plan& result, const Document& document, const History* history, std::shared_ptr<const ExperimentParts> own)
{
    const SweepSettings sweep = sweepOf(schema().read(document).sweep);
    const std::vector<Variant> variants = variantsOf(schema(), document.json());
    const auto keyOf = [](const Json& resolved) { return Json{resolved.at("data").at("dataset"), resolved.at("teacher")}; };
    std::map<Json, std::shared_ptr<const ExperimentParts>> builds{{keyOf(schema().resolve(document.json())), std::move(own)}};
    std::set<Json> counted; // whose teachers are
    std::set<std::string> teachers, controls;
    double students = 0, alone = 0;
    int studentRuns = 0, controlRuns = 0;
    result.runs = 0;
    for (const Variant& variant : variants) {
        const Experiment experiment = schema().read(variant.document);
        const Json key = keyOf(variant.document);
        auto& built = builds[key];
        if (!built) {
            built = std::make_shared<ExperimentParts>(partsOf(experiment, history));
        }
        const ExperimentParts& parts = *built;
        for (const Document& inner : counted.insert(key).second ? parts.inner : std::vector<Document>()) {
            if (teachers.insert(schema().contentHash(inner.json())).second) {
                const Plan above = planHere(inner, history);
                result.secondsEstimate += above.secondsEstimate;
                result.runs += above.runs;
            }
        }
        const auto seeds = static_cast<int>(std::max<std::size_t>(1, experiment.seeds.size()));
        const int count = seeds * static_cast<int>(experiment.generations);
        students += estimate(experiment, parts.outline, parts.teacherModels, true).seconds * count;
        studentRuns += count;
        // Variants of the objective alone share the student alone.
        Json same = variant.document;
        for (Json& stage : same.at("stages")) {
            Json labels = Json::array();
            for (const Json& term : stage.at("objective")) {
                if (term.at("kind") == "cross_entropy") {
                    labels.push_back(term);
                    labels.back().erase("weight");
                }
            }
            stage["objective"] = labels;
        }
        const bool taught = experiment.teacher.kind != "none";
        if (experiment.controls.studentAlone && taught && controls.insert(same.dump()).second) {
            alone += estimate(experiment, parts.outline, parts.teacherModels, false).seconds * seeds;
            controlRuns += seeds;
        }
        if (experiment.controls.randomTeacher) {
            students += estimate(experiment, parts.outline, parts.teacherModels, true).seconds * seeds;
            controlRuns += seeds;
        }
        if (experiment.controls.twin && history) {
            const Document twin = twinDocument(Document::fromJson(variant.document), experiment, *history);
            const std::string hash = schema().contentHash(twin.json());
            if (teachers.insert(hash).second && !finishedRunOf(*history, hash)) {
                result.secondsEstimate += planHere(twin, history).secondsEstimate;
                ++result.runs;
            }
        }
    }
    result.variants = static_cast<int>(variants.size());
    result.runs += studentRuns + controlRuns;
    result.secondsInFull = result.secondsEstimate + students + alone;
    const double share = halving::shareTrained(sweep, variants.size());
    // A control that no student shares with another goes as its student goes.
    result.secondsEstimate += students * share + alone * (controls.size() == variants.size() ? share : 1);
}

Plan planHere(const Document& document, const History* history)
{
    const Experiment experiment = schema().read(document);
    const auto own = std::make_shared<const ExperimentParts>(partsOf(experiment, history));
    const ExperimentParts& parts = *own;
    const DatasetOutline& outline = parts.outline;
    const Sizes sizes = sizesOf(experiment.data, outline);

    Plan result;
    result.dataset = outline.name;
    result.classes = outline.classes;
    result.trainSamples = sizes.train;
    result.transferSamples = sizes.transfer;
    result.validationSamples = sizes.validation;
    result.testSamples = outline.test;
    result.student = costOf(*parts.student, outline.shape);
    for (const auto& teacher : parts.teachers) {
        const ModelCost cost = costOf(*teacher, outline.shape);
        result.teacher = result.teacher.value_or(ModelCost{});
        result.teacher->parameters += cost.parameters;
        result.teacher->multiplyAdds += cost.multiplyAdds;
        result.teacher->label += (result.teacher->label.empty() ? "" : " + ") + cost.label;
        result.teacher->layers = parts.teachers.size() == 1 ? cost.layers : std::vector<LayerOutline>();
    }
    std::map<std::string, std::int64_t> learned; // of each stage
    for (const TermOutline& term : parts.terms) {
        std::int64_t& count = learned[term.term.substr(0, term.term.find("/objective/"))];
        count += term.learnedParameters;
        result.learnedParameters = std::max(result.learnedParameters, count);
    }
    result.terms = parts.terms;
    for (const auto& peer : parts.peers) {
        result.peers.push_back(costOf(*peer, outline.shape));
    }
    result.steps = estimate(experiment, outline, parts.teacherModels, true).steps;
    addRuns(result, document, history, own);
    return result;
}

} // namespace

void checkBuildable(const Document& document, const History* history)
{
    onItsOwnThread([&] { checkHere(document, history); });
}

std::vector<std::shared_ptr<const Dataset>> loadData(const Document& document, const History* history)
{
    return onItsOwnThread([&] { return loadHere(document, history); });
}

Plan plan(const Document& document, const History* history)
{
    return onItsOwnThread([&] { return planHere(document, history); });
}

} // namespace distill
