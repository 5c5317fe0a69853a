// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cairo.h>
#include <memory>
#include <pango/pangocairo.h>
#include <string>
#include <vector>

namespace distill::report {

struct Colour {
    double red = 0, green = 0, blue = 0; ///< 0 to 1
};

/// Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour vision, and dark enough on white.
struct Look {
    Colour ink{0.11, 0.12, 0.13}, muted{0.37, 0.40, 0.43}, grid{0.87, 0.88, 0.89}, paper{1, 1, 1};
    std::array<Colour, 7> series{{{0.0, 0.447, 0.698}, {0.835, 0.369, 0.0}, {0.0, 0.620, 0.451}, {0.8, 0.475, 0.655},
                                  {0.902, 0.624, 0.0}, {0.337, 0.706, 0.914}, {0.35, 0.35, 0.35}}};
    const Colour& of(int colour) const { return series[std::size_t(colour) % series.size()]; }
};

struct TextStyle {
    double size = 11; ///< of the em, in units of the canvas
    bool bold = false;
    bool mono = false;
    double width = -1; ///< wraps at this width; below 0: one line
    bool anywhere = false; ///< may break inside words
    bool cut = false;      ///< one line all the same, with an ellipsis where it is too long
    double align = 0;      ///< 0 left, 0.5 middle, 1 right of the given place
    double spacing = 1.25; ///< of lines
};

struct Size {
    double width = 0, height = 0;
};

/// A cairo context with pango's text, and nothing of either left behind. The context is shared and stays the caller's.
class Canvas {
public:
    explicit Canvas(cairo_t* context);

    cairo_t* context() const { return m_context; }

    void colour(const Colour& colour, double opacity = 1);
    void line(double x0, double y0, double x1, double y1, double width, const Colour& colour);
    void dashes(bool on); ///< of the lines that follow
    void rectangle(double x, double y, double width, double height, const Colour& colour, double opacity = 1);
    void frame(double x, double y, double width, double height, const Colour& colour, double lineWidth = 1);
    void disc(double x, double y, double radius, const Colour& colour);
    /// Points that are not finite break the line.
    void polyline(const std::vector<double>& x, const std::vector<double>& y, double width, const Colour& colour);
    /// Between two curves over the same x.
    void band(const std::vector<double>& x, const std::vector<double>& low, const std::vector<double>& high, const Colour& colour, double opacity);

    Size measure(const std::string& text, const TextStyle& style);
    /// The lines that a text of the style's width is broken into.
    std::vector<std::string> wrapped(const std::string& text, const TextStyle& style);
    /// `y` is the top of the first line. Returns the size.
    Size text(double x, double y, const std::string& text, const TextStyle& style, const Colour& colour);
    /// Upwards, its middle at the place.
    void upright(double x, double y, const std::string& text, const TextStyle& style, const Colour& colour);

private:
    using Layout = std::unique_ptr<PangoLayout, decltype(&g_object_unref)>;
    Layout layout(const std::string& text, const TextStyle& style);

    cairo_t* m_context;
};

/// A canvas that draws nowhere, to measure with.
class BlindCanvas {
public:
    BlindCanvas();
    ~BlindCanvas();
    BlindCanvas(const BlindCanvas&) = delete;
    BlindCanvas& operator=(const BlindCanvas&) = delete;
    Canvas& canvas() { return m_canvas; }

private:
    cairo_surface_t* m_surface;
    cairo_t* m_context;
    Canvas m_canvas;
};

} // namespace distill::report
