// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "report/figure.h"

#include <functional>

/// A report as plain blocks, and what draws it: the same blocks make a web page, a Markdown text and a PDF. All texts are UTF-8 (what is
/// not becomes U+FFFD) and plain: no markup in them is taken for any.
namespace distill::report {

struct Heading {
    int level = 2; ///< 2 or 3; the title is 1
    std::string text;
};

struct Paragraph {
    std::string text;
};

struct List {
    std::vector<std::string> items;
};

struct Table {
    struct Column {
        std::string title;
        bool right = false; ///< numbers stand to the right
    };
    std::string caption; ///< or empty
    std::vector<Column> columns;
    std::vector<std::vector<std::string>> rows; ///< as many cells as columns
};

struct Code {
    std::string caption;
    std::string text;
    bool folded = false; ///< where the reader can open it
};

/// A result in one glance.
struct Card {
    enum class Tone { Good, Neutral, Bad };
    Tone tone = Tone::Neutral;
    std::string label; ///< "Helps"
    std::string title;
    std::vector<std::string> lines;
};

struct Picture {
    std::string name; ///< of a file: "accuracy"
    std::string caption;
    std::string description; ///< for those who cannot see it
    Figure figure;
};

using Block = std::variant<Heading, Paragraph, List, Table, Code, Card, Picture>;

struct Report {
    std::string title;
    std::string subtitle; ///< when and by what it was made
    std::vector<Block> blocks;
};

/// One page with everything in it, light and dark as the reader's system is, and fit to be printed.
std::string toHtml(const Report& report);

/// A4 pages; heads of tables come again on each, and headings are an outline.
std::string toPdf(const Report& report);

struct Markdown {
    std::string text;
    std::vector<std::pair<std::string, std::string>> pictures; ///< name of a file and its SVG
};
/// Tables as GitHub has them; pictures are files in `folder` beside the text.
Markdown toMarkdown(const Report& report, const std::string& folder);

/// Calls `change` on every text of a report, those in its figures too.
void forEachText(Report& report, const std::function<void(std::string& text)>& change);

} // namespace distill::report
