// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/setup.h"

#include <algorithm>
#include <array>

namespace distill::ui {

namespace {

constexpr std::array<const char*, 5> axisNames = {"step", "epoch", "time", "samples", "metric"};
constexpr std::array<const char*, 2> layoutNames = {"metric", "run"};
constexpr std::array<const char*, 3> bandNames = {"none", "deviation", "extremes"};
constexpr std::array<const char*, 3> viewNames = {"both", "curves", "details"};

template <class Value, class Names> void take(const Json& json, const char* key, Value& value, const Names& names)
{
    if (const auto found = json.find(key); found != json.end() && found->is_string()) {
        const auto name = std::find(names.begin(), names.end(), found->template get<std::string>());
        if (name != names.end()) {
            value = static_cast<Value>(name - names.begin());
        }
    }
}

template <class Value> void take(const Json& json, const char* key, Value& value)
{
    try {
        if (const auto found = json.find(key); found != json.end()) {
            value = found->template get<Value>();
        }
    } catch (const Json::exception&) { // of another type
    }
}

template <class Value, class Names> const char* nameIn(const Names& names, Value value)
{
    return names[static_cast<std::size_t>(value)];
}

} // namespace

Json ComparisonSetup::toJson() const
{
    Json brushed = Json::object();
    for (const auto& [key, range] : brushes) {
        brushed[key] = {range.low, range.high};
    }
    return {{"runs", runs},
            {"baseline", baseline},
            {"view", nameIn(viewNames, view)},
            {"page", page},
            {"axis", nameIn(axisNames, axis)},
            {"metric", metric},
            {"series", series},
            {"layout", nameIn(layoutNames, layout)},
            {"grouped", grouped},
            {"band", nameIn(bandNames, band)},
            {"members", members},
            {"smoothing", smoothing},
            {"log_x", logX},
            {"log_y", logY},
            {"clips_outliers", clipsOutliers},
            {"differences_only", differencesOnly},
            {"scatter",
             {{"x", scatterX}, {"y", scatterY}, {"log_x", scatterLogX}, {"log_y", scatterLogY}, {"labels", scatterLabels}, {"means", scatterMeans}}},
            {"parallel", {{"axes", axes}, {"coloured_by", colouredBy}, {"brushes", brushed}}}};
}

ComparisonSetup ComparisonSetup::fromJson(const Json& json)
{
    ComparisonSetup setup;
    if (!json.is_object()) {
        return setup;
    }
    take(json, "runs", setup.runs);
    take(json, "baseline", setup.baseline);
    take(json, "view", setup.view, viewNames);
    take(json, "page", setup.page);
    take(json, "axis", setup.axis, axisNames);
    take(json, "metric", setup.metric);
    take(json, "series", setup.series);
    take(json, "layout", setup.layout, layoutNames);
    take(json, "grouped", setup.grouped);
    take(json, "band", setup.band, bandNames);
    take(json, "members", setup.members);
    take(json, "smoothing", setup.smoothing);
    take(json, "log_x", setup.logX);
    take(json, "log_y", setup.logY);
    take(json, "clips_outliers", setup.clipsOutliers);
    take(json, "differences_only", setup.differencesOnly);
    if (const auto scatter = json.find("scatter"); scatter != json.end() && scatter->is_object()) {
        take(*scatter, "x", setup.scatterX);
        take(*scatter, "y", setup.scatterY);
        take(*scatter, "log_x", setup.scatterLogX);
        take(*scatter, "log_y", setup.scatterLogY);
        take(*scatter, "labels", setup.scatterLabels);
        take(*scatter, "means", setup.scatterMeans);
    }
    if (const auto parallel = json.find("parallel"); parallel != json.end() && parallel->is_object()) {
        take(*parallel, "axes", setup.axes);
        take(*parallel, "coloured_by", setup.colouredBy);
        std::map<std::string, std::array<double, 2>> brushed;
        take(*parallel, "brushes", brushed);
        for (const auto& [key, range] : brushed) {
            setup.brushes[key] = {range[0], range[1]};
        }
    }
    return setup;
}

} // namespace distill::ui
