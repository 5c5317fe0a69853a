// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/formula.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace distill {

namespace {

std::string percentText(double share)
{
    return numberText(100 * share) + " %";
}

bool moves(const ScheduleSettings& schedule)
{
    return schedule.kind != "constant" || schedule.warmUp > 0;
}

/// "0.9, rising linearly from 0 over the first 10 % of the steps, then along a cosine to 0.09".
std::string scheduleText(double value, const ScheduleSettings& schedule)
{
    std::string text = numberText(value);
    const bool rises = schedule.warmUp > 0;
    if (rises) {
        text += ", rising linearly from 0 over the first " + percentText(schedule.warmUp) + " of the steps";
    }
    const std::string then = rises ? ", then " : ", ";
    if (schedule.kind == "linear" || schedule.kind == "cosine") {
        text += then + (schedule.kind == "linear" ? "linearly" : "along a cosine") + " to " + numberText(value * schedule.final);
    } else if (schedule.kind == "step") {
        std::string places;
        for (const double milestone : schedule.milestones) {
            places += (places.empty() ? "" : ", ") + percentText(schedule.warmUp + (1 - schedule.warmUp) * milestone);
        }
        text += then + "times " + numberText(schedule.factor) + " after " + places + " of the steps";
    }
    return text;
}

/// ", 0.01 at least" where the schedule goes below what a temperature may be.
std::string coldestText(const TermSettings& term, double temperature)
{
    const ScheduleSettings& schedule = term.temperatureSchedule;
    const double factor = schedule.kind == "step" ? std::pow(schedule.factor, static_cast<double>(schedule.milestones.size()))
                                                  : schedule.final;
    for (const Field& field : findKind(objectiveKinds(), term.objective.kind)->fields) {
        if (field.key == "temperature" && temperature * factor < field.minimum) {
            return ", " + numberText(field.minimum) + " at least";
        }
    }
    return {};
}

/// "KD" of "kd", "CE" of "cross_entropy".
std::string shortName(const std::string& kind)
{
    if (kind == "cross_entropy") {
        return "CE";
    }
    std::string name = kind;
    for (char& c : name) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}


std::string list(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

std::string layersText(const std::vector<std::string>& student, const std::vector<std::string>& teacher)
{
    return student == teacher ? std::string("of ") + list(student)
                              : std::string("of the student's ") + list(student) + " and the teacher's " + list(teacher);
}

/// ", of stage1, stage2, with width = 512"
std::string parametersText(const Kind& kind, const Json& parameters)
{
    std::vector<std::string> student, teacher; // layers
    std::string text;
    for (const Field& field : kind.fields) {
        const Json& value = parameters.contains(field.key) ? parameters.at(field.key) : field.defaultValue;
        if (field.key == "student_taps" || field.key == "teacher_taps") {
            value.get_to(field.key == "student_taps" ? student : teacher);
            continue;
        }
        const std::string shown = value.is_number_float() ? numberText(value.get<double>())
            : value.is_string()                           ? value.get<std::string>()
                                                          : value.dump();
        text += (text.empty() ? ", with " : ", ") + field.key + " = " + shown;
    }
    return student.empty() ? text : ", " + layersText(student, teacher) + text;
}

} // namespace

std::string numberText(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

std::string times(double factor, const std::string& what)
{
    return factor == 1 ? what : numberText(factor) + " " + what;
}

std::string TemperatureText::under(const std::string& logits) const
{
    return m_moves ? logits + "/T" : m_value == 1 ? logits : logits + "/" + numberText(m_value);
}

std::string TemperatureText::squared() const
{
    return m_moves ? "T^2" : numberText(m_value * m_value);
}

std::string TemperatureText::squaredTimes(const std::string& what) const
{
    return !m_moves && m_value == 1 ? what : squared() + " " + what;
}

std::string layersText(const TapPairs& taps)
{
    return layersText(taps.student, taps.teacher);
}

std::string layersText(const TapPair& tap)
{
    return layersText(std::vector{tap.student}, std::vector{tap.teacher});
}

std::string halvedTowardsInput(std::size_t layers)
{
    std::string text;
    for (std::size_t i = 0; i < layers; ++i) {
        const std::size_t halvings = layers - 1 - i;
        text += (text.empty() ? "" : ", ")
            + (halvings == 0 ? "1" : "1/" + numberText(std::exp2(static_cast<double>(halvings))));
    }
    return text;
}

std::string formulaOf(const Selection& objective, bool temperatureMoves)
{
    if (std::string text = makeObjective(objective)->formula(temperatureMoves); !text.empty()) {
        return text;
    }
    const Kind& kind = *findKind(objectiveKinds(), objective.kind);
    const std::string sum = "L = ";
    return (kind.formula.starts_with(sum) ? kind.formula.substr(sum.size()) : kind.formula)
        + parametersText(kind, objective.parameters);
}

std::vector<std::string> lossFormula(const StageSettings& stage, bool mixes)
{
    std::vector<const TermSettings*> terms;
    for (const TermSettings& term : stage.objective) {
        if (!term.muted) {
            terms.push_back(&term);
        }
    }
    const auto isSame = [](const TermSettings& term) {
        return [&term](const TermSettings* other) { return other->objective.kind == term.objective.kind; };
    };
    std::string sum, first;
    std::vector<std::string> meanings, movements;
    bool hasLabels = false;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const TermSettings& term = *terms[i];
        std::string name = shortName(term.objective.kind);
        if (std::count_if(terms.begin(), terms.end(), isSame(term)) > 1) {
            name += std::to_string(1 + std::count_if(terms.begin(), terms.begin() + static_cast<std::ptrdiff_t>(i), isSame(term)));
        }
        std::string sized = name;
        if (stage.balance.kind != "none" && i > 0) {
            sized = "f_" + name + " " + name;
            const bool byValue = stage.balance.kind == "values";
            movements.push_back("f_" + name + " = " + (byValue ? first + " / " + name : "|grad " + first + "| / |grad " + name + "|")
                                + ", averaged over the steps so far");
        }
        first = i == 0 ? name : first;
        sum += (sum.empty() ? "" : " + ") + (moves(term.weightSchedule) ? "w_" + name + " " + sized : times(term.weight, sized));
        if (moves(term.weightSchedule)) {
            movements.push_back("w_" + name + " = " + scheduleText(term.weight, term.weightSchedule));
        }
        const bool heats = term.temperatureSchedule.kind != "constant";
        if (heats) {
            const double temperature = term.objective.parameters.value("temperature", 1.0);
            movements.push_back("T of " + name + " = " + scheduleText(temperature, term.temperatureSchedule)
                                + coldestText(term, temperature));
        }
        meanings.push_back(name + " = " + formulaOf(term.objective, heats));
        hasLabels = hasLabels || term.objective.kind == "cross_entropy" || term.objective.parameters.value("hard_share", 0.0) > 0;
    }
    std::vector<std::string> lines{"L = " + (sum.empty() ? "0" : sum)};
    lines.insert(lines.end(), meanings.begin(), meanings.end());
    lines.insert(lines.end(), movements.begin(), movements.end());
    if (mixes && hasLabels) {
        lines.push_back("of a mixed sample, -log q_y = -s log q_y1 - (1 - s) log q_y2, s the share of the first");
    }
    return lines;
}

} // namespace distill
