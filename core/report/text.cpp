// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/text.h"

#include "report/report.h"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace distill::report {

namespace {

const char* const replacement = "\xEF\xBF\xBD";

/// Length of the character that begins here; 0 where there is none in UTF-8.
std::size_t characterAt(const std::string& text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = byte(at);
    const std::size_t length = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3
        : first >= 0xF0 && first < 0xF5 ? 4 : 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) {
            return 0;
        }
    }
    const unsigned second = byte(at + 1);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second > 0x9F;
    const bool beyond = first == 0xF4 && second > 0x8F;
    return length > 1 && (overlong || surrogate || beyond) ? 0 : length;
}

} // namespace

std::string clean(const std::string& text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = characterAt(text, i);
        const auto first = static_cast<unsigned char>(text[i]);
        const bool control = length == 1 && (first < 32 || first == 127) && first != '\t' && first != '\n';
        if (length == 0 || control) {
            result += replacement;
            ++i;
            continue;
        }
        result.append(text, i, length);
        i += length;
    }
    return result;
}

std::string escaped(const std::string& text)
{
    std::string result;
    for (const char c : clean(text)) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&#39;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string fixed(double value, int decimals)
{
    if (!std::isfinite(value)) {
        return "–";
    }
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string percent(double share, int decimals)
{
    return std::isfinite(share) ? fixed(100 * share, decimals) + " %" : "–";
}

std::string points(double share, int decimals)
{
    const std::string text = fixed(100 * share, decimals);
    return std::isfinite(share) && text[0] != '-' ? "+" + text : text;
}

std::string grouped(double count)
{
    if (!std::isfinite(count)) {
        return "–";
    }
    std::string text = fixed(count, 0);
    for (auto place = std::ptrdiff_t(text.size()) - 3; place > (count < 0 ? 1 : 0); place -= 3) {
        text.insert(std::size_t(place), 1, ',');
    }
    return text;
}

std::string tickText(double value, double step)
{
    const int decimals = step > 0 ? std::max(0, int(std::ceil(-std::log10(step) - 1e-9))) : 0;
    constexpr int most = 6;
    char text[64];
    if (decimals <= most) {
        std::snprintf(text, sizeof text, "%.*f", decimals, value + 0.0);
    } else { // as many digits as tell it from its neighbours
        const double steps = std::abs(value / step);
        std::snprintf(text, sizeof text, "%.*g", steps < 1 ? 1 : 1 + int(std::ceil(std::log10(steps) + 1e-9)), steps < 1e-6 ? 0.0 : value);
    }
    return text;
}

namespace {

struct TextVisitor {
    const std::function<void(std::string&)>& change;

    void operator()(Heading& block) const { change(block.text); }
    void operator()(Paragraph& block) const { change(block.text); }
    void operator()(List& block) const { all(block.items); }
    void operator()(Table& block) const
    {
        change(block.caption);
        for (Table::Column& column : block.columns) {
            change(column.title);
        }
        for (auto& row : block.rows) {
            all(row);
        }
    }
    void operator()(Code& block) const
    {
        change(block.caption);
        change(block.text);
    }
    void operator()(Card& block) const
    {
        change(block.label);
        change(block.title);
        all(block.lines);
    }
    void operator()(Picture& block) const
    {
        change(block.caption);
        change(block.description);
        std::visit(*this, block.figure);
    }
    void operator()(LineChart& chart) const
    {
        titles(chart);
        for (LineChart::Series& series : chart.series) {
            change(series.name);
        }
        for (LineChart::Level& level : chart.levels) {
            change(level.name);
        }
    }
    void operator()(ReliabilityDiagram& diagram) const
    {
        for (ReliabilityDiagram::Network& network : diagram.networks) {
            change(network.name);
        }
    }
    void operator()(ScatterChart& chart) const
    {
        titles(chart);
        for (ScatterChart::Point& point : chart.points) {
            change(point.name);
        }
    }
    void operator()(HeatMap& map) const
    {
        titles(map);
        all(map.columns);
        all(map.rows);
    }

private:
    void all(std::vector<std::string>& texts) const
    {
        for (std::string& text : texts) {
            change(text);
        }
    }
    template <class Chart> void titles(Chart& chart) const
    {
        change(chart.xTitle);
        change(chart.yTitle);
    }
};

} // namespace

void forEachText(Report& report, const std::function<void(std::string&)>& change)
{
    change(report.title);
    change(report.subtitle);
    for (Block& block : report.blocks) {
        std::visit(TextVisitor{change}, block);
    }
}

} // namespace distill::report
