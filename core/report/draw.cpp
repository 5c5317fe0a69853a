// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/draw.h"

#include "report/axis.h"
#include "report/text.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace distill::report {

namespace {

/// A rectangle with an axis below and one to the left.
class Frame {
public:
    Frame(Canvas& canvas, const Look& look, double em, double width, double height, const Axis& x, const Axis& y, const std::string& xTitle,
          const std::string& yTitle)
        : m_canvas(canvas), m_x(x), m_y(y)
    {
        const TextStyle tick{.size = em * 0.92}, title{.size = em};
        double widest = 0;
        for (const Axis::Tick& each : y.ticks()) {
            widest = std::max(widest, canvas.measure(each.text, tick).width);
        }
        const double line = canvas.measure("0", title).height;
        m_left = (yTitle.empty() ? 0 : line + em * 0.5) + widest + em * 0.6;
        m_top = em * 0.7;
        m_right = width - em * 1.6;
        m_bottom = m_top + height;
        for (const Axis::Tick& each : y.ticks()) {
            const double at = yOf(each.value);
            canvas.line(m_left, at, m_right, at, 0.7, look.grid);
            canvas.text(m_left - em * 0.5, at - canvas.measure(each.text, tick).height / 2, each.text,
                        {.size = tick.size, .align = 1}, look.muted);
        }
        double free = -1e9; // labels of a logarithmic axis may come close
        for (const Axis::Tick& each : x.ticks()) {
            const double at = xOf(each.value), half = canvas.measure(each.text, tick).width / 2;
            canvas.line(at, m_bottom, at, m_bottom + em * 0.35, 0.7, look.muted);
            if (at - half > free) {
                canvas.text(at, m_bottom + em * 0.5, each.text, {.size = tick.size, .align = 0.5}, look.muted);
                free = at + half + em * 0.6;
            }
        }
        canvas.line(m_left, m_bottom, m_right, m_bottom, 0.9, look.muted);
        m_end = m_bottom + em * 0.5 + line;
        if (!xTitle.empty()) {
            canvas.text((m_left + m_right) / 2, m_end + em * 0.15, xTitle, {.size = em, .align = 0.5}, look.ink);
            m_end += line + em * 0.15;
        }
        if (!yTitle.empty()) {
            canvas.upright(line / 2, (m_top + m_bottom) / 2, yTitle, title, look.ink);
        }
    }

    double xOf(double value) const { return m_left + m_x.place(value) * (m_right - m_left); }
    double yOf(double value) const { return m_bottom - m_y.place(value) * (m_bottom - m_top); }
    std::vector<double> xsOf(const std::vector<double>& values) const
    {
        std::vector<double> places;
        std::transform(values.begin(), values.end(), std::back_inserter(places), [&](double value) { return xOf(value); });
        return places;
    }
    std::vector<double> ysOf(const std::vector<double>& values) const
    {
        std::vector<double> places;
        std::transform(values.begin(), values.end(), std::back_inserter(places), [&](double value) { return yOf(value); });
        return places;
    }
    double left() const { return m_left; }
    double right() const { return m_right; }
    double top() const { return m_top; }
    double bottom() const { return m_bottom; }
    double end() const { return m_end; } ///< below the axis and its title

    /// What is drawn until unclip() stays within the axes.
    void clip() const
    {
        cairo_save(m_canvas.context());
        cairo_rectangle(m_canvas.context(), m_left, m_top - 2, m_right - m_left + 2, m_bottom - m_top + 3);
        cairo_clip(m_canvas.context());
    }
    void unclip() const { cairo_restore(m_canvas.context()); }

private:
    Canvas& m_canvas;
    const Axis& m_x;
    const Axis& m_y;
    double m_left = 0, m_right = 0, m_top = 0, m_bottom = 0, m_end = 0;
};

struct Key {
    std::string name;
    Colour colour;
    bool dashed = false;
    bool point = false;
};

/// Names of what is drawn, in lines below it. Returns the lower end.
double legend(Canvas& canvas, const Look& look, double em, double left, double right, double top, const std::vector<Key>& keys)
{
    const TextStyle style{.size = em};
    const double sample = em * 2, gap = em * 0.5, between = em * 1.4, height = canvas.measure("Mg", style).height;
    double x = left, y = top;
    for (const Key& key : keys) {
        const double name = std::min(canvas.measure(key.name, style).width + 1, right - left - sample - gap);
        const double width = sample + gap + name;
        if (x > left && x + width > right) {
            x = left;
            y += height + em * 0.25;
        }
        if (key.point) {
            canvas.disc(x + sample / 2, y + height / 2, em * 0.35, key.colour);
        } else {
            canvas.dashes(key.dashed);
            canvas.line(x, y + height / 2, x + sample, y + height / 2, em * 0.17, key.colour);
            canvas.dashes(false);
        }
        canvas.text(x + sample + gap, y, key.name, {.size = em, .width = name, .cut = true}, look.ink);
        x += width + between;
    }
    return keys.empty() ? top : y + height;
}

struct Drawing {
    Canvas& canvas;
    double width, em;
    const Look& look;

    double operator()(const LineChart& chart) const
    {
        std::vector<double> xs, ys;
        for (const LineChart::Series& series : chart.series) {
            xs.insert(xs.end(), series.x.begin(), series.x.end());
            for (const auto* values : {&series.y, &series.low, &series.high}) {
                ys.insert(ys.end(), values->begin(), values->end());
            }
        }
        for (const LineChart::Level& level : chart.levels) {
            ys.push_back(level.y);
        }
        if (std::all_of(xs.begin(), xs.end(), [](double each) { return each >= 0; })) {
            xs.push_back(0); // training begins there
        }
        const Axis x(xs, Scale::Count, false, 7), y(ys, chart.yScale, false, 5);
        const Frame frame(canvas, look, em, width, width * 0.29, x, y, chart.xTitle, chart.yTitle);
        std::vector<Key> keys;
        frame.clip();
        for (const LineChart::Series& series : chart.series) {
            if (!series.low.empty()) {
                canvas.band(frame.xsOf(series.x), frame.ysOf(series.low), frame.ysOf(series.high), look.of(series.colour), 0.18);
            }
        }
        for (const LineChart::Level& level : chart.levels) {
            canvas.dashes(true);
            canvas.line(frame.left(), frame.yOf(level.y), frame.right(), frame.yOf(level.y), em * 0.1, look.muted);
            canvas.dashes(false);
            keys.push_back({level.name, look.muted, true});
        }
        for (const LineChart::Series& series : chart.series) {
            canvas.dashes(series.dashed);
            canvas.polyline(frame.xsOf(series.x), frame.ysOf(series.y), em * 0.15, look.of(series.colour));
            canvas.dashes(false);
            if (series.x.size() == 1) { // a line has no length yet
                canvas.disc(frame.xOf(series.x[0]), frame.yOf(series.y[0]), em * 0.25, look.of(series.colour));
            }
            keys.push_back({series.name, look.of(series.colour), series.dashed});
        }
        frame.unclip();
        return legend(canvas, look, em, frame.left(), frame.right(), frame.end() + em * 0.6, keys) + em * 0.4;
    }

    double operator()(const ReliabilityDiagram& diagram) const
    {
        const Axis axis = Axis::unit();
        const double side = std::min(width, em * 32);
        const Frame frame(canvas, look, em, side, side * 0.72, axis, axis, "Confidence", "Accuracy");
        canvas.dashes(true);
        canvas.line(frame.xOf(0), frame.yOf(0), frame.xOf(1), frame.yOf(1), em * 0.1, look.muted);
        canvas.dashes(false);
        std::vector<Key> keys = {{"as sure as it is right", look.muted, true}};
        for (const ReliabilityDiagram::Network& network : diagram.networks) {
            const Colour& colour = look.of(network.colour);
            std::vector<double> x, y;
            for (const ReliabilityDiagram::Bin& bin : network.bins) {
                if (std::isfinite(bin.confidence) && std::isfinite(bin.accuracy)) {
                    x.push_back(frame.xOf(bin.confidence));
                    y.push_back(frame.yOf(bin.accuracy));
                    canvas.disc(x.back(), y.back(), em * (0.2 + 0.5 * std::sqrt(bin.share)), colour);
                }
            }
            canvas.polyline(x, y, em * 0.12, colour);
            keys.push_back({network.name, colour});
        }
        return legend(canvas, look, em, frame.left(), std::max(frame.right(), width - em), frame.end() + em * 0.6, keys) + em * 0.4;
    }

    double operator()(const ScatterChart& chart) const
    {
        std::vector<double> xs, ys;
        for (const ScatterChart::Point& point : chart.points) {
            xs.push_back(point.x);
            ys.insert(ys.end(), {point.y, point.low, point.high});
        }
        const Axis x(xs, chart.xScale, chart.xLogarithmic), y(ys, chart.yScale, false, 5);
        const Frame frame(canvas, look, em, width, width * 0.29, x, y, chart.xTitle, chart.yTitle);
        std::vector<std::pair<double, double>> front;
        for (const ScatterChart::Point& point : chart.points) {
            if (point.front) {
                front.emplace_back(frame.xOf(point.x), frame.yOf(point.y));
            }
        }
        std::sort(front.begin(), front.end());
        for (std::size_t i = 1; i < front.size(); ++i) {
            canvas.line(front[i - 1].first, front[i - 1].second, front[i].first, front[i].second, em * 0.09, look.muted);
        }
        std::vector<Key> keys;
        for (const ScatterChart::Point& point : chart.points) {
            if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
                continue;
            }
            const Colour& colour = look.of(point.colour);
            if (std::isfinite(point.low) && std::isfinite(point.high)) {
                canvas.line(frame.xOf(point.x), frame.yOf(point.low), frame.xOf(point.x), frame.yOf(point.high), em * 0.12, colour);
            }
            canvas.disc(frame.xOf(point.x), frame.yOf(point.y), em * 0.38, colour);
            keys.push_back({point.name, colour, false, true});
        }
        return legend(canvas, look, em, frame.left(), frame.right(), frame.end() + em * 0.6, keys) + em * 0.4;
    }

    double operator()(const HeatMap& map) const
    {
        const TextStyle style{.size = em * 0.92};
        double labels = 0, heads = 0, widestHead = 0;
        for (const std::string& row : map.rows) {
            labels = std::max(labels, canvas.measure(row, style).width);
        }
        for (const std::string& column : map.columns) {
            const Size size = canvas.measure(column, style);
            widestHead = std::max(widestHead, size.width);
            heads = std::max(heads, size.height);
        }
        const double line = canvas.measure("0", style).height;
        const double left = (map.yTitle.empty() ? 0 : line + em * 0.5) + labels + em * 0.5;
        const double columns = double(std::max<std::size_t>(1, map.columns.size()));
        const double cell = std::min(em * 5, (width - left) / columns), height = std::min(cell, em * 2.4);
        const bool slanted = widestHead > cell - em * 0.3;
        const double top = slanted ? widestHead + em * 0.4 : heads + em * 0.3;
        const auto every = [&](double room) { return std::size_t(std::max(1.0, std::ceil(line / room))); }; // names lie on no other
        for (std::size_t c = 0; c < map.columns.size(); c += slanted ? every(cell) : 1) {
            const double at = left + (double(c) + 0.5) * cell;
            if (slanted) {
                if (at + line / 2 > width) {
                    break;
                }
                canvas.upright(at, top - em * 0.3 - canvas.measure(map.columns[c], style).width / 2, map.columns[c], style, look.muted);
            } else {
                canvas.text(at, top - heads - em * 0.2, map.columns[c], {.size = style.size, .align = 0.5}, look.muted);
            }
        }
        for (std::size_t r = 0; r < map.rows.size(); ++r) {
            const double y = top + double(r) * height;
            if (r % every(height) == 0) {
                canvas.text(left - em * 0.5, y + (height - line) / 2, map.rows[r], {.size = style.size, .align = 1}, look.muted);
            }
            for (std::size_t c = 0; c < map.values[r].size(); ++c) {
                cellOf(map.values[r][c], left + double(c) * cell, y, cell, height, style);
            }
        }
        double end = top + double(map.rows.size()) * height + em * 0.3;
        if (!map.yTitle.empty()) {
            canvas.upright(line / 2, top + double(map.rows.size()) * height / 2, map.yTitle, style, look.ink);
        }
        if (!map.xTitle.empty()) {
            end += canvas.text(left + columns * cell / 2, end, map.xTitle, {.size = style.size, .align = 0.5}, look.ink).height;
        }
        return end + em * 0.4;
    }

private:
    void cellOf(double value, double x, double y, double cell, double height, const TextStyle& style) const
    {
        if (!std::isfinite(value)) {
            canvas.frame(x + 0.5, y + 0.5, cell - 1, height - 1, look.grid, 0.5);
            return;
        }
        const double strength = std::clamp(value, 0.0, 1.0);
        canvas.rectangle(x + 0.5, y + 0.5, cell - 1, height - 1, look.series[0], 0.04 + 0.88 * strength);
        const std::string text = scaledText(value, value > 0 && value < 0.0995 ? 0.001 : 0.01, Scale::Share);
        const std::string fitting = canvas.measure(text, style).width < cell - 2 ? text : text.substr(0, text.find(' '));
        if (canvas.measure(fitting, style).width < cell - 1) {
            canvas.text(x + cell / 2, y + (height - canvas.measure(fitting, style).height) / 2, fitting, {.size = style.size, .align = 0.5},
                        strength > 0.5 ? look.paper : look.ink);
        }
    }
};

} // namespace

double draw(Canvas& canvas, const Figure& figure, double width, double em, const Look& look)
{
    return std::visit(Drawing{canvas, width, em, look}, figure);
}

double heightOf(const Figure& figure, double width, double em)
{
    BlindCanvas blind;
    return draw(blind.canvas(), figure, width, em, Look{});
}

} // namespace distill::report
