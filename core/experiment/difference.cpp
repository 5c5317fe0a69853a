// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/schema.h"

#include "experiment/wording.h"

#include <algorithm>

namespace distill {

namespace {

class Comparison {
public:
    explicit Comparison(const Field& root)
        : m_root(root)
    {
    }

    std::vector<Difference> take() { return std::move(m_found); }

    void compare(const Field& field, const Json& left, const Json& right, const std::string& pointer)
    {
        if (left == right) {
            return;
        }
        if (left.is_null() || right.is_null()) {
            m_found.push_back({pointer, left, right});
            return;
        }
        switch (field.type) {
        case Field::Type::Object:
            fields(field.fields, left, right, pointer);
            break;
        case Field::Type::Experiment:
            fields(m_root.fields, left, right, pointer);
            break;
        case Field::Type::Kind:
            kinds(field, left, right, pointer);
            break;
        case Field::Type::List:
            if (field.item[0].type == Field::Type::Object || field.item[0].type == Field::Type::Kind) {
                for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
                    compare(field.item[0], i < left.size() ? left[i] : Json(), i < right.size() ? right[i] : Json(),
                            pointer + "/" + std::to_string(i));
                }
                break;
            }
            [[fallthrough]];
        default:
            m_found.push_back({pointer, left, right});
        }
    }

private:
    static Json at(const Json& object, const std::string& key)
    {
        return object.contains(key) ? object.at(key) : Json();
    }

    void fields(const std::vector<Field>& described, const Json& left, const Json& right, const std::string& pointer)
    {
        for (const Field& field : described) {
            compare(field, at(left, field.key), at(right, field.key), pointer + "/" + wording::escaped(field.key));
        }
    }

    void kinds(const Field& field, const Json& left, const Json& right, const std::string& pointer)
    {
        const Json leftName = left["kind"], rightName = right["kind"];
        if (leftName != rightName) {
            m_found.push_back({pointer + "/kind", leftName, rightName});
        }
        fields(field.fields, left, right, pointer);
        const Kind* kind = findKind(field.kinds, leftName.get<std::string>());
        if (kind) {
            fields(kind->fields, left, right, pointer);
        }
        const Kind* other = findKind(field.kinds, rightName.get<std::string>());
        if (other && other != kind) {
            std::vector<Field> added;
            std::copy_if(other->fields.begin(), other->fields.end(), std::back_inserter(added),
                         [&](const Field& part) { return !left.contains(part.key); });
            fields(added, left, right, pointer);
        }
    }

    const Field& m_root;
    std::vector<Difference> m_found;
};

} // namespace

std::vector<Difference> Schema::difference(const Json& left, const Json& right) const
{
    Comparison comparison(m_root);
    comparison.compare(m_root, resolve(left), resolve(right), "");
    return comparison.take();
}

} // namespace distill
