// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/support.h"

namespace distill::test {

using testing::HasSubstr;
using testing::Not;

namespace {

class List : public CommandLineTest {
protected:
    List()
    {
        const auto history = History::open(workspace());
        const auto add = [&](const char* name, double accuracy, const char* temperature, const char* tag) {
            RunRow row;
            row.id = newRunId();
            row.name = name;
            row.state = RunState::Finished;
            row.tags = {tag};
            row.figures.bestAccuracy = accuracy;
            row.figures.step = 1200;
            row.summary = {{"last", {{"test", {{"accuracy", accuracy - 0.01}}}}}, {"parameters", 50'890}};
            Json document = spirals();
            document["stages"][0]["objective"][1]["temperature"] = Json::parse(temperature);
            history->addRun(row, document.dump());
            return row.id;
        };
        m_cold = add("cold", 0.85, "1", "paper");
        m_warm = add("warm", 0.95, "4", "seed-1");
        m_hot = add("hot", 0.9, "20", "seed-2");
        m_archived = add("put away", 0.99, "4", "seed-3");
        history->setMark({m_archived}, RunMark::Archived, 1);
        m_deleted = add("thrown away", 0.5, "4", "x");
        history->setDeleted({m_deleted}, true);
    }

    std::vector<std::string> found(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), {"list", "--json"});
        const Output output = distill(arguments);
        EXPECT_EQ(output.code, 0) << output.err;
        std::vector<std::string> runs;
        for (const Json& run : Json::parse(output.out)) {
            runs.push_back(run["run"]);
        }
        return runs;
    }

    RunId m_cold, m_warm, m_hot, m_archived, m_deleted;
};

TEST_F(List, ShowsWhatMeetsTheFilter)
{
    using Runs = std::vector<std::string>;
    EXPECT_EQ(found({}), (Runs{m_hot, m_warm, m_cold}));
    EXPECT_EQ(found({"--filter", "accuracy>0.87 tag:seed*"}), (Runs{m_hot, m_warm}));
    EXPECT_EQ(found({"--filter", "temperature:4|20"}), (Runs{m_hot, m_warm}));
    EXPECT_EQ(found({"--filter", "temperature:4 is:archived"}), (Runs{m_archived}));
    EXPECT_EQ(found({"--filter", "is:deleted"}), (Runs{m_deleted}));
    EXPECT_EQ(found({"--all"}), (Runs{m_deleted, m_archived, m_hot, m_warm, m_cold}));
    EXPECT_EQ(found({"--all", "--filter", "temperature:4"}), (Runs{m_deleted, m_archived, m_warm}));
    EXPECT_EQ(found({"--state", "failed"}), (Runs{}));
}

TEST_F(List, SortsByAnyColumn)
{
    using Runs = std::vector<std::string>;
    EXPECT_EQ(found({"--sort", "accuracy"}), (Runs{m_warm, m_hot, m_cold}));
    EXPECT_EQ(found({"--sort", "temperature"}), (Runs{m_hot, m_warm, m_cold}));
    EXPECT_EQ(found({"--sort", "temperature", "--reverse"}), (Runs{m_cold, m_warm, m_hot}));
    EXPECT_EQ(found({"--sort", "name"}), (Runs{m_cold, m_hot, m_warm}));
}

TEST_F(List, PrintsTheColumnsThatWereAskedFor)
{
    const Output table = distill({"list", "--columns", "name,temperature,test_accuracy,parameters,optimiser", "--filter", "warm"});
    ASSERT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, testing::ContainsRegex("run +name +temperature +test_accuracy +parameters +optimiser\n"));
    EXPECT_THAT(table.out, HasSubstr("warm"));
    EXPECT_THAT(table.out, testing::ContainsRegex(m_warm + " +warm +4 +94.00 % +50,890 +[a-z]+\n"));
    EXPECT_THAT(table.out, Not(HasSubstr("cold")));
    const Json json = Json::parse(distill({"list", "--json", "--columns", "temperature,learning_rate", "--filter", "hot"}).out);
    EXPECT_EQ(json, Json::parse(R"([{"run": ")" + m_hot + R"(", "temperature": 20, "learning_rate": 0.01}])"));
}

TEST_F(List, SaysWhatItDoesNotUnderstand)
{
    for (const auto& [arguments, sentence] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"list", "--filter", "temprature:4"}, "--filter: Runs have no figure or field \"temprature\"; did you mean \"temperature\"?"},
             {{"list", "--filter", "accuracy>"}, "Give a value after \"accuracy>\"."},
             {{"list", "--sort", "acuracy"}, "did you mean \"accuracy\"?"},
             {{"list", "--columns", "name,tempo"}, "Runs have no figure or field \"tempo\""},
             {{"list", "--state", "done"}, "\"done\" is not a run's state"},
         }) {
        const Output output = distill(arguments);
        EXPECT_EQ(output.code, 2);
        EXPECT_THAT(output.err, HasSubstr(sentence));
        EXPECT_EQ(output.out, "");
    }
    EXPECT_THAT(distill({"list", "--filter", "nowhere"}).out, HasSubstr("No run meets the filter"));
}

} // namespace
} // namespace distill::test
