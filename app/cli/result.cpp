// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/result.h"

#include "cli/table.h"
#include "engine/summary.h"
#include "engine/sweep.h"

#include <cmath>
#include <ostream>

namespace distill::cli {

const char* const resultHelp = R"(With --json the output is one object and nothing else:
  run        id of the first student's run
  state      finished, or what went wrong first of all: failed, diverged, stopped, interrupted
  seconds    on the clock, from the start to the end of the last run
  device, precision, threads
  student    {run, seconds, parameters, learned_parameters, multiply_adds, test, validation}; learned_parameters are the
             objective's own (regressors, embeddings), no part of the student; test and validation are {accuracy, loss,
             agreement, kl}: shares from 0 to 1, nats a sample; agreement with and divergence from the teacher
  teacher    {run, model, parameters, multiply_adds, test, validation} or null; run is null where no run made it. Of several
             the sums and their combined answer, and each of them as one of "members"
  peers      with peers: a list of {model, parameters, multiply_adds, test, validation}, those of the first student
  baseline   the same student alone, as student; only where the experiment asks for it
  seeds      with several seeds: a list of {seed, run, state, seconds, student, baseline}. student and baseline above
             are the first seed's, with "mean" and "sd" beside: {"mean": {test, validation}, "sd": {test, validation}}
  profile    with --profile: {time, speed} of the first student, as "distill show RUN --json" has them in its summary
  variants   with a sweep or generations: a list of {name, student, baseline, seeds}, one for each
  sweep      with a sweep: what "distill sweep GROUP --json" prints
A figure that is not known is null.)";

namespace {

Json numberOrNull(const Json& object, const char* key)
{
    return object.is_object() && object.contains(key) ? object.at(key) : Json();
}

/// A run's own figures, those of the weights it reports.
Json figuresOf(const RunRow& row)
{
    const Json& summary = row.summary;
    Json figures = {{"run", row.id},
                    {"seconds", summary.is_object() ? numberOrNull(summary, "seconds") : Json(row.figures.seconds)},
                    {"parameters", numberOrNull(summary, "parameters")},
                    {"learned_parameters", numberOrNull(summary, "learned_parameters")},
                    {"multiply_adds", numberOrNull(summary, "multiply_adds")},
                    {"test", nullptr},
                    {"validation", nullptr}};
    if (summary.is_object()) {
        const Json& reported = summary::reported(summary);
        figures["test"] = numberOrNull(reported, "test");
        figures["validation"] = numberOrNull(reported, "validation");
        if (summary.contains("left_out")) {
            figures["left_out"] = summary.at("left_out");
        }
    }
    return figures;
}

/// The first of several seeds' figures, mean and deviation beside them.
Json overSeeds(const std::vector<Json>& figures)
{
    Json first = figures.front();
    if (figures.size() > 1) {
        std::vector<Json> tests, validations;
        for (const Json& one : figures) {
            tests.push_back(one.at("test"));
            validations.push_back(one.at("validation"));
        }
        const Json test = statisticsOf(tests), validation = statisticsOf(validations);
        for (const char* key : {"mean", "sd"}) {
            first[key] = {{"test", test.at(key)}, {"validation", validation.at(key)}};
        }
    }
    return first;
}

struct Member {
    RunRow student;
    std::optional<RunRow> control;
};

/// {student, baseline, seeds} of the runs that differ by their seed alone.
Json groupOf(const std::vector<Member>& members)
{
    std::vector<Json> students, baselines;
    Json seeds = Json::array();
    for (const Member& member : members) {
        students.push_back(figuresOf(member.student));
        Json seed = {{"seed", member.student.seed},
                     {"run", member.student.id},
                     {"state", nameOf(member.student.state)},
                     {"seconds", students.back().at("seconds")},
                     {"student", students.back()}};
        if (member.control) {
            baselines.push_back(figuresOf(*member.control));
            if (member.control->teachers != member.student.teachers) { // of a later generation: it was compared with another
                for (const char* split : {"test", "validation"}) {
                    if (baselines.back().at(split).is_object()) {
                        baselines.back().at(split).erase("agreement");
                        baselines.back().at(split).erase("kl");
                    }
                }
            }
            seed["baseline"] = baselines.back();
        }
        seeds.push_back(seed);
    }
    Json group = {{"student", overSeeds(students)}};
    if (!baselines.empty()) {
        group["baseline"] = overSeeds(baselines);
    }
    if (members.size() > 1) {
        group["seeds"] = seeds;
    }
    return group;
}

double numberOf(const Json& figures, const char* block, const char* key)
{
    return cli::numberOf(numberOrNull(figures, block), key);
}

std::string count(const Json& figures, const char* key)
{
    const Json value = numberOrNull(figures, key);
    return value.is_number() ? grouped(value.get<std::int64_t>()) : "-";
}

void addRow(Table& table, const std::string& label, const Json& figures)
{
    const Json seconds = numberOrNull(figures, "seconds");
    table.add({label, count(figures, "parameters"), count(figures, "multiply_adds"),
               percent(numberOf(figures, "test", "accuracy")), decimal(numberOf(figures, "test", "loss"), 4),
               percent(numberOf(figures, "test", "agreement")), decimal(numberOf(figures, "test", "kl"), 4),
               percent(numberOf(figures, "validation", "accuracy")),
               seconds.is_number() ? decimal(seconds.get<double>(), 1) : "-"});
}

std::string withDeviation(const Json& figures, const char* block, const char* key, bool share)
{
    const double mean = numberOf(figures.at("mean"), block, key), sd = numberOf(figures.at("sd"), block, key);
    if (std::isnan(mean)) {
        return "-";
    }
    return share ? decimal(100 * mean, 2) + " ± " + decimal(100 * sd, 2) + " %"
                 : decimal(mean, 4) + " ± " + decimal(sd, 4);
}

void addMeanRow(Table& table, const std::string& label, const Json& figures)
{
    if (figures.contains("mean")) {
        table.add({label + ", mean ± sd", "", "", withDeviation(figures, "test", "accuracy", true),
                   withDeviation(figures, "test", "loss", false), withDeviation(figures, "test", "agreement", true),
                   withDeviation(figures, "test", "kl", false), withDeviation(figures, "validation", "accuracy", true),
                   ""});
    }
}

void addGroup(Table& table, const Json& group, const std::string& variant)
{
    const std::string student = variant + "student";
    if (group.contains("seeds")) {
        for (const Json& seed : group.at("seeds")) {
            const std::string ofSeed = ", seed " + seed.at("seed").dump();
            if (seed.contains("baseline")) {
                addRow(table, variant + "student alone" + ofSeed, seed.at("baseline"));
            }
            addRow(table, student + ofSeed, seed.at("student"));
        }
        if (group.contains("baseline")) {
            addMeanRow(table, variant + "student alone", group.at("baseline"));
        }
        addMeanRow(table, student, group.at("student"));
        return;
    }
    if (group.contains("baseline")) {
        addRow(table, variant + "student alone", group.at("baseline"));
    }
    addRow(table, student, group.at("student"));
}

} // namespace

double numberOf(const Json& object, const char* key)
{
    const Json value = numberOrNull(object, key);
    return value.is_number() ? value.get<double>() : std::nan("");
}

Json statisticsOf(const std::vector<Json>& objects)
{
    Json mean, sd;
    if (objects.empty() || !objects.front().is_object()) {
        return {{"mean", nullptr}, {"sd", nullptr}};
    }
    for (const auto& [key, ignored] : objects.front().items()) {
        double sum = 0;
        std::vector<double> values;
        for (const Json& object : objects) {
            const Json value = numberOrNull(object, key.c_str());
            if (value.is_number()) {
                values.push_back(value.get<double>());
                sum += values.back();
            }
        }
        mean[key] = sd[key] = nullptr;
        if (values.size() != objects.size()) {
            continue;
        }
        const double average = sum / double(values.size());
        double squares = 0;
        for (const double value : values) {
            squares += (value - average) * (value - average);
        }
        mean[key] = average;
        if (values.size() > 1) {
            sd[key] = std::sqrt(squares / double(values.size() - 1));
        }
    }
    return {{"mean", mean}, {"sd", sd}};
}

RunState worstOf(const std::vector<RunState>& states)
{
    for (const RunState state : {RunState::Failed, RunState::Diverged, RunState::Stopped, RunState::Interrupted,
                                 RunState::Paused, RunState::Running, RunState::Queued}) {
        if (std::find(states.begin(), states.end(), state) != states.end()) {
            return state;
        }
    }
    return RunState::Finished;
}

int exitCodeOf(RunState state)
{
    return state == RunState::Finished ? Done : state == RunState::Interrupted || isLive(state) ? Interrupted : Failed;
}

Json resultOf(const History& history, const Engine::Submission& submission, std::size_t variants, double seconds)
{
    std::vector<RunState> states;
    for (const RunId& id : submission.runs) {
        const RunRow row = history.run(id).value();
        states.push_back(isStoppedBySweep(row) ? RunState::Finished : row.state); // as it was to be
    }
    std::vector<Member> members;
    for (const RunId& id : submission.students) {
        Member member{history.run(id).value(), {}};
        if (!member.student.control.empty()) {
            member.control = history.run(member.student.control);
        }
        members.push_back(std::move(member));
    }
    const RunRow& first = members.front().student;
    Json result = {{"run", first.id},
                   {"state", nameOf(worstOf(states))},
                   {"seconds", seconds},
                   {"device", numberOrNull(first.summary, "device")},
                   {"precision", numberOrNull(first.summary, "precision")},
                   {"threads", numberOrNull(first.summary, "threads")}};

    const std::size_t seeds = members.size() / std::max<std::size_t>(1, variants);
    const auto groupAt = [&](std::size_t variant) {
        const auto begin = members.begin() + std::ptrdiff_t(variant * seeds);
        return groupOf({begin, begin + std::ptrdiff_t(seeds)});
    };
    const Json group = groupAt(0);
    result["student"] = group.at("student");
    result["teacher"] = numberOrNull(first.summary, "teacher");
    if (result["teacher"].is_null() && submission.teachers.size() == 1) { // the student did not get so far
        if (const auto teacher = history.run(submission.teachers.front())) {
            result["teacher"] = figuresOf(*teacher);
        }
    }
    if (first.summary.is_object() && first.summary.contains("peers")) {
        result["peers"] = first.summary.at("peers");
    }
    for (const char* key : {"baseline", "seeds"}) {
        if (group.contains(key)) {
            result[key] = group.at(key);
        }
    }
    if (variants > 1) {
        result["variants"] = Json::array();
        for (std::size_t variant = 0; variant < variants; ++variant) {
            const RunRow& row = members[variant * seeds].student;
            std::string name = row.name;
            if (const std::string ofSeed = " (seed " + std::to_string(row.seed) + ")"; seeds > 1 && name.ends_with(ofSeed)) {
                name.resize(name.size() - ofSeed.size());
            }
            Json one = {{"name", name}};
            one.update(groupAt(variant));
            result["variants"].push_back(one);
        }
    }
    return result;
}

void printResult(std::ostream& out, const Json& result)
{
    Table table({"", ">parameters", ">multiply-adds", ">test accuracy", ">test loss", ">agreement", ">KL",
                 ">validation", ">seconds"});
    if (const Json& teacher = result.at("teacher"); teacher.is_object()) {
        for (const Json& member : teacher.value("members", Json::array())) {
            addRow(table, "teacher " + member.value("model", ""), member);
        }
        addRow(table, teacher.contains("members") ? "teachers together" : "teacher", teacher);
    }
    for (const Json& peer : result.value("peers", Json::array())) {
        addRow(table, "peer " + peer.value("model", ""), peer);
    }
    if (result.contains("variants")) {
        for (const Json& variant : result.at("variants")) {
            addGroup(table, variant, variant.at("name").get<std::string>() + ": ");
        }
    } else {
        addGroup(table, result, "");
    }
    table.print(out);

    const Json leftOut = numberOrNull(result.at("student"), "left_out");
    if (leftOut.is_object()) {
        out << "Classes left out of the transfer set: " << leftOut.value("classes", Json()).dump()
            << ", test accuracy on them " << percent(leftOut.value("accuracy", std::nan("")));
        if (const Json corrected = numberOrNull(leftOut, "corrected"); corrected.is_object()) {
            out << "; with their bias corrected " << percent(numberOf(leftOut, "corrected", "left_out_accuracy"))
                << ", over all " << percent(numberOf(leftOut, "corrected", "accuracy"));
        }
        out << ".\n";
    }
}

} // namespace distill::cli
