// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/submission.h"

#include "engine/controls.h"
#include "engine/runner.h"
#include "models/model.h"
#include "training/device.h"

#include <chrono>
#include <map>

namespace distill {

namespace {

using LiveByContent = std::function<std::optional<RunId>(const std::string&)>;

double now()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

constexpr std::int64_t seedsApart = 1000; // of one generation and the next

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
        const Teachers teachers = findTeachers(experiment, document);
        m_result.submission.teachers = teachers.runs;
        m_result.submission.reused = teachers.reused;

        if (experiment.sweep.field.empty()) {
            expandGenerations(document, experiment, {}, teachers);
        }
        for (const double value : experiment.sweep.values) {
            const std::string& field = experiment.sweep.field;
            Document resolved = Document::fromJson(m_schema.resolve(document.json()));
            const std::string suffix = ", " + field.substr(field.rfind('/') + 1) + " " + Json(value).dump();
            expandGenerations(resolved.with(field, value).with("/sweep/field", "").with("/sweep/values", Json::array()), experiment,
                              suffix, teachers);
        }
        for (const Expansion::Planned& planned : m_result.runs) {
            m_result.submission.runs.push_back(planned.row.id);
        }
        return std::move(m_result);
    }

private:
    struct Teachers {
        std::vector<RunId> runs; ///< in the order of the document; not those that are no runs
        std::vector<RunId> reused;
        std::string model; ///< for the table
        std::vector<std::pair<std::string, RunId>> named; ///< where the document names a run, perhaps by a part of its id
    };

    void expandGenerations(const Document& document, const Experiment& experiment, const std::string& variant, const Teachers& teachers)
    {
        const std::vector<std::int64_t> seeds = experiment.seeds.empty() ? std::vector{experiment.seed} : experiment.seeds;
        std::vector<Teachers> ofSeed(seeds.size(), teachers);
        // What changes the objective alone leaves the student alone as it is; so does another generation of it.
        const bool changesObjective = experiment.sweep.field.find("/objective/") != std::string::npos;
        for (std::int64_t generation = 1; generation <= experiment.generations; ++generation) {
            const std::string which = experiment.generations > 1 ? ", generation " + std::to_string(generation) : "";
            for (std::size_t i = 0; i < seeds.size(); ++i) {
                Document own = document;
                // A generation draws its weights and its order anew, or it would begin where its teacher began.
                const std::int64_t drawn = seeds[i] + (generation - 1) * seedsApart;
                if (!experiment.seeds.empty()) {
                    own = own.without("/seeds");
                }
                if (!experiment.seeds.empty() || generation > 1) {
                    own = own.with("/seed", drawn);
                }
                if (experiment.generations > 1) {
                    own = own.with("/generations", 1);
                }
                if (generation > 1) {
                    own = own.with("/teacher", {{"kind", "run"}, {"run", ofSeed[i].runs.front()}});
                }
                for (const auto& [pointer, run] : ofSeed[i].named) {
                    own = own.with(pointer, run);
                }
                const auto seedText = [&](std::int64_t seed) {
                    return seeds.size() > 1 ? " (seed " + std::to_string(seed) + ")" : std::string();
                };
                const Names names{experiment.name + variant + which + seedText(drawn),
                                  experiment.name + ", alone" + (changesObjective ? "" : variant) + seedText(seeds[i])};
                const RunId student = addStudent(own, experiment, names, ofSeed[i]);
                ofSeed[i] = {{student}, {}, modelLabel(experiment.student.model), {}};
            }
        }
    }

    struct Names {
        std::string student, control;
    };
    RunId addStudent(const Document& own, const Experiment& experiment, const Names& names, const Teachers& teachers)
    {
        RunRow student = row(own, RunRole::Student, names.student, teachers);
        if (experiment.teacher.kind == "none") {
            student.role = RunRole::Teacher;
        }
        const std::size_t place = m_result.runs.size();
        if (experiment.controls.studentAlone && experiment.teacher.kind != "none") {
            student.control = controlOf(own, experiment, names.control, teachers);
        }
        if (experiment.controls.randomTeacher) {
            student.randomTeacher = findOrAdd(randomTeacherDocument(own, experiment, m_history), names.student + ", random teacher",
                                              {{}, {}, "random " + teachers.model, {}});
        }
        m_result.runs.insert(m_result.runs.begin() + static_cast<std::ptrdiff_t>(place), {student, own.text()});
        if (experiment.controls.twin) {
            student.twin = twinOf(own, experiment);
            m_result.runs[place].row.twin = student.twin;
        }
        m_result.submission.students.push_back(student.id);
        return student.id;
    }

    /// Each seed has one control, whatever the generation: the student alone learned from no teacher.
    RunId controlOf(const Document& own, const Experiment& experiment, const std::string& name, const Teachers& teachers)
    {
        if (experiment.generations == 1) {
            return addControl(aloneDocument(own, experiment, m_history), name, teachers);
        }
        const auto known = m_controls.find(name);
        return known != m_controls.end() ? known->second
                                         : m_controls[name] = addControl(aloneDocument(own, experiment, m_history), name, teachers);
    }

    void checkMachine(const Experiment& experiment) const
    {
        deviceFrom(experiment.compute.device);
        if (experiment.compute.threads > availableCores()) {
            throw InputError("/compute/threads: " + std::to_string(experiment.compute.threads) + " were asked for and this"
                             " machine has " + std::to_string(availableCores()) + " cores; 0 lets the engine choose");
        }
    }

    Teachers findTeachers(const Experiment& experiment, const Document& document)
    {
        const bool several = experiment.teacher.kind == "ensemble";
        const std::vector<TeacherMember> members = ensembleOf(experiment.teacher).members;
        Teachers all;
        std::vector<std::string> models;
        for (std::size_t i = 0; i < members.size(); ++i) {
            const std::string pointer = several ? "/teacher/members/" + std::to_string(i) : "/teacher";
            models.push_back(addTeacher(members[i].teacher, document, pointer, all));
        }
        for (const Selection& peer : peersOf(experiment.teacher)) {
            models.push_back(modelLabel(peer));
        }
        for (std::size_t i = 0; i < models.size(); ++i) {
            all.model += (i == 0 ? "" : " + ") + models[i];
        }
        if (!peersOf(experiment.teacher).empty()) {
            all.model = "peers " + all.model;
        }
        return all;
    }

    /// One network that teaches; returns what it is called in the table.
    std::string addTeacher(const Selection& teacher, const Document& document, const std::string& pointer, Teachers& all)
    {
        const Json& parameters = teacher.parameters;
        if (teacher.kind == "run") {
            const RunId id = resolveTeacher(m_history, parameters.at("run").get<std::string>(), pointer + "/run");
            all.runs.push_back(id);
            all.reused.push_back(id);
            all.named.emplace_back(pointer + "/run", id);
            return m_history.run(id)->studentModel;
        }
        if (teacher.kind != "experiment") {
            const Json& model = parameters.at("model");
            const std::string label = modelLabel({model.at("kind").get<std::string>(), model});
            return teacher.kind == "random" ? "random " + label : label;
        }
        const Document inner = Document::fromJson(document.json().at(Json::json_pointer(pointer + "/experiment")));
        const Experiment described = m_schema.read(inner);
        if (described.seeds.size() > 1) {
            throw InputError(pointer + "/experiment/seeds: a teacher is one run; give it one seed");
        }
        checkMachine(described);
        const std::string hash = m_schema.contentHash(inner.json());
        const std::string label = modelLabel(described.student.model);
        std::optional<RunId> there = finishedRunOf(m_history, hash);
        there = there ? there : m_live(hash);
        for (const Expansion::Planned& planned : m_result.runs) {
            if (!there && planned.row.contentHash == hash) { // another member's
                all.runs.push_back(planned.row.id);
                return label;
            }
        }
        if (there) {
            all.runs.push_back(*there);
            all.reused.push_back(*there);
            return label;
        }
        const RunRow made = row(inner, RunRole::Teacher, described.name, findTeachers(described, inner));
        add(made, inner);
        all.runs.push_back(made.id);
        return label;
    }

    RunRow row(const Document& document, RunRole role, const std::string& name, const Teachers& teachers) const
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
        made.teacherModel = teachers.model;
        made.teachers = teachers.runs;
        made.createdAt = now();
        return made;
    }

    RunId addControl(const Document& document, const std::string& name, const Teachers& teachers)
    {
        m_result.submission.controls.push_back(findOrAdd(document, name, teachers));
        return m_result.submission.controls.back();
    }

    /// One for all students of a teacher.
    RunId twinOf(const Document& own, const Experiment& experiment)
    {
        const Document twin = twinDocument(own, experiment, m_history);
        const Experiment described = m_schema.read(twin);
        return findOrAdd(twin, described.name + ", twin", findTeachers(described, twin));
    }

    /// A control of the same content that is finished already serves again: changing the temperature changes no baseline.
    RunId findOrAdd(const Document& document, const std::string& name, const Teachers& teachers)
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
            const RunRow control = row(document, RunRole::Control, name, teachers);
            add(control, document);
            found = control.id;
        }
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
    std::map<std::string, RunId> m_controls; ///< by name
};

} // namespace

Expansion expand(const Document& document, const Schema& schema, const History& history, const LiveByContent& liveByContent)
{
    return Expander(schema, history, liveByContent).expand(document);
}

} // namespace distill
