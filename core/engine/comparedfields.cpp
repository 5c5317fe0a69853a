// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/comparisonparts.h"

#include "experiment/pointer.h"
#include "experiment/wording.h"

#include <algorithm>
#include <map>
#include <set>

namespace distill::comparison {

namespace {

using Values = std::vector<const Json*>; ///< of each document, null where it has none

const Json* memberOf(const Json* object, const std::string& key)
{
    if (!object || !object->is_object()) {
        return nullptr;
    }
    const auto found = object->find(key);
    return found == object->end() ? nullptr : &*found;
}

bool isContainer(const Field& field)
{
    return field.type == Field::Type::Object || field.type == Field::Type::Kind || field.type == Field::Type::Experiment
        || (field.type == Field::Type::List && isContainer(field.item[0]));
}

/// Walks several documents at once, along the schema.
class Walk {
public:
    explicit Walk(const Field& root)
        : m_root(root)
    {
    }
    std::vector<ComparedField> take() { return std::move(m_found); }

    void visit(const Field& field, const Values& values, const std::string& pointer)
    {
        if (std::all_of(values.begin(), values.end(), [](const Json* value) { return !value || value->is_null(); })) {
            return;
        }
        switch (field.type) {
        case Field::Type::Object:
            visitAll(field.fields, values, pointer);
            return;
        case Field::Type::Experiment:
            visitAll(m_root.fields, values, pointer);
            return;
        case Field::Type::Kind:
            visitKind(field, values, pointer);
            return;
        case Field::Type::List:
            if (isContainer(field.item[0])) {
                visitItems(field.item[0], values, pointer);
                return;
            }
            [[fallthrough]];
        default:
            add(values, pointer, field.defaultValue);
        }
    }

private:
    void add(const Values& values, const std::string& pointer, const Json& defaultValue)
    {
        ComparedField found{pointer, {}, {}, false, true};
        for (const Json* value : values) {
            found.values.push_back(value ? *value : Json());
            found.minor = found.minor && (found.values.back().is_null() || found.values.back() == defaultValue);
        }
        m_found.push_back(std::move(found));
    }

    void visitAll(const std::vector<Field>& fields, const Values& values, const std::string& pointer)
    {
        for (const Field& field : fields) {
            visit(field, members(values, field.key), pointer + "/" + wording::escaped(field.key));
        }
    }

    static Values members(const Values& values, const std::string& key)
    {
        Values inside;
        for (const Json* value : values) {
            inside.push_back(memberOf(value, key));
        }
        return inside;
    }

    /// The fields of all the kinds that the documents choose, those of the same key as one.
    void visitKind(const Field& field, const Values& values, const std::string& pointer)
    {
        const Values kinds = members(values, "kind");
        const bool isItem = listIndex(pointer.substr(pointer.rfind('/') + 1)).has_value(); // that it is there tells something
        add(kinds, pointer + "/kind", isItem || !field.defaultValue.is_object() ? Json() : field.defaultValue.value("kind", Json()));
        visitAll(field.fields, values, pointer);
        std::set<std::string> seen;
        for (const Json* name : kinds) {
            const Kind* kind = name && name->is_string() ? findKind(field.kinds, name->get<std::string>()) : nullptr;
            for (const Field& own : kind ? kind->fields : std::vector<Field>()) {
                if (seen.insert(own.key).second) {
                    visit(own, members(values, own.key), pointer + "/" + wording::escaped(own.key));
                }
            }
        }
    }

    void visitItems(const Field& item, const Values& values, const std::string& pointer)
    {
        std::size_t most = 0;
        for (const Json* value : values) {
            most = std::max(most, value && value->is_array() ? value->size() : 0);
        }
        for (std::size_t i = 0; i < most; ++i) {
            Values inside;
            for (const Json* value : values) {
                inside.push_back(value && value->is_array() && i < value->size() ? &(*value)[i] : nullptr);
            }
            visit(item, inside, pointer + "/" + std::to_string(i));
        }
    }

    const Field& m_root;
    std::vector<ComparedField> m_found;
};

std::string words(std::string key)
{
    std::replace(key.begin(), key.end(), '_', ' ');
    return key;
}

std::string capital(std::string text)
{
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
        text[0] = char(text[0] - 'a' + 'A');
    }
    return text;
}

/// What one item of a list is called: "stage" of "stages", "term" of "objective".
std::string itemName(const std::string& list)
{
    if (list == "objective") {
        return "term";
    }
    const std::string name = words(list);
    return name.ends_with('s') ? name.substr(0, name.size() - 1) : name;
}

/// A pointer as people read it: its last part, and the places above it from the outermost.
struct Place {
    std::string name;
    std::vector<std::string> above;
    bool ofTeacher = false; ///< inside an inline teacher's document
    std::size_t shown = 0;  ///< of `above`, from the innermost

    explicit Place(const std::string& pointer)
    {
        std::vector<std::string> parts;
        std::string list;
        for (const std::string& part : splitPointer(pointer)) {
            if (listIndex(part)) {
                parts.back() = itemName(list) + " " + std::to_string(*listIndex(part) + 1);
                continue;
            }
            if (part == "experiment") {
                ofTeacher = true;
                continue; // "teacher" says it
            }
            if (part != "kind") { // it is the choice itself
                parts.push_back(words(part));
            }
            list = part;
        }
        name = parts.empty() ? std::string() : parts.back();
        above.assign(parts.begin(), parts.empty() ? parts.end() : parts.end() - 1);
    }

    std::string title() const
    {
        std::size_t from = above.size() - shown;
        std::string places = ofTeacher && from > 0 && !above.empty() ? above.front() : std::string();
        for (; from < above.size(); ++from) {
            places += (places.empty() ? "" : ", ") + above[from];
        }
        return capital(name) + (places.empty() ? "" : " (" + places + ")");
    }
};

/// As much of the place as tells each field from the others.
void addTitles(std::vector<ComparedField>& fields)
{
    std::vector<Place> places;
    for (const ComparedField& field : fields) {
        places.emplace_back(field.pointer);
    }
    for (bool again = true; again;) {
        again = false;
        std::map<std::string, int> count;
        for (const Place& place : places) {
            ++count[place.title()];
        }
        for (Place& place : places) {
            if (count[place.title()] > 1 && place.shown < place.above.size()) {
                ++place.shown;
                again = true;
            }
        }
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        fields[i].title = places[i].title();
    }
}

bool describesNoRun(const std::string& pointer)
{
    const std::string inner = pointer.substr(pointer.rfind("/experiment/") == std::string::npos
                                                 ? 0
                                                 : pointer.rfind("/experiment/") + std::string("/experiment").size());
    const std::string head = inner.substr(1, inner.find('/', 1) - 1);
    static const std::set<std::string> heads = {"name", "notes", "tags", "seeds", "sweep", "generations", "controls"};
    return heads.contains(head);
}

/// "/stages/0/objective/1/temperature" without its places in lists.
std::string withoutPlaces(const std::string& pointer)
{
    std::string result;
    for (std::size_t begin = 0; begin < pointer.size();) {
        const std::size_t end = std::min(pointer.find('/', begin + 1), pointer.size());
        const std::string part = pointer.substr(begin + 1, end - begin - 1);
        result += "/" + (listIndex(part) ? "*" : part);
        begin = end;
    }
    return result;
}

} // namespace

std::vector<ComparedField> fieldsOf(const Schema& schema, const std::vector<Comparison::Run>& runs)
{
    Values documents;
    for (const Comparison::Run& run : runs) {
        documents.push_back(&run.document);
    }
    Walk walk(schema.root());
    walk.visit(schema.root(), documents, "");
    std::vector<ComparedField> fields = walk.take();
    for (ComparedField& field : fields) {
        const Json* known = nullptr; // of the first run that has a configuration
        bool differs = false;
        for (std::size_t i = 0; i < runs.size(); ++i) {
            if (!runs[i].row.isImported()) {
                known = known ? known : &field.values[i];
                differs = differs || field.values[i] != *known;
            }
        }
        field.differs = differs && !describesNoRun(field.pointer);
        field.minor = field.minor && field.differs;
    }
    // The same setting of another item of the list tells something: then so does this one, its default or not.
    std::set<std::string> telling;
    for (const ComparedField& field : fields) {
        if (field.differs && !field.minor) {
            telling.insert(withoutPlaces(field.pointer));
        }
    }
    for (ComparedField& field : fields) {
        field.minor = field.minor && !telling.contains(withoutPlaces(field.pointer));
    }
    addTitles(fields);
    return fields;
}

} // namespace distill::comparison
