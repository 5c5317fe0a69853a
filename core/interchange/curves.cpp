// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/curves.h"

#include "experiment/error.h"
#include "interchange/csvtext.h"
#include "interchange/eventfile.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <set>

namespace fs = std::filesystem;

namespace distill {

namespace {

/// Throws for a wanted series that no run has.
void checkNames(const History& history, const std::vector<RunId>& runs, const std::vector<std::string>& wanted)
{
    std::set<std::string> known;
    for (const RunId& run : runs) {
        for (const std::string& name : history.seriesOf(run)) {
            known.insert(name);
        }
    }
    for (const std::string& name : wanted) {
        if (!known.contains(name)) {
            std::string names;
            for (const std::string& each : known) {
                names += (names.empty() ? "" : ", ") + each;
            }
            throw InputError((runs.size() == 1 ? "Run " + runs.front() + " has no curve \"" : "None of the runs has a curve \"") + name
                             + "\"; there are " + (names.empty() ? "none yet" : names));
        }
    }
}

/// The document's plain values by their place, for a table: {"/student/model/kind": "mlp", ...}
Json settingsOf(const std::string& document)
{
    const Json json = Json::parse(document, nullptr, false);
    Json settings = Json::object();
    if (json.is_object()) {
        const Json places = json.flatten();
        for (const auto& [place, value] : places.items()) {
            if (value.is_primitive() && !value.is_null() && place != "/notes" && place != "/name") {
                settings[place.substr(1)] = value;
            }
        }
    }
    return settings;
}

} // namespace

void writeCurves(const History& history, const std::vector<RunId>& runs, const std::vector<std::string>& wanted, std::ostream& out)
{
    checkNames(history, runs, wanted);
    const bool several = runs.size() > 1;
    out << (several ? "run,name," : "") << "series,step,epoch,seconds,value\n";
    std::string text;
    for (const RunId& run : runs) {
        const std::string who = several ? run + ',' + csvQuoted(history.run(run).value().name) + ',' : std::string();
        for (const std::string& series : history.seriesOf(run)) {
            if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), series) == wanted.end()) {
                continue;
            }
            const std::string head = who + csvQuoted(series) + ',';
            for (const Point& point : history.curve(run, series)) {
                text += head;
                text += std::to_string(point.step);
                for (const double number : {point.epoch, point.seconds, point.value}) {
                    text += ',';
                    addCsvNumber(text, number);
                }
                text += '\n';
                if (text.size() > 1 << 16) {
                    out << text;
                    text.clear();
                }
            }
        }
    }
    out << text;
}

void writeCurvesFile(const History& history, const std::vector<RunId>& runs, const std::string& file)
{
    const std::string part = file + ".part";
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    if (out) {
        writeCurves(history, runs, {}, out);
        out.close();
    }
    std::error_code error(out ? 0 : errno, std::generic_category());
    if (!error) {
        fs::rename(part, file, error);
    }
    if (error) {
        std::error_code ignored;
        fs::remove(part, ignored);
        throw InputError("The curves cannot be written to " + file + ": " + error.message() + ".");
    }
}

std::string folderNameOf(const RunRow& run)
{
    std::string name;
    for (const char c : run.name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = std::isalnum(byte) || byte >= 128 || c == '.' || c == '_';
        if (plain) {
            name += c;
        } else if (!name.empty() && name.back() != '-') {
            name += '-';
        }
    }
    std::size_t length = std::min<std::size_t>(name.size(), 48);
    while (length < name.size() && length > 0 && (static_cast<unsigned char>(name[length]) & 0xC0) == 0x80) {
        --length; // not inside a character
    }
    name.resize(length);
    while (!name.empty() && (name.back() == '-' || name.front() == '.')) {
        name.back() == '-' ? name.pop_back() : static_cast<void>(name.erase(0, 1));
    }
    return (name.empty() ? "run" : name) + '-' + run.id.substr(run.id.size() - std::min<std::size_t>(6, run.id.size()));
}

std::vector<std::string> exportTensorBoard(const History& history, const std::vector<RunId>& runs, const std::string& folder)
{
    std::vector<std::string> folders;
    for (const RunId& id : runs) {
        const RunRow run = history.run(id).value();
        const std::vector<std::string> names = history.seriesOf(id);
        if (names.empty()) {
            throw InputError("Run " + id + " (" + run.name + ") is " + nameOf(run.state) + " and has no curves yet.");
        }
        const fs::path target = fs::path(folder) / folderNameOf(run);
        std::error_code error;
        fs::create_directories(target, error);
        if (error) {
            throw InputError("The folder " + target.string() + " cannot be made: " + error.message() + ".");
        }
        const double start = run.startedAt > 0 ? run.startedAt : run.createdAt;
        const std::string file = "events.out.tfevents." + std::to_string(static_cast<std::int64_t>(start)) + '.' + id;
        EventFileWriter writer((target / file).string(), start);
        writer.hyperparameters(settingsOf(history.experimentText(id)), start, run.endedAt > 0 ? run.endedAt : start,
                               run.state == RunState::Finished);
        for (const std::string& name : names) {
            for (const Point& point : history.curve(id, name)) {
                writer.scalar(name, point.step, start + point.seconds, point.value);
            }
        }
        writer.commit();
        folders.push_back(target.string());
    }
    return folders;
}

} // namespace distill
