// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report.h"

#include "report/svg.h"
#include "report/text.h"

namespace distill::report {

namespace {

const char* const style = R"(
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--grid); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p, ul { margin: .6rem 0; max-width: 46rem; overflow-wrap: break-word; }
p.subtitle { color: var(--muted); font-size: .9rem; }
p.text { white-space: pre-line; }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: .4rem; caption-side: top; }
th, td { text-align: left; vertical-align: top; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--grid); max-width: 26rem;
         overflow-wrap: break-word; }
th { vertical-align: bottom; font-weight: 600; border-bottom: 1.5px solid var(--muted); }
th.number, td.number { text-align: right; white-space: nowrap; }
th.number { white-space: normal; }
td:first-child { min-width: 8rem; }
figure { margin: 1.2rem 0; }
figure svg { display: block; width: 100%; max-width: 760px; height: auto; }
figcaption { color: var(--muted); font-size: .85rem; margin-top: .3rem; max-width: 46rem; }
.card { border: 1px solid var(--grid); border-left: .4rem solid var(--tone); border-radius: .35rem; padding: .8rem 1.1rem; margin: .9rem 0; }
.card .label { display: inline-block; color: var(--tone); font-weight: 700; margin-right: .6rem; }
.card p { margin: .35rem 0 0; max-width: none; }
.good { --tone: var(--c2); } .neutral { --tone: var(--muted); } .bad { --tone: var(--c1); }
pre { font: .8rem/1.45 "DejaVu Sans Mono", Consolas, monospace; border: 1px solid var(--grid); border-radius: .35rem; padding: .7rem .9rem;
      overflow-x: auto; margin: .5rem 0; }
details { margin: .6rem 0; } summary { cursor: pointer; } p.caption { color: var(--muted); font-size: .85rem; margin-bottom: 0; }
@media print {
  @page { size: A4; margin: 16mm; }
  :root { LIGHT }
  body { font-size: 9.5pt; } main { max-width: none; padding: 0; }
  .wide { overflow: visible; } table { font-size: 7.5pt; } th, td { padding-right: .5rem; max-width: none; }
  thead { display: table-header-group; } tr, figure, .card { break-inside: avoid; } h2, h3 { break-after: avoid; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; font-size: 7pt; }
}
)";

// What is folded would not be printed.
const char* const unfoldToPrint = "<script>addEventListener('beforeprint', () => document.querySelectorAll('details')"
                                  ".forEach(each => each.open = true));</script>\n";

/// `text` with each of `name` in it replaced.
std::string with(std::string text, const std::string& name, const std::string& value)
{
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) {
        text.replace(at, name.size(), value);
    }
    return text;
}

class Page {
public:
    std::string take() { return std::move(m_text); }

    void operator()(const Heading& heading)
    {
        const std::string tag = heading.level <= 2 ? "h2" : "h3";
        m_text += "<" + tag + ">" + escaped(heading.text) + "</" + tag + ">\n";
    }

    void operator()(const Paragraph& paragraph) { m_text += "<p class=\"text\">" + escaped(paragraph.text) + "</p>\n"; }

    void operator()(const List& list)
    {
        m_text += "<ul>\n";
        for (const std::string& item : list.items) {
            m_text += "<li>" + escaped(item) + "</li>\n";
        }
        m_text += "</ul>\n";
    }

    void operator()(const Table& table)
    {
        m_text += "<div class=\"wide\"><table>\n";
        if (!table.caption.empty()) {
            m_text += "<caption>" + escaped(table.caption) + "</caption>\n";
        }
        m_text += "<thead><tr>";
        for (const Table::Column& column : table.columns) {
            m_text += std::string("<th scope=\"col\"") + (column.right ? " class=\"number\">" : ">") + escaped(column.title) + "</th>";
        }
        m_text += "</tr></thead>\n<tbody>\n";
        for (const auto& row : table.rows) {
            m_text += "<tr>";
            for (std::size_t i = 0; i < row.size(); ++i) {
                m_text += std::string(table.columns[i].right ? "<td class=\"number\">" : "<td>") + escaped(row[i]) + "</td>";
            }
            m_text += "</tr>\n";
        }
        m_text += "</tbody></table></div>\n";
    }

    void operator()(const Code& code)
    {
        const std::string text = "<pre>" + escaped(code.text) + "</pre>\n";
        if (code.folded) {
            m_text += "<details><summary>" + escaped(code.caption) + "</summary>" + text + "</details>\n";
        } else {
            m_text += (code.caption.empty() ? "" : "<p class=\"caption\">" + escaped(code.caption) + "</p>\n") + text;
        }
    }

    void operator()(const Card& card)
    {
        const char* const tones[] = {"good", "neutral", "bad"};
        m_text += std::string("<section class=\"card ") + tones[int(card.tone)] + "\"><span class=\"label\">" + escaped(card.label)
            + "</span><strong>" + escaped(card.title) + "</strong>\n";
        for (const std::string& line : card.lines) {
            m_text += "<p>" + escaped(line) + "</p>\n";
        }
        m_text += "</section>\n";
    }

    void operator()(const Picture& picture)
    {
        SvgOptions options;
        options.prefix = "f" + std::to_string(++m_pictures) + "-";
        options.inPage = true;
        options.description = picture.description;
        m_text += "<figure>" + toSvg(picture.figure, options) + "<figcaption>" + escaped(picture.caption) + "</figcaption></figure>\n";
    }

private:
    std::string m_text;
    int m_pictures = 0;
};

} // namespace

std::string toHtml(const Report& report)
{
    Page page;
    for (const Block& block : report.blocks) {
        std::visit(page, block);
    }
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
           "<title>"
        + escaped(report.title) + "</title>\n<style>\n:root { color-scheme: light dark; " + colourVariables(false)
        + "}\n@media (prefers-color-scheme: dark) { :root { " + colourVariables(true) + "} }" + with(style, "LIGHT", colourVariables(false))
        + "</style>\n</head>\n<body>\n<main>\n<h1>" + escaped(report.title) + "</h1>\n"
        + (report.subtitle.empty() ? "" : "<p class=\"subtitle\">" + escaped(report.subtitle) + "</p>\n") + page.take()
        + "</main>\n" + unfoldToPrint + "</body>\n</html>\n";
}

} // namespace distill::report
