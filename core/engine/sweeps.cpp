// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/sweeps.h"

#include "engine/engine.h"
#include "engine/sweep.h"
#include "experiment/series.h"
#include "experiment/sweep.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace distill {

namespace {

using halving::Decision;
using halving::Reading;

std::string percent(double share)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
    return text;
}

bool isGone(RunState state)
{
    return state == RunState::Stopped || state == RunState::Failed || state == RunState::Diverged;
}

} // namespace

struct Sweeps::Group {
    struct Member {
        RunId id;
        std::size_t variant = 0;
        bool live = false;     ///< in this process
        bool gone = false;
        bool finished = false;
        bool free = false;     ///< stopped by the sweep once, resumed by a person
        std::size_t passed = 0;
        std::int64_t step = 0; ///< of its last validation
        std::vector<Reading> readings;
    };
    struct Control {
        RunId id;
        bool live = false;
        std::vector<std::size_t> members; ///< the students that it is for
    };

    SweepSettings sweep;
    MedianSettings median;
    std::size_t variants = 0;
    std::vector<Member> members;
    std::vector<Control> controls;
    std::vector<Decision> decisions;

    bool isHalving() const { return sweep.kind == "halving"; }
    std::size_t rungs() const { return sweep.rungs.size(); }
    Member* member(const RunId& id)
    {
        const auto found = std::find_if(members.begin(), members.end(), [&](const Member& each) { return each.id == id; });
        return found == members.end() ? nullptr : &*found;
    }
    Control* control(const RunId& id)
    {
        const auto found = std::find_if(controls.begin(), controls.end(), [&](const Control& each) { return each.id == id; });
        return found == controls.end() ? nullptr : &*found;
    }
    bool hasReached(const Member& one, std::size_t rung) const
    {
        return one.finished || (!one.readings.empty() && one.readings.back().share >= sweep.rungs[rung]);
    }
    std::size_t targetOf(const Member& one) const { return one.free ? rungs() : decisions[one.variant].rung; }

    /// Trained past a rung: beyond the evaluation that counted there.
    std::size_t passedBy(const Member& one) const
    {
        std::size_t passed = one.passed;
        for (std::size_t rung = passed; rung < rungs(); ++rung) {
            const auto first = std::find_if(one.readings.begin(), one.readings.end(),
                                            [&](const Reading& each) { return each.share >= sweep.rungs[rung]; });
            if (one.finished || (first != one.readings.end() && first + 1 != one.readings.end())) {
                passed = rung + 1;
            }
        }
        return passed;
    }

    std::vector<halving::Standing> standings() const
    {
        std::vector<halving::Standing> all(variants);
        for (std::size_t v = 0; v < variants; ++v) {
            halving::Standing& standing = all[v];
            standing.accuracies.resize(rungs());
            standing.gone = true;
            for (const Member& one : members) {
                if (one.variant == v) {
                    standing.gone = standing.gone && one.gone;
                    standing.passed = std::max(standing.passed, passedBy(one));
                }
            }
            for (std::size_t rung = 0; rung < rungs(); ++rung) {
                double sum = 0;
                int count = 0;
                bool complete = true;
                for (const Member& one : members) {
                    if (one.variant != v) {
                        continue;
                    }
                    const auto at = halving::accuraciesAt(sweep.rungs, one.readings)[rung];
                    // One that finished before a later rung (stopped early by itself) stands there with its last figure.
                    const auto figure = at || !one.finished || one.readings.empty() ? at : std::optional(one.readings.back().accuracy);
                    complete = complete && (figure || one.gone);
                    sum += figure.value_or(0);
                    count += figure.has_value();
                }
                if (complete && count > 0) {
                    standing.accuracies[rung] = sum / count;
                }
            }
        }
        return all;
    }
};

Sweeps::Sweeps(const History& history)
    : m_history(history)
{
}

Sweeps::~Sweeps() = default;

Sweeps::Group* Sweeps::load(const std::string& id)
{
    const auto known = m_groups.find(id);
    if (known != m_groups.end()) {
        return known->second.get();
    }
    std::unique_ptr<Group>& group = m_groups[id];
    const GroupRecord record = m_history.group(id);
    if (record.text.empty()) {
        return nullptr;
    }
    const SweepShape shape = shapeOf(record);
    if (shape.sweep.kind != "halving" && shape.sweep.stopping.kind != "median") {
        return nullptr;
    }
    group = std::make_unique<Group>();
    group->sweep = shape.sweep;
    if (shape.sweep.stopping.kind == "median") {
        readFields(shape.sweep.stopping.parameters, group->median);
    }
    group->variants = shape.variants;
    std::map<RunId, RunRow> rows;
    for (RunRow& row : m_history.runsOfGroup(id)) {
        rows.emplace(row.id, row);
    }
    for (std::size_t i = 0; i < record.students.size(); ++i) {
        Group::Member member;
        member.id = record.students[i];
        member.variant = shape.variantOf(i);
        const RunRow& row = rows[member.id];
        member.gone = isGone(row.state) || row.deleted;
        member.finished = row.state == RunState::Finished;
        if (row.figures.totalSteps > 0) {
            for (const Point& point : m_history.curve(member.id, series::accuracyValidation)) {
                member.readings.push_back({static_cast<double>(point.step) / static_cast<double>(row.figures.totalSteps), point.value});
                member.step = point.step;
            }
        }
        for (const RunId& compared : {row.control, row.twin, row.randomTeacher}) {
            const auto control = rows.find(compared);
            if (control == rows.end() || control->second.role != RunRole::Control) {
                continue; // of another submission, or a model in its own right
            }
            if (!group->control(compared)) {
                group->controls.push_back({compared, false, {}});
            }
            group->control(compared)->members.push_back(i);
        }
        group->members.push_back(std::move(member));
    }
    for (const Group::Member& member : group->members) {
        m_groupOf[member.id] = group.get();
    }
    for (const Group::Control& control : group->controls) {
        m_groupOf[control.id] = group.get();
    }
    group->decisions = group->isHalving() ? halving::decide(group->sweep, group->standings()) : std::vector<Decision>(group->variants);
    return group.get();
}

void Sweeps::enter(const RunRow& row)
{
    const std::lock_guard lock(m_mutex);
    Group* const group = load(row.group);
    if (!group) {
        return;
    }
    if (Group::Member* const member = group->member(row.id)) {
        member->live = true;
        member->free = member->free || isStoppedBySweep(row);
        member->gone = member->free;
    } else if (Group::Control* const control = group->control(row.id)) {
        control->live = true;
    }
}

void Sweeps::leave(const RunId& id, RunState state)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_groupOf.find(id);
    if (found == m_groupOf.end()) {
        return;
    }
    if (Group::Member* const member = found->second->member(id)) {
        member->live = false;
        member->gone = isGone(state) || member->free;
        member->finished = state == RunState::Finished;
    } else if (Group::Control* const control = found->second->control(id)) {
        control->live = false;
    }
}

Sweeps::Gate Sweeps::gate(const RunId& id) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_groupOf.find(id);
    if (found == m_groupOf.end() || !found->second->isHalving()) {
        return {};
    }
    Group& group = *found->second;
    if (const Group::Member* const member = group.member(id)) {
        if (member->free) {
            return {};
        }
        const Decision& decision = group.decisions[member->variant];
        const bool waits = decision.what != Decision::What::Train
            || (decision.rung < group.rungs() && group.hasReached(*member, decision.rung));
        return waits ? Gate{false, "Waits at rung " + std::to_string(decision.rung + 1) + " of " + std::to_string(group.rungs())
                                       + " for the others of its sweep"}
                     : Gate{};
    }
    const Group::Control& control = *group.control(id);
    std::size_t first = group.members[control.members.front()].variant;
    bool shared = false, needed = false;
    for (const std::size_t m : control.members) {
        const Group::Member& member = group.members[m];
        shared = shared || member.variant != first;
        needed = needed || member.finished || group.targetOf(member) >= group.rungs();
    }
    return shared || needed ? Gate{} : Gate{false, "Waits until its student has passed the last rung of its sweep"};
}

Sweeps::Verdict Sweeps::validated(const RunId& id, std::int64_t step, std::int64_t totalSteps, double accuracy)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_groupOf.find(id);
    Group::Member* const member = found == m_groupOf.end() ? nullptr : found->second->member(id);
    if (!member || totalSteps <= 0) {
        return {};
    }
    Group& group = *found->second;
    const double share = static_cast<double>(step) / static_cast<double>(totalSteps);
    std::erase_if(member->readings, [&](const Reading& each) { return each.share >= share; }); // seen before a crash
    member->readings.push_back({share, accuracy});
    member->step = step;
    if (member->free) {
        return {};
    }
    if (group.isHalving()) {
        const std::size_t target = group.targetOf(*member);
        if (target < group.rungs() && share >= group.sweep.rungs[target] && share < 1) {
            return {Verdict::What::Hold, "Waits at rung " + std::to_string(target + 1) + " of " + std::to_string(group.rungs()) + " (step "
                                             + std::to_string(step) + ") for the others of its sweep"};
        }
        return {};
    }
    std::vector<std::vector<Reading>> others;
    for (const Group::Member& other : group.members) {
        if (other.id != id) {
            others.push_back(other.readings);
        }
    }
    if (share >= 1 || !isHopeless(group.median, member->readings, others)) {
        return {};
    }
    const auto best = std::max_element(member->readings.begin(), member->readings.end(),
                                       [](const Reading& a, const Reading& b) { return a.accuracy < b.accuracy; });
    return {Verdict::What::Stop, stoppedBySweep + " at step " + std::to_string(step) + " of " + std::to_string(totalSteps)
                                     + ": its best validation accuracy, " + percent(best->accuracy)
                                     + ", is below the median of the others so far"};
}

std::vector<Sweeps::Ending> Sweeps::settle()
{
    const std::lock_guard lock(m_mutex);
    std::vector<Ending> endings;
    for (auto& [name, group] : m_groups) {
        if (!group || !group->isHalving()) {
            continue;
        }
        group->decisions = halving::decide(group->sweep, group->standings());
        for (Group::Member& member : group->members) {
            const Decision& decision = group->decisions[member.variant];
            if (decision.what == Decision::What::Train) {
                member.passed = std::max(member.passed, decision.rung); // what was let go on is not called back
            }
            if (!member.live || member.free) {
                continue;
            }
            const std::string rung = "rung " + std::to_string(decision.rung + 1) + " of " + std::to_string(group->rungs());
            if (decision.what == Decision::What::Stop) {
                endings.push_back({member.id, RunState::Stopped,
                                   stoppedBySweep + " at " + rung + " (step " + std::to_string(member.step) + "): rank "
                                       + std::to_string(decision.rank) + " of " + std::to_string(decision.among)
                                       + " by validation accuracy, the best " + std::to_string(decision.kept)
                                       + (decision.kept == 1 ? " went on" : " go on")});
                continue;
            }
            const bool waits = decision.rung < group->rungs() && group->hasReached(member, decision.rung);
            int missing = 0;
            bool anyTrains = !waits;
            for (const Group::Member& other : group->members) {
                if (waits && !other.gone && !group->hasReached(other, decision.rung)) {
                    ++missing;
                    anyTrains = anyTrains || other.live;
                }
            }
            if (!anyTrains && missing > 0) {
                endings.push_back({member.id, RunState::Interrupted,
                                   "Waits at " + rung + " for " + std::to_string(missing)
                                       + (missing == 1 ? " run" : " runs") + " of its sweep that " + (missing == 1 ? "does" : "do")
                                       + " not train here; continue the whole sweep"});
            }
        }
        for (const Group::Control& control : group->controls) {
            const bool lost = std::all_of(control.members.begin(), control.members.end(),
                                          [&](std::size_t m) { return group->members[m].gone && !group->members[m].free; });
            if (control.live && lost) {
                endings.push_back({control.id, RunState::Stopped, stoppedBySweep + ": the student that it is compared with was stopped"});
            }
        }
    }
    return endings;
}

} // namespace distill
