// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/family.h"

#include "ui/runs/runmodel.h"

namespace distill::ui {

namespace {

constexpr int largestShown = 8; // curves that can still be told apart

} // namespace

QSet<RunId> familyOf(const RunId& run, const RunModel& runs)
{
    QSet<RunId> family;
    const int index = runs.indexOf(run);
    if (index < 0) {
        return family;
    }
    const RunRow& own = runs.row(index);
    int members = 0;
    for (int i = 0; i < runs.rowCount(); ++i) {
        members += runs.row(i).group == own.group ? 1 : 0;
    }
    for (int i = 0; i < runs.rowCount(); ++i) {
        const RunRow& row = runs.row(i);
        if (row.group != own.group
            || (members > largestShown && row.seed != own.seed && row.role != RunRole::Teacher)) {
            continue;
        }
        family.insert(row.id);
        std::vector<RunId> relatives = row.teachers;
        relatives.insert(relatives.end(), {row.control, row.randomTeacher});
        for (const RunId& relative : relatives) {
            if (runs.indexOf(relative) >= 0) {
                family.insert(relative);
            }
        }
    }
    return family;
}

} // namespace distill::ui
