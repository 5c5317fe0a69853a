// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sweep.h"

#include "experiment/checker.h"
#include "experiment/pointer.h"
#include "experiment/wording.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

namespace distill {

namespace {

constexpr std::size_t mostLookedAt = 100; // while somebody types

SweepSettings settingsOf(const Json& resolved)
{
    Experiment experiment;
    readFields(resolved, experiment);
    return sweepOf(experiment.sweep);
}

/// A kind may be given by its name alone.
Json wholeValue(const Field& field, const Json& value)
{
    return field.type == Field::Type::Kind && value.is_string() ? Json{{"kind", value}} : value;
}

/// How many combinations there are; infinite where numbers are drawn between bounds.
double combinationsOf(const SweepSettings& sweep)
{
    double count = 1;
    for (const SweptField& field : sweep.fields) {
        count *= field.values.empty() ? std::numeric_limits<double>::infinity() : static_cast<double>(field.values.size());
    }
    return count;
}

/// The same on every machine, unlike the distributions of the standard library.
class Draw {
public:
    explicit Draw(std::int64_t seed) : m_random(static_cast<std::uint64_t>(seed)) {}

    double share() { return static_cast<double>(m_random() >> 11) * 0x1p-53; } ///< [0, 1)
    std::size_t index(std::size_t count) { return static_cast<std::size_t>(share() * static_cast<double>(count)); }

    Json from(const SweptField& swept, bool whole)
    {
        if (!swept.values.empty()) {
            return swept.values[index(swept.values.size())];
        }
        const double at = share();
        const double drawn = swept.logarithmic ? swept.minimum * std::pow(swept.maximum / swept.minimum, at)
                                               : swept.minimum + (swept.maximum - swept.minimum) * at;
        if (whole || swept.whole) {
            return static_cast<std::int64_t>(std::clamp(std::round(drawn), std::ceil(swept.minimum), std::floor(swept.maximum)));
        }
        char digits[32];
        std::snprintf(digits, sizeof digits, "%.3g", drawn);
        return std::clamp(std::strtod(digits, nullptr), swept.minimum, swept.maximum);
    }

private:
    std::mt19937_64 m_random;
};

using Combination = std::vector<Json>; ///< a value for each field

std::vector<Combination> everyCombination(const SweepSettings& sweep)
{
    std::vector<Combination> all{{}};
    for (const SweptField& field : sweep.fields) {
        std::vector<Combination> longer;
        for (const Combination& head : all) {
            for (const Json& value : field.values) {
                longer.push_back(head);
                longer.back().push_back(value);
            }
        }
        all = std::move(longer);
    }
    return all;
}

/// As many different ones as asked for, or as many as turn up.
std::vector<Combination> combinations(const SweepSettings& sweep, const std::vector<bool>& whole)
{
    const double possible = combinationsOf(sweep);
    if (sweep.kind == "grid" || static_cast<double>(countVariants(sweep)) >= possible) {
        return everyCombination(sweep);
    }
    constexpr int tries = 1000;
    Draw draw(sweep.seed);
    std::vector<Combination> all;
    std::set<std::string> known;
    for (std::int64_t i = 0; i < sweep.runs; ++i) {
        for (int attempt = 0; attempt < tries && std::ssize(all) == i; ++attempt) {
            Combination drawn;
            for (std::size_t f = 0; f < sweep.fields.size(); ++f) {
                drawn.push_back(draw.from(sweep.fields[f], whole[f]));
            }
            if (known.insert(Json(drawn).dump()).second) {
                all.push_back(std::move(drawn));
            }
        }
    }
    return all;
}

std::vector<bool> wholeFields(const Schema& schema, const Json& resolved, const SweepSettings& sweep)
{
    std::vector<bool> whole;
    for (const SweptField& field : sweep.fields) {
        const Field* described = schema.find(resolved, field.field);
        whole.push_back(described && described->type == Field::Type::Integer);
    }
    return whole;
}

Json documentOf(const Schema& schema, const Json& resolved, const SweepSettings& sweep, const Combination& values)
{
    Json document = resolved;
    for (std::size_t f = 0; f < values.size(); ++f) {
        const Field* field = schema.find(resolved, sweep.fields[f].field);
        document[Json::json_pointer(sweep.fields[f].field)] = field ? wholeValue(*field, values[f]) : values[f];
    }
    document["sweep"] = {{"kind", "none"}};
    return document;
}

std::string plain(const Json& value)
{
    if (value.is_string()) {
        return wording::cut(value.get<std::string>(), 40);
    }
    return value.is_number_float() ? wording::number(value.get<double>()) : wording::cut(value.dump(), 40);
}

/// A value among all that its field takes: a kind by its name, and by what tells it from others of that name.
std::string shown(const Json& value, const std::vector<Json>& all)
{
    if (!value.is_object() || !value.contains("kind")) {
        return plain(value);
    }
    std::string text = plain(value.at("kind")), parts;
    for (const auto& [key, part] : value.items()) {
        const bool tells = std::any_of(all.begin(), all.end(), [&, &key = key, &part = part](const Json& other) {
            return other.is_object() && other.value("kind", Json()) == value.at("kind") && other.value(key, Json()) != part;
        });
        if (tells) {
            parts += (parts.empty() ? "" : ", ") + key + " " + plain(part);
        }
    }
    return parts.empty() ? text : text + " (" + parts + ")";
}

std::string spaced(std::string label)
{
    std::replace(label.begin(), label.end(), '_', ' ');
    return label;
}

std::string nameOf(const std::vector<std::string>& labels, const Combination& values)
{
    std::string name;
    for (std::size_t f = 0; f < values.size(); ++f) {
        name += (f == 0 ? "" : ", ") + spaced(labels[f]) + " " + shown(values[f], {});
    }
    return name;
}

void collectFields(const Schema& schema, const Json& document, const Json& value, const std::string& pointer,
                   std::vector<std::string>& into)
{
    static const std::set<std::string> aside = {"/seed", "/seeds", "/sweep", "/generations", "/controls"};
    const std::string key = pointer.substr(pointer.rfind('/') + 1);
    if (aside.contains(pointer) || key == "name" || key == "notes" || key == "tags") {
        return;
    }
    const Field* field = schema.find(document, pointer);
    const bool holdsOthers = value.is_object() || (value.is_array() && !value.empty() && value.front().is_object());
    if (field && (!holdsOthers || (field->type == Field::Type::Kind && value.contains("kind")))) {
        into.push_back(pointer);
    }
    if (!holdsOthers) {
        return;
    }
    std::size_t index = 0;
    for (const auto& [name, part] : value.items()) {
        if (value.is_array() || name != "kind") {
            collectFields(schema, document, part, pointer + "/" + (value.is_array() ? std::to_string(index) : wording::escaped(name)), into);
        }
        ++index;
    }
}

class SweepChecker {
public:
    SweepChecker(const Schema& schema, const Json& resolved) : m_schema(schema), m_resolved(resolved)
    {
        readFields(resolved, m_experiment);
        m_sweep = sweepOf(m_experiment.sweep);
    }

    SweepCheck check()
    {
        for (std::size_t i = 0; i < m_sweep.fields.size(); ++i) {
            checkField(i, "/sweep/fields/" + std::to_string(i));
        }
        checkKind();
        if (m_check.findings.empty()) {
            checkCount();
        }
        return std::move(m_check);
    }

private:
    void note(const std::string& pointer, const std::string& message) { m_check.findings.emplace_back(pointer, message); }
    bool chooses() const { return m_sweep.kind == "halving" || m_sweep.stopping.kind == "median"; }

    void checkField(std::size_t index, const std::string& place)
    {
        const SweptField& swept = m_sweep.fields[index];
        const Field* field = fieldOf(swept.field, place + "/field");
        if (!field) {
            return;
        }
        for (std::size_t other = 0; other < index; ++other) {
            const std::string& before = m_sweep.fields[other].field;
            if (before == swept.field) {
                note(place + "/field", "expected each field once, got " + wording::quoted(before, 200) + " again");
            } else if (isWithin(before, swept.field) || isWithin(swept.field, before)) {
                note(place + "/field", "one field lies within the other, expected neither of " + wording::quoted(before, 200)
                                           + " and " + wording::quoted(swept.field, 200) + " to hold the other");
            }
        }
        if (swept.values.empty()) {
            checkRange(swept, *field, place);
            return;
        }
        if (swept.minimum != 0 || swept.maximum != 0) {
            note(place + "/values", "there are values and bounds, expected either \"values\" or \"minimum\" and \"maximum\"");
        }
        std::set<std::string> seen;
        for (std::size_t i = 0; i < swept.values.size(); ++i) {
            const std::string at = place + "/values/" + std::to_string(i);
            const Json whole = wholeValue(*field, swept.values[i]);
            // 1 and 1.0 are one value.
            const std::string text = whole.is_number() ? wording::number(whole.get<double>()) : whole.dump();
            if (!seen.insert(text).second) {
                note(at, "expected each value once, got " + wording::cut(swept.values[i].dump(), 40) + " again");
            }
            m_check.values.push_back({field, whole, at});
        }
    }

    const Field* fieldOf(const std::string& pointer, const std::string& place)
    {
        static const std::set<std::string> noPart = {"name", "notes", "tags", "sweep", "controls"};
        const std::vector<std::string> parts = pointer.starts_with('/') ? splitPointer(pointer) : std::vector<std::string>();
        const std::string head = parts.empty() ? "" : parts.front();
        if (noPart.contains(head)) {
            note(place, "expected a field that decides what is learned, got " + wording::quoted(pointer, 200));
        } else if (head == "seed" || head == "seeds") {
            note(place, "expected another field, since several seeds stand in /seeds: each variant is run with all of them");
        } else if (head == "generations") {
            note(place, "the generations follow one another and stand side by side already, expected another field");
        } else if (chooses() && (pointer == "/data" || isWithin(pointer, "/data/dataset") || pointer == "/data/validation_share"
                                 || pointer == "/data/split_seed")) {
            note(place, "expected another field: runs are chosen by validation accuracy, which " + wording::quoted(pointer)
                            + " would make another thing for each");
        } else {
            return known(pointer, place, parts);
        }
        return nullptr;
    }

    const Field* known(const std::string& pointer, const std::string& place, const std::vector<std::string>& parts)
    {
        const Field* field = parts.empty() ? nullptr : m_schema.find(m_resolved, pointer);
        if (field && m_resolved.contains(Json::json_pointer(pointer)) && parts.back() == "kind" && field->type == Field::Type::Kind) {
            const std::string whole = pointer.substr(0, pointer.rfind('/'));
            note(place, "expected " + wording::quoted(whole, 200) + ", whose values are kinds as a whole or their names");
            return nullptr;
        }
        if (!field || !m_resolved.contains(Json::json_pointer(pointer))) {
            note(place, "there is no such field in this document: " + wording::quoted(pointer, 200) + ", expected a path such as "
                            + "\"/stages/0/learning_rate\"" + wording::didYouMean(pointer, sweepableFields(m_schema, m_resolved)));
            return nullptr;
        }
        return field;
    }

    void checkRange(const SweptField& swept, const Field& field, const std::string& place)
    {
        if (m_sweep.kind == "grid" || (swept.minimum == 0 && swept.maximum == 0)) {
            const std::string bounds = m_sweep.kind == "grid" ? "" : ", or \"minimum\" and \"maximum\"";
            note(place + "/values", "there is a field and no value, expected \"values\"" + bounds);
            return;
        }
        if (field.type != Field::Type::Number && field.type != Field::Type::Integer) {
            note(place + "/values", "expected a list of values, since only numbers can be drawn between bounds");
            return;
        }
        if (!(swept.minimum < swept.maximum)) {
            note(place + "/maximum", "expected a number above \"minimum\" (" + wording::number(swept.minimum) + "), got "
                                         + wording::number(swept.maximum));
        } else if (swept.logarithmic && swept.minimum <= 0) {
            note(place + "/minimum", "expected a number above 0, since powers of ten have no other, got " + wording::number(swept.minimum));
        }
        m_check.values.push_back({&field, swept.minimum, place + "/minimum"});
        m_check.values.push_back({&field, swept.maximum, place + "/maximum"});
    }

    void checkKind()
    {
        if (chooses() && m_experiment.data.validationShare == 0) {
            note(m_sweep.kind == "halving" ? "/sweep/kind" : "/sweep/stopping/kind",
                 "runs are chosen by validation accuracy and /data/validation_share is 0, expected a share above it or another kind");
        }
        if (m_sweep.kind != "halving") {
            return;
        }
        const std::vector<double>& rungs = m_sweep.rungs;
        if (rungs.empty()) {
            note("/sweep/rungs", "expected at least one share of the steps, or the kind \"random\"");
        }
        for (std::size_t i = 1; i < rungs.size(); ++i) {
            if (rungs[i] <= rungs[i - 1]) {
                note("/sweep/rungs/" + std::to_string(i), "expected a later rung than the one before, got " + wording::number(rungs[i])
                                                              + " after " + wording::number(rungs[i - 1]));
            }
        }
        if (m_experiment.generations > 1) {
            note("/generations", "expected 1 with successive halving, since a generation needs the one before it to its end, got "
                                     + std::to_string(m_experiment.generations));
        }
    }

    void checkCount()
    {
        const double possible = combinationsOf(m_sweep);
        if (m_sweep.kind != "grid") {
            if (m_sweep.runs == 0 && std::isinf(possible)) {
                note("/sweep/runs", "expected how many combinations to draw, since numbers between bounds have no end of them");
                return;
            }
            if (static_cast<double>(m_sweep.runs) > possible) {
                note("/sweep/runs", "there are only " + wording::number(possible) + " combinations of these values, expected at most as many, got "
                                        + std::to_string(m_sweep.runs));
                return;
            }
        }
        const double variants = m_sweep.kind == "grid" || m_sweep.runs == 0 ? possible : static_cast<double>(m_sweep.runs);
        const double seeds = static_cast<double>(std::max<std::size_t>(1, m_experiment.seeds.size()));
        const double runs = variants * seeds * static_cast<double>(m_experiment.generations);
        if (runs > static_cast<double>(mostSweptRuns)) {
            note(m_sweep.kind == "grid" ? "/sweep/fields" : "/sweep/runs",
                 "these are " + wording::number(runs) + " runs (" + wording::number(variants) + " combinations"
                     + (seeds > 1 ? " times " + wording::number(seeds) + " seeds" : "")
                     + (m_experiment.generations > 1 ? " times " + std::to_string(m_experiment.generations) + " generations" : "")
                     + "), expected at most " + std::to_string(mostSweptRuns));
            return;
        }
        if (m_sweep.kind == "halving" && variants < 2) {
            note("/sweep/fields", "expected at least two combinations to choose between");
        }
        const std::size_t found = combinations(m_sweep, wholeFields(m_schema, m_resolved, m_sweep)).size();
        if (static_cast<double>(found) < variants) {
            note("/sweep/runs", "only " + std::to_string(found) + " different combinations were found between these bounds, expected at most "
                                "as many, got " + std::to_string(m_sweep.runs));
        }
    }

    const Schema& m_schema;
    const Json& m_resolved;
    Experiment m_experiment;
    SweepSettings m_sweep;
    SweepCheck m_check;
};

} // namespace

std::size_t countVariants(const SweepSettings& sweep)
{
    if (sweep.kind == "none") {
        return 1;
    }
    return sweep.kind == "grid" || sweep.runs == 0 ? static_cast<std::size_t>(combinationsOf(sweep)) : static_cast<std::size_t>(sweep.runs);
}

std::vector<Variant> variantsOf(const Schema& schema, const Json& document)
{
    const Json resolved = schema.resolve(document);
    const SweepSettings sweep = settingsOf(resolved);
    if (sweep.kind == "none") {
        return {{{}, {}, resolved}};
    }
    const std::vector<std::string> labels = labelsOf(sweep.fields);
    std::vector<Variant> variants;
    std::vector<std::vector<Json>> taken(sweep.fields.size());
    for (const Combination& values : combinations(sweep, wholeFields(schema, resolved, sweep))) {
        Variant variant;
        try {
            variant.document = schema.resolve(documentOf(schema, resolved, sweep, values));
        } catch (const InputError& error) {
            throw InputError("/sweep/fields: with " + nameOf(labels, values) + " this is no sound experiment: " + error.what());
        }
        for (std::size_t f = 0; f < values.size(); ++f) {
            variant.values.push_back(
                {sweep.fields[f].field, variant.document.at(Json::json_pointer(sweep.fields[f].field)), spaced(labels[f]), {}});
            taken[f].push_back(variant.values.back().value);
        }
        variants.push_back(std::move(variant));
    }
    for (Variant& variant : variants) {
        for (std::size_t f = 0; f < labels.size(); ++f) {
            variant.values[f].shown = shown(variant.values[f].value, taken[f]);
            variant.name += (f == 0 ? "" : ", ") + variant.values[f].label + " " + variant.values[f].shown;
        }
    }
    return variants;
}

std::vector<std::string> labelsOf(const std::vector<SweptField>& fields)
{
    std::vector<std::string> labels;
    for (const SweptField& field : fields) {
        std::size_t start = field.field.rfind('/');
        const auto tail = [&](const std::string& pointer) { return pointer.size() >= field.field.size() - start
            && pointer.ends_with(field.field.substr(start)); };
        const auto same = [&](const SweptField& other) { return other.field != field.field && tail(other.field); };
        while (start > 0 && start != std::string::npos && std::any_of(fields.begin(), fields.end(), same)) {
            start = field.field.rfind('/', start - 1);
        }
        labels.push_back(start == std::string::npos ? field.field : field.field.substr(start + 1));
    }
    return labels;
}

std::vector<std::string> sweepableFields(const Schema& schema, const Json& document)
{
    std::vector<std::string> all;
    for (const auto& [key, value] : document.items()) {
        collectFields(schema, document, value, "/" + wording::escaped(key), all);
    }
    return all;
}

SweepCheck checkSweep(const Schema& schema, const Json& resolved)
{
    return SweepChecker(schema, resolved).check();
}

std::optional<std::pair<std::string, std::string>> brokenVariant(const Schema& schema, const Json& resolved)
{
    const SweepSettings sweep = settingsOf(resolved);
    const std::vector<Combination> all = combinations(sweep, wholeFields(schema, resolved, sweep));
    for (std::size_t i = 0; i < all.size(); i += all.size() / mostLookedAt + 1) {
        Checker checker(schema);
        checker.check(documentOf(schema, resolved, sweep, all[i]));
        if (!checker.findings().empty()) {
            const Finding& finding = checker.findings().front();
            return std::pair("/sweep/fields", "with " + nameOf(labelsOf(sweep.fields), all[i]) + " this is no sound experiment: "
                                                  + finding.pointer + ": " + finding.message);
        }
    }
    return std::nullopt;
}

} // namespace distill
