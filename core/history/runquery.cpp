// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/runquery.h"

#include "experiment/wording.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <cwctype>
#include <locale.h>

namespace distill {

namespace {

using Type = RunColumn::Type;
using From = RunColumn::From;

constexpr double day = 86400;

bool isNumeric(Type type)
{
    return type != Type::Text && type != Type::Flag;
}

/// Length of the UTF-8 character at `at`, and its code point; a byte that begins none is a character by itself.
std::size_t decode(std::string_view text, std::size_t at, char32_t& code)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    const std::size_t length = lead >= 0xF0 && lead < 0xF8 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
    code = lead;
    if (lead < 0xC2 || lead >= 0xF5 || at + length > text.size()) {
        return 1;
    }
    code = lead & (0xFF >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) {
            code = lead;
            return 1;
        }
        code = code << 6 | (byte(at + i) & 0x3F);
    }
    return length;
}

void encode(char32_t code, std::string& text)
{
    if (code < 0x80) {
        text += char(code);
    } else if (code < 0x800) {
        text += {char(0xC0 | code >> 6), char(0x80 | (code & 0x3F))};
    } else if (code < 0x10000) {
        text += {char(0xE0 | code >> 12), char(0x80 | (code >> 6 & 0x3F)), char(0x80 | (code & 0x3F))};
    } else {
        text += {char(0xF0 | code >> 18), char(0x80 | (code >> 12 & 0x3F)), char(0x80 | (code >> 6 & 0x3F)), char(0x80 | (code & 0x3F))};
    }
}

double clockNow()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::optional<double> plainNumber(std::string_view text)
{
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// "0.9", "90%", "10m", "1.5M": the unit's letters depend on what is measured.
std::optional<double> measured(std::string_view text, Type type)
{
    double factor = 1;
    const auto unit = [&](char letter, double value) {
        if (!text.empty() && text.back() == letter) {
            text.remove_suffix(1);
            factor = value;
            return true;
        }
        return false;
    };
    if (type == Type::Seconds) {
        unit('s', 1) || unit('m', 60) || unit('h', 3600) || unit('d', day);
    } else if (type == Type::Count) {
        unit('k', 1e3) || unit('K', 1e3) || unit('M', 1e6) || unit('G', 1e9);
    } else {
        unit('%', 0.01);
    }
    const auto value = plainNumber(text);
    return value ? std::optional(*value * factor) : std::nullopt;
}

std::string lowerAscii(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return text;
}

struct Span {
    double low, high; ///< the second is past the end
};

double localTime(std::tm parts)
{
    parts.tm_isdst = -1;
    return double(std::mktime(&parts));
}

/// "2026", "2026-11", "2026-11-01", "2026-11-01T12", "2026-11-01T12:30", "today", "yesterday": from where to where it reaches.
std::optional<Span> moment(const std::string& text, double now)
{
    std::tm parts{};
    if (text == "today" || text == "yesterday") {
        const auto time = std::time_t(now);
        localtime_r(&time, &parts);
        parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
        parts.tm_mday -= text == "yesterday" ? 1 : 0;
        std::tm next = parts;
        ++next.tm_mday;
        return Span{localTime(parts), localTime(next)};
    }
    static const char separators[] = {'-', '-', 't', ':', ':'};
    int fields[6] = {0, 1, 1, 0, 0, 0};
    int count = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (; count < 6; ++count) {
        const auto [stopped, error] = std::from_chars(at, end, fields[count]);
        if (error != std::errc() || stopped == at || fields[count] < 0) {
            return std::nullopt;
        }
        at = stopped;
        if (at == end) {
            ++count;
            break;
        }
        if (count == 5 || *at != separators[count]) {
            return std::nullopt;
        }
        ++at;
    }
    const bool valid = at == end && fields[0] >= 1970 && fields[0] < 10000 && fields[1] >= 1 && fields[1] <= 12 && fields[2] >= 1 && fields[2] <= 31
        && fields[3] < 24 && fields[4] < 60 && fields[5] < 60;
    if (!valid) {
        return std::nullopt;
    }
    parts.tm_year = fields[0] - 1900;
    parts.tm_mon = fields[1] - 1;
    parts.tm_mday = fields[2];
    parts.tm_hour = fields[3];
    parts.tm_min = fields[4];
    parts.tm_sec = fields[5];
    std::tm next = parts;
    int* const unit[] = {&next.tm_year, &next.tm_mon, &next.tm_mday, &next.tm_hour, &next.tm_min, &next.tm_sec};
    ++*unit[count - 1];
    return Span{localTime(parts), localTime(next)};
}

std::optional<bool> truth(const std::string& text)
{
    if (text == "yes" || text == "true" || text == "1" || text == "on") {
        return true;
    }
    return text == "no" || text == "false" || text == "0" || text == "off" ? std::optional(false) : std::nullopt;
}

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

const char* const states[] = {"queued", "running", "paused", "finished", "stopped", "interrupted", "diverged", "failed"};
const char* const marks[] = {"starred", "pinned", "hidden", "archived", "deleted"};
const char* const roles[] = {"student", "control"}; // "teacher" is a model's name too: is:teacher is told apart below

} // namespace

std::string foldedCase(const std::string& text)
{
    static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    std::string folded;
    folded.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        char32_t code = 0;
        const std::size_t length = decode(text, at, code);
        if (code < 0x80) {
            folded += code >= 'A' && code <= 'Z' ? char(code + 32) : char(code);
        } else if (length == 1 || unicode == locale_t{}) {
            folded.append(text, at, length);
        } else {
            encode(char32_t(towlower_l(wint_t(code), unicode)), folded);
        }
        at += length;
    }
    return folded;
}

bool matchesPattern(std::string_view pattern, std::string_view text)
{
    // After a star the text is tried from one character later each time the rest does not fit.
    std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
    char32_t code = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == '?') {
            t += decode(text, t, code);
            ++p;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = resume += decode(text, resume, code);
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

class RunQuery::Reader {
public:
    Reader(const RunColumns& columns, double now) : m_columns(columns), m_now(now > 0 ? now : clockNow()) {}

    RunQuery read(const std::string& text)
    {
        std::size_t at = 0;
        while (at < text.size()) {
            if (isSpace(text[at])) {
                ++at;
                continue;
            }
            bool negated = false;
            if (text[at] == '-' && at + 1 < text.size() && !isSpace(text[at + 1])) {
                negated = true;
                ++at;
            }
            std::string part;
            bool quoted = false;
            std::size_t sign = std::string::npos; // a sign in quotes is a letter like any other
            for (; at < text.size() && (quoted || !isSpace(text[at])); ++at) {
                if (text[at] == '"') {
                    quoted = !quoted;
                    continue;
                }
                if (!quoted && sign == std::string::npos && std::string_view(":<>=!").find(text[at]) != std::string_view::npos) {
                    sign = part.size();
                }
                part += text[at];
            }
            if (!part.empty()) {
                add(part, sign, negated);
            }
        }
        return std::move(m_query);
    }

private:
    static bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

    void fail(const std::string& sentence)
    {
        if (m_query.m_problem.empty()) {
            m_query.m_problem = sentence;
        }
    }

    void add(const std::string& part, std::size_t sign, bool negated)
    {
        if (sign == std::string::npos) {
            Part word;
            word.negated = negated;
            for (const std::string& each : split(foldedCase(part), '|')) {
                addText(word, each);
            }
            if (!word.alternatives.empty()) {
                m_query.m_parts.push_back(std::move(word));
            }
            return;
        }
        std::string name = lowerAscii(part.substr(0, sign));
        const char first = part[sign];
        const bool orEqual = sign + 1 < part.size() && part[sign + 1] == '=' && first != ':' && first != '=';
        const std::string value = part.substr(sign + (orEqual ? 2 : 1));
        if (name == "is") {
            return addMark(value, negated, part);
        }
        const auto column = m_columns.tryFind(name);
        if (!column) {
            try {
                m_columns.find(name);
            } catch (const InputError& error) {
                fail(error.what());
            }
            return;
        }
        if (value.empty()) {
            return fail("Give a value after " + wording::quoted(part) + ".");
        }
        Part condition;
        condition.column = *column;
        condition.negated = negated;
        condition.different = first == '!';
        condition.comparison = first == '<' ? (orEqual ? Comparison::LessOrEqual : Comparison::Less)
            : first == '>'                  ? (orEqual ? Comparison::GreaterOrEqual : Comparison::Greater)
                                            : Comparison::Equal;
        const bool ordered = first == '<' || first == '>';
        if (!isNumeric(column->type)) {
            if (ordered) {
                return fail(wording::quoted(name) + " holds " + (column->type == Type::Flag ? "yes or no" : "text") + ": write " + name + ":"
                            + (column->type == Type::Flag ? "yes" : value) + ".");
            }
            condition.comparison = Comparison::Contains;
            condition.whole = name == "state" || name == "role";
        }
        for (const std::string& each : split(value, '|')) {
            if (!each.empty() && !addValue(condition, name, each)) {
                return;
            }
        }
        put(std::move(condition));
    }

    /// False where it said what is wrong.
    bool addValue(Part& condition, const std::string& name, const std::string& value)
    {
        const Type type = condition.column.type;
        if (type == Type::Text) {
            const std::string text = foldedCase(value);
            const bool isState = text.find_first_of("*?") != std::string::npos || std::any_of(std::begin(states), std::end(states), [&](const char* state) {
                return std::string_view(state).starts_with(text);
            });
            if (condition.column.key == "state" && !isState) {
                const std::string near = wording::didYouMean(text, {std::begin(states), std::end(states)});
                fail("No state is " + wording::quoted(value) + (near.empty() ? "; a run is queued, running, paused, finished, stopped, failed, interrupted or diverged." : near));
                return false;
            }
            addText(condition, text);
            return true;
        }
        if (type == Type::Flag) {
            const auto wanted = truth(lowerAscii(value));
            if (!wanted) {
                fail(wording::quoted(name) + " is yes or no: write " + name + ":yes; " + wording::quoted(value) + " is neither.");
                return false;
            }
            condition.alternatives.push_back({*wanted ? "yes" : "no", false, 0, 0});
            return true;
        }
        if (type == Type::Moment) {
            return addMoment(condition, name, lowerAscii(value));
        }
        const auto number = measured(value, type);
        if (!number) {
            const std::string example = type == Type::Seconds ? "<10m" : type == Type::Count ? ">1M" : type == Type::Share ? ">0.9" : ":4";
            fail(wording::quoted(name) + " needs a number, such as " + name + example + "; " + wording::quoted(value) + " is none.");
            return false;
        }
        if (type == Type::Share && *number > 1.5 && !value.ends_with('%')) {
            fail(wording::quoted(name) + " is a share from 0 to 1: write " + wording::number(*number) + "% for percent.");
            return false;
        }
        condition.alternatives.push_back({{}, false, *number, *number});
        return true;
    }

    /// A day reaches from midnight to midnight; an age says how long ago.
    bool addMoment(Part& condition, const std::string& name, const std::string& value)
    {
        if (const auto span = moment(value, m_now)) {
            condition.alternatives.push_back({{}, false, span->low, std::nexttoward(span->high, 0.0L)});
            return true;
        }
        double factor = 0;
        for (const auto& [letter, seconds] : {std::pair('m', 60.0), {'h', 3600.0}, {'d', day}, {'w', 7 * day}}) {
            factor = value.ends_with(letter) ? seconds : factor;
        }
        const auto age = factor > 0 ? plainNumber(std::string_view(value).substr(0, value.size() - 1)) : std::nullopt;
        if (!age) {
            fail(wording::quoted(name) + " needs a day or an age, such as " + name + ">2026-11-01 or " + name + "<7d; " + wording::quoted(value)
                 + " is none.");
            return false;
        }
        // An age that is smaller is a time that is later.
        const double then = m_now - *age * factor;
        switch (condition.comparison) {
        case Comparison::Less:
            condition.comparison = Comparison::Greater;
            break;
        case Comparison::LessOrEqual:
        case Comparison::Equal: // created:7d, within the last seven days
            condition.comparison = Comparison::GreaterOrEqual;
            break;
        case Comparison::Greater:
            condition.comparison = Comparison::Less;
            break;
        case Comparison::GreaterOrEqual:
            condition.comparison = Comparison::LessOrEqual;
            break;
        case Comparison::Contains:
            break;
        }
        condition.alternatives.push_back({{}, false, then, then});
        return true;
    }

    void addText(Part& part, const std::string& text)
    {
        if (!text.empty()) {
            part.alternatives.push_back({text, text.find_first_of("*?") != std::string::npos, 0, 0});
        }
    }

    /// is:starred, is:running, is:live, is:control; one kind of thing a part.
    void addMark(const std::string& value, bool negated, const std::string& part)
    {
        Part condition;
        condition.negated = negated;
        condition.whole = true;
        std::string key;
        for (const std::string& each : split(lowerAscii(value), '|')) {
            const auto isOne = [&each](const auto& names) { return std::find(std::begin(names), std::end(names), each) != std::end(names); };
            std::string own;
            if (isOne(marks)) {
                own = each;
                condition.alternatives.push_back({"yes", false, 0, 0});
            } else if (each == "live") {
                own = "state";
                for (const char* state : {"queued", "running", "paused"}) {
                    condition.alternatives.push_back({state, false, 0, 0});
                }
            } else if (isOne(states)) {
                own = "state";
                condition.alternatives.push_back({each, false, 0, 0});
            } else if (isOne(roles) || each == "teacher") {
                own = "role";
                condition.alternatives.push_back({each, false, 0, 0});
            } else {
                std::vector<std::string> known = {"live", "teacher"};
                known.insert(known.end(), std::begin(marks), std::end(marks));
                known.insert(known.end(), std::begin(states), std::end(states));
                known.insert(known.end(), std::begin(roles), std::end(roles));
                const std::string near = wording::didYouMean(each, known);
                return fail(each.empty() ? "Give a value after " + wording::quoted(part) + ", such as is:starred or is:running."
                                         : "A run is not " + wording::quoted(each)
                                    + (near.empty() ? "; it may be starred, pinned, hidden, archived, deleted, live, in a state or a role."
                                                    : near));
            }
            if (!key.empty() && key != own) {
                return fail("is: takes alternatives of one sort; " + wording::quoted(value) + " mixes " + key + " with " + own + ".");
            }
            key = own;
        }
        condition.column = m_columns.find(key);
        put(std::move(condition));
    }

    void put(Part condition)
    {
        if (condition.alternatives.empty()) {
            return;
        }
        if (condition.column.from != From::Row) {
            auto& columns = m_query.m_columns;
            auto place = std::find(columns.begin(), columns.end(), condition.column);
            if (place == columns.end()) {
                place = columns.insert(columns.end(), condition.column);
            }
            condition.place = int(place - columns.begin());
        }
        m_query.m_parts.push_back(std::move(condition));
    }

    const RunColumns& m_columns;
    const double m_now;
    RunQuery m_query;
};

RunQuery RunQuery::parse(const std::string& text, const RunColumns& columns, double now)
{
    return Reader(columns, now).read(text);
}

std::string RunQuery::searchText(const RunRow& row)
{
    std::string text = row.name;
    for (const std::string& tag : row.tags) {
        text += "\n" + tag;
    }
    for (const std::string& part : {row.studentModel, row.teacherModel, std::string(nameOf(row.state)), std::string(nameOf(row.role)), row.id}) {
        text += "\n" + part;
    }
    return foldedCase(text);
}

bool RunQuery::mentions(const std::string& key) const
{
    return std::any_of(m_parts.begin(), m_parts.end(), [&](const Part& part) { return part.column.key == key; });
}

bool RunQuery::holds(const Part& part, const Json& value)
{
    if (value.is_null()) {
        return false;
    }
    if (value.is_array()) {
        return std::any_of(value.begin(), value.end(), [&part](const Json& each) { return holds(part, each); });
    }
    if (part.column.type == Type::Flag) {
        const bool on = value.is_boolean() && value.get<bool>();
        return part.alternatives.front().text == (on ? "yes" : "no")
            || std::any_of(part.alternatives.begin(), part.alternatives.end(), [on](const Alternative& a) { return a.text == (on ? "yes" : "no"); });
    }
    if (part.comparison == Comparison::Contains) {
        const std::string text = foldedCase(value.is_string() ? value.get<std::string>() : value.dump());
        return std::any_of(part.alternatives.begin(), part.alternatives.end(), [&](const Alternative& alternative) {
            return alternative.pattern ? matchesPattern(alternative.text, text)
                : part.whole           ? text.starts_with(alternative.text)
                                       : text.find(alternative.text) != std::string::npos;
        });
    }
    if (!value.is_number()) {
        return false;
    }
    const double figure = value.get<double>();
    return std::any_of(part.alternatives.begin(), part.alternatives.end(), [&](const Alternative& alternative) {
        const double slack = 1e-9 * std::max(std::abs(alternative.low), std::abs(figure)); // 0.1 + 0.2 is 0.3 to a person
        switch (part.comparison) {
        case Comparison::Less:
            return figure < alternative.low;
        case Comparison::LessOrEqual:
            return figure <= alternative.high;
        case Comparison::GreaterOrEqual:
            return figure >= alternative.low;
        case Comparison::Greater:
            return figure > alternative.high;
        default:
            break;
        }
        return part.column.type == Type::Moment ? figure >= alternative.low && figure <= alternative.high
                                                : std::abs(figure - alternative.low) <= slack;
    });
}

bool RunQuery::accepts(const RunRow& row, const std::string& searchText, std::span<const Json* const> values) const
{
    static const Json unknown;
    return std::all_of(m_parts.begin(), m_parts.end(), [&](const Part& part) {
        bool found = false;
        const auto meets = [&part](const Json& value) { return part.different ? !value.is_null() && !holds(part, value) : holds(part, value); };
        if (part.column.key.empty()) {
            found = std::any_of(part.alternatives.begin(), part.alternatives.end(), [&](const Alternative& word) {
                return word.pattern ? matchesPattern("*" + word.text + "*", searchText) : searchText.find(word.text) != std::string::npos;
            });
        } else if (part.column.from == From::Row) {
            found = meets(RunColumns::valueOf(row, part.column));
        } else {
            const auto place = std::size_t(part.place);
            found = meets(place < values.size() && values[place] ? *values[place] : unknown);
        }
        return found != part.negated;
    });
}

} // namespace distill
