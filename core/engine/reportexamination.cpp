// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/reportparts.h"

#include "engine/examination.h"
#include "engine/predictions.h"
#include "experiment/error.h"
#include "report/text.h"

#include <algorithm>
#include <cmath>

namespace distill::reporting {

using namespace report;

namespace {

struct Examined {
    const ComparedGroup* group;
    RunId run;
    Examination result;
};

/// One line of the table; of each student.
struct Measure {
    std::string title;
    std::function<std::string(const Examination&)> of;
};

std::string share(const std::optional<double>& value)
{
    return value ? percent(*value) : "–";
}

std::string nats(const std::optional<double>& value)
{
    return value ? fixed(*value, 4) : "–";
}

std::string signedShare(double value)
{
    return std::isfinite(value) ? points(value) + " %" : "–";
}

std::vector<Measure> measures()
{
    const auto alone = [](const Examination& each, double NetworkFigures::*figure) {
        return each.alone ? percent(*each.alone.*figure) : std::string("–");
    };
    return {
        {"Test accuracy: teacher", [](const Examination& each) { return percent(each.teacher.accuracy); }},
        {"Test accuracy: student", [](const Examination& each) { return percent(each.student.accuracy); }},
        {"Test accuracy: student alone", [=](const Examination& each) { return alone(each, &NetworkFigures::accuracy); }},
        {"Agreement with the teacher", [](const Examination& each) { return percent(each.agreement); }},
        {"Agreement of the student alone", [](const Examination& each) { return share(each.aloneAgreement); }},
        {"Agreement of the teacher's twin", [](const Examination& each) { return share(each.twinAgreement); }},
        {"KL from the teacher, nats", [](const Examination& each) { return fixed(each.divergence, 4); }},
        {"KL of the student alone", [](const Examination& each) { return nats(each.aloneDivergence); }},
        {"KL of the teacher's twin", [](const Examination& each) { return nats(each.twinDivergence); }},
        {"Of the student's errors, the teacher's too", [](const Examination& each) { return percent(each.sharedErrors.share()); }},
        {"Of these, with the same wrong class", [](const Examination& each) { return percent(each.sharedErrors.sameLabel()); }},
        {"Student wrong where the teacher is",
         [](const Examination& each) { return percent(each.sharedErrors.risk()); }},
        {"Twin wrong where the teacher is",
         [](const Examination& each) { return each.inheritance ? percent(each.inheritance->twin.risk()) : std::string("–"); }},
        {"Errors inherited: the former less the latter, points",
         [](const Examination& each) { return each.inheritance ? points(each.inheritance->risk) : std::string("–"); }},
        {"Calibration error (ECE): teacher", [](const Examination& each) { return percent(each.teacher.calibration.error); }},
        {"Calibration error (ECE): student", [](const Examination& each) { return percent(each.student.calibration.error); }},
        {"Confidence less accuracy: teacher", [](const Examination& each) { return signedShare(each.teacher.calibration.signedError); }},
        {"Confidence less accuracy: student", [](const Examination& each) { return signedShare(each.student.calibration.signedError); }},
        {"Wrong and surer than 90 %: teacher", [](const Examination& each) { return percent(each.teacher.confidentlyWrong); }},
        {"Wrong and surer than 90 %: student", [](const Examination& each) { return percent(each.student.confidentlyWrong); }},
        {"Accuracy on rare classes: teacher", [](const Examination& each) { return percent(each.teacher.rareClassAccuracy); }},
        {"Accuracy on rare classes: student", [](const Examination& each) { return percent(each.student.rareClassAccuracy); }},
        {"Test samples lost", [](const Examination& each) { return grouped(double(each.lost.size())); }},
    };
}

ReliabilityDiagram::Network networkOf(const std::string& name, const NetworkFigures& figures, int colour)
{
    ReliabilityDiagram::Network network{name, {}, colour};
    double samples = 0;
    for (const ReliabilityBin& bin : figures.calibration.bins) {
        samples += double(bin.samples);
    }
    for (const ReliabilityBin& bin : figures.calibration.bins) {
        network.bins.push_back({bin.confidence, bin.accuracy, samples > 0 ? double(bin.samples) / samples : 0});
    }
    return network;
}

Picture reliabilityOf(const Examined& examined)
{
    const Examination& result = examined.result;
    ReliabilityDiagram diagram;
    diagram.networks = {networkOf("teacher", result.teacher, 0), networkOf("student", result.student, 1)};
    if (result.alone) {
        diagram.networks.push_back(networkOf("student alone", *result.alone, 2));
    }
    const std::string description = "Reliability: the calibration error of the teacher is " + percent(result.teacher.calibration.error)
        + ", of the student " + percent(result.student.calibration.error) + ".";
    return {"reliability",
            "How often " + examined.group->name + " and its teacher are right at each confidence, of the test set; the dots are as large as"
            " there are samples. Below the diagonal a network is surer than it is right.",
            description, diagram};
}

constexpr std::size_t mostClasses = 20;

std::vector<Block> confusionOfStudent(const History& history, const Examined& examined)
{
    const auto test = testSetOf(history, examined.run);
    if (test->classes.size() > mostClasses) {
        return {};
    }
    const Confusion confusion
        = confusionOf(choicesOf(predictionsOf(history, examined.run)), test->labels, std::int64_t(test->classes.size()));
    HeatMap map{"Student's choice", "Label", test->classes, test->classes, {}};
    std::string worst;
    double most = 0;
    for (std::size_t label = 0; label < confusion.counts.size(); ++label) {
        std::vector<double> row;
        const double samples = double(confusion.samplesOf(label));
        for (std::size_t choice = 0; choice < confusion.counts[label].size(); ++choice) {
            row.push_back(samples > 0 ? double(confusion.counts[label][choice]) / samples : std::nan(""));
            if (choice != label && row.back() > most) {
                most = row.back();
                worst = test->classes[label] + " is taken for " + test->classes[choice] + " in " + percent(most, 1);
            }
        }
        map.values.push_back(std::move(row));
    }
    const std::string description = "Confusion of the student. " + (worst.empty() ? "It confuses no classes" : "Most often " + worst) + ".";
    return {Picture{"confusion", "What " + examined.group->name + " answers for the test samples of each class, as shares of the class.",
                    description, map}};
}

std::vector<Block> classesOf(const Examined& examined)
{
    const Examination& result = examined.result;
    if (result.classes.empty() || result.classes.size() > mostClasses || result.classNames.size() != result.classes.size()) {
        return {};
    }
    Table table{"Each class of the test set, for " + examined.group->name + ".",
                {{"Class", false}, {"Samples", true}, {"Teacher", true}, {"Student", true}, {"Lost, points", true}, {"Agreement", true}},
                {}};
    for (std::size_t i = 0; i < result.classes.size(); ++i) {
        const Slice& slice = result.classes[i];
        table.rows.push_back({result.classNames[i], grouped(double(slice.samples)), percent(slice.teacher, 1), percent(slice.student, 1),
                              points(slice.student - slice.teacher, 1), percent(slice.agreement, 1)});
    }
    return {table};
}

} // namespace

std::vector<Block> takenOver(const History& history, const Comparison& comparison, const std::function<bool()>& keepGoing)
{
    constexpr std::size_t most = 4;
    std::vector<Examined> examined;
    std::vector<std::string> notes;
    std::size_t left = 0;
    for (const ComparedGroup& group : comparison.groups) {
        const auto isDone = [&](std::size_t run) {
            const RunRow& row = comparison.runs[run].row;
            return row.role == RunRole::Student && row.state == RunState::Finished && !row.teachers.empty();
        };
        const auto run = std::find_if(group.runs.begin(), group.runs.end(), isDone);
        if (run == group.runs.end()) {
            continue;
        }
        if (examined.size() == most) {
            ++left;
            continue;
        }
        const RunId id = comparison.runs[*run].row.id;
        try {
            examined.push_back({&group, id, examine(history, id, {}, keepGoing)});
        } catch (const InputError& error) {
            notes.push_back(group.name + ": " + error.what());
        }
    }
    if (examined.empty() && notes.empty()) {
        return {};
    }
    std::vector<Block> blocks = {Heading{2, "What the student took over"}};
    if (!examined.empty()) {
        Table table{"On the test set, of the first seed of each.", {{"", false}}, {}};
        for (const Examined& each : examined) {
            table.columns.push_back({each.group->name, true});
        }
        for (const Measure& measure : measures()) {
            std::vector<std::string> row = {measure.title};
            for (const Examined& each : examined) {
                row.push_back(measure.of(each.result));
            }
            if (std::any_of(row.begin() + 1, row.end(), [](const std::string& cell) { return cell != "–"; })) {
                table.rows.push_back(std::move(row));
            }
        }
        blocks.push_back(table);
        for (const Examined& each : examined) {
            if (!each.result.inheritance && !each.result.noInheritance.empty()
                && std::find(notes.begin(), notes.end(), each.result.noInheritance) == notes.end()) {
                notes.push_back(each.result.noInheritance);
            }
        }
    }
    if (left > 0) {
        notes.push_back("Of " + std::to_string(left) + " more students nothing stands here: a report examines " + std::to_string(most) + ".");
    }
    if (!notes.empty()) {
        blocks.push_back(List{notes});
    }
    if (!examined.empty()) {
        const auto add = [&](std::vector<Block> more) { std::move(more.begin(), more.end(), std::back_inserter(blocks)); };
        blocks.push_back(reliabilityOf(examined.front()));
        add(confusionOfStudent(history, examined.front()));
        add(classesOf(examined.front()));
    }
    return blocks;
}

} // namespace distill::reporting
