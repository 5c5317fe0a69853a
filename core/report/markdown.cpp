// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report.h"

#include "report/svg.h"
#include "report/text.h"

#include <algorithm>

namespace distill::report {

namespace {

/// With what Markdown would read as more than itself escaped.
void append(std::string& to, char c, bool inTable = false)
{
    if (std::string_view("\\`*_[]<>&#~").find(c) != std::string_view::npos || (c == '|' && inTable)) {
        to += '\\';
    }
    to += c;
}

/// A text on one line.
std::string inlined(const std::string& text, bool inTable = false)
{
    std::string result;
    for (const char c : clean(text)) {
        append(result, c == '\n' || c == '\t' ? ' ' : c, inTable);
    }
    return result;
}

/// A text of several lines; a line is no list, heading or rule by what it begins with.
std::string block(const std::string& text)
{
    std::string result, line;
    const auto finish = [&] {
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin != std::string::npos) {
            line.erase(0, begin);
            const std::size_t digits = line.find_first_not_of("0123456789");
            const bool numbered = digits != 0 && digits != std::string::npos && (line[digits] == '.' || line[digits] == ')');
            if (line[0] == '-' || line[0] == '+' || line[0] == '=') {
                line.insert(0, "\\");
            } else if (numbered) {
                line.insert(digits, "\\");
            }
        }
        result += (result.empty() ? "" : "\n") + line;
        line.clear();
    };
    for (const char c : clean(text)) {
        if (c == '\n') {
            finish();
        } else {
            append(line, c == '\t' ? ' ' : c);
        }
    }
    finish();
    return result;
}

std::string fenced(const std::string& text)
{
    std::size_t longest = 2, run = 0;
    for (const char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    const std::string fence(longest + 1, '`');
    const std::string sound = clean(text);
    return fence + "\n" + sound + (sound.ends_with('\n') ? "" : "\n") + fence + "\n\n";
}

class Writer {
public:
    explicit Writer(std::string folder)
        : m_folder(std::move(folder))
    {
    }
    Markdown take() { return std::move(m_made); }
    std::string& text() { return m_made.text; }

    void operator()(const Heading& heading) { text() += std::string(std::size_t(heading.level), '#') + " " + inlined(heading.text) + "\n\n"; }
    void operator()(const Paragraph& paragraph) { text() += block(paragraph.text) + "\n\n"; }
    void operator()(const List& list)
    {
        for (const std::string& item : list.items) {
            text() += "- " + inlined(item) + "\n";
        }
        text() += "\n";
    }
    void operator()(const Table& table)
    {
        if (!table.caption.empty()) {
            text() += inlined(table.caption) + "\n\n";
        }
        std::string heads = "|", rule = "|";
        for (const Table::Column& column : table.columns) {
            heads += " " + inlined(column.title, true) + " |";
            rule += column.right ? " ---: |" : " --- |";
        }
        text() += heads + "\n" + rule + "\n";
        for (const auto& row : table.rows) {
            text() += "|";
            for (const std::string& cell : row) {
                text() += " " + inlined(cell, true) + " |";
            }
            text() += "\n";
        }
        text() += "\n";
    }
    void operator()(const Code& code)
    {
        text() += (code.caption.empty() ? "" : inlined(code.caption) + "\n\n") + fenced(code.text);
    }
    void operator()(const Card& card)
    {
        text() += "> **" + inlined(card.label) + "** " + inlined(card.title) + "\n";
        for (const std::string& line : card.lines) {
            text() += ">\n> " + inlined(line) + "\n";
        }
        text() += "\n";
    }
    void operator()(const Picture& picture)
    {
        SvgOptions options;
        options.description = picture.description;
        const std::string file = picture.name + ".svg";
        m_made.pictures.emplace_back(file, toSvg(picture.figure, options));
        // In angle brackets a path may hold spaces.
        text() += "![" + inlined(picture.description) + "](<" + m_folder + "/" + file + ">)\n\n" + inlined(picture.caption) + "\n\n";
    }

private:
    std::string m_folder;
    Markdown m_made;
};

} // namespace

Markdown toMarkdown(const Report& report, const std::string& folder)
{
    Writer writer(folder);
    writer(Heading{1, report.title});
    if (!report.subtitle.empty()) {
        writer(Paragraph{report.subtitle});
    }
    for (const Block& each : report.blocks) {
        std::visit(writer, each);
    }
    return writer.take();
}

} // namespace distill::report
