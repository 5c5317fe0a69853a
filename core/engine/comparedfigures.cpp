// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/comparisonparts.h"

#include "engine/summary.h"

#include <cmath>
#include <limits>

namespace distill::comparison {

namespace {

using Unit = ComparedFigure::Unit;
using Better = ComparedFigure::Better;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// The number that a path of keys leads to; NaN where there is none.
double numberAt(const Json& json, std::initializer_list<const char*> path)
{
    const Json* at = &json;
    for (const char* key : path) {
        if (!at->is_object() || !at->contains(key)) {
            return unknown;
        }
        at = &at->at(key);
    }
    return at->is_number() ? at->get<double>() : unknown;
}

struct Measure {
    const char* key;
    const char* title;
    Unit unit;
    Better better;
};
constexpr Measure measures[] = {{"accuracy", "accuracy", Unit::Share, Better::Higher},
                                {"loss", "loss", Unit::Nats, Better::Lower},
                                {"agreement", "agreement", Unit::Share, Better::Higher},
                                {"kl", "KL", Unit::Nats, Better::Lower}};

/// Which weights a run's headline figures are of, also before its end.
std::string reportedWeights(const Comparison::Run& run)
{
    if (run.row.summary.is_object()) {
        return run.row.summary.value("reported", "last");
    }
    const auto at = Json::json_pointer("/evaluation/report");
    return run.document.contains(at) && run.document.at(at) == "best" ? "best" : "last";
}

/// A validation figure of a run whose summary has none, as its row has it so far.
double soFar(const RunRow& row, const std::string& weights, const char* measure)
{
    const std::string_view name = measure;
    if (name == "accuracy") {
        return weights == "best" ? row.figures.bestAccuracy : row.figures.lastAccuracy;
    }
    return name == "agreement" && weights == "last" ? row.figures.agreement : unknown;
}

double splitFigure(const Comparison::Run& run, const std::string& weights, const char* split, const char* measure)
{
    if (run.row.summary.is_object() && !run.row.isImported()) {
        return numberAt(run.row.summary, {weights.c_str(), split, measure});
    }
    return std::string_view(split) == "validation" ? soFar(run.row, weights, measure) : unknown;
}

/// Samples that the steps were made of; NaN where the stages' shares are not known.
double samplesSeen(const Comparison::Run& run, double steps)
{
    const Json& stages = run.document.contains("stages") ? run.document.at("stages") : Json();
    if (!stages.is_array() || stages.empty()) {
        return unknown;
    }
    const auto batch = [&](std::size_t stage) { return numberAt(stages[stage], {"batch_size"}); };
    if (stages.size() == 1) {
        return steps * batch(0);
    }
    const Json& done = run.row.summary.is_object() && run.row.summary.contains("stages") ? run.row.summary.at("stages") : Json();
    if (!done.is_array() || done.size() != stages.size()) {
        return unknown;
    }
    double sum = 0;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        sum += numberAt(done[i], {"steps"}) * batch(i);
    }
    return sum;
}

/// Of the file of the reported weights.
double bytesOf(const History& history, const Comparison::Run& run)
{
    const std::string weights = reportedWeights(run);
    for (const Artefact& artefact : history.artefacts(run.row.id)) {
        if (artefact.kind == weights) {
            return double(artefact.bytes);
        }
    }
    return unknown;
}

double orElse(double value, double other)
{
    return std::isnan(value) ? other : value;
}

} // namespace

std::vector<ComparedFigure> figuresOf(const History& history, const std::vector<Comparison::Run>& runs)
{
    std::vector<ComparedFigure> figures;
    const auto add = [&](std::string key, std::string title, Unit unit, Better better, auto valueOf) {
        ComparedFigure figure{std::move(key), std::move(title), unit, better, {}, {}};
        bool known = false;
        for (const Comparison::Run& run : runs) {
            figure.values.push_back(valueOf(run));
            known = known || !std::isnan(figure.values.back());
        }
        if (known) {
            figures.push_back(std::move(figure));
        }
    };
    const auto addSplit = [&](const std::string& weights, const char* split, const Measure& measure, const std::string& title) {
        add((weights.empty() ? "" : weights + "/") + split + "/" + measure.key, title, measure.unit, measure.better,
            [&](const Comparison::Run& run) {
                return splitFigure(run, weights.empty() ? reportedWeights(run) : weights, split, measure.key);
            });
    };
    for (const auto& [split, name] : {std::pair("test", "Test "), std::pair("validation", "Validation ")}) {
        for (const Measure& measure : measures) {
            addSplit({}, split, measure, std::string(name) + measure.title);
        }
    }
    for (const auto& [weights, suffix] : {std::pair("best", ", best weights"), std::pair("last", ", last weights")}) {
        addSplit(weights, "validation", measures[0], "Validation accuracy" + std::string(suffix));
        addSplit(weights, "test", measures[0], "Test accuracy" + std::string(suffix));
    }
    const auto addNumber = [&](const char* key, const char* title, Unit unit, Better better, std::initializer_list<const char*> path) {
        const std::vector<const char*> keys(path);
        add(key, title, unit, better, [&](const Comparison::Run& run) {
            return keys.size() == 1 ? numberAt(run.row.summary, {keys[0]})
                 : keys.size() == 2 ? numberAt(run.row.summary, {keys[0], keys[1]})
                                    : numberAt(run.row.summary, {keys[0], keys[1], keys[2]});
        });
    };
    addNumber("left_out/accuracy", "Test accuracy, classes left out", Unit::Share, Better::Higher, {"left_out", "accuracy"});
    addNumber("left_out/corrected", "Test accuracy, bias corrected", Unit::Share, Better::Higher, {"left_out", "corrected", "accuracy"});
    addNumber("teacher/test/accuracy", "Teacher's test accuracy", Unit::Share, Better::Neither, {"teacher", "test", "accuracy"});
    addNumber("parameters", "Parameters", Unit::Count, Better::Lower, {"parameters"});
    addNumber("learned_parameters", "Parameters of the objective", Unit::Count, Better::Neither, {"learned_parameters"});
    addNumber("multiply_adds", "Multiply-adds", Unit::Count, Better::Lower, {"multiply_adds"});
    add("bytes", "File of the weights", Unit::Bytes, Better::Lower, [&](const Comparison::Run& run) { return bytesOf(history, run); });
    add("seconds", "Training time", Unit::Seconds, Better::Lower, [](const Comparison::Run& run) {
        return orElse(numberAt(run.row.summary, {"seconds"}), run.row.figures.step > 0 && run.row.figures.seconds > 0 ? run.row.figures.seconds : unknown);
    });
    addNumber("images_per_second", "Images per second", Unit::Rate, Better::Higher, {"images_per_second"});
    addNumber("labelled", "Labelled samples", Unit::Count, Better::Neither, {"labelled"});
    addNumber("train_samples", "Training samples", Unit::Count, Better::Neither, {"train_samples"});
    const auto steps = [](const Comparison::Run& run) {
        return orElse(numberAt(run.row.summary, {"steps"}), run.row.figures.step > 0 ? double(run.row.figures.step) : unknown);
    };
    add("steps", "Steps", Unit::Count, Better::Neither, steps);
    add("samples_seen", "Samples seen", Unit::Count, Better::Neither,
        [&](const Comparison::Run& run) { return samplesSeen(run, steps(run)); });
    return figures;
}

} // namespace distill::comparison
