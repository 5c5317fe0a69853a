// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/advice.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/engine.h"
#include "models/atomicfile.h"

#include <CLI/CLI.hpp>
#include <filesystem>

namespace distill::cli {

namespace {

struct Options {
    std::vector<std::string> files;
    bool documentOnly = false, fix = false, json = false, verbose = false;
};

/// What there is to say of one file.
struct Findings {
    std::vector<Problem> problems;
    std::vector<Advice> advice, fixed;
    std::optional<Plan> plan;
    std::vector<std::string> objectives; ///< where they were asked for
};

/// The loss of each stage, and what its terms put between student and teacher.
std::vector<std::string> objectivesOf(const Document& document, const Plan& plan)
{
    std::vector<std::string> lines;
    const Json stages = document.json().value("stages", Json::array());
    const std::size_t count = std::max<std::size_t>(1, stages.size());
    for (std::size_t i = 0; i < count; ++i) {
        const std::string pointer = "/stages/" + std::to_string(i);
        if (count > 1) {
            lines.push_back(pointer);
        }
        for (const std::string& line : lossFormula(document.json(), pointer)) {
            lines.push_back(line);
        }
        for (const TermOutline& term : plan.terms) {
            for (const std::string& remark : term.remarks) {
                if (term.term.starts_with(pointer + "/")) {
                    lines.push_back(term.term + ": " + remark);
                }
            }
        }
    }
    return lines;
}

Json jsonOf(const Advice& advice)
{
    Json json{
        {"rule", advice.rule}, {"pointer", advice.pointer}, {"line", advice.line}, {"message", advice.message}, {"fix", nullptr}};
    if (advice.fix) {
        json["fix"] = {{"label", advice.fix->label}, {"edits", Json::array()}};
        for (const Edit& edit : advice.fix->edits) {
            json["fix"]["edits"].push_back({{"pointer", edit.pointer}, {"value", edit.value}});
        }
    }
    return json;
}

Json jsonOf(const std::string& file, const Options& options, const Findings& findings)
{
    Json json{{"file", file}, {"sound", findings.problems.empty()}, {"problems", Json::array()}, {"advice", Json::array()}};
    for (const Problem& problem : findings.problems) {
        json["problems"].push_back({{"pointer", problem.pointer}, {"line", problem.line}, {"message", problem.message}});
    }
    for (const Advice& advice : findings.advice) {
        json["advice"].push_back(jsonOf(advice));
    }
    if (options.fix) {
        json["fixed"] = Json::array();
        for (const Advice& advice : findings.fixed) {
            json["fixed"].push_back(jsonOf(advice));
        }
    }
    if (findings.plan) {
        json["plan"] = {{"runs", findings.plan->runs},
                        {"variants", findings.plan->variants},
                        {"dataset", findings.plan->dataset},
                        {"parameters", findings.plan->student.parameters},
                        {"learned_parameters", findings.plan->learnedParameters},
                        {"steps", findings.plan->steps},
                        {"seconds", findings.plan->secondsEstimate},
                        {"seconds_in_full", findings.plan->secondsInFull}};
    }
    return json;
}

void print(const Console& console, const std::string& file, const Findings& findings)
{
    for (const Problem& problem : findings.problems) {
        console.err << problem.sentence << '\n';
    }
    for (const Advice& advice : findings.fixed) {
        console.out << file << ": fixed: " << assignmentsOf(*advice.fix) << '\n';
    }
    if (!findings.problems.empty()) {
        return;
    }
    console.out << file << ": sound";
    if (const auto& plan = findings.plan) {
        console.out << "; " << plan->runs << (plan->runs == 1 ? " run" : " runs")
                    << (plan->variants > 1 ? " of " + std::to_string(plan->variants) + " variants, " : ", ") << plan->dataset << ", student "
                    << grouped(plan->student.parameters) << " parameters"
                    << (plan->learnedParameters > 0 ? " + " + grouped(plan->learnedParameters) + " in the objective's learned parts" : "")
                    << ", " << grouped(plan->steps) << " steps, about " << duration(plan->secondsEstimate);
        if (plan->secondsInFull > plan->secondsEstimate * 1.001) {
            console.out << " (all in full " << duration(plan->secondsInFull) << ")";
        }
    }
    console.out << '\n';
    for (const std::string& line : findings.objectives) {
        console.out << "  " << line << '\n';
    }
    printAdvice(console.out, findings.advice);
}

void save(const std::string& file, const std::string& text)
{
    AtomicFile written(std::filesystem::canonical(file).string()); // through a link to what it leads to
    written.write(text.data(), text.size());
    written.commit();
}

Findings look(const std::string& file, const Options& options, const History* history)
{
    Findings findings;
    try {
        Document document = Document::load(file);
        findings.problems = schema().check(document);
        if (!findings.problems.empty()) {
            return findings;
        }
        if (options.fix) {
            FixedDocument mended = withEveryFix(schema(), document);
            document = mended.document;
            findings.fixed = std::move(mended.fixed);
            if (!findings.fixed.empty()) {
                save(file, document.text());
            }
        }
        findings.advice = advise(schema(), document);
        if (!options.documentOnly) {
            findings.plan = plan(document, history);
            loadData(document, history);
            if (options.verbose) {
                findings.objectives = objectivesOf(document, *findings.plan);
            }
        }
    } catch (const InputError& error) {
        const std::string sentence = error.what();
        findings.problems.push_back({{}, 0, sentence, (sentence.find(file) == std::string::npos ? file + ": " : "") + sentence});
        findings.plan.reset();
    }
    return findings;
}

int check(const Context& context, const Options& options)
{
    std::shared_ptr<History> history;
    const std::string workspace = workspaceFolder(context.workspace);
    if (!options.documentOnly && std::filesystem::exists(std::filesystem::path(workspace) / "history.sqlite")) {
        history = context.openHistory(); // a document may name runs
    }
    int code = Done;
    Json all = Json::array();
    for (const std::string& file : options.files) {
        const Findings findings = look(file, options, history.get());
        code = findings.problems.empty() ? code : BadInput;
        if (options.json) {
            all.push_back(jsonOf(file, options, findings));
        } else {
            print(context.console, file, findings);
        }
    }
    if (options.json) {
        context.console.out << all.dump(2) << '\n';
    }
    context.console.err.flush();
    return code;
}

} // namespace

void addCheckCommand(CLI::App& app, Context& context)
{
    const auto options = std::make_shared<Options>();
    CLI::App* checking
        = app.add_subcommand("check", "Check experiments without running them, their data and models included, and give advice");
    checking->add_option("FILE", options->files, "Experiments")->required();
    checking->add_flag("--document", options->documentOnly, "The documents alone, not whether their data is there");
    checking->add_flag("--verbose", options->verbose, "The loss of each stage as it is computed, and what fits student to teacher");
    checking->add_flag("--fix", options->fix, "Write each file with every fix that the advice has, and say what was changed");
    checking->add_flag("--json", options->json, "Print problems and advice as a JSON list, one object a file");
    addWorkspaceOption(*checking, context);
    checking->callback([&context, options] { context.command = [&context, options] { return check(context, *options); }; });
}

} // namespace distill::cli
