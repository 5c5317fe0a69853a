// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report.h"

#include "report/draw.h"
#include "report/tablelayout.h"
#include "report/text.h"

#include <algorithm>
#include <cairo-pdf.h>
#include <cstdio>
#include <stdexcept>

namespace distill::report {

namespace {

// In points, 1/72 inch.
constexpr double pageWidth = 595.276, pageHeight = 841.89;
constexpr double margin = 50, topMargin = 50, bottomMargin = 58;
constexpr double textWidth = pageWidth - 2 * margin;
constexpr double em = 9;

cairo_status_t append(void* to, const unsigned char* data, unsigned length)
{
    if (to) {
        static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
    }
    return CAIRO_STATUS_SUCCESS;
}

/// Blocks one below the other, on as many pages as they take.
class Pages {
public:
    /// `pages` is how many there will be, where that is known already.
    Pages(const Report& report, std::string* to, int pages)
        : m_surface(cairo_pdf_surface_create_for_stream(append, to, pageWidth, pageHeight)),
          m_context(cairo_create(m_surface)),
          m_canvas(m_context),
          m_title(clean(report.title)),
          m_pages(pages)
    {
        cairo_pdf_surface_set_metadata(m_surface, CAIRO_PDF_METADATA_TITLE, m_title.c_str());
        cairo_pdf_surface_set_metadata(m_surface, CAIRO_PDF_METADATA_CREATOR, "Distill Workbench");
        flow(report.title, {.size = em * 1.9, .bold = true, .width = textWidth, .spacing = 1.15}, m_look.ink);
        m_y += em * 0.3;
        if (!report.subtitle.empty()) {
            flow(report.subtitle, {.size = em * 0.9, .width = textWidth}, m_look.muted);
        }
        for (const Block& block : report.blocks) {
            std::visit(*this, block);
        }
        footer();
    }
    ~Pages()
    {
        cairo_destroy(m_context);
        cairo_surface_destroy(m_surface);
    }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;

    /// Writes the rest, and returns the number of pages.
    int finish()
    {
        const cairo_status_t status = cairo_status(m_context);
        cairo_surface_finish(m_surface);
        const cairo_status_t finished = cairo_surface_status(m_surface);
        if (status != CAIRO_STATUS_SUCCESS || finished != CAIRO_STATUS_SUCCESS) {
            throw std::runtime_error(std::string("The PDF could not be made: ")
                                     + cairo_status_to_string(status != CAIRO_STATUS_SUCCESS ? status : finished));
        }
        return m_page;
    }

    void operator()(const Heading& heading)
    {
        const double size = heading.level <= 2 ? em * 1.4 : em * 1.1;
        space(heading.level <= 2 ? em * 1.8 : em);
        need(size * 1.5 + em * 8); // no heading ends a page
        char place[96];
        std::snprintf(place, sizeof place, "page=%d pos=[%d %d]", m_page, int(margin), int(m_y));
        const std::string text = clean(heading.text);
        const int parent = heading.level <= 2 ? CAIRO_PDF_OUTLINE_ROOT : m_chapter;
        const int own = cairo_pdf_surface_add_outline(m_surface, parent, text.c_str(), place, cairo_pdf_outline_flags_t(0));
        if (heading.level <= 2) {
            m_chapter = own;
        }
        flow(heading.text, {.size = size, .bold = true, .width = textWidth}, m_look.ink);
        if (heading.level <= 2) {
            m_canvas.line(margin, m_y + 1, margin + textWidth, m_y + 1, 0.6, m_look.grid);
            m_y += 2;
        }
        m_y += em * 0.4;
    }

    void operator()(const Paragraph& paragraph)
    {
        const TextStyle style{.size = em, .width = textWidth};
        space(em * 0.3);
        need(std::min(m_canvas.measure(paragraph.text, style).height, em * 5));
        flow(paragraph.text, style, m_look.ink);
        m_y += em * 0.4;
    }

    void operator()(const List& list)
    {
        constexpr double indent = em * 1.3;
        for (const std::string& item : list.items) {
            const TextStyle style{.size = em, .width = textWidth - indent};
            need(std::min(m_canvas.measure(item, style).height, em * 9)); // a few lines stay together
            m_canvas.disc(margin + em * 0.4, m_y + em * 0.75, em * 0.16, m_look.ink);
            flow(item, style, m_look.ink, indent);
            m_y += em * 0.25;
        }
        m_y += em * 0.3;
    }

    void operator()(const Table& table)
    {
        if (table.columns.empty()) {
            return;
        }
        space(em * 0.4);
        const TableLayout layout = layOut(m_canvas, table, textWidth);
        if (!table.caption.empty()) {
            need(em * 6);
            flow(table.caption, {.size = em * 0.9, .width = textWidth}, m_look.muted);
            m_y += em * 0.3;
        }
        for (const TableLayout::Part& part : layout.parts) {
            drawPart(table, layout, part);
            m_y += em * 0.8;
        }
    }

    void operator()(const Code& code)
    {
        space(em * 0.4);
        if (!code.caption.empty()) {
            need(em * 5);
            flow(code.caption, {.size = em * 0.9, .width = textWidth}, m_look.muted);
            m_y += em * 0.2;
        }
        const TextStyle style{.size = em * 0.74, .mono = true, .width = textWidth - em, .anywhere = true};
        const double height = m_canvas.measure("0", style).height;
        constexpr Colour shade{0.95, 0.953, 0.957};
        for (const std::string& line : m_canvas.wrapped(code.text, style)) {
            need(height);
            m_canvas.rectangle(margin, m_y, textWidth, height + 0.5, shade); // over the seam between two lines
            m_canvas.text(margin + em / 2, m_y, line, {.size = style.size, .mono = true}, m_look.ink);
            m_y += height;
        }
        m_y += em * 0.6;
    }

    void operator()(const Card& card)
    {
        constexpr double indent = em * 1.2;
        const Colour tone = card.tone == Card::Tone::Good ? m_look.series[2] : card.tone == Card::Tone::Bad ? m_look.series[1] : m_look.muted;
        const TextStyle label{.size = em * 1.05, .bold = true}, line{.size = em, .width = textWidth - 2 * indent};
        const double labelWidth = m_canvas.measure(card.label, label).width + em;
        const TextStyle title{.size = em * 1.05, .bold = true, .width = textWidth - 2 * indent - labelWidth};
        double height = em * 1.2 + m_canvas.measure(card.title, title).height;
        for (const std::string& each : card.lines) {
            height += m_canvas.measure(each, line).height + em * 0.3;
        }
        space(em * 0.5);
        need(height);
        m_canvas.frame(margin, m_y, textWidth, height, m_look.grid, 0.8);
        m_canvas.rectangle(margin, m_y, em * 0.35, height, tone);
        double y = m_y + em * 0.6;
        m_canvas.text(margin + indent, y, card.label, label, tone);
        y += m_canvas.text(margin + indent + labelWidth, y, card.title, title, m_look.ink).height;
        for (const std::string& each : card.lines) {
            y += em * 0.3;
            y += m_canvas.text(margin + indent, y, each, line, m_look.ink).height;
        }
        m_y += height + em * 0.6;
    }

    void operator()(const Picture& picture)
    {
        constexpr double figureEm = 8;
        const TextStyle caption{.size = em * 0.9, .width = textWidth};
        const double height = heightOf(picture.figure, textWidth, figureEm);
        space(em * 0.6);
        need(height + m_canvas.measure(picture.caption, caption).height + em);
        cairo_save(m_context);
        cairo_translate(m_context, margin, m_y);
        draw(m_canvas, picture.figure, textWidth, figureEm, m_look);
        cairo_restore(m_context);
        m_y += height;
        flow(picture.caption, caption, m_look.muted);
        m_y += em * 0.8;
    }

private:
    double left() const { return pageHeight - bottomMargin - m_y; } ///< on this page

    void newPage()
    {
        footer();
        cairo_show_page(m_context);
        ++m_page;
        m_y = topMargin;
    }

    /// Goes to the next page where this one has not as much left.
    void need(double height)
    {
        if (height > left() && m_y > topMargin) {
            newPage();
        }
    }

    /// Before a block; none at the head of a page.
    void space(double height) { m_y += m_y > topMargin ? height : 0; }

    void footer()
    {
        const double y = pageHeight - bottomMargin + em * 1.8;
        const TextStyle style{.size = em * 0.8};
        m_canvas.text(margin, y, m_title, {.size = style.size, .width = textWidth * 0.75, .cut = true}, m_look.muted);
        const std::string number = std::to_string(m_page) + (m_pages > 0 ? " / " + std::to_string(m_pages) : "");
        m_canvas.text(margin + textWidth, y, number, {.size = style.size, .align = 1}, m_look.muted);
    }

    /// A text line by line, over as many pages as it takes.
    void flow(const std::string& text, const TextStyle& style, const Colour& colour, double indent = 0)
    {
        TextStyle one = style;
        one.width = -1;
        const double height = m_canvas.measure("0", one).height * style.spacing / 1.12;
        for (const std::string& line : m_canvas.wrapped(text, style)) {
            need(height);
            m_canvas.text(margin + indent, m_y, line, one, colour);
            m_y += height;
        }
    }

    double rowHeight(const TableLayout& layout, const TableLayout::Part& part, const std::function<const std::string&(std::size_t)>& cell,
                     bool bold)
    {
        double height = 0;
        for (std::size_t i = 0; i < part.columns.size(); ++i) {
            const TextStyle style{.size = layout.em, .bold = bold, .width = part.widths[i]};
            height = std::max(height, m_canvas.measure(cell(part.columns[i]), style).height);
        }
        return height + layout.em * 0.6;
    }

    void drawRow(const TableLayout& layout, const TableLayout::Part& part, const Table& table,
                 const std::function<const std::string&(std::size_t)>& cell, bool bold, double height)
    {
        double x = margin;
        cairo_save(m_context); // a cell higher than a page is cut
        cairo_rectangle(m_context, 0, m_y, pageWidth, std::min(height, left()) + 1);
        cairo_clip(m_context);
        for (std::size_t i = 0; i < part.columns.size(); ++i) {
            const bool right = table.columns[part.columns[i]].right;
            const TextStyle style{.size = layout.em, .bold = bold, .width = part.widths[i], .align = right ? 1.0 : 0.0};
            double y = m_y + layout.em * 0.25;
            if (bold) { // heads stand on their line
                y += height - layout.em * 0.6 - m_canvas.measure(cell(part.columns[i]), style).height;
            }
            m_canvas.text(x, y, cell(part.columns[i]), style, m_look.ink);
            x += part.widths[i] + layout.padding;
        }
        cairo_restore(m_context);
        m_y += std::min(height, left());
        m_canvas.line(margin, m_y, x - layout.padding, m_y, bold ? 0.8 : 0.4, bold ? m_look.muted : m_look.grid);
    }

    void drawPart(const Table& table, const TableLayout& layout, const TableLayout::Part& part)
    {
        const std::function<const std::string&(std::size_t)> head
            = [&](std::size_t column) -> const std::string& { return table.columns[column].title; };
        const double headHeight = rowHeight(layout, part, head, true);
        bool headed = false;
        for (const auto& row : table.rows) {
            const std::function<const std::string&(std::size_t)> cell = [&](std::size_t column) -> const std::string& { return row[column]; };
            const double height = rowHeight(layout, part, cell, false);
            const double wanted = height + (headed ? 0 : headHeight);
            if (wanted > left() && m_y > topMargin + (headed ? headHeight : 0)) {
                newPage();
                headed = false;
            }
            if (!headed) {
                drawRow(layout, part, table, head, true, headHeight);
                headed = true;
            }
            drawRow(layout, part, table, cell, false, height);
        }
        if (table.rows.empty()) {
            need(headHeight);
            drawRow(layout, part, table, head, true, headHeight);
        }
    }

    cairo_surface_t* m_surface;
    cairo_t* m_context;
    Canvas m_canvas;
    Look m_look;
    std::string m_title;
    int m_pages;
    int m_page = 1;
    int m_chapter = CAIRO_PDF_OUTLINE_ROOT;
    double m_y = topMargin;
};

} // namespace

std::string toPdf(const Report& report)
{
    const int pages = Pages(report, nullptr, 0).finish();
    std::string pdf;
    Pages(report, &pdf, pages).finish();
    return pdf;
}

} // namespace distill::report
