// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/engine.h"
#include "models/safetensors.h"

#include <cstdio>
#include <filesystem>
#include <ostream>
#include <sstream>

namespace fs = std::filesystem;

namespace distill {

namespace {

/// "loss/0 kd" -> "loss-0-kd.csv"
std::string fileName(std::string series)
{
    for (char& c : series) {
        c = c == '/' || c == ' ' ? '-' : c;
    }
    return series + ".csv";
}

void writePoints(std::ostream& out, const std::string& series, const std::vector<Point>& points)
{
    char line[160];
    for (const Point& point : points) {
        std::snprintf(line, sizeof line, ",%lld,%.9g,%.6f,%.17g\n", static_cast<long long>(point.step), point.epoch,
                      point.seconds, point.value);
        out << series << line;
    }
}

} // namespace

void writeCurves(const History& history, const RunId& id, const std::vector<std::string>& wanted, std::ostream& out)
{
    const std::vector<std::string> known = history.seriesOf(id);
    for (const std::string& name : wanted) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            std::string names;
            for (const std::string& each : known) {
                names += (names.empty() ? "" : ", ") + each;
            }
            throw InputError("Run " + id + " has no curve \"" + name + "\"; it has " + (names.empty() ? "none yet" : names));
        }
    }
    out << "series,step,epoch,seconds,value\n";
    for (const std::string& name : wanted.empty() ? known : wanted) {
        writePoints(out, name, history.curve(id, name));
    }
}

void exportRun(const History& history, const RunId& id, const std::string& folder)
{
    const RunRow row = history.run(id).value();
    std::error_code error;
    fs::create_directories(fs::path(folder) / "curves", error);
    if (error) {
        throw InputError("The folder " + folder + " cannot be made: " + error.message());
    }
    bool weights = false;
    for (const Artefact& artefact : history.artefacts(id)) {
        if (artefact.kind != "last" && artefact.kind != "best") {
            continue;
        }
        const fs::path target = fs::path(folder) / ("student-" + artefact.kind + ".safetensors");
        fs::copy_file(fs::path(history.workspace()) / artefact.path, target, fs::copy_options::overwrite_existing, error);
        if (error) {
            throw InputError("The weights cannot be copied to " + target.string() + ": " + error.message());
        }
        weights = true;
    }
    if (!weights) {
        throw InputError("Run " + id + " (" + row.name + ") is " + nameOf(row.state) + " and has no final weights to export");
    }
    try {
        writeFileAtomically((fs::path(folder) / "experiment.json").string(), history.experimentText(id));
        writeFileAtomically((fs::path(folder) / "summary.json").string(), row.summary.dump(2) + "\n");
        for (const std::string& series : history.seriesOf(id)) {
            std::ostringstream text;
            text << "series,step,epoch,seconds,value\n";
            writePoints(text, series, history.curve(id, series));
            writeFileAtomically((fs::path(folder) / "curves" / fileName(series)).string(), text.str());
        }
    } catch (const std::runtime_error& failure) {
        throw InputError(failure.what());
    }
}

} // namespace distill
