// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/svg.h"

#include "report/draw.h"
#include "report/text.h"

#include <cairo-svg.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace distill::report {

namespace {

cairo_status_t append(void* to, const unsigned char* data, unsigned length)
{
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
}

void replaceAll(std::string& text, const std::string& from, const std::string& to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

struct Named {
    const char* name;
    Colour light, dark;
};

/// The dark look has the same hues, as bright as dark paper asks for.
std::vector<Named> namedColours()
{
    const Look look;
    return {{"--ink", look.ink, {0.91, 0.92, 0.93}},
            {"--muted", look.muted, {0.66, 0.69, 0.72}},
            {"--grid", look.grid, {0.24, 0.26, 0.28}},
            {"--paper", look.paper, {0.09, 0.10, 0.11}},
            {"--c0", look.series[0], {0.36, 0.66, 0.92}},
            {"--c1", look.series[1], {0.96, 0.53, 0.24}},
            {"--c2", look.series[2], {0.16, 0.76, 0.58}},
            {"--c3", look.series[3], {0.89, 0.60, 0.78}},
            {"--c4", look.series[4], {0.95, 0.73, 0.20}},
            {"--c5", look.series[5], {0.60, 0.86, 0.98}},
            {"--c6", look.series[6], {0.70, 0.70, 0.70}}};
}

/// "rgb(0%,44.7%,69.8%)" becomes "var(--c0)".
void useVariables(std::string& svg)
{
    const std::vector<Named> named = namedColours();
    std::string result;
    std::size_t done = 0;
    for (std::size_t at = svg.find("rgb("); at != std::string::npos; at = svg.find("rgb(", at + 4)) {
        const std::size_t end = svg.find(')', at);
        double red = 0, green = 0, blue = 0;
        if (end == std::string::npos || std::sscanf(svg.c_str() + at, "rgb(%lf%%,%lf%%,%lf%%)", &red, &green, &blue) != 3) {
            continue;
        }
        for (const Named& each : named) {
            constexpr double near = 0.3; // percent: cairo rounds
            if (std::abs(red - 100 * each.light.red) < near && std::abs(green - 100 * each.light.green) < near
                && std::abs(blue - 100 * each.light.blue) < near) {
                result.append(svg, done, at - done).append("var(").append(each.name).append(")");
                done = end + 1;
                break;
            }
        }
    }
    svg = result + svg.substr(done);
}

std::string hex(const Colour& colour)
{
    char text[16];
    std::snprintf(text, sizeof text, "#%02x%02x%02x", unsigned(std::lround(255 * colour.red)), unsigned(std::lround(255 * colour.green)),
                  unsigned(std::lround(255 * colour.blue)));
    return text;
}

} // namespace

std::string toSvg(const Figure& figure, const SvgOptions& options)
{
    const double height = std::ceil(heightOf(figure, options.width, options.em));
    std::string svg;
    cairo_surface_t* const surface = cairo_svg_surface_create_for_stream(append, &svg, options.width, height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    cairo_t* const context = cairo_create(surface);
    const Look look;
    Canvas canvas(context);
    if (!options.inPage) {
        canvas.rectangle(0, 0, options.width, height, look.paper);
    }
    draw(canvas, figure, options.width, options.em, look);
    const cairo_status_t status = cairo_status(context);
    cairo_destroy(context);
    cairo_surface_finish(surface);
    const cairo_status_t finished = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS || finished != CAIRO_STATUS_SUCCESS) {
        throw std::runtime_error(std::string("A figure could not be drawn: ")
                                 + cairo_status_to_string(status != CAIRO_STATUS_SUCCESS ? status : finished));
    }
    for (const char* before : {"id=\"", "href=\"#", "url(#"}) {
        replaceAll(svg, before, before + options.prefix);
    }
    const std::string label = " role=\"img\" aria-label=\"" + escaped(options.description) + "\"";
    if (const std::size_t root = svg.find("<svg"); root != std::string::npos) {
        svg.insert(root + 4, label);
        if (options.inPage) {
            svg.erase(0, root);
        }
    }
    if (options.inPage) {
        useVariables(svg);
    }
    return svg;
}

std::string colourVariables(bool dark)
{
    std::string text;
    for (const Named& each : namedColours()) {
        text += std::string(each.name) + ": " + hex(dark ? each.dark : each.light) + "; ";
    }
    return text;
}

} // namespace distill::report
