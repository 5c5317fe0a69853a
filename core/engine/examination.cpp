// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/examination.h"

#include "engine/engine.h"
#include "engine/ownthread.h"
#include "engine/predictions.h"
#include "engine/runner.h"
#include "evaluation/corruption.h"
#include "evaluation/evaluation.h"
#include "evaluation/similarity.h"
#include "teachers/ensemble.h"
#include "training/device.h"
#include "training/task.h"

#include <algorithm>
#include <cstdio>

namespace distill {

namespace {

constexpr std::size_t mostSiblings = 12;
constexpr std::int64_t mostSamples = 2000; ///< of what takes forward passes
constexpr std::uint64_t corruptionSeed = 1;

at::Tensor toTensor(const Answers& answers)
{
    return at::tensor(at::ArrayRef<float>(answers.logits)).view({answers.samples(), answers.classes});
}

Answers fromTensor(const at::Tensor& logits)
{
    const at::Tensor rows = logits.contiguous();
    return {rows.size(1), {rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel()}};
}

/// One of those that are compared: a run's network, or those that taught together.
struct Network {
    std::vector<RunId> members;
    EnsembleSettings ensemble; ///< of more than one
    Answers answers;
    Choices choices;
};

/// The student's data, and how its networks see them.
class Ground {
public:
    Ground(const History& history, const RunId& student, const std::function<bool()>& keepGoing)
        : m_history(history), m_experiment(experimentOf(history, student)), m_keepGoing(keepGoing)
    {
    }

    const Experiment& experiment() const { return m_experiment; }
    const std::function<bool()>& keepGoing() const { return m_keepGoing; }
    bool goesOn() const { return !m_keepGoing || m_keepGoing(); }

    /// What a run answers on the student's test set; without classes where it was ended early.
    Answers ask(const RunId& run) const
    {
        const Selection& own = experimentOf(m_history, run).data.dataset;
        const Selection& asked = m_experiment.data.dataset;
        if (own.kind == asked.kind && own.parameters == asked.parameters) {
            return predictionsOf(m_history, run, m_keepGoing);
        }
        return onItsOwnThread([&] {
            const at::Tensor logits = logitsOn(*model(run), dataset().test.inputs);
            return logits.defined() ? fromTensor(logits) : Answers();
        });
    }

    const Dataset& dataset() const
    {
        if (!m_dataset) {
            m_dataset = loadDataset(m_experiment.data.dataset, m_history.workspace());
        }
        return *m_dataset;
    }

    std::unique_ptr<Model> model(const RunId& run) const
    {
        return loadModel(experimentOf(m_history, run).student.model, dataset().shape, static_cast<std::int64_t>(dataset().classes.size()),
                         weightsOf(m_history, run), device());
    }

    at::Device device() const { return deviceFrom(m_experiment.compute.device); }
    const Normaliser& normaliser() const
    {
        if (!m_normaliser) {
            const Split split = makeSplit(dataset(), m_experiment.data, 0);
            m_normaliser.emplace(split.mean, split.deviation, device());
        }
        return *m_normaliser;
    }

    /// Undefined where it was ended early.
    at::Tensor logitsOn(Model& network, const at::Tensor& inputs) const
    {
        return logitsOf(network, {inputs, {}}, {}, normaliser(), m_experiment.evaluation.batchSize, device(), m_keepGoing);
    }

    /// Test samples for what takes long: spread evenly, since many sets stand in the order of their classes.
    at::Tensor fewSamples() const
    {
        const std::int64_t all = dataset().test.size(), few = std::min(all, mostSamples);
        return at::arange(few, at::kLong).mul_(all).div_(std::max<std::int64_t>(few, 1), "floor");
    }

private:
    const History& m_history;
    const Experiment m_experiment;
    const std::function<bool()>& m_keepGoing;
    mutable std::shared_ptr<const Dataset> m_dataset;
    mutable std::optional<Normaliser> m_normaliser;
};

bool take(Network& network, const Answers& answers)
{
    network.answers = answers;
    network.choices = choicesOf(answers);
    return answers.classes > 0;
}

/// False where it was ended early.
bool askAll(const Ground& ground, Network& network)
{
    if (network.members.size() == 1) {
        return take(network, ground.ask(network.members.front()));
    }
    std::vector<at::Tensor> each;
    for (const RunId& member : network.members) {
        const Answers answers = ground.ask(member);
        if (answers.classes == 0) {
            return false;
        }
        each.push_back(toTensor(answers));
    }
    return take(network, fromTensor(combined(each, network.ensemble, nullptr)));
}

NetworkFigures networkFigures(const History& history, const Network& network, const TestSet& set)
{
    NetworkFigures figures;
    if (network.members.size() == 1) {
        const RunRow row = history.run(network.members.front()).value();
        figures.run = row.id;
        figures.name = row.name;
        figures.model = row.studentModel;
    } else {
        figures.name = "Ensemble of " + std::to_string(network.members.size());
        for (const RunId& member : network.members) {
            figures.model += (figures.model.empty() ? "" : ", ") + history.run(member).value().studentModel;
        }
    }
    figures.accuracy = accuracy(network.choices, set.labels);
    figures.confidentlyWrong = confidentlyWrong(network.answers, set.labels);
    figures.rareClassAccuracy = rareClassAccuracy(network.choices, set.labels, set.trainingSamples);
    figures.calibration = calibrationOf(network.answers, set.labels);
    return figures;
}

/// "noise 0.1"
std::string labelOf(const std::string& corruption, double strength)
{
    char text[32];
    std::snprintf(text, sizeof text, " %g", strength);
    return corruption + text;
}

/// Accuracy of each network on the same samples, spoilt in the same way.
void measureCorruption(const Ground& ground, const std::vector<std::pair<const Network*, NetworkFigures*>>& networks)
{
    const at::Tensor samples = ground.fewSamples();
    const at::Tensor inputs = ground.dataset().test.inputs.index_select(0, samples);
    const at::Tensor labels = ground.dataset().test.labels.index_select(0, samples);
    const InputShape& shape = ground.dataset().shape;
    std::vector<std::vector<std::unique_ptr<Model>>> models;
    for (const auto& [network, ignored] : networks) {
        auto& members = models.emplace_back();
        for (const RunId& member : network->members) {
            members.push_back(ground.model(member));
            members.back()->freeze({});
        }
    }
    std::vector<std::vector<std::pair<std::string, double>>> found(networks.size());
    const auto measure = [&](const std::string& label, const at::Tensor& shown) {
        for (std::size_t i = 0; i < networks.size(); ++i) {
            std::vector<at::Tensor> each;
            for (const auto& member : models[i]) {
                each.push_back(ground.logitsOn(*member, shown));
                if (!each.back().defined()) {
                    return false;
                }
            }
            const at::Tensor logits = each.size() == 1 ? each.front() : combined(each, networks[i].first->ensemble, nullptr);
            found[i].emplace_back(label, figuresOf(logits, labels).accuracy);
        }
        return true;
    };
    bool whole = measure("clean", inputs);
    for (const Corruption& corruption : corruptionsOf(shape)) {
        for (const double strength : corruption.strengths) {
            whole = whole && measure(labelOf(corruption.name, strength), corrupted(inputs, shape, corruption.name, strength, corruptionSeed));
        }
    }
    for (std::size_t i = 0; whole && i < networks.size(); ++i) {
        networks[i].second->corrupted = std::move(found[i]);
    }
}

void measureSimilarity(const Ground& ground, const Network& teacher, const Network& student, Examination& result)
{
    const auto ofTeacher = ground.model(teacher.members.front()), ofStudent = ground.model(student.members.front());
    const at::Tensor inputs = ground.dataset().test.inputs.index_select(0, ground.fewSamples());
    const TapSimilarities found = similaritiesOf(*ofTeacher, *ofStudent, inputs, ground.normaliser(),
                                                 ground.experiment().evaluation.batchSize, ground.device(), ground.keepGoing());
    for (std::size_t i = 0; i < found.cka.size(); ++i) {
        for (std::size_t j = 0; j < found.right.size(); ++j) {
            result.similarity.push_back({found.left[i], found.right[j], found.cka[i][j]});
        }
    }
}

/// Those that taught, as one; throws InputError where they are not all runs.
Network teachersOf(const RunRow& student, const Experiment& experiment)
{
    Network network;
    network.members = student.teachers;
    network.ensemble = ensembleOf(experiment.teacher);
    const std::string who = "Run " + student.id + " (" + student.name + ")";
    if (network.ensemble.members.empty()) {
        throw InputError(who + " has no teacher, so that there is nothing it could have taken over; name a student");
    }
    if (student.teachers.empty()) {
        throw InputError(who + " learned from a network that is no run (" + experiment.teacher.kind
                         + "), whose answers the history does not hold; distil from a run to examine what was taken over");
    }
    if (student.teachers.size() != network.ensemble.members.size()) {
        throw InputError(who + " learned from " + std::to_string(network.ensemble.members.size()) + " teachers, and only "
                         + std::to_string(student.teachers.size())
                         + " of them are runs; what was taken over can be told where all of them are");
    }
    return network;
}

/// "70.8 %"
std::string percent(double share)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
    return text;
}

std::string points(double share)
{
    char text[32];
    std::snprintf(text, sizeof text, "%+.1f points", 100 * share);
    return text;
}

std::string inWords(const Inheritance& beyondTwin, const std::optional<Inheritance>& beyondAlone)
{
    const auto times = [](double ratio) {
        char text[32];
        std::snprintf(text, sizeof text, "%.1f times", ratio);
        return std::string(text);
    };
    std::string text = "Of the student's errors " + percent(beyondTwin.student.share()) + " are the teacher's too; of the twin's, which learned"
        " nothing from it, " + percent(beyondTwin.twin.share());
    if (beyondAlone) {
        text += "; of the same student's alone " + percent(beyondAlone->twin.share());
    }
    if (beyondTwin.comparable()) {
        return text + ". Beyond the twin: " + points(beyondTwin.share) + ", and " + points(beyondTwin.sameLabel)
            + " of the same wrong label where both err.";
    }
    text += ". The student errs "
        + times(static_cast<double>(beyondTwin.student.studentWrong) / static_cast<double>(std::max<std::int64_t>(1, beyondTwin.twin.studentWrong)))
        + " as often as the twin, so that the two shares do not compare";
    return beyondAlone ? text + "; beyond the student alone: " + points(beyondAlone->share) + ", and " + points(beyondAlone->sameLabel)
            + " of the same wrong label."
                       : text + "; the same student alone (\"student_alone\" in the controls) would.";
}

/// The others that a student is held against, as far as the history has them.
struct Company {
    RunId alone, twin;
    std::string noTwin;
    std::vector<RunRow> siblings;
};

Company companyOf(const History& history, const RunRow& student)
{
    Company company;
    const auto finished = [&](const RunId& id) {
        const auto row = id.empty() ? std::nullopt : history.run(id);
        return row && row->state == RunState::Finished;
    };
    company.alone = finished(student.control) ? student.control : RunId();
    company.twin = finished(student.twin) ? student.twin : RunId();
    const auto teacher = student.teachers.size() == 1 ? history.run(student.teachers.front()) : std::nullopt;
    for (const RunRow& row : history.runs()) {
        if (row.state != RunState::Finished || row.id == student.id) {
            continue;
        }
        if (row.teachers == student.teachers && row.role == RunRole::Student) {
            company.siblings.push_back(row);
        }
        if (company.twin.empty() && teacher && row.id != teacher->id && row.seed != teacher->seed && !row.seedlessHash.empty()
            && row.seedlessHash == teacher->seedlessHash) {
            company.twin = row.id;
        }
    }
    std::stable_partition(company.siblings.begin(), company.siblings.end(), [&](const RunRow& row) {
        return !row.seedlessHash.empty() && row.seedlessHash == student.seedlessHash;
    });
    const std::string why = "Any two networks err on the same hard samples, so that shared errors alone say nothing of inheritance: ";
    if (student.teachers.size() > 1) {
        company.noTwin = why + "it takes a twin of the teacher, and of several teachers there is none.";
    } else if (!student.twin.empty()) {
        const auto twin = history.run(student.twin);
        company.noTwin = why + "it takes the teacher's twin, run " + student.twin + ", which is "
            + (twin ? nameOf(twin->state) : "gone") + ".";
    } else {
        company.noTwin = why + "it takes a twin of the teacher, trained apart from it. Set \"twin\" in the experiment's controls, or run the"
                               " teacher's experiment with another seed.";
    }
    return company;
}

/// Asks a run that may be missing; nothing where it is, or where its answers are no answers to this test set.
std::optional<Network> askedIfThere(const Ground& ground, const RunId& run, const Network& student)
{
    if (run.empty()) {
        return std::nullopt;
    }
    Network network;
    network.members = {run};
    try {
        if (!askAll(ground, network) || network.answers.classes != student.answers.classes
            || network.choices.size() != student.choices.size()) {
            return std::nullopt;
        }
    } catch (const InputError&) {
        return std::nullopt; // its weights are gone
    }
    return network;
}

} // namespace

Examination examine(const History& history, const RunId& id, const ExaminationOptions& options, const std::function<bool()>& keepGoing)
{
    const auto row = history.run(id);
    if (!row) {
        throw InputError("There is no run " + id);
    }
    const Ground ground(history, id, keepGoing);
    Network teacher = teachersOf(*row, ground.experiment());
    Network student;
    student.members = {id};

    Examination result;
    const auto set = testSetOf(history, id);
    if (!askAll(ground, student) || !askAll(ground, teacher)) {
        return result;
    }
    if (teacher.answers.classes != student.answers.classes) {
        throw InputError("The teacher of run " + id + " answers with " + std::to_string(teacher.answers.classes) + " classes and the student with "
                         + std::to_string(student.answers.classes) + ": they cannot be compared");
    }
    result.classNames = set->classes;
    result.student = networkFigures(history, student, *set);
    result.teacher = networkFigures(history, teacher, *set);
    result.agreement = agreement(teacher.choices, student.choices);
    result.divergence = divergence(teacher.answers, student.answers);
    result.sharedErrors = sharedErrors(teacher.choices, student.choices, set->labels);
    result.classes = slicesOf(teacher.choices, student.choices, set->labels, set->labels, static_cast<std::int64_t>(set->classes.size()));

    const Company company = companyOf(history, *row);
    const std::optional<Network> alone = askedIfThere(ground, company.alone, student);
    if (alone) {
        result.alone = networkFigures(history, *alone, *set);
        result.aloneAgreement = agreement(teacher.choices, alone->choices);
        result.aloneDivergence = divergence(teacher.answers, alone->answers);
        result.aloneErrors = sharedErrors(teacher.choices, alone->choices, set->labels);
    }
    const std::optional<Network> twin = askedIfThere(ground, company.twin, student);
    if (twin) {
        result.twin = networkFigures(history, *twin, *set);
        result.twinAgreement = agreement(teacher.choices, twin->choices);
        result.twinDivergence = divergence(teacher.answers, twin->answers);
        result.inheritance = inheritance(teacher.choices, student.choices, twin->choices, set->labels);
        if (alone) {
            result.beyondAlone = inheritance(teacher.choices, student.choices, alone->choices, set->labels);
        }
        result.inherited = inWords(*result.inheritance, result.beyondAlone);
    } else {
        result.noInheritance = company.twin.empty()
            ? company.noTwin
            : "The answers of the teacher's twin, run " + company.twin + ", cannot be had, and shared errors alone say nothing of inheritance.";
    }

    std::vector<Choices> answered{student.choices}, ofThisDocument{student.choices};
    result.siblings = {id};
    for (const RunRow& sibling : company.siblings) {
        if (result.siblings.size() == mostSiblings || !ground.goesOn()) {
            break;
        }
        if (const auto network = askedIfThere(ground, sibling.id, student)) {
            result.siblings.push_back(sibling.id);
            answered.push_back(network->choices);
            if (!sibling.seedlessHash.empty() && sibling.seedlessHash == row->seedlessHash) {
                ofThisDocument.push_back(network->choices);
            }
        }
    }
    result.siblingAgreement = agreementMatrix(answered);
    std::vector<Choices> large{teacher.choices};
    if (twin) {
        large.push_back(twin->choices);
    }
    result.lost = lostExamples(large, ofThisDocument, set->labels);

    if (options.similarity && teacher.members.size() == 1 && ground.goesOn()) {
        onItsOwnThread([&] { measureSimilarity(ground, teacher, student, result); });
    }
    if (options.corruption && ground.goesOn()) {
        std::vector<std::pair<const Network*, NetworkFigures*>> networks{{&student, &result.student}, {&teacher, &result.teacher}};
        if (alone) {
            networks.emplace_back(&*alone, &*result.alone);
        }
        onItsOwnThread([&] { measureCorruption(ground, networks); });
    }
    return result;
}

} // namespace distill
