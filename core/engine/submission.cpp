// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/submission.h"

#include "engine/controls.h"
#include "engine/runner.h"
#include "experiment/sweep.h"
#include "models/model.h"
#include "training/device.h"

#include <chrono>
#include <map>
#include <set>

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
        m_variants = variantsOf(m_schema, document.json());
        for (m_variant = 0; m_variant < m_variants.size(); ++m_variant) {
            const Document own = m_variants.size() == 1 && m_variants[0].values.empty()
                ? document
                : Document::fromJson(m_variants[m_variant].document);
            const Experiment experiment = m_schema.read(own);
            checkMachine(experiment);
            const Teachers teachers = findTeachers(experiment, own);
            if (m_variant == 0) {
                m_result.submission.teachers = teachers.runs;
                m_result.submission.reused = teachers.reused;
            }
            addNew(m_result.submission.teachers, teachers.runs);
            addNew(m_result.submission.reused, teachers.reused);
            expandGenerations(own, experiment, teachers);
        }
        nameControls();
        for (const PlannedRun& planned : m_result.runs) {
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

    static void addNew(std::vector<RunId>& to, const std::vector<RunId>& ids)
    {
        for (const RunId& id : ids) {
            if (std::find(to.begin(), to.end(), id) == to.end()) {
                to.push_back(id);
            }
        }
    }

    /// A control is named by those of the swept values that it has in common with all who share it and not with the others.
    void nameControls()
    {
        for (PlannedRun& planned : m_result.runs) {
            const auto used = m_controlUses.find(planned.row.id);
            if (used == m_controlUses.end()) {
                continue;
            }
            const auto& values = m_variants[*used->second.variants.begin()].values;
            std::string variant;
            for (std::size_t f = 0; f < values.size(); ++f) {
                const auto same = [&](std::size_t other) { return m_variants[other].values[f].value == values[f].value; };
                std::size_t all = 0;
                while (all < m_variants.size() && same(all)) {
                    ++all;
                }
                if (all < m_variants.size() && std::all_of(used->second.variants.begin(), used->second.variants.end(), same)) {
                    variant += ", " + values[f].label + " " + values[f].shown;
                }
            }
            planned.row.name = used->second.head + variant + used->second.tail;
        }
    }

    void expandGenerations(const Document& document, const Experiment& experiment, const Teachers& teachers)
    {
        const std::string& variantName = m_variants[m_variant].name;
        const std::string variant = variantName.empty() ? "" : ", " + variantName;
        const std::vector<std::int64_t> seeds = experiment.seeds.empty() ? std::vector{experiment.seed} : experiment.seeds;
        std::vector<Teachers> ofSeed(seeds.size(), teachers);
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
                const Names names{experiment.name + variant + which + seedText(drawn), experiment.name + ", alone", seedText(seeds[i])};
                const RunId student = addStudent(own, experiment, names, ofSeed[i]);
                ofSeed[i] = {{student}, {}, modelLabel(experiment.student.model), {}};
            }
        }
    }

    struct Names {
        std::string student;
        std::string control, seed; ///< what comes between is for nameControls() to say
    };
    RunId addStudent(const Document& own, const Experiment& experiment, const Names& names, const Teachers& teachers)
    {
        RunRow student = row(own, RunRole::Student, names.student, teachers);
        if (experiment.teacher.kind == "none") {
            student.role = RunRole::Teacher;
        }
        const std::size_t place = m_result.runs.size();
        if (experiment.controls.studentAlone && experiment.teacher.kind != "none") {
            student.control = controlOf(own, experiment, names, teachers);
        }
        if (experiment.controls.randomTeacher) {
            const Names random{{}, experiment.name + ", random teacher", names.seed};
            student.randomTeacher = findOrAdd(randomTeacherDocument(own, experiment, m_history), random, {{}, {}, "random " + teachers.model, {}});
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
    RunId controlOf(const Document& own, const Experiment& experiment, const Names& names, const Teachers& teachers)
    {
        if (experiment.generations == 1) {
            return addControl(aloneDocument(own, experiment, m_history), names, teachers);
        }
        RunId& known = m_controls[{m_variant, names.seed}];
        if (known.empty()) {
            known = addControl(aloneDocument(own, experiment, m_history), names, teachers);
        }
        return known;
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
        for (const PlannedRun& planned : m_result.runs) {
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

    RunId addControl(const Document& document, const Names& names, const Teachers& teachers)
    {
        const RunId found = findOrAdd(document, names, teachers);
        addNew(m_result.submission.controls, {found});
        return found;
    }

    /// One for all students of a teacher.
    RunId twinOf(const Document& own, const Experiment& experiment)
    {
        const Document twin = twinDocument(own, experiment, m_history);
        const Experiment described = m_schema.read(twin);
        return findOrAdd(twin, {{}, described.name + ", twin", {}}, findTeachers(described, twin));
    }

    /// A control of the same content that is finished already serves again: changing the temperature changes no baseline.
    RunId findOrAdd(const Document& document, const Names& names, const Teachers& teachers)
    {
        const std::string hash = m_schema.contentHash(document.json());
        auto found = finishedRunOf(m_history, hash);
        for (const PlannedRun& planned : m_result.runs) {
            if (planned.row.contentHash == hash) {
                found = planned.row.id; // a sweep over something the student alone does not have
            }
        }
        if (!found) {
            found = m_live(hash);
        }
        if (!found) {
            const RunRow control = row(document, RunRole::Control, names.control, teachers);
            add(control, document);
            found = control.id;
            m_controlUses[*found] = {names.control, names.seed, {}};
        }
        if (const auto own = m_controlUses.find(*found); own != m_controlUses.end()) {
            own->second.variants.insert(m_variant);
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
    std::vector<Variant> m_variants;
    std::size_t m_variant = 0; ///< the one that is being expanded
    std::map<std::pair<std::size_t, std::string>, RunId> m_controls; ///< by variant and seed
    struct ControlUse {
        std::string head, tail; ///< of its name
        std::set<std::size_t> variants;
    };
    std::map<RunId, ControlUse> m_controlUses; ///< of the new ones
};

} // namespace

Expansion expand(const Document& document, const Schema& schema, const History& history, const LiveByContent& liveByContent)
{
    return Expander(schema, history, liveByContent).expand(document);
}

} // namespace distill
