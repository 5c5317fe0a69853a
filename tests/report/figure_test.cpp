// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/canvas.h"
#include "report/draw.h"
#include "report/markup.h"
#include "report/svg.h"

#include <cmath>
#include <gmock/gmock.h>

namespace distill::report {
namespace {

using test::Markup;
using testing::HasSubstr;
using testing::Not;

LineChart lines(int count)
{
    LineChart chart;
    chart.xTitle = "Step";
    chart.yTitle = "Accuracy";
    chart.yScale = Scale::Share;
    for (int i = 0; i < count; ++i) {
        LineChart::Series series;
        series.name = "Group " + std::to_string(i);
        series.colour = i;
        for (int step = 0; step < 20; ++step) {
            series.x.push_back(step);
            series.y.push_back(0.5 + 0.01 * step + 0.01 * i);
            series.low.push_back(series.y.back() - 0.01);
            series.high.push_back(series.y.back() + 0.01);
        }
        chart.series.push_back(series);
    }
    return chart;
}

HeatMap squares(std::size_t side)
{
    HeatMap map;
    for (std::size_t i = 0; i < side; ++i) {
        map.columns.push_back("class " + std::to_string(i));
        map.rows.push_back("class " + std::to_string(i));
        map.values.emplace_back(side, 0.25);
    }
    return map;
}

int count(const std::string& text, const std::string& part)
{
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

TEST(Figures, EachIsSoundSvg)
{
    ReliabilityDiagram reliability;
    reliability.networks.push_back({"student", {{0.1, 0.2, 0.5}, {NAN, NAN, 0}, {0.9, 0.8, 0.5}}, 1});
    ScatterChart scatter;
    scatter.xLogarithmic = true;
    scatter.points = {{"small", 1e3, 0.7, 0.69, 0.71, 0, true}, {"large", 1e6, 0.9, NAN, NAN, 1, true}};
    for (const Figure& figure : {Figure(lines(3)), Figure(reliability), Figure(scatter), Figure(squares(4)), Figure(LineChart{})}) {
        for (const bool inPage : {false, true}) {
            SvgOptions options;
            options.prefix = "f7-";
            options.inPage = inPage;
            options.description = "A < B & \"C\"";
            const std::string svg = toSvg(figure, options);
            const Markup markup(svg);
            ASSERT_EQ(markup.all("svg").size(), 1U);
            const auto root = markup.all("svg")[0];
            EXPECT_EQ(root.attributes.at("role"), "img");
            EXPECT_EQ(root.attributes.at("aria-label"), "A < B & \"C\"");
            std::set<std::string> ids;
            for (const auto& element : markup.elements()) {
                if (element.attributes.contains("id")) {
                    EXPECT_TRUE(ids.insert(element.attributes.at("id")).second);
                    EXPECT_TRUE(element.attributes.at("id").starts_with("f7-"));
                }
            }
            for (const auto& element : markup.elements()) {
                if (element.attributes.contains("xlink:href")) {
                    EXPECT_TRUE(ids.contains(element.attributes.at("xlink:href").substr(1)));
                }
            }
            EXPECT_EQ(svg.starts_with("<svg"), inPage);
        }
    }
}

TEST(Figures, InAPageEveryColourIsThePages)
{
    SvgOptions options;
    options.inPage = true;
    const std::string svg = toSvg(lines(7), options) + toSvg(squares(3), options);
    EXPECT_THAT(svg, Not(HasSubstr("rgb(")));
    for (const char* name : {"--ink", "--muted", "--grid", "--c0", "--c1", "--c2", "--c3", "--c4", "--c5", "--c6"}) {
        EXPECT_THAT(svg, HasSubstr("var(" + std::string(name) + ")"));
        for (const bool dark : {false, true}) {
            EXPECT_THAT(colourVariables(dark), HasSubstr(std::string(name) + ": #"));
        }
    }
    options.inPage = false;
    EXPECT_THAT(toSvg(lines(1), options), Not(HasSubstr("var(")));
}

TEST(Figures, EachSeriesAndCellIsDrawn)
{
    SvgOptions options;
    options.inPage = true;
    // A band, a curve and a line in the legend each.
    EXPECT_EQ(count(toSvg(lines(1), options), "var(--c0)"), 3);
    EXPECT_EQ(count(toSvg(lines(8), options), "var(--c0)"), 6); // the eighth has the first colour again
    EXPECT_EQ(count(toSvg(squares(5), options), "var(--c0)"), 25);
    HeatMap gap = squares(5);
    gap.values[1][2] = NAN;
    EXPECT_EQ(count(toSvg(gap, options), "var(--c0)"), 24);
}

TEST(Figures, StayWithinTheirSize)
{
    // Long names and many of them make the legend longer, not the figure wider.
    LineChart chart = lines(20);
    for (auto& series : chart.series) {
        series.name += std::string(200, 'x');
    }
    HeatMap map = squares(40);
    for (auto& column : map.columns) {
        column += " with a long name";
    }
    for (const Figure& figure : {Figure(chart), Figure(lines(2)), Figure(map)}) {
        for (const double width : {300.0, 760.0}) {
            cairo_surface_t* const surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, nullptr);
            cairo_t* const context = cairo_create(surface);
            Canvas canvas(context);
            const double height = draw(canvas, figure, width, 12, Look{});
            double x = 0, y = 0, inkWidth = 0, inkHeight = 0;
            cairo_recording_surface_ink_extents(surface, &x, &y, &inkWidth, &inkHeight);
            EXPECT_GE(x, -1);
            EXPECT_GE(y, -1);
            EXPECT_LE(x + inkWidth, width + 1);
            EXPECT_LE(y + inkHeight, height + 1);
            EXPECT_GT(inkHeight, height * 0.8);
            EXPECT_NEAR(heightOf(figure, width, 12), height, 1e-6);
            cairo_destroy(context);
            cairo_surface_destroy(surface);
        }
    }
}

} // namespace
} // namespace distill::report
