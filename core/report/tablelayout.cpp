// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/tablelayout.h"

#include <algorithm>
#include <numeric>

namespace distill::report {

namespace {

struct Widths {
    double least = 0, natural = 0; ///< with every word whole; on one line
};

double longestWord(Canvas& canvas, const std::string& text, const TextStyle& style)
{
    double longest = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find_first_of(" \n\t", begin), text.size());
        longest = std::max(longest, canvas.measure(text.substr(begin, end - begin), style).width);
        begin = end + 1;
    }
    return longest;
}

std::vector<Widths> widthsOf(Canvas& canvas, const Table& table, double em)
{
    const double mostWord = em * 17.5; // a run's id; what is longer, a hash for one, may be broken
    std::vector<Widths> widths;
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        const TextStyle head{.size = em, .bold = true}, cell{.size = em};
        const double word = longestWord(canvas, table.columns[column].title, head);
        const double mostHead = em * (table.columns[column].right ? 5 : 12); // what is longer is wrapped before cells are
        Widths own{word, std::max(word, std::min(canvas.measure(table.columns[column].title, head).width, mostHead))};
        for (const auto& row : table.rows) {
            const double natural = canvas.measure(row[column], cell).width;
            own.natural = std::max(own.natural, natural);
            own.least = std::max(own.least, table.columns[column].right ? natural : longestWord(canvas, row[column], cell));
        }
        own.least = std::min(own.least, mostWord) + 0.5;
        own.natural = std::max(own.natural, own.least) + 0.5;
        widths.push_back(own);
    }
    return widths;
}

/// Widths for columns that have to share what there is; empty where even the least do not fit.
std::vector<double> shared(const std::vector<Widths>& widths, const std::vector<std::size_t>& columns, double available)
{
    double least = 0, natural = 0;
    for (const std::size_t column : columns) {
        least += widths[column].least;
        natural += widths[column].natural;
    }
    if (least > available) {
        return {};
    }
    const double share = natural > available ? (available - least) / (natural - least) : 1;
    std::vector<double> result;
    for (const std::size_t column : columns) {
        result.push_back(widths[column].least + share * (widths[column].natural - widths[column].least));
    }
    return result;
}

} // namespace

TableLayout layOut(Canvas& canvas, const Table& table, double width)
{
    std::vector<std::size_t> all(table.columns.size());
    std::iota(all.begin(), all.end(), 0);
    TableLayout layout;
    for (const bool wrapped : {false, true}) { // rather smaller than wrapped, rather wrapped than in parts
        for (const double em : {7.5, 6.8, 6.2}) {
            layout.em = em;
            layout.padding = em * 1.1;
            const std::vector<Widths> own = widthsOf(canvas, table, em);
            const double available = width - layout.padding * double(all.size() - 1);
            const double natural = std::accumulate(own.begin(), own.end(), 0.0, [](double sum, const Widths& each) { return sum + each.natural; });
            const auto widths = shared(own, all, available);
            if (all.empty() || (!widths.empty() && (wrapped || natural <= available))) {
                layout.parts = {{all, widths}};
                return layout;
            }
        }
    }
    layout.em = 7.5;
    layout.padding = layout.em * 1.1;
    const auto widths = widthsOf(canvas, table, layout.em);
    for (std::size_t next = 1; next < all.size();) {
        TableLayout::Part part{{0}, {}};
        std::vector<double> fitting = shared(widths, part.columns, width);
        while (next < all.size()) {
            part.columns.push_back(next);
            const auto wider = shared(widths, part.columns, width - layout.padding * double(part.columns.size() - 1));
            if (wider.empty() && part.columns.size() > 2) {
                part.columns.pop_back();
                break;
            }
            fitting = wider.empty() ? std::vector<double>(2, (width - layout.padding) / 2) : wider;
            ++next;
        }
        part.widths = fitting;
        layout.parts.push_back(part);
    }
    return layout;
}

} // namespace distill::report
