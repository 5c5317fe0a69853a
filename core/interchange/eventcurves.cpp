// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/eventfile.h"
#include "interchange/readers.h"

#include "experiment/error.h"

#include <filesystem>
#include <unordered_map>

namespace distill {

void readEventCurves(const std::string& path, std::uint64_t bytes, CurveSink& sink)
{
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> curves;
    const EventFileReport report = readEventFile(path, bytes, [&](const ScalarEvent& event) {
        auto known = curves.find(event.tag);
        if (known == curves.end()) {
            known = curves.emplace(std::string(event.tag), sink.curve({}, event.tag)).first;
        }
        Place place;
        place.step = static_cast<double>(event.step);
        place.wallTime = event.wallTime;
        sink.value(known->second, place, event.value);
    });
    if (report.records == 0) {
        throw InputError(path + " is no TensorBoard event file, or its first record is damaged: "
                         + (report.ending.empty() ? "it is empty" : report.ending) + ".");
    }
    if (report.firstWallTime > 0) {
        sink.began(report.firstWallTime);
    }
    const std::string name = std::filesystem::path(path).filename().string();
    if (!report.ending.empty()) {
        sink.remark(name + ": " + report.ending + "; what comes before it was read.");
    }
    if (report.damaged > 0) {
        sink.remark(name + ": " + std::to_string(report.damaged) + " damaged records were passed over.");
    }
    if (report.others > 0) {
        sink.remark(name + ": " + std::to_string(report.others) + " values that are no scalars (images, histograms, texts) were left out.");
    }
}

} // namespace distill
