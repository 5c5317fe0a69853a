// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/document.h"

#include "experiment/error.h"
#include "experiment/jsontext.h"
#include "experiment/pointer.h"
#include "experiment/wording.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace distill {

namespace {

std::string shown(const std::string& pointer)
{
    return pointer.empty() ? "the document" : wording::cut(pointer, 200);
}

/// The parts of a pointer that a person gave.
std::vector<std::string> parts(const std::string& pointer)
{
    if (!pointer.empty() && pointer[0] != '/') {
        throw InputError(wording::quoted(pointer, 200) + " is no place in a document, expected it to begin with \"/\"");
    }
    return splitPointer(pointer);
}

Json& itemOf(Json& list, const std::string& part, const std::string& pointer)
{
    const auto index = listIndex(part);
    if (!index || *index >= list.size()) {
        const std::string has
            = list.empty() ? "an empty list" : "a list of " + std::to_string(list.size()) + ", counted from 0";
        throw InputError(shown(pointer) + ": there is no item " + wording::quoted(part) + " in " + has);
    }
    return list[*index];
}

} // namespace

Document Document::parse(std::string text, std::string source)
{
    jsontext::Parsed parsed = jsontext::parse(text, source);
    if (!parsed.json.is_object()) {
        throw InputError((source.empty() ? "" : source + ", ") + "line " + std::to_string(parsed.nodes.front().line)
                         + ": expected an experiment as an object in braces, " + wording::got(parsed.json));
    }
    Document document;
    document.m_text = std::move(text);
    document.m_source = std::move(source);
    document.m_json = std::move(parsed.json);
    document.m_nodes = std::move(parsed.nodes);
    return document;
}

Document Document::load(const std::string& path)
{
    const auto unreadable = [&](int error) {
        return InputError(path + ": cannot be read: " + (error ? std::strerror(error) : "read error"));
    };
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw unreadable(errno);
    }
    std::string text;
    std::string block(64 * 1024, '\0');
    while (file && text.size() <= jsontext::largestBytes) {
        errno = 0;
        file.read(block.data(), static_cast<std::streamsize>(block.size()));
        text.append(block.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad() || (errno != 0 && text.empty())) {
        throw unreadable(errno);
    }
    return parse(std::move(text), path);
}

Document Document::fromJson(const Json& json)
{
    return parse(jsontext::write(json));
}

int Document::lineOf(const std::string& pointer) const
{
    const Json* value = &m_json;
    std::size_t node = 0;
    for (const std::string& part : splitPointer(pointer)) {
        std::size_t child = node + 1;
        const Json* found = nullptr;
        if (value->is_object()) {
            for (auto it = value->begin(); it != value->end() && !found; ++it) {
                if (it.key() == part) {
                    found = &*it;
                } else {
                    child += static_cast<std::size_t>(m_nodes[child].nodes);
                }
            }
        } else if (const auto index = listIndex(part); value->is_array() && index && *index < value->size()) {
            for (std::size_t i = 0; i < *index; ++i) {
                child += static_cast<std::size_t>(m_nodes[child].nodes);
            }
            found = &(*value)[*index];
        }
        if (!found) {
            break;
        }
        value = found;
        node = child;
    }
    return m_nodes[node].line;
}

Document Document::with(const std::string& pointer, const Json& value) const
{
    Json json = m_json;
    Json* target = &json;
    std::string walked;
    for (const std::string& part : parts(pointer)) {
        if (target->is_array()) {
            if (part == "-") {
                target->push_back(nullptr);
                target = &target->back();
            } else {
                target = &itemOf(*target, part, walked);
            }
        } else {
            if (target->is_null() && !walked.empty()) {
                *target = Json::object();
            }
            if (!target->is_object()) {
                throw InputError(shown(pointer) + " cannot be set: expected an object or a list at " + shown(walked)
                                 + ", " + wording::got(*target));
            }
            target = &(*target)[part];
        }
        walked += "/" + wording::escaped(part);
    }
    *target = value;
    Document edited = fromJson(json);
    edited.m_source = m_source;
    return edited;
}

Document Document::without(const std::string& pointer) const
{
    const std::vector<std::string> path = parts(pointer);
    if (path.empty()) {
        throw InputError("the whole document cannot be taken out, expected a place within it such as \"/notes\"");
    }
    Json json = m_json;
    Json* parent = &json;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        if (parent->is_object() && parent->contains(path[i])) {
            parent = &(*parent)[path[i]];
        } else if (parent->is_array()) {
            parent = &itemOf(*parent, path[i], pointer);
        } else {
            throw InputError(shown(pointer) + " cannot be taken out: there is no " + wording::quoted(path[i]));
        }
    }
    if (parent->is_array()) {
        itemOf(*parent, path.back(), pointer);
        parent->erase(*listIndex(path.back()));
    } else if (!parent->is_object() || parent->erase(path.back()) == 0) {
        throw InputError(shown(pointer) + " cannot be taken out: there is no " + wording::quoted(path.back()));
    }
    Document edited = fromJson(json);
    edited.m_source = m_source;
    return edited;
}

std::pair<std::string, Json> Document::assignment(const std::string& text)
{
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos || sign == 0 || text[0] != '/') {
        throw InputError(wording::quoted(text, 200)
                         + " is no assignment, expected a place and a value such as /stages/0/epochs=3");
    }
    const std::string right = text.substr(sign + 1);
    Json value = right;
    try {
        value = jsontext::parse(right, {}).json;
    } catch (const InputError&) {
        // Not JSON: the words themselves, so that names need no quotation marks.
    }
    return {text.substr(0, sign), value};
}

} // namespace distill
