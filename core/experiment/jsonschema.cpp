// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/schema.h"

#include <algorithm>
#include <cmath>

namespace distill {

namespace {

Json limit(double value)
{
    // Whole limits as whole numbers: "100000", not "100000.0".
    return value == std::floor(value) && std::abs(value) < 1e15 ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

void limits(Json& schema, const Field& field, const char* least, const char* most)
{
    if (std::isfinite(field.minimum)) {
        schema[least] = limit(field.minimum);
    }
    if (std::isfinite(field.maximum)) {
        schema[most] = limit(field.maximum);
    }
}

Json valueSchema(const Field& field);

void members(Json& schema, const std::vector<Field>& fields)
{
    for (const Field& field : fields) {
        schema["properties"][field.key] = valueSchema(field);
        if (isRequired(field)) {
            schema["required"].push_back(field.key);
        }
    }
}

Json objectSchema(const std::vector<Field>& fields)
{
    Json schema = {{"type", "object"}, {"properties", Json::object()}};
    members(schema, fields);
    schema["additionalProperties"] = false;
    return schema;
}

std::string kindHelp(const Kind& kind)
{
    std::string text = kind.help;
    for (const std::string& part : {kind.formula, kind.paper}) {
        text += text.empty() || part.empty() ? part : " " + part;
    }
    return text;
}

Json kindSchema(const Field& field)
{
    Json alternatives = Json::array();
    for (const Kind& kind : field.kinds) {
        Json one = {{"title", kind.title.empty() ? kind.name : kind.title}};
        if (const std::string help = kindHelp(kind); !help.empty()) {
            one["description"] = help;
        }
        one["properties"] = {{"kind", {{"const", kind.name}}}};
        one["required"] = Json::array({"kind"});
        members(one, field.fields);
        members(one, kind.fields);
        one["additionalProperties"] = false;
        alternatives.push_back(std::move(one));
    }
    Json schema = {{"type", "object"}};
    if (!alternatives.empty()) {
        schema["oneOf"] = std::move(alternatives);
    }
    return schema;
}

Json typeSchema(const Field& field)
{
    Json schema;
    switch (field.type) {
    case Field::Type::Boolean:
        return {{"type", "boolean"}};
    case Field::Type::Integer:
    case Field::Type::Number:
        schema = {{"type", field.type == Field::Type::Integer ? "integer" : "number"}};
        limits(schema, field, "minimum", "maximum");
        return schema;
    case Field::Type::Text:
        schema = {{"type", "string"}};
        limits(schema, field, "minLength", "maxLength");
        return schema;
    case Field::Type::Choice:
        schema = {{"enum", Json::array()}};
        for (const Field::Option& option : field.options) {
            schema["enum"].push_back(option.name);
        }
        return schema;
    case Field::Type::List:
        schema = {{"type", "array"}, {"items", valueSchema(field.item[0])}};
        limits(schema, field, "minItems", "maxItems");
        return schema;
    case Field::Type::Object:
        return objectSchema(field.fields);
    case Field::Type::Kind:
        return kindSchema(field);
    case Field::Type::Experiment:
        return {{"$ref", "#"}};
    case Field::Type::Any:
        return Json::object();
    }
    return schema;
}

Json valueSchema(const Field& field)
{
    Json schema = Json::object();
    if (!field.key.empty()) {
        schema["title"] = field.key;
        std::replace(schema["title"].get_ref<std::string&>().begin(), schema["title"].get_ref<std::string&>().end(),
                     '_', ' ');
    }
    std::string help = field.help;
    if (!field.unit.empty()) {
        help += (help.empty() ? "In " : " In ") + field.unit + ".";
    }
    for (const Field::Option& option : field.options) {
        help += (help.empty() ? "" : " ") + option.name + ": " + option.help;
    }
    if (!help.empty()) {
        schema["description"] = help;
    }
    schema.update(typeSchema(field));
    if (!isRequired(field) && !field.key.empty()) {
        schema["default"] = field.defaultValue;
    }
    return schema;
}

} // namespace

Json Schema::jsonSchema() const
{
    Json schema = {
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "Distillation experiment"},
        {"description", m_root.help},
    };
    schema.update(objectSchema(m_root.fields));
    return schema;
}

} // namespace distill
