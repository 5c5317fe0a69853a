// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/support.h"

namespace distill {

using testing::AllOf;
using testing::HasSubstr;

namespace {

class Report : public test::CommandLineTest { };

TEST_F(Report, WritesWhatTheEndingSays)
{
    Json document = spirals();
    document["controls"] = {{"student_alone", true}};
    const std::string run = Json::parse(distill({"run", write("e.json", document), "--json"}).out)["run"];
    const Output html = distill({"report", run, "--group", "--to", path("r.html"), "--title", "Spirals & more", "--question", "Why?"});
    ASSERT_EQ(html.code, 0) << html.err;
    EXPECT_THAT(html.out, AllOf(HasSubstr("2 runs"), HasSubstr(path("r.html"))));
    std::ifstream file(path("r.html"));
    std::stringstream page;
    page << file.rdbuf();
    EXPECT_THAT(page.str(), AllOf(HasSubstr("<h1>Spirals &amp; more</h1>"), HasSubstr("Why?"), HasSubstr(run)));
    const std::string control = Json::parse(distill({"show", run, "--json"}).out)["control"];
    EXPECT_THAT(page.str(), HasSubstr(control));
    ASSERT_EQ(distill({"report", run, "--baseline", control, "--to", path("r.pdf")}).code, 0);
    EXPECT_GT(std::filesystem::file_size(path("r.pdf")), 10000U);
}

TEST_F(Report, RefusesWhatItCannotWrite)
{
    const std::string run = Json::parse(distill({"run", write("e.json", spirals()), "--json"}).out)["run"];
    const Output ending = distill({"report", run, "--to", path("r.doc")});
    EXPECT_EQ(ending.code, 2);
    EXPECT_THAT(ending.err, HasSubstr(".html, .pdf or .md"));
    EXPECT_EQ(distill({"report", run, "--to", path("no/such/r.html")}).code, 2);
    EXPECT_EQ(distill({"report", "nobody", "--to", path("r.html")}).code, 2);
    EXPECT_EQ(distill({"report", run}).code, 2);
    EXPECT_FALSE(std::filesystem::exists(path("r.html")));
}

} // namespace
} // namespace distill
