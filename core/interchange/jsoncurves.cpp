// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/readers.h"

#include "experiment/error.h"
#include "experiment/field.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <unordered_map>

namespace distill {

namespace {

constexpr std::uint64_t largestDocument = std::uint64_t{1} << 30;

/// Python writes NaN and Infinity where JSON has no word for them: they become texts, which are read as numbers again.
std::string withQuotedWords(std::string_view text)
{
    std::string result;
    result.reserve(text.size() + 64);
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\' && i + 1 < text.size()) {
                result += c;
                result += text[++i];
                continue;
            }
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == 'N' || c == 'I' || c == '-') {
            bool found = false;
            for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
                if (text.substr(i, word.size()) == word) {
                    result += '"';
                    result += word;
                    result += '"';
                    i += word.size() - 1;
                    found = true;
                    break;
                }
            }
            if (found) {
                continue;
            }
        }
        result += c;
    }
    return result;
}

Json parsed(std::string_view text)
{
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded() && (text.find("NaN") != std::string_view::npos || text.find("Infinity") != std::string_view::npos)) {
        json = Json::parse(withQuotedWords(text), nullptr, false);
    }
    return json;
}

std::optional<double> numberIn(const Json& json)
{
    if (json.is_number()) {
        return json.get<double>();
    }
    if (json.is_string()) { // "NaN", as W&B writes it
        const auto& text = json.get_ref<const std::string&>();
        const auto number = numberFrom(text);
        return number && !std::isfinite(*number) ? number : std::nullopt;
    }
    return std::nullopt;
}

/// Objects with a step and metrics.
class Records {
public:
    explicit Records(CurveSink& sink)
        : m_sink(sink)
    {
    }

    void read(const Json& object, std::int64_t line)
    {
        m_place = {};
        m_place.line = line;
        m_place.row = m_row++;
        std::fill(std::begin(m_ranks), std::end(m_ranks), 1000);
        m_values.clear();
        walk(object, {});
        for (const auto& [curve, value] : m_values) {
            m_sink.value(curve, m_place, value);
        }
        m_withValues += m_values.empty() ? 0 : 1;
    }

    std::int64_t withValues() const { return m_withValues; }
    std::int64_t without() const { return m_row - m_withValues; }

    /// Says what was left out.
    void finish()
    {
        if (!m_texts.empty()) {
            std::string list;
            std::size_t count = 0;
            for (const std::string& name : m_texts) {
                list += ++count > 8 ? "" : (list.empty() ? "" : ", ") + name;
            }
            m_sink.remark("Left out, for they are no numbers: " + list
                          + (count > 8 ? " and " + std::to_string(count - 8) + " more" : "") + ".");
        }
    }

private:
    struct Key {
        bool isValue = false;
        std::optional<PlaceName> place;
        std::size_t curve = std::size_t(-1);
    };

    void walk(const Json& object, const std::string& prefix)
    {
        for (const auto& [name, held] : object.items()) {
            const std::string path = prefix.empty() ? name : prefix + '/' + name;
            if (held.is_object()) {
                if (!name.starts_with('_')) { // W&B's own
                    walk(held, path);
                }
                continue;
            }
            Key& key = keyOf(path);
            const auto number = numberIn(held);
            if (!number) {
                if (!held.is_null() && !path.starts_with('_')) {
                    m_texts.insert(path);
                }
                continue;
            }
            if (key.place) {
                const auto role = static_cast<std::size_t>(key.place->role);
                if (key.place->rank < m_ranks[role]) {
                    m_ranks[role] = key.place->rank;
                    double* const parts[] = {&m_place.step, &m_place.epoch, &m_place.seconds, &m_place.wallTime};
                    *parts[role] = *number;
                }
            } else if (key.isValue) {
                if (key.curve == std::size_t(-1)) {
                    key.curve = m_sink.curve({}, path);
                }
                m_values.emplace_back(key.curve, *number);
            }
        }
    }

    Key& keyOf(const std::string& path)
    {
        const auto [entry, isNew] = m_keys.try_emplace(path);
        if (isNew) {
            entry->second.place = placeNamed(path);
            entry->second.isValue = !entry->second.place && !path.starts_with('_');
        }
        return entry->second;
    }

    CurveSink& m_sink;
    std::unordered_map<std::string, Key> m_keys;
    std::set<std::string> m_texts;
    Place m_place;
    int m_ranks[4] = {};
    std::vector<std::pair<std::size_t, double>> m_values;
    std::int64_t m_row = 0, m_withValues = 0;
};

/// {"log_history": [...]}, as Hugging Face's trainer saves its state, or a list of objects.
const Json* listIn(const Json& document)
{
    const Json* list = &document;
    if (document.is_object()) {
        const auto found = document.find("log_history");
        if (found == document.end()) {
            return nullptr;
        }
        list = &*found;
    }
    const bool sound = list->is_array() && std::all_of(list->begin(), list->end(), [](const Json& each) { return each.is_object(); });
    return sound ? list : nullptr;
}

void readDocument(const std::string& path, std::uint64_t bytes, Records& records)
{
    if (bytes > largestDocument) {
        throw InputError(path + " is one JSON document of more than 1 GiB; write it as JSONL, an object a line.");
    }
    std::ifstream file(path, std::ios::binary);
    std::string text(static_cast<std::size_t>(bytes), '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    const Json document = parsed(text);
    if (document.is_discarded()) {
        // The parser's own words name line and column.
        std::string why = "it is no JSON";
        try {
            [[maybe_unused]] const Json sound = Json::parse(withQuotedWords(text));
        } catch (const Json::exception& error) {
            const std::string words = error.what();
            const std::size_t at = words.find("at line");
            why = at == std::string::npos ? words : words.substr(at);
        }
        throw InputError(path + " cannot be read as JSON, neither as one document nor as an object a line: " + why + ".");
    }
    const Json* const list = listIn(document);
    if (!list) {
        throw InputError(path + " holds no \"log_history\" and is no list of objects: there are no curves in it.");
    }
    for (const Json& each : *list) {
        records.read(each, 0);
    }
}

} // namespace

void readJsonCurves(const std::string& path, std::uint64_t bytes, CurveSink& sink)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw InputError(path + " cannot be read: " + std::strerror(errno) + ".");
    }
    Records records(sink);
    std::string line;
    std::int64_t number = 0;
    std::uint64_t left = bytes;
    bool whole = false;
    while (left > 0 && std::getline(file, line)) {
        ++number;
        const bool complete = !file.eof() && line.size() < left;
        line.resize(static_cast<std::size_t>(std::min<std::uint64_t>(line.size(), left)));
        left -= std::min<std::uint64_t>(left, line.size() + 1);
        std::string_view text = line;
        if (number == 1 && text.starts_with("\xef\xbb\xbf")) {
            text.remove_prefix(3);
        }
        if (text.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        const Json json = parsed(text);
        const bool first = records.withValues() + records.without() == 0;
        if (first && (json.is_discarded() || json.is_array() || (json.is_object() && json.contains("log_history")))) {
            whole = true;
            break;
        }
        if (json.is_object()) {
            records.read(json, number);
        } else if (json.is_discarded() && !complete) {
            sink.remark("Line " + std::to_string(number) + " breaks off and is left out.");
        } else {
            throw InputError(path + ", line " + std::to_string(number) + ": this is no JSON object: \"" + line.substr(0, 40) + "\".");
        }
    }
    if (whole) {
        readDocument(path, bytes, records);
    }
    if (records.withValues() == 0) {
        throw InputError(path + " holds no objects with numbers.");
    }
    records.finish();
}

} // namespace distill
