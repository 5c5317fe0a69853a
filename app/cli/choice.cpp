// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/choice.h"

#include <algorithm>
#include <set>

namespace distill::cli {

std::vector<RunId> chosenRuns(const History& history, const std::vector<std::string>& parts, bool wholeGroups)
{
    std::vector<RunId> chosen;
    const auto choose = [&](const RunId& id) {
        if (!id.empty() && std::find(chosen.begin(), chosen.end(), id) == chosen.end()) {
            chosen.push_back(id);
        }
    };
    const std::vector<RunRow> rows = wholeGroups ? history.runs() : std::vector<RunRow>();
    for (const std::string& part : parts) {
        const RunRow named = history.run(history.resolve(part)).value();
        choose(named.id);
        std::vector<RunRow> members;
        std::copy_if(rows.rbegin(), rows.rend(), std::back_inserter(members), // oldest first: seeds in their order
                     [&](const RunRow& row) { return row.group == named.group && !row.group.empty(); });
        std::set<RunId> teachers;
        for (const RunRow& row : members) {
            teachers.insert(row.teachers.begin(), row.teachers.end());
            teachers.insert(row.twin);
        }
        for (const RunRow& row : members) {
            if (!teachers.contains(row.id) || row.role == RunRole::Student) { // a generation teaches the next
                choose(row.id);
            }
        }
        for (const RunRow& row : members) {
            choose(row.control);
            choose(row.randomTeacher);
        }
    }
    return chosen;
}

} // namespace distill::cli
