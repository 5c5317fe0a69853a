// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <ostream>

namespace distill::cli {

Table::Table(std::vector<std::string> heads)
    : m_heads(std::move(heads))
{
    for (std::string& head : m_heads) {
        m_right.push_back(head.rfind('>', 0) == 0);
        head.erase(0, m_right.back() ? 1 : 0);
    }
}

void Table::add(std::vector<std::string> row)
{
    row.resize(m_heads.size());
    for (std::string& cell : row) { // a name may hold anything
        std::replace_if(
            cell.begin(), cell.end(), [](unsigned char c) { return c < 32 || c == 127; }, ' ');
    }
    m_rows.push_back(std::move(row));
}

void Table::print(std::ostream& out, const std::string& indent) const
{
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < m_heads.size(); ++i) {
        widths.push_back(width(m_heads[i]));
        for (const auto& row : m_rows) {
            widths[i] = std::max(widths[i], width(row[i]));
        }
    }
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string text = indent;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string padding(widths[i] - width(cells[i]), ' ');
            text += (i ? "  " : "") + (m_right[i] ? padding + cells[i] : cells[i] + padding);
        }
        out << text.substr(0, text.find_last_not_of(' ') + 1) << '\n';
    };
    line(m_heads);
    for (const auto& row : m_rows) {
        line(row);
    }
}

std::size_t width(const std::string& text)
{
    return std::size_t(std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string cut(const std::string& text, std::size_t columns)
{
    if (width(text) <= columns || columns == 0) {
        return text;
    }
    std::size_t end = 0, seen = 0;
    for (; end < text.size(); ++end) {
        if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 && ++seen == columns) {
            break;
        }
    }
    return text.substr(0, end) + "…";
}

std::string decimal(double value, int digits)
{
    if (std::isnan(value)) {
        return "-";
    }
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string percent(double share)
{
    return std::isnan(share) ? "-" : decimal(100 * share, 2) + " %";
}

std::string grouped(std::int64_t number)
{
    std::string text = std::to_string(number);
    for (auto place = std::ptrdiff_t(text.size()) - 3; place > (number < 0 ? 1 : 0); place -= 3) {
        text.insert(std::size_t(place), 1, ',');
    }
    return text;
}

std::string duration(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e9) {
        return "-";
    }
    const auto whole = std::int64_t(std::lround(seconds));
    char text[32];
    if (whole >= 3600) {
        std::snprintf(text, sizeof text, "%d:%02d:%02d", int(whole / 3600), int(whole / 60 % 60), int(whole % 60));
    } else {
        std::snprintf(text, sizeof text, "%d:%02d", int(whole / 60), int(whole % 60));
    }
    return text;
}

std::string moment(double secondsSince1970)
{
    if (!(secondsSince1970 > 0)) {
        return "-";
    }
    const auto time = std::time_t(secondsSince1970);
    std::tm local{};
    localtime_r(&time, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    return text;
}

} // namespace distill::cli
