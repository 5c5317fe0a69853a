// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/binder.h"

#include "experiment/error.h"
#include "experiment/experiment.h"
#include "experiment/wording.h"

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>

namespace distill {

namespace {

// The collector meets mistakes of those who wrote a describe(), not of those who wrote a document.
[[noreturn]] void misdescribed(const std::string& what)
{
    throw std::logic_error("experiment description: " + what);
}

Json defaultOfKind(const std::vector<Kind>& kinds, const Selection& selection)
{
    Json result = {{"kind", selection.kind}};
    if (const Kind* kind = findKind(kinds, selection.kind)) {
        for (const Field& field : kind->fields) {
            result[field.key] = field.defaultValue;
        }
    }
    for (const auto& [key, value] : selection.parameters.items()) {
        result[key] = value;
    }
    return result;
}

class FieldCollector final : public Binder {
public:
    explicit FieldCollector(const Catalogue& catalogue)
        : m_catalogue(catalogue)
    {
        m_levels.emplace_back();
    }

    std::vector<Field> take() { return std::move(m_levels.front().field.fields); }

    const Catalogue& catalogue() const override { return m_catalogue; }

    void boolean(const char* key, bool& value, FieldInfo info) override
    {
        add(make(key, Field::Type::Boolean, info), value);
    }
    void integer(const char* key, std::int64_t& value, FieldInfo info) override
    {
        add(make(key, Field::Type::Integer, info), value);
    }
    void number(const char* key, double& value, FieldInfo info) override
    {
        add(make(key, Field::Type::Number, info), value);
    }
    void text(const char* key, std::string& value, FieldInfo info) override
    {
        add(make(key, Field::Type::Text, info), value);
    }
    void choice(const char* key, std::string& value, std::vector<Field::Option> options, FieldInfo info) override
    {
        Field field = make(key, Field::Type::Choice, info);
        if (std::none_of(options.begin(), options.end(), [&](const auto& option) { return option.name == value; })) {
            misdescribed(std::string(key) + " has a default that is none of its options: " + value);
        }
        field.options = std::move(options);
        add(std::move(field), value);
    }
    void integers(const char* key, std::vector<std::int64_t>& value, FieldInfo info) override
    {
        addPlainList(key, Field::Type::Integer, value, 0, info);
    }
    void numbers(const char* key, std::vector<double>& value, FieldInfo info) override
    {
        addPlainList(key, Field::Type::Number, value, 0.0, info);
    }
    void texts(const char* key, std::vector<std::string>& value, FieldInfo info) override
    {
        addPlainList(key, Field::Type::Text, value, "", info);
    }
    void values(const char* key, std::vector<Json>& value, FieldInfo info) override
    {
        Field list = make(key, Field::Type::List, info);
        list.item.emplace_back();
        list.item.front().type = Field::Type::Any;
        add(std::move(list), Json(value));
    }
    void selection(const char* key, Selection& value, const std::vector<Kind>& kinds, FieldInfo info) override
    {
        Field field = make(key, Field::Type::Kind, info);
        field.kinds = kinds;
        Selection initial = value;
        if (!kinds.empty() && !findKind(kinds, initial.kind)) {
            initial = {kinds.front().name};
        }
        add(std::move(field), defaultOfKind(kinds, initial));
    }
    void experiment(const char* key, Json& value, FieldInfo info) override
    {
        add(make(key, Field::Type::Experiment, info), value);
    }
    void itemKind(Selection& value, const std::vector<Kind>& kinds, FieldInfo info) override
    {
        Field& target = open();
        target.type = Field::Type::Kind;
        target.kinds = kinds;
        if (target.help.empty()) {
            target.help = info.help;
        }
        for (const Kind& kind : kinds) {
            for (const Field& own : kind.fields) {
                for (const Field& common : target.fields) {
                    if (own.key == common.key) {
                        misdescribed("\"" + own.key + "\" of the kind \"" + kind.name + "\" is a common key already");
                    }
                }
            }
        }
        Level& level = m_levels.back();
        level.initial = value;
        if (!kinds.empty() && !findKind(kinds, value.kind)) {
            level.initial = Selection{kinds.front().name};
        }
    }

protected:
    bool collectsFields() const override { return true; }
    bool enter(const char* key, const FieldInfo& info) override
    {
        m_levels.push_back({make(key, Field::Type::Object, info), {}, {}, 0});
        return true;
    }
    std::size_t enterList(const char* key, std::size_t defaultCount, const FieldInfo& info) override
    {
        m_levels.push_back({make(key, Field::Type::List, info), Field{}, {}, defaultCount});
        return defaultCount;
    }
    void enterItem(std::size_t) override { }
    void leave() override
    {
        Level level = std::move(m_levels.back());
        m_levels.pop_back();
        Field& described = level.item ? *level.item : level.field;
        Json value = Json::object();
        Json common = Json::object();
        for (const Field& field : described.fields) {
            common[field.key] = field.defaultValue;
        }
        if (level.initial) {
            const Json kind = defaultOfKind(described.kinds, *level.initial);
            value["kind"] = kind["kind"];
            value.update(common);
            value.update(kind);
        } else {
            value = std::move(common);
        }
        described.defaultValue = value;
        if (level.item) {
            value = Json(level.count, level.item->defaultValue);
            level.field.item.push_back(std::move(*level.item));
        }
        add(std::move(level.field), std::move(value));
    }

private:
    struct Level {
        Field field;
        std::optional<Field> item; ///< of a list: what is being described instead of the field itself
        std::optional<Selection> initial; ///< set where itemKind() was called
        std::size_t count = 0;
    };

    static Field make(const char* key, Field::Type type, const FieldInfo& info)
    {
        Field field;
        field.key = key;
        field.type = type;
        field.help = info.help;
        field.unit = info.unit;
        field.minimum = info.minimum;
        field.maximum = info.maximum;
        field.advanced = info.advanced;
        field.tunable = info.tunable;
        field.logarithmic = info.logarithmic;
        return field;
    }
    Field& open() { return m_levels.back().item ? *m_levels.back().item : m_levels.back().field; }
    void add(Field field, Json defaultValue)
    {
        if (field.key == "kind") {
            misdescribed("the key \"kind\" is reserved");
        }
        for (const Field& other : open().fields) {
            if (other.key == field.key) {
                misdescribed("the key \"" + field.key + "\" is described twice");
            }
        }
        field.defaultValue = std::move(defaultValue);
        open().fields.push_back(std::move(field));
    }
    template <class Value>
    void addPlainList(const char* key, Field::Type type, const std::vector<Value>& value, Json itemDefault,
                      const FieldInfo& info)
    {
        Field item;
        item.type = type;
        item.unit = info.unit;
        item.minimum = info.minimum;
        item.maximum = info.maximum;
        item.defaultValue = std::move(itemDefault);
        Field list = make(key, Field::Type::List, info);
        list.minimum = -std::numeric_limits<double>::infinity();
        list.maximum = std::numeric_limits<double>::infinity();
        list.item.push_back(std::move(item));
        add(std::move(list), Json(value));
    }

    const Catalogue& m_catalogue;
    std::vector<Level> m_levels;
};

class FieldReader final : public Binder {
public:
    explicit FieldReader(const Json& object) { m_levels.push_back({&object, {}}); }

    const Catalogue& catalogue() const override
    {
        static const Catalogue none;
        return none;
    }

    void boolean(const char* key, bool& value, FieldInfo) override { get(key, value); }
    void integer(const char* key, std::int64_t& value, FieldInfo) override { get(key, value); }
    void number(const char* key, double& value, FieldInfo) override { get(key, value); }
    void text(const char* key, std::string& value, FieldInfo) override { get(key, value); }
    void choice(const char* key, std::string& value, std::vector<Field::Option>, FieldInfo) override
    {
        get(key, value);
    }
    void integers(const char* key, std::vector<std::int64_t>& value, FieldInfo) override { get(key, value); }
    void numbers(const char* key, std::vector<double>& value, FieldInfo) override { get(key, value); }
    void texts(const char* key, std::vector<std::string>& value, FieldInfo) override { get(key, value); }
    void values(const char* key, std::vector<Json>& value, FieldInfo) override { get(key, value); }
    void selection(const char* key, Selection& value, const std::vector<Kind>&, FieldInfo) override
    {
        if (const Json* object = find(key)) {
            value = select(*object, {});
        }
    }
    void experiment(const char* key, Json& value, FieldInfo) override
    {
        if (const Json* object = find(key)) {
            value = *object;
        }
    }
    void itemKind(Selection& value, const std::vector<Kind>&, FieldInfo) override
    {
        if (const Json* object = m_levels.back().json) {
            value = select(*object, m_levels.back().bound);
        }
    }

protected:
    bool collectsFields() const override { return false; }
    bool enter(const char* key, const FieldInfo&) override
    {
        const Json* object = find(key);
        m_levels.push_back({object, {}});
        return object != nullptr;
    }
    std::size_t enterList(const char* key, std::size_t defaultCount, const FieldInfo&) override
    {
        const Json* list = find(key);
        if (list && !list->is_array()) {
            throw InputError(std::string("\"") + key + "\": expected a list, " + wording::got(*list));
        }
        m_levels.push_back({list, {}});
        return list ? list->size() : defaultCount;
    }
    void enterItem(std::size_t index) override
    {
        const Json* list = m_levels.back().json;
        m_levels.push_back({list ? &(*list)[index] : nullptr, {}});
    }
    void leave() override { m_levels.pop_back(); }

private:
    struct Level {
        const Json* json; ///< null where the document leaves it out: the members keep their values
        std::set<std::string> bound;
    };

    const Json* find(const char* key)
    {
        Level& level = m_levels.back();
        level.bound.insert(key);
        if (!level.json) {
            return nullptr;
        }
        if (!level.json->is_object()) {
            throw InputError("expected an object that holds \"" + std::string(key) + "\", "
                             + wording::got(*level.json));
        }
        const auto found = level.json->find(key);
        return found == level.json->end() ? nullptr : &*found;
    }
    template <class Value> void get(const char* key, Value& value)
    {
        const Json* json = find(key);
        if (!json) {
            return;
        }
        try {
            value = json->get<Value>();
        } catch (const Json::exception&) {
            throw InputError(std::string("\"") + key + "\": expected a value of another type, " + wording::got(*json));
        }
    }
    static Selection select(const Json& object, const std::set<std::string>& common)
    {
        if (!object.is_object() || !object.contains("kind") || !object["kind"].is_string()) {
            throw InputError("expected an object with the text \"kind\", " + wording::got(object));
        }
        Selection selection{object["kind"].get<std::string>()};
        for (const auto& [key, value] : object.items()) {
            if (key != "kind" && !common.contains(key)) {
                selection.parameters[key] = value;
            }
        }
        return selection;
    }

    std::vector<Level> m_levels;
};

} // namespace

std::vector<Field> collectFields(const std::function<void(Binder&)>& describe, const Catalogue& catalogue)
{
    FieldCollector collector(catalogue);
    describe(collector);
    return collector.take();
}

std::vector<Field> collectFields(const std::function<void(Binder&)>& describe)
{
    static const Catalogue none;
    return collectFields(describe, none);
}

void readFieldsInto(const Json& object, const std::function<void(Binder&)>& describe)
{
    FieldReader reader(object);
    describe(reader);
}

const Kind* findKind(const std::vector<Kind>& kinds, const std::string& name)
{
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.name == name; });
    return found == kinds.end() ? nullptr : &*found;
}

bool isRequired(const Field& field)
{
    const auto anyRequired
        = [](const std::vector<Field>& fields) { return std::any_of(fields.begin(), fields.end(), isRequired); };
    switch (field.type) {
    case Field::Type::Text:
        return wording::characters(field.defaultValue.get_ref<const std::string&>()) < field.minimum;
    case Field::Type::List:
        return static_cast<double>(field.defaultValue.size()) < field.minimum;
    case Field::Type::Experiment:
        return field.defaultValue.is_null();
    case Field::Type::Object:
        return anyRequired(field.fields);
    case Field::Type::Kind: {
        const Kind* kind = findKind(field.kinds, field.defaultValue.value("kind", ""));
        return anyRequired(field.fields) || (kind && anyRequired(kind->fields));
    }
    default:
        return false;
    }
}

} // namespace distill
