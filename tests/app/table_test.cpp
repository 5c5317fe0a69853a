// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/table.h"

#include <cmath>
#include <gtest/gtest.h>
#include <sstream>

namespace distill::cli {
namespace {

TEST(Table, LinesColumnsUpByWhatIsSeen)
{
    Table table({"name", ">count", "end"});
    table.add({"é → ü", "1", "a"});
    table.add({"plain name", "1,234", "b\nc"});
    std::ostringstream out;
    table.print(out, "  ");
    EXPECT_EQ(out.str(),
              "  name        count  end\n"
              "  é → ü           1  a\n"
              "  plain name  1,234  b c\n");
}

TEST(Table, WritesNumbersAsPeopleReadThem)
{
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(-123456), "-123,456");
    EXPECT_EQ(grouped(1234567890), "1,234,567,890");
    EXPECT_EQ(duration(59.6), "1:00");
    EXPECT_EQ(duration(3723), "1:02:03");
    EXPECT_EQ(duration(std::nan("")), "-");
    EXPECT_EQ(percent(0.9125), "91.25 %");
    EXPECT_EQ(percent(std::nan("")), "-");
    EXPECT_EQ(cut("äöüß", 3), "äö…");
    EXPECT_EQ(cut("äöü", 3), "äöü");
    EXPECT_EQ(width("…→a"), 3U);
    EXPECT_EQ(moment(0), "-");
}

} // namespace
} // namespace distill::cli
