// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/support.h"

namespace distill {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

class Compare : public test::CommandLineTest {
protected:
    /// Two seeds with the student alone, and a third of another temperature. Returns the three students.
    std::vector<std::string> students() const
    {
        Json document = spirals();
        document["seeds"] = {1, 2};
        document["controls"] = {{"student_alone", true}};
        const Json pair = Json::parse(distill({"run", write("e.json", document), "--json"}).out);
        const Output hot = distill({"run", path("e.json"), "--json", "--seed", "1", "--set", "/stages/0/objective/1/temperature=9", "--set",
                                    "/controls/student_alone=false"});
        return {pair["seeds"][0]["run"], pair["seeds"][1]["run"], Json::parse(hot.out)["run"]};
    }
    Json shown(const std::string& run) const { return Json::parse(distill({"show", run, "--json"}).out); }
};

TEST_F(Compare, FiguresAreThoseOfTheRuns)
{
    const auto runs = students();
    const Output output = distill({"compare", runs[0], runs[1], runs[2], "--baseline", shown(runs[0])["control"], "--json"});
    ASSERT_EQ(output.code, 0) << output.err;
    const Json result = Json::parse(output.out);
    ASSERT_EQ(result["runs"].size(), 4U); // the baseline joins them
    EXPECT_EQ(result["baseline"], shown(runs[0])["control"]);
    ASSERT_EQ(result["groups"].size(), 3U);
    EXPECT_EQ(result["groups"][0]["runs"], Json::array({runs[0], runs[1]}));
    std::vector<double> accuracies;
    for (std::size_t i = 0; i < 4; ++i) {
        accuracies.push_back(shown(result["runs"][i]["run"])["summary"]["last"]["test"]["accuracy"].get<double>());
    }
    const Json& test = result["figures"][0];
    ASSERT_EQ(test["key"], "test/accuracy");
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(test["values"][i], accuracies[i]);
        EXPECT_EQ(test["deltas"][i].get<double>(), accuracies[i] - accuracies[3]);
    }
    EXPECT_DOUBLE_EQ(result["groups"][0]["mean"]["test/accuracy"].get<double>(), (accuracies[0] + accuracies[1]) / 2);

    ASSERT_EQ(result["verdicts"].size(), 1U); // the third has no control
    EXPECT_EQ(result["verdicts"][0]["seeds"], 2);
    const Json controls = {shown(runs[0])["control"], shown(runs[1])["control"]};
    EXPECT_EQ(result["verdicts"][0]["control"], controls);

    bool temperature = false;
    for (const Json& field : result["fields"]) {
        EXPECT_TRUE(field["differs"]);
        temperature = temperature || (field["pointer"] == "/stages/0/objective/1/temperature" && field["values"][2] == 9);
    }
    EXPECT_TRUE(temperature);
    const Json all = Json::parse(distill({"compare", runs[0], runs[2], "--all-fields", "--json"}).out);
    EXPECT_GT(all["fields"].size(), result["fields"].size() + 50);
}

TEST_F(Compare, TheTextHasTableDifferencesVerdictAndRemarks)
{
    const auto runs = students();
    const Output output = distill({"compare", runs[0], runs[2], "--group"});
    ASSERT_EQ(output.code, 0) << output.err;
    for (const auto& run : runs) { // the second seed comes with its group
        EXPECT_THAT(output.out, HasSubstr(run));
    }
    EXPECT_THAT(output.out, HasSubstr(shown(runs[1])["control"]));
    EXPECT_THAT(output.out, Not(HasSubstr(shown(runs[1])["teacher"])));
    EXPECT_THAT(output.out, AllOf(HasSubstr("What differs"), HasSubstr("Temperature"), HasSubstr("Verdict"), HasSubstr("against the student alone"),
                                  HasSubstr("Mind"), HasSubstr("2 seeds")));
}

TEST_F(Compare, WhatNamesNoRunIsRefused)
{
    const auto runs = students();
    EXPECT_EQ(distill({"compare", runs[0], "nobody"}).code, 2);
    EXPECT_EQ(distill({"compare", runs[0], "--baseline", "nobody"}).code, 2);
    EXPECT_EQ(distill({"compare"}).code, 2);
    const Output same = distill({"compare", runs[0], runs[0]});
    ASSERT_EQ(same.code, 0);
    EXPECT_THAT(same.out, HasSubstr("Nothing: the runs have the same configuration."));
}

} // namespace
} // namespace distill
