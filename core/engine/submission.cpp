// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/submission.h"

#include "data/split.h"
#include "engine/device.h"
#include "engine/runner.h"
#include "models/model.h"
#include "objectives/objective.h"
#include "training/stage.h"

#include <chrono>

namespace distill {

namespace {

using LiveByContent = std::function<std::optional<RunId>(const std::string&)>;

double now()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class Expander {
public:
    Expander(const Schema& schema, const History& history, const LiveByContent& live)
        : m_schema(schema), m_history(history), m_live(live)
    {
        m_result.submission.group = newRunId();
    }

    Expansion expand(const Document& document)
    {
        const Experiment experiment = m_schema.read(document);
        checkMachine(experiment);
        const Teacher teacher = findTeacher(experiment, document);
        m_result.submission.teacher = teacher.run;
        m_result.submission.teacherReused = !teacher.run.empty() && !teacher.isNew;

        if (experiment.sweep.field.empty()) {
            expandSeeds(document, experiment, {}, teacher);
        }
        for (const double value : experiment.sweep.values) {
            const std::string& field = experiment.sweep.field;
            Document resolved = Document::fromJson(m_schema.resolve(document.json()));
            const std::string suffix = ", " + field.substr(field.rfind('/') + 1) + " " + Json(value).dump();
            expandSeeds(resolved.with(field, value).with("/sweep/field", "").with("/sweep/values", Json::array()), experiment,
                        suffix, teacher);
        }
        for (const Expansion::Planned& planned : m_result.runs) {
            m_result.submission.runs.push_back(planned.row.id);
        }
        return std::move(m_result);
    }

private:
    struct Teacher {
        RunId run;
        std::string model;
        bool isNew = false;
    };

    void expandSeeds(const Document& document, const Experiment& experiment, const std::string& variant, const Teacher& teacher)
    {
        const bool several = experiment.seeds.size() > 1;
        const std::vector<std::int64_t> seeds = experiment.seeds.empty() ? std::vector{experiment.seed} : experiment.seeds;
        for (const std::int64_t seed : seeds) {
            Document own = document;
            if (!experiment.seeds.empty()) {
                own = own.without("/seeds").with("/seed", seed);
            }
            if (experiment.teacher.kind == "run") {
                own = own.with("/teacher/run", teacher.run);
            }
            const std::string ofSeed = several ? " (seed " + std::to_string(seed) + ")" : "";
            RunRow student = row(own, RunRole::Student, experiment.name + variant + ofSeed, teacher);
            if (experiment.teacher.kind == "none") {
                student.role = RunRole::Teacher;
            }
            if (experiment.controls.studentAlone && experiment.teacher.kind != "none") {
                // What changes the objective alone leaves the student alone as it is.
                const bool same = experiment.sweep.field.find("/objective/") != std::string::npos;
                const std::string name = experiment.name + ", alone" + (same ? "" : variant) + ofSeed;
                const std::size_t place = m_result.runs.size();
                student.control = addControl(aloneDocument(own, experiment), name, teacher);
                m_result.runs.insert(m_result.runs.begin() + static_cast<std::ptrdiff_t>(place), {student, own.text()});
            } else {
                add(student, own);
            }
            m_result.submission.students.push_back(student.id);
        }
    }

    void checkMachine(const Experiment& experiment) const
    {
        deviceFrom(experiment.compute.device);
        if (experiment.compute.threads > availableCores()) {
            throw InputError("/compute/threads: " + std::to_string(experiment.compute.threads) + " were asked for and this"
                             " machine has " + std::to_string(availableCores()) + " cores; 0 lets the engine choose");
        }
    }

    Teacher findTeacher(const Experiment& experiment, const Document& document)
    {
        const Json& parameters = experiment.teacher.parameters;
        if (experiment.teacher.kind == "run") {
            const RunId id = m_history.resolve(parameters.at("run").get<std::string>());
            const RunRow found = *m_history.run(id);
            if (found.state != RunState::Finished && !isLive(found.state) && !canResume(found.state)) {
                throw InputError("/teacher/run: run " + id + " is " + nameOf(found.state) + " and has no weights to teach with");
            }
            if (found.state != RunState::Finished && !isLive(found.state)) {
                throw InputError("/teacher/run: run " + id + " (" + found.name + ") is " + nameOf(found.state)
                                 + "; resume it until it is finished, or name another");
            }
            return {id, found.studentModel, false};
        }
        if (experiment.teacher.kind == "weights") {
            const Json& model = parameters.at("model");
            Selection selection{model.at("kind").get<std::string>(), model};
            return {{}, modelLabel(selection), false};
        }
        if (experiment.teacher.kind != "experiment") {
            return {};
        }
        const Document inner = Document::fromJson(document.json().at("teacher").at("experiment"));
        const Experiment described = m_schema.read(inner);
        if (described.seeds.size() > 1) {
            throw InputError("/teacher/experiment/seeds: a teacher is one run; give it one seed");
        }
        checkMachine(described);
        const std::string hash = m_schema.contentHash(inner.json());
        const std::string label = modelLabel(described.student.model);
        if (const auto finished = finishedRunOf(m_history, hash)) {
            return {*finished, label, false};
        }
        if (const auto live = m_live(hash)) {
            return {*live, label, false};
        }
        const Teacher above = findTeacher(described, inner);
        RunRow teacher = row(inner, RunRole::Teacher, described.name, above);
        add(teacher, inner);
        return {teacher.id, label, true};
    }

    RunRow row(const Document& document, RunRole role, const std::string& name, const Teacher& teacher) const
    {
        const Experiment experiment = m_schema.read(document);
        RunRow made;
        made.id = newRunId();
        made.group = m_result.submission.group;
        made.role = role;
        made.name = name;
        made.notes = experiment.notes;
        made.tags = experiment.tags;
        made.seed = experiment.seed;
        made.contentHash = m_schema.contentHash(document.json());
        made.studentModel = modelLabel(experiment.student.model);
        made.teacherModel = teacher.model;
        if (!teacher.run.empty()) {
            made.teachers = {teacher.run};
        }
        made.createdAt = now();
        return made;
    }

    /// The same student on the same labels for the same number of steps, learning from the labels alone. The teacher stays in
    /// the document: it is asked for agreement, and no gradient comes from it.
    Document aloneDocument(const Document& document, const Experiment& experiment) const
    {
        Document alone = Document::fromJson(m_schema.resolve(document.json()))
                             .with("/data/transfer/samples", "labelled")
                             .with("/data/transfer/labels", true)
                             .with("/controls/student_alone", false);
        const TransferSettings& transfer = experiment.data.transfer;
        const bool otherSamples = transfer.samples != "labelled" && experiment.data.labelled > 0;
        std::int64_t transferSamples = 0;
        if (otherSamples) {
            const auto dataset = loadDataset(experiment.data.dataset, m_history.workspace());
            transferSamples = makeSplit(*dataset, experiment.data, 0).transfer.size(0);
        }
        for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
            const StageSettings& stage = experiment.stages[i];
            const std::string pointer = "/stages/" + std::to_string(i);
            Json crossEntropy = {{"kind", "cross_entropy"}};
            for (const TermSettings& term : stage.objective) {
                if (term.objective.kind == "cross_entropy") {
                    crossEntropy.update(term.objective.parameters);
                }
            }
            alone = alone.with(pointer + "/objective", Json::array({crossEntropy}));
            if (stage.optimiser.kind == "dot") { // without a teacher's loss only its plain form is left
                DotSettings dot;
                readFields(stage.optimiser.parameters, dot);
                alone = alone.with(pointer + "/optimiser", {{"kind", "sgd"}, {"momentum", dot.momentum}});
            }
            if (otherSamples) {
                alone = alone.with(pointer + "/steps", Stage::totalSteps(stage, transferSamples));
            }
        }
        return alone;
    }

    /// A control of the same content that is finished already serves again: changing the temperature changes no baseline.
    RunId addControl(const Document& document, const std::string& name, const Teacher& teacher)
    {
        const std::string hash = m_schema.contentHash(document.json());
        auto found = finishedRunOf(m_history, hash);
        for (const Expansion::Planned& planned : m_result.runs) {
            if (planned.row.contentHash == hash) {
                found = planned.row.id; // a sweep over something the student alone does not have
            }
        }
        if (!found) {
            found = m_live(hash);
        }
        if (!found) {
            const RunRow control = row(document, RunRole::Control, name, teacher);
            add(control, document);
            found = control.id;
        }
        m_result.submission.controls.push_back(*found);
        return *found;
    }

    void add(const RunRow& row, const Document& document)
    {
        m_result.runs.push_back({row, document.text()});
    }

    const Schema& m_schema;
    const History& m_history;
    const LiveByContent& m_live;
    Expansion m_result;
};

} // namespace

Expansion expand(const Document& document, const Schema& schema, const History& history, const LiveByContent& liveByContent)
{
    return Expander(schema, history, liveByContent).expand(document);
}

} // namespace distill
