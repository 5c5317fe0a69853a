// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/advice.h"

#include <algorithm>
#include <cctype>
#include <ostream>

namespace distill::cli {

namespace {

std::string assignmentOf(const Edit& edit)
{
    std::string text = edit.pointer + "=" + edit.value.dump();
    if (edit.value.is_string()) {
        const std::string plain = edit.pointer + "=" + edit.value.get<std::string>();
        text = Document::assignment(plain).second == edit.value ? plain : text;
    }
    const bool isPlain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) || std::string_view("/=_-.,:+").find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (isPlain) {
        return text;
    }
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return quoted + "'";
}

} // namespace

std::string assignmentsOf(const Advice::Fix& fix)
{
    std::string text;
    for (const Edit& edit : fix.edits) {
        text += (text.empty() ? "" : " ") + assignmentOf(edit);
    }
    return text;
}

void printAdvice(std::ostream& out, const std::vector<Advice>& advice, const std::string& head)
{
    for (const Advice& each : advice) {
        out << head << each.sentence << '\n';
        if (each.fix) {
            out << "    fix: " << assignmentsOf(*each.fix) << '\n';
        }
    }
}

} // namespace distill::cli
