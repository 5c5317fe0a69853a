// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/support.h"

#include <filesystem>
#include <fstream>

namespace distill {

using testing::AllOf;
using testing::HasSubstr;

namespace {

class Interchange : public test::CommandLineTest {
protected:
    std::string text(const std::string& name, const std::string& content) const
    {
        std::ofstream(path(name)) << content;
        return path(name);
    }
};

TEST_F(Interchange, CurvesOfOtherProgramsLieBesideOurs)
{
    const std::string log = text("log.csv", "step,train_loss,val_accuracy\n1,2,50\n2,1,75\n");
    const Output imported = distill({"import", log, "--name", "Paper"});
    ASSERT_EQ(imported.code, 0) << imported.err;
    EXPECT_THAT(imported.out, AllOf(HasSubstr("Paper is imported as run "), HasSubstr("val_accuracy  accuracy/validation"),
                                    HasSubstr("val_accuracy is taken for accuracy/validation, divided by 100 from percent.")));
    const Json list = Json::parse(distill({"list", "--json"}).out);
    ASSERT_EQ(list.size(), 1U);
    const std::string run = list[0]["run"];
    EXPECT_EQ(list[0]["best_accuracy"], 0.75);
    EXPECT_EQ(list[0]["tags"], Json::array({"imported"}));
    EXPECT_THAT(distill({"list"}).out, HasSubstr("Paper"));

    const Output shown = distill({"show", run});
    ASSERT_EQ(shown.code, 0) << shown.err;
    EXPECT_THAT(shown.out, AllOf(HasSubstr("imported from"), HasSubstr(log), HasSubstr("train_loss -> loss"), testing::Not(HasSubstr("0 parameters"))));
    EXPECT_EQ(Json::parse(distill({"show", run, "--json"}).out)["summary"]["imported"]["format"], "csv");
    EXPECT_EQ(distill({"lineage", run}).code, 0);
    EXPECT_EQ(distill({"curves", run}).out, "series,step,epoch,seconds,value\naccuracy/validation,1,0,0,0.5\naccuracy/validation,2,0,0,0.75\n"
                                            "loss,1,0,0,2\nloss,2,0,0,1\n");

    for (const auto& arguments : std::vector<std::vector<std::string>>{{"export", run, "--to", path("out")},
                                                                       {"export", run, "--torchscript", path("out.pt")},
                                                                       {"resume", run},
                                                                       {"answers", "verify", run}}) {
        const Output refused = distill(arguments);
        EXPECT_EQ(refused.code, 2) << arguments[0];
        EXPECT_THAT(refused.err, HasSubstr(run)) << arguments[0];
    }
    Json document = spirals();
    document["teacher"] = {{"kind", "run"}, {"run", run}};
    const Output taught = distill({"run", write("taught.json", document)});
    EXPECT_EQ(taught.code, 2);
    EXPECT_THAT(taught.err, AllOf(HasSubstr("/teacher/run"), HasSubstr("was imported: it has curves and no weights to teach with")));

    const Json again = Json::parse(distill({"import", log, "--json"}).out);
    EXPECT_EQ(again[0]["run"], run);
    EXPECT_TRUE(again[0]["was_there"]);
    EXPECT_THAT(distill({"import", log}).out, HasSubstr("nothing was imported"));
    EXPECT_EQ(distill({"import", path("none.csv")}).code, 2);
    EXPECT_EQ(distill({"import", log, "--format", "xml"}).code, 2);
    const Output bad = distill({"import", text("bad.csv", "step,loss\n1,2\n2,x\n")});
    EXPECT_EQ(bad.code, 2);
    EXPECT_THAT(bad.err, HasSubstr("bad.csv, line 3: \"x\""));
}

TEST_F(Interchange, RunsLeaveForOtherPrograms)
{
    Json document = spirals();
    document["seeds"] = {1, 2};
    const Output run = distill({"run", write("e.json", document), "--json"});
    ASSERT_EQ(run.code, 0) << run.err;
    const Json seeds = Json::parse(run.out)["seeds"];
    const std::string one = seeds[0]["run"], two = seeds[1]["run"];
    const Output curves = distill({"curves", one, two, "--series", "accuracy/validation", "--csv"});
    EXPECT_THAT(curves.out, AllOf(testing::StartsWith("run,name,series,step,epoch,seconds,value\n" + one + ",Spirals"), HasSubstr("\n" + two)));

    EXPECT_EQ(distill({"export", one}).code, 2);
    EXPECT_EQ(distill({"export", one, two, "--torchscript", path("net.pt")}).code, 2);
    const Output exported = distill({"export", one, "--torchscript", path("net.pt"), "--tensorboard", path("board"), "--to", path("out")});
    ASSERT_EQ(exported.code, 0) << exported.err;
    EXPECT_THAT(exported.out, HasSubstr("its logits differ by at most"));
    for (const char* file : {"net.pt", "net.txt", "net.json", "out/student-last.safetensors", "out/README.txt"}) {
        EXPECT_TRUE(std::filesystem::exists(path(file))) << file;
    }
    const Json back = Json::parse(distill({"import", path("board"), "--json"}).out);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_FALSE(back[0]["was_there"]);
    ASSERT_EQ(distill({"export", one, two, "--to", path("both")}).code, 0);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path("both")), {}), 2);
}

} // namespace

} // namespace distill
