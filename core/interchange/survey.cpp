// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/survey.h"

#include "experiment/error.h"
#include "experiment/wording.h"

#include <algorithm>
#include <cstdio>

namespace distill {

namespace {

constexpr double largestStep = 9e15; // beyond, doubles skip whole numbers

/// Names come from files of any kind and end up in tables and labels.
std::string cleaned(std::string_view name)
{
    std::string result;
    for (const char c : name.substr(0, 200)) {
        result += static_cast<unsigned char>(c) < 32 || c == 127 ? ' ' : c;
    }
    const std::size_t begin = result.find_first_not_of(' ');
    return begin == std::string::npos ? std::string() : result.substr(begin, result.find_last_not_of(' ') + 1 - begin);
}

/// More nobody looks at, and each costs a place in the history.
constexpr std::size_t mostCurves = 1000;

} // namespace

std::size_t Survey::curve(std::string_view run, std::string_view name)
{
    const std::pair key(cleaned(run), cleaned(name));
    if (const auto known = m_numbers.find(key); known != m_numbers.end()) {
        return known->second;
    }
    const auto [runEntry, isNewRun] = m_runNumbers.try_emplace(key.first, m_runs.size());
    if (isNewRun) {
        m_runs.emplace_back().name = key.first;
    }
    const std::size_t number = m_curves.size();
    if (m_runs[runEntry->second].curves.size() == mostCurves) {
        throw InputError("There are more than " + std::to_string(mostCurves) + " curves in a run here, such as "
                         + wording::quoted(key.second) + ": import a file with those that matter.");
    }
    Curve made;
    made.run = runEntry->second;
    made.name = key.second.empty() ? "unnamed" : key.second;
    m_curves.push_back(std::move(made));
    m_runs[runEntry->second].curves.push_back(number);
    m_numbers.emplace(key, number);
    return number;
}

void Survey::count(Run& run, Curve& curve, double step)
{
    if (curve.values > 1 && step == curve.lastStep) {
        ++run.repeated;
    } else {
        run.backwards += curve.values > 1 && step < curve.lastStep ? 1 : 0;
        ++curve.places;
    }
    curve.lastStep = step;
}

void Survey::value(std::size_t number, const Place& place, double value)
{
    Curve& curve = m_curves[number];
    Run& run = m_runs[curve.run];
    ++curve.values;
    if (std::isnan(place.step)) {
        ++run.withoutStep;
    } else if (std::abs(place.step) > largestStep || place.step != std::floor(place.step)) {
        char text[40];
        std::snprintf(text, sizeof text, "%.10g", place.step);
        throw InputError(m_path + (place.line > 0 ? ", line " + std::to_string(place.line) : "") + ": the step " + text
                         + " is no whole number.");
    } else {
        run.steps = true;
        count(run, curve, place.step);
    }
    if (std::isfinite(place.epoch)) {
        run.epochs = true;
        run.wholeEpochs = run.wholeEpochs && place.epoch == std::floor(place.epoch) && std::abs(place.epoch) < largestStep;
    }
    run.seconds = run.seconds || std::isfinite(place.seconds);
    if (std::isfinite(place.wallTime)) {
        run.firstWallTime = std::min({run.firstWallTime, place.wallTime, m_began});
        run.lastWallTime = std::max(run.lastWallTime, place.wallTime);
    }
    if (std::isfinite(value)) {
        curve.smallest = std::min(curve.smallest, value);
        curve.largest = std::max(curve.largest, value);
    }
}

void Survey::began(double wallTime)
{
    m_began = std::min(m_began, wallTime);
    for (Run& run : m_runs) {
        run.firstWallTime = std::min(run.firstWallTime, wallTime);
    }
}

void Survey::remark(const std::string& sentence)
{
    if (std::find(m_remarks.begin(), m_remarks.end(), sentence) == m_remarks.end()) {
        m_remarks.push_back(sentence);
    }
}

} // namespace distill
