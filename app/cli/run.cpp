// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/advice.h"
#include "cli/commands.h"
#include "cli/interruption.h"
#include "cli/profile.h"
#include "cli/progress.h"
#include "cli/result.h"
#include "cli/sweep.h"
#include "cli/table.h"
#include "experiment/protocol.h"
#include "experiment/sweep.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <ostream>
#include <set>

namespace distill::cli {

namespace {

struct RunOptions {
    std::string file;
    std::vector<std::string> assignments;
    std::optional<std::int64_t> seed;
    int fairSeeds = 0; ///< 0: as the document says
    std::optional<std::string> device;
    std::optional<std::int64_t> threads;
    std::vector<std::string> runs; ///< to resume
    bool json = false, profile = false, goOn = false;
};

Document documentOf(const RunOptions& options)
{
    Document document = Document::load(options.file);
    for (const std::string& assignment : options.assignments) {
        const auto [pointer, value] = Document::assignment(assignment);
        document = schema().with(document, pointer, value);
    }
    if (options.seed) {
        if (document.json().contains("seeds")) {
            document = document.without("/seeds");
        }
        document = document.with("/seed", *options.seed);
    }
    if (options.device) {
        document = document.with("/compute/device", *options.device);
    }
    if (options.threads) {
        document = document.with("/compute/threads", *options.threads);
    }
    if (options.fairSeeds > 0) {
        document = withFix(schema(), document, {"", fairProtocol(schema(), document, options.fairSeeds)});
    }
    return document;
}

/// What a group of runs was made of.
Experiment experimentOf(const History& history, const std::string& group)
{
    const std::string text = history.group(group).text;
    return text.empty() ? Experiment() : schema().read(Document::parse(text));
}

void sayHowToResume(std::ostream& out, const Context& context, const History& history, const std::vector<RunId>& runs)
{
    std::string command;
    std::set<std::string> groups;
    for (const RunId& id : runs) {
        const auto row = history.run(id);
        if (row && row->state == RunState::Interrupted) {
            const bool swept = history.group(row->group).students.size() > 1; // all of it by one name
            if (!swept || groups.insert(row->group).second) {
                command += " " + (swept ? row->group : id);
            }
        }
    }
    if (!command.empty()) {
        out << "Interrupted; everything is saved. To go on:\n  distill resume" << command
            << (context.workspace.empty() ? "" : " --workspace '" + context.workspace + "'") << std::endl;
    }
}

/// An inline teacher costs other than its students, so that steps alone would mislead.
Forecast forecastOf(const Document& document, const History& history)
{
    const Plan whole = plan(document, &history);
    Forecast forecast;
    int teachers = 0;
    double seconds = 0;
    for (const TeacherMember& member : ensembleOf(schema().read(document).teacher).members) {
        if (member.teacher.kind != "experiment") {
            continue;
        }
        const Document teacher = Document::fromJson(member.teacher.parameters.at("experiment"));
        if (!history.findByContent(schema().contentHash(teacher.json()), RunState::Finished)) {
            const Plan above = plan(teacher, &history);
            teachers += above.runs;
            seconds += above.secondsEstimate;
        }
    }
    forecast.teacherSeconds = teachers > 0 ? seconds / teachers : 0;
    forecast.studentSeconds = (whole.secondsEstimate - seconds) / std::max(1, whole.runs - teachers);
    if (teachers == 0) {
        forecast.teacherSeconds = forecast.studentSeconds; // a run without a teacher is one
    }
    return forecast;
}

struct Started {
    Engine::Submission submission;
    Forecast forecast;
};

/// Starts what `start` starts, waits for it with progress, and prints what it came to.
int train(const Context& context, const RunOptions& options, std::size_t variants,
          const std::function<Started(Engine&, const History&)>& start)
{
    const bool json = options.json;
    const auto history = context.openHistory();
    const auto begin = std::chrono::steady_clock::now();
    const Interruption interruption;
    Engine engine(history, {.niceness = 0, .feed = true}); // no window here to keep fluid
    const auto [submission, forecast] = start(engine, *history);
    Progress progress(context.console, *history, submission.runs, forecast, json);
    for (const RunId& id : submission.reused) {
        const auto teacher = history->run(id);
        progress.say("Teacher: the run " + id + " of the history" + (teacher ? ", " + teacher->name : ""));
    }
    bool interrupting = false;
    Updates updates;
    bool ended = false;
    while (!ended) {
        ended = engine.wait(submission.runs, 0.05);
        if (interruption.asked() && !interrupting) {
            interrupting = true;
            progress.say("Saving checkpoints ... (once more ends at once)");
            engine.interruptAll();
        }
        engine.drain(updates);
        progress.update(engine.statuses(), updates);
        updates = {};
    }
    history->flush();
    progress.finish();

    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    Json result = resultOf(*history, submission, variants, seconds);
    const Json summary = history->run(submission.students.front()).value().summary;
    if (options.profile && summary.is_object()) {
        result["profile"] = {{"time", summary.value("time", Json())}, {"speed", summary.value("speed", Json())}};
    }
    const RunState state = runStateFrom(result.at("state").get<std::string>());
    const bool swept = submission.students.size() > 1 && sweepOf(experimentOf(*history, submission.group).sweep).kind != "none";
    if (swept && json) {
        result["sweep"] = toJson(sweepResults(*history, submission.group));
    }
    if (json) {
        context.console.out << result.dump(2) << std::endl;
    } else if (swept) {
        printSweep(context.console.out, sweepResults(*history, submission.group));
    } else if (state == RunState::Finished || !result.at("student").at("test").is_null()) {
        printResult(context.console.out, result);
    }
    if (options.profile && !json) {
        context.console.out << std::endl;
        printProfile(context.console.out, summary);
    }
    for (const RunId& id : submission.runs) {
        const auto row = history->run(id);
        if (json && row && !row->message.empty()
            && (row->state == RunState::Failed || row->state == RunState::Diverged)) {
            context.console.err << row->name << ": " << row->message << std::endl;
        }
    }
    sayHowToResume(json ? context.console.err : context.console.out, context, *history, submission.runs);
    return exitCodeOf(state);
}

int runFile(const Context& context, const RunOptions& options)
{
    const Document document = documentOf(options);
    const Experiment experiment = schema().read(document);
    printAdvice(context.console.err, advise(schema(), document), "Advice: ");
    if (!options.json) {
        context.console.out << machine().sentence() << std::endl;
    }
    std::vector<std::shared_ptr<const Dataset>> data;
    return train(context, options, countVariants(sweepOf(experiment.sweep)) * static_cast<std::size_t>(experiment.generations),
                 [&](Engine& engine, const History& history) {
                     data = loadData(document, &history);
                     const Forecast forecast = options.json ? Forecast() : forecastOf(document, history);
                     return Started{engine.submit(document), forecast};
                 });
}

/// The runs that are meant: one by its id, or all of a group that were interrupted.
std::vector<RunId> runsMeant(const History& history, const std::vector<std::string>& parts)
{
    std::vector<RunId> runs;
    const auto add = [&](const RunId& id) {
        if (std::find(runs.begin(), runs.end(), id) == runs.end()) {
            runs.push_back(id);
        }
    };
    for (const std::string& part : parts) {
        if (history.group(part).text.empty()) {
            add(history.resolve(part));
            continue;
        }
        const std::size_t before = runs.size();
        for (const RunRow& row : history.runsOfGroup(part)) {
            if (row.state == RunState::Interrupted && !row.deleted) {
                add(row.id);
            }
        }
        if (runs.size() == before) {
            throw InputError("No run of the group " + part + " was interrupted; distill sweep " + part + " shows where they stand");
        }
    }
    return runs;
}

int resumeRuns(const Context& context, const RunOptions& options)
{
    std::vector<RunId> runs;
    std::size_t variants = 1;
    Engine::Submission submission;
    {
        const auto history = context.openHistory();
        runs = runsMeant(*history, options.runs);
        const std::string group = history->run(runs.front()).value().group;
        const bool whole = options.runs.size() == 1 && options.runs.front() == group && !history->run(group);
        if (whole) {
            const SweepShape shape = shapeOf(history->group(group));
            submission.group = group;
            submission.students = history->group(group).students;
            variants = shape.variants * shape.generations;
        }
        for (const RunId& id : runs) {
            const RunRow row = history->run(id).value();
            if (row.role == RunRole::Student) {
                submission.teachers = row.teachers;
                if (!whole) {
                    submission.students.push_back(id);
                }
            }
        }
    }
    submission.runs = runs;
    if (submission.students.empty()) {
        submission.students = runs;
    }
    return train(context, options, variants, [&](Engine& engine, const History&) {
        engine.resumeRuns(runs);
        return Started{submission, {}};
    });
}

int queue(const Context& context, const RunOptions& options)
{
    const auto history = context.openHistory();
    std::vector<RunRow> rows;
    std::vector<RunId> left;
    Json json = Json::array();
    Table table({">", "run", "state", "name", ">steps", "group"});
    for (const QueuePlace& place : history->queue()) {
        const RunRow row = history->run(place.run).value();
        const std::string state = std::string(nameOf(row.state)) + (place.held ? ", held" : "");
        if (row.state == RunState::Interrupted && !place.held) {
            left.push_back(row.id);
        }
        table.add({std::to_string(json.size() + 1), row.id, state, cut(row.name, 60),
                   grouped(row.figures.step) + "/" + grouped(row.figures.totalSteps), row.group});
        json.push_back({{"run", row.id}, {"state", nameOf(row.state)}, {"held", place.held}, {"name", row.name}, {"group", row.group},
                        {"step", row.figures.step}, {"total_steps", row.figures.totalSteps}, {"message", row.message}});
    }
    if (!options.goOn) {
        if (options.json) {
            context.console.out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
        } else if (table.empty()) {
            context.console.out << "Nothing waits or trains in " << history->workspace() << ".\n";
        } else {
            table.print(context.console.out);
            if (!left.empty()) {
                context.console.out << left.size() << (left.size() == 1 ? " run was" : " runs were")
                                    << " interrupted. To go on: distill queue --continue\n";
            }
        }
        return Done;
    }
    if (left.empty()) {
        context.console.out << "No run of the queue was interrupted.\n";
        return Done;
    }
    RunOptions all = options;
    all.runs = left;
    return resumeRuns(context, all);
}

} // namespace

void addRunCommands(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<RunOptions>();

    CLI::App* run = app.add_subcommand("run", "Train an experiment, its teacher and controls included");
    run->add_option("FILE", options->file, "The experiment, a JSON document")->required();
    run->add_option("--set", options->assignments,
                    "Change a value of the document: /stages/0/epochs=3; may be repeated")
        ->type_name("/POINTER=VALUE")
        ->allow_extra_args(false);
    run->add_option("--seed", options->seed, "Train this seed only")->type_name("N");
    run->add_option("--fair", options->fairSeeds,
                    "Compare fairly: N seeds (3), the same student alone, a twin of the teacher and a random teacher beside it, "
                    "where there can be one")
        ->type_name("N")
        ->expected(0, 1)
        ->default_str("3")
        ->check(CLI::Range(1, 1000));
    run->add_option("--device", options->device, "auto, cpu, cuda or cuda:N")->type_name("D");
    run->add_option("--threads", options->threads,
                    "Keep this number of threads throughout: same curves bit for bit; 0 shares "
                    "the cores out")
        ->type_name("N");
    run->add_flag("--json", options->json, "Print one JSON object and nothing else");
    run->add_flag("--profile", options->profile, "Say where the time of the first student went");
    addWorkspaceOption(*run, context);
    run->footer(resultHelp);
    run->callback(
        [&context, options] { context.command = [&context, options] { return runFile(context, *options); }; });

    CLI::App* resume = app.add_subcommand("resume", "Go on with interrupted, stopped, failed or diverged runs, or a sweep");
    resume->add_option("RUN", options->runs, std::string(runHelp) + "; or a group: all its runs that were interrupted")
        ->required()
        ->type_name("RUN|GROUP");
    resume->add_flag("--json", options->json, "Print one JSON object and nothing else");
    resume->add_flag("--profile", options->profile, "Say where the time of the first student went");
    addWorkspaceOption(*resume, context);
    resume->footer(resultHelp);
    resume->callback(
        [&context, options] { context.command = [&context, options] { return resumeRuns(context, *options); }; });

    CLI::App* waiting = app.add_subcommand("queue", "The runs that wait or train, in their order, and those whose program ended before them");
    waiting->add_flag("--continue", options->goOn, "Go on with those that were interrupted and are not held");
    waiting->add_flag("--json", options->json, "Print one JSON value and nothing else");
    addWorkspaceOption(*waiting, context);
    waiting->callback([&context, options] { context.command = [&context, options] { return queue(context, *options); }; });
}

} // namespace distill::cli
