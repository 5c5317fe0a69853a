// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/markup.h"
#include "report/report.h"
#include "report/tablelayout.h"

#include <gmock/gmock.h>
#include <numeric>

namespace distill::report {
namespace {

using test::Markup;
using testing::HasSubstr;
using testing::Not;

const char* const nasty = "<script>alert('x')</script> & \"Größe\" | `a` *b* 温度";

Report everyBlock()
{
    LineChart chart;
    chart.series.push_back({nasty, {0, 1, 2}, {1, 2, 3}, {}, {}, 0, false});
    Report report;
    report.title = nasty;
    report.subtitle = "today";
    report.blocks = {Heading{2, nasty},
                     Paragraph{"One line\nand - another\n1. no list"},
                     List{{nasty, "two"}},
                     Table{nasty, {{"name", false}, {"value", true}}, {{nasty, "1.25"}, {"b", "2.50"}}},
                     Code{"a document", "{\n  \"a\": \"```\"\n}", true},
                     Card{Card::Tone::Good, "Helps", nasty, {"by 2 points"}},
                     Heading{3, "Figures"},
                     Picture{"first", "caption", nasty, chart},
                     Picture{"second", "caption", "plain", chart}};
    return report;
}

int pagesOf(const std::string& pdf)
{
    int pages = 0;
    for (std::size_t at = pdf.find("/Type /Page"); at != std::string::npos; at = pdf.find("/Type /Page", at + 1)) {
        pages += pdf[at + 11] == 's' ? 0 : 1;
    }
    return pages;
}

TEST(Html, IsSoundAndEveryTextMeansItself)
{
    const std::string html = toHtml(everyBlock());
    const Markup page(html);
    EXPECT_EQ(page.all("h1")[0].text, nasty);
    EXPECT_EQ(page.all("h2")[0].text, nasty);
    EXPECT_EQ(page.all("li")[0].text, nasty);
    EXPECT_EQ(page.all("caption")[0].text, nasty);
    EXPECT_EQ(page.all("td")[0].text, nasty);
    EXPECT_EQ(page.all("td")[3].text, "2.50");
    EXPECT_EQ(page.all("td")[3].attributes.at("class"), "number");
    EXPECT_EQ(page.all("pre")[0].text, "{\n  \"a\": \"```\"\n}");
    EXPECT_EQ(page.all("strong")[0].text, nasty);
    ASSERT_EQ(page.all("script").size(), 1U); // its own
    EXPECT_THAT(page.all("script")[0].text, Not(HasSubstr("alert")));
    ASSERT_EQ(page.all("svg").size(), 2U);
    std::set<std::string> ids; // two figures share no id
    for (const auto& element : page.elements()) {
        if (element.attributes.contains("id")) {
            EXPECT_TRUE(ids.insert(element.attributes.at("id")).second);
        }
    }
}

TEST(Html, StandsAloneAndHasBothLooks)
{
    const std::string html = toHtml(everyBlock());
    const Markup page(html);
    EXPECT_TRUE(page.all("link").empty());
    EXPECT_TRUE(page.all("img").empty());
    EXPECT_THAT(html, Not(HasSubstr("url(http")));
    const std::string style = page.all("style")[0].text;
    EXPECT_THAT(style, HasSubstr("prefers-color-scheme: dark"));
    EXPECT_THAT(style, HasSubstr("@media print"));
    EXPECT_THAT(style, HasSubstr("table-header-group"));
    // Every colour that is used is defined, in both looks.
    static const std::regex used("var\\((--[a-z0-9]+)\\)");
    const std::size_t dark = style.find("prefers-color-scheme: dark");
    for (std::sregex_iterator each(html.begin(), html.end(), used), end; each != end; ++each) {
        const std::string name = (*each)[1].str() + ":";
        EXPECT_LT(style.find(name), dark == std::string::npos ? 0 : name == "--tone:" ? std::string::npos : dark) << name;
        EXPECT_NE(style.find(name, dark), std::string::npos) << name;
    }
}

TEST(Markdown, EscapesAndNamesItsFigures)
{
    const Markdown markdown = toMarkdown(everyBlock(), "my report-figures");
    ASSERT_EQ(markdown.pictures.size(), 2U);
    EXPECT_EQ(markdown.pictures[0].first, "first.svg");
    EXPECT_EQ(Markup(markdown.pictures[0].second).all("svg").size(), 1U);
    const std::string& text = markdown.text;
    EXPECT_THAT(text, HasSubstr("](<my report-figures/second.svg>)"));
    EXPECT_THAT(text, HasSubstr("\\<script\\>"));
    EXPECT_THAT(text, HasSubstr("\\| \\`a\\` \\*b\\* 温度 | 1.25 |"));
    EXPECT_THAT(text, HasSubstr("| --- | ---: |"));
    EXPECT_THAT(text, HasSubstr("````\n{\n  \"a\": \"```\"\n}\n````")); // a fence longer than what it holds
    EXPECT_THAT(text, HasSubstr("One line\nand - another\n1\\. no list"));
    // As many bars in each row as there are columns.
    EXPECT_THAT(text, HasSubstr("\n| b | 2.50 |\n"));
}

TEST(Markdown, KeepsLettersOfMoreThanAByte)
{
    Report report;
    report.title = "Größe";
    report.subtitle = "2026-11-26 · 1 run";
    report.blocks = {Paragraph{"Größe – wie *groß*?\n温度\tπ"}};
    const std::string text = toMarkdown(report, "figures").text;
    EXPECT_THAT(text, HasSubstr("2026-11-26 · 1 run"));
    EXPECT_THAT(text, HasSubstr("Größe – wie \\*groß\\*?\n温度 π"));
}

TEST(Pdf, HasThePagesThatItsBlocksTake)
{
    Report report = everyBlock();
    const std::string one = toPdf(report);
    EXPECT_TRUE(one.starts_with("%PDF-"));
    EXPECT_THAT(one.substr(one.size() - 8), HasSubstr("%%EOF"));
    EXPECT_EQ(pagesOf(one), 1);
    Table table{"long", {{"name", false}, {"value", true}}, {}};
    for (int i = 0; i < 200; ++i) {
        table.rows.push_back({"row " + std::to_string(i), std::to_string(i)});
    }
    report.blocks.push_back(table);
    const int long200 = pagesOf(toPdf(report));
    EXPECT_GE(long200, 4); // some 55 rows a page
    EXPECT_LE(long200, 7);
    std::string code;
    for (int i = 0; i < 1000; ++i) {
        code += "line " + std::to_string(i) + "\n";
    }
    report.blocks.push_back(Code{"", code, true});
    EXPECT_GE(pagesOf(toPdf(report)), long200 + 8);
    EXPECT_THAT(toPdf(report), HasSubstr("/Outlines"));
}

TEST(Pdf, IsMadeOfOddThingsToo)
{
    Report report;
    report.blocks = {Paragraph{""}, List{{}}, Table{"", {}, {}}, Table{"", {{"a", false}}, {}}, Code{"", "", false}, Card{},
                     Table{"", {{"a", false}, {"b", false}}, {{std::string(6000, 'x'), "one cell is longer than a page"}}},
                     Paragraph{std::string(8000, 'y')}, Picture{"p", "", "", LineChart{}}};
    EXPECT_GE(pagesOf(toPdf(report)), 3);
    EXPECT_EQ(pagesOf(toPdf(Report{})), 1);
}

TEST(TableLayout, FitsAndLeavesNoColumnOut)
{
    BlindCanvas blind;
    const auto table = [](std::size_t columns, const std::string& word) {
        Table made;
        made.rows.emplace_back();
        for (std::size_t i = 0; i < columns; ++i) {
            made.columns.push_back({"head " + std::to_string(i), i > 0});
            made.rows[0].push_back(word + std::to_string(i));
        }
        return made;
    };
    for (const std::size_t columns : {1UL, 3UL, 9UL, 30UL}) {
        for (const std::string& word : {std::string("0.123"), std::string("a few words in a cell "), std::string(90, 'h')}) {
            const TableLayout layout = layOut(blind.canvas(), table(columns, word), 495);
            std::vector<int> seen(columns, 0);
            for (const TableLayout::Part& part : layout.parts) {
                ASSERT_EQ(part.columns.size(), part.widths.size());
                const double width = std::accumulate(part.widths.begin(), part.widths.end(), 0.0) + layout.padding * double(part.columns.size() - 1);
                EXPECT_LE(width, 495.01);
                EXPECT_EQ(part.columns[0], 0U);
                for (const std::size_t column : part.columns) {
                    ++seen[column];
                }
            }
            EXPECT_EQ(seen[0], int(layout.parts.size()));
            EXPECT_TRUE(std::all_of(seen.begin() + 1, seen.end(), [](int times) { return times == 1; })) << columns << word;
        }
    }
    EXPECT_EQ(layOut(blind.canvas(), table(4, "0.123"), 495).parts.size(), 1U);
    EXPECT_GT(layOut(blind.canvas(), table(30, "0.123456"), 495).parts.size(), 1U);
}

TEST(ForEachText, ReachesAllOfThem)
{
    Report report = everyBlock();
    forEachText(report, [](std::string& text) {
        for (std::size_t at = text.find("Größe"); at != std::string::npos; at = text.find("Größe")) {
            text.replace(at, 7, "size");
        }
    });
    EXPECT_THAT(toHtml(report), Not(HasSubstr("Größe")));
    EXPECT_EQ(std::get<LineChart>(std::get<Picture>(report.blocks[7]).figure).series[0].name.find("Größe"), std::string::npos);
}

} // namespace
} // namespace distill::report
