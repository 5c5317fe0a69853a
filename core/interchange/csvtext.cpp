// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/csvtext.h"

#include <charconv>

namespace distill {

std::string csvQuoted(const std::string& text)
{
    if (text.find_first_of(",\"\n\r") == std::string::npos) {
        return text;
    }
    std::string result = "\"";
    for (const char c : text) {
        result += c == '"' ? std::string("\"\"") : std::string(1, c);
    }
    return result + '"';
}

void addCsvNumber(std::string& line, double number)
{
    char digits[32];
    line.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

} // namespace distill
