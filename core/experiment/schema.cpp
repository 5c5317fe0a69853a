// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/schema.h"

#include "experiment/checker.h"
#include "experiment/pointer.h"
#include "experiment/wording.h"

namespace distill {

namespace {

/// A list or kind that the document leaves to its default, in the shortest form that means the same.
Json shortDefault(const Field& field)
{
    if (field.type == Field::Type::List && !field.item.empty()) {
        Json list = Json::array();
        for (const Json& item : field.defaultValue) {
            const Field::Type type = field.item.front().type;
            if (type == Field::Type::Object) {
                list.push_back(Json::object());
            } else if (type == Field::Type::Kind && item.is_object() && item.contains("kind")) {
                list.push_back({{"kind", item.at("kind")}});
            } else {
                list.push_back(item);
            }
        }
        return list;
    }
    return field.defaultValue;
}

const Field* fieldOf(const std::vector<Field>& fields, const std::string& key)
{
    for (const Field& field : fields) {
        if (field.key == key) {
            return &field;
        }
    }
    return nullptr;
}

} // namespace

Schema::Schema(Catalogue catalogue)
    : m_catalogue(std::move(catalogue))
{
    m_root.type = Field::Type::Object;
    m_root.help = "A distillation experiment.";
    Experiment initial;
    m_root.fields = collectFields([&](Binder& binder) { initial.describe(binder); }, m_catalogue);
    m_root.defaultValue = Json::object();
    for (const Field& field : m_root.fields) {
        m_root.defaultValue[field.key] = field.defaultValue;
    }
}

const Field* Schema::find(const Json& document, const std::string& pointer) const
{
    const Field* field = &m_root;
    const Json* value = &document;
    const auto valueAt = [&](const std::string& key) -> const Json* {
        const Json& holder = value && value->is_object() ? *value : field->defaultValue;
        const auto found = holder.is_object() ? holder.find(key) : holder.end();
        return holder.is_object() && found != holder.end() ? &*found : nullptr;
    };
    for (const std::string& part : splitPointer(pointer)) {
        if (field->type == Field::Type::Experiment) {
            field = &m_root;
        }
        switch (field->type) {
        case Field::Type::List: {
            const auto index = listIndex(part);
            if (!index && part != "-") {
                return nullptr;
            }
            value = value && value->is_array() && index && *index < value->size() ? &(*value)[*index] : nullptr;
            field = &field->item[0];
            break;
        }
        case Field::Type::Object: {
            const Field* next = fieldOf(field->fields, part);
            if (!next) {
                return nullptr;
            }
            value = valueAt(part);
            field = next;
            break;
        }
        case Field::Type::Kind: {
            if (part == "kind") {
                value = nullptr;
                break;
            }
            const Json* named = valueAt("kind");
            const Kind* kind
                = named && named->is_string() ? findKind(field->kinds, named->get<std::string>()) : nullptr;
            const Field* next = fieldOf(field->fields, part);
            if (!next && kind) {
                next = fieldOf(kind->fields, part);
            }
            if (!next) {
                return nullptr;
            }
            value = valueAt(part);
            field = next;
            break;
        }
        case Field::Type::Any:
            break; // all inside it is what it holds
        default:
            return nullptr;
        }
    }
    return field;
}

Json Schema::writtenOut(Json json, const std::string& pointer) const
{
    for (auto slash = pointer.find('/', 1); slash != std::string::npos; slash = pointer.find('/', slash + 1)) {
        const std::string head = pointer.substr(0, slash);
        if (head.ends_with("/-")) {
            break; // what is appended holds nothing yet
        }
        const Json::json_pointer place(head);
        if (json.contains(place)) {
            continue;
        }
        if (json.at(place.parent_pointer()).is_array()) {
            break; // a list grows item by item
        }
        const Field* field = find(json, head);
        if (!field) {
            throw InputError(head + " is no place of an experiment");
        }
        const bool open = field->type == Field::Type::Object || field->type == Field::Type::Experiment;
        json[place] = open ? Json::object() : shortDefault(*field);
    }
    return json;
}

Document Schema::with(const Document& document, const std::string& pointer, const Json& value) const
{
    try {
        return find(document.json(), pointer) ? document.with({}, writtenOut(document.json(), pointer)).with(pointer, value)
                                              : document.with(pointer, value);
    } catch (const Json::exception&) {
        return document.with(pointer, value); // says what stands in the way
    }
}

std::vector<Problem> Schema::check(const Document& document) const
{
    Checker checker(*this);
    checker.check(document.json());
    std::vector<Problem> problems;
    for (const Finding& finding : checker.findings()) {
        const int line = document.lineOf(finding.pointer);
        problems.push_back({finding.pointer, line, finding.message,
                            wording::placed(document.source(), line, finding.pointer, finding.message)});
    }
    return problems;
}

Json Schema::checked(const Json& json) const
{
    Checker checker(*this);
    Json resolved = checker.check(json);
    if (!checker.findings().empty()) {
        const Finding& first = checker.findings().front();
        throw InputError(wording::placed({}, 0, first.pointer, first.message));
    }
    return resolved;
}

Experiment Schema::read(const Document& document) const
{
    const std::vector<Problem> problems = check(document);
    if (!problems.empty()) {
        throw InputError(problems.front().sentence);
    }
    return read(document.json());
}

Experiment Schema::read(const Json& json) const
{
    Experiment experiment;
    readFields(checked(json), experiment);
    return experiment;
}

Json Schema::resolve(const Json& json) const
{
    return checked(json);
}

} // namespace distill
