// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/wording.h"

#include <algorithm>
#include <cmath>

namespace distill::wording {

namespace {

/// " from 0 to 10", ", 1 or more", ", 5 or less" or nothing.
std::string range(double minimum, double maximum)
{
    if (std::isfinite(minimum) && std::isfinite(maximum)) {
        return " from " + number(minimum) + " to " + number(maximum);
    }
    if (std::isfinite(minimum)) {
        return ", " + number(minimum) + " or more";
    }
    return std::isfinite(maximum) ? ", " + number(maximum) + " or less" : "";
}

std::string sized(const std::string& what, const std::string& parts, double minimum, double maximum)
{
    if (!(minimum > 0) && !std::isfinite(maximum)) {
        return what;
    }
    if (minimum == 1 && !std::isfinite(maximum)) {
        return what + " that is not empty";
    }
    if (!(minimum > 0)) {
        return what + " of at most " + number(maximum) + " " + parts;
    }
    return what + " of " + number(minimum) + (std::isfinite(maximum) ? " to " + number(maximum) : " or more") + " "
        + parts;
}

/// Letters and digits in lower case, so that learningRate, learning-rate and learning_rate are the same.
std::string folded(const std::string& name)
{
    std::string result;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') {
            result += static_cast<char>(c - 'A' + 'a');
        } else if (c != '_' && c != '-' && c != ' ') {
            result += c;
        }
    }
    return result;
}

/// Edits (insert, delete, replace, swap of neighbours) from one name to the other.
std::size_t distance(const std::string& a, const std::string& b)
{
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

} // namespace

std::string expected(const Field& field)
{
    const std::string of = field.unit.empty() ? "" : " of " + field.unit;
    switch (field.type) {
    case Field::Type::Boolean:
        return "expected true or false";
    case Field::Type::Integer:
        return "expected a whole number" + of + range(field.minimum, field.maximum);
    case Field::Type::Number:
        return "expected a number" + of + range(field.minimum, field.maximum);
    case Field::Type::Text:
        return "expected " + sized("a text", "characters", field.minimum, field.maximum);
    case Field::Type::Choice: {
        std::vector<std::string> names;
        for (const Field::Option& option : field.options) {
            names.push_back(option.name);
        }
        return "expected " + alternatives(names);
    }
    case Field::Type::List: {
        std::string what = "a list";
        if (!field.item.empty()) {
            switch (field.item[0].type) {
            case Field::Type::Integer:
                what = "a list of whole numbers";
                break;
            case Field::Type::Number:
                what = "a list of numbers";
                break;
            case Field::Type::Text:
                what = "a list of texts";
                break;
            case Field::Type::Any:
                what = "a list of values";
                break;
            default:
                what = "a list of objects";
            }
        }
        const bool bounded = field.minimum > 0 || std::isfinite(field.maximum);
        return "expected " + sized(bounded ? "a list" : what, "items", field.minimum, field.maximum);
    }
    case Field::Type::Object: {
        std::vector<std::string> names;
        for (const Field& part : field.fields) {
            names.push_back(part.key);
        }
        return names.empty() ? "expected an object" : "expected an object that may hold " + alternatives(names);
    }
    case Field::Type::Kind: {
        std::vector<std::string> names;
        for (const Kind& kind : field.kinds) {
            names.push_back(kind.name);
        }
        return "expected an object whose \"kind\" is " + alternatives(names);
    }
    case Field::Type::Experiment:
        return "expected a whole experiment as an object";
    case Field::Type::Any:
        return "expected a value";
    }
    return {};
}

std::string got(const Json& value)
{
    switch (value.type()) {
    case Json::value_t::object:
        return value.empty() ? "got an empty object" : "got an object";
    case Json::value_t::array:
        return value.empty() ? "got an empty list" : "got a list";
    case Json::value_t::string:
        return "got " + quoted(value.get_ref<const std::string&>());
    case Json::value_t::number_float:
        return "got " + number(value.get<double>());
    default:
        return "got " + value.dump();
    }
}

std::string quoted(const std::string& text, std::size_t length)
{
    return Json(cut(text, length)).dump();
}

std::string alternatives(const std::vector<std::string>& names)
{
    std::string result;
    for (std::size_t i = 0; i < names.size(); ++i) {
        result += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + quoted(names[i]);
    }
    return result;
}

std::string number(double value)
{
    if (std::abs(value) < 1e16 && value == std::floor(value)) {
        return std::to_string(static_cast<long long>(value));
    }
    return Json(value).dump();
}

std::string nearest(const std::string& name, const std::vector<std::string>& candidates)
{
    constexpr std::size_t longest = 64;
    const std::string meant = folded(name);
    std::string best;
    if (meant.size() > longest) {
        return best;
    }
    std::size_t bestDistance = std::max<std::size_t>(1, meant.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const std::string known = folded(candidate);
        if (known.size() > longest) {
            continue;
        }
        const std::size_t edits = distance(meant, known);
        // All letters changed is no likeness: "lr" is not near "id".
        if (edits < bestDistance && edits < std::max(meant.size(), known.size())) {
            best = candidate;
            bestDistance = edits;
        }
    }
    return best;
}

std::string didYouMean(const std::string& name, const std::vector<std::string>& candidates)
{
    const std::string near = nearest(name, candidates);
    return near.empty() ? "" : "; did you mean " + quoted(near) + "?";
}

std::size_t characters(const std::string& text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string cut(const std::string& text, std::size_t length)
{
    std::size_t end = 0;
    for (std::size_t count = 0; end < text.size(); ++end) {
        if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 && count++ == length) {
            break;
        }
        if (end >= 4 * length) { // stray continuation bytes
            break;
        }
    }
    const std::string head = text.substr(0, end) + (end < text.size() ? "..." : "");
    // The writer knows how to replace what is not UTF-8; its quotation marks and escapes are taken off again.
    return Json::parse(Json(head).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string placed(const std::string& source, int line, const std::string& pointer, const std::string& message)
{
    std::string where = source;
    const auto add = [&](const std::string& part) { where += (where.empty() || part.empty() ? "" : ", ") + part; };
    if (line > 0) {
        add("line " + std::to_string(line));
    }
    // A key may hold a line break; the sentence stays on its line.
    const std::string text = quoted(pointer, 200);
    add(text.substr(1, text.size() - 2));
    return where.empty() ? message : where + ": " + message;
}

std::string escaped(const std::string& key)
{
    std::string result;
    for (const char c : key) {
        result += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return result;
}

} // namespace distill::wording
