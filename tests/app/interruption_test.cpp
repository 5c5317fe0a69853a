// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/program.h"
#include "app/support.h"


namespace distill {

using testing::HasSubstr;

namespace {

using test::Program;

class Interruption : public test::CommandLineTest {
protected:
    /// Waits until the newest run is beyond this step; a machine under load takes its time.
    bool trainsBeyond(std::int64_t step) const
    {
        for (int i = 0; i < 600; ++i) {
            const Json list = Json::parse(distill({"list", "--json"}).out);
            if (!list.empty() && list[0]["state"] == "running" && list[0]["step"] > step) {
                return true;
            }
            usleep(100000);
        }
        return false;
    }
};

TEST_F(Interruption, SavesSaysHowToResumeAndResumes)
{
    Json document = spirals();
    document["teacher"] = {{"kind", "none"}};
    document["stages"][0]["objective"] = Json::array({{{"kind", "cross_entropy"}}});
    document["stages"][0]["epochs"] = 100000; // hours
    const std::string file = write("e.json", document);
    for (const int signal : {SIGINT, SIGTERM}) {
        Program run({"run", file, "--workspace", workspace()});
        ASSERT_TRUE(run.readUntil(": started"));
        ASSERT_TRUE(trainsBeyond(0));
        run.signal(signal);
        EXPECT_EQ(run.wait(), 130);
        EXPECT_THAT(run.text(), HasSubstr("distill resume "));
    }

    const Json list = Json::parse(distill({"list", "--json"}).out);
    ASSERT_EQ(list.size(), 2U);
    for (const Json& one : list) {
        EXPECT_EQ(one["state"], "interrupted");
        EXPECT_GT(one["step"], 0);
    }
    const std::string id = list[0]["run"];
    Program resumed({"resume", id.substr(18), "--workspace", workspace()});
    ASSERT_TRUE(resumed.readUntil(": goes on at step"));
    ASSERT_TRUE(trainsBeyond(list[0]["step"]));
    resumed.signal(SIGINT);
    EXPECT_EQ(resumed.wait(), 130);
    EXPECT_GT(Json::parse(distill({"show", id, "--json"}).out)["step"], list[0]["step"]);
}

TEST_F(Interruption, AReaderThatGoesAwayEndsNoTraining)
{
    Json document = spirals();
    document["stages"][0]["epochs"] = 30;
    Program run({"run", write("e.json", document), "--workspace", workspace()});
    ASSERT_TRUE(run.readUntil(": started"));
    run.stopReading();
    EXPECT_EQ(run.wait(), 0);
    EXPECT_EQ(Json::parse(distill({"list", "--json"}).out)[0]["state"], "finished");
}

} // namespace
} // namespace distill
