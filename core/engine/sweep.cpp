// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/sweep.h"

#include "engine/engine.h"
#include "engine/summary.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace distill {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

MeanOf meanOf(const std::vector<double>& all)
{
    std::vector<double> values;
    std::copy_if(all.begin(), all.end(), std::back_inserter(values), [](double value) { return !std::isnan(value); });
    if (values.empty()) {
        return {unknown, unknown};
    }
    const auto count = static_cast<double>(values.size());
    double sum = 0, squares = 0;
    for (const double value : values) {
        sum += value;
    }
    for (const double value : values) {
        squares += (value - sum / count) * (value - sum / count);
    }
    return {sum / count, values.size() > 1 ? std::sqrt(squares / (count - 1)) : unknown};
}

double figure(const Json& summary, const char* split, const char* key)
{
    const Json block = summary::reported(summary).value(split, Json());
    const Json value = block.is_object() ? block.value(key, Json()) : Json();
    return value.is_number() ? value.get<double>() : unknown;
}

double validationOf(const RunRow& run, bool best)
{
    if (run.summary.is_object()) {
        const double accuracy = figure(run.summary, "validation", "accuracy");
        if (!std::isnan(accuracy)) {
            return accuracy;
        }
    }
    return best ? run.figures.bestAccuracy : run.figures.lastAccuracy;
}

/// The rung in the message of a run that was stopped there: "rung 1 of 2".
std::string rungOf(const std::string& message)
{
    const std::size_t start = message.find("rung "), end = message.find(" (", start);
    return start == std::string::npos || end == std::string::npos ? std::string() : message.substr(start, end - start);
}

std::string stateOf(const std::vector<RunRow>& runs)
{
    if (runs.empty()) {
        return "deleted";
    }
    const auto same = [&](RunState state) {
        return static_cast<std::size_t>(std::count_if(runs.begin(), runs.end(), [&](const RunRow& run) { return run.state == state; }));
    };
    for (const RunState state : {RunState::Failed, RunState::Diverged, RunState::Stopped, RunState::Running, RunState::Paused,
                                 RunState::Interrupted, RunState::Queued, RunState::Finished}) {
        const std::size_t count = same(state);
        if (count == 0) {
            continue;
        }
        std::string text = nameOf(state);
        if (state == RunState::Stopped) {
            const auto run = std::find_if(runs.begin(), runs.end(), [](const RunRow& each) { return each.state == RunState::Stopped; });
            if (isStoppedBySweep(*run)) {
                const std::string rung = rungOf(run->message);
                text += rung.empty() ? " early" : " at " + rung;
            }
        }
        return count == runs.size() ? text : std::to_string(count) + " of " + std::to_string(runs.size()) + " " + text;
    }
    return {};
}

void count(SweepResults& results, const RunRow& run)
{
    ++results.runs;
    switch (run.state) {
    case RunState::Finished: ++results.finished; break;
    case RunState::Stopped: ++results.stopped; break;
    case RunState::Failed:
    case RunState::Diverged: ++results.failed; break;
    case RunState::Interrupted: ++results.interrupted; break;
    case RunState::Queued: ++results.waiting; break;
    case RunState::Running:
    case RunState::Paused: ++results.training; break;
    }
    results.seconds += run.figures.seconds;
    if (run.figures.totalSteps > 0) {
        results.stepsTrained += run.figures.step;
        results.stepsInFull += run.figures.totalSteps;
    }
}

std::vector<SweepResults::Best> bestSoFar(const SweepResults& results, bool best)
{
    std::vector<const RunRow*> ended;
    double begin = std::numeric_limits<double>::infinity();
    for (const SweepResults::Row& row : results.rows) {
        for (const RunRow& run : row.runs) {
            if (run.startedAt > 0) {
                begin = std::min(begin, run.startedAt);
            }
            if (run.endedAt > 0 && !isLive(run.state) && run.state != RunState::Interrupted && !std::isnan(validationOf(run, best))) {
                ended.push_back(&run);
            }
        }
    }
    std::stable_sort(ended.begin(), ended.end(), [](const RunRow* a, const RunRow* b) { return a->endedAt < b->endedAt; });
    std::vector<SweepResults::Best> points;
    for (const RunRow* run : ended) {
        const double accuracy = validationOf(*run, best);
        const bool better = points.empty() || accuracy > points.back().accuracy;
        points.push_back({points.size() + 1, run->endedAt - begin, better ? accuracy : points.back().accuracy,
                          better ? run->id : points.back().run, accuracy});
    }
    return points;
}

/// The values of one field along an axis of the heat map: what stands there, and where each row belongs.
struct Axis {
    std::vector<std::string> labels;
    std::vector<std::size_t> places; ///< of each row
};

std::string digits(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

Axis axisOf(const SweepResults& results, std::size_t field)
{
    constexpr std::size_t mostValues = 12;
    constexpr int steps = 8;
    std::vector<std::pair<Json, std::string>> values;
    bool numbers = true;
    for (const SweepResults::Row& row : results.rows) {
        numbers = numbers && row.values[field].is_number();
        const auto same = [&](const auto& known) { return known.first == row.values[field]; };
        if (std::none_of(values.begin(), values.end(), same)) {
            values.emplace_back(row.values[field], row.shown[field]);
        }
    }
    Axis axis;
    if (numbers && values.size() > mostValues) {
        const auto [least, most] = std::minmax_element(values.begin(), values.end(),
                                                       [](const auto& a, const auto& b) { return a.first < b.first; });
        const auto scaled = [&](double value) { return results.logarithmic[field] ? std::log(value) : value; };
        const auto back = [&](double value) { return results.logarithmic[field] ? std::exp(value) : value; };
        const double from = scaled(least->first.template get<double>()), to = scaled(most->first.template get<double>());
        for (int step = 0; step < steps; ++step) {
            axis.labels.push_back(digits(back(from + (to - from) * step / steps)) + " \u2013 "
                                  + digits(back(from + (to - from) * (step + 1) / steps)));
        }
        for (const SweepResults::Row& row : results.rows) {
            const double share = (scaled(row.values[field].get<double>()) - from) / (to - from);
            axis.places.push_back(static_cast<std::size_t>(std::clamp(static_cast<int>(share * steps), 0, steps - 1)));
        }
        return axis;
    }
    if (numbers) {
        std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    } else { // as the document names them
        std::vector<const SweepResults::Row*> rows;
        for (const SweepResults::Row& row : results.rows) {
            rows.push_back(&row);
        }
        std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->variant < b->variant; });
        const auto first = [&](const Json& value) {
            return std::find_if(rows.begin(), rows.end(), [&](const auto* row) { return row->values[field] == value; }) - rows.begin();
        };
        std::sort(values.begin(), values.end(), [&](const auto& a, const auto& b) { return first(a.first) < first(b.first); });
    }
    for (const auto& [value, shown] : values) {
        axis.labels.push_back(shown);
    }
    for (const SweepResults::Row& row : results.rows) {
        const auto at = std::find_if(values.begin(), values.end(), [&](const auto& known) { return known.first == row.values[field]; });
        axis.places.push_back(static_cast<std::size_t>(at - values.begin()));
    }
    return axis;
}

} // namespace

bool isStoppedBySweep(const RunRow& row)
{
    return row.state == RunState::Stopped && row.message.starts_with(stoppedBySweep);
}

SweepShape shapeOf(const GroupRecord& record)
{
    SweepShape shape;
    shape.experiment = schema().read(Document::parse(record.text));
    shape.sweep = sweepOf(shape.experiment.sweep);
    shape.generations = static_cast<std::size_t>(shape.experiment.generations);
    shape.seeds = std::max<std::size_t>(1, shape.experiment.seeds.size());
    shape.variants = countVariants(shape.sweep);
    if (shape.variants * shape.generations * shape.seeds != record.students.size()) {
        throw InputError("The history's sweep has " + std::to_string(record.students.size()) + " students, and its document makes "
                         + std::to_string(shape.variants * shape.generations * shape.seeds));
    }
    return shape;
}

SweepResults sweepResults(const History& history, const std::string& group)
{
    const GroupRecord record = history.group(group);
    if (record.text.empty()) {
        throw InputError("The runs of " + group + " were not submitted as a sweep");
    }
    const SweepShape shape = shapeOf(record);
    if (record.sweep == "none") {
        throw InputError("The runs of " + group + " (" + shape.experiment.name + ") are of no sweep");
    }
    const std::vector<Variant> variants = variantsOf(schema(), Document::parse(record.text).json());
    const bool best = shape.experiment.evaluation.report == "best";

    SweepResults results;
    results.group = group;
    results.name = record.name;
    results.kind = record.sweep;
    for (const SweptField& field : shape.sweep.fields) {
        results.fields.push_back(field.field);
        results.logarithmic.push_back(field.logarithmic);
    }
    results.labels = labelsOf(shape.sweep.fields);
    for (std::size_t v = 0; v < variants.size(); ++v) {
        SweepResults::Row& row = results.rows.emplace_back();
        row.variant = v;
        row.name = variants[v].name;
        for (const Variant::Value& value : variants[v].values) {
            row.values.push_back(value.value);
            row.shown.push_back(value.shown);
        }
    }
    for (std::size_t i = 0; i < record.students.size(); ++i) {
        auto run = history.run(record.students[i]);
        if (!run || run->deleted) {
            continue;
        }
        count(results, *run);
        if (shape.generationOf(i) + 1 == shape.generations) {
            results.rows[shape.variantOf(i)].runs.push_back(std::move(*run));
        }
    }
    for (SweepResults::Row& row : results.rows) {
        std::vector<double> validation, test, agreement;
        std::int64_t steps = 0, total = 0;
        for (const RunRow& run : row.runs) {
            validation.push_back(validationOf(run, best));
            const bool ended = run.state == RunState::Finished && run.summary.is_object();
            test.push_back(ended ? figure(run.summary, "test", "accuracy") : unknown);
            agreement.push_back(ended ? figure(run.summary, "test", "agreement") : run.figures.agreement);
            row.finished += run.state == RunState::Finished;
            steps += run.figures.step;
            total += run.figures.totalSteps;
        }
        row.validation = meanOf(validation);
        row.test = meanOf(test);
        row.agreement = meanOf(agreement);
        row.trained = total > 0 ? static_cast<double>(steps) / static_cast<double>(total) : 0;
        row.state = stateOf(row.runs);
    }
    results.bestSoFar = bestSoFar(results, best);
    std::stable_sort(results.rows.begin(), results.rows.end(), [](const SweepResults::Row& a, const SweepResults::Row& b) {
        const bool aWhole = !a.runs.empty() && a.finished == a.runs.size(), bWhole = !b.runs.empty() && b.finished == b.runs.size();
        // Of runs that were stopped, those of one rung are alike but for a step or two.
        const auto stage = [](const SweepResults::Row& row) { return std::lround(row.trained * 20); };
        const auto key = [](double accuracy) { return std::isnan(accuracy) ? -1.0 : accuracy; };
        if (aWhole != bWhole) {
            return aWhole;
        }
        if (!aWhole && stage(a) != stage(b)) {
            return stage(a) > stage(b);
        }
        return key(a.validation.mean) > key(b.validation.mean);
    });
    return results;
}

std::string groupOf(const History& history, const std::string& part)
{
    if (!history.group(part).text.empty()) {
        return part;
    }
    return history.run(history.resolve(part)).value().group;
}

HeatMap heatMap(const SweepResults& results, std::size_t columnField, std::size_t rowField)
{
    const Axis columns = axisOf(results, columnField), rows = axisOf(results, rowField);
    HeatMap map{columns.labels, rows.labels, {}, {}};
    map.accuracies.assign(rows.labels.size(), std::vector<double>(columns.labels.size(), 0));
    map.counts.assign(rows.labels.size(), std::vector<int>(columns.labels.size(), 0));
    for (std::size_t i = 0; i < results.rows.size(); ++i) {
        const double accuracy = results.rows[i].validation.mean;
        if (!std::isnan(accuracy)) {
            map.accuracies[rows.places[i]][columns.places[i]] += accuracy;
            ++map.counts[rows.places[i]][columns.places[i]];
        }
    }
    for (std::size_t r = 0; r < map.counts.size(); ++r) {
        for (std::size_t c = 0; c < map.counts[r].size(); ++c) {
            map.accuracies[r][c] = map.counts[r][c] > 0 ? map.accuracies[r][c] / map.counts[r][c] : unknown;
        }
    }
    return map;
}

} // namespace distill
