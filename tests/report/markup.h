// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace distill::test {

/// A reader of HTML and SVG that is strict about what is easily wrong: what is opened is closed in its order, attributes are in quotes, and
/// a "<", ">" or "&" of a text is escaped.
class Markup {
public:
    struct Element {
        std::string name;
        std::map<std::string, std::string> attributes;
        std::string text; ///< inside it, of what it holds too, entities undone
    };

    explicit Markup(const std::string& source)
    {
        std::vector<std::size_t> open;
        for (std::size_t at = 0; at < source.size();) {
            const std::size_t tag = std::min(source.find('<', at), source.size());
            const std::string words = undone(source.substr(at, tag - at));
            for (const std::size_t place : open) {
                m_elements[place].text += words;
            }
            if (tag == source.size()) {
                break;
            }
            const std::size_t end = source.find('>', tag);
            if (end == std::string::npos) {
                throw std::runtime_error("a tag is not closed");
            }
            const std::string inside = source.substr(tag + 1, end - tag - 1);
            at = end + 1;
            if (inside[0] == '!' || inside[0] == '?') {
                continue;
            }
            if (inside[0] == '/') {
                if (open.empty() || m_elements[open.back()].name != inside.substr(1)) {
                    throw std::runtime_error("</" + inside.substr(1) + "> closes " + (open.empty() ? "nothing" : m_elements[open.back()].name));
                }
                open.pop_back();
                continue;
            }
            m_elements.push_back(elementOf(inside));
            if (!inside.ends_with('/') && m_elements.back().name != "meta") {
                open.push_back(m_elements.size() - 1);
            }
            if (m_elements.back().name == "style" || m_elements.back().name == "script") { // no markup
                const std::size_t close = source.find("</" + m_elements.back().name + ">", at);
                m_elements.back().text = source.substr(at, close - at);
                at = close;
            }
        }
        if (!open.empty()) {
            throw std::runtime_error(m_elements[open.back()].name + " is not closed");
        }
    }

    std::vector<Element> all(const std::string& name) const
    {
        std::vector<Element> found;
        for (const Element& element : m_elements) {
            if (element.name == name) {
                found.push_back(element);
            }
        }
        return found;
    }
    const std::vector<Element>& elements() const { return m_elements; }

private:
    static Element elementOf(const std::string& inside)
    {
        static const std::regex whole(R"re(^([A-Za-z][A-Za-z0-9:]*)((?:\s+[A-Za-z_:-]+="[^"<]*")*)\s*/?$)re");
        static const std::regex attribute(R"re(([A-Za-z_:-]+)="([^"]*)")re");
        std::smatch match;
        if (!std::regex_match(inside, match, whole)) {
            throw std::runtime_error("no tag: <" + inside.substr(0, 80) + ">");
        }
        Element element{match[1], {}, {}};
        const std::string attributes = match[2];
        for (std::sregex_iterator each(attributes.begin(), attributes.end(), attribute), end; each != end; ++each) {
            if (!element.attributes.emplace((*each)[1], undone((*each)[2])).second) {
                throw std::runtime_error("twice: " + each->str());
            }
        }
        return element;
    }

    static std::string undone(const std::string& text)
    {
        static const std::map<std::string, std::string> entities = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"#39", "'"}};
        std::string result;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '>') {
                throw std::runtime_error("a bare >");
            }
            if (text[i] != '&') {
                result += text[i];
                continue;
            }
            const std::size_t end = text.find(';', i);
            const auto found = end == std::string::npos ? entities.end() : entities.find(text.substr(i + 1, end - i - 1));
            if (found == entities.end()) {
                throw std::runtime_error("a bare &");
            }
            result += found->second;
            i = end;
        }
        return result;
    }

    std::vector<Element> m_elements;
};

} // namespace distill::test
