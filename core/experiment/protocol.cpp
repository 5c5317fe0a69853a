// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/protocol.h"

#include <algorithm>

namespace distill {

std::vector<Edit> fairProtocol(const Schema& schema, const Document& document, int seeds)
{
    if (!schema.check(document).empty()) {
        return {};
    }
    const Experiment experiment = schema.read(document);
    if (experiment.teacher.kind == "none") {
        return {};
    }
    std::vector<Edit> edits;
    Document changed = document;
    const auto add = [&](const std::string& pointer, const Json& value) {
        const Document tried = schema.with(changed, pointer, value);
        if (schema.check(tried).empty()) { // a rule says where there can be no such control
            changed = tried;
            edits.push_back({pointer, value});
        }
    };
    const ControlSettings& controls = experiment.controls;
    for (const auto& [key, there] : {std::pair("student_alone", controls.studentAlone), std::pair("twin", controls.twin),
                                     std::pair("random_teacher", controls.randomTeacher)}) {
        if (!there) {
            add(std::string("/controls/") + key, true);
        }
    }
    std::vector<std::int64_t> all = experiment.seeds.empty() ? std::vector{experiment.seed} : experiment.seeds;
    const std::size_t before = all.size();
    while (all.size() < static_cast<std::size_t>(std::max(0, seeds))) {
        all.push_back(*std::max_element(all.begin(), all.end()) + 1);
    }
    if (all.size() > before) {
        add("/seeds", all);
    }
    return edits;
}

} // namespace distill
