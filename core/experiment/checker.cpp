// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/checker.h"

#include "experiment/pointer.h"
#include "experiment/sweep.h"
#include "experiment/wording.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace distill {

namespace {

/// A place in a document as the index of each child on the way to it, which sorts in the order of the text.
std::vector<std::size_t> position(const Json& document, const std::string& pointer)
{
    std::vector<std::size_t> result;
    const Json* value = &document;
    for (const std::string& part : splitPointer(pointer)) {
        const auto index = listIndex(part);
        const auto found = value->is_object() ? value->find(part)
            : value->is_array() && index && *index < value->size()
            ? value->begin() + static_cast<std::ptrdiff_t>(*index)
            : value->end();
        if (!value->is_structured() || found == value->end()) {
            break;
        }
        result.push_back(static_cast<std::size_t>(std::distance(value->begin(), found)));
        value = &*found;
    }
    return result;
}

bool isBroken(const BrokenRule& rule, const std::string& pointer, const std::vector<Finding>& others)
{
    return std::none_of(rule.depends.begin(), rule.depends.end(), [&](const std::string& place) {
        return std::any_of(others.begin(), others.end(), [&](const Finding& other) {
            const std::string whole = pointer + place;
            return isWithin(whole, other.pointer) || isWithin(other.pointer, whole);
        });
    });
}

} // namespace

Checker::Checker(const Schema& schema)
    : m_schema(schema)
{
}

Json Checker::check(const Json& document)
{
    m_findings.clear();
    Json resolved = experiment(document, "", 0);
    std::vector<std::pair<std::vector<std::size_t>, Finding>> placed;
    for (Finding& finding : m_findings) {
        placed.emplace_back(position(document, finding.pointer), std::move(finding));
    }
    std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    m_findings.clear();
    for (auto& [place, finding] : placed) {
        m_findings.push_back(std::move(finding));
    }
    return resolved;
}

Json Checker::experiment(const Json& json, const std::string& pointer, int level)
{
    const std::size_t before = m_findings.size();
    const int outer = std::exchange(m_level, level);
    Json resolved = value(m_schema.root(), json, pointer);
    m_level = outer;

    Experiment settings;
    readFields(resolved, settings);
    const std::vector<Finding> own(m_findings.begin() + static_cast<std::ptrdiff_t>(before), m_findings.end());
    for (const BrokenRule& rule : brokenRules(settings, m_schema.catalogue(), level > 0)) {
        if (isBroken(rule, pointer, own)) {
            note(pointer + rule.finding.pointer, rule.finding.message);
        }
    }
    sweep(settings.sweep.kind, resolved, pointer, level);
    return resolved;
}

/// A sweep's values, each by the field that it is for, and then the variants as whole experiments.
void Checker::sweep(const std::string& kind, const Json& resolved, const std::string& pointer, int level)
{
    if (kind == "none") {
        return;
    }
    if (level > 0) {
        note(pointer + "/sweep/kind", "a teacher is one run, expected \"none\"");
        return;
    }
    const SweepCheck check = checkSweep(m_schema, resolved);
    for (const auto& [place, message] : check.findings) {
        note(place, message);
    }
    for (const SweepCheck::Value& each : check.values) {
        value(*each.field, each.value, each.pointer);
    }
    if (m_findings.empty()) {
        if (const auto broken = brokenVariant(m_schema, resolved)) {
            note(broken->first, broken->second);
        }
    }
}

Json Checker::value(const Field& field, const Json& json, const std::string& pointer)
{
    const auto unexpected = [&] { return wrong(field, pointer, wording::expected(field) + ", " + wording::got(json)); };
    switch (field.type) {
    case Field::Type::Boolean:
        return json.is_boolean() ? json : unexpected();
    case Field::Type::Integer:
    case Field::Type::Number:
        return number(field, json, pointer);
    case Field::Type::Text: {
        if (!json.is_string()) {
            return unexpected();
        }
        const auto length = static_cast<double>(wording::characters(json.get_ref<const std::string&>()));
        return length < field.minimum || length > field.maximum ? unexpected() : json;
    }
    case Field::Type::Choice: {
        std::vector<std::string> names;
        for (const Field::Option& option : field.options) {
            if (json == option.name) {
                return json;
            }
            names.push_back(option.name);
        }
        const std::string hint = json.is_string() ? wording::didYouMean(json.get<std::string>(), names) : "";
        return wrong(field, pointer, wording::expected(field) + ", " + wording::got(json) + hint);
    }
    case Field::Type::List:
        return list(field, json, pointer);
    case Field::Type::Object: {
        if (!json.is_object()) {
            return unexpected();
        }
        std::vector<const Field*> fields;
        for (const Field& part : field.fields) {
            fields.push_back(&part);
        }
        Json resolved = Json::object();
        members(fields, json, pointer, nullptr, resolved);
        return resolved;
    }
    case Field::Type::Kind:
        return kind(field, json, pointer);
    case Field::Type::Experiment:
        if (!json.is_object()) {
            return unexpected();
        }
        if (m_level >= deepestExperiment) {
            return wrong(field, pointer,
                         "experiments stand too deep inside one another, expected at most "
                             + std::to_string(deepestExperiment) + " levels of teachers");
        }
        return experiment(json, pointer, m_level + 1);
    case Field::Type::Any:
        return json;
    }
    return {};
}

Json Checker::number(const Field& field, const Json& json, const std::string& pointer)
{
    const auto unexpected = [&] { return wrong(field, pointer, wording::expected(field) + ", " + wording::got(json)); };
    if (!json.is_number()) {
        return unexpected();
    }
    const double given = json.get<double>();
    if (!std::isfinite(given) || given < field.minimum || given > field.maximum) {
        return unexpected();
    }
    if (field.type == Field::Type::Number) {
        return given;
    }
    if (json.is_number_integer()) {
        const bool fits = !json.is_number_unsigned()
            || json.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        return fits ? Json(json.get<std::int64_t>()) : unexpected();
    }
    // A whole number written as 3.0; above 2^53 a double no longer tells which whole number was meant.
    return given == std::floor(given) && std::abs(given) <= 9007199254740992.0 ? Json(static_cast<std::int64_t>(given))
                                                                               : unexpected();
}

Json Checker::list(const Field& field, const Json& json, const std::string& pointer)
{
    if (!json.is_array()) {
        return wrong(field, pointer, wording::expected(field) + ", " + wording::got(json));
    }
    const auto size = static_cast<double>(json.size());
    if (size < field.minimum || size > field.maximum) {
        return wrong(field, pointer,
                     wording::expected(field) + ", got " + std::to_string(json.size())
                         + (json.size() == 1 ? " item" : " items"));
    }
    Json resolved = Json::array();
    for (std::size_t i = 0; i < json.size() && m_findings.size() < mostFindings; ++i) {
        resolved.push_back(value(field.item[0], json[i], pointer + "/" + std::to_string(i)));
    }
    return resolved;
}

Json Checker::kind(const Field& field, const Json& json, const std::string& pointer)
{
    if (!json.is_object()) {
        return wrong(field, pointer, wording::expected(field) + ", " + wording::got(json));
    }
    std::vector<std::string> names;
    for (const Kind& kind : field.kinds) {
        names.push_back(kind.name);
    }
    const auto named = json.find("kind");
    if (named == json.end()) {
        return wrong(field, pointer, "\"kind\" is missing, expected " + wording::alternatives(names));
    }
    const Kind* chosen = named->is_string() ? findKind(field.kinds, named->get<std::string>()) : nullptr;
    if (!chosen) {
        const std::string hint = named->is_string() ? wording::didYouMean(named->get<std::string>(), names) : "";
        return wrong(field, pointer + "/kind",
                     "expected the kind " + wording::alternatives(names) + ", " + wording::got(*named) + hint);
    }
    std::vector<const Field*> fields;
    for (const Field& common : field.fields) {
        fields.push_back(&common);
    }
    for (const Field& own : chosen->fields) {
        fields.push_back(&own);
    }
    Json resolved = {{"kind", chosen->name}};
    members(fields, json, pointer, chosen, resolved);
    return resolved;
}

void Checker::members(const std::vector<const Field*>& fields, const Json& json, const std::string& pointer,
                      const Kind* kind, Json& into)
{
    const std::string name = kind ? " the kind " + wording::quoted(kind->name) : "";
    const std::string owner = kind ? " of" + name : "";
    std::unordered_map<std::string, const Json*> given;
    for (const auto& [key, part] : json.items()) {
        given.emplace(key, &part);
    }
    std::vector<std::string> known;
    for (const Field* field : fields) {
        known.push_back(field->key);
        const auto found = given.find(field->key);
        if (found != given.end()) {
            into[field->key] = value(*field, *found->second, pointer + "/" + wording::escaped(field->key));
            continue;
        }
        into[field->key] = field->defaultValue;
        if (isRequired(*field)) {
            note(pointer,
                 wording::quoted(field->key) + " is missing" + (kind ? " for" + name : "") + ", "
                     + wording::expected(*field));
        }
    }
    for (const auto& [key, part] : json.items()) {
        if ((kind && key == "kind") || std::find(known.begin(), known.end(), key) != known.end()) {
            continue;
        }
        if (m_findings.size() >= mostFindings) {
            break;
        }
        std::string hint = wording::didYouMean(key, known);
        if (hint.empty()) {
            hint = known.empty() ? ", expected no key" + (kind ? " beside \"kind\"" : std::string())
                                 : ", expected " + wording::alternatives(known);
        }
        note(pointer + "/" + wording::escaped(key), "unknown key " + wording::quoted(key) + owner + hint);
    }
}

Json Checker::wrong(const Field& field, const std::string& pointer, const std::string& message)
{
    note(pointer, message);
    return field.defaultValue;
}

void Checker::note(const std::string& pointer, const std::string& message)
{
    if (m_findings.size() < mostFindings) {
        m_findings.push_back({pointer, message});
    }
}

} // namespace distill
