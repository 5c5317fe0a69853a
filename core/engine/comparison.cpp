// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/comparisonparts.h"

#include "engine/engine.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace distill {

namespace comparison {

Comparison::Run runOf(const History& history, const RunId& id)
{
    auto row = history.run(id);
    if (!row) {
        throw InputError("There is no run " + id + " to compare.");
    }
    Json document = Document::parse(history.experimentText(id)).json();
    try {
        document = schema().resolve(document);
    } catch (const InputError&) {
        // Of another version of the program, or read from another program's files.
    }
    return {std::move(*row), std::move(document)};
}

std::string nameWithoutSeed(const RunRow& row)
{
    const std::string seed = " (seed " + std::to_string(row.seed) + ")";
    return row.name.ends_with(seed) ? row.name.substr(0, row.name.size() - seed.size()) : row.name;
}

std::string contentWithoutSeed(const History& history, const RunRow& row, const Json& document)
{
    Json content = document;
    content["seed"] = 1;
    content["seeds"] = Json::array();
    // Students of each seed's own teacher belong together, those of later generations too.
    const auto nameTeacher = [&](Json& teacher) {
        if (teacher.is_object() && teacher.contains("run") && teacher["run"].is_string()) {
            if (const auto known = history.run(teacher["run"].get<std::string>())) {
                teacher["run"] = contentWithoutSeed(history, *known, runOf(history, known->id).document);
            }
        }
    };
    if (content.contains("teacher") && content["teacher"].is_object()) {
        Json& teacher = content["teacher"];
        nameTeacher(teacher);
        if (teacher.contains("members") && teacher["members"].is_array()) {
            std::for_each(teacher["members"].begin(), teacher["members"].end(), nameTeacher);
        }
    }
    try {
        return schema().contentHash(content);
    } catch (const InputError&) {
        return row.id; // what cannot be read may differ in anything
    }
}

} // namespace comparison

namespace {

using namespace comparison;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

void addDeltas(Comparison& comparison)
{
    for (ComparedFigure& figure : comparison.figures) {
        for (const double value : figure.values) {
            figure.deltas.push_back(value - figure.values[*comparison.baseline]);
        }
    }
}

/// Fields that tell groups of one name apart, in the words of the first of their values: "Temperature 2".
void tellApart(const Comparison& comparison, const std::vector<ComparedGroup*>& alike)
{
    constexpr std::size_t most = 3;
    std::vector<std::string> added(alike.size());
    std::size_t told = 0;
    for (const ComparedField& field : comparison.fields) {
        const auto valueOf = [&](std::size_t i) { return field.values[alike[i]->runs.front()]; };
        bool differs = false;
        for (std::size_t i = 1; i < alike.size(); ++i) {
            differs = differs || valueOf(i) != valueOf(0);
        }
        if (!field.differs || !differs || field.pointer == "/seed" || told == most) {
            continue;
        }
        ++told;
        for (std::size_t i = 0; i < alike.size(); ++i) {
            const Json value = valueOf(i);
            std::string title = field.title.substr(0, field.title.find(" ("));
            title[0] = char(std::tolower(static_cast<unsigned char>(title[0])));
            added[i] += ", " + (value.is_null() ? "no " + title : title + " " + (value.is_string() ? value.get<std::string>() : value.dump()));
        }
    }
    for (std::size_t i = 0; i < alike.size(); ++i) {
        constexpr std::size_t largest = 80; // a list of layers is no name
        const bool usable = !added[i].empty() && added[i].size() < largest && std::count(added.begin(), added.end(), added[i]) == 1;
        const RunId& id = comparison.runs[alike[i]->runs.front()].row.id;
        alike[i]->name += usable ? added[i] : ", " + id.substr(id.size() - std::min<std::size_t>(id.size(), 4));
    }
}

void addGroups(const History& history, Comparison& comparison)
{
    std::map<std::string, std::size_t> byContent;
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
        const Comparison::Run& run = comparison.runs[i];
        const auto [place, isNew] = byContent.try_emplace(contentWithoutSeed(history, run.row, run.document), comparison.groups.size());
        if (isNew) {
            comparison.groups.push_back({nameWithoutSeed(run.row), {}, {}, {}, {}, {}});
        }
        comparison.groups[place->second].runs.push_back(i);
    }
    std::map<std::string, std::vector<ComparedGroup*>> byName;
    for (ComparedGroup& group : comparison.groups) {
        byName[group.name].push_back(&group);
    }
    for (const auto& [name, alike] : byName) {
        if (alike.size() > 1) {
            tellApart(comparison, alike);
        }
    }
    for (ComparedGroup& group : comparison.groups) {
        for (const ComparedFigure& figure : comparison.figures) {
            double sum = 0, squares = 0;
            std::vector<double> known;
            for (const std::size_t run : group.runs) {
                if (!std::isnan(figure.values[run])) {
                    known.push_back(figure.values[run]);
                    sum += known.back();
                }
            }
            const double mean = known.empty() ? unknown : sum / double(known.size());
            for (const double value : known) {
                squares += (value - mean) * (value - mean);
            }
            group.means.push_back(mean);
            group.deviations.push_back(known.size() > 1 ? std::sqrt(squares / double(known.size() - 1)) : unknown);
        }
    }
}

} // namespace

Comparison compareRuns(const History& history, const std::vector<RunId>& runs, const RunId& baseline, bool withVerdicts,
                       const std::function<bool()>& keepGoing)
{
    Comparison comparison;
    for (const RunId& id : runs) {
        const auto isThis = [&](const Comparison::Run& run) { return run.row.id == id; };
        if (std::none_of(comparison.runs.begin(), comparison.runs.end(), isThis)) {
            comparison.runs.push_back(runOf(history, id));
        }
        if (id == baseline) {
            comparison.baseline = std::size_t(std::find_if(comparison.runs.begin(), comparison.runs.end(), isThis) - comparison.runs.begin());
        }
    }
    if (!baseline.empty() && !comparison.baseline) {
        throw InputError("The baseline " + baseline + " is not among the runs that are compared.");
    }
    comparison.figures = figuresOf(history, comparison.runs);
    comparison.fields = fieldsOf(schema(), comparison.runs);
    if (comparison.baseline) {
        addDeltas(comparison);
    }
    addGroups(history, comparison);
    comparison.remarks = remarksOn(history, comparison);
    if (withVerdicts) {
        addVerdicts(history, comparison, keepGoing);
    }
    return comparison;
}

std::string nothingDiffers(const Comparison& comparison)
{
    const bool unknown = std::any_of(comparison.runs.begin(), comparison.runs.end(), [](const Comparison::Run& run) { return run.row.isImported(); });
    return unknown ? "Nothing is known to differ: an imported run has no configuration." : "Nothing: the runs have the same configuration.";
}

} // namespace distill
