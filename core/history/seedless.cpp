// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/seedless.h"

#include "experiment/schema.h"

namespace distill {

namespace {

void forgetWhatDoesNotCount(nlohmann::json& document)
{
    for (const char* key : {"name", "notes", "tags", "seed", "seeds", "sweep", "generations", "controls"}) {
        document.erase(key);
    }
    if (const auto compute = document.find("compute"); compute != document.end() && compute->is_object()) {
        compute->erase("device");
        compute->erase("threads");
    }
}

void nameTeachersByTheirHashes(Connection& connection, nlohmann::json& teacher)
{
    if (!teacher.is_object()) {
        return;
    }
    if (const auto run = teacher.find("run"); run != teacher.end() && run->is_string()) {
        Statement select(connection, "SELECT seedless_hash FROM runs WHERE id = ?");
        if (select.bind(run->get<std::string>()).step() && !select.text(0).empty()) {
            *run = select.text(0);
        }
    }
    if (const auto members = teacher.find("members"); members != teacher.end() && members->is_array()) {
        for (nlohmann::json& member : *members) {
            nameTeachersByTheirHashes(connection, member);
        }
    }
}

} // namespace

std::string seedlessHash(Connection& connection, const std::string& experimentText)
{
    nlohmann::json document = nlohmann::json::parse(experimentText, nullptr, false); // its keys are sorted
    if (!document.is_object()) {
        return sha256(experimentText).substr(0, 32);
    }
    forgetWhatDoesNotCount(document);
    if (const auto teacher = document.find("teacher"); teacher != document.end()) {
        nameTeachersByTheirHashes(connection, *teacher);
    }
    return sha256(document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)).substr(0, 32);
}

} // namespace distill
