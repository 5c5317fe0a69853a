// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <cstdint>
#include <functional>

namespace distill {

struct Catalogue;

/// What is said of a field beside its key and its default (the default is the member's own initial value).
struct FieldInfo {
    std::string help;
    std::string unit = {};
    /// Range of a number, of a text's length, of a list's length; with numbers() and integers() of each number.
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
    bool advanced = false;
    bool tunable = false;
    bool logarithmic = false;
};

/// A part of the document that names its kind and carries that kind's own fields, defaults filled in.
struct Selection {
    std::string kind;
    Json parameters = Json::object();
};

/// Binds the members of a settings struct to the fields of a document. A struct says once, in `describe(Binder&)`, which
/// keys it has; FieldCollector turns that into Fields, FieldReader fills the members from a checked document.
///
///     struct Hinton { double temperature = 4; void describe(Binder& b) {
///         b.number("temperature", temperature, {.help = "Softens both outputs.", .minimum = 0.01}); } };
class Binder {
public:
    virtual ~Binder() = default;

    /// What selections may choose from; empty while members are being read.
    virtual const Catalogue& catalogue() const = 0;

    virtual void boolean(const char* key, bool& value, FieldInfo info) = 0;
    virtual void integer(const char* key, std::int64_t& value, FieldInfo info) = 0;
    virtual void number(const char* key, double& value, FieldInfo info) = 0;
    virtual void text(const char* key, std::string& value, FieldInfo info) = 0;
    virtual void choice(const char* key, std::string& value, std::vector<Field::Option> options, FieldInfo info) = 0;
    virtual void integers(const char* key, std::vector<std::int64_t>& value, FieldInfo info) = 0;
    virtual void numbers(const char* key, std::vector<double>& value, FieldInfo info) = 0;
    virtual void texts(const char* key, std::vector<std::string>& value, FieldInfo info) = 0;
    /// A list of any values; the range is of its length.
    virtual void values(const char* key, std::vector<Json>& value, FieldInfo info) = 0;
    /// An object {"kind": ..., parameters of that kind}. `value.kind` is the default kind.
    virtual void selection(const char* key, Selection& value, const std::vector<Kind>& kinds, FieldInfo info) = 0;
    /// A whole experiment document, kept as JSON.
    virtual void experiment(const char* key, Json& value, FieldInfo info) = 0;

    template <class Settings> void object(const char* key, Settings& value, FieldInfo info) {
        if (enter(key, info)) {
            value.describe(*this);
        }
        leave();
    }
    /// An array of objects; each item is a `Settings` with a describe(). The default is the list's initial value's size
    /// in items with their own defaults.
    template <class Settings> void list(const char* key, std::vector<Settings>& value, FieldInfo info) {
        const std::size_t count = enterList(key, value.size(), info);
        value.resize(count);
        if (collectsFields()) {
            Settings item;
            item.describe(*this);
        } else {
            for (std::size_t i = 0; i < count; ++i) {
                enterItem(i);
                value[i].describe(*this);
                leave();
            }
        }
        leave();
    }
    /// Inside an object or a list's item, as the last call: it is itself {"kind": ..., ...}, and its kind's fields stand
    /// beside the common ones that were bound before this call.
    virtual void itemKind(Selection& value, const std::vector<Kind>& kinds, FieldInfo info) = 0;

protected:
    virtual bool collectsFields() const = 0;
    virtual bool enter(const char* key, const FieldInfo& info) = 0;
    virtual std::size_t enterList(const char* key, std::size_t defaultCount, const FieldInfo& info) = 0;
    virtual void enterItem(std::size_t index) = 0;
    virtual void leave() = 0;
};

/// The fields of a settings struct, in the order it describes them, with its initial values as defaults.
template <class Settings> std::vector<Field> fieldsOf(Settings settings = {});
/// Fills `settings` from an object that was checked and has its defaults filled in; other keys are left alone.
template <class Settings> void readFields(const Json& object, Settings& settings);

std::vector<Field> collectFields(const std::function<void(Binder&)>& describe);
std::vector<Field> collectFields(const std::function<void(Binder&)>& describe, const Catalogue& catalogue);
void readFieldsInto(const Json& object, const std::function<void(Binder&)>& describe);

template <class Settings> std::vector<Field> fieldsOf(Settings settings) {
    return collectFields([&](Binder& binder) { settings.describe(binder); });
}
template <class Settings> void readFields(const Json& object, Settings& settings) {
    readFieldsInto(object, [&](Binder& binder) { settings.describe(binder); });
}

} // namespace distill
