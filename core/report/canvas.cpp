// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/canvas.h"

#include "report/text.h"

#include <algorithm>
#include <cmath>

namespace distill::report {

Canvas::Canvas(cairo_t* context)
    : m_context(context)
{
    cairo_set_line_join(m_context, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(m_context, CAIRO_LINE_CAP_BUTT);
}

void Canvas::colour(const Colour& colour, double opacity)
{
    cairo_set_source_rgba(m_context, colour.red, colour.green, colour.blue, opacity);
}

void Canvas::line(double x0, double y0, double x1, double y1, double width, const Colour& tint)
{
    colour(tint);
    cairo_set_line_width(m_context, width);
    cairo_move_to(m_context, x0, y0);
    cairo_line_to(m_context, x1, y1);
    cairo_stroke(m_context);
}

void Canvas::dashes(bool on)
{
    const double pattern[] = {5, 3};
    cairo_set_dash(m_context, pattern, on ? 2 : 0, 0);
}

void Canvas::rectangle(double x, double y, double width, double height, const Colour& tint, double opacity)
{
    colour(tint, opacity);
    cairo_rectangle(m_context, x, y, width, height);
    cairo_fill(m_context);
}

void Canvas::frame(double x, double y, double width, double height, const Colour& tint, double lineWidth)
{
    colour(tint);
    cairo_set_line_width(m_context, lineWidth);
    cairo_rectangle(m_context, x, y, width, height);
    cairo_stroke(m_context);
}

void Canvas::disc(double x, double y, double radius, const Colour& tint)
{
    colour(tint);
    cairo_new_sub_path(m_context);
    cairo_arc(m_context, x, y, radius, 0, 2 * M_PI);
    cairo_fill(m_context);
}

void Canvas::polyline(const std::vector<double>& x, const std::vector<double>& y, double width, const Colour& tint)
{
    colour(tint);
    cairo_set_line_width(m_context, width);
    bool down = false;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (!std::isfinite(x[i]) || !std::isfinite(y[i])) {
            down = false;
        } else if (down) {
            cairo_line_to(m_context, x[i], y[i]);
        } else {
            cairo_move_to(m_context, x[i], y[i]);
            down = true;
        }
    }
    cairo_stroke(m_context);
}

void Canvas::band(const std::vector<double>& x, const std::vector<double>& low, const std::vector<double>& high, const Colour& tint,
                  double opacity)
{
    colour(tint, opacity);
    const auto isThere = [&](std::size_t i) { return std::isfinite(x[i]) && std::isfinite(low[i]) && std::isfinite(high[i]); };
    for (std::size_t begin = 0; begin < x.size();) {
        std::size_t end = begin;
        while (end < x.size() && isThere(end)) {
            ++end;
        }
        if (end > begin + 1) {
            cairo_move_to(m_context, x[begin], low[begin]);
            for (std::size_t i = begin + 1; i < end; ++i) {
                cairo_line_to(m_context, x[i], low[i]);
            }
            for (std::size_t i = end; i-- > begin;) {
                cairo_line_to(m_context, x[i], high[i]);
            }
            cairo_close_path(m_context);
        }
        begin = end + 1;
    }
    cairo_fill(m_context);
}

Canvas::Layout Canvas::layout(const std::string& text, const TextStyle& style)
{
    Layout made(pango_cairo_create_layout(m_context), &g_object_unref);
    PangoContext* const context = pango_layout_get_context(made.get());
    // The same widths on a screen, on paper and where nothing is drawn.
    cairo_font_options_t* const options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(context, 72);
    PangoFontDescription* const font = pango_font_description_from_string(style.mono ? "DejaVu Sans Mono, Monospace" : "DejaVu Sans, Sans");
    pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
    pango_font_description_set_weight(font, style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(made.get(), font);
    pango_font_description_free(font);
    const std::string sound = clean(text);
    pango_layout_set_text(made.get(), sound.c_str(), int(sound.size()));
    pango_layout_set_line_spacing(made.get(), float(style.spacing));
    if (style.width >= 0) {
        pango_layout_set_width(made.get(), int(style.width * PANGO_SCALE));
        pango_layout_set_wrap(made.get(), style.anywhere ? PANGO_WRAP_CHAR : PANGO_WRAP_WORD_CHAR);
    }
    PangoAttrList* const attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE)); // an id that is broken is no other id
    pango_layout_set_attributes(made.get(), attributes);
    pango_attr_list_unref(attributes);
    if (style.cut) {
        pango_layout_set_ellipsize(made.get(), PANGO_ELLIPSIZE_END);
    }
    if (style.align > 0) {
        pango_layout_set_alignment(made.get(), style.align < 1 ? PANGO_ALIGN_CENTER : PANGO_ALIGN_RIGHT);
    }
    return made;
}

Size Canvas::measure(const std::string& text, const TextStyle& style)
{
    const Layout made = layout(text, style);
    int width = 0, height = 0;
    pango_layout_get_size(made.get(), &width, &height);
    return {double(width) / PANGO_SCALE, double(height) / PANGO_SCALE};
}

std::vector<std::string> Canvas::wrapped(const std::string& text, const TextStyle& style)
{
    const Layout made = layout(text, style);
    const std::string whole = pango_layout_get_text(made.get());
    std::vector<std::string> lines;
    for (const GSList* each = pango_layout_get_lines_readonly(made.get()); each; each = each->next) {
        const auto* line = static_cast<const PangoLayoutLine*>(each->data);
        lines.push_back(whole.substr(std::size_t(line->start_index), std::size_t(line->length)));
    }
    return lines;
}

Size Canvas::text(double x, double y, const std::string& text, const TextStyle& style, const Colour& tint)
{
    const Layout made = layout(text, style);
    int width = 0, height = 0;
    pango_layout_get_size(made.get(), &width, &height);
    const Size size{double(width) / PANGO_SCALE, double(height) / PANGO_SCALE};
    colour(tint);
    cairo_move_to(m_context, style.width >= 0 ? x : x - style.align * size.width, y);
    pango_cairo_show_layout(m_context, made.get());
    cairo_new_path(m_context);
    return size;
}

void Canvas::upright(double x, double y, const std::string& words, const TextStyle& style, const Colour& tint)
{
    const Size size = measure(words, style);
    cairo_save(m_context);
    cairo_translate(m_context, x - size.height / 2, y + size.width / 2);
    cairo_rotate(m_context, -M_PI / 2);
    text(0, 0, words, style, tint);
    cairo_restore(m_context);
}

BlindCanvas::BlindCanvas()
    : m_surface(cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, nullptr)), m_context(cairo_create(m_surface)), m_canvas(m_context)
{
}

BlindCanvas::~BlindCanvas()
{
    cairo_destroy(m_context);
    cairo_surface_destroy(m_surface);
}

} // namespace distill::report
