// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/reportparts.h"

#include "analysis/pareto.h"
#include "report/text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace distill::reporting {

using namespace report;

namespace {

/// A curve by its steps; of a long one the mean of each of some hundred equal parts of its length.
std::map<std::int64_t, double> thinned(const std::vector<Point>& points)
{
    constexpr std::size_t most = 240;
    std::map<std::int64_t, double> curve;
    if (points.size() <= most) {
        for (const Point& point : points) {
            curve[point.step] = point.value;
        }
        return curve;
    }
    const double first = double(points.front().step), last = double(points.back().step);
    std::map<std::int64_t, std::pair<double, int>> sums;
    for (const Point& point : points) {
        const double part = std::floor((double(point.step) - first) / (last - first + 1) * double(most));
        auto& [sum, count] = sums[std::int64_t(std::llround(first + (part + 0.5) * (last - first + 1) / double(most)))];
        if (std::isfinite(point.value)) {
            sum += point.value;
            ++count;
        }
    }
    for (const auto& [step, sum] : sums) {
        curve[step] = sum.second > 0 ? sum.first / sum.second : std::nan("");
    }
    return curve;
}

/// Mean of the seeds at each step that one of them has, and how far they lie apart.
LineChart::Series over(const std::vector<std::map<std::int64_t, double>>& seeds)
{
    std::set<std::int64_t> steps;
    for (const auto& seed : seeds) {
        for (const auto& [step, value] : seed) {
            steps.insert(step);
        }
    }
    LineChart::Series series;
    for (const std::int64_t step : steps) {
        double sum = 0, low = INFINITY, high = -INFINITY;
        int count = 0;
        for (const auto& seed : seeds) {
            const auto found = seed.find(step);
            if (found != seed.end() && std::isfinite(found->second)) {
                sum += found->second;
                low = std::min(low, found->second);
                high = std::max(high, found->second);
                ++count;
            }
        }
        series.x.push_back(double(step));
        series.y.push_back(count > 0 ? sum / count : std::nan(""));
        series.low.push_back(count > 1 ? low : std::nan(""));
        series.high.push_back(count > 1 ? high : std::nan(""));
    }
    if (seeds.size() < 2) {
        series.low.clear();
        series.high.clear();
    }
    return series;
}

bool taughtAtRandom(const Comparison& comparison, const ComparedGroup& group)
{
    const Json& document = firstOf(comparison, group).document;
    const Json::json_pointer kind("/teacher/kind");
    return document.contains(kind) && document.at(kind) == "random";
}

/// What the teachers reach, where the students' rows or the comparison tell.
std::vector<LineChart::Level> teacherLevels(const Comparison& comparison)
{
    std::vector<LineChart::Level> levels;
    for (const ComparedGroup& group : comparison.groups) {
        const Json& summary = firstOf(comparison, group).row.summary;
        const Json::json_pointer accuracy("/teacher/validation/accuracy"), model("/teacher/model");
        if (taughtAtRandom(comparison, group) || !summary.is_object() || !summary.contains(accuracy) || !summary.at(accuracy).is_number()) {
            continue;
        }
        const double y = summary.at(accuracy).get<double>();
        const bool known = std::any_of(levels.begin(), levels.end(), [&](const LineChart::Level& level) { return level.y == y; });
        constexpr std::size_t most = 3;
        if (!known && levels.size() < most) {
            const std::string name = summary.contains(model) && summary.at(model).is_string() ? " " + summary.at(model).get<std::string>() : "";
            levels.push_back({"teacher" + name + ", " + percent(y), y});
        }
    }
    return levels;
}

bool isControl(const Comparison& comparison, const ComparedGroup& group)
{
    return firstOf(comparison, group).row.role == RunRole::Control;
}

} // namespace

std::vector<Block> curves(const History& history, const Comparison& comparison)
{
    struct Wanted {
        const char* name;
        std::vector<const char*> series; ///< the first that there is
        const char* title;
        Scale scale;
        const char* caption;
    };
    const Wanted wanted[] = {
        {"accuracy", {"accuracy/validation", "accuracy/probe"}, "Validation accuracy", Scale::Share, "Accuracy on the validation set"},
        {"loss", {"loss/validation", "loss"}, "Loss", Scale::Number, "Loss"},
        {"agreement", {"agreement/validation", "agreement/probe"}, "Agreement", Scale::Share, "Agreement with the teacher on the validation set"},
    };
    std::vector<Block> blocks;
    for (const Wanted& each : wanted) {
        LineChart chart;
        chart.xTitle = "Step";
        chart.yTitle = each.title;
        chart.yScale = each.scale;
        bool banded = false;
        std::string used;
        for (std::size_t place = 0; place < comparison.groups.size(); ++place) {
            const ComparedGroup& group = comparison.groups[place];
            const bool toAnother = std::string(each.name) == "agreement" && taughtAtRandom(comparison, group);
            if (isReference(comparison, group) || toAnother) { // over steps of its own; with a teacher of its own
                continue;
            }
            for (const char* name : each.series) {
                std::vector<std::map<std::int64_t, double>> seeds;
                for (const std::size_t run : group.runs) {
                    const std::vector<Point> points = history.curve(comparison.runs[run].row.id, name);
                    if (!points.empty() && (used.empty() || used == name)) {
                        seeds.push_back(thinned(points));
                    }
                }
                if (seeds.empty()) {
                    continue;
                }
                used = name;
                LineChart::Series series = over(seeds);
                series.name = group.name + (seeds.size() > 1 ? " (" + std::to_string(seeds.size()) + " seeds)" : "");
                series.colour = int(place);
                series.dashed = isControl(comparison, group);
                banded = banded || !series.low.empty();
                chart.series.push_back(std::move(series));
                break;
            }
        }
        if (chart.series.empty()) {
            continue;
        }
        if (each.scale == Scale::Share && std::string(each.name) == "accuracy") {
            chart.levels = teacherLevels(comparison);
        }
        const bool training = used == "loss";
        std::string caption = std::string(each.caption) + (std::string(each.name) != "loss" ? "" : training ? " in training, as each objective has it; means of equal parts of the training" : ", cross-entropy on the validation set in nats");
        caption += used.ends_with("/probe") ? ", a fixed part of it." : ".";
        caption += banded ? " Means of the seeds; bands reach from the lowest to the highest." : "";
        std::string description = std::string(each.title) + " over the steps:";
        for (const LineChart::Series& series : chart.series) {
            const double last = series.y.empty() ? std::nan("") : series.y.back();
            description += " " + series.name + " ends at " + (each.scale == Scale::Share ? percent(last) : fixed(last, 4)) + ";";
        }
        description.back() = '.';
        blocks.push_back(Picture{each.name, caption, description, chart});
    }
    if (!blocks.empty()) {
        blocks.insert(blocks.begin(), Heading{2, "Curves"});
    }
    return blocks;
}

std::vector<Block> trade(const Comparison& comparison)
{
    ScatterChart chart;
    chart.xTitle = "Multiply-adds of one input";
    chart.yTitle = "Test accuracy";
    std::vector<ParetoPoint> points;
    std::set<double> costs;
    for (std::size_t place = 0; place < comparison.groups.size(); ++place) {
        const ComparedGroup& group = comparison.groups[place];
        ScatterChart::Point point{group.name, meanOf(comparison, group, "multiply_adds"), meanOf(comparison, group, "test/accuracy"),
                                  group.accuracy ? group.accuracy->low : std::nan(""), group.accuracy ? group.accuracy->high : std::nan(""),
                                  int(place), false};
        if (std::isfinite(point.x) && std::isfinite(point.y)) {
            costs.insert(point.x);
            points.push_back({point.x, point.y});
            chart.points.push_back(std::move(point));
        }
    }
    if (costs.size() < 2) {
        return {};
    }
    for (const std::size_t place : paretoFront(points, true, false)) {
        chart.points[place].front = true;
    }
    chart.xLogarithmic = *costs.rbegin() > 4 * *costs.begin();
    std::string description = "Test accuracy against multiply-adds:";
    for (const ScatterChart::Point& point : chart.points) {
        description += " " + point.name + " " + percent(point.y) + " at " + grouped(point.x) + ";";
    }
    description.back() = '.';
    return {Picture{"cost", "Accuracy against cost, with 95 % intervals. The line joins those that no other beats in both.", description, chart}};
}

} // namespace distill::reporting
