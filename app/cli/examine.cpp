// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/examination.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <ostream>

namespace distill::cli {

namespace {

const char* const examineHelp = R"(Of the test set: what the student answers as its teacher does, beside the same student alone and a twin of the teacher (trained
apart from it), as far as there are such runs. Any two networks err on the same hard samples: what counts as inherited is what goes beyond
the twin.

With --json the output is one object:
  student, teacher, alone, twin   {run, name, model, accuracy, confidently_wrong, rare_class_accuracy, ece, signed_ece, reliability,
                                  corrupted}; alone and twin are null where there is none
  agreement, kl                   each {student, alone, twin}, with the teacher; kl in nats
  shared_errors                   the same, {labelled, teacher_wrong, wrong, both_wrong, same_wrong, share, risk, lift, same_label};
                                  null without a twin
  inheritance                     {share, risk, same_label, comparable, text}, the student's less the twin's, or null; then no_inheritance
                                  says why
  beyond_alone                    {share, risk, same_label}, less the student alone's, or null: what to look at where the student errs much
                                  more often than the twin (comparable is false)
  classes                         [{class, samples, teacher, student, agreement}, ...]
  lost                            test samples that teacher and twin know and the students do not
  siblings, sibling_agreement     students of the same teacher, this one first, and the agreement of each with each
  similarity                      with --similarity: [{teacher, student, cka}, ...], linear CKA of each pair of taps)";

/// The columns of the table, those that are there.
struct Column {
    const char* title;
    const NetworkFigures* figures;
    double agreement, divergence; ///< with the teacher; NaN of the teacher itself
    const SharedErrors* errors;   ///< null where they may not be shown
};

const double none = std::nan("");

std::vector<Column> columnsOf(const Examination& found)
{
    const bool shared = found.inheritance.has_value();
    std::vector<Column> columns{{"student", &found.student, found.agreement, found.divergence, shared ? &found.sharedErrors : nullptr}};
    if (found.alone) {
        columns.push_back({"student alone", &*found.alone, *found.aloneAgreement, *found.aloneDivergence,
                           shared && found.aloneErrors ? &*found.aloneErrors : nullptr});
    }
    if (found.twin) {
        columns.push_back({"twin", &*found.twin, *found.twinAgreement, *found.twinDivergence, &found.inheritance->twin});
    }
    columns.push_back({"teacher", &found.teacher, none, none, nullptr});
    return columns;
}

std::string signedPercent(double share)
{
    return std::isnan(share) ? "-" : (share >= 0 ? "+" : "") + percent(share);
}

template <class Value> void addRow(Table& table, const std::string& title, const std::vector<Column>& columns, Value value)
{
    std::vector<std::string> row{title};
    for (const Column& column : columns) {
        row.push_back(value(column));
    }
    table.add(row);
}

void printMeasures(std::ostream& out, const std::vector<Column>& columns)
{
    std::vector<std::string> heads{""};
    Table networks({"", "model", "run", "name"});
    for (const Column& column : columns) {
        heads.push_back(std::string(">") + column.title);
        networks.add({column.title, column.figures->model, column.figures->run.empty() ? "-" : column.figures->run,
                      cut(column.figures->name, 48)});
    }
    networks.print(out);
    out << '\n';
    Table table(heads);
    addRow(table, "test accuracy", columns, [](const Column& column) { return percent(column.figures->accuracy); });
    if (!std::isnan(columns.front().figures->rareClassAccuracy)) {
        addRow(table, "  of the rarest classes", columns, [](const Column& column) { return percent(column.figures->rareClassAccuracy); });
    }
    addRow(table, "agreement with the teacher", columns, [](const Column& column) { return percent(column.agreement); });
    addRow(table, "KL from the teacher, nats", columns, [](const Column& column) { return decimal(column.divergence, 4); });
    if (columns.front().errors) {
        const auto add = [&](const char* title, double (SharedErrors::*measure)() const, bool share) {
            addRow(table, title, columns, [&](const Column& column) {
                const double value = column.errors ? (column.errors->*measure)() : none;
                return share ? percent(value) : decimal(value, 2);
            });
        };
        add("errors that the teacher makes too", &SharedErrors::share, true);
        add("  with the same wrong label", &SharedErrors::sameLabel, true);
        add("wrong where the teacher is wrong", &SharedErrors::risk, true);
        add("  times its rate of error overall", &SharedErrors::lift, false);
    }
    addRow(table, "calibration error (ECE)", columns, [](const Column& column) { return percent(column.figures->calibration.error); });
    addRow(table, "  overconfident by", columns, [](const Column& column) { return signedPercent(column.figures->calibration.signedError); });
    addRow(table, "wrong and surer than 90 %", columns, [](const Column& column) { return percent(column.figures->confidentlyWrong); });
    table.print(out);
}

void printClasses(std::ostream& out, const Examination& found)
{
    out << "\nClasses\n";
    Table table({"class", ">samples", ">teacher", ">student", ">student - teacher", ">agreement"});
    for (std::size_t i = 0; i < found.classes.size(); ++i) {
        const Slice& slice = found.classes[i];
        table.add({cut(found.classNames[i], 32), grouped(slice.samples), percent(slice.teacher), percent(slice.student),
                   signedPercent(slice.student - slice.teacher), percent(slice.agreement)});
    }
    table.print(out, "  ");
}

void printLost(std::ostream& out, const Examination& found)
{
    constexpr std::size_t shown = 20;
    out << "\nLost: " << grouped(static_cast<std::int64_t>(found.lost.size())) << " test samples that the teacher "
        << (found.twin ? "and its twin know" : "knows") << " and the student does not";
    for (std::size_t i = 0; i < std::min(found.lost.size(), shown); ++i) {
        out << (i == 0 ? ": " : ", ") << found.lost[i];
    }
    out << (found.lost.size() > shown ? ", ...\n" : "\n");
}

void printSiblings(std::ostream& out, const Examination& found)
{
    if (found.siblings.size() < 2) {
        return;
    }
    out << "\nAgreement with its siblings, students of the same teacher (churn is what is missing to 100 %)\n";
    std::vector<std::string> heads{"run", ""};
    for (std::size_t i = 0; i < found.siblings.size(); ++i) {
        heads.push_back(">" + std::to_string(i + 1));
    }
    Table table(heads);
    for (std::size_t i = 0; i < found.siblings.size(); ++i) {
        std::vector<std::string> row{found.siblings[i], std::to_string(i + 1)};
        for (const double agreement : found.siblingAgreement[i]) {
            row.push_back(percent(agreement));
        }
        table.add(row);
    }
    table.print(out, "  ");
}

void printSimilarity(std::ostream& out, const Examination& found)
{
    if (found.similarity.empty()) {
        return;
    }
    out << "\nLinear CKA, the student's taps across, the teacher's down\n";
    std::vector<std::string> heads{""};
    const std::string& first = found.similarity.front().teacherTap;
    for (const SimilarityCell& cell : found.similarity) {
        if (cell.teacherTap == first) {
            heads.push_back(">" + cell.studentTap);
        }
    }
    Table table(heads);
    std::vector<std::string> row;
    for (const SimilarityCell& cell : found.similarity) {
        if (row.empty()) {
            row.push_back(cell.teacherTap);
        }
        row.push_back(decimal(cell.cka, 3));
        if (row.size() == heads.size()) {
            table.add(std::exchange(row, {}));
        }
    }
    table.print(out, "  ");
}

void printCorruption(std::ostream& out, const std::vector<Column>& columns)
{
    if (columns.front().figures->corrupted.empty()) {
        return;
    }
    out << "\nTest accuracy under corruption\n";
    std::vector<std::string> heads{""};
    std::vector<const NetworkFigures*> measured;
    for (const Column& column : columns) {
        if (!column.figures->corrupted.empty()) {
            heads.push_back(std::string(">") + column.title);
            measured.push_back(column.figures);
        }
    }
    Table table(heads);
    for (std::size_t i = 0; i < measured.front()->corrupted.size(); ++i) {
        std::vector<std::string> row{measured.front()->corrupted[i].first};
        for (const NetworkFigures* figures : measured) {
            row.push_back(percent(figures->corrupted[i].second));
        }
        table.add(row);
    }
    table.print(out, "  ");
}

Json jsonOf(const NetworkFigures& figures)
{
    Json bins = Json::array(), corrupted = Json::array();
    for (const ReliabilityBin& bin : figures.calibration.bins) {
        bins.push_back({{"samples", bin.samples}, {"confidence", bin.confidence}, {"accuracy", bin.accuracy}});
    }
    for (const auto& [name, accuracy] : figures.corrupted) {
        corrupted.push_back({{"corruption", name}, {"accuracy", accuracy}});
    }
    return {{"run", figures.run.empty() ? Json() : Json(figures.run)},
            {"name", figures.name},
            {"model", figures.model},
            {"accuracy", figures.accuracy},
            {"confidently_wrong", figures.confidentlyWrong},
            {"rare_class_accuracy", figures.rareClassAccuracy},
            {"ece", figures.calibration.error},
            {"signed_ece", figures.calibration.signedError},
            {"reliability", bins},
            {"corrupted", corrupted}};
}

Json jsonOf(const SharedErrors& errors)
{
    return {{"labelled", errors.labelled},
            {"teacher_wrong", errors.teacherWrong},
            {"wrong", errors.studentWrong},
            {"both_wrong", errors.bothWrong},
            {"same_wrong", errors.sameWrong},
            {"share", errors.share()},
            {"risk", errors.risk()},
            {"lift", errors.lift()},
            {"same_label", errors.sameLabel()}};
}

template <class Value> Json orNull(const std::optional<Value>& value)
{
    if constexpr (std::is_arithmetic_v<Value>) {
        return value ? Json(*value) : Json();
    } else {
        return value ? jsonOf(*value) : Json();
    }
}

Json jsonOf(const Examination& found)
{
    Json classes = Json::array(), similarity = Json::array();
    for (std::size_t i = 0; i < found.classes.size(); ++i) {
        const Slice& slice = found.classes[i];
        classes.push_back({{"class", found.classNames[i]},
                           {"samples", slice.samples},
                           {"teacher", slice.teacher},
                           {"student", slice.student},
                           {"agreement", slice.agreement}});
    }
    for (const SimilarityCell& cell : found.similarity) {
        similarity.push_back({{"teacher", cell.teacherTap}, {"student", cell.studentTap}, {"cka", cell.cka}});
    }
    Json shared, inherited, beyondAlone;
    if (found.inheritance) {
        shared = {{"student", jsonOf(found.sharedErrors)},
                  {"alone", orNull(found.aloneErrors)},
                  {"twin", jsonOf(found.inheritance->twin)}};
        inherited = {{"share", found.inheritance->share},
                     {"risk", found.inheritance->risk},
                     {"same_label", found.inheritance->sameLabel},
                     {"comparable", found.inheritance->comparable()},
                     {"text", found.inherited}};
    }
    if (found.beyondAlone) {
        beyondAlone = {{"share", found.beyondAlone->share},
                       {"risk", found.beyondAlone->risk},
                       {"same_label", found.beyondAlone->sameLabel}};
    }
    return {{"student", jsonOf(found.student)},
            {"teacher", jsonOf(found.teacher)},
            {"alone", orNull(found.alone)},
            {"twin", orNull(found.twin)},
            {"agreement", {{"student", found.agreement}, {"alone", orNull(found.aloneAgreement)}, {"twin", orNull(found.twinAgreement)}}},
            {"kl", {{"student", found.divergence}, {"alone", orNull(found.aloneDivergence)}, {"twin", orNull(found.twinDivergence)}}},
            {"shared_errors", shared},
            {"inheritance", inherited},
            {"beyond_alone", beyondAlone},
            {"no_inheritance", found.noInheritance.empty() ? Json() : Json(found.noInheritance)},
            {"classes", classes},
            {"lost", found.lost},
            {"siblings", found.siblings},
            {"sibling_agreement", found.siblingAgreement},
            {"similarity", similarity}};
}

} // namespace

void addExamineCommand(CLI::App& app, Context& context)
{
    struct Options {
        std::string run;
        ExaminationOptions measured;
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* examine = app.add_subcommand("examine", "What a student took over from its teacher, and what it lost");
    examine->footer(examineHelp);
    examine->add_option("RUN", options->run, runHelp)->required();
    examine->add_flag("--similarity", options->measured.similarity, "Also linear CKA of each pair of taps (seconds)");
    examine->add_flag("--corruption", options->measured.corruption,
                      "Also the accuracy on spoilt test samples: noise, blur, contrast, ... (seconds to a minute)");
    examine->add_flag("--json", options->json, "As one JSON object");
    addWorkspaceOption(*examine, context);
    examine->callback([&context, options] {
        context.command = [&context, options] {
            const auto history = context.openHistory();
            const Examination found = distill::examine(*history, history->resolve(options->run), options->measured);
            std::ostream& out = context.console.out;
            if (options->json) {
                out << jsonOf(found).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
                return int(Done);
            }
            const std::vector<Column> columns = columnsOf(found);
            printMeasures(out, columns);
            out << '\n' << (found.inheritance ? found.inherited : found.noInheritance) << '\n';
            printClasses(out, found);
            printLost(out, found);
            printSiblings(out, found);
            printSimilarity(out, found);
            printCorruption(out, columns);
            return int(Done);
        };
    });
}

} // namespace distill::cli
