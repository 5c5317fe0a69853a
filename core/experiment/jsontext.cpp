// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/jsontext.h"

#include "experiment/error.h"
#include "experiment/wording.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <unordered_set>

namespace distill::jsontext {

namespace {

using std::to_string;

/// Walks the text and tells how far the parser has read.
class Cursor {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Cursor(const char* at, const char** furthest)
        : m_at(at)
        , m_furthest(furthest)
    {
    }

    reference operator*() const { return *m_at; }
    Cursor& operator++()
    {
        *m_furthest = ++m_at;
        return *this;
    }
    Cursor operator++(int)
    {
        Cursor before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Cursor& other) const { return m_at == other.m_at; }
    bool operator!=(const Cursor& other) const { return m_at != other.m_at; }

private:
    const char* m_at;
    const char** m_furthest;
};

std::string place(const std::string& source, const std::string& where)
{
    return source.empty() ? where + ": " : source + ", " + where + ": ";
}

/// Builds the value from the parser's events. Every handler returns true to go on.
class Builder {
public:
    Builder(const std::string& text, const std::string& source)
        : m_text(text)
        , m_source(source)
        , m_counted(text.data())
        , m_furthest(text.data())
    {
    }

    const char** furthest() { return &m_furthest; }
    Parsed take() { return std::move(m_parsed); }

    bool null() { return add(nullptr); }
    bool boolean(bool value) { return add(value); }
    bool number_integer(Json::number_integer_t value) { return add(value); }
    bool number_unsigned(Json::number_unsigned_t value)
    {
        if (value > static_cast<Json::number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
            return tooLarge(to_string(value));
        }
        return add(static_cast<std::int64_t>(value));
    }
    bool number_float(Json::number_float_t value, const std::string& digits)
    {
        // The parser makes whole numbers that fit no integer type into inexact ones.
        return digits.find_first_of(".eE") == std::string::npos ? tooLarge(digits) : add(value);
    }
    bool string(std::string& value)
    {
        refuseZero(value);
        return add(std::move(value));
    }
    bool binary(Json::binary_t&) { return false; }
    bool start_object(std::size_t)
    {
        open(Json::object());
        m_keys.emplace_back();
        return true;
    }
    bool key(std::string& value)
    {
        refuseZero(value);
        if (!m_keys.back().insert(value).second) {
            fail("the key " + wording::quoted(value) + " stands twice in one object, expected it once");
        }
        m_key = std::move(value);
        return true;
    }
    bool end_object()
    {
        m_keys.pop_back();
        return close();
    }
    bool start_array(std::size_t)
    {
        open(Json::array());
        return true;
    }
    bool end_array() { return close(); }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error)
    {
        const std::size_t at = std::min(position == 0 ? 0 : position - 1, m_text.size());
        const std::string what = error.what();
        if (what.find("number overflow") != std::string::npos) {
            return tooLarge(what.substr(what.find('\'') + 1, what.rfind('\'') - what.find('\'') - 1));
        }
        const std::size_t lineStart = at == 0 ? 0 : m_text.rfind('\n', at - 1) + 1;
        const std::size_t column = 1 + wording::characters(m_text.substr(lineStart, at - lineStart));
        const auto line = 1 + std::count(m_text.begin(), m_text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        throw InputError(place(m_source, "line " + to_string(line) + ", column " + to_string(column))
                         + reason(what, at));
    }

private:
    /// "unexpected '}', expected string literal" out of the parser's long sentence.
    std::string reason(const std::string& what, std::size_t at) const
    {
        const auto isWord = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
        std::size_t first = at, end = at;
        while (first > 0 && isWord(m_text[first - 1])) {
            --first;
        }
        while (end < m_text.size() && isWord(m_text[end])) {
            ++end;
        }
        std::string word = m_text.substr(first, std::min<std::size_t>(end - first, 16));
        std::transform(word.begin(), word.end(), word.begin(),
                       [](char c) { return c >= 'a' ? c : char(c - 'A' + 'a'); });
        if (word == "nan" || word == "inf" || word == "infinity") {
            return "NaN and infinity are no numbers in JSON, expected a finite number";
        }
        if (at < m_text.size() && m_text[at] == '/') {
            return "JSON has no comments, expected them in the field \"notes\"";
        }
        if (what.find("ill-formed UTF-8") != std::string::npos) {
            return "the text is not UTF-8, expected a file saved as UTF-8";
        }
        if (what.find("empty input") != std::string::npos) { // as nlohmann-json from 3.11.3 on says it
            return "unexpected end of input, expected JSON";
        }
        const std::size_t head = what.find(" - ");
        std::string cause = head == std::string::npos ? "not understood" : what.substr(head + 3);
        const std::size_t last = cause.find("; last read: ");
        const std::size_t wanted = cause.rfind("; expected ");
        std::string tail;
        if (wanted != std::string::npos) {
            tail = ", " + cause.substr(wanted + 2);
            cause.erase(wanted);
        }
        if (last != std::string::npos && last < cause.size()) {
            cause.erase(last);
        }
        if (cause.find("(LF)") != std::string::npos || cause.find("(CR)") != std::string::npos) {
            return "a text that does not end on its line, expected a quotation mark";
        }
        if (const std::size_t must = cause.find(" must be "); must != std::string::npos) {
            cause.replace(must, 9, ", expected it to be ");
        } else if (tail.empty()) {
            tail = ", expected JSON";
        }
        std::string near = wording::quoted(m_text.substr(at, 80), 20);
        return wording::cut(cause, 120) + tail + (at < m_text.size() ? ", near " + near : "");
    }

    int line()
    {
        // The parser reads one character past a number, which may be the end of the line.
        const char* until = std::max(m_counted, m_furthest > m_text.data() ? m_furthest - 1 : m_furthest);
        m_line += static_cast<int>(std::count(m_counted, until, '\n'));
        m_counted = until;
        return m_line;
    }
    [[noreturn]] void fail(const std::string& what)
    {
        throw InputError(place(m_source, "line " + to_string(line())) + what);
    }
    bool tooLarge(const std::string& digits)
    {
        fail("the number " + wording::cut(digits, 40)
             + " is too large, expected whole numbers of at most 9223372036854775807"
             + " and others of at most 1.7e308");
    }
    void refuseZero(const std::string& value)
    {
        if (value.find('\0') != std::string::npos) {
            fail("a text holds the character U+0000, expected printable characters");
        }
    }
    Json& put(Json value)
    {
        m_parsed.nodes.push_back({line(), 1});
        if (m_open.empty()) {
            return m_parsed.json = std::move(value);
        }
        Json& parent = *m_open.back().json;
        if (parent.is_array()) {
            return parent.emplace_back(std::move(value));
        }
        // Appends without the search of operator[]: the key is known to be new.
        auto& object = parent.get_ref<Json::object_t&>();
        object.Json::object_t::Container::emplace_back(std::move(m_key), std::move(value));
        return object.back().second;
    }
    bool add(Json value)
    {
        put(std::move(value));
        return true;
    }
    void open(Json value)
    {
        if (m_open.size() >= static_cast<std::size_t>(deepestNesting)) {
            fail("nested too deep, expected at most " + to_string(deepestNesting) + " levels");
        }
        const std::size_t node = m_parsed.nodes.size();
        Json& placed = put(std::move(value));
        m_open.push_back({&placed, node});
    }
    bool close()
    {
        const std::size_t node = m_open.back().node;
        m_parsed.nodes[node].nodes = static_cast<std::int32_t>(m_parsed.nodes.size() - node);
        m_open.pop_back();
        return true;
    }

    struct Open {
        Json* json; ///< stays where it is while it is open: only the innermost container grows
        std::size_t node;
    };

    const std::string& m_text;
    const std::string& m_source;
    const char* m_counted;
    const char* m_furthest;
    int m_line = 1;
    std::string m_key;
    std::vector<Open> m_open;
    std::vector<std::unordered_set<std::string>> m_keys;
    Parsed m_parsed;
};

std::string plain(const Json& value)
{
    if (value.is_number_float() && !std::isfinite(value.get<double>())) {
        throw InputError("NaN and infinity are no numbers in JSON, expected a finite number");
    }
    try {
        return value.dump();
    } catch (const Json::exception&) {
        throw InputError("a text is not UTF-8, expected UTF-8: " + wording::got(value));
    }
}

void writeInto(std::string& out, const Json& value, int depth)
{
    constexpr std::size_t widestList = 100;
    if (!value.is_structured() || value.empty()) {
        out += plain(value);
        return;
    }
    if (depth >= deepestNesting) {
        throw InputError("nested too deep, expected at most " + to_string(deepestNesting) + " levels");
    }
    const std::string indent(2 * static_cast<std::size_t>(depth + 1), ' ');
    if (value.is_array() && std::none_of(value.begin(), value.end(), [](const Json& v) { return v.is_structured(); })) {
        std::string line;
        for (const Json& item : value) {
            line += (line.empty() ? "" : ", ") + plain(item);
            if (line.size() > widestList) {
                break;
            }
        }
        if (line.size() <= widestList) {
            out += "[" + line + "]";
            return;
        }
    }
    out += value.is_array() ? '[' : '{';
    const char* separator = "\n";
    for (auto it = value.begin(); it != value.end(); ++it) {
        out += separator + indent;
        if (value.is_object()) {
            out += plain(Json(it.key())) + ": ";
        }
        writeInto(out, *it, depth + 1);
        separator = ",\n";
    }
    out += "\n" + indent.substr(2) + (value.is_array() ? ']' : '}');
}

} // namespace

Parsed parse(const std::string& text, const std::string& source)
{
    const std::string whole = source.empty() ? "" : source + ": ";
    if (text.size() > largestBytes) {
        throw InputError(whole + "larger than 8 MiB, expected an experiment document");
    }
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        throw InputError(whole + "the text is UTF-16, expected a file saved as UTF-8");
    }
    if (const std::size_t zero = text.find('\0'); zero != std::string::npos) {
        const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n');
        throw InputError(place(source, "line " + to_string(line)) + "a zero byte, expected text in UTF-8");
    }
    Builder builder(text, source);
    const char* begin = text.data();
    // Every refusal is thrown out of the builder, so the return value says nothing new.
    Json::sax_parse(Cursor(begin, builder.furthest()), Cursor(begin + text.size(), builder.furthest()), &builder);
    return builder.take();
}

std::string write(const Json& json)
{
    std::string text;
    writeInto(text, json, 0);
    return text + "\n";
}

} // namespace distill::jsontext
