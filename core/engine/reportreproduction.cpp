// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/reportparts.h"

#include "engine/engine.h"
#include "report/text.h"

#include <algorithm>
#include <set>

namespace distill::reporting {

using namespace report;

namespace {

/// "quick-start-alone.json"
std::string fileName(const std::string& name)
{
    std::string file;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || byte >= 0x80) {
            file += char(std::tolower(byte));
        } else if (!file.empty() && file.back() != '-') {
            file += '-';
        }
    }
    while (file.ends_with('-')) {
        file.pop_back();
    }
    return (file.empty() ? "experiment" : file) + ".json";
}

std::string unused(const std::string& file, std::set<std::string>& used)
{
    std::string name = file;
    for (int i = 2; !used.insert(name).second; ++i) {
        name = file.substr(0, file.size() - 5) + "-" + std::to_string(i) + ".json";
    }
    return name;
}

/// The runs that the documents here name as teachers, and that are not compared themselves.
std::vector<RunId> outsideTeachers(const Comparison& comparison)
{
    std::vector<RunId> teachers;
    for (const Comparison::Run& run : comparison.runs) {
        for (const RunId& teacher : run.row.teachers) {
            const bool named = run.document.dump().find(teacher) != std::string::npos; // not trained by this document itself
            const bool compared = std::any_of(comparison.runs.begin(), comparison.runs.end(),
                                              [&](const Comparison::Run& each) { return each.row.id == teacher; });
            if (named && !compared && std::find(teachers.begin(), teachers.end(), teacher) == teachers.end()) {
                teachers.push_back(teacher);
            }
        }
    }
    return teachers;
}

Table hashes(const History& history, const Comparison& comparison)
{
    Table table{"What each run was made of and came to. The content is the SHA-256 of all in the document that determines the result; equal "
                "contents are the same work. The weights are the SHA-256 of the file that the run reports.",
                {{"Run", false}, {"Seed", true}, {"Content", false}, {"Weights", false}},
                {}};
    const auto add = [&](const RunRow& row) {
        const std::string reported = row.summary.is_object() ? row.summary.value("reported", "last") : "last";
        std::string weights = "–";
        for (const Artefact& artefact : history.artefacts(row.id)) {
            weights = artefact.kind == reported ? artefact.sha256 : weights;
        }
        table.rows.push_back({row.id, std::to_string(row.seed), row.contentHash, weights});
    };
    for (const Comparison::Run& run : comparison.runs) {
        add(run.row);
    }
    for (const RunId& teacher : outsideTeachers(comparison)) {
        if (const auto row = history.run(teacher)) {
            add(*row);
        }
    }
    return table;
}

std::string shellWord(const std::string& word)
{
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_./=:,").find(c) != std::string_view::npos;
    });
    if (plain && !word.empty()) {
        return word;
    }
    std::string quoted = "'";
    for (const char c : word) {
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return quoted + "'";
}

} // namespace

std::string commandOf(const std::vector<RunId>& runs, const ReportOptions& options, const std::string& file)
{
    std::string command = "distill report";
    for (const RunId& run : runs) {
        command += " " + run;
    }
    command += " --to " + shellWord(file.substr(file.rfind('/') + 1));
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) {
            command.append(1, ' ').append(option).append(1, ' ').append(shellWord(value));
        }
    };
    add("--baseline", options.baseline);
    add("--title", options.title);
    add("--question", options.question);
    return command;
}

std::vector<Block> reproduction(const History& history, const Comparison& comparison, const std::string& command)
{
    struct Document {
        std::string file, caption, text;
    };
    std::vector<Document> documents;
    std::set<std::string> used;
    std::string commands;
    const auto addDocument = [&](const RunRow& row, const std::string& name, const std::vector<std::int64_t>& seeds) {
        const std::string file = unused(fileName(name), used);
        std::string line = "distill run " + shellWord(file);
        if (seeds.size() > 1) {
            line += " --set " + shellWord("/seeds=" + Json(seeds).dump());
        }
        commands += line + "\n";
        documents.push_back({file, file + ": the document of run " + row.id, history.experimentText(row.id)});
    };
    for (const RunId& teacher : outsideTeachers(comparison)) {
        if (const auto row = history.run(teacher)) {
            addDocument(*row, row->name, {});
        }
    }
    std::size_t controls = 0;
    for (const bool references : {true, false}) { // a teacher before its students
        for (const ComparedGroup& group : comparison.groups) {
            const RunRow& row = firstOf(comparison, group).row;
            if (isReference(comparison, group) != references) {
                continue;
            }
            if (row.role == RunRole::Control) {
                controls += group.runs.size();
                continue;
            }
            std::vector<std::int64_t> seeds;
            for (const std::size_t run : group.runs) {
                seeds.push_back(comparison.runs[run].row.seed);
            }
            std::sort(seeds.begin(), seeds.end());
            seeds.erase(std::unique(seeds.begin(), seeds.end()), seeds.end());
            addDocument(row, group.name, seeds);
        }
    }
    std::vector<Block> blocks = {Heading{2, "How to make it again"}};
    std::string words = "The documents stand below. Save each under its name and train them in this order:";
    blocks.push_back(Paragraph{words});
    blocks.push_back(Code{"", commands, false});
    std::vector<std::string> notes;
    if (controls > 0) {
        notes.push_back("Controls are trained along with the students whose documents ask for them.");
    }
    if (!outsideTeachers(comparison).empty()) {
        notes.push_back("Where a document names a teacher by the id of a run, put the id there that the teacher gets when it is trained again.");
    }
    notes.push_back("Equal seeds give equal results on the same machine with the same number of threads; elsewhere the last digits may differ.");
    blocks.push_back(List{notes});
    std::set<std::string> arrangements;
    for (const Comparison::Run& run : comparison.runs) {
        const Json& summary = run.row.summary;
        if (summary.is_object() && summary.contains("device")) {
            arrangements.insert(summary.value("device", "") + ", " + summary.value("precision", "") + ", "
                                + std::to_string(summary.value("threads", std::int64_t(0))) + " threads");
        }
    }
    std::string trained;
    for (const std::string& each : arrangements) {
        trained += (trained.empty() ? "" : "; ") + each;
    }
    Table versions{"", {{"", false}, {"", false}}, {}};
    versions.rows.push_back({"Program", "Distill Workbench " DISTILL_VERSION});
    versions.rows.push_back({"LibTorch", machine().libtorch});
    versions.rows.push_back({"Machine of this report", machine().sentence()});
    if (!trained.empty()) {
        versions.rows.push_back({"Trained on", trained});
    }
    blocks.push_back(versions);
    if (!command.empty()) {
        blocks.push_back(Code{"This report is made by", command, false});
    }
    blocks.push_back(hashes(history, comparison));
    for (const Document& document : documents) {
        blocks.push_back(Code{document.caption, document.text, true});
    }
    return blocks;
}

} // namespace distill::reporting
