// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/axis.h"
#include "report/text.h"

#include <cmath>
#include <gmock/gmock.h>
#include <random>

namespace distill::report {
namespace {

std::vector<std::string> textsOf(const Axis& axis)
{
    std::vector<std::string> texts;
    for (const Axis::Tick& tick : axis.ticks()) {
        texts.push_back(tick.text);
    }
    return texts;
}

TEST(Axis, HasRoundNumbers)
{
    using testing::ElementsAre;
    EXPECT_THAT(textsOf(Axis({0, 10}, Scale::Number, false, 5)), ElementsAre("0", "2", "4", "6", "8", "10"));
    EXPECT_THAT(textsOf(Axis({0.701, 0.718}, Scale::Share, false, 5)), ElementsAre("70.0 %", "70.5 %", "71.0 %", "71.5 %", "72.0 %"));
    EXPECT_THAT(textsOf(Axis({0, 4200}, Scale::Count, false, 5)), ElementsAre("0", "1 k", "2 k", "3 k", "4 k", "5 k"));
    EXPECT_THAT(textsOf(Axis({500, 900, 1500}, Scale::Count, false, 2)), ElementsAre("500", "1.0 k", "1.5 k"));
    EXPECT_THAT(textsOf(Axis({-1e-3, 1e-3}, Scale::Number, false, 2)), ElementsAre("-0.001", "0.000", "0.001"));
    EXPECT_THAT(textsOf(Axis({20, 5000000}, Scale::Count, true)), ElementsAre("10", "100", "1 k", "10 k", "100 k", "1 M", "10 M"));
    EXPECT_THAT(textsOf(Axis({1e-9, 3e-9}, Scale::Number, false, 2)), ElementsAre("1e-09", "2e-09", "3e-09"));
}

TEST(Axis, HoldsWhateverIsDrawnOnIt)
{
    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    for (int round = 0; round < 500; ++round) {
        const double scale = std::pow(10, 4 * normal(random));
        std::vector<double> values = {NAN, INFINITY};
        for (int i = 0; i < 1 + round % 4; ++i) {
            values.push_back(scale * normal(random));
        }
        const bool logarithmic = round % 2 == 1;
        const Axis axis(values, Scale::Number, logarithmic);
        ASSERT_GE(axis.ticks().size(), 2U);
        ASSERT_LE(axis.ticks().size(), 20U);
        for (const double value : values) {
            if (std::isfinite(value) && (!logarithmic || value > 0)) {
                ASSERT_GE(axis.place(value), -1e-9);
                ASSERT_LE(axis.place(value), 1 + 1e-9);
            }
        }
        for (std::size_t i = 1; i < axis.ticks().size(); ++i) {
            ASSERT_LT(axis.ticks()[i - 1].value, axis.ticks()[i].value);
            ASSERT_NE(axis.ticks()[i - 1].text, axis.ticks()[i].text);
        }
    }
}

TEST(Axis, OfNothingIsStillOne)
{
    EXPECT_GE(Axis({}, Scale::Share).ticks().size(), 2U);
    EXPECT_GE(Axis({3}, Scale::Number).ticks().size(), 2U);
    EXPECT_GE(Axis({-1}, Scale::Count, true).ticks().size(), 2U);
    EXPECT_DOUBLE_EQ(Axis::unit().place(0.25), 0.25);
}

TEST(Numbers, AreWrittenForPeople)
{
    EXPECT_EQ(percent(0.79984), "79.98 %");
    EXPECT_EQ(points(0.0275), "+2.75");
    EXPECT_EQ(points(-0.0064), "-0.64");
    EXPECT_EQ(grouped(1234567), "1,234,567");
    EXPECT_EQ(grouped(-1234), "-1,234");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(fixed(NAN, 2), "–");
}

TEST(Text, IsUtf8WhateverComesIn)
{
    EXPECT_EQ(clean("Größe → 温度 🎓"), "Größe → 温度 🎓");
    EXPECT_EQ(clean("a\xFF" "b"), "a\xEF\xBF\xBD" "b");
    EXPECT_EQ(clean("a\xC3"), "a\xEF\xBF\xBD"); // cut in the middle
    EXPECT_EQ(clean("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD"); // "/" in more bytes than it has
    EXPECT_EQ(clean("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); // half of a pair
    EXPECT_EQ(clean(std::string("a\0b\x1b\tc\n", 7)), "a\xEF\xBF\xBD" "b\xEF\xBF\xBD\tc\n");
    EXPECT_EQ(escaped("<a href=\"x\">'&'"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;");
}

} // namespace
} // namespace distill::report
