// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/program.h"
#include "app/support.h"

#include <set>

namespace distill {

using testing::HasSubstr;

namespace {

class SweepCommand : public test::CommandLineTest {
protected:
    /// 24 short runs: four rates, three batch sizes, two widths.
    static Json twentyFour(const std::string& kind = "grid")
    {
        Json document = spirals();
        document["teacher"] = {{"kind", "none"}};
        document["stages"][0]["objective"] = Json::array({{{"kind", "cross_entropy"}}});
        document["stages"][0]["epochs"] = 12;
        document["compute"] = {{"threads", 1}, {"precision", "fp32"}};
        document["sweep"] = {{"kind", kind},
                             {"fields",
                              {{{"field", "/stages/0/learning_rate"}, {"values", {0.03, 0.01, 0.003, 0.0001}}},
                               {{"field", "/stages/0/batch_size"}, {"values", {16, 32, 64}}},
                               {{"field", "/student/model"},
                                {"values", {{{"kind", "mlp"}, {"hidden", {8}}}, {{"kind", "mlp"}, {"hidden", {16, 16}}}}}}}}};
        return document;
    }
    Json listed() const { return Json::parse(distill({"list", "--json"}).out); }
    static std::map<std::string, Json> byName(const Json& list)
    {
        std::map<std::string, Json> all;
        for (const Json& run : list) {
            all[run["name"]] = run;
        }
        return all;
    }
};

TEST_F(SweepCommand, KilledAgainAndAgainItEndsWithEveryResultOnceAndTheSame)
{
    const std::string file = write("e.json", twentyFour());
    ASSERT_EQ(distill({"run", file, "--json"}).code, 0);
    const std::map<std::string, Json> expected = byName(listed());
    ASSERT_EQ(expected.size(), 24u);

    const std::string other = path("killed");
    std::string group;
    for (unsigned kill = 0; kill < 4; ++kill) {
        test::Program program(group.empty() ? std::vector<std::string>{"run", file, "--workspace", other}
                                            : std::vector<std::string>{"resume", group, "--workspace", other});
        ASSERT_TRUE(program.readUntil(kill == 0 ? ", run " : ": finished after")); // at its very start, then in the middle
        usleep(20000 * kill);
        program.signal(SIGKILL);
        ASSERT_EQ(program.wait(), -SIGKILL);
        const Json now = Json::parse(distill({"list", "--json", "--workspace", other}, false).out);
        ASSERT_EQ(now.size(), 24u);
        group = now[0]["group"];
    }
    ASSERT_EQ(distill({"resume", group, "--json", "--workspace", other}, false).code, 0);
    const Json list = Json::parse(distill({"list", "--json", "--workspace", other}, false).out);
    const std::map<std::string, Json> all = byName(list);
    ASSERT_EQ(list.size(), 24u); // none twice
    ASSERT_EQ(all.size(), 24u);
    for (const auto& [name, run] : all) {
        EXPECT_EQ(run["state"], "finished") << name;
        EXPECT_EQ(run["last_accuracy"], expected.at(name)["last_accuracy"]) << name;
        EXPECT_EQ(run["step"], expected.at(name)["step"]) << name;
    }
    const Json sweep = Json::parse(distill({"sweep", group, "--json", "--workspace", other}, false).out);
    EXPECT_EQ(sweep["rows"].size(), 24u);
    EXPECT_EQ(sweep["counts"]["finished"], 24);
    EXPECT_THAT(distill({"resume", group, "--workspace", other}, false).err, HasSubstr("was interrupted"));
}

TEST_F(SweepCommand, PrintsVariantsTheBestFirstAndAHeatMap)
{
    Json document = twentyFour("halving");
    document["sweep"]["rungs"] = {0.25, 0.5};
    const test::CommandLineTest::Output run = distill({"run", write("e.json", document)});
    EXPECT_EQ(run.code, 0) << run.err; // stopped by the sweep is as it was to be
    EXPECT_THAT(run.out, HasSubstr("Spirals: 24 variants, 24 runs, 2 finished, 22 stopped"));
    EXPECT_THAT(run.out, HasSubstr("Validation accuracy by learning_rate and batch_size, mean over the rest:"));
    EXPECT_THAT(run.out, HasSubstr("stopped at rung 2 of 2"));
    const std::string id = listed()[0]["run"];
    const Json sweep = Json::parse(distill({"sweep", id, "--json"}).out);
    EXPECT_EQ(sweep["kind"], "halving");
    ASSERT_EQ(sweep["rows"].size(), 24u);
    std::set<std::string> names;
    for (std::size_t i = 0; i < 24; ++i) {
        const Json& row = sweep["rows"][i];
        names.insert(row["name"]);
        EXPECT_EQ(row["state"], i < 2 ? "finished" : i < 8 ? "stopped at rung 2 of 2" : "stopped at rung 1 of 2") << i;
        if (i > 0 && row["state"] == sweep["rows"][i - 1]["state"]) {
            EXPECT_LE(row["validation"]["mean"], sweep["rows"][i - 1]["validation"]["mean"]);
        }
    }
    EXPECT_EQ(names.size(), 24u);
    // A quarter of the steps of all, another quarter of eight, and the rest of two.
    EXPECT_NEAR(sweep["steps"]["trained"].get<double>() / sweep["steps"]["in_full"].get<double>(), (24 * 0.25 + 8 * 0.25 + 2 * 0.5) / 24, 0.03);
    EXPECT_EQ(sweep["heat_map"]["columns"], Json({"0.0001", "0.003", "0.01", "0.03"}));
    EXPECT_EQ(sweep["heat_map"]["rows"], Json({"16", "32", "64"}));
    double last = 0;
    for (const Json& best : sweep["best"]) {
        EXPECT_GE(best["validation"].get<double>(), last);
        last = best["validation"];
    }
    EXPECT_EQ(sweep["best"].size(), 24u);
}

TEST_F(SweepCommand, TheQueueOfAProgramThatDiedIsListedAndContinued)
{
    {
        test::Program program({"run", write("e.json", twentyFour()), "--workspace", workspace()});
        ASSERT_TRUE(program.readUntil(", run "));
        program.signal(SIGKILL);
        program.wait();
    }
    const Json queue = Json::parse(distill({"queue", "--json"}).out);
    ASSERT_GT(queue.size(), 10u);
    for (const Json& run : queue) {
        EXPECT_EQ(run["state"], "interrupted");
    }
    EXPECT_THAT(distill({"queue"}).out, HasSubstr("To go on: distill queue --continue"));
    EXPECT_EQ(distill({"queue", "--continue"}).code, 0);
    EXPECT_THAT(distill({"queue"}).out, HasSubstr("Nothing waits or trains"));
    for (const Json& run : listed()) {
        EXPECT_EQ(run["state"], "finished");
    }
}

TEST_F(SweepCommand, ARunOfNoSweepIsToldSo)
{
    ASSERT_EQ(distill({"run", write("e.json", spirals()), "--json"}).code, 0);
    const std::string id = listed()[0]["run"];
    const auto output = distill({"sweep", id});
    EXPECT_EQ(output.code, 2);
    EXPECT_THAT(output.err, HasSubstr("are of no sweep"));
}

} // namespace
} // namespace distill
