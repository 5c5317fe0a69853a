// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/profile.h"
#include "cli/result.h"
#include "cli/table.h"
#include "engine/engine.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <ostream>

namespace distill::cli {

namespace {

Json jsonOf(const History& history, const RunRow& row)
{
    Json artefacts = Json::array(), events = Json::array();
    for (const Artefact& artefact : history.artefacts(row.id)) {
        artefacts.push_back({{"kind", artefact.kind},
                             {"path", artefact.path},
                             {"sha256", artefact.sha256},
                             {"bytes", artefact.bytes},
                             {"step", artefact.step}});
    }
    for (const RunEvent& event : history.events(row.id)) {
        events.push_back(
            {{"step", event.step}, {"at", event.at}, {"kind", event.kind}, {"text", event.text}, {"data", event.data}});
    }
    const Json experiment = Json::parse(history.experimentText(row.id), nullptr, false);
    return {{"run", row.id},
            {"state", nameOf(row.state)},
            {"message", row.message},
            {"role", nameOf(row.role)},
            {"name", row.name},
            {"notes", row.notes},
            {"tags", row.tags},
            {"group", row.group},
            {"seed", row.seed},
            {"content_hash", row.contentHash},
            {"student_model", row.studentModel},
            {"teacher_model", row.teacherModel},
            {"teacher", row.firstTeacher()},
            {"teachers", row.teachers},
            {"control", row.control},
            {"created_at", row.createdAt},
            {"started_at", row.startedAt},
            {"ended_at", row.endedAt},
            {"seconds", row.figures.seconds},
            {"step", row.figures.step},
            {"total_steps", row.figures.totalSteps},
            {"best_accuracy", row.figures.bestAccuracy},
            {"last_accuracy", row.figures.lastAccuracy},
            {"agreement", row.figures.agreement},
            {"deleted", row.deleted},
            {"summary", row.summary},
            {"series", history.seriesOf(row.id)},
            {"artefacts", artefacts},
            {"events", events},
            {"experiment", experiment.is_discarded() ? Json() : experiment}};
}

void line(std::ostream& out, const std::string& label, const std::string& text)
{
    if (!text.empty()) {
        out << "  " << label << std::string(14 - label.size(), ' ') << text << '\n';
    }
}

void printFigures(std::ostream& out, const Json& summary)
{
    Table table({"", "on", ">accuracy", ">loss", ">agreement", ">KL"});
    const auto add = [&](const std::string& label, const Json& block, const char* split) {
        if (!block.is_object() || !block.contains(split) || !block.at(split).is_object()) {
            return;
        }
        const auto number = [&](const char* key) { return numberOf(block.at(split), key); };
        table.add({label, split, percent(number("accuracy")), decimal(number("loss"), 4), percent(number("agreement")),
                   decimal(number("kl"), 4)});
    };
    for (const char* block : {"last", "best"}) {
        if (summary.contains(block)) {
            const bool reported = summary.value("reported", "last") == block;
            const std::string at
                = summary.at(block).contains("step") ? ", step " + summary.at(block).at("step").dump() : "";
            for (const char* split : {"validation", "test"}) {
                add(block + at + (reported ? " (reported)" : ""), summary.at(block), split);
            }
        }
    }
    const auto addNetwork = [&](const std::string& label, const Json& block) {
        for (const char* split : {"validation", "test"}) {
            add(label, block, split);
        }
    };
    if (const Json teacher = summary.value("teacher", Json()); teacher.is_object()) {
        for (const Json& member : teacher.value("members", Json::array())) {
            addNetwork("teacher " + member.value("model", ""), member);
        }
        addNetwork(teacher.contains("members") ? "teachers together" : "teacher", teacher);
    }
    for (const Json& peer : summary.value("peers", Json::array())) {
        addNetwork("peer " + peer.value("model", ""), peer);
    }
    if (!table.empty()) {
        out << "\nFigures\n";
        table.print(out, "  ");
    }
    if (summary.contains("speed")) {
        out << '\n';
        printProfile(out, summary);
    }
}

/// What each stage changed.
void printStages(std::ostream& out, const Json& stages)
{
    Table table({"stage", ">steps", ">time", ">accuracy", ">change", ">loss", ">agreement"});
    for (const Json& stage : stages) {
        const auto number = [&](const char* border, const char* figure) {
            return stage.contains(border) && stage.at(border).is_object() ? numberOf(stage.at(border), figure) : std::nan("");
        };
        const auto both = [&](const char* figure, const auto& text) {
            const double begin = number("begin", figure), end = number("end", figure);
            return std::isnan(begin) && std::isnan(end) ? std::string("-") : text(begin) + " -> " + text(end);
        };
        const double change = number("end", "accuracy") - number("begin", "accuracy");
        table.add({stage.value("name", ""), grouped(stage.value("steps", std::int64_t(0))), duration(stage.value("seconds", 0.0)),
                   both("accuracy", percent), std::isnan(change) ? "-" : (change > 0 ? "+" : "") + decimal(100 * change, 2) + " points",
                   both("loss", [](double value) { return decimal(value, 4); }), both("agreement", percent)});
    }
    out << "\nStages (validation, before and after)\n";
    table.print(out, "  ");
}

/// Where an imported run comes from, and how its curves were called there.
void printOrigin(std::ostream& out, const Json& summary)
{
    const Json origin = summary.is_object() ? summary.value("imported", Json::object()) : Json::object();
    for (const Json& file : origin.value("files", Json::array())) {
        line(out, "imported from", file.is_string() ? file.get<std::string>() : file.dump());
    }
    std::string names;
    for (const Json& curve : origin.value("curves", Json::array())) {
        if (const auto name = curve.value("name", ""), series = curve.value("series", ""); name != series) {
            names += (names.empty() ? "" : ", ") + name + " -> " + series;
        }
    }
    line(out, "renamed", names);
}

void printCard(std::ostream& out, const History& history, const RunRow& row)
{
    const auto named = [&](const RunId& id) {
        const auto other = id.empty() ? std::nullopt : history.run(id);
        return id + (other ? " (" + other->name + ", " + nameOf(other->state) + ")" : "");
    };
    out << row.name << (row.deleted ? " (deleted)" : "") << '\n';
    line(out, "run", row.id);
    line(out, "state", std::string(nameOf(row.state)) + (row.message.empty() ? "" : ": " + row.message));
    line(out, "role", nameOf(row.role));
    line(out, "model",
         row.teacherModel.empty() ? row.studentModel : row.studentModel + ", taught by " + row.teacherModel);
    for (const RunId& teacher : row.teachers) {
        line(out, teacher == row.teachers.front() ? "teacher" : "", named(teacher));
    }
    line(out, "alone", named(row.control));
    line(out, "seed", row.isImported() ? "" : std::to_string(row.seed));
    line(out, "created", moment(row.createdAt));
    line(out, "started", row.startedAt > 0 ? moment(row.startedAt) : "");
    line(out, "ended", row.endedAt > 0 ? moment(row.endedAt) : "");
    line(out, row.isImported() ? "recorded" : "trained",
         duration(row.figures.seconds) + ", step " + grouped(row.figures.step) + " of "
             + grouped(row.figures.totalSteps));
    line(out, "accuracy",
         "best " + percent(row.figures.bestAccuracy) + ", last " + percent(row.figures.lastAccuracy) + " (validation)");
    if (row.isImported()) {
        printOrigin(out, row.summary);
    } else if (row.summary.is_object()) {
        const auto text = [&](const char* key) {
            return !row.summary.contains(key)     ? std::string("-")
                : row.summary.at(key).is_string() ? row.summary.at(key).get<std::string>()
                                                  : row.summary.at(key).dump();
        };
        line(out, "computed",
             text("device") + ", " + text("precision") + ", " + text("threads")
                 + (text("threads") == "1" ? " thread" : " threads"));
        const auto learned = row.summary.value("learned_parameters", std::int64_t(0));
        line(out, "size",
             grouped(row.summary.value("parameters", std::int64_t(0))) + " parameters"
                 + (learned > 0 ? " + " + grouped(learned) + " in the objective's learned parts" : "") + ", "
                 + grouped(row.summary.value("multiply_adds", std::int64_t(0))) + " multiply-adds");
    }
    std::string tags;
    for (const std::string& tag : row.tags) {
        tags += (tags.empty() ? "" : ", ") + tag;
    }
    line(out, "tags", tags);
    line(out, "content", row.contentHash);
    printFigures(out, row.summary.is_object() ? row.summary : Json::object());
    if (row.summary.is_object() && row.summary.contains("stages")) {
        printStages(out, row.summary.at("stages"));
    }

    out << "\nCurves\n";
    for (const std::string& series : history.seriesOf(row.id)) {
        out << "  " << series << '\n';
    }
    if (const auto artefacts = history.artefacts(row.id); !artefacts.empty()) {
        out << "\nFiles in " << history.workspace() << '\n';
        Table table({"kind", ">step", ">bytes", "path"});
        for (const Artefact& artefact : artefacts) {
            table.add({artefact.kind, grouped(artefact.step), grouped(artefact.bytes), artefact.path});
        }
        table.print(out, "  ");
    }
    if (const auto events = history.events(row.id); !events.empty()) {
        constexpr std::size_t shown = 20;
        out << "\nEvents" << (events.size() > shown ? ", the last " + std::to_string(shown) : "") << '\n';
        Table table({"at", ">step", "kind", ""});
        for (std::size_t i = events.size() > shown ? events.size() - shown : 0; i < events.size(); ++i) {
            table.add({moment(events[i].at), grouped(events[i].step), events[i].kind, events[i].text});
        }
        table.print(out, "  ");
    }
    if (!row.notes.empty()) {
        out << "\nNotes\n" << row.notes << '\n';
    }
    out << "\nExperiment\n" << history.experimentText(row.id) << '\n';
}

} // namespace

void addShowCommand(CLI::App& app, Context& context)
{
    struct Options {
        std::string run;
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* show = app.add_subcommand("show", "Everything of a run: figures, lineage, events, files, the experiment");
    show->add_option("RUN", options->run, runHelp)
        ->required();
    show->add_flag("--json", options->json, "As one JSON object");
    addWorkspaceOption(*show, context);
    show->callback([&context, options] {
        context.command = [&context, options] {
            const auto history = context.openHistory();
            const RunRow row = history->run(history->resolve(options->run)).value();
            if (options->json) {
                context.console.out << jsonOf(*history, row).dump(2, ' ', false, Json::error_handler_t::replace)
                                    << '\n';
            } else {
                printCard(context.console.out, *history, row);
            }
            return int(Done);
        };
    });
}

} // namespace distill::cli
