// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <cmath>

namespace distill::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ExamineTest : public CommandLineTest {
protected:
    /// The result of `distill run --json`.
    Json run(const Json& experiment) const
    {
        const Output done = distill({"run", write("experiment.json", experiment), "--json"});
        EXPECT_EQ(done.code, 0) << done.err;
        return Json::parse(done.out);
    }
    static Json withControls()
    {
        Json json = spirals();
        json["controls"] = {{"student_alone", true}, {"twin", true}};
        return json;
    }
    Json json(std::vector<std::string> arguments) const
    {
        arguments.push_back("--json");
        const Output output = distill(arguments);
        EXPECT_EQ(output.code, 0) << output.err;
        EXPECT_EQ(output.err, "");
        return Json::parse(output.out);
    }
};

TEST_F(ExamineTest, TellsWhatTheStudentTookOver)
{
    const Json result = run(withControls());
    const std::string id = result.at("run");
    const Json found = json({"examine", id});
    EXPECT_EQ(found.at("student").at("run"), id);
    EXPECT_EQ(found.at("teacher").at("run"), result.at("teacher").at("run"));
    EXPECT_EQ(found.at("alone").at("run"), result.at("baseline").at("run"));
    EXPECT_NEAR(found.at("student").at("accuracy").get<double>(), result.at("student").at("test").at("accuracy").get<double>(), 1e-9);
    EXPECT_NEAR(found.at("agreement").at("student").get<double>(), result.at("student").at("test").at("agreement").get<double>(), 1e-9);
    EXPECT_NEAR(found.at("kl").at("student").get<double>(), result.at("student").at("test").at("kl").get<double>(), 1e-6);
    EXPECT_TRUE(found.at("twin").at("accuracy").is_number());
    const Json &shared = found.at("shared_errors"), &inherited = found.at("inheritance");
    EXPECT_DOUBLE_EQ(inherited.at("share").get<double>(),
                     shared.at("student").at("share").get<double>() - shared.at("twin").at("share").get<double>());
    EXPECT_TRUE(found.at("no_inheritance").is_null());
    EXPECT_EQ(found.at("classes").size(), 3u);
    EXPECT_EQ(found.at("student").at("reliability").size(), 15u);
    EXPECT_TRUE(found.at("similarity").empty());

    const Output table = distill({"examine", id});
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, AllOf(HasSubstr("student alone"), HasSubstr("twin"), HasSubstr("teacher"), HasSubstr("agreement with the teacher"),
                                 HasSubstr("calibration error (ECE)"), HasSubstr("errors that the teacher makes too"),
                                 HasSubstr("Of the student's errors"), HasSubstr("arm 1"), HasSubstr("Lost: ")));
    EXPECT_THAT(table.out, Not(testing::AnyOf(HasSubstr("CKA"), HasSubstr("corruption"), HasSubstr("nan"))));
}

TEST_F(ExamineTest, MeasuresSimilarityAndCorruptionWhenAsked)
{
    const std::string id = run(withControls()).at("run");
    const Output table = distill({"examine", id, "--similarity", "--corruption"});
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, AllOf(HasSubstr("Linear CKA"), HasSubstr("hidden1"), HasSubstr("under corruption"), HasSubstr("noise 0.4")));
    const Json found = json({"examine", id, "--similarity", "--corruption"});
    EXPECT_EQ(found.at("similarity").size(), 9u); // hidden1, penultimate and logits of each
    EXPECT_EQ(found.at("student").at("corrupted").at(0).at("corruption"), "clean");
}

TEST_F(ExamineTest, ShowsNoSharedErrorsWithoutATwin)
{
    const std::string id = run(spirals()).at("run");
    const Output table = distill({"examine", id});
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, Not(HasSubstr("errors that the teacher makes")));
    EXPECT_THAT(table.out, HasSubstr("\"twin\""));
    const Json found = json({"examine", id});
    EXPECT_TRUE(found.at("shared_errors").is_null());
    EXPECT_TRUE(found.at("inheritance").is_null());
    EXPECT_THAT(found.at("no_inheritance").get<std::string>(), HasSubstr("say nothing of inheritance"));
}

TEST_F(ExamineTest, RefusesARunWithoutATeacher)
{
    const std::string teacher = run(spirals()).at("teacher").at("run");
    const Output refused = distill({"examine", teacher});
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("has no teacher"));
    EXPECT_EQ(refused.out, "");
    EXPECT_EQ(distill({"examine", "nothing"}).code, 2);
}

TEST_F(ExamineTest, TellsWhatNetworksCost)
{
    const Json result = run(withControls());
    const std::string student = result.at("run"), teacher = result.at("teacher").at("run");
    const Json costs = json({"cost", student, "--batch", "1", "--batch", "32", "--watts", "10"});
    ASSERT_EQ(costs.size(), 2u);
    const Json &own = costs.at(0), &other = costs.at(1);
    EXPECT_EQ(own.at("run"), student);
    EXPECT_EQ(other.at("run"), teacher);
    EXPECT_EQ(own.at("parameters"), 2 * 8 + 8 + 8 * 3 + 3);
    EXPECT_EQ(other.at("parameters"), 2 * 32 + 32 + 32 * 3 + 3);
    EXPECT_EQ(own.at("latencies").size(), 2u);
    EXPECT_EQ(own.at("latencies").at(1).at("batch"), 32);
    EXPECT_DOUBLE_EQ(own.at("training_joules").get<double>(), 10 * own.at("training_seconds").get<double>());
    EXPECT_DOUBLE_EQ(own.at("teachers_seconds").get<double>(), other.at("training_seconds").get<double>());
    const Json& relative = own.at("relative");
    EXPECT_EQ(relative.at("teacher"), teacher);
    EXPECT_DOUBLE_EQ(relative.at("parameters").get<double>(), 51.0 / 195);
    EXPECT_DOUBLE_EQ(relative.at("accuracy").get<double>(), own.at("accuracy").get<double>() / other.at("accuracy").get<double>());
    EXPECT_DOUBLE_EQ(relative.at("training").get<double>(),
                     own.at("training_seconds").get<double>() / other.at("training_seconds").get<double>());
    EXPECT_TRUE(other.at("relative").is_null());

    // With the teacher's training its share grows by one.
    const Json with = json({"cost", student, "--batch", "1", "--with-teacher"});
    EXPECT_NEAR(with.at(0).at("relative").at("training").get<double>(), relative.at("training").get<double>() + 1, 1e-12);

    const Output table = distill({"cost", "--batch", "1", student});
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, AllOf(HasSubstr("latency at batch 1, median"), HasSubstr("95th percentile"), HasSubstr("of the teacher's accuracy for 26 % of its parameters"),
                                 HasSubstr("the teacher's own left out"), HasSubstr("labels used"), Not(HasSubstr("batch 64"))));
    EXPECT_THAT(distill({"cost", student, "--with-teacher"}).out, AllOf(HasSubstr("the teacher's own included"), HasSubstr("batch 64")));
    EXPECT_EQ(distill({"cost", student, "--batch", "0"}).code, 2);
    EXPECT_EQ(distill({"cost", "nothing"}).code, 2);
    EXPECT_EQ(distill({"cost"}).code, 2);
}

} // namespace

} // namespace distill::test
